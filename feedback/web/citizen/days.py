"""The small calendar that shows which days a clock counted: months of squares, drawn as SVG by a template.

Colour never speaks alone: a counted day carries its number, a day off a cross, a paused day two bars; a day that is
not decided by decree yet has a broken frame.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from feedback.calendar import WEEKDAYS_EN, WEEKDAYS_VI
from feedback.deadlines import DayMark

SIZE = 48  # units of the drawing per square
HEAD = 30  # height of the weekday line
SHORT = {"vi": ("T2", "T3", "T4", "T5", "T6", "T7", "CN"), "en": ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")}
_COLOURS = {
    "start": "blue",
    "counted": "green",
    "off": "grey",
    "paused": "amber",
    "partial": "amber",
    "rolled": "red",
}


@dataclass(frozen=True)
class Square:
    """One day: where it stands, what is written in it, and its row in the table."""

    x: int
    y: int
    day: date
    mark: str
    colour: str
    number: int | None
    weekday: str
    reason: str
    last: bool
    provisional: bool

    @property
    def middle(self) -> int:
        return self.x + SIZE // 2


@dataclass(frozen=True)
class Month:
    first: date
    squares: list[Square]
    height: int
    heads: list[tuple[int, str]]
    width: int = 7 * SIZE
    size: int = SIZE


def months(days: Iterable[DayMark], language: str) -> list[Month]:
    """The marked days, month by month."""
    marks = list(days)
    last = marks[-1].day if marks else None
    groups = groupby(marks, key=lambda mark: (mark.day.year, mark.day.month))
    return [_month(list(group), language, last) for _, group in groups]


def _month(marks: list[DayMark], language: str, last: date | None) -> Month:
    monday = marks[0].day.toordinal() - marks[0].day.weekday()
    squares = [_square(mark, monday, language, mark.day == last) for mark in marks]
    heads = [(column * SIZE + SIZE // 2, text) for column, text in enumerate(SHORT[language])]
    return Month(marks[0].day, squares, squares[-1].y + SIZE, heads)


def _square(mark: DayMark, monday: int, language: str, last: bool) -> Square:
    week, column = divmod(mark.day.toordinal() - monday, 7)
    names = WEEKDAYS_EN if language == "en" else WEEKDAYS_VI
    return Square(
        x=column * SIZE,
        y=HEAD + week * SIZE,
        day=mark.day,
        mark=mark.mark,
        colour="red" if last else _COLOURS[mark.mark],
        number=mark.number,
        weekday=names[mark.day.weekday()],
        reason=(mark.reason_en if language == "en" else mark.reason_vi) or "",
        last=last,
        provisional=mark.provisional,
    )
