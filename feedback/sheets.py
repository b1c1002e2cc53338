"""Tables in and out: rows read from CSV, JSONL and XLSX one by one, and cells written so that none is a formula.

Plain Python. A bad row becomes a `RowError` in its place and never stops the others; only a file that cannot be
read as a table at all is refused as a whole. Nothing here holds more than one row in memory, except the shared
strings of a workbook, and those are bounded before it is opened.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path, PurePath
from typing import Any, BinaryIO, TextIO

import openpyxl

from feedback.errors import SheetHeaderWrong, SheetRefused, SheetTooLarge, SheetTypeRefused

# A letter may have 100,000 characters; a line holds a letter and its particulars.
MAX_LINE = 1_000_000
MAX_FIELD = 500_000
MAX_COLUMNS = 200
MAX_ROWS = 1_048_576  # what a worksheet can hold; a row may claim any number
# A workbook of 100,000 letters unpacks to about 60 MB; honest XML shrinks 5 to 40 times.
MAX_UNPACKED = 64 * 1024 * 1024
MAX_RATIO = 200
RATIO_FROM = 4 * 1024 * 1024
MAX_ENTRIES = 1000

Row = tuple[int, dict[str, str]]


@dataclass(frozen=True)
class RowError:
    """One row that cannot be taken. `row` counts as a spreadsheet does: the header is row 1."""

    row: int
    message_vi: str
    message_en: str


def read_rows(source: str | Path | BinaryIO, filename: str) -> Iterator[Row | RowError]:
    """The rows of a .csv, .jsonl or .xlsx file as `(row number, {column: text})`, or a RowError in a row's place.

    Column names are folded and lowered ("Nội dung" → "noi_dung"); the cells are left exactly as written.
    Blank rows are skipped but counted. An open file is read from where it stands and left open.
    Raises SheetTypeRefused, SheetTooLarge, SheetHeaderWrong or SheetRefused at once, before the first row.
    """
    name = PurePath(filename.replace("\\", "/")).name
    reader = _READERS.get(PurePath(name).suffix.lower())
    if reader is None:
        raise SheetTypeRefused(name=name)
    owned = isinstance(source, (str, Path))
    stream = Path(source).open("rb") if isinstance(source, (str, Path)) else source  # noqa: SIM115 - _all_rows closes it
    rows = reader(stream, name)
    try:
        first = next(rows, None)  # the header is read now, so that a bad file is refused now
    except BaseException:
        if owned:
            stream.close()
        raise
    return _all_rows(first, rows, stream if owned else None)


def _all_rows(
    first: Row | RowError | None, rest: Iterator[Row | RowError], owned: BinaryIO | None
) -> Iterator[Row | RowError]:
    try:
        if first is not None:
            yield first
            yield from rest
    finally:
        if owned is not None:
            owned.close()


def fold_header(text: str) -> str:
    """A column name without marks, case or spaces: "Nội  dung ", "noi dung" and "noi_dung" are the same column."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c)[0] not in "MC")
    return "_".join(plain.lower().replace("đ", "d").replace("_", " ").split())


# --- CSV ---------------------------------------------------------------------------------------------------


def _read_csv(stream: BinaryIO, name: str) -> Iterator[Row | RowError]:
    csv.field_size_limit(MAX_FIELD)  # one limit per process; nothing else here reads CSV
    lines = _lines(_text(stream, name))
    number, first = next(((n, line) for n, line in enumerate(lines) if line.strip()), (0, ""))
    if first.lower().startswith("sep=") and len(first.strip()) == 5:  # Excel's own hint
        delimiter, number = first[4], number + 1
    else:
        delimiter, lines = _delimiter(first), itertools.chain([first], lines)
    reader = csv.reader(lines, delimiter=delimiter)
    header: list[str] | None = None
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            if header is None:
                raise SheetHeaderWrong(name=name) from error
            yield RowError(number, "dòng không đúng dạng CSV hoặc quá dài", "not a CSV row, or too long")
            continue
        if header is None:
            header = _header(cells, name)
        elif any(cell.strip() for cell in cells):
            yield _row(number, header, cells)
    if header is None:
        raise SheetHeaderWrong(name=name)


