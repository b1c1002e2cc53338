"""More time: asked with a reason, decided by a leader, told to the citizen."""

from __future__ import annotations

from datetime import datetime

from feedback import deadlines, errors
from feedback.actions.spine import Work, act, storable
from feedback.models import Case, Extension, Message, User, clocks


class NoExtensionPossible(errors.OfficeError):
    code = "no_extension_possible"
    status = 409
    vi = "Quy định không cho gia hạn đơn này nữa."
    en = "The rule allows no further extension of this case."


class NothingToDecide(errors.OfficeError):
    code = "nothing_to_decide"
    status = 409
    vi = "Không có đề nghị gia hạn nào đang chờ duyệt."
    en = "No extension request is waiting."


def request_extension(case: Case, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Case:
    """Ask the leader for the longer limit of the rule. Raises NoExtensionPossible when the rule has none left."""
    reason = storable(reason)
    with act(case, "request_extension", by=by, at=at, seen=seen) as work:
        if not reason.strip():
            raise errors.ReasonRequired("reason")
        if _longer_limit(work.case, at) is None or work.case.extensions.filter(approved=None).exists():
            raise NoExtensionPossible
        row = Extension.objects.create(case=work.case, reason=reason, requested_by=by, requested_at=at)
        work.internal = {"extension": row.pk}
    return case


def _longer_limit(case: Case, at: datetime) -> tuple[int, str] | None:
    """(value, unit) of the next limit the rule of the running reply clock allows, or None.

    A clock that has run out is not extended: the date would stand, and the citizen be told that it moved.
    """
    clock = clocks.main_clock(clocks.clocks_of(case))
    if clock is None or clock.stopped_at is not None or deadlines.due(clock, at) <= at:
        return None
    total = clock.rule.next_extension(len(clock.extensions))
    return (total, clock.rule.unit) if total is not None else None


def _decide(work: Work, approved: bool, by: User) -> Extension:
    row = work.case.extensions.filter(approved=None).order_by("pk").first()
    if row is None:
        raise NothingToDecide
    if row.requested_by_id == by.pk:
        raise errors.NotAllowed  # a second pair of eyes
    row.approved, row.decided_by, row.decided_at = approved, by, work.at
    row.save(update_fields=["approved", "decided_by", "decided_at"])
    return row


def approve_extension(case: Case, *, by: User, at: datetime, seen: int | None = None) -> Case:
    """Grant it: the due date moves to the rule's longer limit, counted from the original start."""
    with act(case, "approve_extension", by=by, at=at, seen=seen) as work:
        limit = _longer_limit(work.case, at)
        if limit is None:
            raise NoExtensionPossible
        row = _decide(work, True, by)
        work.say(Message.Purpose.REASON, row.reason, field="reason")
        value, unit = limit
        work.internal |= {"extension": row.pk, "value": value, "unit": unit}
        work.public |= {"due_before": work.case.due_at.isoformat()}
    return case


def lapse_requests(work: Work) -> None:
    """The answer went out: a request nobody decided has no object left and must not wait for the next round."""
    open_ones = work.case.extensions.filter(approved=None)
    open_ones.update(approved=False, decided_by=work.actor.user, decided_at=work.at)


def refuse_extension(case: Case, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Case:
    with act(case, "refuse_extension", by=by, at=at, seen=seen) as work:
        row = _decide(work, False, by)
        work.say(Message.Purpose.MOTIVE, reason, field="reason")
        work.internal |= {"extension": row.pk}
    return case
