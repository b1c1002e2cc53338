"""The catalogue engine reads as a careful clerk would: sure where it may be, silent where it must be."""

from __future__ import annotations

import pytest

from classifier.text import fold


@pytest.mark.parametrize(
    ("text", "topic", "issue", "kind"),
    [
        ("Nộp hồ sơ khai sinh hai tháng chưa có kết quả, đã quá hẹn", "HT.KS", "CH.TR", "PHAN_ANH"),
        ("Cho tôi hỏi làm giấy xác nhận độc thân cần giấy tờ gì?", "HT.XNHN", "KHONG", "HOI_DAP"),
        ("Sao y bản chính mà thu cao hơn quy định, không biên lai", "CT.BS", "PHI.SAI", "PHAN_ANH"),
        ("Rất cảm ơn cán bộ đã tận tình giúp tôi đăng ký kết hôn", "HT.KH", "KHEN", "KHEN"),
    ],
)
@pytest.mark.parametrize("as_typed", [str, fold], ids=["accents", "no accents"])
def test_plain_letters(engine, text, topic, issue, kind, as_typed):
    suggestion = engine.suggest(as_typed(text))
    assert [head.answer for head in suggestion.heads] == [topic, issue, kind]


def test_a_sure_family_with_an_unsure_leaf_answers_with_the_parent(engine):
    topic = engine.suggest("Tôi hỏi về khai sinh và cải chính").topic
    assert topic.answer == "HT"
    assert {guess.code for guess in topic.guesses[1:]} == {"HT.KS", "HT.CC"}


def test_two_unrelated_topics_are_left_to_a_person(engine):
    topic = engine.suggest("Một việc về đăng ký khai sinh, một việc về đấu giá tài sản").topic
    assert topic.abstained
    assert {guess.code.partition(".")[0] for guess in topic.guesses[:2]} == {"HT", "DG"}


def test_matters_of_other_agencies_are_recognised(engine):
    assert engine.suggest("Công an phường làm căn cước công dân quá chậm").topic.answer == "NGOAI.CA"
    assert engine.suggest("Con đường ổ gà, rác thải ngập nước").topic.answer == "NGOAI.KHAC"


@pytest.mark.parametrize(
    "text",
    [
        "Tôi tố cáo cán bộ hộ tịch xã nhận hối lộ",
        "Anh ta gợi ý 3 triệu thì mới ký giấy khai sinh",
        "khong dua phong bi thi ho khong lam",
        "Công chứng viên ký khống hợp đồng của mẹ tôi",
    ],
)
def test_a_suspected_denunciation_is_flagged_and_left_to_a_person(engine, text):
    suggestion = engine.suggest(text)
    assert "suspected_denunciation" in suggestion.flags
    assert suggestion.kind.abstained


@pytest.mark.parametrize(
    "text",
    [
        "Tôi không đồng ý với quyết định số 12 và yêu cầu hủy quyết định này",
        "don khieu nai lan dau ve viec tu choi cai chinh ho tich",
    ],
)
def test_a_suspected_complaint_is_flagged_and_left_to_a_person(engine, text):
    suggestion = engine.suggest(text)
    assert "suspected_complaint" in suggestion.flags
    assert suggestion.kind.abstained


def test_an_ordinary_letter_raises_no_flag(engine):
    assert engine.suggest("Cho tôi hỏi làm trích lục khai sinh ở đâu?").flags == ()


def test_threat_and_near_deadline_are_urgent_and_advertising_is_spam(engine):
    assert "urgent" in engine.suggest("Anh ta đe dọa giết tôi nếu tôi đi khai sinh cho con").flags
    assert "spam" in engine.suggest("Vay tiền online lãi suất thấp, giải ngân 5 phút").flags


def test_evidence_is_what_the_citizen_wrote(engine):
    text = "con toi chua duoc KHAI  SINH"
    evidence = engine.suggest(text).topic.evidence
    assert evidence[0].word == "KHAI  SINH"


def test_the_end_of_an_endless_letter_is_read_too(engine):
    text = "Chuyện dài lắm. " * 5_000 + "Tôi tố cáo ông ấy nhận hối lộ."
    assert "suspected_denunciation" in engine.suggest(text).flags
