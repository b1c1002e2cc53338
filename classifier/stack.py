"""Several scorers become one calibrated probability: a conditional logit with weights shared by all labels.

score(label) = Σ weight × scorer(label), probability = softmax over the labels. The weights are never negative, so that
more evidence never makes a label less likely, and few, so that thirty letters are enough to fit them (McFadden 1974).
Fitted by likelihood on scores of letters not learned from, they are the calibration too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from classifier.features import Array

SCORERS = (
    "phrases",
    "family_phrases",
    "likeness",
    "family_likeness",
    "implied",
    "learned",
    "rare",
    "family_learned",
)
# What each scorer is worth before any letter is labelled, and with few; found on our own letters, whole topics with
# eight letters each among them.
UNTAUGHT = np.array([1.2, 1.1, 4.5, 1.5, 2.0, 0.0, 0.0, 0.0])
TAUGHT = np.array([1.2, 1.1, 4.5, 1.5, 1.5, 2.0, 0.5, 1.0])
FEWEST = 30  # rows; below that the weights are TAUGHT
_PULL = 1.5  # how strongly the fitted weights are drawn to TAUGHT, in letters: many letters hardly feel it


def probabilities(scores: Array, weights: Array) -> Array:
    """`scores` (… × labels × scorers) → probabilities (… × labels)."""
    total = scores @ weights
    total -= total.max(axis=-1, keepdims=True)
    powers = np.exp(total)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def fit(scores: Array, truths: Sequence[int] | Array, shares: Array | None = None) -> Array:
    """Weights for `scores` (letters × labels × scorers) and the number of each letter's true label.

    `shares`: how much each row counts (variants of one letter share one letter's weight); equal when None.
    """
    from scipy import optimize  # half a second to import, and only training needs it

    truth = np.asarray(truths)
    if len(truth) < FEWEST:
        return TAUGHT
    share = np.full(len(truth), 1 / len(truth)) if shares is None else shares / shares.sum()
    rows = np.arange(len(truth))
    right = scores[rows, truth]
    pull = _PULL / len(truth)

    def loss(weights: Array) -> tuple[float, Array]:
        chance = probabilities(scores, weights)
        miss = -np.log(np.maximum(chance[rows, truth], 1e-12)) @ share
        slope = np.einsum("n,nls,nl->s", share, scores, chance) - share @ right
        away = (weights - TAUGHT) / TAUGHT
        return float(miss + pull * away @ away), slope + 2 * pull * away / TAUGHT

    found = optimize.minimize(loss, TAUGHT, jac=True, bounds=[(0, 60)] * len(TAUGHT), method="L-BFGS-B")
    return np.asarray(found.x)
