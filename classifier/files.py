"""Labelled letters, catalogues and rows from files, for the command line and for training. No database, no settings."""

from __future__ import annotations

import csv
import gzip
import json
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, BinaryIO

from classifier.evaluation import Letter
from classifier.labels import Label, Taxonomy

STARTER = Path(__file__).with_name("starter")
# The office's own catalogue file: one list of labels, not two that drift apart. Read as data, by its place in the tree.
STARTER_TAXONOMY = Path(__file__).resolve().parent.parent / "feedback" / "catalogue" / "taxonomy.yaml"
BUILT_IN = "starter"  # the name under which the built-in catalogue and letters may be asked for
_COLUMNS = ("code", "name")  # a catalogue in CSV has these; description, keywords and parent are welcome


class InputError(Exception):
    """The file cannot be used; the message names the line and what is wrong with it."""


def rows(path: Path, text_field: str = "text") -> Iterator[dict[str, Any]]:
    """The objects of a JSON-lines file one by one ("-": standard input; *.gz is unpacked), each with its text as `str`;
    a text that is null is empty. Raises InputError naming the line, OSError when the file cannot be opened."""
    with _opened(path) as lines:
        for number, line in enumerate(_lines(lines, path), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as problem:
                raise InputError(f"{path}, line {number}: not JSON ({problem})") from problem
            if not isinstance(row, dict) or text_field not in row:
                raise InputError(f"{path}, line {number}: no text field {text_field!r}")
            text = row[text_field]
            if text is not None and not isinstance(text, str):
                raise InputError(f"{path}, line {number}: {text_field!r} is not a text")
            yield row | {text_field: text or ""}


def _opened(path: Path) -> Any:
    if str(path) == "-":
        return nullcontext(sys.stdin.buffer)
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def _lines(stream: BinaryIO, path: Path) -> Iterator[bytes]:
    try:
        yield from stream
    except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
        raise InputError(f"{path}: not gzip, or cut off") from problem


def label_in(row: dict[str, Any], field: str) -> str | None:
    """What a row says in `field`: a text or a number; None when nothing is said (missing, null, empty, a list)."""
    value = row.get(field)
    said = str(value).strip() if isinstance(value, str | int | float) else ""
    return said or None


def starter_letters() -> list[Letter]:
    """The letters written for a new office, with their labels."""
    return [Letter.from_row(row) for path in sorted(STARTER.glob("*.jsonl")) for row in rows(path)]


def taxonomy_from(source: str) -> Taxonomy:
    """A catalogue from YAML (the office's three heads), from CSV (`code,name,description,keywords`, one head), or the
    built-in one by the name "starter". Raises InputError or TaxonomyError."""
    if source == BUILT_IN:
        return _from_yaml(STARTER_TAXONOMY)
    path = Path(source)
    return _from_csv(path) if path.suffix.lower() == ".csv" else _from_yaml(path)


def _from_yaml(path: Path) -> Taxonomy:
    import yaml  # a catalogue in CSV does not need it

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as problem:
        raise InputError(f"{path}: not YAML ({' '.join(str(problem).split())})") from problem
    if not isinstance(data, dict) or not data.get("topics"):
        raise InputError(f"{path}: expected topics, and perhaps issues and kinds, at the top")
    try:
        return Taxonomy.from_dict(data)
    except (AttributeError, TypeError) as problem:
        raise InputError(f"{path}: the labels are not lists of code, name and keywords") from problem


def _from_csv(path: Path) -> Taxonomy:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            table = csv.reader(stream)
            header = [name.strip().lower() for name in next(table, [])]
            if missing := [name for name in _COLUMNS if name not in header]:
                raise InputError(f"{path}: no column {' and '.join(missing)}")
            labels = list(_labels(path, header, table))
    except (UnicodeDecodeError, csv.Error) as problem:
        raise InputError(f"{path}: not CSV in UTF-8 ({problem})") from problem
    if not labels:
        raise InputError(f"{path}: no labels")
    codes = {label.code for label in labels}
    if foreign := sorted({label.parent for label in labels if label.parent} - codes):
        raise InputError(f"{path}: the parent {foreign[0]} is not a label")
    return Taxonomy(topics=tuple(labels), issues=(), kinds=())


def _labels(path: Path, header: list[str], table: Any) -> Iterator[Label]:
    """A label per line; empty lines are passed over. Without a column `parent`, HT is the parent of HT.KS if both
    stand in the file."""
    found = [
        (table.line_num, [cell.strip() for cell in cells]) for cells in table if any(map(str.strip, cells))
    ]
    at = header.index("code")
    codes = {cells[at] for _, cells in found if at < len(cells)}
    seen: set[str] = set()
    for number, cells in found:
        if len(cells) > len(header) and any(cells[len(header) :]):
            raise InputError(
                f"{path}, line {number}: more cells than columns; a text with a comma needs quotes"
            )
        row = dict(zip(header, cells, strict=False))
        code, name = row.get("code", ""), row.get("name", "")
        if not code or not name:
            raise InputError(f"{path}, line {number}: no {'name' if code else 'code'}")
        if code in seen:
            raise InputError(f"{path}, line {number}: {code} stands more than once")
        seen.add(code)
        words = (word.strip() for word in row.get("keywords", "").split(";"))
        parent = row.get("parent") if "parent" in header else _shown_by(code, codes)
        yield Label(
            code, name, row.get("description", ""), tuple(word for word in words if word), parent or None
        )


def _shown_by(code: str, codes: set[str]) -> str | None:
    while "." in code:
        code = code.rpartition(".")[0]
        if code in codes:
            return code
    return None


def labels_of(letters: Iterable[Letter]) -> Taxonomy:
    """A catalogue that knows nothing but the codes the letters were given."""
    codes = sorted({letter.labels["topic"] for letter in letters})
    return Taxonomy(topics=tuple(Label(code, code) for code in codes), issues=(), kinds=())
