"""Cosine similarity between a letter and short texts (here: what the catalogue says about each label).

Word 1–2-grams of folded text, sublinear counts, an inverted index in plain dictionaries: for some eighty short texts
this is faster than a sparse matrix product and needs no import.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

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
        self._postings: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for key, counts in counted.items():
            vector = self._vector(counts)
            for gram, weight in vector.items():
                self._postings[gram].append((key, weight))

    def _vector(self, counts: Mapping[str, int]) -> dict[str, float]:
        """Unit vector over the grams the index knows; empty when it knows none."""
        vector = {
            gram: (1 + math.log(n)) * self._rarity[gram] for gram, n in counts.items() if gram in self._rarity
        }
        norm = math.sqrt(sum(weight * weight for weight in vector.values()))
        return {gram: weight / norm for gram, weight in vector.items()}

    def scores(self, words: Sequence[Token]) -> dict[str, float]:
        """Cosine in (0, 1] for each key that shares a gram with the letter."""
        totals: dict[str, float] = defaultdict(float)
        for gram, weight in self._vector(grams(words)).items():
            for key, other in self._postings[gram]:
                totals[key] += weight * other
        return dict(totals)

    def spoken_by(self, key: str, words: Sequence[Token]) -> list[tuple[int, float]]:
        """(word index, weight) of the single words that make the letter similar to `key`, strongest first."""
        found: dict[str, tuple[int, float]] = {}
        for at, word in enumerate(words):
            for other, weight in self._postings.get(word.folded, ()):
                if other == key:
                    found.setdefault(word.folded, (at, weight))
        return sorted(found.values(), key=lambda pair: -pair[1])
