"""The time a figure is about: a week, a month, a quarter, a year, or any days; and the one before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from feedback.models import Facts

LONGEST = 366 * 3  # days; a longer custom period is cut at its beginning
Span = Facts.Span
Part = tuple[str, date]  # span and start of rows of Facts


class Length(StrEnum):
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    CUSTOM = "custom"


@dataclass(frozen=True)
class Period:
    """From `first` to `last`, both included. `last` may lie ahead: a month is a month from its first day on."""

    length: Length
    first: date
    last: date

    def until(self, today: date) -> date:
        """The last day that can hold anything."""
        return max(self.first, min(self.last, today))

    def before(self, today: date) -> Period:
        """The period before; while this one still runs, only as many of its days: like is held against like."""
        first, end = self._first_before(), self.first - timedelta(days=1)
        if self.last <= today:
            return Period(self.length, first, end)
        days = self.until(today) - self.first
        return Period(self.length, first, min(end, first + days))

    def _first_before(self) -> date:
        if self.length == Length.CUSTOM:
            return self.first - (self.last - self.first) - timedelta(days=1)
        return _starting(self.length, self.first - timedelta(days=1))

    def earlier(self) -> Period:
        return Period(self.length, self._first_before(), self.first - timedelta(days=1))

    def later(self, today: date) -> Period | None:
        """The one after; None when it has not begun."""
        if self.last >= today or self.length == Length.CUSTOM:
            return None
        return of(self.length, self.last + timedelta(days=1))


def of(length: Length, day: date) -> Period:
    """The week, month, quarter or year that holds `day`."""
    first = _starting(length, day)
    if length == Length.WEEK:
        return Period(length, first, first + timedelta(days=6))
    months = {Length.MONTH: 1, Length.QUARTER: 3, Length.YEAR: 12}[length]
    return Period(length, first, _months_on(first, months) - timedelta(days=1))


def custom(first: date, last: date) -> Period:
    first, last = min(first, last), max(first, last)
    return Period(Length.CUSTOM, max(first, last - timedelta(days=LONGEST)), last)


def _starting(length: Length, day: date) -> date:
    if length == Length.WEEK:
        return day - timedelta(days=day.weekday())
    month = {Length.MONTH: day.month, Length.QUARTER: (day.month - 1) // 3 * 3 + 1, Length.YEAR: 1}[length]
    return date(day.year, month, 1)


def _months_on(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def lately(length: Length, day: date, number: int = 12) -> list[Period]:
    """The last `number` weeks or months, oldest first, ending with the one that holds `day`."""
    found = [of(length, day)]
    while len(found) < number:
        found.append(found[-1].earlier())
    return found[::-1]


def parts(period: Period, today: date, *, topics: bool = False) -> list[Part]:
    """The rows of Facts a period is made of: whole months, then whole weeks, then days. `topics`: those by topic.

    Nothing lies ahead of today, so a running month is one row, not its days.
    """
    last = period.last
    if last >= today:
        last = _months_on(_starting(Length.MONTH, last), 1) - timedelta(days=1)
    return [part for part in _parts(period.first, last, topics) if part[1] <= today]


def _parts(first: date, last: date, topics: bool) -> Iterator[Part]:
    month, week = (Span.MONTH_TOPIC, Span.WEEK_TOPIC) if topics else (Span.MONTH, Span.WEEK)
    day = first
    while day <= last:
        if day.day == 1 and (after := _months_on(day, 1)) <= last + timedelta(days=1):
            yield str(month), day
        elif day.weekday() == 0 and _fits(day, last):
            after = day + timedelta(days=7)
            yield str(week), day
        else:
            after = day + timedelta(days=1)
            yield str(Span.CELL if topics else Span.DAY), day
        day = after


def _fits(monday: date, last: date) -> bool:
    """The whole week lies within, and no whole month begins inside it."""
    sunday = monday + timedelta(days=6)
    first = _months_on(_starting(Length.MONTH, monday), 1)
    return sunday <= last and not (first <= sunday and _months_on(first, 1) <= last + timedelta(days=1))