def _delimiter(header: str) -> str:
    """Vietnamese Excel writes semicolons, others commas or tabs; the header tells. Quoted parts do not count."""
    bare = "".join(header.split('"')[::2])
    return max(",;\t", key=bare.count)


# --- JSONL -------------------------------------------------------------------------------------------------


def _read_jsonl(stream: BinaryIO, name: str) -> Iterator[Row | RowError]:
    for number, line in enumerate(_lines(_text(stream, name)), start=1):
        if line.strip():
            yield _json_row(number, line)


def _json_row(number: int, line: str) -> Row | RowError:
    if "\N{REPLACEMENT CHARACTER}" in line:
        return _not_utf8(number)
    try:
        # Numbers stay as written: an identity number must not lose its zeros or its last digits.
        value = json.loads(line, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return RowError(number, "dòng không phải JSON đúng", "not valid JSON")
    if not isinstance(value, dict):
        return RowError(number, "dòng phải là một đối tượng JSON {…}", "must be a JSON object {…}")
    return number, {fold_header(key): _json_text(cell) for key, cell in value.items()}


def _json_text(cell: Any) -> str:
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)


# --- XLSX --------------------------------------------------------------------------------------------------


def _read_xlsx(stream: BinaryIO, name: str) -> Iterator[Row | RowError]:
    _check_archive(stream, name)
    try:
        # data_only: a formula's stored value, never the formula; keep_links: other workbooks are not followed.
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        with closing(book):
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # the declared size may lie
            yield from _sheet_rows(sheet, name)
    except SheetRefused:
        raise
    except Exception as error:  # openpyxl fed with hostile XML may raise anything at all
        raise SheetRefused(name=name) from error


def _sheet_rows(sheet: Any, name: str) -> Iterator[Row | RowError]:
    header: list[str] | None = None
    rows = enumerate(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS + 1, max_row=MAX_ROWS), start=1)
    number = 0
    while True:
        try:
            number, values = next(rows)
        except StopIteration:
            break
        except Exception as error:  # a workbook damaged half way: the rows before stay, the rest is named
            if header is None:
                raise SheetRefused(name=name) from error
            yield RowError(number + 1, "tệp bị hỏng từ dòng này", "the file is damaged from this row on")
            return
        if values.count(None) == len(values):  # a gap of a million rows costs a second, not a minute
            continue
        cells = [_cell_text(value) for value in values]
        if not any(cell.strip() for cell in cells):
            continue
        if header is None:
            header = _header(cells, name)
        else:
            yield _row(number, header, cells)
    if header is None:
        raise SheetHeaderWrong(name=name)


def _cell_text(value: object) -> str:
    """A cell as text: dates as ISO 8601, whole numbers without ".0"."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return (
            value.date().isoformat()
            if value.time() == time()
            else value.isoformat(sep=" ", timespec="seconds")
        )
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return str(int(value))
    return str(value)


def _check_archive(stream: BinaryIO, name: str) -> None:
    """Refuse a zip bomb: by what it declares, then by what really comes out.

    Raises SheetTooLarge, or SheetRefused when it is no archive or hides something (encrypted, doubled names).
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            declared = sum(entry.file_size for entry in entries)
            packed = sum(entry.compress_size for entry in entries)
            if len(entries) > MAX_ENTRIES or _is_bomb(declared, packed):
                raise SheetTooLarge(name=name)
            if len({entry.filename for entry in entries}) < len(entries):
                raise SheetRefused(name=name)
            if _inflated_size(archive, entries) > min(MAX_UNPACKED, declared):
                raise SheetTooLarge(name=name)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise SheetRefused(name=name) from error
    except Exception as error:  # zlib, lzma and struct raise their own kinds on damaged data
        if isinstance(error, SheetRefused):
            raise
        raise SheetRefused(name=name) from error
    stream.seek(0)


