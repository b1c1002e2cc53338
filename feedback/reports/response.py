"""How long each step of a case took and whether it was in time: first response, acceptance, the reply of each round.

One case is measured by its clocks, so that a step that still runs says how far it has come; many cases are counted
from `CaseClock`, which holds the same figures of the steps that have ended.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from feedback import deadlines
from feedback.models import CaseClock
from feedback.models.clocks import DONE_BY, step_of
from feedback.querysets import CaseQuerySet


@dataclass(frozen=True)
class ResponseFacts:
    """One step of a case. All times in seconds: working seconds lie inside opening hours, calendar seconds everywhere.

    `taken_…` runs from start to end, pauses included; `paused_working_seconds` is their share. `late_…` is positive
    when late and negative when there was time to spare, against the final date and the original one (the rule alone,
    without pauses and extensions). While a step runs, `ended_at` and the verdicts are None and the figures are those
    "so far". `counts`: it belongs into the on-time rates.
    """

    clock: str
    started_at: datetime
    ended_at: datetime | None
    ended_by: str  # the verb; "" while it runs
    counts: bool
    due_at: datetime
    original_due_at: datetime
    met: bool | None
    met_original: bool | None
    taken_working_seconds: int
    taken_calendar_seconds: int
    paused_working_seconds: int
    late_working_seconds: int
    late_calendar_seconds: int
    original_late_working_seconds: int
    original_late_calendar_seconds: int
    extensions: int

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, ISO dates; without the name of the clock it stands under."""
        data = {key: value for key, value in asdict(self).items() if key != "clock"}
        return {
            key: value.isoformat() if isinstance(value, datetime) else value for key, value in data.items()
        }


def measure(name: str, clock: deadlines.Clock, at: datetime) -> ResponseFacts:
    """The facts of one clock; of one that runs, as of `at`. Raises BeyondHorizon when the calendar ends before."""
    taken = deadlines.time_taken(clock, at)
    verdict = deadlines.verdict(clock) or _so_far(clock, at)
    decided = clock.stopped_at is not None
    return ResponseFacts(
        clock=name,
        started_at=clock.calendar.local(clock.start),
        ended_at=clock.calendar.local(clock.stopped_at) if clock.stopped_at else None,
        ended_by=clock.stop_event,
        counts=clock.stop_event in DONE_BY[step_of(name)],
        due_at=verdict.due,
        original_due_at=verdict.original_due,
        met=verdict.met if decided else None,
        met_original=verdict.met_original if decided else None,
        taken_working_seconds=taken.working_seconds,
        taken_calendar_seconds=taken.calendar_seconds,
        paused_working_seconds=taken.paused_seconds,
        late_working_seconds=verdict.late_working_seconds,
        late_calendar_seconds=verdict.late_calendar_seconds,
        original_late_working_seconds=verdict.original_late_working_seconds,
        original_late_calendar_seconds=verdict.original_late_calendar_seconds,
        extensions=verdict.extensions,
    )


def _so_far(clock: deadlines.Clock, at: datetime) -> deadlines.Verdict:
    """What the verdict would be if the step ended at `at`; one that has not begun is judged at its start."""
    end = max(at, clock.start)
    decided = deadlines.verdict(replace(clock, stopped_at=end))
    assert decided is not None  # noqa: S101 - it was stopped in the line above
    return decided


@dataclass(frozen=True)
class OnTime:
    """How many steps were done, and how many of them by the final and by the original date.

    `waiting_late` are still owed and past their final date: an office that never answers is not on time.
    """

    done: int
    on_time: int
    on_time_originally: int
    waiting_late: int

    @property
    def late(self) -> int:
        return self.done - self.on_time


def counting(step: str) -> Q:
    """The rows of `CaseClock` that measure `step` (every round of it) and belong into the on-time rates."""
    return _rounds(step) & Q(stopped_by__in=sorted(DONE_BY[step]))


def _rounds(step: str) -> Q:
    return Q(name=step) | Q(name__startswith=f"{step}-")


def on_time(cases: CaseQuerySet, *, at: datetime, step: str = "reply") -> OnTime:
    """Count a step of these cases, each round for itself. `step`: a key of DONE_BY. One query."""
    done = counting(step)
    rows = CaseClock.objects.filter(_rounds(step), case__in=cases)
    return OnTime(
        **rows.aggregate(
            done=Count("pk", filter=done),
            on_time=Count("pk", filter=done & Q(verdict="met")),
            on_time_originally=Count("pk", filter=done & Q(original_verdict="met")),
            waiting_late=Count("pk", filter=Q(stopped_at=None, due_at__lt=at, paused=False)),
        )
    )
