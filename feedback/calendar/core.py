"""A working calendar: opening hours, holidays and swapped days, compiled once and asked by bisection.

An immutable value with a version; changing a holiday means building a new one. Days are local dates of
the calendar's time zone; moments are aware datetimes in any zone, compared on the UTC time line, so that
a daylight-saving change never stretches or shrinks an opening hour.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from feedback.calendar.days import (
    WEEKDAYS_EN,
    WEEKDAYS_VI,
    CalendarDataError,
    Day,
    DayOverride,
    DayRules,
    Interval,
    PublicDays,
    checked,
    public_days,
)

_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")


class BeyondHorizon(Exception):
    """The calendar was not compiled that far: an error, never a guess.

    Same shape as `feedback.errors.OfficeError`; written out here because calendar and errors are siblings
    in the import law and may not know each other.
    """

    code: ClassVar[str] = "beyond_horizon"
    status: ClassVar[int] = 409
    vi: ClassVar[str] = "Lịch làm việc chỉ có từ {first} đến {last}, không tính được ngày {day}."
    en: ClassVar[str] = "The working calendar covers {first} to {last}; {day} cannot be computed."

    def __init__(self, day: str, first: date, last: date) -> None:
        super().__init__(self.code)
        self.field: str | None = None
        self.data: dict[str, Any] = {"day": day, "first": first.isoformat(), "last": last.isoformat()}

    def sentence(self, language: str = "vi") -> str:
        """The sentence in `language`: "vi" with dates as 31/12/2031, "en" with ISO dates."""
        if language == "en":
            return self.en.format(**self.data)
        words = {name: _ISO.sub(r"\3/\2/\1", text) for name, text in self.data.items()}
        return self.vi.format(**words | {"day": words["day"].replace("> ", "sau ")})

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence('en')}"


class WorkingCalendar:
    """Opening hours of one office over whole years. Build with `build`; read-only afterwards.

    Working days are numbered; every question is one or two bisections in the arrays of `_compile`.
    All methods raise `BeyondHorizon` outside [1 January first_year, 31 December last_year] and
    `ValueError` for naive datetimes.
    """

    def __init__(
        self,
        version: str,
        zone: ZoneInfo,
        first: date,
        days: Sequence[Day],
        overrides: Sequence[DayOverride],
    ) -> None:
        self.version = version
        self.timezone = zone
        self.first = first
        self.last = first + timedelta(days=len(days) - 1)
        self.overrides: Mapping[date, DayOverride] = {one.date: one for one in overrides}
        self.weekly: Mapping[int, tuple[Interval, ...]] = {}  # usual hours, Monday 0 … Sunday 6
        self._provisional_from = date.max
        self._days = tuple(days)
        self._compile()

    @classmethod
    def build(
        cls,
        *,
        version: str,
        timezone: str,
        weekly: Mapping[int, Sequence[Interval]],
        overrides: Sequence[DayOverride] = (),
        first_year: int,
        last_year: int,
        country: str | None = "VN",
        decided_until: int | None = None,
        public: PublicDays | None = None,
    ) -> WorkingCalendar:
        """Compile a calendar.

        `weekly`: weekday (Monday 0 … Sunday 6) → opening intervals in local time. `country`: ISO code known
        to the `holidays` package, None for no public holidays; not asked when `public` gives the days.
        `decided_until`: last year whose days off are decided by the Government; later days are provisional.
        Raises CalendarDataError.
        """
        hours = {weekday: checked(f"weekday {weekday}", weekly.get(weekday, ())) for weekday in range(7)}
        if last_year < first_year or not any(hours.values()):
            raise CalendarDataError("A calendar needs at least one year and one opening interval a week.")
        by_date = {one.date: one for one in overrides}
        if len(by_date) != len(overrides):
            raise CalendarDataError("Two overrides for the same date.")
        known = public if public is not None else public_days(country, first_year, last_year)
        rules = DayRules(hours, by_date, known)
        first, last = date(first_year, 1, 1), date(last_year, 12, 31)
        days = [rules.decide(first + timedelta(days=i)) for i in range((last - first).days + 1)]
        calendar = cls(version, _zone(timezone), first, days, overrides)
        calendar.weekly = hours
        if decided_until is not None:
            calendar._provisional_from = date(decided_until + 1, 1, 1)
        return calendar

    def _compile(self) -> None:
        """Fill the arrays: working days by number, segments on the UTC line, cumulative seconds."""
        self._base = self.first.toordinal()
        self._number: list[int] = []  # working days up to and including calendar day i
        self._works: list[date] = []
        self._open: list[datetime] = []
        self._close: list[datetime] = []
        self._day_total: list[int] = [0]  # working seconds before working day k
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._totals: list[int] = []  # working seconds up to the end of segment s
        for offset, entry in enumerate(self._days):
            day = self.first + timedelta(days=offset)
            segments = [(self._stamp(day, a), self._stamp(day, b)) for a, b in entry.intervals]
            self._append(day, [(a, b) for a, b in segments if b > a])  # a DST gap may swallow an interval
            self._number.append(len(self._works))
        self._floor = self._stamp(self.first, time.min)
        self._ceiling = self._stamp(self.last + timedelta(days=1), time.min)

    def _append(self, day: date, segments: list[tuple[int, int]]) -> None:
        if not segments:
            return
        total = self._day_total[-1]
        for start, end in segments:
            total += end - start
            self._starts.append(start)
            self._ends.append(end)
            self._totals.append(total)
        self._day_total.append(total)
        self._works.append(day)
        self._open.append(self._moment(segments[0][0]))
        self._close.append(self._moment(segments[-1][1]))

    # --- days

    def is_working_day(self, day: date) -> bool:
        """True when the office opens at all on `day`."""
        index = self._index(day)
        return self._number[index] > (self._number[index - 1] if index else 0)

    def reason_off(self, day: date, language: str = "vi") -> str | None:
        """Why the office is closed on `day` ("Chủ nhật", "Tết Nguyên Đán", …); None when it is open."""
        if self.is_working_day(day):
            return None
        entry = self._days[self._index(day)]
        names = WEEKDAYS_EN if language == "en" else WEEKDAYS_VI
        return (entry.why_en if language == "en" else entry.why_vi) or names[day.weekday()]

    def reason_open(self, day: date, language: str = "vi") -> str | None:
        """Why the office is open on an unusual day ("Làm bù …"); None on usual days and days off."""
        if not self.is_working_day(day):
            return None
        entry = self._days[self._index(day)]
        return entry.why_en if language == "en" else entry.why_vi

    def is_provisional(self, day: date) -> bool:
        """True when the year's days off are not decided by decree yet, or its override is marked so."""
        override = self.overrides.get(day)
        return day >= self._provisional_from or (override is not None and override.provisional)

    def opens(self, day: date) -> datetime:
        """First opening moment of working day `day`. Raises ValueError on a day off."""
        return self._open[self._working_index(day)]

    def closes(self, day: date) -> datetime:
        """Last closing moment of working day `day`. Raises ValueError on a day off."""
        return self._close[self._working_index(day)]

    def intervals(self, day: date) -> tuple[Interval, ...]:
        """Opening intervals of `day` in local time; empty on a day off."""
        return self._days[self._index(day)].intervals

    def next_working_day(self, day: date) -> date:
        """`day` itself when the office is open, else the first working day after it."""
        index = self._index(day)
        return self._work(self._number[index - 1] if index else 0)

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after `day` (before it when n < 0); n = 0 gives `next_working_day`."""
        if n == 0:
            return self.next_working_day(day)
        index = self._index(day)
        if n > 0:
            return self._work(self._number[index] + n - 1)
        return self._work((self._number[index - 1] if index else 0) + n)

    def working_days_between(self, a: date, b: date) -> int:
        """How many working days lie in (a, b]; negative when b is before a."""
        return self._number[self._index(b)] - self._number[self._index(a)]

    # --- moments

    def local(self, moment: datetime) -> datetime:
        """`moment` in the calendar's time zone. Raises ValueError when it is naive."""
        if moment.tzinfo is None:
            raise ValueError("A moment needs a time zone.")
        return moment.astimezone(self.timezone)

    def is_open(self, moment: datetime) -> bool:
        """True inside opening hours (the opening second counts, the closing second does not)."""
        stamp = self._seconds(moment)
        segment = bisect_right(self._starts, stamp) - 1
        return segment >= 0 and stamp < self._ends[segment]

    def working_seconds(self, start: datetime, end: datetime) -> int:
        """Seconds of opening time in [start, end); negative when end is before start. Whole seconds count."""
        return self._elapsed(self._seconds(end)) - self._elapsed(self._seconds(start))

    def add_working_seconds(self, start: datetime, seconds: int) -> datetime:
        """The earliest moment at which `seconds` of opening time have passed since `start`; 0 gives `start`.

        Full hours therefore end at closing time, not at the next opening. Raises ValueError when negative.
        """
        if seconds < 0:
            raise ValueError("Working time can only be added.")
        if seconds == 0:
            return self.local(start)
        return self._at_total(self._elapsed(self._seconds(start)) + seconds)

    def position(self, moment: datetime) -> Fraction:
        """Working days passed from the first day of the calendar to `moment`, exactly.

        Half of a day's opening time is 1/2, be it a full or a half day: a half day is one working day too.
        """
        total = self._elapsed(self._seconds(moment))
        k = bisect_right(self._day_total, total) - 1
        if k == len(self._works):
            return Fraction(k)
        return k + Fraction(total - self._day_total[k], self._day_total[k + 1] - self._day_total[k])

    def at_position(self, position: Fraction) -> datetime:
        """Earliest moment (to the second, rounded up) whose `position` reaches `position` > 0."""
        k = -(-position.numerator // position.denominator) - 1  # day k holds (k, k + 1]
        if k >= len(self._works):
            raise self._beyond(f"> {self.last.isoformat()}")
        share = (position - k) * (self._day_total[k + 1] - self._day_total[k])
        return self._at_total(self._day_total[k] - (-share.numerator // share.denominator))

    # --- inner

    def _index(self, day: date) -> int:
        index = day.toordinal() - self._base
        if 0 <= index < len(self._number):
            return index
        raise self._beyond(day.isoformat())

    def _working_index(self, day: date) -> int:
        if not self.is_working_day(day):
            raise ValueError(f"{day.isoformat()} is a day off: {self.reason_off(day, 'en')}")
        return self._number[self._index(day)] - 1

    def _work(self, k: int) -> date:
        if 0 <= k < len(self._works):
            return self._works[k]
        raise self._beyond(f"> {self.last.isoformat()}" if k > 0 else f"< {self.first.isoformat()}")

    def _seconds(self, moment: datetime) -> int:
        if moment.tzinfo is None:
            raise ValueError("A moment needs a time zone.")
        stamp = int(moment.timestamp() // 1)
        if self._floor <= stamp <= self._ceiling:
            return stamp
        raise self._beyond(moment.date().isoformat())

    def _elapsed(self, stamp: int) -> int:
        segment = bisect_right(self._starts, stamp) - 1
        if segment < 0:
            return 0
        return self._totals[segment] - max(0, self._ends[segment] - stamp)

    def _at_total(self, total: int) -> datetime:
        segment = bisect_left(self._totals, total)
        if segment == len(self._totals):
            raise self._beyond(f"> {self.last.isoformat()}")
        return self._moment(self._ends[segment] - (self._totals[segment] - total))

    def _stamp(self, day: date, at: time) -> int:
        return int(datetime.combine(day, at, self.timezone).timestamp())

    def _moment(self, stamp: int) -> datetime:
        return datetime.fromtimestamp(stamp, self.timezone)

    def _beyond(self, day: str) -> BeyondHorizon:
        return BeyondHorizon(day, self.first, self.last)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise CalendarDataError(f"No time zone {name!r}.") from None
