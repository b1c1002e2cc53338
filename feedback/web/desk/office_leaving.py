"""A person's account: a sign-in link, opened again, and let go – after what lies on the desk went to others."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from feedback import actions, workflow
from feedback.errors import OfficeError
from feedback.models import User, catalogue
from feedback.web.desk.base import DeskRequest, show
from feedback.web.desk.office import office_page
from feedback.web.errors import add_to_form
from feedback.web.words import name_of, sentence


@office_page
@require_POST
def link(request: DeskRequest, number: int) -> HttpResponse:
    """Mail a sign-in link."""
    person = get_object_or_404(User, pk=number)
    try:
        actions.send_link(person, by=request.user, at=timezone.now())
    except OfficeError as error:
        messages.error(request, sentence(error))
    else:
        messages.success(
            request, _("The link is on its way to %(name)s; it is good for three days.") % {"name": person}
        )
    return redirect("desk_office_person", person.pk)


@office_page
@require_POST
def reopen(request: DeskRequest, number: int) -> HttpResponse:
    """Open a closed account again."""
    person = get_object_or_404(User, pk=number)
    try:
        actions.reactivate(person, by=request.user, at=timezone.now())
    except OfficeError as error:
        messages.error(request, sentence(error))
    else:
        messages.success(request, _("The account is open again. It has no role yet: give one below."))
    return redirect("desk_office_person", person.pk)


# --- letting somebody go


class HandingForm(forms.Form):
    """Who takes over, unit by unit; and sealed letters apart."""

    def __init__(self, *args: Any, person: User, groups: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people: dict[str, User] = {}
        for unit, number in groups.items():
            sealed = unit == "sealed"
            found = actions.successors(person, unit, sealed=sealed, at=timezone.now())
            self.people |= {str(one.pk): one for one in found}
            name = _("Sealed letters") if sealed else name_of(catalogue().units.get(unit))
            label = _("%(unit)s: %(number)s letters, to") % {"unit": name, "number": number}
            choices = [("", _("Choose a person")), *((str(one.pk), str(one)) for one in found)]
            self.fields[unit] = forms.ChoiceField(label=label, choices=choices)

    def takers(self) -> dict[str, User]:
        return {unit: self.people[pk] for unit, pk in self.cleaned_data.items() if pk}


@office_page
def close(request: DeskRequest, number: int) -> HttpResponse:
    """`/can-bo/quan-tri/nguoi/<number>/ngung/`: what lies there goes to others first, then the account closes."""
    person = get_object_or_404(User, pk=number, is_active=True)
    if not actions.may_change(request.user, person):
        raise Http404
    letters = actions.held_letters(person)
    moving = [case for case in letters if case.status in workflow.sources("assign")]
    groups = dict(Counter("sealed" if case.sealed else case.unit_id or "" for case in moving))
    form = HandingForm(request.POST or None, person=person, groups=groups)
    not_done: list[Any] = []
    status = 200
    if request.method == "POST":
        if form.is_valid() or not groups:
            handed = actions.hand_over(
                person, form.takers() if groups else {}, by=request.user, at=timezone.now()
            )
            not_done = handed.not_done
            try:
                actions.deactivate(person, by=request.user, at=timezone.now())
            except OfficeError as error:
                add_to_form(form, error)
            else:
                messages.success(
                    request,
                    _("The account is closed; %(number)s letters were handed over.")
                    % {"number": len(handed.done)},
                )
                return redirect("desk_office_person", person.pk)
        status = 422
    context = {
        "person": person,
        "form": form,
        "moving": moving,
        "staying": [case for case in letters if case not in moving],
        "not_done": [(case, sentence(error)) for case, error in not_done],
    }
    return show(request, "office/close", context, status)
