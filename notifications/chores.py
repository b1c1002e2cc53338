"""What the office does by itself, once a minute: alarms, waiting cases, changes of the world, old drafts, learning."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from feedback import actions
from feedback.errors import OfficeError
from feedback.models import Case, Reply
from feedback.reports import schedules
from feedback.reports.jobs import forget_old
from feedback.web.citizen import drafts
from feedback.workflow import Status
from notifications import account_news, digests, report_news

log = logging.getLogger(__name__)

SETTLED_AFTER = timedelta(
    days=30
)  # our own policy: the time the citizen has to rate or to ask for clarification
AT_ONCE = 100  # cases closed in one round; the rest follows a minute later

Chore = Callable[[datetime], int]


def close_settled(at: datetime) -> int:
    """Close cases whose last answer went out SETTLED_AFTER ago; returns how many."""
    limit = at - SETTLED_AFTER
    newer = Reply.objects.filter(state=Reply.State.APPROVED, approved_at__gt=limit)
    settled = Case.objects.filter(status=Status.ANSWERED, answered_at__lte=limit)
    settled = settled.exclude(pk__in=newer.values("case")).order_by("answered_at", "pk")
    return sum(_close(case, at) for case in settled[:AT_ONCE])


def _close(case: Case, at: datetime) -> bool:
    try:
        actions.close(case, by=actions.SYSTEM, at=at)
    except OfficeError as refusal:  # the citizen asked for clarification a moment ago
        log.info("case %s stays open: %s", case.pk, refusal.code)
        return False
    return True


def ring_alarms(at: datetime) -> int:
    return actions.sweep_deadlines(at=at)


def assign_waiting(at: datetime) -> int:
    return actions.assign_waiting(at=at)


def release_duplicates(at: datetime) -> int:
    return actions.release_duplicates(at=at)


def carry_on(at: datetime) -> int:
    return actions.carry_on(at=at)


def look_at_quality(at: datetime) -> int:
    return actions.look_at_week(at=at)


def forget_old_attempts(at: datetime) -> int:
    return actions.forget_old_attempts(at)


def keep_statistics(at: datetime) -> int:
    return actions.keep_statistics(at=at)


def train_when_due(at: datetime) -> int:
    return actions.train_when_due(at)


def read_silently(at: datetime) -> int:
    return actions.read_silently(at)


CHORES: dict[str, Chore] = {
    "alarms": ring_alarms,
    "duplicates of letters that ended": release_duplicates,
    "waiting cases": assign_waiting,
    "changes of the world": carry_on,
    "digests of changes": digests.tell_finished,
    "news of accounts": account_news.tell_missed,
    "kept texts and attempts": forget_old_attempts,
    "reports that fall due": schedules.ask_due,
    "scheduled reports made": report_news.tell_made,
    "old reports": forget_old,
    "settled cases": close_settled,
    "figures of the manager's room": keep_statistics,
    "old drafts": drafts.purge,
    "letters read by a model on trial": read_silently,
    "trainings begun": train_when_due,
    "weekly look at the classifier": look_at_quality,
}
