"""The public view of an answered case: spans hidden, looked at twice, published, withdrawn with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from feedback import errors, privacy
from feedback.actions.outcome import latest_reply
from feedback.actions.replies import SecondPairOfEyes
from feedback.actions.spine import Work, act, storable
from feedback.models import Case, Identity, Message, Publication, User, catalogue, fingerprint


class NothingToPublish(errors.OfficeError):
    code = "nothing_to_publish"
    status = 409
    vi = "Chưa có bản công khai được soạn, hoặc bản này không ở trạng thái phù hợp."
    en = "No public version was prepared, or it is not in the right state."


class LeaksPersonalData(errors.OfficeError):
    code = "leaks_personal_data"
    status = 409
    vi = "Bản công khai còn lộ {count} thông tin của người gửi (tên, số điện thoại …). Xin che thêm rồi lưu lại."
    en = "The public version still shows {count} personal details of the sender. Hide them and save again."


class LetterNeverPublished(errors.OfficeError):
    code = "letter_never_published"
    status = 403
    vi = "Đơn giữ kín, khiếu nại và tố cáo không được công khai nội dung đơn; chỉ có thể công khai câu trả lời."
    en = "Sealed letters, complaints and denunciations are never published; only the answer may be."


def letter_may_be_published(case: Case) -> bool:
    """Sealed, khiếu nại and tố cáo: never the letter itself."""
    kind = catalogue().kinds.get(case.kind_id or "")
    return (
        not case.sealed and case.visibility != Case.Visibility.SEALED and not (kind and kind.never_published)
    )


def suggest_spans(case: Case) -> tuple[list[privacy.Span], list[privacy.Span]]:
    """(question, answer) spans the detector would hide; a person decides."""
    reply = latest_reply(case)
    return privacy.detect(case.text), privacy.detect(reply.body if reply else "")


def prepare_publication(
    case: Case,
    *,
    title: str,
    question_spans: Sequence[privacy.Span],
    answer_spans: Sequence[privacy.Span],
    include_question: bool,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> Publication:
    """Write the public version for a second person to look at. Raises LetterNeverPublished, FieldRequired."""
    title = storable(title)
    if not title.strip():
        raise errors.FieldRequired("title")
    if len(title) > 200:
        raise errors.TextTooLong("title", length=len(title), maximum=200)
    with act(case, "prepare_publication", by=by, at=at, seen=seen) as work:
        if include_question and not letter_may_be_published(work.case):
            raise LetterNeverPublished
        row = _fresh(work, title, include_question, by)
        row.question_spans, row.answer_spans = _as_data(question_spans), _as_data(answer_spans)
        row.render()
        row.save()
        hidden = len(question_spans) + len(answer_spans)
        work.internal = {"publication": row.pk, "hidden": hidden, "question": include_question}
    return row


def _as_data(spans: Sequence[privacy.Span]) -> list[dict[str, object]]:
    return [
        {"start": s.start, "end": s.end, "kind": s.kind, "reason": s.reason, "source": s.source}
        for s in spans
    ]


def _fresh(work: Work, title: str, include_question: bool, by: User) -> Publication:
    case = work.case
    reply = latest_reply(case)
    if reply is None or reply.approved_at is None:
        raise NothingToPublish
    row = Publication.objects.filter(case=case).first() or Publication(case=case)
    if row.state == Publication.State.PUBLISHED:
        raise NothingToPublish  # withdraw it first: what the public has read does not change under its eyes
    row.reply, row.title, row.include_question = reply, title.strip(), include_question
    row.state, row.prepared_by, row.published_by = Publication.State.PREPARED, by, None
    row.published_at = row.withdrawn_at = None
    row.topic_id, row.issue_id, row.unit_id, row.procedure_id = (
        case.topic_id,
        case.issue_id,
        case.unit_id,
        case.procedure_id,
    )
    row.received_on = timezone.localtime(case.received_at).date()
    row.answered_on = timezone.localtime(reply.approved_at).date()
    return row


def publish(case: Case, *, by: User, at: datetime, seen: int | None = None) -> Publication:
    """Publish what another person prepared. Raises SecondPairOfEyes, LeaksPersonalData, LetterNeverPublished."""
    with act(case, "publish", by=by, at=at, seen=seen) as work:
        row = (
            Publication.objects.select_for_update()
            .filter(case=work.case, state=Publication.State.PREPARED)
            .first()
        )
        if row is None:
            raise NothingToPublish
        if row.prepared_by_id == by.pk:
            raise SecondPairOfEyes
        if row.include_question and not letter_may_be_published(work.case):
            raise LetterNeverPublished
        row.render()
        _check_leaks(row)
        row.state, row.published_by, row.published_at = Publication.State.PUBLISHED, by, at
        row.save()
        work.public = {"publication": row.pk}
        work.internal = {"sha256": fingerprint(row.question + "\n" + row.answer)}
    return row


def _check_leaks(row: Publication) -> None:
    """The sender's own details must not be readable in what goes out."""
    identity = Identity.objects.filter(case=row.case).first()
    known = [v for v in identity.details.values() if v] if identity else []
    found = privacy.leaks(f"{row.title}\n{row.question}\n{row.answer}", known)
    if found:
        raise LeaksPersonalData(count=len(found))


def withdraw_publication(
    case: Case, *, reason: str, by: User, at: datetime, seen: int | None = None
) -> Publication:
    """Take it down; the page says so and why."""
    with act(case, "withdraw_publication", by=by, at=at, seen=seen) as work:
        row = Publication.objects.filter(case=work.case, state=Publication.State.PUBLISHED).first()
        if row is None:
            raise NothingToPublish
        work.say(Message.Purpose.REASON, reason, field="reason")
        row.state, row.withdrawn_at, row.withdrawn_reason = Publication.State.WITHDRAWN, at, storable(reason)
        row.save(update_fields=["state", "withdrawn_at", "withdrawn_reason"])
        work.public |= {"publication": row.pk}
    return row
