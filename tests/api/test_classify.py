"""POST /classify: a dry question. It answers as `submit` would sort, and neither keeps nor logs what it was asked."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

import classifier
from feedback.actions import places
from feedback.models import Case, CaseEvent, Suggestion, User
from tests.api.conftest import Caller
from tests.api.test_verbs import done, refused
from tests.cast import BIRTH

Calling = Callable[..., Caller]


@pytest.fixture
def asking(token_for: Callable[..., str]) -> Caller:
    """A portal that may only ask."""
    return Caller(token=token_for(None, "classify"))


def codes(body: dict[str, Any]) -> dict[str, str]:
    return {e["field"]: e["code"] for e in body["errors"]}


def test_a_text_is_answered_whole(asking: Caller) -> None:
    found = done(asking.post("/classify", {"text": BIRTH}))
    assert found["topic"]["guesses"][0] == {
        "code": "HT.KS",
        "name": "Khai sinh",
        "probability": found["topic"]["confidence"],
    }
    for head in ("topic", "issue", "kind"):
        assert len(found[head]["guesses"]) <= 3
        assert all(BIRTH[e["start"] : e["end"]] == e["word"] for e in found[head]["evidence"])
    assert found["topic"]["evidence"]
    assert found["place"] == {"unit": None, "found": "none", "in_text": "none", "spans": []}
    assert found["competent"]["unit"]["code"] == "STP.HCTP"
    assert (found["competent"]["why"], found["competent"]["sentence"]) == (
        "fallback",
        "chưa biết nơi xảy ra việc",
    )
    assert found["deadline"]["kind"]["code"] == "PHAN_ANH"
    assert found["deadline"]["sentences"]
    english = done(asking.post("/classify", {"text": BIRTH}, Accept_Language="en"))
    assert english["topic"]["guesses"][0]["name"] == "Birth registration"
    assert english["competent"]["sentence"] == "the place is not known"


def test_the_place_given_wins_over_the_one_named(asking: Caller) -> None:
    text = f"{BIRTH} Tôi nộp ở xã Lúa Non."
    named = done(asking.post("/classify", {"text": text}))
    assert named["place"]["unit"]["code"] == "XA_CU.LUA_NON"
    [span] = named["place"]["spans"]
    assert text[span["start"] : span["end"]] == "xã Lúa Non"
    assert (named["competent"]["unit"]["code"], named["competent"]["why"]) == ("XA.LUA_VANG", "named")
    given = done(asking.post("/classify", {"text": text, "place": "XA.SONG_EM"}))
    assert (given["place"]["found"], given["competent"]["why"]) == ("given", "place")
    assert given["competent"]["unit"]["code"] == "XA.SONG_EM"
    both = done(asking.post("/classify", {"text": f"{text} Rồi chuyển sang phường Sen Hồng."}))
    assert (both["place"]["in_text"], both["place"]["unit"]) == ("several", None)


def test_another_agency_is_named_as_such(asking: Caller) -> None:
    text = "Tôi cần cấp phiếu lý lịch tư pháp số 2 để đi nước ngoài, xin hỏi nộp ở đâu?"
    found = done(asking.post("/classify", {"text": text}))
    assert found["competent"]["agency"]["code"] == "CA_TINH"
    assert found["needs_person"]


def test_a_suspicion_is_told_and_needs_a_person(asking: Caller) -> None:
    text = "Tôi tố cáo ông cán bộ tư pháp xã nhận hối lộ hai triệu đồng rồi mới ký giấy."
    found = done(asking.post("/classify", {"text": text}))
    assert "suspected_denunciation" in found["flags"]
    assert found["needs_person"]
    assert found["deadline"]["kind"]["code"] == "TO_CAO"


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "text", "required"),
        ({"text": ""}, "text", "required"),
        ({"text": " \n"}, "text", "required"),
        ({"text": None}, "text", "required"),
        ({"text": "á" * 20_001}, "text", "text_too_long"),
        ({"text": ["a"]}, "text", "wrong_value"),
        ({"text": {"a": 1}}, "text", "wrong_value"),
        ({"text": True}, "text", "wrong_value"),
        ({"text": "x", "place": "KHONG_CO"}, "place", "unknown_code"),
        ({"text": "x", "place": "\ud800"}, "place", "wrong_value"),
        ({"text": "x", "place": None}, "place", "required"),
        ({"text": "x", "noi_dung": "y"}, "noi_dung", "unknown_field"),
    ],
)
def test_questions_that_are_refused(asking: Caller, body: dict[str, Any], field: str, code: str) -> None:
    response = asking.post("/classify", body)
    assert response.status_code == 400, response.content
    assert codes(response.json()) == {field: code}


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "á" * 20_000,
        unicodedata.normalize("NFD", BIRTH),
        "😡😡😡",
        "My birth certificate is late.",
        "\x00\x01 MZ\x90 nhị phân",
        "lẻ \ud83d loi",
        "xã " * 6_000,
        "\u202eđảo chiều\u202c",
    ],
    ids=["one", "longest", "nfd", "emoji", "english", "binary", "surrogate", "heads", "rtl"],
)
def test_every_text_is_answered_or_abstained(asking: Caller, text: str) -> None:
    found = done(asking.post("/classify", {"text": text}))
    for head in ("topic", "issue", "kind"):
        for e in found[head]["evidence"]:
            assert text.encode("utf-8", "replace").decode()[e["start"] : e["end"]] == e["word"]


def test_nothing_is_kept_and_nothing_is_told_to_the_log(
    asking: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "Chuyện riêng của Công dân 12 ở phường Sen Hồng, xin đừng ghi lại."
    with caplog.at_level(logging.DEBUG):
        done(asking.post("/classify", {"text": secret}))
        with (
            patch("feedback.actions.classification.standing", side_effect=ValueError(secret)),
            patch.object(places, "_gazetteer", side_effect=ValueError(secret)),
        ):
            asking.post("/classify", {"text": secret})
    assert "riêng" not in "".join(record.getMessage() + str(record.exc_info) for record in caplog.records)
    assert not any(table.objects.exists() for table in (Case, Suggestion, CaseEvent))
    assert asking.post("/classify", {"text": secret})["Cache-Control"] == "no-store"


def test_without_a_model_it_says_so(asking: Caller, office: None) -> None:
    with patch("feedback.actions.classification.suggest", return_value=None):
        response = asking.post("/classify", {"text": BIRTH})
    body = refused(response, 503, "no_classifier")
    assert int(response["Retry-After"]) > 0
    assert "cán bộ" in body["detail"]


def test_an_engine_that_knows_nothing_abstains(asking: Caller, settings: Any) -> None:
    null = classifier.NullEngine().suggest("")
    with patch("feedback.actions.classification.suggest", return_value=null):
        found = done(asking.post("/classify", {"text": BIRTH}))
    assert found["topic"]["abstained"]
    assert found["needs_person"]
    assert found["deadline"] is None
    assert found["competent"]["unit"]["code"] == "STP.VP"


def test_a_place_that_cannot_be_read_costs_nothing(asking: Caller) -> None:
    with patch.object(places, "_gazetteer", side_effect=ValueError):
        assert done(asking.post("/classify", {"text": BIRTH}))["place"]["in_text"] == "none"


def test_who_may_ask(
    token_for: Callable[..., str], calling: Calling, handler: User, auditor: User, office: None
) -> None:
    body = {"text": BIRTH}
    refused(Caller().post("/classify", body), 401, "not_authenticated")
    refused(Caller(token="hoiam_00000000_" + "0" * 40).post("/classify", body), 401, "token_invalid")
    for scope in ("cases:submit", "cases:read"):
        who = None if scope == "cases:submit" else handler
        refused(Caller(token=token_for(who, scope)).post("/classify", body), 403, "insufficient_scope")
    for user in (handler, auditor):
        done(calling(user, "classify").post("/classify", body))
    session = Client()
    session.force_login(handler)
    assert session.post("/api/v1/classify", body, content_type="application/json").status_code == 200
    assert session.get("/api/v1/classify").status_code == 405


def test_it_has_a_limit_of_its_own_per_caller(
    token_for: Callable[..., str], settings: Any, office: None
) -> None:
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "classify": "2/hour"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    one, other = (Caller(token=token_for(None, "classify")) for _ in range(2))
    assert [one.post("/classify", {"text": BIRTH}).status_code for _ in range(3)] == [200, 200, 429]
    blocked = one.post("/classify", {"text": BIRTH})
    refused(blocked, 429, "too_many_requests")
    assert int(blocked["Retry-After"]) > 0
    done(other.post("/classify", {"text": BIRTH}))
