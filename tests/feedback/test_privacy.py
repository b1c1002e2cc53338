from __future__ import annotations

import time
import unicodedata
from collections import Counter
from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.privacy import KINDS, LABELS_EN, LABELS_VI, Span, detect, leaks, redact
from tests.feedback.privacy_sentences import INNOCENT, PLANTED, parse

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]

# Measured on the set: everything found, nothing too much. First readings of 118 sentences the rules had never seen gave
# 0.95 for names, 0.91 for addresses, 0.95 for numbers and dates and 0.99 precision, so the floors leave room for a new
# sentence, not for a regression.
RECALL_FLOOR = {"name": 0.97, "address": 0.96}
STRUCTURED_FLOOR = 0.99
PRECISION_FLOOR = 0.97


def found(text: str) -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in detect(text)]


class Measured:
    """Recall (the planted text wholly covered), kind and precision over the development set."""

    def __init__(self) -> None:
        self.planted: Counter[str] = Counter()
        self.covered: Counter[str] = Counter()
        self.named: Counter[str] = Counter()
        self.detected: Counter[str] = Counter()
        self.false: list[str] = []
        self.missed: list[str] = []
        for line in PLANTED + INNOCENT:
            self._read(line)

    def _read(self, line: str) -> None:
        text, planted = parse(line)
        spans = detect(text)
        hidden = {index for span in spans for index in range(span.start, span.end)}
        for start, end, kind in planted:
            self.planted[kind] += 1
            whole = all(index in hidden or text[index].isspace() for index in range(start, end))
            self.covered[kind] += whole
            self.named[kind] += any(s.kind == kind and s.start < end and start < s.end for s in spans)
            if not whole:
                self.missed.append(f"{kind}: {line}")
        for span in spans:
            self.detected[span.kind] += 1
            if not any(span.start < end and start < span.end for start, end, _ in planted):
                self.false.append(f"{span.kind}: {text[span.start : span.end]} | {text}")


@pytest.fixture(scope="module")
def measured() -> Measured:
    return Measured()


def test_the_set_is_large_enough_to_mean_something(measured: Measured) -> None:
    assert len(PLANTED) >= 150
    assert set(measured.planted) == set(KINDS) - {"other"}


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"other"}))
def test_recall_per_kind(measured: Measured, kind: str) -> None:
    floor = RECALL_FLOOR.get(kind, STRUCTURED_FLOOR)
    recall = measured.covered[kind] / measured.planted[kind]
    assert recall >= floor, [line for line in measured.missed if line.startswith(kind)]
    assert measured.named[kind] / measured.planted[kind] >= floor


def test_precision(measured: Measured) -> None:
    assert 1 - len(measured.false) / measured.detected.total() >= PRECISION_FLOOR, measured.false


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_every_normal_form_gives_the_same_finds(form: Form) -> None:
    for line in PLANTED:
        text, planted = parse(line)
        other = unicodedata.normalize(form, text)
        hidden = redact(other, detect(other))
        for start, end, _ in planted:
            assert unicodedata.normalize(form, text[start:end]) not in hidden


@pytest.mark.parametrize(
    "before", ["", "👨‍👩‍👧 ", "🇻🇳🇻🇳 ", "e\u0301\u0323 ", "\u202e\u200f ", "한글 ", "\x00\x07 ", "ﷺ ½ "]
)
def test_offsets_are_right_behind_emoji_and_marks(before: str) -> None:
    name = unicodedata.normalize("NFD", "Nguyễn Thị Hồng")
    text = f"{before}Tôi tên là {name}, số 0100000012."
    assert found(text) == [("name", name), ("phone", "0100000012")]


def test_invisible_characters_do_not_hide_a_number() -> None:
    text = "gọi 01\u200b00\u00ad00\u200d00\u206012 nhé"
    assert redact(text, detect(text)) == "gọi [số điện thoại] nhé"


def test_keycap_and_circled_digits_are_digits() -> None:
    text = "gọi 0️⃣1️⃣0️⃣0️⃣0️⃣0️⃣0️⃣0️⃣①② nhé"
    assert redact(text, detect(text)) == "gọi [số điện thoại] nhé"


def test_a_full_name_is_found_again_without_title_or_capitals() -> None:
    text = "Bà Nguyễn Thị Lụa hẹn tôi. Hôm sau nguyễn thị lụa lại đi vắng."
    assert redact(text, detect(text)) == "Bà [họ tên] hẹn tôi. Hôm sau [họ tên] lại đi vắng."


def test_a_sum_of_money_after_an_account_is_left_readable() -> None:
    text = "Tôi chuyển khoản 500.000.000 đồng vào tài khoản 1000000035, gọi 0100 000 012 đồng ý thì báo."
    assert redact(text, detect(text)) == (
        "Tôi chuyển khoản 500.000.000 đồng vào tài khoản [số tài khoản], gọi [số điện thoại] đồng ý thì báo."
    )


