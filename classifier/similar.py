"""Letters like this one: an index of folded words and pairs over many texts, asked in a few milliseconds.

Words are numbered by a hash (2^20 columns), so that the index of 100,000 letters needs no dictionary of a million
words, and asked by its rarest grams only: what stands in every letter cannot tell one from another. That is a rough
order; of the first few, `compare` says how like they are, by all their words, and on which words it rests.
"""

from __future__ import annotations

import zlib
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from classifier.features import Array, grams
from classifier.files import starter_letters
from classifier.reading import Reader, usual_shorthand
from classifier.text import Token

COLUMNS = 1 << 20
ASKED = 32  # grams of a letter that are looked up, the rarest
_LONGEST_RUN = 8  # words of one phrase shown as common to two letters
_TELLING = 4.0  # rarity of a word that stands in one letter of twenty; "của" and "tôi" have 2
_LONGEST_LIST = (
    0.2  # a gram that stands in more of the letters than this is looked up only if nothing rarer is there
)


@dataclass(frozen=True, slots=True)
class Near:
    """A letter of the index and its likeness: the cosine over rare words, in (0, 1]."""

    key: Hashable
    likeness: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """`value`: the cosine over all words of two letters, in [0, 1]. `words`: what they have in common, the rarest
    first, as they are typed in the first of the two."""

    value: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class Usage:
    """In how many of `letters` letters each column stands: how rare a word is among people who write to an office."""

    letters: int
    columns: Array
    times: Array


_NOBODY = Usage(0, np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64))


