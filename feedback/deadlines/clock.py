"""What a clock says: when it is due, how much is left, in which state it is, whether it was met.

A clock is a value: a rule, a calendar, a start and what happened since (pauses, extensions, the stopping
event). Nothing here reads the time; `at` is always an argument, and with `at` only what was known by then
counts.

How pauses count. On a working-day rule a pause is measured in working days *by the second*: what share of
each day's opening hours it really took; nights, weekends and holidays inside it add nothing. On a
calendar-day rule it is measured as a jurist counts on paper: the dates after the day it began, up to and
including the day it ended (Luật Khiếu nại art. 11a: the clock goes on from the date of the decision to
continue, and day 1 is the day after). Both measures add up over split pauses and take a fixed set of time
out of the count, so that neither a longer pause nor a further holiday can make a date earlier.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from feedback.calendar import WorkingCalendar
from feedback.deadlines.ledger import Extension, Ledger, Pause, open_ledger
from feedback.deadlines.rules import Rule

State = Literal["running", "paused", "due_soon", "overdue", "met", "missed"]

HALF, SOON = 50, 80  # percent of the working time at which a handler, then a leader, is reminded


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock of one case: `start` is the rule's start event, `stopped_at` the event that answers it.

    Pauses and extensions may come in any order; overlapping pauses count once. What happened before `start`
    belongs to an earlier round: pauses are cut there, extensions do not count.
    """

    rule: Rule
    calendar: WorkingCalendar
    start: datetime
    pauses: Sequence[Pause] = ()
    extensions: Sequence[Extension] = ()
    stopped_at: datetime | None = None
    # What `start` is, when it is not the rule's own start event: "latest_acceptance" (not accepted yet), "reopened".
    start_event: str = ""
    stop_event: str = ""  # the verb at `stopped_at`: an answer stops a clock as well as a withdrawal
    rules_version: str = ""  # the edition the rule was chosen from


class Alarm(NamedTuple):
    """`level`: "half", "soon", "due", then "late_1", "late_2" … for each working day overdue."""

    level: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """Met or missed, decided by the stopping event. Lateness is positive when late, negative when early."""

    met: bool
    met_original: bool
    stopped_at: datetime
    due: datetime
    original_due: datetime
    late_working_seconds: int
    late_calendar_seconds: int
    original_late_working_seconds: int
    original_late_calendar_seconds: int
    extensions: int
    rule_id: str
    calendar_version: str


def original_due(clock: Clock) -> datetime:
    """The date first told to the citizen: the rule alone, without pauses and extensions.

    Raises BeyondHorizon when the calendar does not reach that far.
    """
    calendar, rule = clock.calendar, clock.rule
    day = calendar.local(clock.start).date()
    if rule.unit == "wd":
        return calendar.closes(calendar.add_working_days(day, rule.value))
    return calendar.closes(calendar.next_working_day(day + timedelta(days=rule.value)))


def due(clock: Clock, at: datetime | None = None) -> datetime:
    """The moment the clock runs out: the last moment that is still in time.

    With `at`, as known at that moment: a pause still open then counts up to `at` (the date if work resumed
    now). Without, an open pause counts as nothing yet (the earliest date possible). Raises BeyondHorizon.
    """
    if not clock.pauses and not clock.extensions:
        return original_due(clock)
    return replay(clock, at).due()


def replay(clock: Clock, at: datetime | None = None) -> Ledger:
    """The clock's ledger after everything known by `at`, in the order it happened."""
    return _replay(clock, _known_until(clock, at))


def remaining(clock: Clock, at: datetime) -> int:
    """Working seconds from `at` (or the stopping event, if earlier) to `due(clock, at)`; negative when late.

    The inverse of due: adding it to `at` in working seconds gives `due(clock, at)`, while the clock is open.
    """
    until = _known_until(clock, at) or at
    return clock.calendar.working_seconds(until, due(clock, until))


