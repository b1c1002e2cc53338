"""The way of a letter, through the verbs: received, classified, assigned, clocked, answered, published, rated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback import actions
from feedback.errors import InvalidInput
from feedback.models import Case, CaseEvent, Rating, User, catalogue
from feedback.reports.timeline import timeline
from tests.cast import BIRTH, WEDNESDAY, later

Send = Callable[..., actions.Receipt]


def test_a_letter_is_received_classified_assigned_and_on_a_clock(handler: User, send: Send) -> None:
    receipt = send()
    case = Case.objects.get(pk=receipt.case.pk)
    assert case.fits_secret(receipt.secret)
    assert case.fits_secret(receipt.secret.lower().replace("-", " "))
    assert not case.fits_secret("0000-0000-0000-0000")
    assert case.topic_id == "HT.KS"
    assert case.kind_id == "PHAN_ANH"
    assert (case.status, case.handler) == ("assigned", handler)
    # accept within 2 working days (Fri 6 Nov), reply 10 working days later: Fri 20 Nov 2026, closing time.
    assert case.due_at.astimezone(WEDNESDAY.tzinfo) == datetime(2026, 11, 20, 17, 0, tzinfo=WEDNESDAY.tzinfo)
    verbs = list(case.events.order_by("seq").values_list("verb", flat=True))
    assert verbs == ["submit", "classify", "assign"]


def test_answered_published_rated(assigned: Case, handler: User, leader: User, manager: User) -> None:
    case = assigned
    actions.accept(case, by=handler, at=later(hours=1))
    actions.ask_citizen(case, question="Xin cho biết ngày hẹn trên giấy hẹn.", by=handler, at=later(days=1))
    due_before = case.due_at
    actions.answer_info(case, text="Ngày hẹn là 12/10/2026.", by=actions.CITIZEN, at=later(days=6))
    assert case.status == "processing"
    assert case.due_at > due_before
    actions.submit_reply(
        case, body="Kính gửi ông/bà, giấy khai sinh đã có tại bộ phận một cửa.", by=handler, at=later(days=7)
    )
    actions.return_reply(case, remarks="Ghi rõ địa chỉ.", by=leader, at=later(days=7, hours=1))
    actions.submit_reply(
        case, body="Kính gửi ông/bà, giấy khai sinh đã có tại số 1.", by=handler, at=later(days=7, hours=2)
    )
    actions.approve_reply(case, by=leader, at=later(days=8))
    assert case.status == "answered"
    assert case.clocks.get(name="reply").verdict == "met"
    question, answer = actions.suggest_spans(case)
    actions.prepare_publication(
        case,
        title="Trả kết quả đăng ký khai sinh chậm",
        question_spans=question,
        answer_spans=answer,
        include_question=True,
        by=handler,
        at=later(days=8, hours=1),
    )
    published = actions.publish(case, by=manager, at=later(days=8, hours=2))
    assert published.question == BIRTH
    actions.rate(case, score=Rating.Score.SATISFIED, at=later(days=9))
    reads = [entry.sentence for entry in timeline(case)]
    assert "Đã có trả lời; nội dung ở phần Trả lời." in reads
    assert not any("Ghi rõ" in entry.message for entry in timeline(case))


def test_every_act_is_one_more_event_in_one_chain(assigned: Case, handler: User) -> None:
    actions.accept(assigned, by=handler, at=later(hours=1))
    events = list(CaseEvent.objects.filter(case=assigned).order_by("seq"))
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    assert all(e.hash == e.compute_hash() for e in events)
    assert [e.previous_hash for e in events[1:]] == [e.hash for e in events[:-1]]
    assert assigned.event_head == events[-1].hash


def test_submitting_stays_within_its_queries(handler: User, send: Send) -> None:
    catalogue()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        send(phone="0100 000 012", name="Công dân 12")
    spoken = [q["sql"] for q in queries if "SAVEPOINT" not in q["sql"]]
    assert len(spoken) <= 12, "\n".join(spoken)


@pytest.mark.parametrize("text", ["", "a", " \n\t ", "x" * 100_000])
def test_what_cannot_be_kept_is_refused_with_a_sentence(text: str, send: Send) -> None:
    with pytest.raises(InvalidInput) as refused:
        send(text=text)
    assert refused.value.errors["text"].sentence("vi")
    assert Case.objects.count() == 0


@pytest.mark.parametrize(
    "text",
    [
        "toi nop ho so khai sinh cho con qua han roi ma chua co ket qua",
        "Tôi nộp hồ sơ khai sinh",
        "😀😀😀😀😀😀😀😀😀😀😀",
        "‮Tôi nộp hồ sơ khai sinh đã lâu‬ مرحبا",
        "To\u0302i no\u0323\u0302p ho\u0302\u0300 so\u031b khai sinh cho con",
        "Tôi nộp\x00 hồ sơ \x07 khai sinh \ud800 chưa có kết quả",
    ],
)
def test_every_way_of_writing_is_received(text: str, send: Send) -> None:
    case = Case.objects.get(pk=send(text=text).case.pk)
    assert case.unit_id
    assert case.due_at > WEDNESDAY
    assert case.needs_triage or case.topic_id
