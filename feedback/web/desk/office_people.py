"""People: `/can-bo/quan-tri/nguoi/`. Taken on, changed, given roles, sent a sign-in link, let go."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from feedback import actions, workflow
from feedback.actions import staff
from feedback.actions.office_log import stamp
from feedback.models import Membership, User, catalogue
from feedback.models.people import OFFICE_ROLES
from feedback.web.desk.base import DeskRequest, pick, show
from feedback.web.desk.forms import inside_units, set_choices
from feedback.web.desk.office import Follows, history, office_page, two_steps
from feedback.web.words import name_of
from feedback.workflow import Role

MOST = 300  # people on one page; a search finds the others
LANGUAGES = (("vi", "Tiếng Việt"), ("en", "English"))


class PersonForm(forms.Form):
    """Who it is."""

    display_name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    email = forms.CharField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("The sign-in link and messages go there."),
        widget=forms.TextInput(attrs={"type": "email", "autocomplete": "off"}),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


class NewPersonForm(PersonForm):
    """Somebody new, with the first role."""

    username = forms.CharField(
        label=gettext_lazy("Account"),
        max_length=60,
        help_text=gettext_lazy(
            "Small letters, digits and hyphens, for example can-bo-hctp-3. It cannot be changed later."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"))
    unit = forms.ChoiceField(label=gettext_lazy("Unit"))
    valid_from = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    field_order = ("username", "display_name", "email", "language", "role", "unit", "valid_from")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose_role(self)
        self.initial.setdefault("valid_from", timezone.localdate())


class RoleForm(forms.Form):
    """A role in a unit, between two days."""

    role = forms.ChoiceField(label=gettext_lazy("Role"))
    unit = forms.ChoiceField(label=gettext_lazy("Unit"))
    valid_from = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    valid_to = forms.DateField(
        label=gettext_lazy("Until the end of"),
        required=False,
        help_text=gettext_lazy("Empty: until further notice."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    skills = forms.MultipleChoiceField(
        label=gettext_lazy("Topics handled"),
        required=False,
        help_text=gettext_lazy("None chosen: every topic of the unit."),
        widget=forms.CheckboxSelectMultiple,
    )
    capacity = forms.IntegerField(
        label=gettext_lazy("At most on the desk"),
        min_value=0,
        max_value=500,
        initial=30,
        help_text=gettext_lazy("A new letter goes to somebody else when so many lie here."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, held: Membership | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose_role(self, held)
        topics = [row for row in catalogue().topics.values() if not row.parent_id and row.active]
        kept = [code for code in (held.skills if held else []) if code not in {row.code for row in topics}]
        extra = [(code, name_of(catalogue().topics.get(code)) or code) for code in kept]
        set_choices(self, "skills", [*((row.code, name_of(row)) for row in topics), *extra])
        self.initial.setdefault("valid_from", timezone.localdate())


def _choose_role(form: forms.Form, held: Membership | None = None) -> None:
    roles = [(str(role), pick(workflow.ROLE_NAMES[role])) for role in OFFICE_ROLES]
    units = [(unit.code, name_of(unit)) for unit in sorted(inside_units(), key=name_of)]
    today = timezone.localdate()
    units += [(u.code, name_of(u)) for u in catalogue().units.values() if u.external and u.exists_on(today)]
    if held is not None:
        roles = [one for one in roles if one[0] == held.role]
        units = [(held.unit_id, name_of(catalogue().units.get(held.unit_id)))]
        for name in ("role", "unit"):
            form.fields[name].widget = forms.HiddenInput()
    set_choices(form, "role", roles if held else [("", _("Choose a role")), *roles])
    set_choices(form, "unit", units if held else [("", _("Choose a unit")), *units])


# --- the list


@office_page
def people(request: DeskRequest) -> HttpResponse:
    """`/can-bo/quan-tri/nguoi/`. At most seven queries."""
    words, everybody = request.GET.get("q", "").strip()[:80], request.GET.get("all") == "1"
    found = User.objects.order_by("-is_active", "display_name", "username")
    if not everybody:
        found = found.filter(is_active=True)
    if words:
        found = found.filter(
            Q(display_name__icontains=words) | Q(username__icontains=words) | Q(email__icontains=words)
        )
    held = Membership.objects.current(timezone.localdate()).order_by("unit", "role")
    rows = list(found.prefetch_related(Prefetch("memberships", held, to_attr="held"))[: MOST + 1])
    context = {
        "rows": [{"person": row, "roles": [_role(m) for m in getattr(row, "held")]} for row in rows[:MOST]],  # noqa: B009 - named by the prefetch above
        "more": len(rows) > MOST,
        "q": words,
        "all": everybody,
    }
    return show(request, "office/people", context)


def _role(row: Membership) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "row": row,
        "role": pick(workflow.ROLE_NAMES[Role(row.role)]),
        "unit": name_of(catalogue().units.get(row.unit_id)),
        "now": row.valid_from <= today and (row.valid_to is None or row.valid_to >= today),
        "coming": row.valid_from > today,
        "skills": [name_of(catalogue().topics.get(code)) or code for code in row.skills],
    }


@office_page
def new_person(request: DeskRequest) -> HttpResponse:
    """`/can-bo/quan-tri/nguoi/moi/`: account and first role; the sign-in link goes to the address, if there is one."""
    form = NewPersonForm(request.POST or None)
    made: list[User] = []

    def follows() -> Follows:
        given = form.cleaned_data
        unit = name_of(catalogue().units.get(given["unit"]))
        role = pick(workflow.ROLE_NAMES[Role(given["role"])])
        sentences = [
            _("%(name)s can do in %(unit)s, from %(day)s, what the role “%(role)s” allows.")
            % {
                "name": given["display_name"],
                "unit": unit,
                "day": f"{given['valid_from']:%d/%m/%Y}",
                "role": role,
            },
            _("A link to choose a password is mailed to %(email)s; it is good for three days.")
            % {"email": given["email"]}
            if given["email"]
            else _("There is no e-mail address, so no sign-in link can be sent yet."),
        ]
        if given["role"] == Role.HANDLER:
            sentences.append(_("From that day new letters of the unit may be given to this person."))
        return Follows(_("Add this person?"), sentences)

    def do() -> None:
        given, at = form.cleaned_data, timezone.now()
        with transaction.atomic():
            person = actions.add_person(
                **{name: given[name] for name in ("username", "display_name", "email", "language")},
                by=request.user,
                at=at,
            )
            actions.give_role(
                person,
                unit=given["unit"],
                role=given["role"],
                valid_from=given["valid_from"],
                valid_to=None,
                by=request.user,
                at=at,
            )
            if person.email:
                actions.send_link(person, by=request.user, at=at)
        made.append(person)

    response = two_steps(
        request,
        form,
        template="office/person_new",
        context={},
        follows=follows,
        do=do,
        done=_("The person is added."),
        to="desk_office_people",
    )
    return redirect("desk_office_person", made[0].pk) if made else response


# --- one person


@office_page
def person_page(request: DeskRequest, number: int) -> HttpResponse:
    """`/can-bo/quan-tri/nguoi/<number>/`: details, roles, letters held, history."""
    person = get_object_or_404(User, pk=number)
    details = {name: getattr(person, name) for name in ("display_name", "email", "language")}
    form = PersonForm(request.POST or None, initial=details | {"seen": stamp(person, staff.PERSON)})
    context = {
        "person": person,
        "roles": [_role(row) for row in person.memberships.order_by("-valid_from", "unit", "role")],
        "may_change": actions.may_change(request.user, person),
        "held": len(actions.held_letters(person)),
        "history": history(f"person:{person.pk}"),
    }

    def do() -> None:
        actions.change_person(person, **form.cleaned_data, by=request.user, at=timezone.now())

    return two_steps(
        request,
        form,
        template="office/person",
        context=context,
        follows=lambda: Follows(_("Change these details?"), _changed(form)),
        do=do,
        done=_("Saved."),
        to=reverse("desk_office_person", args=[person.pk]),
    )


def _changed(form: forms.Form) -> list[str]:
    changed = [str(form.fields[name].label) for name in form.changed_data if name != "seen"]
    found = (
        [_("Changes: %(fields)s.") % {"fields": ", ".join(changed)}] if changed else [_("Nothing changes.")]
    )
    if "email" in changed_names(form):
        found.append(_("Messages and single sign-on go by the new address from now on."))
    return found


def changed_names(form: forms.Form) -> list[str]:
    return [name for name in form.changed_data if name != "seen"]


@office_page
def role(request: DeskRequest, number: int, held: int = 0) -> HttpResponse:
    """`/can-bo/quan-tri/nguoi/<number>/vai-tro/` (a new one) and `…/vai-tro/<held>/` (another end, other topics)."""
    person = get_object_or_404(User, pk=number)
    row = get_object_or_404(Membership, pk=held, user=person) if held else None
    initial: dict[str, Any] = {}
    if row is not None:
        initial = {name: getattr(row, name) for name in staff.DESK} | {"role": row.role, "unit": row.unit_id}
        initial["seen"] = stamp(row, staff.DESK)
    form = RoleForm(request.POST or None, held=row, initial=initial)

    def do() -> None:
        given = {**form.cleaned_data, "seen": form.cleaned_data["seen"] or None}
        actions.give_role(person, **given, by=request.user, at=timezone.now())

    return two_steps(
        request,
        form,
        template="office/role",
        context={"person": person, "row": _role(row) if row else None},
        follows=lambda: Follows(
            _("Give this role?") if row is None else _("Change this role?"), _role_follows(person, form)
        ),
        do=do,
        done=_("Saved."),
        to=reverse("desk_office_person", args=[person.pk]),
    )


def _role_follows(person: User, form: forms.Form) -> list[str]:
    given, today = form.cleaned_data, timezone.localdate()
    unit, name = name_of(catalogue().units.get(given["unit"])), pick(workflow.ROLE_NAMES[Role(given["role"])])
    first, last = given["valid_from"], given["valid_to"]
    days = f"{first:%d/%m/%Y}–{last:%d/%m/%Y}" if last else _("from %(day)s") % {"day": f"{first:%d/%m/%Y}"}
    found = [f"{person}: {name}, {unit}, {days}."]
    letters = Counter(case.unit_id for case in actions.held_letters(person))[given["unit"]]
    if given["role"] == Role.HANDLER and last is not None and letters:
        found.append(
            ngettext(
                "%(number)s open letter of this unit lies with this person and must be handed over by then.",
                "%(number)s open letters of this unit lie with this person and must be handed over by then.",
                letters,
            )
            % {"number": letters}
        )
    if given["role"] == Role.ADMINISTRATOR and (last is None or last >= today):
        found.append(_("An administrator must have a second factor to sign in."))
    if given["role"] == Role.INTEGRITY:
        found.append(_("This person will read sealed letters. Please make sure that this was decided."))
    return found
