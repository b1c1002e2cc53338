"""How good an engine is on letters whose labels are known, also without accents, decomposed, or typed on a phone."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from classifier.labels import Taxonomy
from classifier.noise import phone
from classifier.risk import coverage
from classifier.suggestion import HEADS, Engine, Suggestion
from classifier.text import fold

VARIANTS: Mapping[str, Callable[[str], str]] = {
    "clean": lambda text: text,
    "no accents": fold,
    "NFD": lambda text: unicodedata.normalize("NFD", text),
}
NOISY: Mapping[str, Callable[[str], str]] = {"typos + teencode": phone}
BINS = 10
PRECISIONS = (0.90, 0.95, 0.98)


@dataclass(frozen=True, slots=True)
class Letter:
    """A text and what people said it is: head name → code. A head nobody labelled is absent."""

    text: str
    labels: Mapping[str, str]

    @classmethod
    def from_row(cls, row: Mapping[str, Any], text_field: str = "text") -> Letter:
        """Raises KeyError when the row has no text field."""
        return cls(str(row[text_field]), {head: str(row[head]) for head in HEADS if row.get(head)})


@dataclass(frozen=True, slots=True)
class HeadScore:
    """One head over the letters labelled for it; every figure but `letters` lies in [0, 1].

    `coverage90` … `coverage98`: share of letters that may be answered when 90 … 98 % of the answers must be true.

    `accuracy`, `macro_f1`, `top3` count the exact code whether or not the engine abstained; `family` also accepts
    parent, child or sibling. `coverage`: share answered. `precision`: share of answers that are true, where parent
    and child do not contradict each other. `calibration_error`: mean gap between the first guess's confidence and
    its truth, in 10 bins.
    """

    head: str
    letters: int
    accuracy: float
    family: float
    macro_f1: float
    top3: float
    coverage: float
    precision: float
    calibration_error: float
    coverage90: float = 0.0
    coverage95: float = 0.0
    coverage98: float = 0.0


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of processor time for one letter, all heads, warm; what others do on the machine does not count."""

    p50: float
    p95: float


Chances = Mapping[str, Mapping[str, float]]  # head → code → probability


def suggest_with_chances(engine: Engine, text: str) -> tuple[Suggestion, Chances]:
    """A suggestion, and every label's probability where the engine tells it, else those of its first guesses."""
    both: Callable[[str], tuple[Suggestion, Chances]] | None = getattr(engine, "suggest_with_chances", None)
    if both is not None:
        return both(text)
    said = engine.suggest(text)
    return said, {head.name: {guess.code: guess.probability for guess in head.guesses} for head in said.heads}


def score_head(
    name: str,
    letters: Sequence[Letter],
    suggestions: Sequence[Suggestion],
    taxonomy: Taxonomy,
    chances: Sequence[Chances] | None = None,
) -> HeadScore:
    """Compare the suggestions with the labels of head `name`. All figures are 0.0 when no letter has that label.

    `chances`: every label's probability, when the engine tells more than its first guesses.
    """
    parents = {label.code: label.parent or label.code for label in getattr(taxonomy, name + "s")}
    rows = [n for n, letter in enumerate(letters) if name in letter.labels]
    pairs = [(letters[n].labels[name], getattr(suggestions[n], name)) for n in rows]
    if chances is None:
        ranked = [[(guess.code, guess.probability) for guess in head.guesses] for _, head in pairs]
    else:
        ranked = [
            sorted(chances[n].get(name, {}).items(), key=lambda pair: (-pair[1], pair[0]))[:3] for n in rows
        ]
    first = [(guesses[0] if guesses else ("", 0.0)) for guesses in ranked]
    truths = [truth for truth, _ in pairs]
    right = [truth == code for truth, (code, _) in zip(truths, first, strict=True)]
    holds = [_holds(truth, code, parents) for truth, (code, _) in zip(truths, first, strict=True)]
    answered = [_holds(truth, head.best, parents) for truth, head in pairs if not head.abstained]
    sure = np.array([chance for _, chance in first])
    at = [coverage(sure, np.array(holds), precision) for precision in PRECISIONS] if pairs else [0.0] * 3
    return HeadScore(
        head=name,
        letters=len(pairs),
        accuracy=_share(right),
        family=_share(
            parents.get(t, t) == parents.get(c, c) for t, (c, _) in zip(truths, first, strict=True)
        ),
        macro_f1=_macro_f1([(t, c) for t, (c, _) in zip(truths, first, strict=True)]),
        top3=_share(t in {code for code, _ in three} for t, three in zip(truths, ranked, strict=True)),
        coverage=len(answered) / len(pairs) if pairs else 0.0,
        precision=_share(answered),
        calibration_error=_calibration_error(
            [(hold, chance) for hold, (_, chance) in zip(holds, first, strict=True)]
        ),
        coverage90=at[0],
        coverage95=at[1],
        coverage98=at[2],
    )


