"""The sweep: due-soon and overdue alarms, each exactly once, beginning with cases nobody has touched."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from feedback.actions import clocks
from feedback.actions.actor import SYSTEM
from feedback.actions.spine import Work
from feedback.models import Alarm, Case
from feedback.models.clocks import clocks_of
from feedback.workflow import OPEN, Status

log = logging.getLogger(__name__)

BATCH = 100
TRY_AGAIN = timedelta(hours=1)
# level of `deadlines.alarms` → verb; the half-way mark only orders the handler's list.
_VERB = {"soon": "due_soon", "due": "overdue"}


def sweep_deadlines(*, at: datetime, limit: int = 10_000) -> int:
    """Ring every alarm whose time has come; returns how many events were recorded. Safe to run twice at once."""
    rung = 0
    for _ in range(0, limit, BATCH):
        with transaction.atomic():
            due = _claim(at)
            rung += sum(_ring_safely(case, at) for case in due)
        if len(due) < BATCH:
            break
    return rung


def _claim(at: datetime) -> list[Case]:
    """Due cases, locked; another sweeper's rows are skipped (PostgreSQL) or wait behind the one writer (SQLite)."""
    rows = Case.objects.filter(next_alarm_at__lte=at).order_by(
        F("first_response_at").asc(nulls_first=True), "next_alarm_at", "pk"
    )
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return list(rows[:BATCH])


def _ring_safely(case: Case, at: datetime) -> int:
    """A case whose clocks cannot be computed must not silence the others: it is logged and tried again later."""
    try:
        with transaction.atomic():
            return _ring(case, at)
    except Exception as error:  # its words may hold what a person wrote; its kind does not
        log.error("alarms of case %s failed: %s", case.pk, type(error).__name__)
        Case.objects.filter(pk=case.pk).update(next_alarm_at=at + TRY_AGAIN)
        return 0


def _ring(case: Case, at: datetime) -> int:
    known = clocks_of(case)
    rung = set(Alarm.objects.filter(case=case).values_list("clock", "level", "due_at"))
    waiting = clocks.waiting_alarms(known, rung, at)
    ripe = [alarm for alarm in waiting if alarm[2] <= at]
    Alarm.objects.bulk_create(
        Alarm(case=case, clock=name, level=level, due_at=due, rang_at=at) for name, level, _, due in ripe
    )
    work = Work(case, SYSTEM, at)
    verbs = _verbs(ripe) if Status(case.status) in OPEN else {}
    for verb, names in verbs.items():
        work.internal = {"clocks": names}
        work.public = {"due_at": case.due_at.isoformat()} if verb == "overdue" else {}
        work.do(verb)
    case.next_alarm_at = min((when for _, _, when, _ in waiting if when > at), default=None)
    work.finish()
    return len(verbs)


def _verbs(ripe: list[tuple[str, str, datetime, datetime]]) -> dict[str, list[str]]:
    """One event per verb and sweep, however many clocks rang; "due soon" is silent once it is overdue.

    The citizen is told "overdue" for the reply only; a missed internal clock is escalated in the house.
    """
    verbs: dict[str, list[str]] = {}
    for name, level, _, _ in ripe:
        verb = _VERB.get(level, "escalate" if level.startswith("late_") else None)
        if verb == "overdue" and not name.startswith("reply"):
            verb = "escalate"
        if verb:
            verbs.setdefault(verb, []).append(name)
    if "overdue" in verbs:
        verbs.pop("due_soon", None)
    return verbs
