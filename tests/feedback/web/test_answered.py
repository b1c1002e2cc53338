"""While a citizen types: has this been answered already? An offer that stands in nobody's way and keeps nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classifier.text import fold
from feedback import actions
from feedback.models import Case, IntakeDraft, Publication, User
from feedback.reports import similar
from feedback.web.citizen import limits
from tests.cast import BIRTH, WEDNESDAY
from tests.feedback.web.walk import CHECK, START, said, type_letter

HINT = "/gui-phan-anh/da-tra-loi/"
TITLE = "Trả kết quả đăng ký khai sinh chậm ba tuần"
OFFER = "Có thể câu hỏi của ông/bà đã được trả lời"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("similar_at_once")]


@pytest.fixture
def published(answered: Case, handler: User, manager: User) -> Publication:
    """The late birth certificate, answered and published."""
    at = WEDNESDAY + timedelta(days=3)
    no_spans: dict[str, list[object]] = {"question_spans": [], "answer_spans": []}
    actions.prepare_publication(answered, title=TITLE, include_question=True, by=handler, at=at, **no_spans)  # type: ignore[arg-type]  # empty
    return actions.publish(answered, by=manager, at=at)


def offered(client: Client, text: str) -> list[int]:
    response = client.post(HINT, {"text": text})
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return [int(row["url"].rstrip("/").rpartition("/")[2]) for row in response.context["answered"]]


def test_an_answer_is_found_without_accents_and_with_slips(published: Publication, client: Client) -> None:
    slips = "toi nop ho so dang ky khai sihn cho con qua ngay hen tra ket quar 3 tuan ma chua nhan dc giay"
    for text in (BIRTH, fold(BIRTH), slips):
        assert offered(client, text) == [published.pk]
    page = said(client.post(HINT, {"text": BIRTH}))
    assert OFFER in page
    assert TITLE in page
    assert 'target="_blank" rel="noopener"' in page


def test_little_and_other_matters_are_offered_nothing(published: Publication, client: Client) -> None:
    for text in (
        "",
        "khai sinh chậm",
        "Xin hỏi thủ tục nhận con nuôi trong nước cần chuẩn bị những giấy tờ gì?",
    ):
        assert offered(client, text) == []
    assert OFFER not in said(client.post(HINT, {"text": "🙂" * 60}))
    assert offered(client, "xyzzy " * 4_000) == []


def test_a_withdrawn_answer_is_gone_at_once(
    published: Publication, leader: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert offered(client, BIRTH) == [published.pk]
    monkeypatch.setattr("feedback.reports.shelf.LOOK_EVERY", 3600.0)  # the index itself has not heard of it
    at = WEDNESDAY + timedelta(days=4)
    actions.withdraw_publication(published.case, reason="Cần sửa.", by=leader, at=at)
    assert offered(client, BIRTH) == []


def test_an_answer_published_later_is_found(client: Client, request: pytest.FixtureRequest) -> None:
    assert offered(client, BIRTH) == []
    later: Publication = request.getfixturevalue("published")
    assert offered(client, BIRTH) == [later.pk]


def test_the_form_works_while_there_is_no_index(
    published: Publication, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[Callable[[], None]] = []
    for shelf in similar.SHELVES:
        monkeypatch.setattr(shelf, "begin", waiting.append)
    assert offered(client, BIRTH) == offered(client, BIRTH) == []
    assert len(waiting) == 1  # nobody begins a second building beside the first
    waiting[0]()
    assert offered(client, BIRTH) == [published.pk]


def test_a_building_that_fails_is_told_without_a_word_of_the_letter(
    published: Publication, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_given: object) -> None:
        raise ValueError(BIRTH)

    with monkeypatch.context() as patch, caplog.at_level(logging.INFO):
        patch.setattr("feedback.reports.shelf.usual_usage", broken)
        assert offered(client, BIRTH) == []
        logging.getLogger("feedback").propagate = True
    assert offered(client, BIRTH) == []  # not tried again for a minute
    assert BIRTH not in caplog.text
    monkeypatch.setattr("feedback.reports.shelf.TRY_AGAIN", 0.0)
    assert offered(client, BIRTH) == [published.pk]


def test_without_script_the_last_page_says_it(published: Publication, client: Client) -> None:
    type_letter(client, BIRTH)
    page = said(client.get(CHECK))
    assert OFFER in page
    assert f'href="/cong-khai/{published.pk}/"' in page


def test_what_is_typed_is_neither_kept_nor_asked_for_in_an_address(
    published: Publication, client: Client
) -> None:
    assert client.get(HINT, {"text": BIRTH}).status_code == 405
    offered(client, BIRTH)
    with CaptureQueriesContext(connection) as asked:
        offered(client, BIRTH)
    assert len(asked) == 2, [q["sql"][:90] for q in asked]  # the log, the answers
    assert not [q for q in asked if "khai sinh" in q["sql"] or not q["sql"].startswith("SELECT")]
    assert not IntakeDraft.objects.exists()


def test_strangers_need_the_pages_own_token_and_some_patience(
    published: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Client(enforce_csrf_checks=True).post(HINT, {"text": BIRTH}).status_code == 403
    monkeypatch.setattr(limits, "HINTS_AN_HOUR", 2)
    client = Client()
    assert [client.post(HINT, {"text": BIRTH}).status_code for _ in range(3)] == [200, 200, 429]
    assert client.post(START, {"text": BIRTH}).status_code == 302  # the letter itself is not hindered
