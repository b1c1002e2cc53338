"""What is still owed at the end of the period, by how long people have been waiting."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Min, Q, QuerySet, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.models import CaseClock, catalogue
from feedback.querysets import CaseQuerySet
from feedback.reports.account import CASES_NOW, PERIOD
from feedback.reports.base import TOTAL, Answer, Column, Progress, Question, Report, Row, Type, summed
from feedback.reports.duties import duties, measures

# Calendar days people have been waiting, from … to …, oldest last.
BANDS: tuple[tuple[int, int | None], ...] = ((0, 5), (6, 10), (11, 20), (21, 30), (31, 60), (61, None))
SOON = 3  # working days
_COUNTS = ("owed", "pending", "soon", "overdue", "paused", "unassigned")


class Backlog(Report):
    code = "backlog"
    title = gettext_lazy("Pending letters by age")
    description = gettext_lazy(
        "What is still owed at the end of the period, how long people have been waiting, and how much of "
        "it is overdue."
    )
    columns = (
        Column(
            "name",
            gettext_lazy("Waiting for"),
            Type.TEXT,
            gettext_lazy("Calendar days since the letter, or the request for clarification, arrived."),
        ),
        Column(
            "owed",
            gettext_lazy("Pending"),
            Type.COUNT,
            gettext_lazy("Answers still owed at the end of the period."),
        ),
        Column(
            "pending",
            gettext_lazy("Pending, in time"),
            Type.COUNT,
            gettext_lazy("Final date not passed, or the clock stands still."),
        ),
        Column(
            "soon",
            gettext_lazy("of these due in 3 working days"),
            Type.COUNT,
            gettext_lazy("In time, with the final date within three working days."),
        ),
        Column("overdue", gettext_lazy("Pending, overdue"), Type.COUNT, gettext_lazy("Final date passed.")),
        Column(
            "paused",
            gettext_lazy("Clock standing still"),
            Type.COUNT,
            gettext_lazy("Waiting for information from the sender, or suspended, as things stand today."),
        ),
        Column(
            "unassigned",
            gettext_lazy("Without a handler"),
            Type.COUNT,
            gettext_lazy("Nobody holds the letter, as things stand today."),
        ),
        Column(
            "oldest",
            gettext_lazy("Longest wait (days)"),
            Type.NUMBER,
            gettext_lazy("Calendar days of the one who has waited longest."),
            shown=False,
        ),
    )
    behind = _COUNTS
    bars = (("pending", "blue"), ("overdue", "amber"))
    method = (
        gettext_lazy(
            "A request to make an answer clearer counts from the day it came, not from the first letter."
        ),
        CASES_NOW,
        PERIOD,
    )

    def answer(self, question: Question, progress: Progress) -> Answer:
        numbers = {f"n_{name}": Count("pk", filter=which) for name, which in _measures(question).items()}
        rows = _owed(question).order_by().annotate(cell=_band(question.end)).values("cell")
        found = {row["cell"]: row for row in rows.annotate(since=Min("begun"), **numbers)}
        progress(1, 1)
        lines = [_row(n, found.get(n), question.end) for n in range(len(BANDS))]
        oldest = max((int(line.values["oldest"] or 0) for line in lines), default=0)
        total = {"name": _("Together"), **summed(lines, _COUNTS), "oldest": oldest if found else None}
        return Answer(lines, Row(TOTAL, total))

    def size(self, question: Question, most: int) -> int:
        return _owed(question)[: most + 1].count()

    def cases(self, question: Question, key: str, column: str) -> CaseQuerySet | None:
        if column not in self.behind or not (key == TOTAL or (key.isdigit() and int(key) < len(BANDS))):
            return None
        rows = _owed(question).filter(_measures(question)[column])
        if key != TOTAL:
            rows = rows.annotate(cell=_band(question.end)).filter(cell=int(key))
        return question.cases().filter(pk__in=rows.values("case"))


def _owed(question: Question) -> QuerySet[CaseClock]:
    return duties(question).filter(Q(stopped_at=None) | Q(stopped_at__gte=question.end))


def _measures(question: Question) -> dict[str, Q]:
    which, still = measures(question), Q(paused=True, stopped_at=None)
    calendar = catalogue().calendar
    soon = calendar.closes(calendar.add_working_days(calendar.local(question.end).date(), SOON))
    return {
        "owed": Q(pk__isnull=False),
        "pending": which["pending"],
        "soon": which["pending"] & ~still & Q(due_at__lt=soon),
        "overdue": which["overdue"],
        "paused": still,
        "unassigned": Q(case__handler=None),
    }


def _band(end: datetime) -> Any:
    """The number of the band a duty lies in; the day it arose counts as none."""
    limits = (
        When(begun__gte=end - timedelta(days=most + 1), then=Value(n))
        for n, (_least, most) in enumerate(BANDS)
        if most is not None
    )
    return Case(*limits, default=Value(len(BANDS) - 1))


def _row(number: int, found: Mapping[str, Any] | None, end: datetime) -> Row:
    least, most = BANDS[number]
    name = (
        _("%(from)s to %(to)s days") % {"from": least, "to": most}
        if most
        else _("more than %(days)s days") % {"days": least - 1}
    )
    counts = {name: found[f"n_{name}"] if found else 0 for name in _COUNTS}
    return Row(
        str(number), {"name": name, **counts, "oldest": (end - found["since"]).days if found else None}
    )
