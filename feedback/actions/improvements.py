"""What the office does about letters that repeat each other: written down, carried out, told to the public.

No act on a case, so nothing of it stands in a case's log; who did what last stands on the row itself. Managers plan for
every unit, leaders for the units they lead; the owner reports; only a manager publishes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from feedback import errors, privacy
from feedback.actions.publication import LeaksPersonalData
from feedback.actions.spine import storable
from feedback.models import Case, Identity, Improvement, User

LONGEST = 2000  # characters of each text
SENDERS = 500  # newest letters of the cluster whose senders' details are looked for


class ImprovementChanged(errors.OfficeError):
    """Somebody changed the improvement since the caller saw it."""

    code = "improvement_changed"
    status = 409
    vi = "Việc này vừa được người khác cập nhật. Xin xem lại rồi làm lại; nội dung ông/bà đã gõ vẫn còn."
    en = "This was changed by somebody else. Look again and repeat; what you typed is kept."


@dataclass(frozen=True)
class Cause:
    """A cluster of letters by the codes they share (empty: none), when, and how many then and in the time before."""

    unit: str
    issue: str
    procedure: str
    topic: str
    since: date
    until: date
    count: int
    before: int


@dataclass(frozen=True)
class Plan:
    """Why it happens, what is done about it, by whom, until when (that day included)."""

    cause: str
    action: str
    owner: User
    due_on: date


def may_plan(user: User, unit: str) -> bool:
    scope = user.scope()
    return scope.manager or unit in scope.leads


def may_report(user: User, row: Improvement) -> bool:
    return may_plan(user, row.unit_id or "") or row.owner_id == user.pk


def plan_improvement(cause: Cause, plan: Plan, *, by: User, at: datetime) -> Improvement:
    """Write it into the register. Raises NotAllowed, InvalidInput."""
    if not may_plan(by, cause.unit):
        raise errors.NotAllowed
    row = Improvement(
        unit_id=cause.unit or None,
        issue_id=cause.issue or None,
        procedure_id=cause.procedure or None,
        topic_id=cause.topic or None,
        since=cause.since,
        until=cause.until,
        count=cause.count,
        before=cause.before,
        recorded_by=by,
        recorded_at=at,
    )
    _fill(row, plan)
    row.save(force_insert=True)
    return row


def _fill(row: Improvement, plan: Plan) -> None:
    row.cause, row.action = _text("cause", plan.cause), _text("action", plan.action)
    row.owner, row.due_on = plan.owner, plan.due_on


def _text(name: str, text: str, *, needed: bool = True) -> str:
    text = storable(text).strip()
    if needed and not text:
        raise errors.FieldRequired(name)
    if len(text) > LONGEST:
        raise errors.TextTooLong(name, length=len(text), maximum=LONGEST)
    return text


@contextmanager
def _changing(row: Improvement, seen: int, by: User, at: datetime) -> Iterator[Improvement]:
    """The row locked and as it was seen; saved on leaving. Raises ImprovementChanged."""
    with transaction.atomic():
        held = Improvement.objects.select_for_update().get(pk=row.pk)
        if held.version != seen:
            raise ImprovementChanged
        yield held
        held.version, held.changed_by, held.changed_at = held.version + 1, by, at
        held.save()


def change_plan(row: Improvement, plan: Plan, *, by: User, at: datetime, seen: int) -> None:
    """Another text, owner or date. Raises NotAllowed, ImprovementChanged."""
    if not may_plan(by, row.unit_id or ""):
        raise errors.NotAllowed
    with _changing(row, seen, by, at) as held:
        _fill(held, plan)


def report_improvement(
    row: Improvement, *, state: str, result: str, by: User, at: datetime, seen: int
) -> None:
    """How far it has come, and what came of it: needed once it is done or dropped. Raises NotAllowed, UnknownCode."""
    if not may_report(by, row):
        raise errors.NotAllowed
    if state not in Improvement.State.values:
        raise errors.UnknownCode("state", value=state[:40])
    over = state in (Improvement.State.DONE, Improvement.State.DROPPED)
    with _changing(row, seen, by, at) as held:
        held.state, held.result = state, _text("result", result, needed=over)


def publish_improvement(
    row: Improvement, *, said: str, did: str, looked_at: bool, by: User, at: datetime, seen: int
) -> None:
    """Show it to the public in these words. Managers only.

    Raises LeaksPersonalData when a text gives away what a sender of the cluster told of themselves; FieldRequired on
    `looked_at` when it holds what merely looks like personal data and nobody has said that it is none.
    """
    if not by.scope().manager:
        raise errors.NotAllowed
    said, did = _text("said", said), _text("did", did)
    text = f"{said}\n{did}"
    if found := privacy.leaks(text, _told(row)):
        raise LeaksPersonalData("said", count=len(found))
    if not looked_at and privacy.detect(text):
        raise errors.FieldRequired("looked_at")
    with _changing(row, seen, by, at) as held:
        held.said, held.did, held.published_by, held.published_at = said, did, by, at


def _told(row: Improvement) -> list[str]:
    """What the senders of these letters told of themselves."""
    days = (row.since, row.until + timedelta(days=1))
    start, end = (timezone.make_aware(datetime.combine(day, time.min)) for day in days)
    alike = {"unit": row.unit_id, "issue": row.issue_id, "procedure": row.procedure_id}
    alike |= {} if row.procedure_id else {"topic": row.topic_id}
    cases = Case.objects.filter(received_at__gte=start, received_at__lt=end, **alike)
    newest = list(cases.order_by("-received_at").values_list("pk", flat=True)[:SENDERS])
    rows = Identity.objects.filter(case__in=newest)
    return [value for identity in rows for value in identity.details.values() if value]


def hide_improvement(row: Improvement, *, by: User, at: datetime, seen: int) -> None:
    """Take it off the public page; the words stay. Raises NotAllowed, ImprovementChanged."""
    if not by.scope().manager:
        raise errors.NotAllowed
    with _changing(row, seen, by, at) as held:
        held.published_by = held.published_at = None
