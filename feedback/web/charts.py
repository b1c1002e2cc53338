"""Small charts drawn on the server: where the lines, bars and squares of an SVG stand. Templates only write them down.

A chart never stands alone: the page shows the same figures in a table beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from classifier.risk import Interval

WIDTH, HEIGHT = 320, 160  # units of the drawing; about the pixels of a telephone
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 10, 26
CELL = 32


def percent(share: float | None, language: str, digits: int = 0) -> str:
    """ "97 %", "2,3 %"; a dash for None."""
    if share is None:
        return "–"
    text = f"{100 * share:.{digits}f}"
    return f"{text if language == 'en' else text.replace('.', ',')} %"


@dataclass(frozen=True)
class Trend:
    """Shares by week. `bars`: (x, top, bottom) of the doubt about each; `level`: height of a line to be held."""

    title: str
    ticks: list[tuple[int, str]]
    days: list[tuple[int, str]]
    dots: list[tuple[int, int]]
    path: str = ""
    bars: list[tuple[int, int, int]] = field(default_factory=list)
    level: int | None = None
    band: tuple[int, int] | None = None  # top and height of the zone where the line should lie
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    base: int = HEIGHT - BOTTOM

    @property
    def span(self) -> int:
        return self.right - self.left


def trend(
    title: Any,
    days: Sequence[date],
    values: Sequence[float | Interval | None],
    *,
    level: float | None = None,
    target: float | None = None,
) -> Trend:
    """`values`: a share in [0, 1] for each of `days`, with its bounds if it is an Interval; None: nothing is known.
    `level`: a line not to be crossed; `target`: from here up to 100 % lies the zone aimed at.

    The scale goes from 0 to 100 %; only its lower part is drawn where every share is small, only its upper half where
    every bound lies there.
    """
    shares = [v.share if isinstance(v, Interval) else v for v in values]
    scale = _scale([s for s in shares if s is not None], [v.low for v in values if isinstance(v, Interval)])
    places = [(_x(n, len(days)), s) for n, s in enumerate(shares)]
    bounds = [(_x(n, len(days)), v) for n, v in enumerate(values) if isinstance(v, Interval)]
    return Trend(
        title=str(title),
        ticks=[(_y(mark, scale), f"{mark:.0%}".replace("%", " %")) for mark in _marks(scale)],
        days=[(_x(n, len(days)), f"{days[n]:%d/%m}") for n in _some(len(days))],
        dots=[(x, _y(share, scale)) for x, share in places if share is not None],
        path="".join(
            f"M{x} {_y(one, scale)}L{other_x} {_y(other, scale)}"
            for (x, one), (other_x, other) in pairwise(places)
            if one is not None and other is not None
        ),
        bars=[(x, _y(v.high, scale), _y(v.low, scale)) for x, v in bounds],
        level=_y(level, scale) if level is not None else None,
        band=(_y(1.0, scale), _y(target, scale) - _y(1.0, scale)) if target is not None else None,
    )


def _x(number: int, of: int) -> int:
    room = WIDTH - LEFT - RIGHT - 16
    return LEFT + 8 + round(room * number / max(of - 1, 1))


def _scale(shares: Sequence[float], lows: Sequence[float]) -> tuple[float, float]:
    if lows:
        return (0.5 if min(lows) >= 0.5 else 0.0), 1.0
    highest = max(shares, default=1.0)
    return 0.0, (1.0 if highest > 0.5 else 0.5 if highest > 0.2 else 0.2)


def _marks(scale: tuple[float, float]) -> tuple[float, float, float]:
    return scale[0], (scale[0] + scale[1]) / 2, scale[1]


def _y(share: float, scale: tuple[float, float]) -> int:
    part = (share - scale[0]) / (scale[1] - scale[0])
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * min(max(part, 0.0), 1.0))


def _some(number: int) -> Iterable[int]:
    """First, middle and last: more dates would run into each other."""
    return sorted({0, (number - 1) // 2, number - 1}) if number else ()


# --- how many


@dataclass(frozen=True)
class Bars:
    """Numbers in groups of columns. The columns of the first series are filled, those of the second are outlined.

    `columns`: (x, y, width, height, filled); `names`: (x, y, text) under each group that is named."""

    title: str
    series: list[str]
    ticks: list[tuple[int, int]]
    columns: list[tuple[int, int, int, int, bool]]
    names: list[tuple[int, str]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT


def bars(
    title: Any, names: Sequence[str], series: Mapping[Any, Sequence[int]], *, every: bool = False
) -> Bars:
    """`series`: name → one number per group, at most two of them. `every`: each group is named, not only three."""
    top = _round_up(max((n for numbers in series.values() for n in numbers), default=0))
    room = (WIDTH - LEFT - RIGHT) / max(len(names), 1)
    wide = max(3, round(room * 0.8 / max(len(series), 1)))
    columns = []
    for place, numbers in enumerate(series.values()):
        for group, number in enumerate(numbers):
            y = _y(number / top, (0.0, 1.0))
            x = round(LEFT + group * room + room * 0.1 + place * wide)
            columns.append((x, y, wide, HEIGHT - BOTTOM - y, place == 0))
    shown = range(len(names)) if every else _some(len(names))
    return Bars(
        title=str(title),
        series=[str(name) for name in series],
        ticks=[(_y(mark / top, (0.0, 1.0)), mark) for mark in sorted({0, top // 2, top})],
        columns=columns,
        names=[(round(LEFT + (n + 0.5) * room), names[n]) for n in shown],
    )


def _round_up(number: int) -> int:
    """2, 4, 10, 20, 40, 100 …: an even scale that holds the number."""
    step = 1
    while True:
        for factor in (2, 4, 10):
            if number <= factor * step:
                return factor * step
        step *= 10


# --- what became of what


@dataclass(frozen=True)
class Square:
    x: int
    y: int
    number: int
    strength: float
    right: bool


@dataclass(frozen=True)
class Confusion:
    """Rows: what was answered; columns: what a person said. Numbered as in `labels`."""

    labels: list[tuple[int, str]]
    squares: list[Square]
    rows: list[tuple[str, list[int]]]
    heads: list[tuple[int, int]]
    size: int
    cell: int = CELL


def confusion(pairs: Mapping[tuple[str, str], int], names: Mapping[str, str], most: int = 7) -> Confusion:
    """The labels most often mixed up, at most `most` of them, then those most often answered."""
    mixed, seen = Counter[str](), Counter[str]()
    for (answered, true), number in pairs.items():
        seen.update({answered: number, true: number})
        if answered != true:
            mixed.update({answered: number, true: number})
    codes = sorted(seen, key=lambda code: (-mixed[code], -seen[code], code))[:most]
    squares, rows = [], []
    for row, answered in enumerate(codes):
        numbers = [pairs.get((answered, true), 0) for true in codes]
        total = sum(numbers) or 1
        rows.append((names.get(answered, answered), numbers))
        squares += [
            Square(
                (col + 1) * CELL, (row + 1) * CELL, number, round(0.15 + 0.75 * number / total, 2), row == col
            )
            for col, number in enumerate(numbers)
            if number
        ]
    return Confusion(
        labels=[(n, names.get(code, code)) for n, code in enumerate(codes, 1)],
        squares=squares,
        rows=rows,
        heads=[(n, n * CELL + CELL // 2) for n in range(1, len(codes) + 1)],
        size=(len(codes) + 1) * CELL,
    )
