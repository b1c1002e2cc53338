"""The book of one clock: entries in the order they happened, and the due moment after each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from feedback.calendar import WorkingCalendar
from feedback.deadlines.rules import Rule, Unit


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stands still from `start` until `end`; None while it still stands."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """A longer period granted in writing: `value` days of `unit` in total, from the original start.

    `in_time`: that it was granted while the clock ran was decided then, and stays so under rules that came afterwards.
    """

    at: datetime
    value: int
    unit: Unit
    reason: str = ""
    approver: str = ""
    in_time: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """What happened, whether it counts (it began before the clock ran out), due before and after."""

    what: Pause | Extension
    counted: bool
    before: datetime
    after: datetime


class Ledger:
    """Common book-keeping; subclasses know how one unit of days counts."""

    def __init__(self, calendar: WorkingCalendar, start_day: date, value: int, unit: Unit) -> None:
        self.calendar = calendar
        self.start_day = start_day
        self.unit = unit
        self.base = self._last_day(value)  # last day without pauses
        self.history: list[Counted] = []
        day_one = start_day + timedelta(days=1)  # the start day itself is not counted
        self._counting_from = datetime.combine(day_one, time.min, calendar.timezone)

    def enter(self, what: Pause | Extension) -> None:
        """Book one entry. One that begins when the clock has run out is kept, but changes nothing.

        Raises ValueError for an extension in the other unit: a law that counts working days extends in them.
        """
        if isinstance(what, Extension) and what.unit != self.unit:
            raise ValueError(f"This clock counts in {self.unit}, the extension in {what.unit}.")
        before = self.due()
        begins = what.start if isinstance(what, Pause) else what.at
        counted = begins.timestamp() < before.timestamp() or (isinstance(what, Extension) and what.in_time)
        if counted and isinstance(what, Pause):
            self._pause(what.start, what.end or what.start)
        elif counted and isinstance(what, Extension):
            self._extend(self._last_day(what.value))
        self.history.append(Counted(what, counted, before, self.due()))

    def spans(self) -> list[tuple[datetime, datetime]]:
        """The pauses that count, in order, without overlap; an open one ends where it began."""
        counted = [one.what for one in self.history if one.counted and isinstance(one.what, Pause)]
        return [(one.start, one.end or one.start) for one in counted]

    def due(self) -> datetime:
        """The moment the clock runs out by the entries so far."""
        raise NotImplementedError

    def paused_seconds(self, start: datetime, end: datetime) -> int:
        """Opening time between two moments that this clock would have counted."""
        return max(0, self.calendar.working_seconds(self._counted(start), end))

    def _counted(self, start: datetime) -> datetime:
        return max(start, self._counting_from, key=datetime.timestamp)

    def _pause(self, start: datetime, end: datetime) -> None:
        raise NotImplementedError

    def _extend(self, last_day: date) -> None:
        raise NotImplementedError

    def _last_day(self, value: int) -> date:
        if self.unit == "wd":
            return self.calendar.add_working_days(self.start_day, value)
        return self.start_day + timedelta(days=value)


class WorkingDayLedger(Ledger):
    """Working days. Pauses are exact shares of working days."""

    def __init__(self, calendar: WorkingCalendar, start_day: date, value: int, unit: Unit) -> None:
        super().__init__(calendar, start_day, value, unit)
        self.paused = Fraction(0)

    def due(self) -> datetime:
        closing = self.calendar.closes(self.base)
        if not self.paused:
            return closing
        return self.calendar.at_position(self.calendar.position(closing) + self.paused)

    def _pause(self, start: datetime, end: datetime) -> None:
        self.paused += self.paused_share(start, end)

    def paused_share(self, start: datetime, end: datetime) -> Fraction:
        """Working days the pause took; the start day is not counted, so a pause in it takes nothing."""
        return max(Fraction(0), self.calendar.position(end) - self.calendar.position(self._counted(start)))

    def _extend(self, last_day: date) -> None:
        self.base = max(self.base, last_day)


class CalendarDayLedger(Ledger):
    """Calendar days. Pauses are whole dates; only the very last day rolls to a working day."""

    def __init__(self, calendar: WorkingCalendar, start_day: date, value: int, unit: Unit) -> None:
        super().__init__(calendar, start_day, value, unit)
        self.paused = 0
        self.last = self.base  # last day with pauses, before rolling
        self._resumed: datetime | None = None

    def due(self) -> datetime:
        day = self.calendar.next_working_day(self.last)
        closing = self.calendar.closes(day)
        if self._resumed is not None and self._resumed.timestamp() >= closing.timestamp():
            # Resumed after closing time of what would be the last day: nothing can be done that day any more.
            return self.calendar.closes(self.calendar.add_working_days(day, 1))
        return closing

    def _pause(self, start: datetime, end: datetime) -> None:
        begin = max(self.calendar.local(start).date(), self.start_day)
        days = self.paused_days(start, end)
        self.paused += days
        # A pause may begin on the days off between the last day and the working day it rolls to.
        self.last = max(self.last, begin) + timedelta(days=days)
        self._resumed = end

    def paused_days(self, start: datetime, end: datetime) -> int:
        """Dates after the one the pause began on, up to and including the one it ended on."""
        begin = max(self.calendar.local(start).date(), self.start_day)
        return (self.calendar.local(end).date() - begin).days

    def _extend(self, last_day: date) -> None:
        self.base = max(self.base, last_day)
        self.last = max(self.last, self.base + timedelta(days=self.paused))


def open_ledger(rule: Rule, calendar: WorkingCalendar, start_day: date) -> Ledger:
    """The ledger for the rule's unit, with nothing entered yet."""
    kind: type[Ledger] = WorkingDayLedger if rule.unit == "wd" else CalendarDayLedger
    return kind(calendar, start_day, rule.value, rule.unit)
