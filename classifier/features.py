"""A letter as numbers: words and pairs without accents, and again with them where the writer typed them.

The folded copy carries the meaning for everybody; the spelled copy sharpens it for those who type accents. The same
words, read the same way, serve the linear model, the search for similar letters and the search for the nearest ones.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from classifier.text import Token

if TYPE_CHECKING:
    from scipy import sparse

Array = np.ndarray


def grams(words: Sequence[Token], accented: bool) -> Counter[str]:
    """Counts of words and pairs, folded ("khai sinh"); where accents are typed also as spelled (trailing "/")."""
    folded = [word.folded for word in words]
    counts = Counter(folded)
    counts.update(f"{one} {other}" for one, other in pairwise(folded))
    if accented:
        counts.update(f"{word.spelling}/" for word in words if word.marked)
        counts.update(
            f"{one.spelling} {other.spelling}/"
            for one, other in pairwise(words)
            if one.marked or other.marked
        )
    return counts


def nearby(words: Sequence[Token], accented: bool) -> Counter[str]:
    """Counts of folded words and of pairs at most three words apart, in either order: for texts whose small words were
    dropped or whose order is free."""
    folded = [word.folded for word in words]
    counts = Counter(folded)
    for at, one in enumerate(folded):
        for other in folded[at + 1 : at + 4]:
            counts[f"{min(one, other)}&{max(one, other)}"] += 1
    return counts


# Ways to turn a letter into grams; a model names those it was made with.
VIEWS: Mapping[str, Callable[[Sequence[Token], bool], Counter[str]]] = {"words": grams, "nearby": nearby}


@dataclass(frozen=True)
class Vocabulary:
    """Which grams count, and how rare each is. `numbers`: gram → column; `rarity`: float32 by column."""

    numbers: Mapping[str, int]
    rarity: Array

    @classmethod
    def of(cls, letters: Iterable[Iterable[str]], at_least: int) -> Vocabulary:
        """Every gram that stands in `at_least` of the letters (a letter in several variants counts once)."""
        seen = Counter[str]()
        total = 0
        for letter in letters:
            seen.update(set(letter))
            total += 1
        kept = sorted(gram for gram, times in seen.items() if times >= at_least)
        rarity = np.array([math.log((1 + total) / (1 + seen[gram])) + 1 for gram in kept], dtype=np.float32)
        return cls({gram: number for number, gram in enumerate(kept)}, rarity)

    def __len__(self) -> int:
        return len(self.rarity)

    def vector(self, counts: Mapping[str, int]) -> tuple[Array, Array]:
        """(columns, values) of the unit vector of one letter; both empty when it knows no gram."""
        known = [(self.numbers[gram], times) for gram, times in counts.items() if gram in self.numbers]
        if not known:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        columns = np.array([column for column, _ in known])
        values = (1 + np.log(np.array([times for _, times in known], dtype=np.float32))) * self.rarity[
            columns
        ]
        return columns, values / np.float32(np.linalg.norm(values))

    def matrix(self, letters: Sequence[Mapping[str, int]]) -> sparse.csr_matrix:
        """One row per letter, float32."""
        from scipy import sparse  # half a second to import, and reading a letter does not need it

        rows = [self.vector(counts) for counts in letters]
        ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
        columns = np.concatenate([columns for columns, _ in rows]) if rows else np.empty(0, dtype=np.int64)
        values = np.concatenate([values for _, values in rows]) if rows else np.empty(0, dtype=np.float32)
        return sparse.csr_matrix((values, columns, ends), shape=(len(letters), len(self)), dtype=np.float32)
