"""What a verb on many letters must be told: the same words as for one letter, asked once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.models import Case, Membership, User
from feedback.web.desk.forms import inside_units, set_choices, unit_choices, words
from feedback.workflow import Role


class ManyForm(forms.Form):
    """Base: nothing to be told. `arguments()` is what the verb is called with."""

    def __init__(self, data: Any = None, *, cases: Sequence[Case]) -> None:
        super().__init__(data, auto_id="many_%s")
        self.cases = cases
        self.prepare()

    def prepare(self) -> None:
        """Fill choices that depend on the letters."""

    def arguments(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class ManyNotes(ManyForm):
    text = words(_("Note"), _("The same note is put on every letter. Only the office reads it."), rows=3)


class ManyRoutes(ManyForm):
    unit = forms.ChoiceField(label=_("To which unit"))
    reason = words(_("Reason"), _("Every citizen concerned reads this sentence."), rows=3)

    def prepare(self) -> None:
        set_choices(self, "unit", [("", _("Choose a unit")), *unit_choices(inside_units())])


class ManyAssignments(ManyForm):
    handler = forms.ChoiceField(label=_("Handler"), widget=forms.RadioSelect)

    def prepare(self) -> None:
        units = {case.unit_id for case in self.cases if case.unit_id}
        members = Membership.objects.current(timezone.localdate()).filter(unit__in=units, role=Role.HANDLER)
        found = members.select_related("user").order_by("user__display_name", "pk")
        self.people: dict[str, User] = {str(m.user_id): m.user for m in found}
        set_choices(self, "handler", [(key, str(person)) for key, person in self.people.items()])

    def arguments(self) -> dict[str, Any]:
        return {"handler": self.people[self.cleaned_data["handler"]]}


FORMS: dict[str, type[ManyForm]] = {
    "note": ManyNotes,
    "route": ManyRoutes,
    "assign": ManyAssignments,
}
