"""Leave: whoever is away gets no new letters; the substitute does. Leaders may enter it for their people."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from feedback.models import Absence, Membership, User
from feedback.web.desk.base import DeskRequest, desk_page, show
from feedback.web.desk.forms import set_choices
from feedback.workflow import Role


def people_of(units: frozenset[str], *, others: bool = False) -> list[User]:
    """People of these units, by name; with `others` the leaders and managers of all units too."""
    wanted = Q(unit__in=units) | (Q(role__in=(Role.LEADER, Role.MANAGER)) if others else Q())
    members = Membership.objects.current(timezone.localdate()).filter(wanted)
    return list(User.objects.filter(pk__in=members.values("user")).order_by("display_name", "username"))


class LeaveForm(forms.Form):
    person = forms.ChoiceField(label=gettext_lazy("Who is away"))
    first_day = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("This day included."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    substitute = forms.ChoiceField(
        label=gettext_lazy("Substitute"),
        required=False,
        help_text=gettext_lazy("Receives new letters meanwhile."),
    )
    approves = forms.BooleanField(
        label=gettext_lazy("The substitute also approves replies in place of a leader"),
        required=False,
        help_text=gettext_lazy(
            "Recorded as done in that place; never sealed letters, never the substitute's own replies."
        ),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scope = user.scope()
        own = people_of(scope.leads)
        mine = [user, *(p for p in own if p != user)]
        colleagues = people_of(scope.conflict_units | scope.leads, others=bool(scope.leads))
        self.people = {str(p.pk): p for p in [*mine, *colleagues]}
        set_choices(self, "person", [(str(p.pk), str(p)) for p in mine])
        set_choices(self, "substitute", [("", _("Nobody")), *((str(p.pk), str(p)) for p in colleagues)])
        if not scope.leads:
            del self.fields["approves"]
        if len(mine) == 1:
            self.fields["person"].widget = forms.HiddenInput()
        self.fields["person"].initial = str(user.pk)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day is before the first."))
        elif last and last < timezone.localdate():
            self.add_error("last_day", _("These days are over."))
        if data.get("person") and data.get("person") == data.get("substitute"):
            self.add_error("substitute", _("Somebody else must stand in."))
        if data.get("approves"):
            self._check_approving(data)
        if first and last and not self.errors and self._overlaps(data["person"], first, last):
            self.add_error("first_day", _("Leave is already entered for some of these days."))
        return data

    def _check_approving(self, data: dict[str, Any]) -> None:
        """Only a leader hands approving on, and to somebody who is there on those days."""
        person, other = self.people.get(data.get("person", "")), self.people.get(data.get("substitute", ""))
        if other is None:
            self.add_error("substitute", _("Name who approves in your place."))
        elif person is not None and not person.scope().leads:
            self.add_error("approves", _("This person leads no unit, so there is nothing to approve."))
        elif self._away(other, data.get("first_day"), data.get("last_day")):
            self.add_error("substitute", _("This person is on leave on some of these days too."))

    def _away(self, other: User, first: date | None, last: date | None) -> bool:
        return first is not None and last is not None and self._overlaps(str(other.pk), first, last)

    @staticmethod
    def _overlaps(person: str, first: Any, last: Any) -> bool:
        return Absence.objects.filter(user_id=int(person), first_day__lte=last, last_day__gte=first).exists()

    def save(self) -> Absence:
        data = self.cleaned_data
        return Absence.objects.create(
            user=self.people[data["person"]],
            first_day=data["first_day"],
            last_day=data["last_day"],
            substitute=self.people.get(data["substitute"]),
            approves=data.get("approves", False),
        )


def _mine(user: User) -> QuerySet[Absence]:
    """Leave this person may see and change: the own one, and that of the people led."""
    led = [person.pk for person in people_of(user.scope().leads)]
    whose = Q(user=user) | Q(user__in=led)
    return Absence.objects.filter(whose, last_day__gte=timezone.localdate()).select_related(
        "user", "substitute"
    )


@desk_page
def leave(request: DeskRequest) -> HttpResponse:
    form = LeaveForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_bound and form.is_valid():
        form.save()
        messages.success(request, _("The leave is entered."))
        return redirect("desk_leave")
    context = {"form": form, "absences": _mine(request.user).order_by("first_day", "pk")}
    return show(request, "leave", context, 422 if form.is_bound else 200)


@desk_page
@require_POST
def cancel_leave(request: DeskRequest, number: int) -> HttpResponse:
    get_object_or_404(_mine(request.user), pk=number).delete()
    messages.success(request, _("The leave is taken back."))
    return redirect("desk_leave")
