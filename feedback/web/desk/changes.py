"""The room where the world is changed: what waits for a decision, one change with its counted list, the decision.

For managers, who answer for the deadlines by law, and administrators, who prepare. Letters are shown by reference
only, and only those the reader may see; the others are a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from feedback import actions
from feedback.errors import OfficeError
from feedback.models import Case, Change, Membership
from feedback.sheets import write_csv
from feedback.web.desk import changes_list as listing
from feedback.web.desk import changes_words as words
from feedback.web.desk.base import DeskRequest, View, case_url, show
from feedback.web.words import sentence
from feedback.workflow import Role

FIRST_LOOK = 1_000  # open cases counted while the person waits; the worker goes on
FIRST_BATCH = 100  # cases moved while the person waits
OVER = (Change.State.DONE, Change.State.DROPPED)


def room_page(view: View) -> View:
    """Only for managers and administrators; never cached."""

    @never_cache
    @login_required
    @wraps(view)
    def page(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        scope = request.user.scope()
        if not (scope.manager or scope.administrator):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return page


def change_url(change: Change) -> str:
    return reverse("desk_change", args=[change.pk])


# --- the list -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Card:
    """One change in the list."""

    change: Change
    title: str
    url: str
    state: str
    tone: str
    progress: words.Progress | None


def card(change: Change) -> Card:
    return Card(
        change,
        words.title(change),
        change_url(change),
        str(words.STATES[change.state]),
        words.TONES.get(change.state, ""),
        words.progress(change),
    )


@room_page
def changes(request: DeskRequest) -> HttpResponse:
    """`/can-bo/thay-doi/`: what waits and what is under way first, then what is over, newest first."""
    rows = Change.objects.select_related("calendar", "rules", "planned_by", "confirmed_by").order_by("-pk")
    over = rows.filter(state__in=OVER)
    before = listing.number_in(request.GET, "before")
    if before is not None:
        over = over.filter(pk__lt=before)
    shown = list(over[: listing.SIZE + 1])
    following = f"?before={shown[listing.SIZE - 1].pk}" if len(shown) > listing.SIZE else ""
    current = [] if before is not None else [card(one) for one in rows.exclude(state__in=OVER)]
    context = {
        "current": current,
        "over": [card(one) for one in shown[: listing.SIZE]],
        "next_url": following,
        "first": before is None,
        "moving": any(one.progress and one.progress.live for one in current),
    }
    return show(request, "changes/list", context)


# --- planning, as the three forms do it -------------------------------------------------------------
def planned(request: DeskRequest, change: Change) -> HttpResponse:
    """After a plan was made: count at once what a person can wait for, and show it."""
    actions.count(change, at=timezone.now(), limit=FIRST_LOOK)
    messages.success(
        request, _("The change is planned. Nothing is in force yet: look at the list, then decide.")
    )
    return redirect(change_url(change))


def continued(request: DeskRequest) -> Change | None:
    """The undecided change a form goes on with (`?tiep=12`): planning again puts the new plan in its place."""
    number = listing.number_in(request.GET, "tiep")
    if number is None:
        return None
    waiting = Change.objects.filter(state__in=(Change.State.COUNTING, Change.State.READY))
    return get_object_or_404(waiting.select_related("calendar", "rules"), pk=number)


def still_on(form: forms.Form, version: str) -> bool:
    """Whether the form was filled in on this version; else the person looks at the page once more."""
    if form.cleaned_data["base"] == version:
        return True
    text = _("Meanwhile version %(version)s came into force. Look at the page again and send it once more.")
    form.add_error(None, text % {"version": version})
    typed = cast(QueryDict, form.data).copy()
    typed[form.add_prefix("base")] = version
    form.data = typed
    return False


# --- one change -----------------------------------------------------------------------------------
@room_page
def change(request: DeskRequest, number: int) -> HttpResponse:
    """`/can-bo/thay-doi/12/`. The small progress part asks for itself every few seconds where scripts run."""
    found = _change(number)
    if request.headers.get("HX-Request") == "true":
        return _progress(request, found)
    return _page(request, found)


def _change(number: int) -> Change:
    rows = Change.objects.select_related("calendar", "rules", "planned_by", "confirmed_by")
    return get_object_or_404(rows, pk=number)


def _progress(request: DeskRequest, found: Change) -> HttpResponse:
    context = {"change": found, "progress": words.progress(found), "here": change_url(found)}
    response = render(request, "feedback/desk/changes/_progress.html", context)
    if context["progress"] is None:
        response["HX-Refresh"] = "true"  # it is over: the list and the buttons belong to it
    return response


def _page(request: DeskRequest, found: Change, error: str = "", status: int = 200) -> HttpResponse:
    undecided = found.state in (Change.State.COUNTING, Change.State.READY)
    figures = words.figures(found)
    page = listing.lines(request.user, found, request.GET)
    context = {
        **_head(found),
        "figures": figures,
        "lines": page.lines,
        "previous_url": page.previous,
        "next_url": page.following,
        "kept_back": figures.total - listing.seen(request.user, found).count() if figures.total else 0,
        "rows": words.rows(found),
        "progress": words.progress(found),
        "left_behind": _visible(request, actions.left_behind(found)),
        "undecided": undecided,
        "outdated": undecided and actions.is_outdated(found),
        "may_confirm": actions.may_confirm(request.user),
        "managers": _managers() if undecided else [],
        "continue_url": _continue_url(found) if undecided else "",
        "errors": [{"message": error}] if error else [],
    }
    return show(request, "changes/change", context, status)


def _head(found: Change) -> dict[str, Any]:
    return {
        "failed": found.failed if found.state in (Change.State.COUNTING, Change.State.READY) else 0,
        "change": found,
        "title": words.title(found),
        "state": words.STATES[found.state],
        "tone": words.TONES.get(found.state, ""),
        "here": change_url(found),
        "units": found.what == Change.What.UNITS,
    }


def _continue_url(found: Change) -> str:
    name = {Change.What.CALENDAR: "desk_calendar", Change.What.RULES: "desk_rules"}.get(
        Change.What(found.what)
    )
    follows = found.calendar is not None and not found.calendar.data  # there is nothing to go on with
    return f"{reverse(name)}?tiep={found.pk}" if name and not follows else ""


def _managers() -> list[str]:
    """Who may confirm, by name."""
    held = Membership.objects.current(timezone.localdate()).filter(role=Role.MANAGER).select_related("user")
    return list(dict.fromkeys(str(one.user) for one in held))


def _visible(request: DeskRequest, cases: list[Case]) -> list[tuple[str, str]]:
    """(reference, address) of those the reader may see."""
    seen = Case.objects.visible_to(request.user).filter(pk__in=[case.pk for case in cases])
    return [(case.reference, case_url(case)) for case in seen]


@room_page
def table(request: DeskRequest, number: int) -> StreamingHttpResponse:
    """The counted list as CSV: what the reader may see, no text and no names of any letter."""
    found = _change(number)
    response = StreamingHttpResponse(
        write_csv(listing.cells(request.user, found)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="thay-doi-{found.pk}.csv"'
    return response


# --- the decision ---------------------------------------------------------------------------------
@room_page
def confirm(request: DeskRequest, number: int) -> HttpResponse:
    """`…/xac-nhan/`: the figures once more; the button puts the change in force."""
    found = _change(number)
    if not actions.may_confirm(request.user):
        raise PermissionDenied
    if request.method != "POST":
        if found.state != Change.State.READY or actions.is_outdated(found):
            return redirect(change_url(found))
        return show(request, "changes/confirm", {**_head(found), "figures": words.figures(found)})
    at = timezone.now()
    try:
        confirmed = actions.confirm(found, by=request.user, at=at)
    except OfficeError as error:
        return _page(request, _change(number), sentence(error), error.status)
    actions.carry_out(confirmed, at=at, limit=FIRST_BATCH)
    messages.success(request, _("Confirmed. The open letters follow now, in the background."))
    return redirect(change_url(confirmed))


@room_page
@require_POST
def recount(request: DeskRequest, number: int) -> HttpResponse:
    found = _change(number)
    try:
        actions.recount(found, at=timezone.now())
    except OfficeError as error:
        return _page(request, found, sentence(error), error.status)
    found.refresh_from_db()
    actions.count(found, at=timezone.now(), limit=FIRST_LOOK)
    messages.success(request, _("Counted again."))
    return redirect(change_url(found))


@room_page
@require_POST
def drop(request: DeskRequest, number: int) -> HttpResponse:
    found = _change(number)
    try:
        actions.drop(found, by=request.user)
    except OfficeError as error:
        return _page(request, _change(number), sentence(error), error.status)
    messages.success(request, _("The change is dropped. Nothing was altered."))
    return redirect("desk_changes")


@room_page
@require_POST
def plan_again(request: DeskRequest, number: int) -> HttpResponse:
    """The same wish on the version that came into force meanwhile."""
    found = _change(number)
    try:
        fresh = actions.plan_again(found, by=request.user, at=timezone.now())
    except OfficeError as error:
        return _page(request, _change(number), sentence(error), error.status)
    except ValueError:  # the two do not go together: data of a calendar or of rules that cannot be true
        words_ = _("This plan does not go together with the new version. Please drop it and enter it anew.")
        return _page(request, _change(number), words_, 409)
    return planned(request, fresh)
