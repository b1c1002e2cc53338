"""The unit at work: `/can-bo/phong/`. Who holds what and who is away; letters are handed over from here, by keyboard or
by dragging, and always by way of one page that shows what follows (`unit_reassign`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from feedback import actions, workflow
from feedback.errors import OfficeError
from feedback.models import Case, Membership, Unit, User, catalogue
from feedback.querysets import CaseQuerySet
from feedback.reports import workload
from feedback.web.desk import keyset
from feedback.web.desk.base import DeskRequest, case_url, desk_page, show
from feedback.web.desk.forms import inside_units
from feedback.web.desk.queues import queue_url
from feedback.web.desk.words import Badge, badge
from feedback.web.errors import add_to_form
from feedback.web.words import name_of, shortened

MOVABLE = sorted(str(status) for status in workflow.sources("assign") if status)
BAR = 120  # units of the drawing


def rooms(user: User) -> list[Unit]:
    """The units this person answers for, by name. Raises PermissionDenied for anybody but leaders and managers."""
    scope = user.scope()
    if not (scope.leads or scope.manager):
        raise PermissionDenied
    units = [unit for unit in inside_units() if scope.manager or unit.code in scope.leads]
    return sorted(units, key=name_of)


@dataclass(frozen=True)
class Room:
    """What the page is about: the units looked at, and which one was picked (empty: all of them)."""

    units: list[Unit]
    picked: str

    @property
    def codes(self) -> list[str]:
        return [self.picked] if self.picked else [unit.code for unit in self.units]


def room_of(user: User, picked: str) -> Room:
    units = rooms(user)
    return Room(units, picked if any(unit.code == picked for unit in units) else "")


# --- people


@dataclass(frozen=True)
class Line:
    """One person of the table, with the pictures and links of the figures."""

    desk: workload.Desk
    units: str
    full: int
    used: int
    late: int
    mark: int
    urls: dict[str, str]


def lines(desks: Sequence[workload.Desk], link: bool = True) -> list[Line]:
    most = max((max(desk.load, desk.capacity) for desk in desks), default=0) or 1
    return [_line(desk, most, link) for desk in desks]


def _line(desk: workload.Desk, most: int, link: bool) -> Line:
    who = str(desk.person.pk)
    units = catalogue().units
    return Line(
        desk=desk,
        units=", ".join(name_of(units.get(code)) for code in sorted(desk.units)),
        full=BAR,
        used=round(BAR * desk.load / most),
        late=round(BAR * min(desk.overdue, desk.load) / most),
        mark=round(BAR * desk.capacity / most),
        urls={
            "open": queue_url("all", state="open", handler=who),
            "today": queue_url("all", handler=who, due="today"),
            "week": queue_url("all", handler=who, due="week"),
            "overdue": queue_url("all", state="overdue", handler=who),
            "approval": queue_url("all", status="pending_approval", handler=who),
        }
        if link
        else {},
    )


# --- letters that can be handed over


@dataclass(frozen=True)
class Letter:
    """One row of the list. `key`: reference and version seen, sent back with the choice."""

    key: str
    reference: str
    url: str
    excerpt: str
    badge: Badge
    handler: str
    topic: str
    chosen: bool


def movable(user: User, units: Collection[str]) -> CaseQuerySet:
    """Letters of these units that may be given to somebody else now."""
    cases = Case.objects.visible_to(user).open().filter(unit__in=units, status__in=MOVABLE)
    return cases.with_pauses().select_related("handler")


def letter_of(case: Case, at: datetime, chosen: Collection[str] = ()) -> Letter:
    return Letter(
        key=f"{case.reference}:{case.version}",
        reference=case.reference,
        url=case_url(case),
        excerpt=shortened(case.text, 90),
        badge=badge(case, at),
        handler=str(case.handler) if case.handler else "",
        topic=name_of(catalogue().topics.get(case.topic_id or "")),
        chosen=case.reference in chosen,
    )


def references(keys: Sequence[str]) -> dict[str, int | None]:
    """Reference → version seen, from the boxes that were ticked; an unreadable version counts as none."""
    found: dict[str, int | None] = {}
    for key in keys:
        reference, _sign, version = key.partition(":")
        found[reference] = (
            int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None
        )
    return found


# --- the page


@desk_page
def room(request: DeskRequest) -> HttpResponse:
    """`/can-bo/phong/`. At most nine queries."""
    return draw(request)


def draw(
    request: DeskRequest, *, error: Any = "", chosen: Collection[str] = (), to: str = "", status: int = 200
) -> HttpResponse:
    """The room; after a refusal with its sentence and with what was ticked."""
    at, user = timezone.now(), request.user
    here = room_of(user, request.GET.get("unit", "") or request.POST.get("unit", ""))
    desks = workload.desks(user, here.codes, at)
    person = request.GET.get("person", "") or request.POST.get("person", "")
    cases = movable(user, here.codes)
    if person == "-":
        cases = cases.filter(handler=None)
    elif person.isascii() and person.isdigit() and len(person) < 10:
        cases = cases.filter(handler=int(person))
    page = keyset.page(cases, request.GET, field="due_at")
    context = {
        "room": here,
        "lines": lines(desks),
        "people": [desk for desk in desks if desk.units],
        "person": person,
        "letters": [letter_of(case, at, chosen) for case in page.cases],
        "previous_url": f"?{page.previous}" if page.previous else "",
        "next_url": f"?{page.following}" if page.following else "",
        "to": to,
        "errors": [{"href": "#letters", "message": error}] if error else [],
        "capacity": CapacityForm(people=[desk.person for desk in desks if desk.units]),
        "at": at,
    }
    return show(request, "unit/room", context, status)


class CapacityForm(forms.Form):
    """How many letters a week fit onto one desk."""

    person = forms.ChoiceField(label=gettext_lazy("Person"))
    weekly = forms.IntegerField(
        label=gettext_lazy("Letters a week"),
        help_text=gettext_lazy("An ordinary letter counts once, a complaint or denunciation three times."),
        min_value=0,
        max_value=200,
    )

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "capacity_%s"
        self.people = {str(one.pk): one for one in people}
        field: Any = self.fields["person"]
        field.choices = [(key, f"{one} ({one.weekly_capacity})") for key, one in self.people.items()]


@desk_page
@require_POST
def set_capacity(request: DeskRequest) -> HttpResponse:
    """`/can-bo/phong/suc-lam/`"""
    here = room_of(request.user, "")
    members = Membership.objects.current(timezone.localdate()).filter(unit__in=here.codes)
    person = get_object_or_404(
        User, pk__in=members.values("user"), pk=_number(request.POST.get("person", ""))
    )
    form = CapacityForm(request.POST, people=[person])
    if form.is_valid():
        try:
            actions.set_capacity(
                person, weekly=form.cleaned_data["weekly"], by=request.user, at=timezone.now()
            )
        except OfficeError as error:
            add_to_form(form, error)
        else:
            messages.success(
                request,
                _("%(person)s: %(number)s letters a week.")
                % {"person": person, "number": form.cleaned_data["weekly"]},
            )
            return redirect(reverse("desk_unit"))
    return show(request, "unit/capacity", {"form": form, "person": person}, 422)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
