"""The index of similar letters: what it finds, what it says about two letters, and texts that are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from classifier import noise
from classifier.similar import SimilarLetters, usual_usage
from classifier.text import fold

LETTERS = [
    json.loads(line)["text"]
    for line in (Path(__file__).parent / "development_letters.jsonl").read_text(encoding="utf-8").splitlines()
]
LATE = (
    "Tôi nộp hồ sơ đăng ký khai sinh cho con đã quá ngày hẹn trả kết quả ba tuần mà vẫn chưa nhận được giấy."
)


@pytest.fixture(scope="module")
def index() -> SimilarLetters:
    return SimilarLetters(enumerate(LETTERS), usual_usage())


@pytest.mark.parametrize("changed", [fold, noise.phone], ids=["no accents", "phone"])
def test_a_letter_typed_otherwise_is_its_own_nearest(index: SimilarLetters, changed: object) -> None:
    texts = [changed(text) for text in LETTERS]  # type: ignore[operator]  # any way of typing
    right = [index.nearest(text, 1)[0].key == place for place, text in enumerate(texts)]
    assert sum(right) / len(right) >= 0.99


@pytest.mark.parametrize(
    "text", ["", " \n", "🙂🙂", "xyzzy plugh", "1", "\x00\x01", "a" * 50_000, "từ " * 20_000]
)
def test_texts_that_are_like_nothing(index: SimilarLetters, text: str) -> None:
    assert all(near.likeness < 0.5 for near in index.nearest(text))
    assert SimilarLetters([]).nearest(text) == []
    (like,) = index.compare(text, [LATE])
    assert like.value < 0.1


def test_a_likeness_is_the_same_both_ways_and_one_with_itself(index: SimilarLetters) -> None:
    other = "Con tôi chưa có giấy khai sinh dù đã hẹn trả kết quả từ ba tuần trước."
    (there,), (back,), (self_like,) = (
        index.compare(LATE, [other]), index.compare(other, [LATE]), index.compare(LATE, [fold(LATE)])
    )  # fmt: skip
    assert there.value == pytest.approx(back.value, abs=1e-3)
    assert self_like.value == pytest.approx(1.0, abs=1e-3)
    assert 0.2 < there.value < 0.6


def test_words_in_common_are_spelled_as_in_the_first_and_small_words_are_left_out(
    index: SimilarLetters,
) -> None:
    (like,) = index.compare(
        LATE, ["toi cho giay khai sinh cua con qua ngay hen tra ket qua lau roi, xa bao cho"]
    )
    assert "quá ngày hẹn trả kết quả" in like.words
    assert all(phrase in LATE for phrase in like.words)
    assert not {"cho", "tôi", "mà", "con"} & {phrase.casefold() for phrase in like.words}


def test_a_likeness_means_the_same_in_a_small_office_and_in_a_large_one() -> None:
    small = SimilarLetters([(1, LATE)], usual_usage())
    large = SimilarLetters(enumerate(LETTERS * 5), usual_usage())
    other = "Tôi nộp hồ sơ xin phiếu lý lịch tư pháp đã quá hẹn trả kết quả mười ngày mà chưa nhận được."
    (few,), (many,) = small.compare(LATE, [other]), large.compare(LATE, [other])
    assert few.value == pytest.approx(many.value, abs=0.1)
