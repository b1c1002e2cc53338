"""Units that end on a day: merged, renamed, abolished; who takes over, and whether the people go along."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback import actions
from feedback.errors import OfficeError
from feedback.models import Change, Unit, catalogue
from feedback.web.desk.base import DeskRequest, show
from feedback.web.desk.changes import planned, room_page
from feedback.web.desk.forms import inside_units, set_choices, unit_choices
from feedback.web.errors import add_to_form

NEW = "new"  # choice of the list of successors: the unit named below
KINDS: dict[str, Any] = {
    Unit.Type.DIVISION: gettext_lazy("Division"),
    Unit.Type.OFFICE: gettext_lazy("Office"),
    Unit.Type.PUBLIC_UNIT: gettext_lazy("Public service unit"),
    Unit.Type.ONE_STOP: gettext_lazy("One-stop centre"),
    Unit.Type.COMMUNE: gettext_lazy("Commune, ward"),
    Unit.Type.AGENCY: gettext_lazy("Agency"),
}
# Where a refusal of the plan belongs on this page.
FIELDS = {
    "valid_to": "last_day",
    "successors": "successor",
    "code": "new_code",
    "name_vi": "new_name",
    "kind": "new_kind",
    "parent": "new_parent",
}


class UnitsForm(forms.Form):
    units = forms.MultipleChoiceField(
        label=gettext_lazy("Which units end"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Several when they merge. Units with other successors: plan them separately."),
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last day they exist"),
        help_text=gettext_lazy("Their open letters move on the day after; their names stay in the history."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    successor = forms.ChoiceField(
        label=gettext_lazy("Who takes over"),
        required=False,
        help_text=gettext_lazy("Nobody: the open letters go to the sorting desk."),
    )
    second = forms.ChoiceField(
        label=gettext_lazy("Who takes over what the first may not"),
        required=False,
        help_text=gettext_lazy("A letter about the successor itself is never given to it."),
    )
    new_name = forms.CharField(label=gettext_lazy("Name of the new unit"), required=False, max_length=200)
    new_name_en = forms.CharField(label=gettext_lazy("Name in English"), required=False, max_length=200)
    new_code = forms.CharField(
        label=gettext_lazy("Code of the new unit"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Capital letters, digits, full stop: for example STP.HCBT."),
    )
    new_kind = forms.ChoiceField(
        label=gettext_lazy("Kind of unit"), required=False, choices=[(str(k), v) for k, v in KINDS.items()]
    )
    new_parent = forms.ChoiceField(label=gettext_lazy("Below which unit"), required=False)
    people = forms.BooleanField(
        label=gettext_lazy("The people move along: everybody's role goes on in the unit that takes over"),
        required=False,
        initial=True,
    )
    note = forms.CharField(
        label=gettext_lazy("Reason"),
        error_messages={"required": gettext_lazy("Please give the reason.")},
        max_length=300,
        help_text=gettext_lazy("The decision, with number and date."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = unit_choices(inside_units())
        set_choices(self, "units", units)
        heirs = [(NEW, _("The new unit named below")), *units]
        set_choices(self, "successor", [("", _("Nobody takes over")), *heirs])
        set_choices(self, "second", [("", _("None")), *heirs])
        set_choices(self, "new_parent", [("", _("None")), *units])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if NEW in (data.get("successor"), data.get("second")):
            for name in ("new_name", "new_code"):
                if not data.get(name, "").strip() and name not in self.errors:
                    self.add_error(name, _("Please fill this in for the new unit."))
        elif data.get("new_name") or data.get("new_code"):
            self.add_error(
                "successor", _("Choose “The new unit named below”, or leave its name and code empty.")
            )
        if data.get("second") and not data.get("successor"):
            self.add_error("second", _("Please choose first who takes over."))
        return data

    def plan(self) -> dict[str, Any]:
        """What `actions.plan_units` takes. A new unit takes over the tasks letters are routed by."""
        data = self.cleaned_data
        code = data["new_code"].strip().upper()
        named = [code if one == NEW else one for one in (data["successor"], data["second"]) if one]
        last = data["last_day"].isoformat()
        units = {unit: {"valid_to": last, "successors": list(dict.fromkeys(named))} for unit in data["units"]}
        found: dict[str, Any] = {"units": units, "people": data["people"]}
        if code in named:
            known = catalogue().units
            roles = sorted({role for unit in data["units"] for role in known[unit].roles})
            new = {"code": code, "name_vi": data["new_name"], "name_en": data["new_name_en"]}
            found["new"] = [
                {**new, "kind": data["new_kind"], "parent": data["new_parent"] or None, "roles": roles}
            ]
        return found


@room_page
def units(request: DeskRequest) -> HttpResponse:
    """`/can-bo/thay-doi/don-vi/`."""
    if request.method != "POST":
        return show(request, "changes/units", {"form": UnitsForm()})
    form = UnitsForm(request.POST)
    if form.is_valid():
        change = _planned(form, request)
        if change is not None:
            return planned(request, change)
    return show(request, "changes/units", {"form": form}, 422)


def _planned(form: UnitsForm, request: DeskRequest) -> Change | None:
    note = form.cleaned_data["note"]
    try:
        return actions.plan_units(form.plan(), note=note, by=request.user, at=timezone.now())
    except OfficeError as error:
        error.field = FIELDS.get(error.field or "", error.field)
        add_to_form(form, error)
    return None
