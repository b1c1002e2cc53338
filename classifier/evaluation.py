"""How good an engine is on letters whose labels are known, also when they come without accents or decomposed."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classifier.labels import Taxonomy
from classifier.suggestion import HEADS, Engine, Suggestion
from classifier.text import fold

VARIANTS: Mapping[str, Callable[[str], str]] = {
    "clean": lambda text: text,
    "no accents": fold,
    "NFD": lambda text: unicodedata.normalize("NFD", text),
}
BINS = 10


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


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of processor time for one letter, all heads, warm; what others do on the machine does not count."""

    p50: float
    p95: float


def score_head(
    name: str, letters: Sequence[Letter], suggestions: Sequence[Suggestion], taxonomy: Taxonomy
) -> HeadScore:
    """Compare the suggestions with the labels of head `name`. All figures are 0.0 when no letter has that label."""
    parents = {label.code: label.parent or label.code for label in getattr(taxonomy, name + "s")}
    pairs = [
        (letter.labels[name], getattr(suggestion, name))
        for letter, suggestion in zip(letters, suggestions, strict=True)
        if name in letter.labels
    ]
    right = [truth == head.best for truth, head in pairs]
    claimed = [(_holds(truth, head.best, parents), head.confidence) for truth, head in pairs]
    answered = [holds for (holds, _), (_, head) in zip(claimed, pairs, strict=True) if not head.abstained]
    return HeadScore(
        head=name,
        letters=len(pairs),
        accuracy=_share(right),
        family=_share(parents.get(truth, truth) == parents.get(head.best or "") for truth, head in pairs),
        macro_f1=_macro_f1([(truth, head.best or "") for truth, head in pairs]),
        top3=_share(truth in {guess.code for guess in head.guesses} for truth, head in pairs),
        coverage=len(answered) / len(pairs) if pairs else 0.0,
        precision=_share(answered),
        calibration_error=_calibration_error(claimed),
    )


def evaluate(
    engine: Engine, letters: Sequence[Letter], taxonomy: Taxonomy, heads: Iterable[str] = HEADS
) -> dict[str, list[HeadScore]]:
    """Scores per variant of the text ("clean", "no accents", "NFD"), one row per head."""
    heads = tuple(heads)
    scores = {}
    for variant, change in VARIANTS.items():
        suggestions = [engine.suggest(change(letter.text)) for letter in letters]
        scores[variant] = [score_head(name, letters, suggestions, taxonomy) for name in heads]
    return scores


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
