"""Learning from few letters: what is held out, what the catalogue teaches, and what nobody said."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from classifier import Label, Taxonomy, linear, stack
from classifier.engines.learned import LearnedEngine
from classifier.evaluation import Letter
from classifier.features import Vocabulary
from classifier.reading import Reader
from classifier.scoring import FAMILY_LEARNED, FAMILY_PHRASES, LEARNED, RARE, HeadScorer, gates_of
from classifier.training import train, untaught

FARM = Taxonomy(
    topics=(
        Label("COW", "Bò", "Con bò và sữa bò", ("vắt sữa", "bò cái", "bò đực", "chuồng bò")),
        Label("COW.MILK", "Sữa", "Sữa bò", ("thùng sữa", "sữa tươi"), parent="COW"),
        Label("COW.CALF", "Bê", "Bê con, bò đẻ bê", ("bê con", "đẻ bê"), parent="COW"),
        Label("HEN", "Gà", "Con gà và trứng", ("gà mái", "ổ trứng")),
    ),
    issues=(),
    kinds=(),
)
WORDS = {
    "COW.MILK": "sáng nay thùng sữa {} bị đổ",
    "COW.CALF": "con bê con {} bỏ ăn",
    "HEN": "con gà mái {} nhảy ổ trứng",
}
LETTERS = [
    Letter(text.format(extra), {"topic": code})
    for extra in (
        "to",
        "nhỏ",
        "trắng",
        "nhà tôi",
        "hàng xóm",
        "hôm qua",
        "chiều nay",
        "mới mua",
        "đỏ",
        "vàng",
        "đen",
        "xám",
    )
    for code, text in WORDS.items()
]


def random_rows(count: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(7)
    targets = np.eye(3, dtype=np.float32)[chance.integers(0, 3, count)]
    return chance.random((count, 12), dtype=np.float32) + targets.repeat(4, axis=1), targets


def test_held_out_scores_are_those_of_a_model_that_never_saw_the_letter():
    rows, targets = random_rows(20)
    groups = np.repeat(np.arange(10), 2)
    fitted = linear.fit(sparse.csr_matrix(rows), targets, groups, 0.5)
    letters, known = (array.reshape(10, 2, -1).mean(axis=1) for array in (rows, targets - fitted.bias))
    others = np.arange(10) != 3  # a letter is learned from as the mean of its variants
    kernel = letters[others] @ letters[others].T + 0.5 * np.eye(9)
    weights = letters[others].T @ np.linalg.solve(kernel, known[others])
    own = groups == 3
    assert fitted.scores[own] == pytest.approx(rows[own] @ weights + fitted.bias, abs=1e-3)


def test_what_is_given_is_learned_from_and_has_no_score_of_its_own():
    rows, targets = random_rows(20)
    groups = np.array([*range(15), *[linear.GIVEN] * 5])
    fitted = linear.fit(sparse.csr_matrix(rows), targets, groups, 0.5)
    without = linear.fit(sparse.csr_matrix(rows[:15]), targets[:15], groups[:15], 0.5)
    assert list(fitted.rows) == list(range(15))
    assert fitted.scores.shape == (15, 3)
    assert fitted.bias == pytest.approx(targets[:15].mean(axis=0))
    assert not np.allclose(fitted.weights, without.weights)


def test_a_question_nobody_answered_pulls_nowhere():
    rows, targets = random_rows(20)
    targets[:, 2] = np.nan
    targets[:10, 1] = np.nan
    fitted = linear.fit(sparse.csr_matrix(rows), targets, np.arange(20), 0.5)
    assert fitted.bias[1] == pytest.approx(targets[10:, 1].mean())
    assert np.all(fitted.weights[:, 2] == 0.0)
    assert np.isfinite(fitted.scores).all()


def test_a_family_is_heard_through_its_members():
    scorer = HeadScorer(FARM.topics)
    assert scorer.codes == ("COW.MILK", "COW.CALF", "HEN")
    columns = np.zeros((3, len(stack.SCORERS)))
    columns[:, LEARNED:] = scorer.learned(np.array([0.25, 0.11, 0.0]), gates_of(np.array([0.5, 0.25, 0.25])))
    assert columns[0, LEARNED] == pytest.approx(0.5)
    assert columns[1, FAMILY_LEARNED] == columns[0, FAMILY_LEARNED] == pytest.approx(0.6)
    assert columns[2, FAMILY_LEARNED] == 0.0
    assert columns[0, RARE] < columns[0, LEARNED]  # a label of half the letters needs no help


def test_a_phrase_of_the_parent_speaks_for_every_child():
    matrix = HeadScorer(FARM.topics).read(Reader().read("tôi ra chuồng bò vắt sữa")).matrix
    assert matrix[0, FAMILY_PHRASES] == matrix[1, FAMILY_PHRASES] > 0
    assert matrix[2, FAMILY_PHRASES] == 0


def test_sayings_tell_every_keyword_once():
    label = Label("X", "tên", "mô tả", tuple("abcdefghijk"))
    first, *rest = label.sayings(4)
    assert first == "tên . mô tả"
    assert sorted(" . ".join(rest).split(" . ")) == list("abcdefghijk")
    assert max(len(text.split(" . ")) for text in rest) <= 4
    assert list(Label("X", "tên").sayings(4)) == ["tên . "]


def test_the_catalogue_teaches_words_no_letter_holds():
    engine = LearnedEngine(FARM, train(FARM, LETTERS))
    assert not any("đẻ" in letter.text.split() for letter in LETTERS)
    assert "de be" in engine.model.parts[0].vocabulary.numbers
    assert engine.suggest("đẻ bê trong đêm").topic.best == "COW.CALF"


def test_training_is_repeatable_and_says_how_good_it_is():
    one, other = train(FARM, LETTERS), train(FARM, LETTERS)
    assert np.array_equal(one.parts[0].weights, other.parts[0].weights)
    assert one.heads == other.heads
    assert one.about["held_out"]["topic"]["accuracy"] > 0.9


def test_few_letters_leave_the_weights_near_where_they_began():
    chance = np.random.default_rng(3)
    scores = chance.random((29, 3, len(stack.SCORERS)))
    assert stack.fit(scores, chance.integers(0, 3, 29)) is stack.TAUGHT
    fitted = stack.fit(chance.random((40, 3, len(stack.SCORERS))), chance.integers(0, 3, 40))
    assert (fitted >= 0).all()


def test_without_letters_the_catalogue_alone_answers():
    assert LearnedEngine(FARM, untaught(FARM)).suggest("gà mái bỏ ổ trứng").topic.best == "HEN"


def test_a_vocabulary_counts_a_letter_once():
    vocabulary = Vocabulary.of([{"a": 1, "b": 3}, {"a": 2}, {"c": 5}], 2)
    assert list(vocabulary.numbers) == ["a"]
