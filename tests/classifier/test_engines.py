"""What every engine promises, whatever it is made of. A new engine is covered by being registered."""

from __future__ import annotations

import json
import random
import shutil
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import (
    ENGINES,
    Engine,
    ModelRefusedError,
    Suggestion,
    Taxonomy,
    UnknownEngineError,
    get_engine,
)
from classifier.model import save
from classifier.reading import FIRST_WORDS, LAST_WORDS
from classifier.suggestion import HEADS
from classifier.training import untaught

LETTER = "Tôi nộp hồ sơ khai sinh cho con đã hai tháng, quá hẹn mà cán bộ còn đòi 2 triệu. Vì sao?"
_chance = random.Random(20261123)
AWKWARD = {
    "empty": "",
    "one character": "ạ",
    "100,000 characters": "Nộp hồ sơ khai sinh mà chờ lâu quá. " * 2_800,
    "one endless word": "a" * 100_000,
    "question marks": "?" * 100_000,
    "emoji": "😡🙏" * 500,
    "control characters": "khai\x00 sinh\x07\x1b[31m",
    "zero width": "k\u200bh\u200bai s\u200binh" + "\u200b" * 5_000,
    "marks only": "\u0301" * 10_000,
    "right to left": "\u202eمرحبا بالعالم\u202c khai sinh",
    "English": "I would like to register the birth of my daughter, which documents do I need?",
    "binary": "".join(chr(_chance.randrange(0x110000)) for _ in range(20_000)),
    "lone surrogate": "\ud800 khai sinh",
    "white space": " \n\t" * 10_000,
}


@pytest.fixture(params=ENGINES)
def any_engine(request, taxonomy: Taxonomy, model_folder: Path) -> Engine:
    return get_engine(request.param, taxonomy, model=model_folder)


def codes_of(taxonomy: Taxonomy, head: str) -> set[str]:
    return {label.code for label in getattr(taxonomy, head + "s")}


def check_promises(suggestion: Suggestion, text: str, taxonomy: Taxonomy) -> None:
    assert [head.name for head in suggestion.heads] == list(HEADS)
    for head in suggestion.heads:
        probabilities = [guess.probability for guess in head.guesses]
        assert len(probabilities) <= 3
        assert probabilities == sorted(probabilities, reverse=True)
        assert all(0.0 <= probability <= 1.0 for probability in probabilities)
        assert head.confidence == (probabilities[0] if probabilities else 0.0)
        assert head.abstained or head.guesses
        assert {guess.code for guess in head.guesses} <= codes_of(taxonomy, head.name)
        for evidence in head.evidence:
            assert evidence.word
            assert text[evidence.start : evidence.end] == evidence.word
            assert evidence.code in codes_of(taxonomy, head.name)
            assert evidence.weight > 0


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD.keys())
def test_awkward_text_is_answered_and_of_an_endless_one_a_bounded_part_is_read(any_engine, taxonomy, text):
    suggestion = any_engine.suggest(text)
    assert suggestion.words <= FIRST_WORDS + LAST_WORDS
    check_promises(suggestion, text, taxonomy)


@settings(max_examples=60)
@given(words=st.lists(st.one_of(st.sampled_from(LETTER.split()), st.text(max_size=8)), max_size=40))
def test_any_text_keeps_the_promises(any_engine, taxonomy, words):
    text = " ".join(words)
    suggestion = any_engine.suggest(text)
    check_promises(suggestion, text, taxonomy)
    decomposed = any_engine.suggest(unicodedata.normalize("NFD", text))
    composed = any_engine.suggest(unicodedata.normalize("NFC", text))
    assert [head.guesses for head in decomposed.heads] == [head.guesses for head in composed.heads]
    assert decomposed.flags == composed.flags


@pytest.mark.parametrize("text", ["", "😡🙏", "\x00\x01", " \n "])
def test_without_a_signal_every_head_abstains(any_engine, text):
    suggestion = any_engine.suggest(text)
    assert all(head.abstained and head.answer is None for head in suggestion.heads)
    assert suggestion.flags == ()


