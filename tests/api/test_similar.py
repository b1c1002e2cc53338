"""POST /similar: has this been answered? Asked by anybody, kept by nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from classifier.text import fold
from feedback import actions
from feedback.models import Case, IntakeDraft, Publication, User
from tests.api.conftest import Caller
from tests.api.test_verbs import done, refused
from tests.cast import BIRTH, WEDNESDAY

pytestmark = pytest.mark.usefixtures("similar_at_once")


@pytest.fixture
def published(answered: Case, handler: User, manager: User) -> Publication:
    at = WEDNESDAY + timedelta(days=3)
    actions.prepare_publication(
        answered, title="Giấy khai sinh quá hẹn", question_spans=[], answer_spans=[], include_question=True,
        by=handler, at=at,
    )  # fmt: skip
    return actions.publish(answered, by=manager, at=at)


def test_anybody_may_ask(published: Publication, anybody: Caller) -> None:
    (found,) = done(anybody.post("/similar", {"text": fold(BIRTH)}))
    assert found["published"]["id"] == published.pk
    assert 0.5 < found["likeness"] <= 1
    assert done(anybody.post("/similar", {"text": "Xin hỏi lệ phí công chứng hợp đồng thuê nhà."})) == []
    assert not IntakeDraft.objects.exists()
    assert Case.objects.count() == 1


def test_a_withdrawn_answer_is_never_among_them(
    published: Publication, leader: User, anybody: Caller
) -> None:
    assert done(anybody.post("/similar", {"text": BIRTH}))
    actions.withdraw_publication(
        published.case, reason="Cần sửa.", by=leader, at=WEDNESDAY + timedelta(days=4)
    )
    assert done(anybody.post("/similar", {"text": BIRTH})) == []


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "text", "required"),
        ({"text": ""}, "text", "required"),
        ({"text": None}, "text", "required"),
        ({"text": ["a"]}, "text", "wrong_value"),
        ({"text": "x" * 20_001}, "text", "wrong_value"),
        ({"text": BIRTH, "most": 0}, "most", "wrong_value"),
        ({"text": BIRTH, "most": 11}, "most", "wrong_value"),
        ({"text": BIRTH, "most": "ba"}, "most", "wrong_value"),
        ({"text": BIRTH, "unit": "STP"}, "unit", "unknown_field"),
    ],
)
def test_bad_input(anybody: Caller, body: dict[str, Any], field: str, code: str) -> None:
    problem = refused(anybody.post("/similar", body), 400, "invalid")
    assert [(e["field"], e["code"]) for e in problem["errors"]] == [(field, code)]


@pytest.mark.parametrize("text", ["🙂", "\x00\x01", "a", "<script>" * 50, "\ud83d lẻ loi"])
def test_odd_texts_are_like_nothing(published: Publication, anybody: Caller, text: str) -> None:
    assert anybody.post("/similar", {"text": text}).status_code in (200, 400)


def test_it_is_asked_in_the_body_only(anybody: Caller) -> None:
    assert anybody.client.get("/api/v1/similar").status_code == 405
    assert anybody.client.get("/api/v1/similar", {"text": BIRTH}).status_code == 400
