"""Letters like this one that a person has already sorted: how the house decided then, for whoever decides now."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from feedback.models import Case, User
from feedback.querysets import CaseQuerySet
from feedback.reports.shelf import Shelf

MOST = 20_000  # letters of the index, the newest
CANDIDATES = 40  # proposals of the index, of which some may not be shown to this person
COMPARED_AT_MOST = 12
LEAST = 0.12  # as for answers shown to officers (feedback/reports/similar.py): a person judges


@dataclass(frozen=True)
class Precedent:
    """A letter whose labels a person confirmed. `percent`: its likeness; `words`: what both say."""

    case: Case
    percent: int
    words: tuple[str, ...]


def decided_like(case: Case, user: User, most: int = 3) -> list[Precedent]:
    """Confirmed letters this person may see, likest first. Of a sealed letter too: only those found are shown, and
    sealed ones are never among them. One query, and another when the log is looked at."""
    numbers = _DECIDED.nearest(case.text, CANDIDATES)
    if not numbers:
        return []
    order = {number: place for place, number in enumerate(numbers)}
    seen = _decided().visible_to(user).exclude(pk=case.pk).filter(pk__in=numbers)
    rows = sorted(seen, key=lambda row: order[row.pk])[:COMPARED_AT_MOST]
    likenesses = _DECIDED.compare(case.text, [row.text for row in rows])
    found = [
        Precedent(row, round(100 * like.value), like.words)
        for row, like in zip(rows, likenesses, strict=True)
        if like.value >= LEAST
    ]
    return sorted(found, key=lambda precedent: -precedent.percent)[:most]


def _decided() -> CaseQuerySet:
    return Case.objects.filter(kind_confirmed=True, sealed=False)


def _texts(numbers: Collection[int] | None) -> Iterator[tuple[int, str]]:
    rows = _decided().only("pk", "text")
    rows = rows.order_by("-pk")[:MOST] if numbers is None else rows.filter(pk__in=numbers)
    return ((row.pk, row.text) for row in rows.iterator(chunk_size=500))


_DECIDED = Shelf(_texts, verbs=("classify",))
SHELVES = (_DECIDED,)
