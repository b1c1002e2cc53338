"""What stands open at this moment: how much, how old, how much of it late. One query, grouped by the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.db.models import BooleanField, Case, Count, IntegerField, Value, When
from django.utils import timezone

from feedback.models import User
from feedback.querysets import standing_still
from feedback.reports.room import counted_for, family
from feedback.workflow import WAITING, Status

# Calendar days since a letter came: at most so many; what is older stands in the last group.
AGES = (5, 10, 20, 30, 60)
# Statuses in which the handler has nothing to do.
IDLE = sorted(str(s) for s in WAITING | {Status.PENDING_APPROVAL})


class Pile(NamedTuple):
    """Open letters alike in everything a figure asks for. `still`: waits, paused before it ran out; `idle`:
    waits for the citizen or for approval, not for its handler. `age`: which of AGES, or len(AGES)."""

    unit: str
    handler: int | None
    topic: str
    due_at: datetime
    still: bool
    idle: bool
    age: int
    number: int

    def late(self, at: datetime) -> bool:
        """As `feedback.querysets.late` says."""
        return self.due_at < at and not self.still


def piles(user: User, at: datetime) -> list[Pile]:
    """Every open letter this person's figures count."""
    still = Case(
        When(status__in=sorted(str(s) for s in WAITING), then=standing_still()),
        default=Value(False),
        output_field=BooleanField(),
    )
    idle = Case(When(status__in=IDLE, then=True), default=False, output_field=BooleanField())
    days = [When(received_at__gte=since(age, at), then=number) for number, age in enumerate(AGES)]
    rows = (
        counted_for(user)
        .open()
        .annotate(still=still, idle=idle, age=Case(*days, default=len(AGES), output_field=IntegerField()))
        .order_by()
        .values_list("unit", "handler", "topic", "due_at", "still", "idle", "age")
        .annotate(number=Count("pk"))
    )
    return [Pile(unit or "", who, family(topic or ""), *rest) for unit, who, topic, *rest in rows]


def since(age: int, at: datetime) -> datetime:
    """The beginning of the day `age` days ago."""
    return _beginning(timezone.localtime(at).date() - timedelta(days=age))


def _beginning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True)
class Standing:
    """How many letters; `soon`: due within the days asked for, `waiting`: the clock stands still."""

    open: int
    overdue: int
    soon: int
    waiting: int


def count(found: Iterable[Pile], at: datetime, soon: datetime) -> Standing:
    sums: Counter[str] = Counter()
    for pile in found:
        sums["open"] += pile.number
        sums["overdue"] += pile.number * pile.late(at)
        sums["soon"] += pile.number * (at <= pile.due_at < soon)
        sums["waiting"] += pile.number * pile.still
    return Standing(**{name: sums[name] for name in ("open", "overdue", "soon", "waiting")})


class Age(NamedTuple):
    """Open letters that came between two days, both included; `first` None: or earlier."""

    first: date | None
    last: date
    number: int
    overdue: int


def ages(found: Sequence[Pile], at: datetime) -> list[Age]:
    """From the newest to the oldest, empty groups included."""
    groups, last = [], timezone.localtime(at).date()
    for number, days in enumerate((*AGES, None)):
        first = timezone.localtime(since(days, at)).date() if days is not None else None
        mine = [pile for pile in found if pile.age == number]
        overdue = sum(pile.number for pile in mine if pile.late(at))
        groups.append(Age(first, last, sum(pile.number for pile in mine), overdue))
        last = first - timedelta(days=1) if first else last
    return groups


def overdue_by_topic(found: Iterable[Pile], at: datetime) -> dict[tuple[str, str], Counter[str]]:
    """(unit, family of topics) → open and overdue now."""
    cells: dict[tuple[str, str], Counter[str]] = {}
    for pile in found:
        cell = cells.setdefault((pile.unit, pile.topic), Counter())
        cell.update(open=pile.number, overdue=pile.number * pile.late(at))
    return cells
