"""Stacked bars of a report, drawn on the server; the same figures stand in the table under them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from feedback.reports.base import Row, Table

WIDTH, LINE, BAR = 640, 46, 20  # units of the drawing; about the pixels of a tablet
MOST = 12  # rows drawn: the table has them all
_ROOM_FOR_A_NUMBER = 30
LABEL = 70  # characters of a name


@dataclass(frozen=True)
class Part:
    x: int
    width: int
    middle: int
    number: int
    tone: str
    shown: bool  # wide enough for its number


@dataclass(frozen=True)
class Bar:
    name: str
    y: int
    top: int
    inside: int
    parts: list[Part]


@dataclass(frozen=True)
class Bars:
    """`legend`: (tone, name) in the order of the parts."""

    legend: list[tuple[str, str]]
    bars: list[Bar] = field(default_factory=list)
    width: int = WIDTH
    height: int = 0
    thick: int = BAR


def bars(table: Table) -> Bars | None:
    """None when there is nothing to draw."""
    labels = {column["name"]: column["label"] for column in table.columns}
    series = [(name, tone) for name, tone in table.bars if name in labels]
    rows = [row for row in table.rows if _sum(row, series)][:MOST]
    if not rows or not series:
        return None
    longest = max(_sum(row, series) for row in rows)
    first = table.columns[0]["name"]
    return Bars(
        legend=[(tone, labels[name]) for name, tone in series],
        bars=[_bar(n, str(row.values[first]), row, series, longest) for n, row in enumerate(rows)],
        height=LINE * len(rows),
    )


def _sum(row: Row, series: Sequence[tuple[str, str]]) -> int:
    return sum(int(row.values.get(name) or 0) for name, _tone in series)


def _bar(number: int, name: str, row: Row, series: Sequence[tuple[str, str]], longest: int) -> Bar:
    parts, x, done = [], 0, 0
    for column, tone in series:
        done += (value := int(row.values.get(column) or 0))
        end = round(WIDTH * done / longest)
        if value:
            width = max(end - x, 1)
            parts.append(Part(x, width, x + width // 2, value, tone, width >= _ROOM_FOR_A_NUMBER))
        x = end
    y = number * LINE
    shown = name if len(name) <= LABEL else name[: LABEL - 1] + "…"
    return Bar(shown, y + 15, y + 20, y + 35, parts)
