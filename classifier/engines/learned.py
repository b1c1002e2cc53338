"""The engine that learns: catalogue phrases, likeness to the catalogue and a learned model, stacked and calibrated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from classifier import stack
from classifier.engines.evidence import Places, distinct, spans_of_hits
from classifier.engines.signals import Signals
from classifier.features import VIEWS, Array
from classifier.labels import Label, Taxonomy
from classifier.model import HeadModel, Model, ModelRefusedError, strictness
from classifier.reading import Reader, Reading, usual_shorthand
from classifier.scoring import LEARNED, RARE, HeadScorer, Scores
from classifier.suggestion import Evidence, Guess, Head, Suggestion

_GUESSES = 3


@lru_cache(maxsize=9)
def _scorer_of(labels: tuple[Label, ...], codes: tuple[str, ...]) -> HeadScorer:
    """A catalogue is taken apart once for all models of it: one on trial, or one asked for another precision."""
    return HeadScorer(labels, codes)


@dataclass(frozen=True, slots=True)
class Answer:
    """One head of one letter: every label's probability, and what it was made of."""

    chances: Array
    scores: Scores
    silent: bool


@dataclass(frozen=True, slots=True)
class Learned:
    """What the learned scorer made of a letter: by part its (columns, values); the score of every label of every head;
    the places of the words, when the first part reads words."""

    vectors: tuple[tuple[Array, Array], ...]
    scores: Array
    places: Places | None


