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
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    base: int = HEIGHT - BOTTOM


def trend(
    title: Any,
    days: Sequence[date],
    values: Sequence[float | Interval | None],
    *,
    level: float | None = None,
) -> Trend:
    """`values`: a share in [0, 1] for each of `days`, with its bounds if it is an Interval; None: nothing is known.

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
