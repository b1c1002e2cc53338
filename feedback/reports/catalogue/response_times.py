"""How long each step took and whether it was in time: first sign of life, acceptance, passing on, the "
"answer."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from feedback.models import CaseClock
from feedback.models.clocks import step_of
from feedback.querysets import CaseQuerySet
from feedback.reports.account import CASES_NOW, PERIOD
from feedback.reports.base import (
    Answer,
    Column,
    Progress,
    Question,
    Report,
    Row,
    Type,
    hours,
    quantile,
    share,
)
from feedback.reports.response import counting

STEPS = {
    "acknowledge": _("First response"),
    "accept": _("Acceptance"),
    "transfer": _("Passing on to the competent agency"),
    "reply": _("Answer"),
}
_C, _H, _S = Type.COUNT, Type.HOURS, Type.SHARE


class ResponseTimes(Report):
    code = "response-times"
    title = _("Response times")
    description = _(
        "Working time from receipt to the first response, to acceptance and to the answer, and how often "
        "each was on time."
    )
    columns = (
        Column("name", _("Step"), Type.TEXT, _("The step whose clock is measured.")),
        Column(
            "done",
            _("Done"),
            _C,
            _(
                "Steps done in the period; one that fell away because the letter was withdrawn or merged "
                "does not count."
            ),
        ),
        Column("on_time", _("On time"), _C, _("Done by the final date, extensions and pauses counted.")),
        Column("late", _("Late"), _C, _("Done after the final date.")),
        Column("rate", _("On-time rate"), _S, _("On time ÷ done, by the final date.")),
        Column(
            "rate_original",
            _("On-time rate, original date"),
            _S,
            _("The same by the date of the rule alone, without pauses and extensions."),
        ),
        Column(
            "median", _("Median (hours)"), _H, _("Half took at most so many working hours, pauses included.")
        ),
        Column("p90", _("Nine in ten (hours)"), _H, _("Nine in ten took at most so many working hours.")),
        Column(
            "mean",
            _("Mean (hours)"),
            _H,
            _("Working hours of all ÷ done. A few very long ones pull it up; the median they do not move."),
            shown=False,
        ),
        Column("longest", _("Longest (hours)"), _H, _("The one that took longest."), shown=False),
    )
    behind = ("done", "on_time", "late")
    bars = (("on_time", "green"), ("late", "red"))
    method = (
        _(
            "Times are working hours: only what lies inside the opening hours of the calendar the letter "
            "follows."
        ),
        CASES_NOW,
        PERIOD,
    )

    def answer(self, question: Question, progress: Progress) -> Answer:
        counts = _counts(question)
        progress(1, 2)
        times = _times(question)
        progress(2, 2)
        return Answer([_row(step, str(name), counts[step], times[step]) for step, name in STEPS.items()])

    def size(self, question: Question, most: int) -> int:
        return _ended(question)[: most + 1].count()

    def cases(self, question: Question, key: str, column: str) -> CaseQuerySet | None:
        if column not in self.behind or key not in STEPS:
            return None
        rows = _ended(question).filter(counting(key) & _measures()[column])
        return question.cases().filter(pk__in=rows.values("case"))


def _measures() -> dict[str, Q]:
    return {
        "done": Q(),
        "on_time": Q(verdict="met"),
        "late": ~Q(verdict="met"),
        "original": Q(original_verdict="met"),
    }


def _ended(question: Question) -> QuerySet[CaseClock]:
    wanted = Q()
    for step in STEPS:
        wanted |= counting(step)
    return CaseClock.objects.filter(
        wanted, stopped_at__gte=question.start, stopped_at__lt=question.end, case__in=question.cases()
    )


def _counts(question: Question) -> dict[str, dict[str, int]]:
    """step → measure → number. One query."""
    numbers = {
        f"n_{name}": Count("pk", filter=which) if which else Count("pk")
        for name, which in _measures().items()
    }
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows: Any = _ended(question).order_by().values("name").annotate(**numbers)
    for row in rows:
        for name in numbers:
            found[step_of(row["name"])][name[2:]] += row[name]
    return found


def _times(question: Question) -> dict[str, list[int]]:
    """step → working seconds of each, in order. One query."""
    rows = _ended(question).filter(taken_seconds__isnull=False).order_by("taken_seconds")
    found: dict[str, list[int]] = defaultdict(list)
    pairs: Any = rows.values_list("name", "taken_seconds").iterator(chunk_size=5000)
    for name, seconds in pairs:
        found[step_of(name)].append(seconds)
    return found


def _row(step: str, name: str, counts: dict[str, int], times: list[int]) -> Row:
    done = counts["done"]
    return Row(
        step,
        {
            "name": name,
            **{column: counts[column] for column in ("done", "on_time", "late")},
            "rate": share(counts["on_time"], done),
            "rate_original": share(counts["original"], done),
            "median": hours(quantile(times, 0.5)),
            "p90": hours(quantile(times, 0.9)),
            "mean": hours(sum(times) / len(times)) if times else None,
            "longest": hours(times[-1]) if times else None,
        },
    )
