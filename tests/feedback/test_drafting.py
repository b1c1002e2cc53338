"""The draft while it is written: nobody's words are written over, earlier states come back, questions are ticked."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from feedback import actions, errors
from feedback.actions import drafting
from feedback.models import Case, DraftVersion, Question, Reply, User
from feedback.reports import log
from tests.cast import BIRTH, later

Send = Callable[..., actions.Receipt]
ASKING = f"{BIRTH} Bao giờ cháu có giấy? Tôi phải gặp ai ở một cửa."


def keep(case: Case, body: str, by: User, at: float = 0, **upon: str) -> Reply:
    return actions.keep_draft(case, body=body, by=by, at=later(hours=2, minutes=at), **upon)


def bodies(case: Case, **which: object) -> list[str]:
    return list(case.draft_versions.filter(**which).values_list("body", flat=True))


# --- Saving ----------------------------------------------------------------------------------------
def test_saving_writes_no_event_and_leaves_the_version(processing: Case, handler: User) -> None:
    before = (processing.version, processing.event_seq)
    reply = keep(processing, "Kính gửi", handler)
    keep(processing, "Kính gửi ông/bà", handler, mark=actions.mark_of(reply))
    processing.refresh_from_db()
    assert (processing.version, processing.event_seq) == before
    assert [r.body for r in processing.replies.all()] == ["Kính gửi ông/bà"]
    assert not list(log.verify())


def test_two_pages_at_once_and_neither_loses_a_word(processing: Case, handler: User) -> None:
    first = keep(processing, "Một", handler, mark="0.0", window="a")
    mark = actions.mark_of(first)
    keep(processing, "Một hai", handler, mark=mark, window="a")
    with pytest.raises(actions.DraftMoved):
        keep(processing, "Một ba", handler, mark=mark, window="b")
    assert processing.replies.get().body == "Một hai"
    assert bodies(processing, aside=True) == ["Một ba"]


def test_an_answer_lost_on_the_way_is_no_conflict(processing: Case, handler: User) -> None:
    """The server saved, the browser never heard of it and sends more words upon the old mark."""
    keep(processing, "Một", handler, mark="0.0", window="a")
    keep(processing, "Một hai", handler, mark="0.0", window="a")
    keep(processing, "Một hai", handler, mark="0.0", window="b")  # the same words are no conflict either
    assert processing.replies.get().body == "Một hai"


def test_who_lost_the_case_while_writing_keeps_the_words_beside(
    processing: Case, handler: User, colleague: User, leader: User
) -> None:
    reply = keep(processing, "Của người thứ nhất.", handler)
    actions.assign(processing, handler=colleague, by=leader, at=later(hours=3))
    actions.accept(processing, by=colleague, at=later(hours=4))
    actions.keep_draft(
        processing, body="Của người thứ hai.", by=colleague, at=later(hours=5), mark=actions.mark_of(reply)
    )
    with pytest.raises(errors.NotAllowed):
        actions.keep_draft(processing, body="Của người thứ nhất, viết tiếp.", by=handler, at=later(hours=5))
    assert processing.replies.get().body == "Của người thứ hai."
    assert bodies(processing, aside=True) == ["Của người thứ nhất, viết tiếp."]
    assert bodies(processing, aside=False) == ["Của người thứ nhất."]


def test_a_stranger_lays_nothing_aside(processing: Case, stranger: User) -> None:
    with pytest.raises(errors.NotAllowed):
        keep(processing, "Lời lạ.", stranger)
    assert not DraftVersion.objects.exists()


def test_words_typed_after_handing_in_are_kept_beside(processing: Case, handler: User) -> None:
    actions.submit_reply(processing, body="Đã có giấy.", by=handler, at=later(hours=2))
    with pytest.raises(errors.WrongState):
        actions.keep_draft(processing, body="Đã có giấy, thêm một câu.", by=handler, at=later(hours=3))
    assert processing.replies.get().body == "Đã có giấy."
    assert bodies(processing, aside=True) == ["Đã có giấy, thêm một câu."]


@pytest.mark.parametrize("verb", [actions.draft_reply, actions.submit_reply])
def test_the_acts_refuse_an_old_mark_too(processing: Case, handler: User, verb: Callable[..., Reply]) -> None:
    keep(processing, "Một", handler)
    with pytest.raises(actions.DraftMoved):
        verb(processing, body="Hai", by=handler, at=later(hours=3), mark="0.0", window="khác")
    assert processing.status == "processing"
    assert bodies(processing, aside=True) == ["Hai"]


def test_news_of_the_case_do_not_stop_a_draft_but_handing_in(processing: Case, handler: User) -> None:
    seen = processing.version
    actions.request_extension(processing, reason="Xác minh.", by=handler, at=later(hours=2))
    mark = "0.0"
    reply = actions.draft_reply(processing, body="Một", by=handler, at=later(hours=3), seen=seen, mark=mark)
    with pytest.raises(errors.StaleVersion):
        actions.submit_reply(
            processing, body="Một", by=handler, at=later(hours=3), seen=seen, mark=actions.mark_of(reply)
        )


@pytest.mark.parametrize(
    ("body", "error"),
    [(" \n", errors.FieldRequired), ("\x00", errors.FieldRequired), ("x" * 20_001, errors.TextTooLong)],
)
def test_nothing_and_too_much_are_not_saved(
    processing: Case, handler: User, body: str, error: type[errors.OfficeError]
) -> None:
    with pytest.raises(error):
        keep(processing, body, handler)
    assert not processing.replies.exists()


# --- Earlier states -----------------------------------------------------------------------------------
def test_an_earlier_state_every_few_minutes(processing: Case, handler: User) -> None:
    for minute in range(13):
        keep(processing, "chữ " * (minute + 1), handler, minute)
    gaps = [v.saved_at for v in reversed(actions.draft_versions(processing))]
    assert len(gaps) == 4  # of the minutes 0, 3, 6 and 9
    assert all(b - a >= drafting.KEEP_EVERY for a, b in itertools.pairwise(gaps))


def test_a_great_loss_is_kept_at_once_and_brought_back(processing: Case, handler: User) -> None:
    long = "Kính gửi ông/bà, " + "hồ sơ đã xong. " * 30
    keep(processing, "Mở đầu", handler)
    keep(processing, long, handler)
    keep(processing, "x", handler, 0.1)
    version = processing.draft_versions.get(body=long)
    actions.restore_draft(processing, version, by=handler, at=later(hours=3), mark="1.3")
    assert processing.replies.get().body == long
    assert "x" in bodies(processing)
    with pytest.raises(actions.DraftMoved):
        actions.restore_draft(
            processing, version.__class__(body="y"), by=handler, at=later(hours=3), mark="1.3"
        )


def test_at_most_fifty_are_kept(processing: Case, handler: User) -> None:
    for minute in range(0, 4 * 60, 4):
        keep(processing, f"Bản {minute}", handler, minute)
    kept = actions.draft_versions(processing)
    assert len(kept) == drafting.KEPT
    assert kept[0].body == "Bản 232"


def test_only_the_writer_restores(processing: Case, handler: User, leader: User) -> None:
    keep(processing, "Một", handler)
    keep(processing, "Hai", handler, 5)
    with pytest.raises(errors.NotAllowed):
        actions.restore_draft(processing, actions.draft_versions(processing)[0], by=leader, at=later(hours=3))


def test_a_returned_reply_goes_on_in_a_new_version(processing: Case, handler: User, leader: User) -> None:
    first = actions.submit_reply(processing, body="Một", by=handler, at=later(hours=2))
    actions.return_reply(processing, remarks="Ghi rõ ngày.", by=leader, at=later(hours=3))
    keep(processing, "Một, ngày 12", handler, 90, mark=actions.mark_of(first))
    assert [(r.number, r.state, r.body) for r in processing.replies.all()] == [
        (1, "returned", "Một"),
        (2, "draft", "Một, ngày 12"),
    ]


# --- Questions ------------------------------------------------------------------------------------------
@pytest.fixture
def asking(send: Send, handler: User, leader: User) -> Case:
    case = send(ASKING).case
    if case.handler != handler:
        actions.assign(case, handler=handler, by=leader, at=later(minutes=1))
    return actions.accept(case, by=handler, at=later(hours=1))


def texts(case: Case) -> list[str]:
    return [item.text for item in actions.checklist(case)]


def test_the_questions_of_the_letter_in_their_order(asking: Case) -> None:
    assert texts(asking) == ["Bao giờ cháu có giấy?", "Tôi phải gặp ai ở một cửa."]
    assert not Question.objects.exists()


def test_handing_in_waits_for_every_question(asking: Case, handler: User) -> None:
    def hand_in(*ticks: actions.Tick) -> None:
        actions.submit_reply(asking, body="Ngày 12.", by=handler, at=later(hours=2), ticks=ticks)

    first, second = (item.key for item in actions.checklist(asking))
    with pytest.raises(actions.UnansweredQuestions) as found:
        actions.submit_reply(asking, body="Ngày 12.", by=handler, at=later(hours=2))
    assert found.value.data["keys"] == [first, second]
    assert not any(word in str(found.value) for word in ("Bao giờ", "gặp ai"))
    with pytest.raises(actions.UnansweredQuestions):
        hand_in(actions.Tick(first))
    with pytest.raises(actions.StrikeWithoutReason):
        hand_in(actions.Tick(first), actions.Tick(second, "struck"))
    assert asking.status == "processing"
    hand_in(actions.Tick(first, remark="Đoạn 2"), actions.Tick(second, "struck", "Không phải câu hỏi."))
    assert asking.status == "pending_approval"
    event = asking.events.get(verb="submit_reply")
    assert event.internal["questions"] == {"answered": 1, "struck": 1}
    assert [(i.state, i.remark) for i in actions.checklist(asking)] == [
        ("answered", "Đoạn 2"),
        ("struck", "Không phải câu hỏi."),
    ]


def test_a_letter_without_a_question_has_the_main_request(processing: Case, handler: User) -> None:
    assert [item.key for item in actions.checklist(processing)] == ["main"]
    with pytest.raises(actions.UnansweredQuestions):
        actions.submit_reply(processing, body="Đã xong.", by=handler, at=later(hours=2), ticks=[])
    actions.submit_reply(
        processing, body="Đã xong.", by=handler, at=later(hours=2), ticks=[actions.Tick("main")]
    )


def test_striking_every_question_leaves_the_main_request(asking: Case, handler: User) -> None:
    ticks = [actions.Tick(item.key, "struck", "Không hỏi.") for item in actions.checklist(asking)]
    items = actions.settle_questions(asking, ticks=ticks, by=handler, at=later(hours=2))
    assert [item.key for item in items if not item.settled] == ["main"]


def test_a_question_is_added_and_must_be_ticked(processing: Case, handler: User) -> None:
    at = later(hours=2)
    items = actions.settle_questions(processing, ticks=(), by=handler, at=at, added=["Lỗi của ai?", " "])
    assert [(item.text, item.added) for item in items] == [("Lỗi của ai?", True)]
    with pytest.raises(actions.UnansweredQuestions):
        actions.submit_reply(processing, body="Đã xong.", by=handler, at=at)
    actions.submit_reply(processing, body="Xong.", by=handler, at=at, ticks=[actions.Tick(items[0].key)])


def test_ticks_are_taken_back_and_nonsense_is_ignored(asking: Case, handler: User) -> None:
    key = actions.checklist(asking)[0].key
    for state in ("answered", "open"):
        items = actions.settle_questions(
            asking, ticks=[actions.Tick(key, state)], by=handler, at=later(hours=2)
        )
        assert items[0].state == state
    nonsense = [actions.Tick("t1-2"), actions.Tick("a999"), actions.Tick("m-1"), actions.Tick(key, "wild")]
    actions.settle_questions(asking, ticks=nonsense, by=handler, at=later(hours=2))
    assert Question.objects.count() == 1


def test_only_the_writer_ticks(asking: Case, leader: User) -> None:
    with pytest.raises(errors.NotAllowed):
        actions.settle_questions(asking, ticks=[actions.Tick("main")], by=leader, at=later(hours=2))


def test_what_the_citizen_adds_asks_too_and_a_second_answer_begins_anew(
    asking: Case, handler: User, leader: User
) -> None:
    actions.add_information(asking, text="Xin hỏi thêm: lệ phí là bao nhiêu?", at=later(hours=2))
    assert texts(asking)[-1] == "Xin hỏi thêm: lệ phí là bao nhiêu?"
    ticks = [actions.Tick(item.key) for item in actions.checklist(asking)]
    actions.submit_reply(asking, body="Ngày 12, không thu.", by=handler, at=later(hours=3), ticks=ticks)
    actions.approve_reply(asking, by=leader, at=later(hours=4))
    actions.reopen(asking, text="Ngày 12 là tháng nào?", by=actions.CITIZEN, at=later(days=1))
    assert texts(asking) == ["Ngày 12 là tháng nào?"]


@given(steps=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3)), max_size=12))
def test_no_text_is_lost_in_any_order_of_saving(handler: User, steps: list[tuple[str, int]]) -> None:
    """Two windows save in any order with any marks they may hold: every text sent is the draft, or is kept."""
    with transaction.atomic():
        save_in_turn(handler, steps)
        transaction.set_rollback(True)


def save_in_turn(handler: User, steps: list[tuple[str, int]]) -> None:
    case = actions.submit(actions.Letter(text=BIRTH), by=actions.CITIZEN, at=later()).case
    Case.objects.filter(pk=case.pk).update(
        status="processing", handler=handler, unit="STP.HCTP", sealed=False
    )
    case.refresh_from_db()
    marks = {"a": "0.0", "b": "0.0"}
    sent: list[str] = []
    for number, (window, fresh) in enumerate(steps):
        text = f"Bản thứ {number} " + "chữ " * (60 * (number % 2))
        sent.append(text)
        try:
            reply = actions.keep_draft(
                case,
                body=text,
                by=handler,
                at=later(minutes=4 * number),
                mark=marks[window],
                window=window,
            )
            marks[window] = actions.mark_of(reply)
        except actions.DraftMoved:
            if fresh:  # the person looked at both and goes on from the newest
                marks[window] = actions.mark_of(drafting.newest(case))
    there = {
        *case.replies.values_list("body", flat=True),
        *case.draft_versions.values_list("body", flat=True),
    }
    last_of = {window: sent[max(i for i, s in enumerate(steps) if s[0] == window)] for window, _f in steps}
    assert set(last_of.values()) <= there
