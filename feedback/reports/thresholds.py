"""What the classifier would sort by itself if it had to be at least so sure: from what it said and people found later.

Only letters it answered count: a threshold can make it more careful, never bolder than its model is. How right it was
is known from the random check alone, as on the page of the sorting quality.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache

from classifier.risk import Interval, wilson
from classifier.suggestion import HEADS
from feedback.reports import quality

STEPS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.99)
KEPT = 300  # seconds
GRAIN = 1000  # confidences are counted by the thousandth
WHEN = "threshold-counts"


@dataclass
class Counts:
    """One head of the last weeks. By confidence × GRAIN: letters answered, checked, and right."""

    letters: int
    answered: Counter[int]
    checked: Counter[int]
    right: Counter[int]


@dataclass(frozen=True)
class Row:
    """At one threshold: letters answered, and of those checked how many were right."""

    threshold: float
    answered: int
    letters: int
    checked: int
    right: int

    @property
    def coverage(self) -> float | None:
        return self.answered / self.letters if self.letters else None

    @property
    def precision(self) -> Interval | None:
        return wilson(self.right, self.checked) if self.checked else None


def counts(at: datetime) -> dict[str, Counts]:
    """The last weeks of the quality report. One query; kept for KEPT seconds."""
    held: dict[str, Counts] | None = cache.get(WHEN)
    if held is None:
        held = {head: Counts(0, Counter(), Counter(), Counter()) for head in HEADS}
        first = quality.monday(at) - timedelta(weeks=quality.WEEKS - 1)
        for letter in quality.letters(first):
            for head, answer in letter.heads.items():
                _add(held[head], answer)
        cache.set(WHEN, held, KEPT)
    return held


def _add(one: Counts, answer: quality.Answer) -> None:
    one.letters += 1
    if answer.code is None:
        return
    place = int(answer.confidence * GRAIN)
    one.answered[place] += 1
    if answer.right is not None:
        one.checked[place] += 1
        one.right[place] += answer.right


def at_threshold(one: Counts, threshold: float) -> Row:
    least = round(threshold * GRAIN)

    def above(numbers: Counter[int]) -> int:
        return sum(number for place, number in numbers.items() if place >= least)

    return Row(threshold, above(one.answered), one.letters, above(one.checked), above(one.right))


def table(one: Counts, also: float | None = None) -> list[Row]:
    """A row for each of STEPS, and for `also`."""
    steps = sorted({*STEPS, *([] if also is None else [also])})
    return [at_threshold(one, step) for step in steps]
