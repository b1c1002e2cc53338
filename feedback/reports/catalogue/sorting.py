"""How right the classifier was in a period: what it answered, what went on without a person, what was "
"put right."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from classifier.suggestion import HEADS
from feedback.models import Suggestion
from feedback.reports import quality
from feedback.reports.account import PERIOD
from feedback.reports.base import Answer, Column, Progress, Question, Report, Row, Type, share

NAMES = {"topic": _("Topic"), "issue": _("Issue"), "kind": _("Kind")}
_C, _S = Type.COUNT, Type.SHARE


class Sorting(Report):
    code = "sorting"
    title = _("Quality of automatic sorting")
    description = _(
        "What the classifier answered, what a random check found right, and what people put right."
    )
    whole_office = True
    columns = (
        Column("name", _("Which label"), Type.TEXT, _("Each label is proposed for itself.")),
        Column("letters", _("Letters"), _C, _("Letters of the period the classifier read.")),
        Column("answered", _("Answered"), _C, _("It was sure enough to propose this label.")),
        Column("coverage", _("Answered, share"), _S, _("Answered ÷ letters.")),
        Column(
            "alone",
            _("Without a person"),
            _C,
            _("Answered in letters that went on without a person looking first."),
        ),
        Column(
            "checked", _("Checked at random"), _C, _("Of these, drawn at random and looked at by a person.")
        ),
        Column("right", _("Right of checked"), _C, _("Of the checked, those the person found right.")),
        Column(
            "right_rate",
            _("Right, share"),
            _S,
            _("Right ÷ checked; not more than what people put right unasked leaves."),
        ),
        Column(
            "low",
            _("Right, at least"),
            _S,
            _("Lower bound of the true share with 95 % certainty (Wilson)."),
            shown=False,
        ),
        Column(
            "high",
            _("Right, at most"),
            _S,
            _("Upper bound of the true share with 95 % certainty (Wilson)."),
            shown=False,
        ),
        Column(
            "overruled",
            _("Put right by people"),
            _C,
            _("Answered without a person and later found wrong by anybody."),
        ),
    )
    bars = (("answered", "blue"), ("overruled", "red"))
    method = (
        _(
            "Precision is estimated on the random sample alone: letters put right unasked are found "
            "because they are wrong."
        ),
        _("Sealed letters are not counted."),
        PERIOD,
    )

    def answer(self, question: Question, progress: Progress) -> Answer:
        first = quality.monday(question.start)
        weeks = (question.period.last - first).days // 7 + 1
        mondays = [first + timedelta(weeks=n) for n in range(weeks)]
        counted = quality.combined(quality.count(quality.read(_read(question)), mondays), question.at)
        progress(1, 1)
        return Answer([_row(head, counted.total) for head in HEADS])

    def size(self, question: Question, most: int) -> int:
        return _read(question)[: most + 1].count()


def _read(question: Question) -> QuerySet[Suggestion]:
    rows = Suggestion.objects.filter(created_at__gte=question.start, created_at__lt=question.end)
    return rows.filter(case__in=question.cases())


def _row(head: str, total: quality.Group) -> Row:
    tally = total.heads[head]
    found = tally.realised
    return Row(
        head,
        {
            "name": str(NAMES[head]),
            "letters": tally.letters,
            "answered": tally.answered,
            "coverage": share(tally.answered, tally.letters),
            "alone": tally.alone,
            "checked": tally.checked,
            "right": tally.right,
            "right_rate": round(found.share, 4) if found else None,
            "low": round(found.low, 4) if found else None,
            "high": round(found.high, 4) if found else None,
            "overruled": tally.overruled,
        },
    )