def _is_bomb(declared: int, packed: int) -> bool:
    return declared > MAX_UNPACKED or (declared > RATIO_FROM and declared > MAX_RATIO * max(packed, 1))


def _inflated_size(archive: zipfile.ZipFile, entries: Iterable[zipfile.ZipInfo]) -> int:
    """Bytes that really come out, counted in small pieces and only up to the limit."""
    total = 0
    for entry in entries:
        with archive.open(entry) as part:
            while piece := part.read(65_536):
                total += len(piece)
                if total > MAX_UNPACKED:
                    return total
    return total


# --- what the three have in common -------------------------------------------------------------------------


def _text(stream: BinaryIO, name: str) -> TextIO:
    """The stream as text by its byte order mark: UTF-16, else UTF-8. Bytes that fit neither become U+FFFD."""
    buffered = io.BufferedReader(_Unclosed(stream))
    head = buffered.peek(4)[:4]
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):  # a workbook renamed to .csv
        raise SheetTypeRefused(name=name)
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return io.TextIOWrapper(buffered, encoding=encoding, errors="replace", newline="")


class _Unclosed(io.RawIOBase):
    """Reads from somebody else's file without ever closing it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._stream.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def _lines(text: TextIO) -> Iterator[str]:
    """Lines of at most MAX_LINE characters; a longer one is cut, and so is refused on its own account."""
    while line := text.readline(MAX_LINE):
        yield line
        while len(line) == MAX_LINE and not line.endswith("\n"):
            line = text.readline(MAX_LINE)


def _header(cells: Sequence[str], name: str) -> list[str]:
    """Folded column names, "" for columns without one. Raises SheetHeaderWrong for none, too many or doubles."""
    header = [fold_header(cell) for cell in cells]
    while header and not header[-1]:
        header.pop()
    named = [column for column in header if column]
    if not named or len(header) > MAX_COLUMNS or len(set(named)) < len(named):
        raise SheetHeaderWrong(name=name)
    return header


def _row(number: int, header: Sequence[str], cells: Sequence[str]) -> Row | RowError:
    if any("\N{REPLACEMENT CHARACTER}" in cell for cell in cells):
        return _not_utf8(number)
    if any(cell.strip() for cell in cells[len(header) :]):
        return RowError(number, "dòng có nhiều ô hơn dòng tiêu đề", "the row has more cells than the header")
    padded = [*cells, *[""] * (len(header) - len(cells))]
    return number, {column: cell for column, cell in zip(header, padded, strict=False) if column}


def _not_utf8(number: int) -> RowError:
    return RowError(
        number, "dòng có ký tự hỏng; xin lưu tệp dạng UTF-8", "damaged characters; save the file as UTF-8"
    )


_READERS = {".csv": _read_csv, ".jsonl": _read_jsonl, ".xlsx": _read_xlsx}


# --- writing -----------------------------------------------------------------------------------------------

# Characters with which a spreadsheet starts to calculate or (| and %) to call another program.
_FORMULA_STARTS = frozenset("=+-@|%\N{MINUS SIGN}")


def safe_cell(value: object) -> str:
    """`value` as text that no spreadsheet takes for a formula: an apostrophe is put before a dangerous start.

    Judged by the first visible character, compatibility forms included ("＝", "﹣"), whatever blanks,
    control or direction characters stand before it. Real numbers (int, float) stay numbers, also negative.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    text = _cell_text(value)
    for char in text:
        if char in "\t\r\n" or unicodedata.normalize("NFKC", char)[0] in _FORMULA_STARTS:
            return "'" + text
        if not char.isspace() and unicodedata.category(char)[0] not in "CZM":
            break
    return text


def write_csv(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """CSV text, one piece per row, for a streamed download; the byte order mark makes Excel read UTF-8.

    Every cell is quoted: "a;=1+1" would otherwise fall apart into a formula where the list separator is ";".
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    yield "\N{ZERO WIDTH NO-BREAK SPACE}"
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
