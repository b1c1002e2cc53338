"""Administration, `/can-bo/quan-tri/`: who may enter, the overview, the history, and how a change is asked for.

A change takes two steps: the form is sent and answered with what would follow; sent once more with `confirm` it is
done. What was typed travels along, also past a refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from feedback import actions, workflow
from feedback.errors import OfficeError
from feedback.models import Change, OfficeAct, ReplyTemplate, User, catalogue
from feedback.models.office_log import audit_percent
from feedback.web.desk.base import DeskRequest, View, pick, show
from feedback.web.errors import add_to_form
from feedback.web.words import name_of, shortened
from feedback.workflow import Role

SHOWN = 20  # acts of a history on a page
PAGE = 50

WHAT: dict[str, Any] = {
    "person_added": gettext_lazy("Person added"),
    "person_changed": gettext_lazy("Person's details changed"),
    "person_closed": gettext_lazy("Account closed"),
    "person_reopened": gettext_lazy("Account opened again"),
    "link_sent": gettext_lazy("Sign-in link sent"),
    "role_given": gettext_lazy("Role given"),
    "role_changed": gettext_lazy("Role changed"),
    "capacity": gettext_lazy("Letters a week changed"),
    "label": gettext_lazy("Label changed"),
    "procedure": gettext_lazy("Procedure changed"),
    "template_added": gettext_lazy("Reply template added"),
    "template": gettext_lazy("Reply template changed"),
    "audit_share": gettext_lazy("Share of the random check changed"),
}
FIELD: dict[str, Any] = {
    "display_name": gettext_lazy("Name"),
    "email": gettext_lazy("E-mail"),
    "language": gettext_lazy("Language"),
    "weekly_capacity": gettext_lazy("Letters a week"),
    "role": gettext_lazy("Role"),
    "unit": gettext_lazy("Unit"),
    "valid_from": gettext_lazy("From"),
    "valid_to": gettext_lazy("Until the end of"),
    "skills": gettext_lazy("Topics handled"),
    "capacity": gettext_lazy("At most on the desk"),
    "name_vi": gettext_lazy("Called"),
    "name_en": gettext_lazy("Name in English"),
    "keywords": gettext_lazy("Keywords"),
    "active": gettext_lazy("In use"),
    "legal_days": gettext_lazy("Days by law"),
    "legal_days_unit": gettext_lazy("Counted in"),
    "online_level": gettext_lazy("Online"),
    "law": gettext_lazy("Legal basis"),
    "published": gettext_lazy("In use"),
    "body_vi": gettext_lazy("Text"),
    "topic_id": gettext_lazy("Topic"),
    "issue_id": gettext_lazy("Issue"),
    "kind_id": gettext_lazy("Kind"),
    "percent": gettext_lazy("Of a hundred letters"),
}


def office_page(view: View) -> View:
    """For administrators, with or without a desk; never cached."""

    @never_cache
    @login_required
    @wraps(view)
    def page(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not actions.administers(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return page


# --- a change in two steps


@dataclass(frozen=True)
class Follows:
    """What would follow, in sentences; `title`: the question above them; `sample`: a text to be looked at."""

    title: str
    sentences: list[str]
    sample: str = ""


def two_steps(
    request: DeskRequest,
    form: forms.Form,
    *,
    template: str,
    context: dict[str, Any],
    follows: Callable[[], Follows],
    do: Callable[[], object],
    done: str,
    to: str,
) -> HttpResponse:
    """Draw the form, or what follows from it, or do it and go on to `to`."""
    context = {**context, "form": form, "follows": None}
    if not form.is_bound:
        return show(request, template, context)
    if not form.is_valid():
        return show(request, template, context, 422)
    if request.POST.get("confirm") != "1":
        return show(request, template, context | {"follows": None if "edit" in request.POST else follows()})
    try:
        do()
    except OfficeError as error:
        add_to_form(form, error)
        return show(request, template, context, 422 if error.status == 400 else error.status)
    messages.success(request, done)
    return redirect(to)


# --- history


@dataclass(frozen=True)
class Told:
    """One act in words. `changes`: (field, before, after); both empty where only the fact is kept."""

    act: OfficeAct
    what: Any
    changes: list[tuple[Any, str, str]]


def history(subject: str = "", *, before: int | None = None, number: int = SHOWN) -> list[Told]:
    """The newest acts, of one subject or of all. One query."""
    rows = OfficeAct.objects.select_related("by")
    rows = rows.filter(subject=subject) if subject else rows
    rows = rows.filter(pk__lt=before) if before is not None else rows
    return [Told(row, WHAT.get(row.what, row.what), _changes(row)) for row in rows[:number]]


def _changes(row: OfficeAct) -> list[tuple[Any, str, str]]:
    found = []
    for name, pair in row.changes.items():
        before, after = ("", "") if pair is None else (_said(name, one) for one in pair)
        found.append((FIELD.get(name, name), before, after))
    return found


def _said(name: str, value: Any) -> str:
    """A stored value as people say it."""
    if value in (None, "", []):
        return "–"
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if name == "role":
        return pick(workflow.ROLE_NAMES[Role(value)])
    if name == "unit":
        return name_of(catalogue().units.get(value)) or str(value)
    return shortened(", ".join(map(str, value)) if isinstance(value, list) else str(value), 160)


# --- pages

# What each role may do, for people who give it: a sentence each.
ROLES: Sequence[tuple[Role, Any]] = (
    (
        Role.HANDLER,
        gettext_lazy(
            "Receives letters of the unit, asks the sender, writes replies, hands them in for approval."
        ),
    ),
    (
        Role.LEADER,
        gettext_lazy(
            "Approves or returns replies of the unit and those below it, hands letters over, extends deadlines."
        ),
    ),
    (
        Role.TRIAGE,
        gettext_lazy("Sorts new letters and sends them to units; sees every letter that is not sealed."),
    ),
    (
        Role.MANAGER,
        gettext_lazy(
            "Sees every letter that is not sealed and all figures; confirms changes of rules; publishes."
        ),
    ),
    (
        Role.INTEGRITY,
        gettext_lazy(
            "Handles sealed letters, complaints and denunciations; nobody else but the handler sees sealed ones."
        ),
    ),
    (Role.AUDITOR, gettext_lazy("Reads everything, changes nothing.")),
    (Role.ADMINISTRATOR, gettext_lazy("Keeps people, catalogue and templates; reads no letter.")),
)


@office_page
def overview(request: DeskRequest) -> HttpResponse:
    """`/can-bo/quan-tri/`. At most nine queries."""
    book = catalogue()
    context = {
        "people": User.objects.filter(is_active=True).count(),
        "labels": sum(row.active for rows in (book.topics, book.issues) for row in rows.values()),
        "procedures": sum(row.published for row in book.procedures.values()),
        "templates": ReplyTemplate.objects.count(),
        "percent": audit_percent(),
        "waiting": Change.objects.filter(state=Change.State.READY).count(),
        "history": history(number=10),
        "django_admin": request.user.is_staff,
        "manager": request.user.scope().manager,
        "roles": [(pick(workflow.ROLE_NAMES[role]), means) for role, means in ROLES],
    }
    return show(request, "office/overview", context)


@office_page
def log(request: DeskRequest) -> HttpResponse:
    """`/can-bo/quan-tri/nhat-ky/`: everything administrators changed, fifty at a time."""
    text = request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    rows = history(before=before, number=PAGE + 1)
    following = f"?before={rows[PAGE - 1].act.pk}" if len(rows) > PAGE else ""
    return show(request, "office/log", {"history": rows[:PAGE], "next_url": following})