class SimilarLetters:
    """An index that is built once. `usage`: counted in when words are weighed, so that a likeness means the same among
    three letters and among thirty thousand (`usual_usage()`)."""

    def __init__(self, letters: Iterable[tuple[Hashable, str]], usage: Usage = _NOBODY) -> None:
        self._reader = Reader(usual_shorthand())
        self._usage = usage
        self.keys: list[Hashable] = []
        numbers: list[Array] = []
        counts: list[Array] = []
        for key, text in letters:
            columns, times = self._columns(text)
            self.keys.append(key)
            numbers.append(columns)
            counts.append(times)
        self._build(numbers, counts)

    def __len__(self) -> int:
        return len(self.keys)

    def _columns(self, text: str) -> tuple[Array, Array]:
        return self._counted(self._reader.read(text).words)

    def _counted(self, words: Sequence[Token]) -> tuple[Array, Array]:
        counted = grams(words, accented=False)
        columns = np.fromiter((_column(gram) for gram in counted), dtype=np.int32, count=len(counted))
        columns, first = np.unique(columns, return_index=True)
        times = np.fromiter(counted.values(), dtype=np.float32, count=len(counted))[first]
        return columns, 1 + np.log(times)

    def _build(self, numbers: Sequence[Array], counts: Sequence[Array]) -> None:
        total = len(numbers)
        columns = np.concatenate(numbers) if numbers else np.empty(0, dtype=np.int32)
        values = np.concatenate(counts) if counts else np.empty(0, dtype=np.float32)
        rows = np.repeat(np.arange(total, dtype=np.int32), [len(one) for one in numbers])
        frequency = np.bincount(columns, minlength=COLUMNS)
        known = frequency.astype(np.float32)
        known[self._usage.columns] += self._usage.times
        self._rarity = (np.log((1 + total + self._usage.letters) / (1 + known)) + 1).astype(np.float32)
        values = values * self._rarity[columns]
        norms = np.sqrt(np.bincount(rows, weights=values.astype(np.float64) ** 2, minlength=total))
        values = (values / np.maximum(norms, 1e-9)[rows]).astype(np.float32)
        order = np.argsort(columns, kind="stable")
        self._rows, self._values = rows[order], values[order]
        self._starts = np.concatenate([[0], np.cumsum(frequency)]).astype(np.int64)

    def nearest(self, text: str, most: int = 3, least: float = 0.1) -> list[Near]:
        """The `most` likest letters, likest first, none below `least`. An empty text is like nothing."""
        columns, values = self._columns(text)
        values = values * self._rarity[columns]
        norm = float(np.linalg.norm(values))
        if not norm or not self.keys:
            return []
        asked = self._rarest(columns)
        if not len(asked):
            return []
        spans = [(int(self._starts[c]), int(self._starts[c + 1])) for c in columns[asked]]
        rows = np.concatenate([self._rows[a:b] for a, b in spans])
        worth = np.concatenate(
            [self._values[a:b] * value for (a, b), value in zip(spans, values[asked] / norm, strict=True)]
        )
        totals = np.bincount(rows, weights=worth, minlength=len(self.keys))
        best = np.argpartition(-totals, min(most, len(totals) - 1))[:most]
        best = best[np.argsort(-totals[best], kind="stable")]
        return [Near(self.keys[i], round(min(float(totals[i]), 1.0), 4)) for i in best if totals[i] >= least]

    def compare(self, text: str, others: Sequence[str], most_words: int = 5) -> list[Likeness]:
        """How like each of the other texts is to this one, by every word of both; in their order."""
        words = self._reader.read(text).words
        columns, values = self._unit(words)
        found = []
        for other in others:
            theirs, weights = self._unit(self._reader.read(other).words)
            common, mine, yours = np.intersect1d(columns, theirs, assume_unique=True, return_indices=True)
            shares = dict(zip(common.tolist(), (values[mine] * weights[yours]).tolist(), strict=True))
            found.append(
                Likeness(
                    round(min(sum(shares.values()), 1.0), 4),
                    self._in_common(text, words, shares)[:most_words],
                )
            )
        return found

    def _in_common(self, text: str, words: Sequence[Token], shares: dict[int, float]) -> tuple[str, ...]:
        """Runs of words that stand so in both letters, as typed in this one, by what they add to the likeness; a lone
        word only when few letters have it."""
        worth: dict[str, float] = {}
        for run in _runs(words, shares):
            if len(run) == 1 and self._rarity[_column(run[0].folded)] < _TELLING:
                continue
            phrase = " ".join(text[run[0].start : run[-1].end].split())
            pairs = sum(shares[_column(f"{one.folded} {other.folded}")] for one, other in pairwise(run))
            worth[phrase] = pairs + sum(shares.get(_column(word.folded), 0.0) for word in run)
        return tuple(sorted(worth, key=lambda phrase: (-worth[phrase], phrase)))

    def _unit(self, words: Sequence[Token]) -> tuple[Array, Array]:
        columns, values = self._counted(words)
        values = values * self._rarity[columns]
        return columns, values / max(float(np.linalg.norm(values)), 1e-9)

    def _rarest(self, columns: Array) -> Array:
        lengths = self._starts[columns + 1] - self._starts[columns]
        known = np.flatnonzero(lengths)
        order = known[np.argsort(lengths[known], kind="stable")]
        short = order[lengths[order] <= max(_LONGEST_LIST * len(self.keys), 50)]
        return (short if len(short) else order)[:ASKED]


def _column(gram: str) -> int:
    return zlib.crc32(gram.encode()) % COLUMNS


def _runs(words: Sequence[Token], shares: dict[int, float]) -> Iterator[Sequence[Token]]:
    """Maximal runs whose every neighbouring pair is shared, at most _LONGEST_RUN words each; shared lone words too."""
    start = 0
    for at in range(1, len(words) + 1):
        goes_on = at < len(words) and _column(f"{words[at - 1].folded} {words[at].folded}") in shares
        if goes_on and at - start < _LONGEST_RUN:
            continue
        if at - start > 1 or _column(words[start].folded) in shares:
            yield words[start:at]
        start = at


@lru_cache(maxsize=1)
def usual_usage() -> Usage:
    """How the letters that come with the library use words. About half a second at first use."""
    index = SimilarLetters((number, letter.text) for number, letter in enumerate(starter_letters()))
    frequency = np.diff(index._starts)  # its own postings count what we want to know
    columns = np.flatnonzero(frequency).astype(np.int32)
    return Usage(len(index), columns, frequency[columns].astype(np.float32))
