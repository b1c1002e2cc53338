"""The triage page explains itself: what is proposed, how sure, on which words, and why the letter is here at all."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from feedback import actions
from feedback.models import Case, User
from feedback.web.desk.evidence import SIGNS, Mark, highlighted, legend, sureness
from tests.cast import BIRTH, WEDNESDAY, hire
from tests.feedback.web.desk.conftest import Open, at, do, moment

Send = Callable[..., actions.Receipt]
UNSURE = "Chị ở xã Lúa Non hẹn mãi, lần nào cũng bảo mai quay lại, tôi đi ba lần rồi."
MENACED = "Tôi bị người của văn phòng đó dọa giết nếu còn khiếu kiện, xin khẩn cấp bảo vệ tôi ngay."
BRIBE = "Tôi tố cáo ông cán bộ tư pháp xã nhận hối lộ hai triệu đồng rồi mới ký giấy khai sinh."
ADVERT = "Vay nhanh, giải ngân trong ngày, lãi suất thấp, click vào link nhận khuyến mãi."


def page(desk: Client, case: Case) -> str:
    return desk.get(at(case, "classify")).content.decode()


def to_triage(case: Case) -> Case:
    Case.objects.filter(pk=case.pk).update(needs_triage=True, handler=None, status="new")
    case.refresh_from_db()
    return case


def plain(marked: str) -> str:
    """What the reader sees without the marks."""
    return html.unescape(re.sub(r"<[^>]*>", "", marked))


def checked(text: str) -> list[str]:
    """Values of the buttons that stand pressed."""
    return re.findall(r'<input type="radio" name="\w+" value="([^"]*)"[^>]* checked', text)


# --- Marks in the letter
@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70), st.sampled_from(sorted(SIGNS))), max_size=6),
)
def test_marks_never_change_the_letter(text: str, spans: list[tuple[int, int, str]]) -> None:
    marks = [Mark(start, end, of, '"><script>alert(1)</script>') for start, end, of in spans]
    shown = highlighted(text, marks)
    assert plain(shown) == text
    assert "<script" not in shown


def test_marks_that_overlap_share_the_stretch() -> None:
    marks = [Mark(0, 8, "topic", "Khai sinh"), Mark(5, 12, "issue", "Chậm trả")]
    shown = highlighted("khai sinh trễ hẹn", marks)
    assert re.findall(r'class="evidence ([^"]*)"', shown) == [
        "evidence--topic",
        "evidence--topic evidence--issue",
        "evidence--issue",
    ]
    assert re.findall(r'data-of="([^"]*)"', shown) == ["", "①", "②"]  # a sign stands where its mark ends
    assert "① Khai sinh · ② Chậm trả" in shown
    assert [row["sign"] for row in legend(marks)] == ["①", "②"]


def test_what_the_citizen_wrote_is_never_markup() -> None:
    text = "<b>khai sinh</b> & <script>alert(1)</script>"
    shown = highlighted(text, [Mark(3, 12, "topic", "x"), Mark(0, len(text), "kind", "y")])
    assert "<script" not in shown
    assert plain(shown) == text


@pytest.mark.parametrize(
    ("percent", "words"), [(99, "gần như chắc chắn"), (87, "khá chắc"), (3, "ít khả năng")]
)
def test_a_probability_in_words(office: None, percent: int, words: str) -> None:
    assert sureness(percent) == words


# --- The three questions
def test_the_best_three_are_buttons_and_what_is_sure_stands_pressed(
    send: Send, triage_officer: User, desk_of: Open
) -> None:
    case = to_triage(send().case)
    text = page(desk_of(triage_officer), case)
    assert "HT.KS" in checked(text)
    assert re.search(r"chắc[^<]* · \d+ %", text)
    assert 'accesskey="1"' in text
    assert 'class="evidence evidence--topic"' in text
    assert "Đánh dấu trong đơn" in text


def test_a_guess_is_offered_but_not_pressed(send: Send, triage_officer: User, desk_of: Open) -> None:
    case = send(UNSURE).case
    assert case.topic_id is None
    response = desk_of(triage_officer).get(at(case, "classify"))
    questions = {q.line.name: q for q in response.context["form"].questions}
    assert questions["topic"].line.abstained
    assert not questions["topic"].field.value()
    assert len(questions["topic"].choices) <= 5


def test_a_suspected_kind_is_always_offered(send: Send, triage_officer: User, desk_of: Open) -> None:
    case = send(MENACED).case
    assert "suspected_complaint" in case.suggestions.get().data["flags"]
    questions = desk_of(triage_officer).get(at(case, "classify")).context["form"].questions
    offered = {q.line.name: [choice.code for choice in q.choices] for q in questions}
    assert "KHIEU_NAI" in offered["kind"]


def test_a_letter_nobody_read_is_asked_with_lists_alone(
    send: Send, triage_officer: User, desk_of: Open
) -> None:
    with (
        patch("feedback.actions.classification.suggest", return_value=None),
        patch("feedback.actions.intake.classification.suggest", return_value=None),
    ):
        case = send().case
    desk = desk_of(triage_officer)
    text = page(desk, case)
    assert "Bộ phân loại không trả lời" in text
    assert checked(text) == ["1"]  # only the instance of a complaint
    assert do(desk, case, "classify", topic_other="HT.KS", kind_other="PHAN_ANH").status_code == 302
    assert (case.topic_id, case.kind_id) == ("HT.KS", "PHAN_ANH")


@pytest.mark.parametrize(
    ("fields", "labels"),
    [
        ({"topic": "HT.KS", "issue": "CH", "kind": "PHAN_ANH"}, ("HT.KS", "CH", "PHAN_ANH")),
        ({"topic": "*", "topic_other": "CT.BS", "issue": "-", "kind": "HOI_DAP"}, ("CT.BS", None, "HOI_DAP")),
        ({"topic_other": "CT.BS", "kind_other": "HOI_DAP"}, ("CT.BS", None, "HOI_DAP")),
        ({"topic": "HT.KS", "topic_other": "HT.KS", "kind": "PHAN_ANH"}, ("HT.KS", None, "PHAN_ANH")),
    ],
)
def test_one_click_or_the_list(
    send: Send, triage_officer: User, desk_of: Open, fields: dict[str, str], labels: tuple[str | None, ...]
) -> None:
    case = to_triage(send().case)
    assert do(desk_of(triage_officer), case, "classify", **fields).status_code == 302
    assert (case.topic_id, case.issue_id, case.kind_id) == labels


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"topic": "HT.KS"}, "Xin chọn một mục."),
        ({"topic": "*", "kind": "PHAN_ANH"}, "Xin chọn trong danh sách."),
        ({"topic": "HT.KS", "topic_other": "CT.BS", "kind": "PHAN_ANH"}, "chỉ giữ lại một"),
        ({"topic": "HT.KS", "kind": "PHAN_ANH", "issue": "-", "issue_other": "CH"}, "chỉ giữ lại một"),
        ({"topic": "KHONG", "kind": "PHAN_ANH"}, ""),
    ],
)
def test_an_unclear_answer_is_asked_about(
    send: Send, triage_officer: User, desk_of: Open, fields: dict[str, str], words: str
) -> None:
    case = to_triage(send().case)
    response = do(desk_of(triage_officer), case, "classify", **fields)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not case.kind_confirmed


# --- Why the letter is here
def test_the_page_says_why(send: Send, triage_officer: User, desk_of: Open) -> None:
    case = send(UNSURE).case
    text = page(desk_of(triage_officer), case)
    assert "Chưa đủ chắc về lĩnh vực" in text
    assert "Đơn có nêu Xã Lúa Non (cũ), nay là Xã Lúa Vàng." in text
    assert 'evidence--place"' in text


def test_two_places_are_left_to_a_person(send: Send, triage_officer: User, desk_of: Open) -> None:
    case = send(f"{UNSURE} Sau đó phường Sen Hồng cũng vậy.").case
    assert "Đơn nêu nhiều nơi" in page(desk_of(triage_officer), case)


def test_an_advertisement_waits_for_a_person(send: Send, triage_officer: User, desk_of: Open) -> None:
    case = send(ADVERT).case
    assert case.needs_triage
    assert case.is_open
    assert not send(f"{ADVERT} Rất gấp, khẩn cấp, dọa giết, ngày mai hết hạn!").case.urgent
    text = page(desk_of(triage_officer), case)
    assert "không thư nào bị bỏ khi chưa có người đọc" in text
    assert "evidence--signal" in text


def test_a_letter_that_came_back_says_after_what(
    processing: Case, triage_officer: User, desk_of: Open
) -> None:
    later = moment() + timedelta(hours=1)
    actions.classify(processing, topic="HT.KS", issue=None, kind="PHAN_ANH", by=triage_officer, at=later)
    actions.set_subject(processing, unit="STP.HCTP", officer=None, by=triage_officer, at=later)
    text = page(desk_of(triage_officer), processing)
    assert "Đơn trở lại bàn phân loại sau việc: Ghi người/đơn vị bị phản ánh." in text


def test_a_sealed_letter_is_explained_to_those_who_may_read_it(
    send: Send, triage_officer: User, integrity_officer: User, desk_of: Open
) -> None:
    case = send(BRIBE).case
    assert case.sealed
    text = page(desk_of(integrity_officer), case)
    assert "tố cáo" in text
    assert 'class="evidence ' in text
    assert desk_of(triage_officer).get(at(case, "classify")).status_code == 404


# --- How it was done before
def test_letters_sorted_before_are_shown_to_those_who_may_see_them(
    similar_at_once: None, send: Send, handler: User, triage_officer: User, desk_of: Open
) -> None:
    known = send(BIRTH).case
    actions.classify(known, topic="HT.KS", issue="CH", kind="PHAN_ANH", by=triage_officer, at=moment())
    hidden = send(BIRTH + " Việc này xin giữ kín.", visibility="sealed").case
    guessed = send(BIRTH + " Chưa ai phân loại thư này.").case
    case = to_triage(send("Đăng ký khai sinh cho con quá ngày hẹn trả kết quả mà chưa nhận được giấy.").case)
    found = desk_of(triage_officer).get(at(case, "classify")).context["decided"]
    assert [row["reference"] for row in found] == [known.reference]
    assert found[0]["labels"].startswith("Khai sinh")
    assert {hidden.reference, guessed.reference}.isdisjoint(row["reference"] for row in found)
    elsewhere = hire("phan-loai-xa", "Cán bộ xã", ("XA.SEN_HONG", "handler"))
    Case.objects.filter(pk=case.pk).update(unit="XA.SEN_HONG", needs_triage=False, handler=elsewhere)
    assert desk_of(elsewhere).get(at(case, "classify")).context["decided"] == []


# --- What cannot wait
def test_an_urgent_letter_stands_first_once_until_somebody_says_otherwise(
    send: Send, triage_officer: User, desk_of: Open
) -> None:
    early = to_triage(send(UNSURE).case)
    case = to_triage(send(MENACED, at=WEDNESDAY + timedelta(minutes=5)).case)
    assert case.urgent
    desk = desk_of(triage_officer)
    rows = desk.get("/can-bo/viec/triage/").context["rows"]
    assert [row.reference for row in rows] == [case.reference, early.reference]
    assert (rows[0].urgent, rows[1].urgent) == (True, False)
    assert "đứng đầu các danh sách" in page(desk, case)
    answer = do(desk, case, "classify", topic="HT.KS", kind="PHAN_ANH")
    assert answer["Location"].startswith("/can-bo/")
    assert not case.urgent  # the box was not ticked: a person has decided
    assert case.events.filter(verb="classify").latest("seq").internal["before"]["urgent"]


def test_urgency_may_be_set_by_hand(send: Send, triage_officer: User, desk_of: Open) -> None:
    case = to_triage(send(UNSURE).case)
    desk = desk_of(triage_officer)
    do(desk, case, "classify", topic="HT.KS", kind="PHAN_ANH", urgent="on")
    assert case.urgent
    assert "Khẩn" in desk.get(at(case)).content.decode()


def test_the_page_needs_no_more_queries_for_a_marked_letter(
    send: Send, triage_officer: User, desk_of: Open, django_assert_max_num_queries: Any
) -> None:
    case = to_triage(send(f"{BIRTH} {MENACED}").case)
    desk = desk_of(triage_officer)
    desk.get(at(case, "classify"))
    with django_assert_max_num_queries(16):
        desk.get(at(case, "classify"))
