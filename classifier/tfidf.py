"""Likeness of a letter and short texts (here: what the catalogue says about each label).

Word 1–2-grams of folded text, sublinear counts. A row per gram, a column per text: for some eighty short texts adding
up the rows of a letter's hundred grams is faster than dictionaries and than a sparse matrix product.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from classifier.text import Token, tokens

# Folded words that say nothing about the matter of a letter.
_STOP_WORDS = """
toi em chau con anh chi ong ba minh chung la va cua co khong cho thi ma o da duoc nay do di ra vao len xuong tai
voi hoac cac nhung mot hai khi neu vi nen de cung nhu rat qua lai den tu theo bi phai dang se chi bao noi a ? gi
nao sao roi vay the day kia ai trong ngoai tren duoi sau truoc cong viec nguoi dan can bo het
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


def grams(words: Sequence[Token]) -> Counter[str]:
    """Counts of the folded words and pairs; a pair counts if at least one of its words says something."""
    folded = [word.folded for word in words]
    counts = Counter(word for word in folded if word not in STOP_WORDS)
    counts.update(
        f"{left} {right}"
        for left, right in pairwise(folded)
        if left not in STOP_WORDS or right not in STOP_WORDS
    )
    return counts


class SimilarityIndex:
    """Texts by key; `scores` finds those that share words with a letter."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        counted = {key: grams(tokens(text)) for key, text in texts.items()}
        document_counts = Counter(gram for counts in counted.values() for gram in counts)
        self._rarity = {gram: math.log((1 + len(texts)) / (1 + n)) + 1 for gram, n in document_counts.items()}
        self._keys = tuple(texts)
        self._rows = {gram: row for row, gram in enumerate(self._rarity)}
        self._texts = np.zeros((len(self._rows), len(texts)), dtype=np.float32)  # each text a unit vector
        for column, counts in enumerate(counted.values()):
            for gram, weight in self._vector(counts).items():
                self._texts[self._rows[gram], column] = weight

    def _vector(self, counts: Mapping[str, int]) -> dict[str, float]:
        """Unit vector over the grams the index knows; empty when it knows none."""
        vector = self._weights(counts)
        norm = math.sqrt(sum(weight * weight for weight in vector.values()))
        return {gram: weight / norm for gram, weight in vector.items()}

    def _weights(self, counts: Mapping[str, int]) -> dict[str, float]:
        return {
            gram: (1 + math.log(n)) * self._rarity[gram] for gram, n in counts.items() if gram in self._rarity
        }

    def scores(self, words: Sequence[Token]) -> dict[str, float]:
        """For each key that shares a gram with the letter: log(1 + what they share). The text counts as a unit vector,
        the letter as it is: a long letter that says much is surer than a short one, but not in proportion."""
        weights = self._weights(grams(words))
        rows = [self._rows[gram] for gram in weights]
        totals = (
            np.log1p(np.array(list(weights.values()), dtype=np.float32) @ self._texts[rows]) if rows else ()
        )
        return {key: total for key, total in zip(self._keys, map(float, totals), strict=False) if total}

    def spoken_by(self, key: str, words: Sequence[Token]) -> list[tuple[int, float]]:
        """(word index, weight) of the single words that make the letter similar to `key`, strongest first."""
        column = self._keys.index(key)
        found: dict[str, tuple[int, float]] = {}
        for at, word in enumerate(words):
            row = self._rows.get(word.folded, -1)
            if row >= 0 and word.folded not in found and (weight := float(self._texts[row, column])):
                found[word.folded] = (at, weight)
        return sorted(found.values(), key=lambda pair: -pair[1])
