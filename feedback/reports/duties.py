"""Duties to answer, and what became of them in a period: the figures most reports are made of.

One letter is one duty; a request for clarification is another. Each has a clock of the step `reply`, so the account
always balances: carried over + received + reopened = answered in time + late + passed on + ended otherwise + pending.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models import Count, DateTimeField, F, Q, QuerySet, When
from django.utils.translation import gettext_lazy as _

from feedback.models import CaseClock, Publication
from feedback.models.clocks import DONE_BY
from feedback.querysets import CaseQuerySet
from feedback.reports.base import TOTAL, Column, Question, Type, Value, hours, quantile, share

ANSWERS = sorted(DONE_BY["reply"])
_COUNT, _SHARE, _HOURS = Type.COUNT, Type.SHARE, Type.HOURS

COLUMNS: tuple[Column, ...] = (
    Column(
        "carried",
        _("Carried over"),
        _COUNT,
        _("Owed when the period began: received before, not yet answered."),
    ),
    Column("received", _("Received in the period"), _COUNT, _("Letters received in the period.")),
    Column(
        "reopened",
        _("Clarification asked"),
        _COUNT,
        _("Requests of the period to make an answer clearer; each is owed an answer of its own."),
    ),
    Column("all", _("To be handled"), _COUNT, _("Carried over + received + clarification asked.")),
    Column(
        "on_time",
        _("Settled on time"),
        _COUNT,
        _(
            "Answered, or refused with a reason, in the period and by the final date (extensions and "
            "pauses counted)."
        ),
    ),
    Column("late", _("Settled late"), _COUNT, _("Answered or refused in the period after the final date.")),
    Column(
        "transferred",
        _("Passed on"),
        _COUNT,
        _("Sent to the competent agency in the period."),
    ),
    Column(
        "ended",
        _("Ended otherwise"),
        _COUNT,
        _("Withdrawn by the sender or merged with another letter in the period."),
    ),
    Column(
        "pending",
        _("Pending, in time"),
        _COUNT,
        _("Still owed at the end of the period, final date not passed or clock standing still."),
    ),
    Column(
        "overdue", _("Pending, overdue"), _COUNT, _("Still owed at the end of the period, final date passed.")
    ),
    Column(
        "rate",
        _("On-time rate"),
        _SHARE,
        _("Settled on time ÷ (settled on time + settled late), by the final date."),
    ),
    Column(
        "rate_original",
        _("On-time rate, original date"),
        _SHARE,
        _("The same by the date of the rule alone, without pauses and extensions."),
        shown=False,
    ),
    Column("published", _("Published"), _COUNT, _("Answers published in the period."), shown=False),
    Column(
        "median",
        _("Median time to answer (hours)"),
        _HOURS,
        _("Half of the settled took at most so many working hours, pauses included."),
        shown=False,
    ),
)
CLICKABLE = (
    "carried",
    "received",
    "reopened",
    "all",
    "on_time",
    "late",
    "transferred",
    "ended",
    "pending",
    "overdue",
    "published",
)
BARS = (("on_time", "green"), ("late", "red"), ("pending", "blue"), ("overdue", "amber"))
_HIDDEN = ("on_time_original",)


def duties(question: Question, cases: CaseQuerySet | None = None) -> QuerySet[CaseClock]:
    """Those alive in the period. `begun`: when it arose – the answer to a letter is owed from its receipt, whenever
    its clock starts."""
    alive = Q(stopped_at=None) | Q(stopped_at__gte=question.start)
    rounds = Q(name="reply") | Q(name__startswith="reply-")
    begun = models.Case(
        When(name="reply", then=F("case__received_at")),
        default=F("started_at"),
        output_field=DateTimeField(),
    )
    asked = question.cases() if cases is None else cases
    rows = CaseClock.objects.filter(alive, rounds, case__in=asked)
    return rows.annotate(begun=begun).filter(begun__lt=question.end)


def measures(question: Question) -> dict[str, Q]:
    """What each counted column counts, of the duties alive in the period."""
    start, end = question.start, question.end
    ended, first = Q(stopped_at__lt=end), Q(name="reply")
    owed = Q(stopped_at=None) | Q(stopped_at__gte=end)
    answered = ended & Q(stopped_by__in=ANSWERS)
    late = Q(due_at__lt=end) & ~Q(paused=True, stopped_at=None)
    return {
        "carried": Q(begun__lt=start),
        "received": first & Q(begun__gte=start),
        "reopened": ~first & Q(begun__gte=start),
        "all": Q(),
        "on_time": answered & Q(verdict="met"),
        "late": answered & ~Q(verdict="met"),
        "on_time_original": answered & Q(original_verdict="met"),
        "transferred": ended & Q(stopped_by="transfer"),
        "ended": ended & ~Q(stopped_by__in=[*ANSWERS, "transfer"]),
        "pending": owed & ~late,
        "overdue": owed & late,
    }


def counted(rows: QuerySet[CaseClock], question: Question, by: Any) -> dict[Any, dict[str, int]]:
    """Every measure by the values of `by`, an expression or a path. One query."""
    numbers = {
        f"n_{name}": Count("pk", filter=which) if which else Count("pk")
        for name, which in measures(question).items()
    }
    found: Any = rows.order_by().annotate(cell=by).values("cell").annotate(**numbers)
    return {row["cell"]: {name[2:]: row[name] for name in numbers} for row in found}


def taken(rows: QuerySet[CaseClock], question: Question, by: Any) -> dict[Any, list[int]]:
    """Working seconds each settled duty took, in order, by the values of `by`. One query."""
    settled = rows.filter(stopped_at__lt=question.end, stopped_by__in=ANSWERS, taken_seconds__isnull=False)
    found: dict[Any, list[int]] = defaultdict(list)
    pairs: Any = settled.annotate(cell=by).order_by("taken_seconds").values_list("cell", "taken_seconds")
    for cell, seconds in pairs.iterator(chunk_size=5000):
        found[cell].append(seconds)
    return found


def publications(question: Question, cases: CaseQuerySet) -> QuerySet[Publication]:
    """Public answers of the period that still stand."""
    return Publication.objects.published().filter(
        published_at__gte=question.start, published_at__lt=question.end, case__in=cases
    )


def published(question: Question, cases: CaseQuerySet, by: Any) -> dict[Any, int]:
    """Answers published in the period, by the values of `by` seen from the publication. One query."""
    rows = publications(question, cases).order_by().annotate(cell=by).values("cell")
    return {row["cell"]: row["n"] for row in rows.annotate(n=Count("pk"))}


def values(counts: Mapping[str, int], times: list[int], public: int) -> dict[str, Value]:
    """The columns of one row from its counts."""
    done = counts["on_time"] + counts["late"]
    figures: dict[str, Value] = {name: n for name, n in counts.items() if name not in _HIDDEN}
    return figures | {
        "rate": share(counts["on_time"], done),
        "rate_original": share(counts["on_time_original"], done),
        "published": public,
        "median": hours(quantile(times, 0.5)),
    }


def account(question: Question, cases: CaseQuerySet, by: Any) -> dict[Any, dict[str, Value]]:
    """The columns by the values of an expression, and of everything together under TOTAL. Three queries."""
    rows = duties(question, cases)
    counts, times = counted(rows, question, by), taken(rows, question, by)
    public = published(question, cases, by)
    return {
        cell: values(
            counts.get(cell) or dict.fromkeys(measures(question), 0), times.get(cell, []), public.get(cell, 0)
        )
        for cell in {*counts, *public}
    } | {TOTAL: _everything(counts, times, public, question)}


def _everything(
    counts: Mapping[Any, Mapping[str, int]],
    times: Mapping[Any, list[int]],
    public: Mapping[Any, int],
    question: Question,
) -> dict[str, Value]:
    total = {name: sum(row[name] for row in counts.values()) for name in measures(question)}
    return values(total, sorted(second for cell in times.values() for second in cell), sum(public.values()))


def behind(question: Question, column: str, narrowed: CaseQuerySet) -> CaseQuerySet:
    """The letters one figure counts, among `narrowed`: those of its row."""
    if column == "published":
        return narrowed.filter(pk__in=publications(question, narrowed).values("case"))
    return narrowed.filter(
        pk__in=duties(question, narrowed).filter(measures(question)[column]).values("case")
    )
