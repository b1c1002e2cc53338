"""The manager's first look: counts by unit, each a link to the very cases it counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback import actions
from feedback.models import Case, CaseClock, Change, catalogue
from feedback.querysets import CaseQuerySet, late
from feedback.web.desk.base import DeskRequest, desk_page, show
from feedback.web.desk.queues import month_start, queue_url, soon_end
from feedback.web.words import name_of
from feedback.workflow import OPEN

FIGURES: dict[str, Any] = {
    "open": _("Open"),
    "overdue": _("Overdue"),
    "soon": _("Due in 3 working days"),
    "answered": _("Answered this month"),
    "met": _("On time"),
    "missed": _("Late"),
}


@dataclass(frozen=True)
class Line:
    """One unit (or the whole office): what stands open, what is late, how answers went this month."""

    name: str
    code: str
    numbers: dict[str, int]

    @property
    def cells(self) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "label": label,
                "number": self.numbers[name],
                "url": queue_url("all", state=name, unit=self.code),
            }
            for name, label in FIGURES.items()
        ]

    @property
    def rate(self) -> str:
        """Share of this month's answers that were on time; a dash when there is none."""
        judged = self.numbers["met"] + self.numbers["missed"]
        return f"{round(100 * self.numbers['met'] / judged)} %" if judged else "–"


def lines(cases: CaseQuerySet, at: datetime) -> list[Line]:
    """Two queries: the cases by unit, and the verdicts of this month's answers by unit."""
    open_now = Q(status__in=OPEN)
    rows = (
        cases.order_by()
        .values("unit")
        .annotate(
            open=Count("pk", filter=open_now),
            late=Count("pk", filter=open_now & late(at)),
            soon=Count("pk", filter=open_now & Q(due_at__gte=at, due_at__lt=soon_end(at))),
            answered=Count("pk", filter=Q(answered_at__gte=month_start(at))),
        )
    )
    judged = CaseClock.objects.filter(name="reply", case__in=cases.filter(answered_at__gte=month_start(at)))
    verdicts = {
        (row["case__unit"], row["verdict"]): row["number"]
        for row in judged.order_by().values("case__unit", "verdict").annotate(number=Count("pk"))
    }
    units = catalogue().units
    found = []
    for row in rows:
        code = row["unit"]
        numbers = {name: row[name] for name in ("open", "soon", "answered")} | {"overdue": row["late"]}
        numbers |= {verdict: verdicts.get((code, verdict), 0) for verdict in ("met", "missed")}
        if any(numbers.values()):
            found.append(Line(name_of(units.get(code or "")) or str(_("No unit yet")), code or "-", numbers))
    return sorted(found, key=lambda line: (-line.numbers["overdue"], -line.numbers["open"], line.name))


@desk_page
def overview(request: DeskRequest) -> HttpResponse:
    scope = request.user.scope()
    if not (scope.manager or scope.leads or scope.auditor):
        raise PermissionDenied
    at = timezone.now()
    found = lines(Case.objects.visible_to(request.user), at)
    total = {name: sum(line.numbers[name] for line in found) for name in FIGURES}
    context = {
        "lines": found,
        "total": Line(str(_("Everything you may see")), "", total),
        "at": at,
        "classifier": actions.standing().trouble if scope.manager else None,
        "changes": Change.objects.filter(state=Change.State.READY).count() if scope.manager else 0,
    }
    return show(request, "overview", context)
