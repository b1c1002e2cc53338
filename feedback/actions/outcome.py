"""How a case may end other than by an answer, and how it comes back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from typing import NoReturn

from django.db import transaction
from django.utils import timezone

from feedback import errors
from feedback.actions import classification, routing
from feedback.actions.actor import CITIZEN, SYSTEM, Actor, as_actor
from feedback.actions.handling import responded
from feedback.actions.intake import text_problem
from feedback.actions.spine import Work, act, permit, storable
from feedback.models import (
    Attachment,
    Case,
    Identity,
    Membership,
    Message,
    Part,
    RejectReason,
    Reply,
    Unit,
    User,
    catalogue,
    fingerprint,
)
from feedback.workflow import TRANSITIONS, Role, Status

ITSELF_OR_MERGED = (
    "đơn đó chính là đơn này hoặc đã được gộp vào đơn khác",
    "it is this very case, or merged into another one",
)
SEALED = ("đơn giữ kín không gộp", "sealed cases are not merged")
_UNANSWERED = (Status.WITHDRAWN, Status.REJECTED, Status.TRANSFERRED)
STILL_HANDLED = ("đơn kia vẫn đang được giải quyết", "the other case is still being handled")
NEVER_ANSWERED = ("đơn đó đã kết thúc mà không có trả lời", "it ended without an answer")
OF_THIS_HOUSE = (
    "đây là đơn vị trong hệ thống; xin dùng “Chuyển đơn vị”",
    "that unit works in this house; use “Route to a unit”",
)
MAX_CLARIFICATIONS = 1  # by the citizen; afterwards the way is a complaint to another person


class AlreadyClarified(errors.OfficeError):
    code = "already_clarified"
    status = 409
    vi = "Ông/bà đã đề nghị làm rõ một lần. Nếu vẫn chưa đồng ý, ông/bà có quyền khiếu nại theo Luật Khiếu nại."
    en = "Clarification was already asked once. If you still disagree you may lodge an administrative complaint."


class CannotMerge(errors.OfficeError):
    code = "cannot_merge"
    status = 409
    vi = "Không gộp được vào đơn đó: {reason}."
    en = "Cannot merge into that case: {reason}."


class WrongParts(errors.OfficeError):
    code = "wrong_parts"
    vi = "Xin chọn ít nhất một đoạn của đơn để tách; các đoạn không chồng lên nhau và không quá ngắn."
    en = "Choose at least one span of the letter to split off; spans must not overlap or be too short."


def transfer(
    case: Case, *, agency: str, reason: str, by: User, at: datetime, seen: int | None = None
) -> Case:
    """Pass the letter to the competent outside agency (NĐ 20/2008/NĐ-CP, Điều 9.1.d: within 5 working days)."""
    unit = catalogue().units.get(agency)
    if unit is None or not unit.exists_on(timezone.localtime(at).date()):
        raise errors.UnknownCode("agency", value=agency[:40])
    with act(case, "transfer", by=by, at=at, seen=seen) as work:
        _check_agency(unit, work)
        work.say(Message.Purpose.REASON, reason, field="reason")
        work.case.transferred_to = unit
        _end(work)
        responded(work)
        work.public |= {"agency_code": unit.code, "agency": unit.name_vi, "agency_en": unit.name_en}
    return case


def _check_agency(unit: Unit, work: Work) -> None:
    """Not the one the letter complains of (Luật Tiếp công dân and Luật Tố cáo forbid it), and no unit of this house:
    the case would end here and lie in nobody's queue there."""
    if unit.code in catalogue().heirs(work.case.subject_unit_id):
        raise errors.CannotAssign("agency", reason=routing.ABOUT_ITSELF)
    on = timezone.localtime(work.at).date()
    if Membership.objects.current(on).filter(unit=unit).exclude(role=Role.AUDITOR).exists():
        raise errors.CannotAssign("agency", reason=OF_THIS_HOUSE)


