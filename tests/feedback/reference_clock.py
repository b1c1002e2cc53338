"""A second, deliberately slow computation of due dates, sharing no code with the product.

It walks the clock of the wall: every minute of every day, asking "is the office open, is it paused?". Property
tests compare the product with it; the bench puts its speed beside the product's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from zoneinfo import ZoneInfo

Hours = Sequence[tuple[time, time]]
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class NaiveOffice:
    """Weekly hours and dated exceptions ({date: hours}, empty hours = closed). Hours fall on whole minutes."""

    timezone: str
    weekly: Mapping[int, Hours]
    dated: Mapping[date, Hours]

    def hours(self, day: date) -> Hours:
        return self.dated[day] if day in self.dated else self.weekly.get(day.weekday(), ())

    def is_open(self, minute: datetime) -> bool:
        """Is the office open in the minute that begins at `minute` (UTC)?"""
        local = minute.astimezone(ZoneInfo(self.timezone))
        return any(a <= local.time() < b for a, b in self.hours(local.date()))

    def minutes(self, day: date) -> list[datetime]:
        """The beginnings, in UTC, of all open minutes of local date `day`."""
        return _minutes(self.timezone, day, tuple(self.hours(day)))

    def next_open(self, day: date) -> date:
        while not self.minutes(day):
            day += DAY
        return day

    def closing(self, day: date) -> datetime:
        return self.minutes(day)[-1] + MINUTE


@cache
def _minutes(zone: str, day: date, hours: tuple[tuple[time, time], ...]) -> list[datetime]:
    here, found = datetime.combine(day - DAY, time(12), UTC), []
    end = datetime.combine(day + DAY, time(14), UTC)
    while here < end:
        local = here.astimezone(ZoneInfo(zone))
        if local.date() == day and any(a <= local.time() < b for a, b in hours):
            found.append(here)
        here += MINUTE
    return found


Spans = Sequence[tuple[datetime, datetime]]
Longer = Sequence[tuple[datetime, int]]  # extensions: (granted at, total days)


def naive_working_days(
    office: NaiveOffice, start: datetime, value: int, pauses: Spans, longer: Longer
) -> datetime:
    """End of the minute in which the unpaused working days reach `value`; each minute is a share of its day."""
    day = start.astimezone(ZoneInfo(office.timezone)).date()
    passed = Fraction(0)
    while True:
        day += DAY
        minutes = office.minutes(day)
        running = [minute for minute in minutes if not any(a <= minute < b for a, b in pauses)]
        if passed + Fraction(len(running), len(minutes) or 1) < value:
            passed += Fraction(len(running), len(minutes) or 1)  # it cannot end today
            continue
        for minute in running:
            passed += Fraction(1, len(minutes))
            if passed >= max([value, *(total for at, total in longer if at < minute + MINUTE)]):
                return minute + MINUTE


def naive_calendar_days(
    office: NaiveOffice, start: datetime, value: int, pauses: Spans, longer: Longer
) -> datetime:
    """Count dates one by one; begin anew whenever a pause or an extension still in time changes the count."""
    known: list[tuple[datetime, datetime]] = []
    total = value
    while True:
        due = _count_dates(office, start, total, known)
        fresh = [pause for pause in pauses if pause[0] < due and pause not in known]
        further = max([total, *(days for at, days in longer if at < due)])
        if not fresh and further == total:
            return due
        known, total = known + fresh[:1], further


def _count_dates(office: NaiveOffice, start: datetime, total: int, pauses: Spans) -> datetime:
    zone = ZoneInfo(office.timezone)
    day, left = start.astimezone(zone).date(), total
    dated = [(a.astimezone(zone).date(), b.astimezone(zone).date()) for a, b in sorted(pauses)]
    while left:
        day += DAY
        if not any(a < day <= b for a, b in dated):
            left -= 1
    day = office.next_open(max([day, *(b for _, b in dated)]))  # a pause may reach beyond the last day
    if any(b >= office.closing(day) for _, b in pauses):
        day = office.next_open(day + DAY)
    return office.closing(day)


def naive_working_seconds(office: NaiveOffice, start: datetime, end: datetime) -> int:
    """Open seconds between two whole minutes."""
    here, total = start.astimezone(UTC), 0
    while here < end:
        total += 60 * office.is_open(here)
        here += MINUTE
    return total


def day_loop_due(office: NaiveOffice, start: datetime, value: int) -> datetime:
    """The usual naive code: step day by day, count the open ones. Only for timing."""
    zone = ZoneInfo(office.timezone)
    day = start.astimezone(zone).date()
    while value:
        day += DAY
        value -= bool(office.hours(day))
    return datetime.combine(day, office.hours(day)[-1][1], zone)
