"""What citizens said of the answers, unit by unit. Their verdict stands beside the office's, never "
"instead of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.models import Rating, Reply, catalogue
from feedback.querysets import CaseQuerySet
from feedback.reports.account import CASES_NOW, NOBODY, PERIOD
from feedback.reports.base import (
    TOTAL,
    Answer,
    Column,
    Progress,
    Question,
    Report,
    Row,
    Type,
    Value,
    name_of,
    share,
    summed,
)

_C, _S = Type.COUNT, Type.SHARE
_SCORES = {
    "satisfied": Q(score=Rating.Score.SATISFIED),
    "acceptable": Q(score=Rating.Score.ACCEPTABLE),
    "dissatisfied": Q(score=Rating.Score.DISSATISFIED),
}
_RATED = {"rated": Q(pk__isnull=False), **_SCORES, "words": ~Q(words="")}


class Satisfaction(Report):
    code = "satisfaction"
    title = gettext_lazy("Satisfaction with the answers")
    description = gettext_lazy("How citizens rated the answers they received, and how many said nothing.")
    columns = (
        Column("name", gettext_lazy("Unit"), Type.TEXT, gettext_lazy("The unit that holds the letter now.")),
        Column(
            "answers",
            gettext_lazy("Answers sent"),
            _C,
            gettext_lazy("Answers approved and sent in the period."),
        ),
        Column("rated", gettext_lazy("Rated"), _C, gettext_lazy("Ratings given in the period.")),
        Column("satisfied", gettext_lazy("Satisfied"), _C, gettext_lazy("Ratings “satisfied”.")),
        Column("acceptable", gettext_lazy("Acceptable"), _C, gettext_lazy("Ratings “acceptable”.")),
        Column("dissatisfied", gettext_lazy("Dissatisfied"), _C, gettext_lazy("Ratings “dissatisfied”.")),
        Column("satisfied_rate", gettext_lazy("Satisfied, share"), _S, gettext_lazy("Satisfied ÷ rated.")),
        Column(
            "content_rate",
            gettext_lazy("Satisfied or acceptable, share"),
            _S,
            gettext_lazy("(Satisfied + acceptable) ÷ rated."),
            shown=False,
        ),
        Column(
            "words",
            gettext_lazy("With words"),
            _C,
            gettext_lazy("Ratings with a remark in the citizen's own words."),
            shown=False,
        ),
    )
    behind = ("answers", *_RATED)
    bars = (("satisfied", "green"), ("acceptable", "blue"), ("dissatisfied", "red"))
    method = (
        gettext_lazy(
            "Only those who rate are counted; most people do not. A share of few ratings says little: "
            "read it together with their number."
        ),
        CASES_NOW,
        PERIOD,
    )

    def answer(self, question: Question, progress: Progress) -> Answer:
        numbers = {f"n_{name}": Count("pk", filter=which) for name, which in _RATED.items()}
        rated = {
            row["case__unit"]: row
            for row in _ratings(question).order_by().values("case__unit").annotate(**numbers)
        }
        progress(1, 2)
        rows = _answers(question).order_by().values("case__unit").annotate(n=Count("pk"))
        sent = {row["case__unit"]: row["n"] for row in rows}
        progress(2, 2)
        lines = [_row(unit, sent.get(unit, 0), rated.get(unit)) for unit in {*rated, *sent}]
        lines.sort(key=lambda row: (-int(row.values["answers"] or 0), str(row.values["name"])))
        total = summed(lines, ("answers", *_RATED))
        return Answer(lines, Row(TOTAL, {"name": _("Together"), **_with_shares(total)}))

    def size(self, question: Question, most: int) -> int:
        return _answers(question)[: most + 1].count()

    def cases(self, question: Question, key: str, column: str) -> CaseQuerySet | None:
        if column not in self.behind:
            return None
        found = question.cases()
        if key != TOTAL:
            found = found.filter(unit=None if key == NOBODY else key)
        rows: QuerySet[Any] = (
            _answers(question) if column == "answers" else _ratings(question).filter(_RATED[column])
        )
        return found.filter(pk__in=rows.values("case"))


def _ratings(question: Question) -> QuerySet[Rating]:
    return Rating.objects.filter(at__gte=question.start, at__lt=question.end, case__in=question.cases())


def _answers(question: Question) -> QuerySet[Reply]:
    return Reply.objects.filter(
        state=Reply.State.APPROVED,
        approved_at__gte=question.start,
        approved_at__lt=question.end,
        case__in=question.cases(),
    )


def _row(unit: str | None, sent: int, rated: Mapping[str, Any] | None) -> Row:
    counts: dict[str, Value] = {name: rated[f"n_{name}"] if rated else 0 for name in _RATED}
    name = name_of(catalogue().units.get(unit or "")) or _("No unit yet")
    return Row(unit or NOBODY, {"name": name, "answers": sent, **_with_shares(counts)})


def _with_shares(counts: dict[str, Value]) -> dict[str, Value]:
    rated, satisfied, acceptable = (int(counts[name] or 0) for name in ("rated", "satisfied", "acceptable"))
    return counts | {
        "satisfied_rate": share(satisfied, rated),
        "content_rate": share(satisfied + acceptable, rated),
    }
