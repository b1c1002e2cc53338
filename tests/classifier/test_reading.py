"""One letter cut into words as they were meant, each still standing where it was typed."""

from __future__ import annotations

import random
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.reading import FIRST_WORDS, LAST_WORDS, LONGEST_TEXT, Reader, shorthand_from, usual_shorthand
from classifier.text import fold

PAIRS = frozenset({("khai", "sinh"), ("ket", "hon"), ("dang", "ky"), ("duoc", "tra"), ("tra", "loi")})
READER = Reader(usual_shorthand(), PAIRS)
words = st.sampled_from(
    ["khai", "sihn", "SINH", "k", "đk", "rùi", "ế", "dduwowcj", "tr", "loi", "kết", "hôm", "?", "\u200b"]
)
anything = st.one_of(st.text(max_size=80), st.lists(words, max_size=30).map(" ".join))


def said(text: str) -> str:
    return " ".join(word.folded for word in READER.read(text).words)


@given(anything)
def test_every_word_stands_where_it_was_typed(text):
    reading = READER.read(text)
    assert reading.text == text
    places = list(
        dict.fromkeys((word.start, word.end) for word in reading.words)
    )  # "k" may stand for two words
    assert [place for start_end in places for place in start_end] == sorted(
        place for start_end in places for place in start_end
    )
    assert all(0 <= start < end <= len(text) for start, end in places)


@given(anything)
def test_composed_and_decomposed_read_alike(text):
    composed, decomposed = (READER.read(unicodedata.normalize(form, text)) for form in ("NFC", "NFD"))
    assert [word.spelling for word in composed.words] == [word.spelling for word in decomposed.words]
    assert composed.accented == decomposed.accented


@given(anything)
def test_shorthand_written_out_is_not_written_out_again(text):
    reader = Reader(usual_shorthand())
    once = [word.spelling for word in reader.read(text).words]
    assert [word.spelling for word in reader.read(" ".join(once)).words] == once


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("k dc tra loi", "khong duoc tra loi"),
        ("ĐK KS", "dang ky khai sinh"),
        ("e hỏi rùi, sdt đây", "em hoi roi so dien thoai day"),
        ("rui ro", "rui ro"),  # "rủi ro" typed without accents
        ("ế ẩm", "e am"),  # not "em ẩm"
        ("may hong o hem nho", "may hong o hem nho"),  # "hỏng", "hẻm": not "không"
        ("khai sihn", "khai sinh"),
        ("dduwowcj trar lowif", "duoc tra loi"),  # the keyboard's Telex was off
        ("sihn vien", "sihn vien"),  # no pair that is known: it stays as it was typed
        ("khái sính", "khai sinh"),
    ],
)
def test_what_was_meant(typed, meant):
    assert said(typed) == meant


def test_a_word_put_right_is_shown_as_it_was_typed():
    text = "toi khai  sihn ko"
    reading = READER.read(text)
    assert [(word.folded, text[word.start : word.end]) for word in reading.words[1:]] == [
        ("khai", "khai"),
        ("sinh", "sihn"),
        ("khong", "ko"),
    ]


def test_the_shorthand_of_the_library_says_nothing_twice_and_expands_at_once():
    usual = usual_shorthand()
    assert len(usual) > 80
    for sign, meaning in usual.items():
        assert not set(meaning) & set(usual), sign
        assert all(word == fold(word) for word in meaning)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("ko", "line 2: expected"),
        ("= không", "line 2: expected"),
        ("ko =", "line 2: expected"),
        ("ko = …", "line 2: expected"),
        ("k o = không", "line 2: 'k o' is not one word"),
        ("k: = không", "line 2: 'k:' is not one word"),
        ("CB = cái bát", "line 2: 'CB' stands a second time"),
    ],
)
def test_a_line_that_is_no_shorthand_is_named(line, complaint):
    with pytest.raises(ValueError, match=complaint):
        shorthand_from(["cb = cán bộ", line])


def test_shorthand_with_comments_and_marks():
    lines = ["# nothing", "", "  Đc = được  # usual", "dc = địa chỉ"]
    assert Reader(shorthand_from(lines)).read("đc, dc, ĐC").words[0].folded == "duoc"
    assert [w.folded for w in Reader(shorthand_from(lines)).read("dc").words] == ["dia", "chi"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_of_an_endless_letter_the_same_beginning_and_end_are_read(form):
    text = unicodedata.normalize(form, "Đầu tiên " + "giữa chừng " * 40_000)
    reading = READER.read(text)
    assert len(reading.words) == FIRST_WORDS + LAST_WORDS
    reach = unicodedata.normalize("NFC", text[: reading.words[-1].end])
    assert LONGEST_TEXT - 12 <= len(reach) <= LONGEST_TEXT


def test_hostile_letters_are_read_in_bounded_time():
    dice = random.Random(20261123)
    misspelt = " ".join("".join(dice.choices("abcdeghiknost", k=9)) for _ in range(100_000))
    for text in ("á" * 200_000, "a" + "\u0301" * 200_000, misspelt, "dduwowcj " * 20_000, "?" * 200_000):
        began = time.thread_time()
        READER.read(text)
        assert time.thread_time() - began < 3.0  # seconds of CPU; alone on the machine none takes half of one