@pytest.mark.parametrize(
    "label", ["tài khoản", "số tài khoản", "chuyển khoản vào", "STK:", "căn cước", "CMND số"]
)
@pytest.mark.parametrize("width", [2, 3, 4, 5, 7])
@pytest.mark.parametrize("joint", [" ", ".", "-"])
def test_no_group_of_a_labelled_number_stays_visible(label: str, width: int, joint: str) -> None:
    for digits in ("0" * 11 + "9", "0" * 18 + "9", "10020030040050", "0100200300400500600700", "00000000"):
        number = joint.join(digits[at : at + width] for at in range(0, len(digits), width))
        text = f"Xin trả vào {label} {number}, tôi cảm ơn."
        assert not set("0123456789") & set(redact(text, detect(text))), text


def test_a_clause_of_a_law_is_no_account() -> None:
    assert found("Theo khoản 2 Điều 18, khoản 123 Điều 5 và mục 4.") == []


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Bà Nguyễn Thị Mẫu. Mẹ tôi ốm.", "Bà [họ tên]. Mẹ tôi ốm."),
        ("Hỏi bà. Con tôi chờ anh. Góp ý là nên nhanh.", None),
        ("Công chứng viên từ chối công chứng di chúc.", None),
        ("How long? Do I need it? Do You?", None),
        ("Con gai toi bi chong danh nhieu lan ma khong biet viet don.", None),
        ("giup vien den nha toi ba lan, bat bo sung giay to hoai", None),
        ("Anh Phan Công Minh và chị Trịnh Bảy.", "Anh [họ tên] và chị [họ tên]."),
        ("Phan Công Minh phản ánh, phân công lại.", "[họ tên] phản ánh, phân công lại."),
        ("Chủ tịch xã Hoàng Văn Thiện ký.", "Chủ tịch xã [họ tên] ký."),
    ],
)
def test_a_name_ends_with_its_sentence_and_a_phrase_is_no_name(text: str, hidden: str | None) -> None:
    assert redact(text, detect(text)) == (hidden or text)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("tôi vào hẻm 12 đường chợ cũ thì gặp", "tôi vào [địa chỉ] thì gặp"),
        ("nhà em ở 32 pham ngu lao, phuong 2", "nhà em ở [địa chỉ]"),
        ("đường dây nóng số 12, đường vào số 3", None),
        ("Sáng 9 giờ, phường 3 mở cửa, 5 hồ sơ, xã trả lại", None),
    ],
)
def test_streets_typed_small(text: str, hidden: str | None) -> None:
    assert redact(text, detect(text)) == (hidden or text)


def test_two_numbers_in_one_breath_are_two() -> None:
    assert [kind for kind, _ in found("stk 1903222 0100000012")] == ["bank_account", "phone"]
    assert [kind for kind, _ in found("0100000012-0100000013")] == ["phone", "phone"]


@pytest.mark.parametrize("text", ["", " ", "a", "\x00", "\u0301", "\u200b\u200b", "🙂", "\ud800"])
def test_texts_without_anything_to_find(text: str) -> None:
    assert detect(text) == []
    assert redact(text, []) == text


