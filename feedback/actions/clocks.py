"""The cache of the clocks: `CaseClock`, `Case.due_at`, `Case.next_alarm_at`. Nothing else writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from feedback import deadlines
from feedback.calendar import BeyondHorizon
from feedback.models import Alarm, Case, CaseClock, CaseEvent
from feedback.models.clocks import clocks_of, main_clock

OVERDUE_DAYS = 20  # working days after which a late case has been escalated often enough
# Stands in while no date can be computed (no calendar, or one that ends too soon): the usual ten working days.
WITHOUT_CALENDAR = timedelta(days=14)


def recompute(case: Case, at: datetime, new_events: Sequence[CaseEvent] = ()) -> None:
    """Rewrite the cache: clock rows, `case.due_at`, `case.next_alarm_at` (the caller saves the case)."""
    clocks = clocks_of(case, new_events)
    rows = [_row(case, name, clock, at) for name, clock in clocks.items()]
    CaseClock.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["case", "name"],
        update_fields=[
            f.name for f in CaseClock._meta.concrete_fields if f.name not in ("id", "case", "name")
        ],
    )
    brand_new = bool(new_events) and new_events[0].seq == 1
    if not brand_new:
        CaseClock.objects.filter(case=case).exclude(name__in=list(clocks)).delete()
    main = main_clock(clocks)
    if main is not None:
        case.due_at = deadlines.due(main)
    elif brand_new:
        case.due_at = case.received_at + WITHOUT_CALENDAR
    rung = set() if brand_new else _rung(case)
    case.next_alarm_at = min((when for _, _, when, _ in waiting_alarms(clocks, rung, at)), default=None)


def _row(case: Case, name: str, clock: deadlines.Clock, at: datetime) -> CaseClock:
    verdict = deadlines.verdict(clock)
    return CaseClock(
        case=case,
        name=name,
        rule_code=clock.rule.id,
        calendar_version=clock.calendar.version,
        started_at=clock.start,
        due_at=deadlines.due(clock),
        original_due_at=deadlines.original_due(clock),
        paused=deadlines.state_at(clock, at) == "paused",
        stopped_at=clock.stopped_at,
        verdict=("met" if verdict.met else "missed") if verdict else "",
        late_seconds=verdict.late_working_seconds if verdict else 0,
    )


def _rung(case: Case) -> set[tuple[str, str, datetime]]:
    return set(Alarm.objects.filter(case=case).values_list("clock", "level", "due_at"))


def waiting_alarms(
    clocks: dict[str, deadlines.Clock], rung: set[tuple[str, str, datetime]], at: datetime
) -> list[tuple[str, str, datetime, datetime]]:
    """(clock, level, when, due) of every alarm that has not rung; none while a clock is paused or stopped."""
    waiting = []
    for name, clock in clocks.items():
        if clock.stopped_at is not None or deadlines.state_at(clock, at) == "paused":
            continue
        due = deadlines.due(clock)
        waiting += [
            (name, alarm.level, alarm.at, due)
            for alarm in _alarms(clock)
            if (name, alarm.level, due) not in rung
        ]
    return sorted(waiting, key=lambda alarm: alarm[2])


def _alarms(clock: deadlines.Clock) -> tuple[deadlines.Alarm, ...]:
    try:
        return deadlines.alarms(clock, OVERDUE_DAYS)
    except BeyondHorizon:  # the days after the due date lie beyond the calendar; the due date itself does not
        return deadlines.alarms(clock, 0)
