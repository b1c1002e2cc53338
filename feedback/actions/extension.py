"""More time: asked with a reason, decided by a leader, told to the citizen.

Before acceptance the law may extend the acceptance itself (tố cáo: 7 → 10 working days, Luật Tố cáo 2018, Điều
24.1); a request then concerns that clock, else the running reply clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from feedback import deadlines, errors
from feedback.actions.fitting import acceptance_extends
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


@dataclass(frozen=True)
class Offer:
    """What an extension granted now would do: `clock` ("accept" or "reply") may take `value` days of `unit` in all.

    While the acceptance waits the answer is promised from its last day (ADR 9), so the date of the answer moves too:
    `answer_before` and `answer_after`; for the reply clock they are its own dates.
    """

    clock: str
    value: int
    unit: str
    law: str
    due_before: datetime
    due_after: datetime
    answer_before: datetime
    answer_after: datetime


def extension_offer(case: Case, at: datetime) -> Offer | None:
    """What the law still allows for the clock at hand, or None.

    A clock that has run out is not extended: the date would stand, and the citizen be told that it moved.
    """
    known = clocks.clocks_of(case)
    clock, reply = _at_hand(known), clocks.main_clock(known)
    if clock is None or clock.stopped_at is not None or deadlines.due(clock, at) <= at:
        return None
    granted_to = max((one.value for one in clock.extensions), default=0)
    value = clock.rule.next_extension(len(clock.extensions))
    if value is None or value <= granted_to:  # granted under rules that gave more at once
        return None
    granted = deadlines.Extension(max(at, clock.start), value, clock.rule.unit)
    longer = replace(clock, extensions=(*clock.extensions, granted))
    answer = longer
    if reply is not None and reply is not clock:
        waits = reply.start_event == "latest_acceptance"
        answer = replace(reply, start=deadlines.due(longer)) if waits else reply
    return Offer(
        clock=clock.rule.clock,
        value=value,
        unit=clock.rule.unit,
        law=clock.rule.law,
        due_before=deadlines.due(clock),
        due_after=deadlines.due(longer),
        answer_before=deadlines.due(reply or clock),
        answer_after=deadlines.due(answer),
    )


def _at_hand(known: dict[str, deadlines.Clock]) -> deadlines.Clock | None:
    """The acceptance while it waits and its rule knows an extension; else the running round of the reply."""
    accept = known.get("accept")
    if accept is not None and accept.stopped_at is None and accept.rule.extension_steps:
        return accept
    return clocks.main_clock(known)


def request_extension(case: Case, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Case:
    """Ask the leader for the longer limit of the rule. Raises NoExtensionPossible when the rule has none left."""
    reason = storable(reason)
    with act(case, "request_extension", by=by, at=at, seen=seen) as work:
        if not reason.strip():
            raise errors.ReasonRequired("reason")
        offer = extension_offer(work.case, at)
        if offer is None or work.case.extensions.filter(approved=None).exists():
            raise NoExtensionPossible
        row = Extension.objects.create(case=work.case, reason=reason, requested_by=by, requested_at=at)
        work.internal = {"extension": row.pk, "clock": offer.clock}
    return case


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
        offer = extension_offer(work.case, at)
        if offer is None:
            raise NoExtensionPossible
        row = _decide(work, True, by)
        work.say(Message.Purpose.REASON, row.reason, field="reason")
        work.internal |= {
            "extension": row.pk,
            "clock": offer.clock,
            "value": offer.value,
            "unit": offer.unit,
        }
        work.public |= {"due_before": work.case.due_at.isoformat()}
    return case


def lapse_requests(work: Work) -> None:
    """The answer went out: a request nobody decided has no object left and must not wait for the next round."""
    open_ones = work.case.extensions.filter(approved=None)
    open_ones.update(approved=False, decided_by=work.actor.user, decided_at=work.at)


def lapse_request_of_acceptance(work: Work) -> None:
    """To be called before the case is accepted: more time to accept is not needed any more, and the request must not
    be taken for one of the answer."""
    if acceptance_extends(work.case):
        lapse_requests(work)


def refuse_extension(case: Case, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Case:
    with act(case, "refuse_extension", by=by, at=at, seen=seen) as work:
        row = _decide(work, False, by)
        work.say(Message.Purpose.MOTIVE, reason, field="reason")
        work.internal |= {"extension": row.pk}
    return case
