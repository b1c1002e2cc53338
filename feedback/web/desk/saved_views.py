"""`/can-bo/cach-xem/`: lists under a name – kept, opened, renamed, deleted, and the one the desk opens with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from feedback import actions
from feedback.errors import OfficeError
from feedback.models import DeskStart, SavedView, Unit, User, catalogue
from feedback.web.desk.base import DeskRequest, desk_page, show
from feedback.web.desk.beside import View
from feedback.web.desk.filters import Filters
from feedback.web.desk.queues import QUEUES, queue_url, queues_of
from feedback.web.errors import problems_of
from feedback.web.words import name_of, sentence

_NAMES = {queue.code: queue.label for queue in QUEUES}


def query_of(data: QueryDict) -> str:
    """The filters of an address as they are kept: known names with a value, in one order; no page, no leftovers."""
    filters = Filters(data)
    known = [*filters.fields, *filters.figures.fields]
    kept = QueryDict(mutable=True)
    kept.update({name: str(data[name]) for name in known if data.get(name)})
    return kept.urlencode()


def address(view: View | SavedView) -> str:
    query = view.query
    return f"{queue_url(view.queue)}?{query}" if query else queue_url(view.queue)


def shown(views: Iterable[View], code: str, data: QueryDict) -> list[dict[str, Any]]:
    """The views as links above a list; the one that is on the screen is marked."""
    here = (code, query_of(data))
    return [
        {
            "number": view.number,
            "name": view.name,
            "url": address(view),
            "unit": name_of(catalogue().units.get(view.unit)),
            "current": (view.queue, view.query) == here,
        }
        for view in views
    ]


def units_to_share_with(user: User) -> list[dict[str, str]]:
    units: Mapping[str, Unit] = catalogue().units
    led = [units[code] for code in user.scope().leads if code in units]
    return [{"code": unit.code, "name": name_of(unit)} for unit in sorted(led, key=lambda unit: unit.code)]


@desk_page
def views_page(request: DeskRequest) -> HttpResponse:
    return _page(request)


def _page(
    request: DeskRequest, errors: list[dict[str, str]] | None = None, typed: Mapping[str, str] | None = None
) -> HttpResponse:
    user = request.user
    start = DeskStart.objects.filter(user=user).values_list("view", flat=True).first()
    rows = SavedView.objects.filter(actions.views_for(user)).select_related("owner").order_by("name", "pk")
    context = {
        "views": [_row(view, user, start) for view in rows],
        "errors": errors or [],
        "typed": typed or {},
        "may_share": units_to_share_with(user),
    }
    return show(request, "views", context, 422 if errors else 200)


def _row(view: SavedView, user: User, start: int | None) -> dict[str, Any]:
    return {
        "view": view,
        "url": address(view),
        "queue": _NAMES.get(view.queue, ""),
        "unit": name_of(catalogue().units.get(view.unit_id or "")),
        "mine": view.owner_id == user.pk,
        "may_change": actions.may_change_view(user, view),
        "starts": view.pk == start,
        "outdated": Filters(QueryDict(view.query)).forgotten or not _has(user, view.queue),
    }


def _has(user: User, code: str) -> bool:
    return any(queue.code == code for queue in queues_of(user))


@desk_page
@require_POST
def save(request: DeskRequest) -> HttpResponse:
    """Keep the filters on the screen; what was typed stays when the name cannot be used."""
    sent = request.POST
    sight = actions.Sight(sent.get("queue", ""), query_of(QueryDict(sent.get("query", "")[:4000])))
    if not _has(request.user, sight.queue):
        raise Http404
    try:
        view = actions.save_view(
            sent.get("name", ""), sight, by=request.user, at=timezone.now(), unit=sent.get("unit", "")
        )
    except OfficeError as error:
        typed = {name: sent.get(name, "") for name in ("name", "queue", "query", "unit", "start")}
        return _page(request, _said(error, "new_name"), typed)
    if sent.get("start"):
        actions.start_with(view, by=request.user)
    messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
    return redirect(address(view))


@desk_page
@require_POST
def change_view(request: DeskRequest, number: int) -> HttpResponse:
    """Rename, delete, begin with it, or no longer begin with it: the button says which."""
    view = SavedView.objects.filter(actions.views_for(request.user), pk=number).first()
    if view is None:
        raise Http404
    try:
        messages.success(request, _carry_out(request, view))
    except OfficeError as error:
        return _page(
            request, _said(error, f"name_{number}"), {f"name_{number}": request.POST.get("name", "")}
        )
    return redirect("desk_views")


def _carry_out(request: DeskRequest, view: SavedView) -> str:
    act, user = request.POST.get("act", ""), request.user
    if act == "rename":
        actions.rename_view(view, request.POST.get("name", ""), by=user)
        return _("The view is now called “%(name)s”.") % {"name": view.name}
    if act == "delete":
        actions.delete_view(view, by=user)
        return _("The view “%(name)s” is deleted.") % {"name": view.name}
    if act in ("start", "stop"):
        actions.start_with(view if act == "start" else None, by=user)
        if act == "start":
            return _("Your desk now opens with “%(name)s”.") % {"name": view.name}
        return _("Your desk opens with the first list again.")
    raise Http404


def _said(error: OfficeError, field: str) -> list[dict[str, str]]:
    return [
        {"href": f"#{field}" if name == "name" else "", "message": sentence(problem)}
        for name, problem in problems_of(error).items()
    ]
