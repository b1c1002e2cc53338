"""When a case's alarms ring: positions only. What an alarm says and to whom stands in `alarms`.

Every clock rings at 50 % and 80 % of its working time, when it is due, and at the opening of each working day
overdue, without end. A case that waits for the citizen has one alarm more: `silent`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from feedback import deadlines
from feedback.calendar import BeyondHorizon
from feedback.models import Alarm, Case
from feedback.models.clocks import main_clock
from feedback.workflow import Status

log = logging.getLogger(__name__)

# Working days after which a question the citizen left unanswered comes back to the office. Our own policy, no law
# behind it: as long as the whole answer may take, and long enough for a letter by post and the reply to it.
SILENT_DAYS = 10
PAUSE, SILENT = "pause", "silent"

Key = tuple[str, str, datetime]


class Bell(NamedTuple):
    """One alarm whose time has come. `due`: which date of the clock it belongs to (for a pause: when it began)."""

    clock: str
    level: str
    at: datetime
    due: datetime

    @property
    def key(self) -> Key:
        return self.clock, self.level, self.due

    @property
    def step(self) -> int | None:
        """Working days overdue: 0 on the due date itself, None before it."""
        if self.level == "due":
            return 0
        return int(self.level.removeprefix("late_")) if self.level.startswith("late_") else None


class Plan(NamedTuple):
    """`bells`: every alarm whose time has come, rung or not. `following`: when the next one comes."""

    bells: list[Bell]
    following: datetime | None


def plan(case: Case, clocks: Mapping[str, deadlines.Clock], at: datetime) -> Plan:
    """The alarms of all clocks as seen at `at`. A clock beyond its calendar is logged and silences no other."""
    bells: list[Bell] = []
    following: list[datetime] = []
    for part in (
        *(_of_clock(case, name, clock, at) for name, clock in clocks.items()),
        _silence(case, clocks, at),
    ):
        bells += part.bells
        following += [part.following] if part.following else []
    return Plan(sorted(bells, key=lambda bell: bell.at), min(following, default=None))


def replan(
    case: Case, clocks: Mapping[str, deadlines.Clock], at: datetime, *, brand_new: bool = False
) -> datetime | None:
    """When the sweep must look at this case again, now that something happened to its clocks; None: never.

    Called in the transaction that moves a date. A level that rang under another date, and whose time under the new
    one has passed too, is carried over: nobody is told twice. One whose time lies ahead rings again then; one that
    never rang and whose time has passed by the move (the date came closer) rings at the next sweep.
    """
    bells, following = plan(case, clocks, at)
    rung = rung_of(case) if bells and not brand_new else set()
    waiting = [bell for bell in bells if bell.key not in rung]
    before = {(clock, level) for clock, level, _ in rung if clock != PAUSE}
    carried = [bell for bell in waiting if (bell.clock, bell.level) in before]
    if carried:
        keep(case, carried, at, carried=True)
    owed = [bell.at for bell in waiting if bell not in carried]
    return min([*owed, *([following] if following else [])], default=None)


def rung_of(case: Case) -> set[Key]:
    """What has rung, or was carried over."""
    return set(Alarm.objects.filter(case=case).values_list("clock", "level", "due_at"))


def keep(case: Case, bells: Iterable[Bell], at: datetime, *, carried: bool = False) -> None:
    """Remember that these rang. Raises IntegrityError for one that is remembered already."""
    Alarm.objects.bulk_create(
        Alarm(case=case, clock=bell.clock, level=bell.level, due_at=bell.due, rang_at=at, carried=carried)
        for bell in bells
    )


def _of_clock(case: Case, name: str, clock: deadlines.Clock, at: datetime) -> Plan:
    try:
        if clock.stopped_at is not None or deadlines.state_at(clock, at) == "paused":
            return Plan([], None)
        due, late = deadlines.due(clock), _days_overdue(clock, at)
        bells = [Bell(name, level, when, due) for level, when in deadlines.alarms(clock, late) if when <= at]
    except BeyondHorizon as error:
        log.error("no alarm for clock %s of case %s: %s", name, case.pk, error.code)
        return Plan([], None)
    return Plan(bells, _next(case, name, clock, at))


def _days_overdue(clock: deadlines.Clock, at: datetime) -> int:
    """Working days since the due date, as far as the calendar knows them; today counts before it opens."""
    calendar = clock.calendar
    today = min(calendar.local(at).date(), calendar.last)
    return max(0, calendar.working_days_between(deadlines.due(clock).date(), today))


def _next(case: Case, name: str, clock: deadlines.Clock, at: datetime) -> datetime | None:
    try:
        alarm = deadlines.next_alarm(clock, at)
    except (
        BeyondHorizon
    ) as error:  # what has come still rings; a longer calendar brings `redate`, and a new plan
        log.error("last known alarm for clock %s of case %s: %s", name, case.pk, error.code)
        return None
    return alarm.at if alarm else None


def _silence(case: Case, clocks: Mapping[str, deadlines.Clock], at: datetime) -> Plan:
    """The citizen was asked and says nothing: once per pause. A suspension is a decision; nobody is waited for."""
    clock = main_clock(dict(clocks)) if case.status == Status.NEED_INFO else None
    since = next((pause.start for pause in clock.pauses if pause.end is None), None) if clock else None
    if clock is None or since is None:
        return Plan([], None)
    calendar = clock.calendar
    try:
        when = calendar.opens(calendar.add_working_days(calendar.local(since).date(), SILENT_DAYS))
    except BeyondHorizon as error:
        log.error("no reminder that case %s waits: %s", case.pk, error.code)
        return Plan([], None)
    return Plan([Bell(PAUSE, SILENT, when, since)], None) if when <= at else Plan([], when)
