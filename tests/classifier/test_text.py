"""Reading Vietnamese: every spelling of a word is the same word, and nothing breaks the reader."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.text import clean, fold, is_accented, spelling, tokens

vietnamese = st.text(alphabet="aăâeêioôơuưyđ àáảãạằấẩẫậẹểễốồộờởợụứừựỳỷỹĐẤỢ.,?\n", max_size=80)
anything = st.one_of(st.text(max_size=80), vietnamese)


@given(anything)
def test_cleaning_and_folding_twice_changes_nothing(text):
    assert clean(clean(text)) == clean(text)
    assert fold(fold(text)) == fold(text)


@given(anything)
def test_composed_and_decomposed_are_the_same_text(text):
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert clean(composed) == clean(decomposed)
    assert fold(composed) == fold(decomposed)
    assert [t.spelling for t in tokens(composed)] == [t.spelling for t in tokens(decomposed)]


@given(anything)
def test_tokens_stand_where_they_say(text):
    end = 0
    for token in tokens(text):
        assert end <= token.start < token.end <= len(text)
        assert fold(text[token.start : token.end]) == token.folded
        assert token.folded
        end = token.end


@given(vietnamese)
def test_folded_vietnamese_is_plain_ascii(text):
    assert fold(text).isascii()


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Đăng ký KẾT HÔN", "dang ky ket hon"),
        ("Ðất đai", "dat dai"),  # the Icelandic eth some keyboards give
        ("thủ\u200b tục\u00a0 hành\u202e chính", "thu tuc hanh chinh"),
        ("kh\u0430i sinh", "khai sinh"),  # a Cyrillic а
        ("ＯＴＰ", "otp"),
        ("dòng một\r\n\r\n  dòng hai\t", "dong mot\ndong hai"),
        ("\ud800lỗi", "loi"),
        ("", ""),
    ],
)
def test_folding(written, folded):
    assert fold(written) == folded


def test_the_place_of_the_tone_mark_does_not_matter():
    assert spelling("hoà") == spelling("hòa") != spelling("hoá")
    assert [t.spelling for t in tokens("hoà giải")] == [t.spelling for t in tokens("hòa giải")]


def test_foreign_marks_and_invisible_letters_do_not_split_or_make_words():
    assert [token.folded for token in tokens("A\U0001107f\u0300 \u3164 b")] == ["a\U0001107f", "b"]


def test_a_question_mark_is_a_token():
    assert [token.folded for token in tokens("Được không? Thế à.")] == ["duoc", "khong", "?", "the", "a"]


def test_who_types_accents():
    assert is_accented(tokens("Tôi nộp hồ sơ khai sinh"))
    assert not is_accented(tokens("Toi nop ho so khai sinh"))
    assert not is_accented([])
