"""The first engine: it knows only what the catalogue says, and needs no examples to learn from.

Per head two scorers – phrases found (`lexicon`) and similarity to the labels' descriptions (`tfidf`) – become one score
per label; a softmax over the labels *and "none of them"* turns scores into probabilities. A parent competes for itself
("something about hộ tịch") beside its children; a family's probability is the sum of both.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from classifier.engines.evidence import distinct, spans_of_hits
from classifier.engines.signals import Signals
from classifier.labels import Label, Taxonomy
from classifier.lexicon import Hit, lexicon_of, strengths_of
from classifier.reading import Reader, Reading
from classifier.suggestion import Evidence, Guess, Head, Suggestion
from classifier.tfidf import SimilarityIndex

_GUESSES = 3


@dataclass(frozen=True, slots=True)
class Weights:
    """How the scores of one head are combined.

    `lexicon`, `similarity`, `implied`: slopes of the scorers. `inherited`: the share of a parent's phrases added to
    those of a child. `none`: score of "no label". `threshold`: least confidence of an answer. `suspicion`: least
    probability that raises a label's flag. `rival`: abstain when another family's strongest label reaches this share
    of the answer's own (0 = never).
    """

    lexicon: float
    similarity: float
    none: float
    threshold: float
    inherited: float = 1.0
    implied: float = 0.0
    suspicion: float = 1.0
    rival: float = 0.0


# Chosen on the letters marked "tune" in tests/classifier/development_letters.jsonl, not on those marked otherwise.
WEIGHTS = {
    "topic": Weights(lexicon=3.0, similarity=1.6, none=4.5, threshold=0.6, rival=0.8),
    "issue": Weights(lexicon=3.0, similarity=1.6, none=2.5, threshold=0.65),
    "kind": Weights(lexicon=2.5, similarity=1.0, none=0.8, threshold=0.55, implied=3.5, suspicion=0.03),
}


@dataclass(frozen=True, slots=True)
class _Answer:
    """A head, the probability of every label that has any, and how strongly phrases spoke for each."""

    head: Head
    probabilities: dict[str, float]
    strengths: dict[str, float]


class HeadModel:
    """One question over one list of labels."""

    def __init__(self, name: str, labels: Sequence[Label], weights: Weights) -> None:
        self.name, self.weights = name, weights
        self.labels = {label.code: label for label in labels}
        self.parents = {label.code: label.parent for label in labels}
        self.lexicon = lexicon_of(tuple(labels))
        self.index = SimilarityIndex(
            {label.code: " . ".join((label.name, label.description, *label.keywords)) for label in labels}
        )

    def read(self, reading: Reading, implied: dict[str, float] | None = None) -> _Answer:
        """Answer this head's question; `implied`: what other heads already say about its labels, in [0, 1]."""
        hits = self.lexicon.hits(reading.words, reading.accented)
        strengths = strengths_of(hits)
        probabilities = self._probabilities(strengths, self.index.scores(reading.words), implied or {})
        guesses = self._guesses(probabilities)
        confidence = guesses[0].probability if guesses else 0.0
        abstained = confidence < self.weights.threshold or self._has_rival(guesses[0].code, strengths)
        head = Head(self.name, guesses, confidence, abstained, self._evidence(guesses, hits, reading))
        return _Answer(head, probabilities, strengths)

    def _probabilities(
        self, strengths: dict[str, float], similar: dict[str, float], implied: dict[str, float]
    ) -> dict[str, float]:
        scores = {}
        for code in self.labels:
            strength = strengths.get(code, 0.0)
            if (
                strength
            ):  # a child nobody spoke for inherits nothing: many children must not make a loud family
                strength += self.weights.inherited * strengths.get(self.parents[code] or "", 0.0)
            similarity, hint = similar.get(code, 0.0), implied.get(code, 0.0)
            if strength or similarity or hint:
                scores[code] = (
                    self.weights.lexicon * math.log1p(strength)
                    + self.weights.similarity * similarity
                    + self.weights.implied * hint
                )
        return _softmax(scores, self.weights.none)

    def _guesses(self, probabilities: dict[str, float]) -> tuple[Guess, ...]:
        """The leaf if it is sure, else its parent if the family is, else the likeliest labels as they are."""
        ranked = sorted(probabilities.items(), key=lambda pair: (-pair[1], pair[0]))
        families: dict[str, float] = defaultdict(float)
        for code, probability in ranked:
            families[self.parents[code] or code] += probability
        if ranked and ranked[0][1] < self.weights.threshold:
            family = max(families, key=lambda code: (families[code], code))
            if families[family] >= self.weights.threshold:
                ranked = [(family, families[family]), *(pair for pair in ranked if pair[0] != family)]
        return tuple(Guess(code, round(probability, 4)) for code, probability in ranked[:_GUESSES])

    def _has_rival(self, best: str, strengths: dict[str, float]) -> bool:
        """Whether phrases speak almost as strongly for another family: perhaps two matters in one letter."""
        families: dict[str, float] = defaultdict(float)
        for code, strength in strengths.items():
            family = self.parents[code] or code
            families[family] = max(families[family], strength)
        own = families.pop(self.parents[best] or best, 0.0)
        other = max(families.values(), default=0.0)
        return self.weights.rival > 0 and other > 0 and other >= self.weights.rival * own

    def _evidence(
        self, guesses: tuple[Guess, ...], hits: list[Hit], reading: Reading
    ) -> tuple[Evidence, ...]:
        """The strongest words for the first guess and its family: phrases found, or else similar words."""
        if not guesses:
            return ()
        best = guesses[0].code
        family = {code for code, parent in self.parents.items() if best in (code, parent)} | {
            self.parents[best] or best
        }
        spans = spans_of_hits(hits, family)
        if not spans:
            spans = [(at, at + 1, best, weight) for at, weight in self.index.spoken_by(best, reading.words)]
        spans.sort(key=lambda span: (-span[3], span[0], span[2] != best))
        return tuple(distinct(spans, reading))


