"""The words that counted, at the places where the citizen wrote them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from classifier.features import Array, Vocabulary
from classifier.lexicon import Hit
from classifier.reading import Reading
from classifier.suggestion import Evidence
from classifier.tfidf import STOP_WORDS

MOST = 6
Span = tuple[int, int, str, float]  # first word, word after the last, code, weight


def spans_of_hits(hits: Iterable[Hit], codes: Collection[str]) -> list[Span]:
    """Phrases of the catalogue found in the letter that speak for any of `codes`."""
    return [
        (hit.first, hit.last, code, hit.strength)
        for hit in hits
        for code in hit.phrase.codes[:MOST]
        if code in codes
    ]


@dataclass(frozen=True)
class Places:
    """Where the words and pairs of a letter that a model knows stand for the first time; found once for all heads.

    `spans`: (first word, word after the last); `forms` (spans × 2): positions in the letter's vector of the form
    without accents and of the form with them; `halves` (spans × 2): the spans of a pair's two words.
    What is unknown points one past the end. Words that say nothing by themselves are left out.
    """

    spans: Sequence[tuple[int, int]]
    forms: Array
    halves: Array

    @classmethod
    def of(cls, reading: Reading, vocabulary: Vocabulary, columns: Array) -> Places:
        """`columns`: of the letter's vector."""
        unknown, numbers = len(columns), vocabulary.numbers
        places = {column: place for place, column in enumerate(columns.tolist())}

        def form(name: str) -> int:
            return places.get(numbers.get(name, -1), unknown)

        spans: dict[str, tuple[int, int]] = {}
        forms, pairs, order = [], [], {}
        for at, word in enumerate(reading.words):
            if word.folded not in spans and word.folded not in STOP_WORDS:
                order[word.folded] = len(spans)
                spans[word.folded] = at, at + 1
                forms.append((form(word.folded), form(f"{word.spelling}/")))
        for at, (one, other) in enumerate(pairwise(reading.words)):
            pair = f"{one.folded} {other.folded}"
            if pair not in spans and (one.folded in order or other.folded in order):
                spans[pair] = at, at + 2
                forms.append((form(pair), form(f"{one.spelling} {other.spelling}/")))
                pairs.append((order.get(one.folded, -1), order.get(other.folded, -1)))
        halves = np.array([(-1, -1)] * len(order) + pairs, dtype=np.int64).reshape(-1, 2)
        return cls(tuple(spans.values()), np.array(forms, dtype=np.int64).reshape(-1, 2), halves)

    def spoken_for(self, code: str, worth: Array) -> list[Span]:
        """The strongest spans. `worth`: what each gram of the letter's vector added to the score of `code`."""
        own = np.append(worth, 0.0)[self.forms].sum(axis=1)
        single = np.append(np.maximum(own, 0.0), 0.0)  # −1 finds the zero at the end
        total = np.where(own > 0, own + single[self.halves].sum(axis=1), 0.0)
        strongest = np.argsort(-total, kind="stable")[:MOST]
        return [(*self.spans[n], code, float(total[n])) for n in strongest if total[n] > 0]


def distinct(spans: Iterable[Span], reading: Reading) -> Iterator[Evidence]:
    """The first spans as evidence, each place in the letter once; `spans` come strongest first."""
    taken: set[int] = set()
    count = 0
    for first, last, code, weight in spans:
        if count == MOST or taken.intersection(range(first, last)):
            continue
        taken.update(range(first, last))
        count += 1
        start, end = reading.words[first].start, reading.words[last - 1].end
        yield Evidence(reading.text[start:end], start, end, code, round(weight, 3))