def test_a_suggestion_survives_json(any_engine):
    suggestion = any_engine.suggest(LETTER)
    assert Suggestion.from_dict(json.loads(json.dumps(suggestion.as_dict()))) == suggestion


def test_the_same_letter_gets_the_same_answer(any_engine, taxonomy, model_folder, tmp_path):
    shutil.copytree(model_folder, tmp_path / "copy")
    fresh = Taxonomy(taxonomy.topics, taxonomy.issues, taxonomy.kinds, taxonomy.signals)
    again = get_engine(any_engine.name, fresh, model=tmp_path / "copy")
    assert any_engine.suggest(LETTER) == again.suggest(LETTER) == any_engine.suggest(LETTER)


def test_name_and_version_are_on_every_suggestion(any_engine):
    suggestion = any_engine.suggest(LETTER)
    assert (suggestion.engine, suggestion.version) == (any_engine.name, any_engine.version)
    assert suggestion.version


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_knows_nothing_on_an_empty_catalogue(name, tmp_path):
    nothing = Taxonomy((), (), ())
    save(untaught(nothing), tmp_path)
    bare = get_engine(name, nothing, model=tmp_path)
    assert all(head.abstained for head in bare.suggest(LETTER).heads)


def test_every_probability_of_every_head_sums_to_one(learned, taxonomy):
    for text in AWKWARD.values():
        for head, chances in learned.chances(text).items():
            assert set(chances) <= codes_of(taxonomy, head)
            assert sum(chances.values()) == pytest.approx(1.0)


def test_suggestion_and_probabilities_come_from_one_reading(learned):
    said, chances = learned.suggest_with_chances(LETTER)
    assert said == learned.suggest(LETTER)
    assert chances == learned.chances(LETTER)


def test_an_office_without_any_letter_learns_nothing_and_still_answers(taxonomy, tmp_path):
    save(untaught(taxonomy), tmp_path)
    engine = get_engine("learned", taxonomy, model=tmp_path)
    suggestion = engine.suggest(LETTER)
    check_promises(suggestion, LETTER, taxonomy)
    assert suggestion.topic.best == "HT.KS"


def test_an_engine_is_made_once_per_catalogue(taxonomy):
    other = Taxonomy(taxonomy.topics[:3], taxonomy.issues, taxonomy.kinds)
    assert get_engine("catalogue", taxonomy) is get_engine("catalogue", taxonomy)
    assert get_engine("catalogue", other) is not get_engine("catalogue", taxonomy)
    assert get_engine("catalogue", other).version != get_engine("catalogue", taxonomy).version


def test_an_engine_is_made_once_per_model(taxonomy, model, tmp_path):
    old = save(model, tmp_path)
    first = get_engine("learned", taxonomy, model=tmp_path)
    assert get_engine("learned", taxonomy, model=tmp_path) is first
    assert get_engine("learned", taxonomy, model=tmp_path, sha256=old) is first
    save(untaught(taxonomy), tmp_path)
    assert get_engine("learned", taxonomy, model=tmp_path) is not first
    assert (
        get_engine("learned", taxonomy, model=tmp_path, sha256=old) is first
    )  # one that was read stays read


def test_a_learned_engine_without_a_model_is_refused_and_not_remembered(taxonomy, model, tmp_path):
    with pytest.raises(ModelRefusedError, match="needs a model"):
        get_engine("learned", taxonomy)
    with pytest.raises(ModelRefusedError, match=r"model\.json is missing"):
        get_engine("learned", taxonomy, model=tmp_path / "nowhere")
    sha256 = save(model, tmp_path)
    with pytest.raises(ModelRefusedError, match="not the one that was installed"):
        get_engine("learned", taxonomy, model=tmp_path, sha256="0" * 64)
    assert get_engine("learned", taxonomy, model=tmp_path, sha256=sha256).name == "learned"


def test_an_unknown_engine_is_refused_by_name(taxonomy):
    with pytest.raises(UnknownEngineError, match="catalogue, learned, null"):
        get_engine("oracle", taxonomy)
