"""What each scorer says about every label of one head: the numbers that `stack` weighs."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from classifier.features import Array
from classifier.labels import Label
from classifier.lexicon import Hit, lexicon_of, strengths_of
from classifier.reading import Reading
from classifier.stack import SCORERS
from classifier.tfidf import SimilarityIndex

PHRASES, FAMILY_PHRASES, LIKENESS, FAMILY_LIKENESS, IMPLIED, LEARNED, RARE, FAMILY_LEARNED = range(
    len(SCORERS)
)
_SELDOM = 0.01  # share of the letters below which a label is not helped further


@dataclass(frozen=True)
class Scores:
    """`matrix`: labels × scorers, float64; `hits`: the phrases found; `strengths`: code → how strongly they spoke."""

    matrix: Array
    hits: Sequence[Hit]
    strengths: Mapping[str, float]

    @property
    def silent(self) -> bool:
        """Nothing the catalogue knows stands in the letter."""
        return not self.matrix[:, [PHRASES, FAMILY_PHRASES, LIKENESS, FAMILY_LIKENESS]].any()


class HeadScorer:
    """One question over one list of labels. `codes`: the labels that compete; a parent competes only where letters are
    labelled with it, otherwise what speaks for it speaks for its children."""

    def __init__(self, labels: Sequence[Label], labelled: Iterable[str] = ()) -> None:
        self.labels = {label.code: label for label in labels}
        self.parents = {label.code: label.parent for label in labels}
        chosen, families = set(labelled), {label.parent for label in labels}
        self.codes = tuple(code for code in self.labels if code in chosen or code not in families)
        self.numbers = {code: number for number, code in enumerate(self.codes)}
        self._lexicon = lexicon_of(tuple(labels))
        self.index = SimilarityIndex(
            {label.code: " . ".join((label.name, label.description, *label.keywords)) for label in labels}
        )
        families_of = np.array([self.parents[code] or code for code in self.codes])
        self._kin = (families_of[:, None] == families_of).astype(np.float32)
        self._members: dict[str, list[int]] = defaultdict(list)
        for number, family in enumerate(families_of):
            self._members[str(family)].append(number)

    def read(self, reading: Reading, implied: Mapping[str, float] | None = None) -> Scores:
        """Everything but what was learned, whose columns are left at zero."""
        hits = self._lexicon.hits(reading.words, reading.accented)
        strengths = strengths_of(hits)
        matrix = np.zeros((len(self.codes), len(SCORERS)))
        for code, strength in strengths.items():
            if code in self.numbers:
                matrix[self.numbers[code], PHRASES] = math.log1p(strength)
            matrix[self._members[self.parents[code] or code], FAMILY_PHRASES] += strength
        matrix[:, FAMILY_PHRASES] = np.log1p(matrix[:, FAMILY_PHRASES])
        for code, likeness in self.index.scores(reading.words).items():
            if code in self.numbers:
                matrix[self.numbers[code], LIKENESS] = likeness
            if self.parents[code] is None:
                matrix[self._members[code], FAMILY_LIKENESS] = likeness
        for code, chance in (implied or {}).items():
            if code in self.numbers:
                matrix[self.numbers[code], IMPLIED] = chance
        return Scores(matrix, hits, strengths)

    def learned(self, scores: Array, gates: Array) -> Array:
        """What the regression says (… × labels) as the columns LEARNED, RARE and FAMILY_LEARNED.

        The root, because the first tenth of a score tells more than the last; the score against how rare the label is,
        because the regression is shy of labels it saw seldom; and what it says of the family as a whole. `gates`: from
        `gates_of`.
        """
        return np.stack([_root(scores), scores * gates, _root(scores @ self._kin)], axis=-1)

    def implied_by(self, chances: Array) -> dict[str, float]:
        """What this head's answer says about the kind of the letter: delay is usually a report."""
        implied: dict[str, float] = defaultdict(float)
        for code, chance in zip(self.codes, chances, strict=True):
            if kind := self.labels[code].implies:
                implied[kind] += float(chance)
        return implied

    def families(self, chances: Array) -> dict[str, float]:
        """Probability of each family: its children and, where it competes, the parent itself."""
        sums: dict[str, float] = defaultdict(float)
        for code, chance in zip(self.codes, chances, strict=True):
            sums[self.parents[code] or code] += float(chance)
        return sums


def _root(scores: Array) -> Array:
    return np.asarray(np.sign(scores) * np.sqrt(np.abs(scores)))


def gates_of(shares: Array) -> Array:
    """How much a learned point counts, by each label's share of the letters."""
    return np.asarray(1 / np.sqrt(shares + _SELDOM))