def evaluate(
    engine: Engine,
    letters: Sequence[Letter],
    taxonomy: Taxonomy,
    heads: Iterable[str] = HEADS,
    *,
    noise: bool = False,
) -> dict[str, list[HeadScore]]:
    """Scores per variant of the text ("clean", "no accents", "NFD", with `noise` also from a phone), a row per head."""
    heads = tuple(heads)
    scores = {}
    for variant, change in variants(noise=noise).items():
        told = [suggest_with_chances(engine, change(letter.text)) for letter in letters]
        suggestions, chances = [said for said, _ in told], [chances for _, chances in told]
        scores[variant] = [score_head(name, letters, suggestions, taxonomy, chances) for name in heads]
    return scores


def variants(*, noise: bool) -> Mapping[str, Callable[[str], str]]:
    """How the letters are changed before they are read."""
    return {**VARIANTS, **NOISY} if noise else VARIANTS


def recall_of_flag(
    engine: Engine, letters: Sequence[Letter], flag: str, kind: str, change: Callable[[str], str] = str
) -> tuple[float, float]:
    """(recall, precision) of `flag` as a detector of letters whose kind is `kind`."""
    raised = [
        (flag in engine.suggest(change(letter.text)).flags, letter.labels.get("kind") == kind)
        for letter in letters
    ]
    return _share(is_raised for is_raised, is_kind in raised if is_kind), _share(
        is_kind for is_raised, is_kind in raised if is_raised
    )


def measure_latency(engine: Engine, texts: Sequence[str], rounds: int = 5) -> Latency:
    """Time every text `rounds` times after one warm-up pass. Raises ValueError without texts."""
    if not texts:
        raise ValueError("nothing to time")
    for text in texts:
        engine.suggest(text)
    taken = []
    for text in list(texts) * rounds:
        started = time.thread_time()
        engine.suggest(text)
        taken.append((time.thread_time() - started) * 1000)
    taken.sort()
    return Latency(p50=taken[len(taken) // 2], p95=taken[int(len(taken) * 0.95)])


def _holds(truth: str, guess: str | None, parents: Mapping[str, str]) -> bool:
    """Same label, or one the other's parent: an answer may stop at the family, and so may who labelled it."""
    return guess is not None and (guess in (truth, parents.get(truth)) or parents.get(guess) == truth)


def _share(values: Iterable[bool]) -> float:
    counted = list(values)
    return sum(counted) / len(counted) if counted else 0.0


def _macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """Mean F1 over the codes that occur as truth."""
    codes = {truth for truth, _ in pairs}
    total = 0.0
    for code in codes:
        hits = sum(truth == guess == code for truth, guess in pairs)
        seen = sum(truth == code for truth, _ in pairs) + sum(guess == code for _, guess in pairs)
        total += 2 * hits / seen
    return total / len(codes) if codes else 0.0


def _calibration_error(claimed: Sequence[tuple[bool, float]]) -> float:
    bins: dict[int, list[tuple[bool, float]]] = {}
    for holds, confidence in claimed:
        bins.setdefault(min(int(confidence * BINS), BINS - 1), []).append((holds, confidence))
    gaps = (
        abs(sum(holds for holds, _ in members) - sum(sure for _, sure in members))
        for members in bins.values()
    )
    return sum(gaps) / len(claimed) if claimed else 0.0
