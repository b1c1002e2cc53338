"""Letters that repeat each other: one unit, one issue, one procedure (or topic, where nobody named a procedure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Q
from django.utils import timezone

from feedback.models import Case, Improvement, User
from feedback.querysets import CaseQuerySet
from feedback.reports.room import counted_for
from feedback.reports.spans import Period

FEWEST = 3  # letters; less is no repetition
SMALLEST_SHOWN = 5  # letters; the public reads no smaller number, it could point at a person
EXAMPLES = 3


class Subject(NamedTuple):
    """What the letters of a cluster have in common. `topic` is empty where a procedure says it."""

    unit: str
    issue: str
    procedure: str
    topic: str


@dataclass
class Cluster:
    subject: Subject
    count: int
    before: int
    examples: list[Case] = field(default_factory=list)
    improvements: list[Improvement] = field(default_factory=list)

    @property
    def growth(self) -> int:
        return self.count - self.before


def moments(first: date, last: date) -> tuple[datetime, datetime]:
    """From the beginning of the first day to the end of the last."""
    days = (first, last + timedelta(days=1))
    start, end = (timezone.make_aware(datetime.combine(day, time.min)) for day in days)
    return start, end


def received(cases: CaseQuerySet, first: date, last: date) -> CaseQuerySet:
    start, end = moments(first, last)
    return cases.filter(received_at__gte=start, received_at__lt=end)


def clusters(user: User, period: Period, today: date, most: int = 30) -> list[Cluster]:
    """The most frequent repetitions among the letters received in `period`, the fastest growing first among equals.

    Three queries: the counts, the examples, what is done about them already.
    """
    before = period.before(today)
    now = Q(received_at__gte=moments(period.first, period.last)[0])
    cases = received(counted_for(user), before.first, period.until(today)).exclude(issue=None)
    past = Q(received_at__lt=moments(before.first, before.last)[1])
    rows = (
        cases.order_by()
        .values("unit", "issue", "procedure", "topic")
        .annotate(now=Count("pk", filter=now), past=Count("pk", filter=past))
    )
    found = sorted(_merged(rows), key=lambda c: (-c.count, -c.growth, c.subject))
    found = [one for one in found if one.count >= FEWEST][:most]
    _add_examples(found, received(cases, period.first, period.until(today)))
    _add_improvements(found)
    return found


def _merged(rows: Iterable[Mapping[str, Any]]) -> Iterable[Cluster]:
    known: dict[Subject, Cluster] = {}
    for row in rows:
        subject = subject_of(row)
        cluster = known.setdefault(subject, Cluster(subject, 0, 0))
        cluster.count += row["now"]
        cluster.before += row["past"]
    return known.values()


def subject_of(row: Mapping[str, Any]) -> Subject:
    procedure = row["procedure"] or ""
    return Subject(row["unit"] or "", row["issue"] or "", procedure, "" if procedure else row["topic"] or "")


def of_subject(cases: CaseQuerySet, subject: Subject) -> CaseQuerySet:
    """The letters of one cluster."""
    cases = cases.filter(unit=subject.unit or None, issue=subject.issue or None)
    if subject.procedure:
        return cases.filter(procedure=subject.procedure)
    return cases.filter(procedure=None, topic=subject.topic or None)


def count_of(user: User, subject: Subject, period: Period, today: date) -> tuple[int, int]:
    """(letters of the cluster in the period, in the one before)."""
    cases, before = of_subject(counted_for(user), subject), period.before(today)
    now = received(cases, period.first, period.until(today))
    return now.count(), received(cases, before.first, before.last).count()


def _add_examples(found: list[Cluster], cases: CaseQuerySet) -> None:
    known = {one.subject: one for one in found}
    if not known:
        return
    wanted = Q(pk__in=[])
    for subject in known:
        newest = of_subject(cases, subject).order_by("-received_at", "-pk").values("pk")[:EXAMPLES]
        wanted |= Q(pk__in=newest)
    columns = ("received_at", "unit", "issue", "procedure", "topic")
    for case in Case.objects.filter(wanted).only(*columns).order_by("-received_at", "-pk"):
        row = {name: getattr(case, f"{name}_id") for name in columns[1:]}
        known[subject_of(row)].examples.append(case)


def _add_improvements(found: list[Cluster]) -> None:
    known = {one.subject: one for one in found}
    for row in Improvement.objects.select_related("owner").order_by("-pk"):
        if cluster := known.get(subject_of_improvement(row)):
            cluster.improvements.append(row)


def subject_of_improvement(row: Improvement) -> Subject:
    return subject_of({name: getattr(row, f"{name}_id") for name in ("unit", "issue", "procedure", "topic")})
