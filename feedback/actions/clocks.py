"""The cache of the clocks: `CaseClock`, `Case.due_at`, `Case.next_alarm_at`. Nothing else writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from feedback import deadlines
from feedback.actions import alarm_plan
from feedback.models import Case, CaseClock, CaseEvent
from feedback.models.clocks import clocks_of, main_clock

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
    if main is not None and (brand_new or main.rule.clock == "reply"):
        case.due_at = deadlines.due(main)  # never that of another clock, once an answer was promised
    elif brand_new:
        case.due_at = case.received_at + WITHOUT_CALENDAR
    case.next_alarm_at = alarm_plan.replan(case, clocks, at, brand_new=brand_new)


def _row(case: Case, name: str, clock: deadlines.Clock, at: datetime) -> CaseClock:
    row = CaseClock(
        case=case,
        name=name,
        rule_code=clock.rule.id,
        rules_version=clock.rules_version,
        calendar_version=clock.calendar.version,
        started_at=clock.start,
        due_at=deadlines.due(clock),
        original_due_at=deadlines.original_due(clock),
        paused=deadlines.state_at(clock, at) == "paused",
        extensions=len(clock.extensions),
    )
    if verdict := deadlines.verdict(clock):
        _decide(row, clock, verdict)
    return row


def _decide(row: CaseClock, clock: deadlines.Clock, verdict: deadlines.Verdict) -> None:
    """What the stopping event decided, and the response-time facts that go with it."""
    row.stopped_at, row.stopped_by = verdict.stopped_at, clock.stop_event
    row.verdict = "met" if verdict.met else "missed"
    row.original_verdict = "met" if verdict.met_original else "missed"
    row.late_seconds, row.late_calendar_seconds = verdict.late_working_seconds, verdict.late_calendar_seconds
    row.original_late_seconds = verdict.original_late_working_seconds
    row.extensions = verdict.extensions
    taken = deadlines.time_taken(clock)
    row.taken_seconds, row.taken_calendar_seconds = taken.working_seconds, taken.calendar_seconds
    row.paused_seconds = taken.paused_seconds
