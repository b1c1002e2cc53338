"""Models beside each other: promoted with a reason and only when nothing speaks against it, taken back, read along."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback.actions import promotion
from feedback.models import ModelAct, ModelVersion, User
from tests.feedback.web.desk.conftest import Open, moment

State = ModelVersion.State
PAGE = "/can-bo/chat-luong/mo-hinh/"


def figures(accuracy: float) -> dict[str, Any]:
    one = {"accuracy": accuracy, "log_loss": 0.5, "calibration_error": 0.05}
    return {"heads": {"topic": {"letters": 40, "all": one, "clean": one}}, "guarded": {}}


@pytest.fixture(autouse=True)
def readable(monkeypatch: pytest.MonkeyPatch) -> None:
    """No files lie behind these models; what becomes of damaged ones stands in tests/feedback/test_learning.py."""
    monkeypatch.setattr(promotion, "_require_usable", lambda row: None)


@pytest.fixture
def pair(office: None) -> tuple[ModelVersion, ModelVersion]:
    """The model in use, and a better one that waits."""
    old = ModelVersion.objects.create(
        name="m-2026-10-01-1",
        state=State.CHAMPION,
        sha256="a" * 64,
        trained_at=moment() - timedelta(days=30),
        figures=figures(0.80),
    )
    new = ModelVersion.objects.create(
        name="m-2026-11-01-1",
        state=State.CHALLENGER,
        sha256="b" * 64,
        trained_at=moment() - timedelta(days=3),
        examples=25,
        figures=figures(0.85) | {"champion": {"name": old.name, **figures(0.80)}},
        reasons=[{"code": "shadow", "about": "", "before": None, "now": None}],
    )
    return old, new


@pytest.mark.parametrize(
    ("who", "status"),
    [("manager", 200), ("administrator", 200), ("auditor", 200), ("leader", 403), ("handler", 403)],
)
def test_who_sees_the_page(who: str, status: int, desk_of: Open, request: pytest.FixtureRequest) -> None:
    assert desk_of(request.getfixturevalue(who)).get(PAGE).status_code == status


def test_figures_stand_beside_each_other(pair: Any, manager: User, desk_of: Open) -> None:
    page = desk_of(manager).get(PAGE)
    row = page.context["others"][0]["heads"][0]["rows"][0]
    assert (row["before"], row["now"], row["tone"]) == ("80,0 %", "85,0 %", "better")
    assert PAGE in desk_of(manager).get("/can-bo/chat-luong/").content.decode()


def test_promoted_with_a_reason_and_taken_back(pair: Any, manager: User, desk_of: Open) -> None:
    old, new = pair
    desk = desk_of(manager)
    refused = desk.post(PAGE, {"what": "promote", "model": new.name, "why": " "})
    assert refused.status_code == 422
    assert (
        desk.post(PAGE, {"what": "promote", "model": new.name, "why": "Đã xem kết quả."}).status_code == 302
    )
    new.refresh_from_db()
    assert (new.state, new.promoted_by, new.replaced) == (State.CHAMPION, manager, old)
    assert desk.post(PAGE, {"what": "roll_back", "why": "Nhầm hộ tịch với chứng thực."}).status_code == 302
    old.refresh_from_db()
    assert old.state == State.CHAMPION
    told = desk.get(PAGE).content.decode()
    assert "Nhầm hộ tịch với chứng thực." in told
    assert "Mô hình trước đã bị thu lại" in told


def test_a_worse_one_is_refused_with_its_reason(pair: Any, manager: User, desk_of: Open) -> None:
    _old, new = pair
    new.reasons = [{"code": "less_accurate", "about": "topic", "before": 0.8, "now": 0.6}]
    new.save()
    desk = desk_of(manager)
    page = desk.get(PAGE)
    assert 'value="promote"' not in page.content.decode()
    assert "đúng ít hơn" in page.content.decode()
    refused = desk.post(PAGE, {"what": "promote", "model": new.name, "why": "Cứ thử."})
    assert refused.status_code == 422
    assert "kém hơn mô hình đang dùng" in refused.content.decode()
    assert "Cứ thử." in refused.content.decode(), "no word is lost"
    new.refresh_from_db()
    assert new.state == State.CHALLENGER


def test_administrators_only_let_it_read_along(
    pair: Any, administrator: User, auditor: User, desk_of: Open
) -> None:
    _old, new = pair
    desk = desk_of(administrator)
    assert desk.post(PAGE, {"what": "promote", "model": new.name, "why": "x"}).status_code == 403
    assert desk.post(PAGE, {"what": "roll_back", "why": ""}).status_code == 403
    assert desk.post(PAGE, {"what": "shadow", "model": new.name}).status_code == 302
    new.refresh_from_db()
    assert new.shadow_after is not None
    assert desk.post(PAGE, {"what": "unshadow", "model": new.name}).status_code == 302
    assert [act.what for act in ModelAct.objects.order_by("pk")] == ["shadowed", "unshadowed"]
    assert desk_of(auditor).post(PAGE, {"what": "shadow", "model": new.name}).status_code == 403
    assert desk.post(PAGE, {"what": "burn"}).status_code == 404


def test_a_few_queries(pair: Any, manager: User, desk_of: Open) -> None:
    desk = desk_of(manager)
    desk.get(PAGE)
    with CaptureQueriesContext(connection) as asked:
        assert desk.get(PAGE).status_code == 200
    assert len(asked) <= 10
