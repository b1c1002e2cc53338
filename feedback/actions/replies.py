"""The answer: drafted, looked at by a second pair of eyes, sent, rated."""

from __future__ import annotations

import re
from datetime import datetime

from feedback import errors
from feedback.actions.actor import CITIZEN, Actor
from feedback.actions.extension import lapse_requests
from feedback.actions.handling import responded
from feedback.actions.spine import Work, act, storable
from feedback.models import Case, Message, Rating, Reply, User, fingerprint

MAX_BODY = 20_000


class NothingToRate(errors.OfficeError):
    code = "nothing_to_rate"
    status = 409
    vi = "Câu trả lời này đã được đánh giá, hoặc chưa có câu trả lời."
    en = "This answer was already rated, or there is none."


class SecondPairOfEyes(errors.OfficeError):
    code = "second_pair_of_eyes"
    status = 403
    vi = "Người soạn không tự duyệt; xin để người khác duyệt."
    en = "The author cannot approve; somebody else must."


class UnfilledBlank(errors.OfficeError):
    """A template's blank, "[số tiền]" or "{handler}", is still in the reply."""

    code = "unfilled_blank"
    vi = "Trả lời còn chỗ chưa điền: “{blank}”. Xin điền hoặc xóa rồi trình lại."
    en = "The reply still has a blank: “{blank}”. Fill it in or remove it, then submit again."


# "[1]" and "[…]" are a footnote and an omission: a blank has a word in it.
_BLANK = re.compile(r"\[(?=[^\]\n]{1,120}\])[^\]\n]*?[^\W\d_][^\]\n]*\]|\{[a-z_]{2,30}\}")


def _finished(body: str) -> str:
    """The checked body. Raises UnfilledBlank while a template's blank is left in it."""
    if blank := _BLANK.search(body):
        raise UnfilledBlank("body", blank=blank[0])
    return _checked(body)


def _checked(body: str) -> str:
    body = storable(body)
    if not body.strip():
        raise errors.FieldRequired("body")
    if len(body) > MAX_BODY:
        raise errors.TextTooLong("body", length=len(body), maximum=MAX_BODY)
    return body


def current_draft(case: Case) -> Reply | None:
    """The version being written, or the returned one it continues from."""
    last = case.replies.order_by("-number").first()
    return last if last and last.state in (Reply.State.DRAFT, Reply.State.RETURNED) else None


def _save_draft(work: Work, body: str, by: User) -> Reply:
    last = work.case.replies.order_by("-number").first()
    if last is not None and last.state == Reply.State.DRAFT:
        last.body, last.author, last.saved_at = body, by, work.at
        last.save(update_fields=["body", "author", "saved_at"])
        return last
    number = last.number + 1 if last else 1
    return Reply.objects.create(case=work.case, number=number, body=body, author=by, saved_at=work.at)


def draft_reply(case: Case, *, body: str, by: User, at: datetime, seen: int | None = None) -> Reply:
    """Save the draft; a returned version is kept and a new one begun."""
    body = _checked(body)
    with act(case, "draft_reply", by=by, at=at, seen=seen) as work:
        reply = _save_draft(work, body, by)
        work.internal = {"reply": reply.pk, "number": reply.number, "sha256": fingerprint(body, reply.salt)}
    return reply


def submit_reply(case: Case, *, body: str, by: User, at: datetime, seen: int | None = None) -> Reply:
    """Hand the draft to a leader for approval."""
    body = _finished(body)
    with act(case, "submit_reply", by=by, at=at, seen=seen) as work:
        reply = _save_draft(work, body, by)
        reply.state = Reply.State.SUBMITTED
        reply.save(update_fields=["state"])
        work.internal = {"reply": reply.pk, "number": reply.number, "sha256": fingerprint(body, reply.salt)}
    return reply


def _submitted(case: Case) -> Reply:
    return case.replies.get(state=Reply.State.SUBMITTED)


def return_reply(case: Case, *, remarks: str, by: User, at: datetime, seen: int | None = None) -> Case:
    """Give the draft back with remarks."""
    with act(case, "return_reply", by=by, at=at, seen=seen) as work:
        work.say(Message.Purpose.REMARK, remarks, field="remarks")
        reply = _submitted(work.case)
        reply.state, reply.remarks = Reply.State.RETURNED, storable(remarks)
        reply.save(update_fields=["state", "remarks"])
        work.internal |= {"reply": reply.pk}
    return case


def approve_reply(case: Case, *, by: User, at: datetime, seen: int | None = None) -> Case:
    """Approve and send: from this moment the citizen reads it, and the reply clock is met or missed."""
    with act(case, "approve_reply", by=by, at=at, seen=seen) as work:
        reply = _submitted(work.case)
        if reply.author_id == by.pk:
            raise SecondPairOfEyes
        reply.state, reply.approver, reply.approved_at = Reply.State.APPROVED, by, at
        reply.save(update_fields=["state", "approver", "approved_at"])
        # The first answer stays the one the law looks at; a clarification has its own clock.
        work.case.answered_at = work.case.answered_at or at
        lapse_requests(work)
        responded(work)
        work.public = {"reply": reply.pk, "sha256": fingerprint(reply.body, reply.salt)}
    return case


def rate(case: Case, *, score: int, at: datetime, words: str = "", by: Actor = CITIZEN) -> Rating:
    """One rating per answer; words may follow later on the same rating. Raises NothingToRate."""
    if score not in Rating.Score.values:
        raise errors.UnknownCode("score", value=str(score)[:10])
    words = storable(words)
    if len(words) > 2000:
        raise errors.TextTooLong("words", length=len(words), maximum=2000)
    with act(case, "rate", by=by, at=at) as work:
        reply = work.case.replies.filter(state=Reply.State.APPROVED).order_by("-number").first()
        if reply is None:
            raise NothingToRate
        rating, new = Rating.objects.get_or_create(
            reply=reply, defaults={"case": work.case, "score": score, "words": words, "at": at}
        )
        if not new:
            if rating.words or not words:
                raise NothingToRate
            rating.words, rating.score = words, score
            rating.save(update_fields=["words", "score"])
        work.internal = {"rating": rating.pk, "score": score}
    return rating
