"""The figures of the manager's room, read from the sums kept in `Facts`. Two queries, however many letters there are.

Whose letters are summed: those `visible_to` shows a person by office – everything ordinary for managers and auditors,
the units led for leaders – without what is about that person or unit. Sealed letters are in no figure, for nobody;
whoever may see them has their list. `counted_for` gives the very letters.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, Sum

from feedback.models import Case, Facts, User, catalogue
from feedback.models.facts import NUMBERS
from feedback.models.histogram import quantile
from feedback.querysets import CaseQuerySet
from feedback.reports.spans import Part, Period, lately, parts

_COLUMNS = ("span", "start", "unit", *NUMBERS, "first_histogram", "reply_histogram")


def sees_the_house(user: User) -> bool:
    """Every unit's figures, not only those of the units led."""
    scope = user.scope()
    return scope.sees_all_ordinary or scope.auditor


def counted_for(user: User, cases: CaseQuerySet | None = None) -> CaseQuerySet:
    """The letters behind the figures of this person."""
    seen = (Case.objects.visible_to(user) if cases is None else cases).filter(sealed=False)
    return seen if sees_the_house(user) else seen.filter(unit__in=user.scope().units)


def _of(user: User) -> Q:
    """The rows of Facts with these letters."""
    scope = user.scope()
    rows = ~Q(subject_officer=user.pk)
    if scope.conflict_units:
        rows &= ~Q(subject_unit__in=scope.conflict_units)
    return rows if sees_the_house(user) else rows & Q(unit__in=scope.units)


@dataclass
class Figures:
    """Sums over some letters and days. Times in working seconds, pauses included."""

    numbers: Counter[str] = field(default_factory=Counter)
    first: Counter[int] = field(default_factory=Counter)
    reply: Counter[int] = field(default_factory=Counter)

    def add(self, row: dict[str, Any]) -> None:
        for name in NUMBERS:
            self.numbers[name] += row[name]
        for held, column in ((self.first, "first_histogram"), (self.reply, "reply_histogram")):
            for bucket, number in row[column].items():
                held[int(bucket)] += number

    def __getitem__(self, name: str) -> int:
        return self.numbers[name]

    @property
    def on_time(self) -> float | None:
        """Share of the replies that were on time by the final date; None without replies."""
        return _share(self["in_time"], self["late"])

    @property
    def on_time_originally(self) -> float | None:
        """The same by the original date, as if no extension had been granted."""
        return _share(self["in_time_originally"], self["late_originally"])

    @property
    def reopened_share(self) -> float | None:
        """Requests for clarification for each answer sent."""
        return self["reopened"] / self["answered"] if self["answered"] else None

    @property
    def rating(self) -> float | None:
        """Mean of the ratings, 1 to 3 as on the card."""
        return self["rating_sum"] / self["ratings"] if self["ratings"] else None

    def first_response(self, share: float) -> float | None:
        """The working seconds in which `share` of the letters had their first response; at most 5 % off."""
        return quantile(self.first, share)

    def reply_time(self, share: float) -> float | None:
        return quantile(self.reply, share)


def _share(good: int, bad: int) -> float | None:
    return good / (good + bad) if good + bad else None


@dataclass
class Room:
    """Figures by unit, now and in the period before, and the trend, oldest first."""

    total: Figures
    before: Figures
    units: dict[str, Figures]
    trend: list[tuple[Period, Figures]]


def read(user: User, period: Period, today: date, trend: str) -> Room:
    """One query. `trend`: the length of its 12 steps, week or month."""
    steps = lately(type(period.length)(trend), today)
    now, before = set(parts(period, today)), set(parts(period.before(today), today))
    of_step = {part: number for number, step in enumerate(steps) for part in _whole(step)}
    room = Room(Figures(), Figures(), defaultdict(Figures), [(step, Figures()) for step in steps])
    for row in _rows(user, now | before | set(of_step)):
        part = (row["span"], row["start"])
        if part in now:
            room.total.add(row)
            room.units[row["unit"]].add(row)
        if part in before:
            room.before.add(row)
        if part in of_step:
            room.trend[of_step[part]][1].add(row)
    room.units = dict(room.units)
    return room


def _whole(step: Period) -> list[Part]:
    span = Facts.Span.WEEK if step.length == "week" else Facts.Span.MONTH
    return [(str(span), step.first)]


def _rows(user: User, wanted: Iterable[Part]) -> Iterable[dict[str, Any]]:
    return Facts.objects.filter(_of(user), _among(wanted)).order_by().values(*_COLUMNS)


def _among(wanted: Iterable[Part]) -> Q:
    starts: dict[str, list[date]] = defaultdict(list)
    for span, start in wanted:
        starts[span].append(start)
    return reduce(or_, (Q(span=span, start__in=sorted(days)) for span, days in sorted(starts.items())))


# --- unit × topic

MEASURES = ("received", "late", "in_time")


def by_topic(user: User, period: Period, today: date) -> dict[tuple[str, str], Counter[str]]:
    """(unit, family of topics) → received, late and in_time in the period. One query."""
    wanted = parts(period, today, topics=True)
    rows = Facts.objects.filter(_of(user), _among(wanted)).order_by().values("unit", "topic")
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    summed: Any = rows.annotate(**{f"n_{name}": Sum(name) for name in MEASURES})
    for row in summed:
        cell = found[row["unit"], family(row["topic"])]
        cell.update({name: row[f"n_{name}"] for name in MEASURES})
    return dict(found)


def family(topic: str) -> str:
    """The topic above, or the topic itself."""
    row = catalogue().topics.get(topic)
    return row.parent_id or topic if row is not None else topic


def shown(cells: dict[tuple[str, str], Counter[str]], at: int, by: Sequence[str]) -> list[str]:
    """Units (`at` 0) or families (1) in which anything was counted, the fullest first."""
    sums: Counter[str] = Counter()
    for key, counts in cells.items():
        sums[key[at]] += sum(counts[name] for name in by)
    return [code for code, number in sorted(sums.items(), key=lambda one: (-one[1], one[0])) if number]
