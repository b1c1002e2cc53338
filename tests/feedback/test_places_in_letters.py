"""A letter whose form names no place, but whose text does: the unit is found by it; the case keeps what was said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from unittest.mock import patch

import pytest

from feedback import actions
from feedback.actions import places
from feedback.models import Case, User
from tests.cast import BIRTH, WEDNESDAY, later

Send = Callable[..., actions.Receipt]
TODAY = WEDNESDAY.date()


def unit_for(send: Send, sentence: str, **fields: str) -> Case:
    return send(f"{BIRTH} {sentence}", **fields).case


@pytest.mark.parametrize(
    ("sentence", "unit"),
    [
        ("Tôi nộp ở xã Lúa Vàng.", "XA.LUA_VANG"),
        ("Tôi nộp ở xã Lúa Non từ năm ngoái.", "XA.LUA_VANG"),  # merged into it
        ("Xã Lúa Non, nay là xã Lúa Vàng, trả lời loanh quanh.", "XA.LUA_VANG"),  # two names of one place
        ("Phòng Tư pháp huyện Sông Êm nhận hồ sơ.", "XA.SONG_EM"),  # an authority has one heir,
        ("UBND huyện Sông Êm nhận hồ sơ.", "XA.SONG_EM"),
        ("Tôi ở huyện Sông Êm.", None),  # its land is two communes today
        ("Tôi chuyển từ xã Lúa Vàng sang phường Sen Hồng.", None),
        ("Tôi nộp ở xã Lúa Vàng, tỉnh Quảng Ninh.", None),
        ("Nhà tôi làm lúa vàng cả đồng.", None),
    ],
)
def test_the_unit_follows_the_place_the_text_names(send: Send, sentence: str, unit: str | None) -> None:
    case = unit_for(send, sentence)
    assert case.topic_id == "HT.KS"
    assert case.unit_id == (unit or "STP.HCTP")
    assert case.place_id is None


def test_a_letter_without_accents_names_its_place_too(send: Send) -> None:
    text = "Toi nop ho so dang ky khai sinh cho con o xa lua vang da qua ngay hen ba tuan ma van chua nhan duoc giay."
    assert send(text).case.unit_id == "XA.LUA_VANG"


def test_what_was_found_is_told_in_the_log(send: Send) -> None:
    case = unit_for(send, "Tôi nộp ở xã Lúa Non.")
    event = case.events.get(verb="classify")
    assert event.internal["place"] == "XA_CU.LUA_NON"
    stored = case.suggestions.get().data["place"]
    assert (stored["code"], stored["why"]) == ("XA_CU.LUA_NON", "one")
    [span] = stored["spans"]
    assert case.text[span["start"] : span["end"]] == "xã Lúa Non"


def test_the_form_comes_first(send: Send) -> None:
    case = unit_for(send, "Tôi nộp ở xã Lúa Vàng.", place="XA.SEN_HONG")
    assert (case.place_id, case.unit_id) == ("XA.SEN_HONG", "XA.SEN_HONG")
    assert "place" not in case.events.get(verb="classify").internal


def test_sorting_by_hand_finds_the_place_as_well(send: Send, triage_officer: User) -> None:
    case = send("Chị ở xã Lúa Vàng hẹn mãi, lần nào cũng bảo mai.").case
    assert case.needs_triage
    actions.classify(
        case, topic="HT.KS", issue=None, kind="PHAN_ANH", by=triage_officer, at=later(hours=1), dispatch=True
    )
    assert case.unit_id == "XA.LUA_VANG"


def test_a_letter_about_that_very_unit_does_not_go_there(send: Send, triage_officer: User) -> None:
    case = unit_for(send, "Tôi nộp ở xã Lúa Vàng.")
    actions.set_subject(case, unit="XA.LUA_VANG", officer=None, by=triage_officer, at=later(hours=1))
    assert case.unit_id != "XA.LUA_VANG"


@pytest.mark.parametrize(
    ("text", "on", "code", "why"),
    [
        ("xã Lúa Non", TODAY, "XA_CU.LUA_NON", "one"),
        ("xã Lúa Non", date(2025, 6, 30), "XA_CU.LUA_NON", "one"),
        ("xã Lúa Vàng", date(2025, 6, 30), "", "none"),  # it was not there yet
        ("huyện Sông Êm", TODAY, "", "wide"),
        ("xã Lúa Non và phường Nhãn Thượng", TODAY, "", "several"),
        ("phường Nhãn Thượng, phường Nhãn Hạ", TODAY, "XA_CU.NHAN_THUONG", "one"),  # both are one ward today
        ("không nơi nào", TODAY, "", "none"),
    ],
)
def test_what_a_text_names_on_a_day(office: None, text: str, on: date, code: str, why: str) -> None:
    named = places.named_in(text, on)
    assert (named.code, named.why) == (code, why)


def test_reading_places_cannot_cost_a_letter(send: Send) -> None:
    with patch.object(places, "_gazetteer", side_effect=RuntimeError):
        assert unit_for(send, "Tôi nộp ở xã Lúa Vàng.").unit_id == "STP.HCTP"


def test_a_preview_says_what_submit_would_do(send: Send) -> None:
    for sentence in ("Tôi nộp ở xã Lúa Non.", "Tôi ở xã Lúa Vàng, chị tôi ở phường Sen Hồng.", ""):
        text = f"{BIRTH} {sentence}"
        found = actions.preview(text, at=WEDNESDAY)
        case = send(text).case
        assert found is not None
        assert found.decision.unit == case.unit
        assert found.alone is not case.needs_triage
        assert found.kind == case.kind_id