class LearnedEngine:
    """Letters read with the catalogue and with what labelled letters taught. `model`: from `training.train`."""

    name = "learned"

    def __init__(
        self,
        taxonomy: Taxonomy,
        model: Model,
        shorthand: Mapping[str, tuple[str, ...]] | None = None,
        *,
        precisions: Mapping[str, float] | None = None,
    ) -> None:
        """`precisions`: by head, the share of answers that must be true, where the model was made for another.

        The catalogue may have changed since: labels the model does not know are found by their words, labels that are
        gone are no longer answered. Raises ModelRefusedError where most of a head's labels are gone: made for others.
        """
        model = strictness(model, precisions or {})
        written = usual_shorthand() if shorthand is None else shorthand
        self.version = f"{model.about.get('name') or 'model'}+{taxonomy.fingerprint()[:8]}"
        self.model = model
        self._reader = Reader(written, model.pairs)
        self._heads = {head.name: self._scorer(taxonomy, head) for head in model.heads}
        self._signals = Signals(taxonomy.signals)

    def _scorer(self, taxonomy: Taxonomy, head: HeadModel) -> HeadScorer:
        scorer = _scorer_of(getattr(taxonomy, head.name + "s"), head.codes)
        if 2 * len(set(head.codes) & set(scorer.codes)) < len(head.codes):
            raise ModelRefusedError(f"the model's labels of {head.name} are not those of the catalogue")
        return scorer

    # --- answers

    def suggest(self, text: str) -> Suggestion:
        """Topic, issue and kind of a letter, with flags. Accepts any string; never raises."""
        return self._suggestion(*self._read(text))

    def chances(self, text: str) -> dict[str, dict[str, float]]:
        """Head → label → probability, every label."""
        return self._chances(self._read(text)[2])

    def suggest_with_chances(self, text: str) -> tuple[Suggestion, dict[str, dict[str, float]]]:
        """Both, for one reading of the letter."""
        reading, learned, answers = self._read(text)
        return self._suggestion(reading, learned, answers), self._chances(answers)

    def _read(self, text: str) -> tuple[Reading, Learned, dict[str, Answer]]:
        reading = self._reader.read(text)
        learned = self._learned(reading)
        return reading, learned, self._answers(reading, learned)

    def _chances(self, answers: Mapping[str, Answer]) -> dict[str, dict[str, float]]:
        return {
            name: dict(zip(self._heads[name].codes, map(float, answer.chances), strict=True))
            for name, answer in answers.items()
        }

    def _suggestion(self, reading: Reading, learned: Learned, answers: Mapping[str, Answer]) -> Suggestion:
        heads = {name: self._head(name, answers, reading, learned) for name in ("topic", "issue", "kind")}
        suspected = self._suspected(answers)
        kind = heads["kind"]
        if suspected:  # such a letter always goes to a person, however sure the engine is
            kind = Head(kind.name, kind.guesses, kind.confidence, True, kind.evidence)
        flags = (*suspected, *self._signals.raised(reading))
        return Suggestion(
            self.name,
            self.version,
            heads["topic"],
            heads["issue"],
            kind,
            flags,
            words=len(reading.words),
            unknown=self._unknown(reading),
            accented=reading.accented,
        )

    def _unknown(self, reading: Reading) -> int:
        """How many words it did not learn from letters; 0 for a model that learned from none."""
        views = [part.vocabulary.numbers for part in self.model.parts]
        return sum(not any(word.folded in known for known in views) for word in reading.words) if views else 0

    def _learned(self, reading: Reading) -> Learned:
        vectors, total = [], np.zeros(sum(len(head.codes) for head in self.model.heads))
        for part in self.model.parts:
            columns, values = part.vocabulary.vector(VIEWS[part.view](reading.words, reading.accented))
            vectors.append((columns, values))
            total = total + values @ part.weights[columns] + part.bias
        places = None
        if self.model.parts and self.model.parts[0].view == "words":
            places = Places.of(reading, self.model.parts[0].vocabulary, vectors[0][0])
        return Learned(tuple(vectors), total / max(len(self.model.parts), 1), places)

    def _answers(self, reading: Reading, learned: Learned) -> dict[str, Answer]:
        answers: dict[str, Answer] = {}
        for head in sorted(self.model.heads, key=lambda one: one.name == "kind"):
            implied = None
            if head.name == "kind" and "issue" in answers:
                implied = self._heads["issue"].implied_by(answers["issue"].chances)
            answers[head.name] = self._answer(head, reading, learned, implied)
        return answers

    def _answer(
        self,
        head: HeadModel,
        reading: Reading,
        learned: Learned,
        implied: Mapping[str, float] | None,
    ) -> Answer:
        scorer = self._heads[head.name]
        scores = scorer.read(reading, implied)
        said, gates = np.zeros((2, len(scorer.codes)))
        for code, score, gate in zip(
            head.codes, learned.scores[self.model.columns(head.name)], head.gates, strict=True
        ):
            if code in scorer.numbers:
                said[scorer.numbers[code]], gates[scorer.numbers[code]] = score, gate
        scores.matrix[:, LEARNED:] = scorer.learned(said, gates)
        chances = stack.probabilities(scores.matrix, np.array(head.weights))
        return Answer(
            chances, scores, scores.silent and not any(len(columns) for columns, _ in learned.vectors)
        )

    # --- one head for people

    def _head(
        self,
        name: str,
        answers: Mapping[str, Answer],
        reading: Reading,
        learned: Learned,
    ) -> Head:
        answer, model = answers.get(name), self.model.head(name)
        if answer is None or model is None or answer.silent:
            return Head(name)
        scorer = self._heads[name]
        ranked = sorted(
            zip(scorer.codes, map(float, answer.chances), strict=True), key=lambda p: (-p[1], p[0])
        )
        abstained = ranked[0][1] < model.leaf
        if abstained:
            families = scorer.families(answer.chances)
            family = max(families, key=lambda code: (families[code], code))
            if families[family] >= model.family and family in scorer.labels:
                ranked = [(family, families[family]), *(pair for pair in ranked if pair[0] != family)]
                abstained = False
        guesses = tuple(Guess(code, round(min(chance, 1.0), 4)) for code, chance in ranked[:_GUESSES])
        evidence = self._evidence(name, guesses[0].code, answer, reading, learned)
        return Head(name, guesses, guesses[0].probability, abstained, evidence)

    def _evidence(
        self, name: str, best: str, answer: Answer, reading: Reading, learned: Learned
    ) -> tuple[Evidence, ...]:
        scorer, model = self._heads[name], self.model.head(name)
        family = {code for code, parent in scorer.parents.items() if best in (code, parent)}
        family.add(scorer.parents[best] or best)
        spans = spans_of_hits(answer.scores.hits, family)
        if model is not None and best in model.codes and learned.places is not None:
            number, part, (columns, values) = model.codes.index(best), self.model.parts[0], learned.vectors[0]
            worth = values * part.weights[columns, self.model.columns(name).start + number]
            counts = model.weights[LEARNED] + model.gates[number] * model.weights[RARE]
            worth = worth * counts / len(self.model.parts)
            spans += learned.places.spoken_for(best, worth)
        return tuple(distinct(sorted(spans, key=lambda span: (-span[3], span[0], span[1])), reading))

    # --- flags

    def _suspected(self, answers: Mapping[str, Answer]) -> list[str]:
        """Flags of guarded kinds: the model above the probability that keeps nearly all of them, or a phrase of the
        catalogue that says so outright."""
        answer, model = answers.get("kind"), self.model.head("kind")
        if answer is None or model is None or answer.silent:  # a letter without a known word says nothing
            return []
        scorer = self._heads["kind"]
        flags = []
        for number, code in enumerate(scorer.codes):
            label = scorer.labels[code]
            limit = min(model.suspicion.get(code, 0.5), 0.5)
            if label.flag and answer.chances[number] >= limit:
                flags.append(label.flag)
        return flags
