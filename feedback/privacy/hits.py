"""What a detector gives back: a place in the folded text, before it is translated to the original."""

from __future__ import annotations

from typing import NamedTuple


class Hit(NamedTuple):
    """`folded.lower[start:end]` looks like `kind`; `reason` says in Vietnamese why, for the staff who confirm it."""

    start: int
    end: int
    kind: str
    reason: str