def calendar_days_left(clock: Clock, at: datetime) -> int:
    """Local dates from `at` to the due date; 0 on the last day, negative when late."""
    return (due(clock, at).date() - clock.calendar.local(at).date()).days


def state_at(clock: Clock, at: datetime) -> State:
    """The state shown at `at`. Overdue wins over paused: a pause begun too late rescues nothing."""
    decided = verdict(clock)
    if decided is not None and decided.stopped_at <= at:
        return "met" if decided.met else "missed"
    ledger = _replay(clock, at)
    if _after(at, ledger.due()):
        return "overdue"
    if pause_running(clock, at):
        return "paused"
    return "running" if _after(_share_passed(clock, ledger, SOON), at) else "due_soon"


def verdict(clock: Clock) -> Verdict | None:
    """Met or missed at the stopping event, by the final and by the original date; None while it is open."""
    stop = clock.stopped_at
    if stop is None:
        return None
    ledger = replay(clock, stop)
    final, original = ledger.due(), original_due(clock)
    return Verdict(
        met=not _after(stop, final),
        met_original=not _after(stop, original),
        stopped_at=stop,
        due=final,
        original_due=original,
        late_working_seconds=clock.calendar.working_seconds(final, stop),
        late_calendar_seconds=_seconds_between(final, stop),
        original_late_working_seconds=clock.calendar.working_seconds(original, stop),
        original_late_calendar_seconds=_seconds_between(original, stop),
        extensions=sum(one.counted for one in ledger.history if isinstance(one.what, Extension)),
        rule_id=clock.rule.id,
        calendar_version=clock.calendar.version,
    )


class TimeTaken(NamedTuple):
    """From start to stop: working seconds and calendar seconds, and the working seconds of the pauses within."""

    working_seconds: int
    calendar_seconds: int
    paused_seconds: int


def time_taken(clock: Clock, until: datetime | None = None) -> TimeTaken:
    """How long the step took, pauses included in the first two figures; `until` for a clock that still runs.

    Raises ValueError when the clock runs and `until` is missing. A stop before the start counts as nothing.
    """
    end = clock.stopped_at or until
    if end is None:
        raise ValueError("A running clock needs a moment until which to count.")
    end = max(end, clock.start, key=datetime.timestamp)
    pauses = [(one.start, one.end or end) for one in _pauses(clock, end)]
    working = clock.calendar.working_seconds
    return TimeTaken(
        working(clock.start, end),
        _seconds_between(clock.start, end),
        sum(working(start, min(stop, end, key=datetime.timestamp)) for start, stop in pauses),
    )


def is_provisional(clock: Clock) -> bool:
    """True when a day up to the due date is not decided by decree yet, so that the date may move."""
    day, last = clock.calendar.local(clock.start).date(), due(clock).date()
    return any(clock.calendar.is_provisional(day + timedelta(days=i)) for i in range((last - day).days + 1))


# --- alarms


def alarms(clock: Clock, overdue_days: int = 10) -> tuple[Alarm, ...]:
    """50 % and 80 % of the working time, the due moment, then the opening of each working day overdue.

    A stopped clock rings no more after its stop, a paused one not until it is resumed. For a sweep that
    never ends use `next_alarm`.
    """
    early = _before_due(clock)
    last = early[-1].at.date()
    found = [*early, *(_late(clock, last, n) for n in range(1, overdue_days + 1))]
    end = _silent_from(clock)
    return tuple(alarm for alarm in found if end is None or not _after(alarm.at, end))


def next_alarm(clock: Clock, after: datetime) -> Alarm | None:
    """The first alarm later than `after`; None when the clock is stopped or an open pause holds it."""
    end = _silent_from(clock)
    for alarm in _from(clock, after):
        if _after(alarm.at, after):
            return None if end is not None and _after(alarm.at, end) else alarm
    return None


def _from(clock: Clock, after: datetime) -> Iterator[Alarm]:
    early = _before_due(clock)
    yield from early
    last = early[-1].at.date()
    passed = clock.calendar.working_days_between(last, clock.calendar.local(after).date())
    n = max(1, passed)  # no alarm of an earlier overdue day can be later than `after`
    while True:
        yield _late(clock, last, n)
        n += 1


