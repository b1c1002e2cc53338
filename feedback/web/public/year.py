"""A year of a working calendar: which days are special, and twelve small months drawn as SVG by a template.

Colour never speaks alone: a day off carries a cross, a make-up day a plus, a day of other hours a bar; a frame is
broken where the day is not decided yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby

from feedback.calendar import WEEKDAYS_EN, WEEKDAYS_VI, Interval, WorkingCalendar
from feedback.web.citizen.days import SHORT

CELL, HEAD = 32, 24  # units of the drawing: one day, the line of weekdays
OFF, WORKED, HOURS, WEEKLY, USUAL = "off", "worked", "hours", "weekly", "usual"
COLOURS = {OFF: "red", WORKED: "green", HOURS: "amber", WEEKLY: "grey"}


@dataclass(frozen=True)
class SpecialDay:
    """A day that differs from its weekday. `what`: "off", "worked" (although usually off) or "hours" (other ones)."""

    day: date
    weekday: str
    what: str
    name: str
    hours: str
    source: str
    author: str
    provisional: bool


def special_days(calendar: WorkingCalendar, year: int, language: str) -> list[SpecialDay]:
    """Every special day of the year, in order."""
    names = WEEKDAYS_EN if language == "en" else WEEKDAYS_VI
    found = []
    for day in days_of(year):
        what = kind_of(calendar, day)
        if what not in (OFF, WORKED, HOURS):
            continue
        entry = calendar.overrides.get(day)
        found.append(
            SpecialDay(
                day=day,
                weekday=names[day.weekday()],
                what=what,
                name=calendar.reason_off(day, language) or calendar.reason_open(day, language) or "",
                hours=hours_told(calendar.intervals(day)) if what != OFF else "",
                source=entry.source if entry else "",
                author=entry.author if entry else "",
                provisional=calendar.is_provisional(day),
            )
        )
    return found


def days_of(year: int) -> Iterator[date]:
    first = date(year, 1, 1)
    return (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))


def kind_of(calendar: WorkingCalendar, day: date) -> str:
    """ "off" for a reason of its own, "weekly" as every week, "worked", "hours", or "usual"."""
    usual = calendar.weekly.get(day.weekday(), ())
    if not calendar.is_working_day(day):
        return WEEKLY if calendar.reason_off(day) in WEEKDAYS_VI else OFF
    if not usual:
        return WORKED
    return HOURS if calendar.intervals(day) != usual else USUAL


def hours_told(intervals: tuple[Interval, ...]) -> str:
    """07:30–11:30, 13:00–17:00."""
    return ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in intervals)


def usual_week(calendar: WorkingCalendar, language: str) -> list[tuple[str, str]]:
    """Weekdays with the same hours together: ("Thứ Hai – Thứ Sáu", "07:30–11:30, 13:00–17:00"); "" when closed."""
    names = WEEKDAYS_EN if language == "en" else WEEKDAYS_VI
    lines = []
    for intervals, group in groupby(range(7), key=lambda n: calendar.weekly.get(n, ())):
        days = list(group)
        label = names[days[0]] if len(days) == 1 else f"{names[days[0]]} – {names[days[-1]]}"
        lines.append((label, hours_told(intervals)))
    return lines


# --- twelve small months


@dataclass
class Shape:
    """All days of one look in a month: the paths of their squares and signs, and their numbers."""

    colour: str
    dashed: bool
    squares: str = ""
    signs: str = ""
    numbers: list[tuple[int, int, int]] = field(default_factory=list)  # x, y, day of the month


@dataclass(frozen=True)
class YearMonth:
    first: date
    heads: list[tuple[int, str]]
    shapes: list[Shape]
    height: int
    width: int = 7 * CELL


def months(calendar: WorkingCalendar, year: int, language: str) -> list[YearMonth]:
    groups = groupby(days_of(year), key=lambda day: day.month)
    return [_month(calendar, list(days), language) for _, days in groups]


def _month(calendar: WorkingCalendar, days: list[date], language: str) -> YearMonth:
    shift = days[0].weekday()
    shapes: dict[tuple[str, bool], Shape] = {}
    for day in days:
        row, column = divmod(shift + day.day - 1, 7)
        what = kind_of(calendar, day)
        dashed = what in (OFF, WORKED, HOURS) and calendar.is_provisional(day)
        shape = shapes.setdefault((what, dashed), Shape(COLOURS.get(what, ""), dashed))
        _draw(shape, what, column * CELL, HEAD + row * CELL)
        shape.numbers.append((column * CELL + CELL // 2, HEAD + row * CELL + _BASE.get(what, 21), day.day))
    heads = [(column * CELL + CELL // 2, text) for column, text in enumerate(SHORT[language])]
    return YearMonth(days[0], heads, list(shapes.values()), HEAD + (row + 1) * CELL)


_BASE = {OFF: 16, WORKED: 16, HOURS: 16}  # the number stands higher where a sign stands below it


def _draw(shape: Shape, what: str, x: int, y: int) -> None:
    if what == USUAL:
        return
    shape.squares += f"M{x + 1} {y + 1}h30v30h-30z"
    if what == OFF:
        shape.signs += f"M{x + 12} {y + 20}l8 8m0-8l-8 8"
    elif what == WORKED:
        shape.signs += f"M{x + 16} {y + 19}v10m-5-5h10"
    elif what == HOURS:
        shape.signs += f"M{x + 9} {y + 25}h14"
