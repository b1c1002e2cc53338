"""Champion and challenger: is a new model good enough to take the place of the one in use?

Both read letters that no model ever learns from, as written, without accents, and as a phone would have them. Which
letters these are, a fingerprint of their words decides: the same letter, sent twice or by two people, is never on both
sides, and no label, date or number of other letters moves it across.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from classifier.evaluation import Letter
from classifier.features import Array
from classifier.noise import phone
from classifier.suggestion import HEADS, Suggestion
from classifier.text import fold

HELD_OUT = 0.15  # of all letters
VARIANTS: Mapping[str, Callable[[str], str]] = {"clean": str, "no accents": fold, "typos + teencode": phone}

FEWEST = 30  # letters of a head below which nothing is concluded
ACCURACY_MARGIN = 0.02  # so much less may be chance on a few hundred letters
LOSS_MARGIN = 0.05  # nats of log-loss
CALIBRATION_MARGIN = 0.02
CALIBRATED = 0.10  # a greater gap between confidence and truth is refused, whatever the champion's is
RECALL_MARGIN = 0.03  # of guarded kinds found
_DRAWS, _WORSE = 2_000, 97.5  # bootstrap; percentile of the difference that must not lie below zero
_BINS = 10
_words = re.compile(r"\w+")


class Telling(Protocol):
    """An engine that tells every label's probability."""

    def chances(self, text: str) -> Mapping[str, Mapping[str, float]]: ...

    def suggest(self, text: str) -> Suggestion: ...


def held_out(text: str) -> bool:
    """Is the letter kept for examinations, never to be learned from?"""
    words = " ".join(_words.findall(fold(text)))
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big") < HELD_OUT * 2**64


@dataclass(frozen=True)
class Sitting:
    """One head examined: `truths` by letter; `right`, `loss` (nats) and `sure` are variants × letters."""

    truths: tuple[str, ...]
    right: Array
    loss: Array
    sure: Array

    def figures(self) -> dict[str, dict[str, float]]:
        """Variant → accuracy, log-loss and calibration error; "all": over all of them together."""
        rows: dict[str, Any] = {variant: row for row, variant in enumerate(VARIANTS)} | {"all": slice(None)}
        return {
            variant: {
                "accuracy": round(float(self.right[row].mean()), 4),
                "log_loss": round(float(self.loss[row].mean()), 4),
                "calibration_error": round(
                    _calibration_error(self.sure[row].ravel(), self.right[row].ravel()), 4
                ),
            }
            for variant, row in rows.items()
        }


@dataclass(frozen=True)
class Examination:
    """`heads`: those with FEWEST letters or more. `guarded`: flag → (letters that should raise it, those that did)."""

    heads: Mapping[str, Sitting]
    guarded: Mapping[str, tuple[int, int]]

    def as_dict(self) -> dict[str, Any]:
        return {
            "heads": {
                name: {"letters": len(one.truths), **one.figures()} for name, one in self.heads.items()
            },
            "guarded": {
                flag: {"letters": letters, "found": found} for flag, (letters, found) in self.guarded.items()
            },
        }


def examine(engine: Telling, letters: Sequence[Letter], flags: Mapping[str, str]) -> Examination:
    """Let an engine read the letters. `flags`: code of a guarded kind → the flag it should raise."""
    told = [[engine.chances(change(letter.text)) for letter in letters] for change in VARIANTS.values()]
    heads = {}
    for head in HEADS:
        rows = [row for row, letter in enumerate(letters) if head in letter.labels]
        if len(rows) >= FEWEST:
            heads[head] = _sitting(
                head, [letters[row] for row in rows], [[one[row] for row in rows] for one in told]
            )
    guarded = {}
    for kind, flag in flags.items():
        own = [letter for letter in letters if letter.labels.get("kind") == kind]
        guarded[flag] = (len(own), sum(flag in engine.suggest(letter.text).flags for letter in own))
    return Examination(heads, guarded)


def _sitting(
    head: str, letters: Sequence[Letter], told: Sequence[Sequence[Mapping[str, Mapping[str, float]]]]
) -> Sitting:
    truths = tuple(letter.labels[head] for letter in letters)
    shape = (len(told), len(letters))
    right, loss, sure = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for row, variant in enumerate(told):
        for column, (truth, chances) in enumerate(zip(truths, variant, strict=True)):
            mine = chances.get(head) or {"": 0.0}
            best = max(mine, key=lambda code: (mine[code], code))
            right[row, column], sure[row, column] = best == truth, mine[best]
            loss[row, column] = -np.log(max(mine.get(truth, 0.0), 1e-6))
    return Sitting(truths, right, loss, sure)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a challenger does not take the champion's place: a code, and the figure before and now.

    Codes: "few_letters", "less_accurate", "less_likely" (log-loss), "less_calibrated", "not_calibrated",
    "misses_guarded". `about`: the head or the flag.
    """

    code: str
    about: str = ""
    before: float | None = None
    now: float | None = None


def judge(challenger: Examination, champion: Examination | None) -> list[Reason]:
    """Reasons against the challenger; none: it may take the place. Without a champion only calibration is asked."""
    if not challenger.heads:
        return [Reason("few_letters")]
    found = [
        Reason("not_calibrated", name, CALIBRATED, error)
        for name, one in challenger.heads.items()
        if (error := one.figures()["all"]["calibration_error"]) > CALIBRATED
    ]
    if champion is None:
        return found
    for name, one in challenger.heads.items():
        if name in champion.heads:
            found += _compared(name, one, champion.heads[name])
    for flag, (letters, raised) in challenger.guarded.items():
        before = champion.guarded.get(flag, (0, 0))[1]
        if letters and before - raised > max(1.0, RECALL_MARGIN * letters):
            found.append(
                Reason("misses_guarded", flag, round(before / letters, 4), round(raised / letters, 4))
            )
    return found


def _compared(name: str, challenger: Sitting, champion: Sitting) -> list[Reason]:
    now, before = challenger.figures()["all"], champion.figures()["all"]
    found = []
    if now["accuracy"] < before["accuracy"] - ACCURACY_MARGIN or _surely_worse(challenger, champion):
        found.append(Reason("less_accurate", name, before["accuracy"], now["accuracy"]))
    if now["log_loss"] > before["log_loss"] + LOSS_MARGIN:
        found.append(Reason("less_likely", name, before["log_loss"], now["log_loss"]))
    if now["calibration_error"] > before["calibration_error"] + CALIBRATION_MARGIN:
        found.append(Reason("less_calibrated", name, before["calibration_error"], now["calibration_error"]))
    return found


def _surely_worse(challenger: Sitting, champion: Sitting) -> bool:
    """Paired bootstrap over letters, each label drawn as often as it occurs; the variants of a letter stay together."""
    gain = challenger.right.mean(axis=0) - champion.right.mean(axis=0)
    if not gain.any():
        return False
    dice = np.random.default_rng(4)
    truths = np.array(challenger.truths)
    total = np.zeros(_DRAWS)
    for label in np.unique(truths):
        own = gain[truths == label]
        total += own[dice.integers(0, len(own), size=(_DRAWS, len(own)))].sum(axis=1)
    return bool(np.percentile(total, _WORSE) < 0)


def _calibration_error(sure: Array, right: Array) -> float:
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    gaps = (abs(float((right[bins == number] - sure[bins == number]).sum())) for number in np.unique(bins))
    return sum(gaps) / len(sure)
