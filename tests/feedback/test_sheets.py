from __future__ import annotations

import csv
import io
import json
import time
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.errors import SheetHeaderWrong, SheetRefused, SheetTooLarge, SheetTypeRefused
from feedback.sheets import MAX_FIELD, MAX_LINE, RowError, fold_header, read_rows, safe_cell, write_csv


def rows(content: bytes | str, filename: str = "don.csv") -> list[object]:
    data = content.encode() if isinstance(content, str) else content
    return list(read_rows(io.BytesIO(data), filename))


def row_numbers_refused(found: list[object]) -> list[int]:
    return [row.row for row in found if isinstance(row, RowError)]


def workbook(fill: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.Workbook()
    fill(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def simple_book(*lines: Sequence[object]) -> bytes:
    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.active
        assert sheet is not None
        for line in lines:
            sheet.append(list(line))

    return workbook(fill)


def repacked(content: bytes, **replaced: bytes) -> bytes:
    """The same archive with some parts replaced; underscores in keyword names stand for slashes."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, replaced.pop(name, source.read(name)))
        for name, body in replaced.items():
            target.writestr(name, body)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
BOOK = simple_book(["id", "text"], [1, "Đơn một"])


# --- CSV ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_in_every_dress(delimiter: str, encoding: str) -> None:
    text = f'Mã đơn{delimiter}Nội  dung\r\nA1{delimiter}"Chậm{delimiter} rất\nchậm"\r\n\r\nA2{delimiter} hai \r\n'
    assert rows(text.encode(encoding)) == [
        (2, {"ma_don": "A1", "noi_dung": f"Chậm{delimiter} rất\nchậm"}),
        (4, {"ma_don": "A2", "noi_dung": " hai "}),
    ]


def test_excels_own_separator_line_is_not_the_header() -> None:
    assert rows("sep=;\r\nid;text\r\n1;a,b\r\n") == [(3, {"id": "1", "text": "a,b"})]


def test_bad_rows_stand_in_their_place_and_stop_nobody() -> None:
    content = b"id,text\n1,a\n2,b,extra\n3,\xff\xfe\n4,d\n5\n"
    found = rows(content)
    assert row_numbers_refused(found) == [3, 4]
    assert found[0] == (2, {"id": "1", "text": "a"})
    assert found[3:] == [(5, {"id": "4", "text": "d"}), (6, {"id": "5", "text": ""})]


def test_an_endless_field_is_one_bad_row() -> None:
    found = rows("id,text\n1," + "x" * (MAX_FIELD + 10) + "\n2,b\n")
    assert row_numbers_refused(found) == [2]
    assert found[-1] == (3, {"id": "2", "text": "b"})


def test_a_letter_of_100_000_characters_fits() -> None:
    text = "ố" * 100_000
    assert rows(f"id,text\n1,{text}\n") == [(2, {"id": "1", "text": text})]


@pytest.mark.parametrize(
    "content", ["", "\n\n", ",,\n1,2,3\n", "id,ID\n1,2\n", "Mã,ma\n1,2\n", ",".join("abc" * 100)]
)
def test_a_header_that_names_no_columns_is_refused_at_once(content: str) -> None:
    with pytest.raises(SheetHeaderWrong):
        read_rows(io.BytesIO(content.encode()), "a.csv")


def test_a_header_alone_is_an_empty_table() -> None:
    assert rows("id,text\n") == []


# --- JSONL -------------------------------------------------------------------------------------------------


def test_jsonl_rows_and_errors() -> None:
    lines = [
        '{"id": "a", "Nội dung": "một"}',
        "{broken",
        "",
        "[1, 2]",
        '{"id": 0912, "x": 1}',
        '{"id": 100000000000000000000001, "gia": 1.50, "co": true, "khong": null, "ds": ["ô"]}',
        "[" * 5000,
        '{"id": "' + "x" * MAX_LINE + '"}',
        '{"id": "cuối"}',
    ]
    found = rows("\ufeff" + "\n".join(lines), "don.JSONL")
    assert row_numbers_refused(found) == [2, 4, 5, 7, 8]
    assert [row for row in found if not isinstance(row, RowError)] == [
        (1, {"id": "a", "noi_dung": "một"}),
        (6, {"id": "100000000000000000000001", "gia": "1.50", "co": "true", "khong": "", "ds": '["ô"]'}),
        (9, {"id": "cuối"}),
    ]


# --- XLSX --------------------------------------------------------------------------------------------------


def test_xlsx_cells_become_text() -> None:
    content = simple_book(
        ["Mã", "Ngày", "Lúc", "Số", "Lẻ", None],
        ["00123", date(2026, 11, 5), datetime.fromisoformat("2026-11-05T08:30"), 12.0, 1.5, None],
        [None, None],
        ["x", True, None, 7],
        ["y", None, None, None, None, "thừa"],
    )
    found = rows(content, "don.xlsx")
    assert found[:2] == [
        (2, {"ma": "00123", "ngay": "2026-11-05", "luc": "2026-11-05 08:30:00", "so": "12", "le": "1.5"}),
        (4, {"ma": "x", "ngay": "true", "luc": "", "so": "7", "le": ""}),
    ]
    assert row_numbers_refused(found) == [5]


def test_a_formula_is_never_read_as_one() -> None:
    assert rows(simple_book(["id", "text"], ["a", "=1+1"]), "a.xlsx") == [(2, {"id": "a", "text": ""})]


def test_links_to_other_workbooks_and_macros_are_ignored() -> None:
    content = repacked(BOOK, **{"xl/externalLinks/externalLink1.xml": b"<x/>", "xl/vbaProject.bin": b"MZ"})
    assert rows(content, "a.xlsx") == [(2, {"id": "1", "text": "Đơn một"})]


@pytest.mark.parametrize("size", [30, 90])
def test_a_zip_bomb_is_refused_quickly(size: int) -> None:
    content = repacked(BOOK, **{SHEET: b"<worksheet>" + b" " * (size * 1024 * 1024)})
    assert len(content) < 2 * 1024 * 1024
    start = time.process_time()
    with pytest.raises(SheetTooLarge):
        read_rows(io.BytesIO(content), "a.xlsx")
    assert time.process_time() - start < 2


def test_a_bomb_that_understates_its_size_never_comes_out() -> None:
    content = bytearray(repacked(BOOK, **{SHEET: b" " * (80 * 1024 * 1024)}))
    real = (80 * 1024 * 1024).to_bytes(4, "little")
    assert content.count(real) >= 1
    with pytest.raises(SheetRefused):
        read_rows(io.BytesIO(bytes(content).replace(real, (1000).to_bytes(4, "little"))), "a.xlsx")


def test_thousands_of_parts_are_refused() -> None:
    with pytest.raises(SheetTooLarge):
        read_rows(io.BytesIO(repacked(BOOK, **{f"xl/p{i}.xml": b"x" for i in range(2000)})), "a.xlsx")


def test_two_parts_of_one_name_are_refused() -> None:
    out = io.BytesIO(BOOK)
    with zipfile.ZipFile(out, "a") as target, pytest.warns(UserWarning, match="Duplicate name"):
        target.writestr(SHEET, "<other/>")
    with pytest.raises(SheetRefused):
        read_rows(out, "a.xlsx")


@pytest.mark.parametrize(
    "part",
    [
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet>&a;</worksheet>',
        b"<worksheet><sheetData><row>",
        b"not xml",
        b"",
    ],
)
def test_entities_and_damaged_parts_are_refused(part: bytes) -> None:
    with pytest.raises(SheetRefused):
        list(read_rows(io.BytesIO(repacked(BOOK, **{SHEET: part})), "a.xlsx"))


def test_a_row_that_claims_to_be_far_down_costs_no_minute() -> None:
    ns = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cell = '<c r="A{0}" t="inlineStr"><is><t>{1}</t></is></c>'
    first = f'<row r="1">{cell.format(1, "id")}</row>'
    last = f'<row r="99999999">{cell.format(99999999, "x")}</row>'
    part = f'<worksheet xmlns="{ns}"><dimension ref="A1:XFD99999999"/><sheetData>{first}{last}</sheetData></worksheet>'
    start = time.process_time()
    assert rows(repacked(BOOK, **{SHEET: part.encode()}), "a.xlsx") == []
    assert time.process_time() - start < 10


def test_a_workbook_damaged_half_way_keeps_its_first_rows() -> None:
    with zipfile.ZipFile(io.BytesIO(simple_book(["id"], *[[f"v{i}"] for i in range(50)]))) as book:
        sheet = book.read(SHEET)
    cut = sheet[: sheet.index(b'<row r="40"')] + b"<row <<<"
    found = rows(repacked(simple_book(["id"], *[[f"v{i}"] for i in range(50)]), **{SHEET: cut}), "a.xlsx")
    assert isinstance(found[-1], RowError)
    assert len(found) > 1


# --- files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.xls", "a.xlsm", "a.ods", "a", "a.csv.exe", ".csv/a.txt"])
def test_other_kinds_are_refused(name: str) -> None:
    with pytest.raises(SheetTypeRefused) as caught:
        read_rows(io.BytesIO(b"id\n1\n"), name)
    assert "csv" in caught.value.sentence("vi")


def test_a_renamed_workbook_is_no_csv_and_words_are_no_workbook() -> None:
    with pytest.raises(SheetTypeRefused):
        read_rows(io.BytesIO(BOOK), "a.csv")
    with pytest.raises(SheetRefused):
        read_rows(io.BytesIO(b"id,text\n"), "a.xlsx")
    with pytest.raises(SheetRefused):
        read_rows(io.BytesIO(repacked(BOOK, **{"[Content_Types].xml": b"<t/>"})), "a.xlsx")


def test_a_path_is_opened_and_closed_and_an_open_file_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "don.jsonl"
    path.write_text(json.dumps({"id": 1}), encoding="utf-8")
    assert list(read_rows(path, path.name)) == [(1, {"id": "1"})]
    with path.open("rb") as stream:
        list(read_rows(stream, path.name))
        assert not stream.closed


@pytest.mark.parametrize(
    "title",
    ["Nội dung", "nội  DUNG ", "noi_dung", unicodedata.normalize("NFD", "Nội dung"), "\ufeffNoi dung"],
)
def test_headers_fold_to_one_name(title: str) -> None:
    assert fold_header(title) == "noi_dung"
    assert fold_header("Đơn vị") == "don_vi"


@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.jsonl", "a.xlsx"]))
@settings(max_examples=200)
def test_any_bytes_are_rows_or_refused(content: bytes, name: str) -> None:
    try:
        found = rows(content, name)
    except SheetRefused:
        return
    assert all(isinstance(row, (RowError, tuple)) for row in found)


# --- writing -----------------------------------------------------------------------------------------------

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠", "−", "﹣", "﹢", "﹦", "﹫"]
BEFORE = ["", " ", "   ", "\u00a0", "\u3000", "\u200b", "\ufeff", "\x00", "\x0b", "\u202e", "\t ", "\u0301"]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("before", BEFORE)
def test_no_dangerous_start_survives(start: str, before: str) -> None:
    for payload in ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://example.vn")', "5"):
        assert safe_cell(before + start + payload) == "'" + before + start + payload


@pytest.mark.parametrize(
    "text", ["", "Nguyễn", "12", "a=b", "12-5", "0100000012", "'=1", "(+84) 100", "…", " chữ"]
)
def test_harmless_text_is_left_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


def test_values_that_are_not_text() -> None:
    assert [safe_cell(value) for value in (None, True, 5, -5, -1.5, date(2026, 11, 5))] == [
        "", "true", "5", "-5", "-1.5", "2026-11-05",
    ]  # fmt: skip


@given(st.lists(st.lists(st.text(max_size=30), min_size=2, max_size=2), max_size=8))
@settings(max_examples=300)
def test_written_csv_reads_back_without_a_formula(table: list[list[str]]) -> None:
    text = "".join(write_csv(table))
    assert text.startswith("\ufeff")
    back = list(csv.reader(io.StringIO(text[1:], newline="")))
    assert back == [[safe_cell(cell) for cell in line] for line in table]
    for line in back:
        for cell in line:
            bare = unicodedata.normalize("NFKC", cell.lstrip())
            assert not bare.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_cell_cannot_fall_apart_where_the_separator_is_a_semicolon() -> None:
    text = "".join(write_csv([["a;=1+1;b", 'x"\n=2']]))
    assert next(csv.reader(io.StringIO(text[1:], newline=""), delimiter=";"))[0].startswith("a;=1+1;b")
