"""The answer: drafted, looked at by a second pair of eyes, sent, rated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from feedback import errors
from feedback.actions.actor import CITIZEN, Actor
from feedback.actions.drafting import DraftMoved, checked, lay_aside, save_draft
from feedback.actions.extension import lapse_requests
from feedback.actions.handling import responded
from feedback.actions.questions import Tick, all_answered, settle
from feedback.actions.spine import Work, act, storable
from feedback.models import Case, Message, Rating, Reply, User, fingerprint


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
    return checked(body)


def current_draft(case: Case) -> Reply | None:
    """The version being written, or the returned one it continues from."""
    last = case.replies.order_by("-number").first()
    return last if last and last.state in (Reply.State.DRAFT, Reply.State.RETURNED) else None


@contextmanager
def _writing(
    case: Case,
    verb: str,
    body: str,
    *,
    by: User,
    at: datetime,
    seen: int | None,
    mark: str | None,
    window: str,
) -> Iterator[tuple[Work, Reply]]:
    """The act with the draft saved in it. Words that may not become the draft are laid aside, then it raises."""
    try:
        with act(case, verb, by=by, at=at) as work:
            reply = save_draft(work.case, body, by, at, mark=mark, window=window, act=True)
            # What the draft was written upon is known by its mark; the case may have moved without harm to the words.
            if seen is not None and seen != work.case.version and (mark is None or verb == "submit_reply"):
                raise errors.StaleVersion
            yield work, reply
            vouched = {"reply": reply.pk, "number": reply.number, "sha256": fingerprint(body, reply.salt)}
            work.internal |= vouched
    except (DraftMoved, errors.NotAllowed, errors.WrongState):
        lay_aside(case, body=body, by=by, at=at)
        raise


def draft_reply(
    case: Case,
    *,
    body: str,
    by: User,
    at: datetime,
    seen: int | None = None,
    mark: str | None = None,
    window: str = "",
    ticks: Sequence[Tick] | None = None,
    added: Sequence[str] = (),
) -> Reply:
    """Save the draft; a returned version is kept and a new one begun. Raises DraftMoved when `mark` is an old state."""
    body = checked(body)
    with _writing(case, "draft_reply", body, by=by, at=at, seen=seen, mark=mark, window=window) as (
        work,
        reply,
    ):
        settle(work.case, ticks or (), by, at, added)
    return reply


def submit_reply(
    case: Case,
    *,
    body: str,
    by: User,
    at: datetime,
    seen: int | None = None,
    mark: str | None = None,
    window: str = "",
    ticks: Sequence[Tick] | None = None,
    added: Sequence[str] = (),
) -> Reply:
    """Hand the draft to a leader for approval. Raises UnfilledBlank, UnansweredQuestions, DraftMoved."""
    body = _finished(body)
    with _writing(case, "submit_reply", body, by=by, at=at, seen=seen, mark=mark, window=window) as (
        work,
        reply,
    ):
        work.internal = {"questions": all_answered(work.case, ticks, by, at, added)}
        reply.state = Reply.State.SUBMITTED
        reply.save(update_fields=["state"])
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
