"""When to answer and when to leave it to a person: risk and coverage, with the doubt of small numbers counted in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from classifier.features import Array

NEVER = 1.01  # a threshold no probability reaches
_FEWEST = 20  # answers on which a precision may be claimed


@dataclass(frozen=True, slots=True)
class Interval:
    """A share and its Wilson bounds, each in [0, 1]."""

    share: float
    low: float
    high: float


def wilson(right: int, total: int, z: float = 1.96) -> Interval:
    """The Wilson score interval (Wilson 1927), 95 % by default; (0, 0, 1) without any observation."""
    if total == 0:
        return Interval(0.0, 0.0, 1.0)
    share = right / total
    middle = share + z * z / (2 * total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return Interval(share, max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale))


def threshold(sure: Array, right: Array, precision: float) -> float:
    """The least probability such that answers at or above it are right at `precision`; NEVER if none is.

    `sure`: probability of each first guess; `right`: whether it was true. At least _FEWEST answers must remain.
    """
    order = np.argsort(-sure, kind="stable")
    shares = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    fitting = np.flatnonzero((shares >= precision) & (np.arange(len(order)) >= _FEWEST - 1))
    return round(float(sure[order][fitting[-1]]), 4) if len(fitting) else NEVER


def coverage(sure: Array, right: Array, precision: float) -> float:
    """Share of letters that may be answered at `precision`."""
    limit = threshold(sure, right, precision)
    return float((sure >= limit).mean()) if len(sure) else 0.0