def _before_due(clock: Clock) -> tuple[Alarm, Alarm, Alarm]:
    ledger = replay(clock)
    half, soon = (_share_passed(clock, ledger, percent) for percent in (HALF, SOON))
    return Alarm("half", half), Alarm("soon", soon), Alarm("due", ledger.due())


def _late(clock: Clock, last: date, n: int) -> Alarm:
    day = clock.calendar.add_working_days(last, n)
    return Alarm(f"late_{n}", clock.calendar.opens(day))


def _silent_from(clock: Clock) -> datetime | None:
    if clock.stopped_at is not None:
        return clock.stopped_at
    entries = (one.what for one in replay(clock).history if one.counted)
    return next((one.start for one in entries if isinstance(one, Pause) and one.end is None), None)


def _share_passed(clock: Clock, ledger: Ledger, percent: int) -> datetime:
    """The moment `percent` of the unpaused working time between start and due has passed."""
    calendar, here = clock.calendar, clock.start
    spans = ledger.spans()
    total = calendar.working_seconds(here, ledger.due())
    total -= sum(calendar.working_seconds(start, end) for start, end in spans)
    wanted = -(-total * percent // 100)
    for start, end in spans:
        before = calendar.working_seconds(here, start)
        if wanted <= before:
            break
        wanted, here = wanted - before, end
    return calendar.add_working_seconds(here, wanted)


# --- inner


def _replay(clock: Clock, until: datetime | None) -> Ledger:
    ledger = open_ledger(clock.rule, clock.calendar, clock.calendar.local(clock.start).date())
    happened: list[Pause | Extension] = [*_pauses(clock, until)]
    happened += [one for one in clock.extensions if _known(one.at, until) and not _after(clock.start, one.at)]
    for one in sorted(happened, key=lambda one: _moment(one).timestamp()):
        ledger.enter(one)
    return ledger


def _pauses(clock: Clock, until: datetime | None) -> list[Pause]:
    """Pauses known by `until`, cut to [start, until], overlapping and touching ones joined."""
    joined: list[Pause] = []
    for pause in sorted(clock.pauses, key=lambda one: one.start.timestamp()):
        start, end = max(pause.start, clock.start, key=datetime.timestamp), pause.end
        if until is not None and (end is None or _after(end, until)):
            end = until
        if not _known(start, until) or (end is not None and not _after(end, start)):
            continue
        if joined and (joined[-1].end is None or not _after(start, joined[-1].end)):
            joined[-1] = Pause(joined[-1].start, _later(joined[-1].end, end))
        else:
            joined.append(Pause(start, end))
    return joined


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else max(one, other, key=datetime.timestamp)


def pause_running(clock: Clock, at: datetime) -> bool:
    """True when the clock stands still at `at` by its pauses alone, be they counted or not."""
    return any(not _after(one.start, at) and (one.end is None or _after(one.end, at)) for one in clock.pauses)


def _known_until(clock: Clock, at: datetime | None) -> datetime | None:
    known = [one for one in (at, clock.stopped_at) if one is not None]
    return min(known, key=datetime.timestamp, default=None)


def _known(moment: datetime, until: datetime | None) -> bool:
    return until is None or not _after(moment, until)


def _moment(one: Pause | Extension) -> datetime:
    return one.start if isinstance(one, Pause) else one.at


def _after(one: datetime, other: datetime) -> bool:
    """Later on the UTC line; comparing two local times directly would err in the hour a zone repeats."""
    return one.timestamp() > other.timestamp()


def _seconds_between(one: datetime, other: datetime) -> int:
    return int(other.timestamp() // 1) - int(one.timestamp() // 1)


def start_day(clock: Clock) -> date:
    """The local date of the start event; day 1 is the day after it."""
    return clock.calendar.local(clock.start).date()
