"""The measuring itself, the floors of what was measured, and the command line."""

from __future__ import annotations

import json

import pytest

from classifier import Guess, Head, Label, Suggestion, Taxonomy
from classifier.__main__ import main
from classifier.evaluation import Letter, evaluate, measure_latency, recall_of_flag, score_head
from tests.classifier.conftest import LETTERS_FILE, TAXONOMY_FILE

TINY = Taxonomy((Label("A", "a"), Label("A.1", "a1", parent="A"), Label("B", "b")), (), ())


def answer(*guesses: tuple[str, float], abstained: bool = False) -> Suggestion:
    made = tuple(Guess(code, probability) for code, probability in guesses)
    head = Head("topic", made, made[0].probability if made else 0.0, abstained)
    return Suggestion("test", "1", head, Head("issue"), Head("kind"))


def test_figures_of_one_head_by_hand():
    letters = [*(Letter("", {"topic": code}) for code in ("A.1", "A.1", "B", "B")), Letter("", {})]
    suggestions = [
        answer(("A.1", 0.9)),
        answer(("A", 0.8), ("A.1", 0.5)),
        answer(("A", 0.7), ("B", 0.2)),
        answer(("B", 0.4), abstained=True),
        answer(("A", 1.0)),
    ]
    score = score_head("topic", letters, suggestions, TINY)
    assert score.letters == 4
    assert score.accuracy == 2 / 4
    assert score.family == 3 / 4
    assert score.top3 == 4 / 4
    assert score.coverage == 3 / 4
    assert score.precision == 2 / 3
    assert score.macro_f1 == pytest.approx((2 / 3 + 2 / 3) / 2)
    assert score.calibration_error == pytest.approx((0.1 + 0.2 + 0.7 + 0.6) / 4)


def test_a_letter_labelled_by_family_only_is_not_contradicted_by_a_leaf():
    score = score_head("topic", [Letter("", {"topic": "A"})], [answer(("A.1", 0.9))], TINY)
    assert (score.accuracy, score.family, score.precision) == (0.0, 1.0, 1.0)


def test_nothing_to_measure_gives_zero_not_an_error(engine):
    assert score_head("topic", [], [], TINY).accuracy == 0.0
    assert recall_of_flag(engine, [], "spam", "X") == (0.0, 0.0)
    with pytest.raises(ValueError, match="nothing to time"):
        measure_latency(engine, [])


# Measured 2026-11-23 and written down a little lower. The whole set, so that a change of one word does not fail it.
FLOORS = {"topic": (0.76, 0.93, 0.91), "issue": (0.71, 0.78, 0.86), "kind": (0.90, 0.90, 0.94)}


@pytest.mark.parametrize("variant", ["clean", "no accents", "NFD"])
def test_the_development_letters_stay_read_as_well_as_measured(engine, taxonomy, letters, variant):
    everything = [letter for part in letters.values() for letter in part]
    assert len(everything) >= 120
    for score in evaluate(engine, everything, taxonomy)[variant]:
        accuracy, family, precision = FLOORS[score.head]
        assert score.accuracy >= accuracy, score
        assert score.family >= family, score
        assert score.precision >= precision, score


@pytest.mark.parametrize(
    ("flag", "kind"), [("suspected_denunciation", "TO_CAO"), ("suspected_complaint", "KHIEU_NAI")]
)
def test_guarded_kinds_are_hardly_ever_missed(engine, letters, flag, kind):
    everything = [letter for part in letters.values() for letter in part]
    recall, precision = recall_of_flag(engine, everything, flag, kind)
    assert recall >= 0.95
    assert precision >= 0.75


def test_decomposed_letters_score_the_same(engine, taxonomy, letters):
    scores = evaluate(engine, letters["check"], taxonomy)
    assert scores["NFD"] == scores["clean"]


def test_development_letters_use_codes_of_the_catalogue(taxonomy, letters):
    for letter in (letter for part in letters.values() for letter in part):
        for head, code in letter.labels.items():
            assert code in {label.code for label in getattr(taxonomy, head + "s")}


def test_evaluate_prints_a_table_and_json(capsys):
    assert (
        main(["evaluate", str(LETTERS_FILE), "--taxonomy", str(TAXONOMY_FILE), "--label-field", "topic"]) == 0
    )
    table = capsys.readouterr().out
    assert "no accents  topic" in table
    assert main(["evaluate", str(LETTERS_FILE), "--taxonomy", str(TAXONOMY_FILE), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert {score["head"] for score in figures["NFD"]} == {"topic", "issue", "kind"}
    assert figures["latency_ms"]["p95"] > 0


def test_predict_keeps_every_key_but_the_text(tmp_path, capsys):
    letters = tmp_path / "letters.jsonl"
    letters.write_text('{"id": 7, "body": "Nộp khai sinh quá hẹn", "n": null}\n\n', encoding="utf-8")
    options = ["--taxonomy", str(TAXONOMY_FILE), "--text-field", "body", "--label-field", "topic"]
    assert main(["predict", str(letters), *options]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    answered = json.loads(line)
    assert "body" not in answered
    assert (answered["id"], answered["n"]) == (7, None)
    assert max(answered["probs"], key=answered["probs"].get) == "HT.KS"
    assert answered["suggestion"]["issue"]["guesses"][0]["code"] == "CH.TR"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "line 1: not JSON"),
        ("[1]", "line 1: no text field"),
        ('{"text": 5}', "no text field"),
        ("", "no letters"),
    ],
)
def test_an_unusable_file_gets_one_sentence(tmp_path, capsys, content, complaint):
    letters = tmp_path / "letters.jsonl"
    letters.write_text(content, encoding="utf-8")
    assert main(["evaluate", str(letters), "--taxonomy", str(TAXONOMY_FILE)]) == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize("content", ["- a\n- b", "topics: [{", "topics: [{code: A}]"])
def test_an_unusable_taxonomy_gets_one_sentence(tmp_path, capsys, content):
    taxonomy = tmp_path / "taxonomy.yaml"
    taxonomy.write_text(content, encoding="utf-8")
    assert main(["predict", str(LETTERS_FILE), "--taxonomy", str(taxonomy)]) == 2
    assert capsys.readouterr().err.startswith("classifier: ")
