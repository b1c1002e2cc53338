"""The sweep: every alarm exactly once, beginning with cases nobody has touched.

Exactly once rests on two things. A case is locked while its alarms ring, and the rows that say "has rung" are written
in the same transaction as the event: a sweep that dies has rung nothing. And those rows are unique (`alarm_once`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from feedback.actions import alarm_plan
from feedback.actions.actor import SYSTEM
from feedback.actions.alarm_plan import SILENT, SILENT_DAYS, Bell
from feedback.actions.spine import Work
from feedback.models import Case
from feedback.models.clocks import clocks_of
from feedback.workflow import OPEN, Status

log = logging.getLogger(__name__)

BATCH = 25  # cases rung in one transaction: the one writer of SQLite is not held longer than a page takes
TRY_AGAIN = timedelta(hours=1)

# One level up with every working day overdue; afterwards the leaders daily and the director every fifth day, so that
# the director's inbox holds what is new.
LEADER, MANAGER, DIRECTOR = LEVELS = ("leader", "manager", "director")
LADDER = {0: LEADER, 1: LEADER, 2: MANAGER, 3: DIRECTOR}
DIRECTOR_EVERY = 5


def sweep_deadlines(*, at: datetime, limit: int = 10_000) -> int:
    """Ring every alarm whose time has come; returns how many events were recorded. Safe to run twice at once."""
    due = _due(at, limit)
    rung = 0
    for start in range(0, len(due), BATCH):
        with transaction.atomic():
            rung += sum(_ring_safely(case, at) for case in _claim(due[start : start + BATCH], at))
    return rung


def _due(at: datetime, limit: int) -> list[int]:
    """Cases with an alarm to ring, those nobody has touched first: one range of `case_next_alarm`, sorted once.

    Read outside a transaction: on SQLite an idle sweep takes no writer's turn.
    """
    rows = Case.objects.filter(next_alarm_at__lte=at).order_by(
        F("first_response_at").asc(nulls_first=True), "next_alarm_at", "pk"
    )
    return list(rows.values_list("pk", flat=True)[:limit])


def _claim(keys: Sequence[int], at: datetime) -> list[Case]:
    """Of these, the ones still due, locked and in this order.

    PostgreSQL skips what another sweeper or an officer holds (the next minute finds it). On SQLite the transaction
    is the one writer from its first statement, so what is read here cannot change before it is written.
    """
    rows = Case.objects.filter(pk__in=keys, next_alarm_at__lte=at)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    found = {case.pk: case for case in rows}
    return [found[pk] for pk in keys if pk in found]


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
    bells, following = alarm_plan.plan(case, clocks_of(case), at)
    rung = alarm_plan.rung_of(case)
    ripe = [bell for bell in bells if bell.key not in rung]
    alarm_plan.keep(case, ripe, at)
    work = Work(case, SYSTEM, at)
    said = _said(ripe) if Status(case.status) in OPEN else {}
    for verb, internal in said.items():
        work.internal = internal
        work.public = {"due_at": case.due_at.isoformat()} if verb == "overdue" else {}
        work.do(verb)
    case.next_alarm_at = following
    work.finish()
    return len(said)


def _said(ripe: Sequence[Bell]) -> dict[str, dict[str, Any]]:
    """The events of one case in one sweep: at most one per verb, however many clocks rang and however late it is.

    The half-way mark only orders the handler's list. "Overdue" is about the reply and is public; a missed inner
    clock is escalated in the house. What is overdue is no longer announced as due soon.
    """
    passed = [bell for bell in ripe if bell.step is not None]
    due = _names(bell for bell in passed if bell.step == 0)
    overdue = due if any(name.startswith("reply") for name in due) else []
    late = [bell for bell in passed if bell.step or not overdue]
    soon = _names(bell for bell in ripe if bell.level == "soon" and bell.clock not in _names(passed))
    silent = next((bell for bell in ripe if bell.level == SILENT), None)
    said: dict[str, dict[str, Any]] = {}
    if soon and not overdue:
        said["due_soon"] = {"clocks": soon}
    if overdue:
        said["overdue"] = {"clocks": overdue}
    if late:
        said["escalate"] = _escalation(late)
    if silent:
        said["waiting"] = {"since": silent.due.isoformat(), "days": SILENT_DAYS}
    return said


def _names(bells: Iterable[Bell]) -> list[str]:
    return list(dict.fromkeys(bell.clock for bell in bells))


def _escalation(late: Sequence[Bell]) -> dict[str, Any]:
    """Whom it goes to follows from here, not from the day it is delivered: the highest level among those that rang."""
    steps = {bell.step for bell in late if bell.step is not None}
    return {"clocks": _names(late), "step": max(steps), "to": max(map(level_of, steps), key=LEVELS.index)}


def level_of(step: int) -> str:
    """Who is told on this working day overdue (0: the due date itself)."""
    return LADDER.get(step) or (LEADER if step % DIRECTOR_EVERY else DIRECTOR)


def leaders_hear(step: int, to: str) -> bool:
    """Past the ladder the unit's leaders are told every day, also on the director's."""
    return to == LEADER or step not in LADDER