def reject(case: Case, *, code: str, reason: str, by: User, at: datetime, seen: int | None = None) -> Case:
    """Do not accept, with a reason of the catalogue, own words, and where to go instead."""
    ground = RejectReason.objects.filter(code=code).first()
    if ground is None:
        raise errors.UnknownCode("code", value=code[:40])
    with act(case, "reject", by=by, at=at, seen=seen) as work:
        work.say(Message.Purpose.REASON, reason, field="reason")
        _end(work)
        responded(work)
        work.public |= {"ground": ground.code, "hint": ground.sentence_vi, "hint_en": ground.sentence_en}
    return case


def _end(work: Work) -> None:
    work.case.closed_at, work.case.needs_triage, work.case.next_alarm_at = work.at, False, None


def withdraw(case: Case, *, at: datetime, by: Actor = CITIZEN) -> Case:
    """The citizen takes the letter back. A tố cáo may still be verified (Luật Tố cáo 2018, Điều 33)."""
    with act(case, "withdraw", by=by, at=at) as work:
        _end(work)
    return case


def close(case: Case, *, by: User | Actor, at: datetime, seen: int | None = None) -> Case:
    with act(case, "close", by=by, at=at, seen=seen) as work:
        _end(work)
    return case


def reopen(case: Case, *, text: str, by: User | Actor, at: datetime, seen: int | None = None) -> Case:
    """Ask for clarification: once for the citizen. A new reply clock starts; the first keeps its verdict."""
    actor, text = as_actor(by), storable(text)
    if problem := text_problem(text, minimum=5):
        raise problem
    with act(case, "reopen", by=actor, at=at, seen=seen) as work:
        if actor.role == Role.CITIZEN and work.case.clarifications >= MAX_CLARIFICATIONS:
            raise AlreadyClarified
        work.say(Message.Purpose.CLARIFICATION, text)
        work.case.clarifications += actor.role == Role.CITIZEN  # the office's own second look is not theirs
        work.case.closed_at = work.case.merged_into = None  # opened again it is a case of its own
        if not _still_here(work.case, at):
            work.case.handler = None  # back to the unit's queue: the next round hands it to somebody else
    return case


def _still_here(case: Case, at: datetime) -> bool:
    """The handler works in the office today."""
    on = timezone.localtime(at).date()
    return Membership.objects.current(on).filter(user=case.handler_id).exists()


def merge(case: Case, *, into: Case, by: User, at: datetime, seen: int | None = None) -> Case:
    """Close a duplicate onto the case being handled. Both must be visible to `by`; sealed ones are never merged."""
    with _both_locked(case, into), act(case, "merge", by=by, at=at, seen=seen) as work:
        into = Case.objects.visible_to(by).filter(pk=into.pk).first() or _unknown(into)
        if into.pk == work.case.pk or into.merged_into_id:
            raise CannotMerge("into", reason=ITSELF_OR_MERGED)
        if into.sealed or work.case.sealed:
            raise CannotMerge("into", reason=SEALED)
        if into.status in _UNANSWERED:
            raise CannotMerge("into", reason=NEVER_ANSWERED)
        work.case.merged_into = into
        _end(work)
        work.internal |= {"into": into.pk}
    return case


def unmerge(case: Case, *, at: datetime) -> Case:
    """The case this one was merged into ended without an answer: it goes its own way again, its clock never stopped."""
    with act(case, "unmerge", by=SYSTEM, at=at) as work:
        if work.case.merged_into is None or work.case.merged_into.status not in _UNANSWERED:
            raise CannotMerge("into", reason=STILL_HANDLED)
        work.internal = {"from": work.case.merged_into_id}
        work.case.merged_into = work.case.handler = work.case.closed_at = None
        if work.case.accepted_at:
            work.target = Status.ACCEPTED
        work.case.needs_triage = work.case.topic_id is None
    return case


