"""How a value is written for people: 1.234 letters, 92,3 %, 16,5 hours. Page and PDF write it the same way."""

from __future__ import annotations

from feedback.reports.base import Row, Table, Type, Value

NOTHING = "–"


def shown(value: Value, kind: str, language: str) -> str:
    """The value in words of the language; a dash for what cannot be said."""
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value
    if kind == Type.SHARE:
        return _number(100 * value, 1, language) + " %"
    if kind == Type.POINTS:
        return ("+" if value > 0 else "") + _number(100 * value, 1, language).replace("-", "\N{MINUS SIGN}")
    return _number(value, 0 if isinstance(value, int) else 1, language)


def _number(value: float, digits: int, language: str) -> str:
    text = f"{value:,.{digits}f}"
    return text if language == "en" else text.translate(str.maketrans(",.", ".,"))


def cells(table: Table, row: Row) -> list[str]:
    """A row as it is written, column by column."""
    return [shown(row.values.get(c["name"]), c["type"], table.language) for c in table.columns]
