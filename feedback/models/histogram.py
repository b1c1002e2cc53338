"""Working times kept as counts, so that a median can be read from sums: at most 5 % away from the true value.

The boundaries grow by a constant factor, as in DDSketch (Masson, Rim, Lee: VLDB 2019): `s` seconds fall into bucket
ceil(log(s / SHORTEST) / log(GROWTH)) and are read back as the middle of that bucket, which is off by at most ERROR. A
minute to two working years are 124 buckets, of which a unit's month fills some twenty. Under a minute counts as one.
Plain Python.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

ERROR = 0.05  # of the value itself, to either side
GROWTH = (1 + ERROR) / (1 - ERROR)
SHORTEST = 60  # seconds
_LOG = math.log(GROWTH)


def bucket(seconds: float) -> int:
    """The bucket a time falls into; 0 holds everything up to SHORTEST."""
    return 0 if seconds <= SHORTEST else math.ceil(math.log(seconds / SHORTEST) / _LOG)


def middle(number: int) -> float:
    """Seconds a bucket is read as: no time in it is more than ERROR away."""
    return SHORTEST * 2 * GROWTH**number / (1 + GROWTH)


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """The time (seconds) that `share` of all counted ones do not exceed, as the nearest rank says; None without any."""
    total = sum(counts.values())
    if total <= 0:
        return None
    rank, seen = max(1, math.ceil(share * total)), 0
    for number in sorted(counts):
        seen += counts[number]
        if seen >= rank:
            return middle(number)
    return None
