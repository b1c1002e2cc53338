"""What will be late in the next five working days: by unit and day on the overview, and the letters themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from feedback.calendar import BeyondHorizon
from feedback.models import Case, User, catalogue
from feedback.reports import forecast
from feedback.reports.forecast import Held, Late, Outlook
from feedback.reports.room import counted_for
from feedback.reports.standing import IDLE, Pile, piles
from feedback.web import charts
from feedback.web.desk.base import DeskRequest, case_url, desk_page, show
from feedback.web.desk.manager_choice import allowed
from feedback.web.words import language, name_of, shortened

MOST = 200  # letters on the page; the numbers above them count all


def outlook_of(found: list[Pile], at: datetime) -> dict[str, Any] | None:
    """Table and picture for the overview; None when the calendar ends before the week does."""
    held = [
        Held(pile.handler, pile.due_at, pile.unit, number, pile.number)
        for number, pile in enumerate(found)
        if not pile.idle
    ]
    try:
        view = forecast.outlook(at, {pile.handler for pile in found if pile.handler})
    except BeyondHorizon:
        return None
    sums = forecast.by_day(forecast.late(held, view, at))
    days = Counter[date]()
    for counts in sums.values():
        days.update(counts)
    names = [day_name(day) for day in view.days]
    rows = [_row(unit, sums[unit], view.days) for unit in sorted(sums, key=lambda u: (-sums[u].total(), u))]
    chart = charts.bars(
        _("Letters that will be late"),
        [f"{day:%d/%m}" for day in view.days],
        {_("Late"): [days[day] for day in view.days]},
        every=True,
    )
    return {
        "names": names,
        "rows": rows,
        "chart": chart,
        "total": days.total(),
        "url": reverse("desk_forecast"),
        "sums": [{"number": days[day], "url": address(day=day)} for day in view.days],
    }


def _row(unit: str, counts: Counter[date], days: Iterable[date]) -> dict[str, Any]:
    return {
        "name": name_of(catalogue().units.get(unit)) or unit or _("No unit yet"),
        "total": counts.total(),
        "url": address(unit=unit or "-"),
        "cells": [{"number": counts[day], "url": address(unit=unit or "-", day=day)} for day in days],
    }


def address(**wanted: Any) -> str:
    return f"{reverse('desk_forecast')}?{urlencode(wanted)}"


def day_name(day: date) -> str:
    """ "T5 26/11": the weekday as people speak of it."""
    vietnamese = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")[day.weekday()]
    return f"{f'{day:%a}' if language() == 'en' else vietnamese} {day:%d/%m}"


@desk_page
def forecast_page(request: DeskRequest) -> HttpResponse:
    """`/can-bo/tong-quan/du-bao/`: the letters that will be late, with the reason. `unit` and `day` narrow the list."""
    allowed(request.user)
    at = timezone.now()
    open_now = [pile for pile in piles(request.user, at) if not pile.idle]
    context: dict[str, Any] = {"at": at, "pace_days": forecast.PACE_DAYS}
    try:
        view = forecast.outlook(at, {pile.handler for pile in open_now if pile.handler})
    except BeyondHorizon:
        return show(request, "manager/forecast", context)
    found = list(forecast.late(_letters(request.user, view), view, at))
    unit, day = request.GET.get("unit", ""), request.GET.get("day", "")
    shown = [one for one in found if _wanted(one, unit, day)]
    context |= {
        "days": [{"name": day_name(d), "url": address(day=d), "current": str(d) == day} for d in view.days],
        "total": len(shown),
        "most": MOST,
        "unit": name_of(catalogue().units.get(unit)),
        "day": day_name(date.fromisoformat(day)) if day in map(str, view.days) else "",
        "rows": _rows(shown[:MOST], view),
    }
    return show(request, "manager/forecast", context)


def _wanted(one: Late, unit: str, day: str) -> bool:
    return (not unit or (one.held.unit or "-") == unit) and (not day or str(one.day) == day)


def _letters(user: User, view: Outlook) -> Iterable[Held]:
    """Every open letter due until the last day of the view, one by one: they are in the order the overview sums."""
    end = catalogue().calendar.closes(view.days[-1])
    rows = counted_for(user).open().filter(due_at__lte=end).exclude(status__in=IDLE)
    for pk, handler, due, unit in rows.order_by("due_at", "pk").values_list(
        "pk", "handler", "due_at", "unit"
    ):
        yield Held(handler, due, unit or "", pk, 1)


def _rows(found: list[Late], view: Outlook) -> list[dict[str, Any]]:
    cases = Case.objects.select_related("handler").in_bulk([one.held.key for one in found])
    people = {case.handler_id: case.handler for case in cases.values()}
    rows = []
    for one in found:
        case = cases[one.held.key]
        rows.append(
            {
                "reference": case.reference,
                "url": case_url(case),
                "excerpt": shortened(case.text, 80),
                "unit": name_of(catalogue().units.get(one.held.unit)) or _("No unit yet"),
                "handler": str(people[case.handler_id]) if case.handler_id else "",
                "due": one.held.due_at,
                "day": day_name(one.day),
                "why": _why(one, view),
            }
        )
    return rows


def _why(one: Late, view: Outlook) -> str:
    if one.held.handler is None:
        return _("Nobody holds it.")
    hands = view.hands_of(one.held.handler)
    pace = f"{hands.pace:.1f}" if language() == "en" else f"{hands.pace:.1f}".replace(".", ",")
    words = {"place": one.place, "able": one.able, "pace": pace}
    told = _(
        "Number %(place)s in the order of due dates; at %(pace)s answers a day, %(able)s go out by then."
    )
    parts = [told % words]
    if not hands.known:
        parts.append(_("The pace is the mean of the house: this person has answered nothing lately."))
    away = [day_name(day) for day, there in zip(view.days, hands.there, strict=True) if not there]
    if away:
        parts.append(_("On leave: %(days)s.") % {"days": ", ".join(away)})
    return " ".join(parts)