HOSTILE = [
    "0", "0 ", "a", "A ", "@", "a@", "a@a.", "không ", "sinh của tôi là ", "thôn A, ", "số 1 ", "Nguyễn Văn An ",
    "ông ", "địa chỉ ", "12 A ", "http://a", "1/", "1.", "000.00.00.H31-", "H31.1-", "stk 1", "1o", "a (at) ", "90A",
    "((", "ﷺ", "địa chỉ 12 duong a ", "nhà tôi ở ", "tên là ", "e\u0301\u0301", "👨‍👩‍👧", "https://a.gov.vn/",
    "Nguyễn An Nguyễn Anh ", "tài khoản 0000 ", "0000 ", "000-", "12 le le ", "khu a 1 ", "A Ward ", "12 A Street ",
    "sinh 1/1/1990 ghi ", "duong a so 1 ", "nguyen thi thi ", "con trai ", "trưởng thôn A ",
    "AB1 1 1 1 ", "toi o a 1/1 ",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_is_bounded_on_hostile_texts(piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    start = time.process_time()
    spans = detect(text)
    redact(text, spans)
    leaks(text, ["Nguyễn Văn An", "0100000012"])
    assert time.process_time() - start < 4  # about 0.7 s alone; the rest is for a busy machine


# --- redact ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [(-1, 2), (2, 2), (3, 1), (0, 6), (6, 7)])
def test_a_span_that_does_not_fit_is_refused(place: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        redact("abcde", [Span(*place, kind="name")])


def test_overlapping_spans_become_one_named_after_the_longest() -> None:
    spans = [Span(2, 5, "name"), Span(4, 12, "address"), Span(12, 14, "phone")]
    assert redact("0123456789abcdef", spans) == "01[địa chỉ][số điện thoại]ef"


def test_labels_exist_in_both_languages() -> None:
    assert set(LABELS_VI) == set(LABELS_EN)
    assert redact("gọi 12", [Span(4, 6, "phone")], LABELS_EN) == "gọi [phone number]"
    assert redact("gọi 12", [Span(4, 6, "unheard of")]) == "gọi [thông tin riêng]"


@st.composite
def texts_with_spans(draw: st.DrawFn) -> tuple[str, list[Span]]:
    text = draw(st.text(min_size=1, max_size=60))
    places = st.integers(0, len(text) - 1).flatmap(
        lambda start: st.tuples(st.just(start), st.integers(start + 1, len(text)))
    )
    return text, [
        Span(*place, kind=draw(st.sampled_from(KINDS))) for place in draw(st.lists(places, max_size=6))
    ]


@given(texts_with_spans())
@settings(max_examples=300)
def test_nothing_inside_a_span_comes_through_and_all_outside_does(case: tuple[str, list[Span]]) -> None:
    text, spans = case
    # A twin text: same places, but every character under a span is a private-use one that no label contains.
    under = {index for span in spans for index in range(span.start, span.end)}
    twin = "".join(
        "\ue000" if index in under else char.replace("\ue000", "x") for index, char in enumerate(text)
    )
    shown = redact(twin, spans)
    assert "\ue000" not in shown
    assert redact(text.replace("\ue000", "x"), spans) == shown
    for label in sorted(LABELS_VI.values(), key=len, reverse=True):
        shown = shown.replace(f"[{label}]", "\ue000")
    outside = "".join(char.replace("\ue000", "x") for index, char in enumerate(text) if index not in under)
    if "[" not in text:
        assert shown.replace("\ue000", "") == outside


@given(st.text(max_size=200))
@settings(max_examples=300)
def test_detected_spans_are_sorted_apart_and_inside(text: str) -> None:
    copy = text[:]
    spans = detect(text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(left.end <= right.start for left, right in pairwise(spans))
    redact(text, spans)
    assert text == copy


@given(st.lists(st.sampled_from(PLANTED), min_size=1, max_size=4), st.text(max_size=20))
@settings(max_examples=150)
def test_planted_data_is_gone_wherever_it_stands(lines: list[str], noise: str) -> None:
    texts = [parse(line) for line in lines]
    text = f"{noise}\n" + "\n".join(plain for plain, _ in texts)
    start = len(noise) + 1
    hidden = {index for span in detect(text) for index in range(span.start, span.end)}
    for plain, planted in texts:
        for first, last, _ in planted:
            assert all(text[i].isspace() or i in hidden for i in range(start + first, start + last))
        start += len(plain) + 1


# --- leaks -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("public", "secret"),
    [
        ("chị nguyen thi hoa noi", "Nguyễn Thị Hoa"),
        ("xem nguyenthihoa@example.vn", "Nguyễn Thị Hoa"),
        ("gọi +84 912-345-678 nhé", "0912345678"),
        ("gọi 0912.345.678", "+84912345678"),
        ("không chín một hai ba bốn năm sáu bảy tám", "0912 345 678"),
        ("số 0 3 6 0 8 5 0 0 0 1 2 3", "036085000123"),
        ("sinh ngày 5 tháng 3 năm 1970", "05/03/1970"),
        ("sinh 1970-03-05", "5.3.1970"),
        ("ở SO NHA 12, duong Tran Phu", "số nhà 12 đường Trần Phú"),
        ("thư về congdan1@example.vn", "congdan1@example.vn"),
        (unicodedata.normalize("NFD", "bà Trần Thị Lụa"), "Trần Thị Lụa"),
        ("xe 90B1 00045", "90B1-000.45"),
    ],
)
def test_a_secret_in_another_dress_is_a_leak(public: str, secret: str) -> None:
    assert leaks(public, [secret]) == [secret]


@pytest.mark.parametrize(
    ("public", "secret"),
    [
        ("An ninh tốt", "An"),
        ("hoang mang", "Hoan"),
        ("nộp 12 bản", "12"),
        ("gọi 0100000013", "0100000012"),
        ("số 091 234 rồi ngày 5 tháng 678", "0912345678"),
        ("ngày 06/03/1970", "05/03/1970"),
        ("[họ tên] hẹn tôi", "Nguyễn Thị Hoa"),
        ("", "Nguyễn Thị Hoa"),
        ("bất kỳ", ""),
    ],
)
def test_what_is_no_leak(public: str, secret: str) -> None:
    assert leaks(public, [secret]) == []


def test_each_leak_is_named_once_in_the_order_given() -> None:
    text = "Trần Thị Lụa và Nguyễn Văn An"
    assert leaks(text, ["Nguyễn Văn An", "Lê Thị Sen", "Trần Thị Lụa", "Nguyễn Văn An"]) == [
        "Nguyễn Văn An",
        "Trần Thị Lụa",
    ]


def test_what_was_redacted_does_not_leak() -> None:
    text, planted = parse(PLANTED[-1])
    assert leaks(redact(text, detect(text)), [text[start:end] for start, end, _ in planted]) == []
