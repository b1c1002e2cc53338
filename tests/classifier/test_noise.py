"""Noise as from a phone: repeatable, and never so strong that a person could not read it."""

from __future__ import annotations

import random
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from classifier.files import starter_letters
from classifier.noise import phone, shortened, typos
from classifier.reading import Reader, usual_shorthand
from classifier.text import fold, tokens

LETTER = (
    "Tôi nộp hồ sơ đăng ký khai sinh ở Ủy ban nhân dân xã, cán bộ không trả lời bao nhiêu ngày nữa thì được."
)


@given(st.text(max_size=60), st.integers(0, 5))
def test_the_same_letter_and_seed_give_the_same_noise(text, seed):
    noisy = phone(text, seed)
    assert noisy == phone(text, seed)
    assert (
        noisy
        == phone(unicodedata.normalize("NFD", text), seed)
        == phone(unicodedata.normalize("NFC", text), seed)
    )


def test_another_seed_gives_another_noise():
    assert len({phone(LETTER, seed) for seed in range(20)}) > 15


@given(st.text(max_size=60), st.floats(0, 1), st.integers(0, 99))
def test_noise_touches_words_only(text, rate, seed):
    noisy = typos(text, random.Random(seed), rate)
    assert [char for char in noisy if char.isspace()] == [char for char in text if char.isspace()]
    assert typos(text, random.Random(seed), 0.0) == text


def test_shorthand_can_be_read_back():
    dice, reader = random.Random(1), Reader(usual_shorthand())
    short = shortened(LETTER, dice, rate=1.0)
    assert len(tokens(short)) < len(tokens(LETTER)) - 8
    assert [word.folded for word in reader.read(short).words] == [
        word.folded for word in tokens(fold(LETTER))
    ]


def test_a_noisy_letter_is_still_mostly_its_words():
    for letter in starter_letters()[::50]:
        clean = [word.folded for word in Reader(usual_shorthand()).read(letter.text).words]
        noisy = {word.folded for word in Reader(usual_shorthand()).read(phone(letter.text)).words}
        assert sum(word in noisy for word in clean) >= 0.6 * len(clean) or len(clean) < 8
