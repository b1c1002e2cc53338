"""The manager's room: what came and went, what stands open, what will be late. Every number leads to its letters.

Past figures are read from the sums kept from the log (`feedback.reports.room`), the present from the open letters, each
in one query. htmx asks for the same address every half minute and gets the figures alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from feedback import actions
from feedback.models import Change, Improvement, User
from feedback.reports import room, standing
from feedback.reports.standing import Pile
from feedback.web.desk import manager_figures as figures
from feedback.web.desk.base import DeskRequest, desk_page, show
from feedback.web.desk.filters import soon_end
from feedback.web.desk.manager_choice import MAPS, Choice, allowed, name_of_period
from feedback.web.desk.manager_forecast import outlook_of

RUNNING = 5  # improvements shown; the register has them all


@desk_page
def overview(request: DeskRequest) -> HttpResponse:
    """`/can-bo/tong-quan/`. At most twelve queries; two more while new events are folded in."""
    allowed(request.user)
    at, user = timezone.now(), request.user
    behind = actions.freshen_statistics(at=at)
    choice = Choice(request.GET, timezone.localtime(at).date())
    context = _figures(user, choice, at) | {"choice": choice, "at": at, "behind": behind}
    context["renews"] = request.GET.get("live") != "no"
    if request.headers.get("HX-Request"):
        return show(request, "manager/_figures", context)
    return show(request, "overview", context | _notices(user))


def _notices(user: User) -> dict[str, Any]:
    manager = user.scope().manager
    return {
        "classifier": actions.standing().trouble if manager else None,
        "changes": Change.objects.filter(state=Change.State.READY).count() if manager else 0,
    }


def _figures(user: User, choice: Choice, at: datetime) -> dict[str, Any]:
    span, today = choice.span, choice.today
    found = room.read(user, span, today, choice.steps)
    piles = standing.piles(user, at)
    total, lines = figures.lines(found, piles, span, at, soon_end(at))
    return {
        "total": total,
        "lines": lines,
        "span": span,
        "previous": name_of_period(span.before(today)),
        "facts": figures.facts(found, span),
        "ageing": figures.ageing(piles, at),
        "trend": figures.trend(found),
        "heat": figures.heat(_cells(user, choice, piles, at), choice.heat, span),
        "heat_name": MAPS[choice.heat],
        "forecast": outlook_of(piles, at),
        "improvements": Improvement.objects.running().select_related("owner")[:RUNNING],
        "today": today,
    }


def _cells(user: User, choice: Choice, piles: list[Pile], at: datetime) -> Any:
    if choice.heat == "overdue":
        return standing.overdue_by_topic(piles, at)
    return room.by_topic(user, choice.span, choice.today)