def release_duplicates(*, at: datetime, limit: int = 100) -> int:
    """Give every duplicate of a case that ended without an answer its own way back; returns how many."""
    left = Case.objects.filter(status=Status.CLOSED, merged_into__status__in=_UNANSWERED).order_by("pk")[
        :limit
    ]
    return len([unmerge(case, at=at) for case in left])


@contextmanager
def _both_locked(one: Case, other: Case) -> Iterator[None]:
    """Lock two cases, always in the same order: two officers who merge them crosswise must not close both."""
    with transaction.atomic():
        pair = Case.objects.select_for_update().filter(pk__in=(one.pk, other.pk)).order_by("pk")
        list(pair.values_list("pk", flat=True))
        yield


def _unknown(case: Case) -> NoReturn:
    raise errors.UnknownCode("into", value=case.reference)


def split(
    case: Case, *, parts: Sequence[tuple[int, int]], by: User, at: datetime, seen: int | None = None
) -> list[Case]:
    """Make a case of each span of a mixed letter. The original stays as written and keeps the first matter.

    `parts`: (start, end) character offsets into `case.text`. Children inherit identity, place, secrecy and the day
    received, so no clock starts later because the office needed to sort the letter.
    """
    spans = sorted(parts)
    if not spans or any(not 0 <= a < b <= len(case.text) for a, b in spans) or _overlap(spans):
        raise WrongParts("parts")
    permit(case, "split", by)
    children: list[Case] = []
    with act(case, "split", by=by, at=at, seen=seen) as work:
        children = [_child(work.case, a, b, by, at) for a, b in spans]
        work.public |= {"children": ", ".join(c.reference for c in children)}
        work.internal |= {"children": [c.pk for c in children], "spans": [list(s) for s in spans]}
    return children


def _overlap(spans: list[tuple[int, int]]) -> bool:
    return any(a[1] > b[0] for a, b in pairwise(spans))


def _child(parent: Case, start: int, end: int, by: User, at: datetime) -> Case:
    text = parent.text[start:end].strip()
    if text_problem(text, minimum=5):
        raise WrongParts("parts")
    child = Case(
        received_at=parent.received_at,
        channel=parent.channel,
        received_by=by,
        # The parent's code opens the parts too; nobody needs to be sent a new one.
        secret_hash=parent.secret_hash,
        text=text,
        place_id=parent.place_id,
        procedure_id=parent.procedure_id,
        visibility=parent.visibility,
        sealed=parent.sealed,
        # Whom the whole is about, its parts are about.
        subject_unit_id=parent.subject_unit_id,
        subject_officer_id=parent.subject_officer_id,
        split_from=parent,
        due_at=at,
    )
    child.fill_search_text()
    child.save(force_insert=True)
    Part.objects.create(case=child, start=start, end=end)
    if identity := Identity.objects.filter(case=parent).first():
        Identity.objects.create(
            case=child,
            details=identity.details,
            language=identity.language,
            notify=identity.notify,
            phone_mark=identity.phone_mark,
            email_mark=identity.email_mark,
        )
    files = _share_files(parent, child)
    work = Work(child, SYSTEM, at)
    work.public = {"channel": str(child.channel), "received_at": child.received_at.isoformat()}
    work.internal = {"sha256": fingerprint(text, child.salt), "split_from": parent.pk, "files": files}
    work.record(TRANSITIONS[0], Role.SYSTEM)
    classification.apply_suggestion(work, classification.suggest(text))
    work.finish()
    return child


def _share_files(parent: Case, child: Case) -> list[str]:
    """The part shows the files of the whole: which matter a photograph belongs to, its handler will see."""
    rows = list(parent.attachments.all())
    for row in rows:
        row.pk, row.case = None, child
        row._state.adding = True
    Attachment.objects.bulk_create(rows)
    return [row.sha256 for row in rows]


def latest_reply(case: Case) -> Reply | None:
    """The answer that was sent last."""
    return case.replies.filter(state=Reply.State.APPROVED).order_by("-number").first()
