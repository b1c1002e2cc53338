"""At the desk: likely duplicates and answers to start from, and what they must never show to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from classifier import noise
from classifier.text import fold
from feedback import actions
from feedback.models import Case, Publication, User
from feedback.reports import shelf, similar
from tests.cast import BIRTH, WEDNESDAY, hire
from tests.feedback.web.desk.conftest import Open, at, do, moment

Send = Callable[..., actions.Receipt]
AGAIN = (
    "Hôm trước tôi đã gửi mà chưa ai trả lời. Vẫn chưa nhận được giấy khai sinh của con, "
    "quá ngày hẹn trả kết quả ba tuần."
)
ADOPTION = "Xin hỏi thủ tục nhận con nuôi trong nước cần giấy tờ gì và nộp ở đâu?"
pytestmark = pytest.mark.usefixtures("similar_at_once")


def found(case: Case, user: User) -> list[str]:
    return [alike.case.reference for alike in similar.duplicates_of(case, user)]


@pytest.mark.parametrize(
    "again",
    [BIRTH, fold(BIRTH), noise.phone(BIRTH), AGAIN],
    ids=["copied", "no accents", "phone", "in other words"],
)
def test_the_same_matter_sent_again_is_found(send: Send, triage_officer: User, again: str) -> None:
    first, other = send().case, send(ADOPTION).case
    second = send(again).case
    assert found(second, triage_officer) == [first.reference]
    assert found(first, triage_officer) == [second.reference]
    assert found(other, triage_officer) == []


def test_the_words_in_common_are_shown_as_the_letter_at_hand_spells_them(
    send: Send, triage_officer: User
) -> None:
    send()
    again = send(AGAIN).case
    (alike,) = similar.duplicates_of(again, triage_officer)
    assert any("quá ngày hẹn trả kết quả" in words for words in alike.words)
    assert all(words in AGAIN for words in alike.words)


def test_a_dossier_code_tells_more_than_words(send: Send, triage_officer: User) -> None:
    first = send("Hồ sơ của tôi bao giờ xong vậy?", dossier_code="H42.17-261101-0007").case
    second = send("Cho hỏi sao lâu thế, tôi chờ mãi.", dossier_code="h42.17-261101-0007").case
    assert found(second, triage_officer) == [first.reference]


def test_sealed_letters_are_never_compared(
    send: Send, integrity_officer: User, triage_officer: User, handler: User
) -> None:
    first, second = send().case, send().case
    sealed = send(visibility="sealed").case
    assert sealed.sealed
    for person in (integrity_officer, triage_officer, handler):
        assert sealed.reference not in found(first, person)
        assert found(sealed, person) == []
    actions.seal(second, reason="Có hành vi nhận tiền.", by=triage_officer, at=WEDNESDAY + timedelta(hours=1))
    assert found(first, triage_officer) == []
    assert similar.SHELVES[0]._texts([sealed.pk, second.pk]) is not None
    assert list(similar.SHELVES[0]._texts([sealed.pk, second.pk])) == []


def test_nobody_sees_letters_of_another_unit_or_about_themselves(
    send: Send, handler: User, triage_officer: User
) -> None:
    mine, other = send().case, send().case
    stranger = hire("can-bo-la", "Chuyên viên phòng khác", ("STP.BTTP", "handler"))
    assert found(mine, handler) == [other.reference]
    assert found(mine, stranger) == []
    actions.set_subject(
        other, unit=None, officer=handler, by=triage_officer, at=WEDNESDAY + timedelta(hours=1)
    )
    assert found(mine, handler) == []


def test_a_letter_that_ended_is_no_duplicate_and_comes_back_when_it_does(
    answered: Case, send: Send, triage_officer: User
) -> None:
    new = send(at=WEDNESDAY + timedelta(days=2)).case
    assert found(new, triage_officer) == []
    at_last = WEDNESDAY + timedelta(days=3)
    actions.reopen(answered, text="Câu trả lời chưa nói đến lệ phí.", by=actions.CITIZEN, at=at_last)
    assert found(new, triage_officer) == [answered.reference]


def test_a_letter_is_found_as_soon_as_the_log_is_looked_at(
    send: Send, triage_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = send().case
    assert found(first, triage_officer) == []  # builds the index
    monkeypatch.setattr(shelf, "LOOK_EVERY", 3600.0)
    second = send().case
    assert found(first, triage_officer) == []
    monkeypatch.setattr(shelf, "LOOK_EVERY", 0.0)
    assert found(first, triage_officer) == [second.reference]


def test_many_new_letters_are_read_beside_the_pages(
    send: Send, triage_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = send().case
    assert found(first, triage_officer) == []
    waiting: list[Callable[[], None]] = []
    monkeypatch.setattr(shelf, "AT_ONCE", 2)
    monkeypatch.setattr(shelf, "LATE", 3)
    monkeypatch.setattr(similar.SHELVES[0], "begin", waiting.append)
    news = [send().case.reference for _ in range(5)]
    assert found(first, triage_officer) == []
    while waiting:
        waiting.pop(0)()  # reads what came, sees that it is much, builds the large index again
    assert sorted(found(first, triage_officer)) == sorted(news)
    assert waiting == []


def test_memory_is_bounded_and_the_newest_stay(
    send: Send, triage_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = [send().case for _ in range(4)]
    monkeypatch.setattr(shelf, "MOST", 2 * len(f" {BIRTH}"))
    similar.SHELVES[0].build()
    assert sorted(similar.SHELVES[0].nearest(BIRTH, 9)) == [case.pk for case in letters[2:]]


def test_triage_shows_them_with_the_merging_prepared(send: Send, triage_officer: User, desk_of: Open) -> None:
    first, second = send().case, send(AGAIN).case
    client = desk_of(triage_officer)
    page = client.get(at(second, "classify")).content.decode()
    assert first.reference in page
    merging = f"{at(second, 'merge')}?into={first.reference}"
    assert merging in page
    assert f'value="{first.reference}"' in client.get(merging).content.decode()
    assert do(client, second, "merge", into=first.reference).status_code == 302
    assert second.merged_into == first
    assert found(first, triage_officer) == []


def beside(case: Case) -> str:
    return reverse("desk_similar", args=[case.reference])


def test_who_may_not_merge_sees_no_offer_to(send: Send, handler: User, auditor: User, desk_of: Open) -> None:
    first, second = send().case, send().case
    page = desk_of(auditor).get(beside(second)).content.decode()
    assert first.reference in page
    assert "/merge/" not in page


def test_the_case_page_fetches_them_after_it_is_drawn(
    send: Send, handler: User, processing: Case, desk_of: Open
) -> None:
    other = send().case
    client = desk_of(handler)
    page = client.get(at(processing)).content.decode()
    assert f'hx-get="{beside(processing)}" hx-trigger="load"' in page
    assert f'<a href="{beside(processing)}">' in page  # without script
    with CaptureQueriesContext(connection) as asked:
        fragment = client.get(beside(processing), headers={"HX-Request": "true"}).content.decode()
    assert other.reference in fragment
    assert "<html" not in fragment
    assert len(asked) <= 9, [q["sql"][:90] for q in asked]
    assert "<html" in client.get(beside(processing)).content.decode()


def test_the_cards_of_a_case_are_for_who_may_see_it(send: Send, handler: User, desk_of: Open) -> None:
    case = send().case
    stranger = hire("can-bo-la", "Chuyên viên phòng khác", ("STP.BTTP", "handler"))
    assert desk_of(stranger).get(beside(case)).status_code == 404
    assert Client().get(beside(case)).status_code == 302
    assert desk_of(handler).get(beside(case)).status_code == 200


# --- Answers to start from ---------------------------------------------------------------------------------------
@pytest.fixture
def published(answered: Case, handler: User, manager: User, wednesday: Any) -> Publication:
    wednesday.move_to(WEDNESDAY + timedelta(days=5))
    body = answered.replies.get().body
    hidden = actions.suggest_spans(answered)[1]
    assert body
    actions.prepare_publication(
        answered, title="Giấy khai sinh quá hẹn", question_spans=[], answer_spans=hidden, include_question=True,
        by=handler, at=moment() + timedelta(days=4),
    )  # fmt: skip
    return actions.publish(answered, by=manager, at=moment() + timedelta(days=4))


@pytest.fixture
def next_letter(published: Publication, send: Send, handler: User) -> Case:
    now = WEDNESDAY + timedelta(days=5)
    case = send(AGAIN, at=now).case
    if case.handler_id is None:
        actions.take(case, by=handler, at=now)
    return actions.accept(case, by=handler, at=now)


def test_the_editor_starts_from_a_published_answer(
    published: Publication, next_letter: Case, handler: User, desk_of: Open
) -> None:
    client = desk_of(handler)
    start = f"{at(next_letter, 'draft_reply')}?start={published.pk}"
    assert start in client.get(beside(next_letter)).content.decode()
    editor = client.get(at(next_letter, "draft_reply"))
    assert start in editor.content.decode()
    assert editor.context["form"].initial["body"] == ""
    begun = client.get(start)
    assert begun.context["form"].initial["body"] == published.answer
    assert "chưa được lưu" in begun.content.decode()
    assert not next_letter.replies.exists()  # nothing is saved by looking


def test_a_start_that_is_not_published_is_none(
    published: Publication, next_letter: Case, handler: User, leader: User, desk_of: Open
) -> None:
    client, editor = desk_of(handler), at(next_letter, "draft_reply")
    for number in ("", "x", "0", "-1", "9" * 40, "²", "٠", str(published.pk + 1)):
        page = client.get(editor, {"start": number})
        assert page.status_code == 200
        assert page.context["form"].initial["body"] == ""
    actions.withdraw_publication(
        published.case, reason="Cần sửa.", by=leader, at=WEDNESDAY + timedelta(days=5, hours=1)
    )
    page = client.get(editor, {"start": str(published.pk)})
    assert page.context["form"].initial["body"] == ""
    assert page.context["starts"] == []


def test_what_was_hidden_stays_a_gap(
    published: Publication, next_letter: Case, handler: User, desk_of: Open
) -> None:
    Publication.objects.filter(pk=published.pk).update(answer="Xin gọi [số điện thoại] trước 16 giờ.")
    client = desk_of(handler)
    body = client.get(at(next_letter, "draft_reply"), {"start": published.pk}).context["form"].initial["body"]
    refused = do(client, next_letter, "draft_reply", body=body, act="submit_reply")
    assert refused.status_code == 422
    assert "[số điện thoại]" in refused.content.decode()