class CatalogueEngine:
    """Letters read with the catalogue alone."""

    name = "catalogue"

    def __init__(self, taxonomy: Taxonomy, weights: dict[str, Weights] = WEIGHTS) -> None:
        self.version = f"1+{taxonomy.fingerprint()[:8]}"
        self.topic = HeadModel("topic", taxonomy.topics, weights["topic"])
        self.issue = HeadModel("issue", taxonomy.issues, weights["issue"])
        self.kind = HeadModel("kind", taxonomy.kinds, weights["kind"])
        self._signals = Signals(taxonomy.signals)

    def suggest(self, text: str) -> Suggestion:
        """Topic, issue and kind of a letter, with flags. Accepts any string; never raises."""
        reading = Reader().read(text)
        topic, issue = self.topic.read(reading), self.issue.read(reading)
        implied = self._implied(issue.probabilities)
        kind = self.kind.read(reading, implied)
        suspected = self._suspected(kind, implied)
        # Such a letter always goes to a person, however sure the engine is.
        kind_head = replace(kind.head, abstained=True) if suspected else kind.head
        flags = (*suspected, *self._signals.raised(reading))
        return Suggestion(
            self.name,
            self.version,
            topic.head,
            issue.head,
            kind_head,
            flags,
            words=len(reading.words),
            accented=reading.accented,
        )

    def _implied(self, issues: dict[str, float]) -> dict[str, float]:
        """What the issues say about the kind: delay is usually a report, no issue at all a question."""
        implied: dict[str, float] = defaultdict(float)
        for code, probability in issues.items():
            if kind := self.issue.labels[code].implies:
                implied[kind] += probability
        return implied

    def _suspected(self, kind: _Answer, implied: dict[str, float]) -> list[str]:
        """Flags of guarded kinds, raised long before the kind is the likeliest: a missed denunciation costs more.

        One phrase of the kind, or an issue that implies it, is needed below one half: likeness of single words
        alone would seal letters by chance.
        """
        return [
            label.flag
            for code, probability in kind.probabilities.items()
            if (label := self.kind.labels[code]).flag
            and probability >= self.kind.weights.suspicion
            and (probability >= 0.5 or code in kind.strengths or implied.get(code, 0.0) >= 0.3)
        ]


def _softmax(scores: dict[str, float], none: float) -> dict[str, float]:
    """Probabilities of the labels; what is missing to 1.0 is the probability that none of them is meant."""
    top = max(none, *scores.values()) if scores else none
    powers = {code: math.exp(score - top) for code, score in scores.items()}
    total = math.exp(none - top) + sum(powers.values())
    return {code: power / total for code, power in powers.items()}
