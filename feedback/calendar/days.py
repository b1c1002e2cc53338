"""Deciding one day: dated override, then the public holidays and swaps, then the weekly opening hours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time

import holidays

Interval = tuple[time, time]

WEEKDAYS_VI = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class CalendarDataError(ValueError):
    """The data of a calendar cannot be true; the message names the entry."""


@dataclass(frozen=True, slots=True)
class DayOverride:
    """One dated exception. `intervals` (half days) only with `working=True`; None means the usual hours."""

    date: date
    working: bool
    intervals: tuple[Interval, ...] | None = None
    name: str = ""
    name_en: str = ""
    source: str = ""
    author: str = ""
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    intervals: tuple[Interval, ...]
    why_vi: str | None = None  # the reason it is off, or the reason it is on although the week says off
    why_en: str | None = None


@dataclass(frozen=True, slots=True)
class PublicDays:
    """What the `holidays` package says: days off with their names, weekend days worked."""

    off: Mapping[date, tuple[str, str]]
    worked: frozenset[date]


def public_days(country: str | None, first_year: int, last_year: int) -> PublicDays:
    if country is None:
        return PublicDays({}, frozenset())
    years = range(first_year - 1, last_year + 1)  # a swap of 31 December is made up in the next January
    try:
        vi = holidays.country_holidays(country, years=years, language="vi" if country == "VN" else None)
        en = holidays.country_holidays(country, years=years, language="en_US")
    except NotImplementedError:
        raise CalendarDataError(f"No holidays known for country {country!r}.") from None
    names = {day: (_plain(vi[day], "vi"), _plain(en[day], "en")) for day in vi}
    return PublicDays(names, frozenset(vi.weekend_workdays))


_SUBSTITUTED = re.compile(r"\(.*?(\d{2})/(\d{2})/(\d{4})\)")


def _plain(name: str, language: str) -> str:
    """The package's "Ngày nghỉ (thay cho ngày 22/08/2026)" in the words the citizen's page uses."""
    found = _SUBSTITUTED.search(name)
    if found is None:
        return name
    a, b, year = found.groups()
    if language == "en":
        return f"Swapped day off, worked on {year}-{a}-{b}"  # the package writes month/day in English
    return f"Nghỉ hoán đổi, làm bù ngày {a}/{b}/{year}"


@dataclass(frozen=True, slots=True)
class DayRules:
    hours: Mapping[int, tuple[Interval, ...]]
    overrides: Mapping[date, DayOverride]
    public: PublicDays

    def decide(self, day: date) -> Day:
        override = self.overrides.get(day)
        if override is not None:
            return self._overridden(day, override)
        if day in self.public.worked:
            return Day(self._usual(day), "Ngày làm bù", "Make-up working day")
        names = self.public.off.get(day)
        if names is not None:
            return Day((), *names)
        return Day(self.hours[day.weekday()])

    def _overridden(self, day: date, override: DayOverride) -> Day:
        vi, en = override.name, override.name_en or override.name
        if not override.working:
            if override.intervals:
                raise CalendarDataError(f"{day.isoformat()}: a day off has no opening hours.")
            return Day((), vi or "Ngày nghỉ", en or "Day off")
        intervals = self._usual(day) if override.intervals is None else override.intervals
        if not intervals:
            raise CalendarDataError(f"{day.isoformat()}: a working day needs opening hours.")
        return Day(checked(day.isoformat(), intervals), vi or "Ngày làm bù", en or "Make-up working day")

    def _usual(self, day: date) -> tuple[Interval, ...]:
        """Hours of that weekday; a make-up Saturday works the hours of the first open weekday."""
        return self.hours[day.weekday()] or next(hours for hours in self.hours.values() if hours)


def checked(where: str, intervals: Sequence[Interval]) -> tuple[Interval, ...]:
    late = time.min
    for opens, closes in intervals:
        if not late <= opens < closes:
            raise CalendarDataError(f"{where}: opening intervals must be in order, without overlap.")
        late = closes
    return tuple((a, b) for a, b in intervals)
