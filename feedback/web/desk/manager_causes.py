"""The register of root causes: which letters repeat each other, what is done about it, what the public is told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback import actions
from feedback.errors import OfficeError
from feedback.models import Improvement, Membership, User, catalogue
from feedback.reports import causes
from feedback.reports.causes import Cluster, Subject
from feedback.reports.spans import Period, custom
from feedback.web.desk.base import DeskRequest, case_url, desk_page, seen_version, show
from feedback.web.desk.forms import set_choices
from feedback.web.desk.manager_choice import Choice, allowed, name_of_period
from feedback.web.desk.manager_figures import change, linked
from feedback.web.errors import add_to_form
from feedback.web.words import name_of

LISTED = 50  # improvements on the page, the running ones first


def named(subject: Subject) -> dict[str, str]:
    book = catalogue()
    return {
        "unit": name_of(book.units.get(subject.unit)) or _("No unit yet"),
        "issue": name_of(book.issues.get(subject.issue)) or _("No issue"),
        "matter": name_of(book.procedures.get(subject.procedure) or book.topics.get(subject.topic))
        or _("No topic yet"),
    }


def letters_url(subject: Subject, span: Period) -> str:
    """The list of the letters of a cluster."""
    matter = {"procedure": subject.procedure or "-"} | (
        {} if subject.procedure else {"topic": subject.topic or "-"}
    )
    return linked(span, done="received", unit=subject.unit or "-", issue=subject.issue, exact="1", **matter)


@desk_page
def causes_page(request: DeskRequest) -> HttpResponse:
    """`/can-bo/tong-quan/nguyen-nhan/`: the repetitions of a period, and the register."""
    allowed(request.user)
    today = timezone.localdate()
    choice = Choice(request.GET, today)
    found = causes.clusters(request.user, choice.span, today)
    rows = Improvement.objects.select_related("owner").order_by("state", "due_on", "pk")
    context = {
        "choice": choice,
        "span": choice.span,
        "previous": name_of_period(choice.span.before(today)),
        "clusters": [_cluster(one, choice.span, request.user) for one in found],
        "improvements": [_improvement(row, today) for row in _visible(request.user, rows)[:LISTED]],
        "fewest": causes.FEWEST,
    }
    return show(request, "manager/causes", context)


def _visible(user: User, rows: Any) -> Any:
    """Leaders see those of their units and their own."""
    scope = user.scope()
    if scope.manager or scope.auditor:
        return rows
    return rows.filter(unit__in=scope.units) | rows.filter(owner=user)


def _cluster(one: Cluster, span: Period, user: User) -> dict[str, Any]:
    subject = one.subject
    asked = {"since": span.first, "until": span.last, **subject._asdict()}
    return {
        **named(subject),
        "count": one.count,
        "url": letters_url(subject, span),
        "change": change(one.count, one.before),
        "examples": [{"reference": case.reference, "url": case_url(case)} for case in one.examples],
        "improvements": one.improvements,
        "plan_url": f"{reverse('desk_improvement_new')}?{urlencode(asked)}"
        if actions.may_plan(user, subject.unit)
        else "",
    }


def _improvement(row: Improvement, today: date) -> dict[str, Any]:
    subject = causes.subject_of_improvement(row)
    return {"row": row, **named(subject), "overdue": row.overdue(today), "state": STATES[row.state]}


# --- forms


class PlanForm(forms.Form):
    cause = forms.CharField(label=gettext_lazy("Why does it happen?"), widget=forms.Textarea, required=False)
    action = forms.CharField(label=gettext_lazy("What will be done?"), widget=forms.Textarea, required=False)
    owner = forms.ChoiceField(label=gettext_lazy("Who is responsible"))
    due_on = forms.DateField(
        label=gettext_lazy("Done by"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, unit: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = Membership.objects.current(timezone.localdate()).select_related("user")
        people = {m.user_id: m.user for m in members if m.unit_id == unit or m.role == "manager"}
        self.people = {str(pk): user for pk, user in sorted(people.items(), key=lambda one: str(one[1]))}
        if owner := kwargs.get("initial", {}).get("person"):
            self.people.setdefault(str(owner.pk), owner)
        set_choices(
            self, "owner", [("", _("Choose")), *((pk, str(user)) for pk, user in self.people.items())]
        )

    def plan(self) -> actions.Plan:
        data = self.cleaned_data
        return actions.Plan(data["cause"], data["action"], self.people[data["owner"]], data["due_on"])


class ReportForm(forms.Form):
    state = forms.ChoiceField(label=gettext_lazy("How far has it come?"), choices=[])
    result = forms.CharField(label=gettext_lazy("What came of it?"), widget=forms.Textarea, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "state", list(STATES.items()))


class PublishForm(forms.Form):
    said = forms.CharField(
        label=gettext_lazy("You said"),
        help_text=gettext_lazy("In one or two sentences, so that nobody can be recognised."),
        widget=forms.Textarea,
        required=False,
    )
    did = forms.CharField(label=gettext_lazy("We did"), widget=forms.Textarea, required=False)
    looked_at = forms.BooleanField(
        label=gettext_lazy("I have looked: no name, number or address in these texts is a citizen's."),
        required=False,
    )


STATES: dict[str, Any] = {
    "planned": gettext_lazy("Planned"),
    "running": gettext_lazy("Under way"),
    "done": gettext_lazy("Done"),
    "dropped": gettext_lazy("Dropped"),
}


# --- pages


@desk_page
def new_improvement(request: DeskRequest) -> HttpResponse:
    """`/can-bo/tong-quan/nguyen-nhan/moi/`: a cluster, named in the address, gets an improvement."""
    allowed(request.user)
    subject, span = _asked(request)
    if not actions.may_plan(request.user, subject.unit):
        raise PermissionDenied
    posted = request.POST if request.method == "POST" else None
    form = PlanForm(posted, unit=subject.unit)
    count, before = causes.count_of(request.user, subject, span, timezone.localdate())
    if form.is_bound and form.is_valid():
        cause = actions.Cause(
            **subject._asdict(), since=span.first, until=span.last, count=count, before=before
        )
        try:
            row = actions.plan_improvement(cause, form.plan(), by=request.user, at=timezone.now())
        except OfficeError as error:
            add_to_form(form, error)
        else:
            messages.success(request, _("The improvement is in the register."))
            return redirect("desk_improvement", row.pk)
    context = {"form": form, **named(subject), "count": count, "url": letters_url(subject, span)}
    return show(request, "manager/improvement_new", context, 422 if form.is_bound else 200)


def _asked(request: DeskRequest) -> tuple[Subject, Period]:
    """Raises Http404 for codes and days that do not exist."""
    book, given = catalogue(), request.GET
    subject = Subject(*(given.get(name, "") for name in Subject._fields))
    rows: tuple[Collection[str], ...] = (book.units, book.issues, book.procedures, book.topics)
    if any(code and code not in known for code, known in zip(subject, rows, strict=True)):
        raise Http404
    try:
        days = date.fromisoformat(given.get("since", "")), date.fromisoformat(given.get("until", ""))
    except ValueError:
        raise Http404 from None
    return subject, custom(*days)


@desk_page
def improvement(request: DeskRequest, number: int) -> HttpResponse:
    """`/can-bo/tong-quan/nguyen-nhan/<number>/`: one improvement; reported, changed and published here."""
    row = _find(request.user, number)
    forms_of = _forms(row)
    status = 200
    if request.method == "POST":
        what = request.POST.get("what", "")
        if what not in (*forms_of, "hide"):
            raise Http404
        if response := _do(request, row, what, forms_of):
            return response
        status = 422
        row.refresh_from_db()
    subject, span = causes.subject_of_improvement(row), custom(row.since, row.until)
    context = {
        "row": row,
        **named(subject),
        "url": letters_url(subject, span),
        "state": STATES[row.state],
        "overdue": row.overdue(timezone.localdate()),
        "forms": forms_of,
        "form": next((form for form in forms_of.values() if form.is_bound), None),
        "may_plan": actions.may_plan(request.user, row.unit_id or ""),
        "may_report": actions.may_report(request.user, row),
        "may_publish": request.user.scope().manager,
        "shown": row.count if row.count >= causes.SMALLEST_SHOWN else None,
    }
    return show(request, "manager/improvement", context, status)


def _find(user: User, number: int) -> Improvement:
    """Raises Http404 for what this person has nothing to do with."""
    row = get_object_or_404(Improvement.objects.select_related("owner", "recorded_by"), pk=number)
    scope = user.scope()
    if not (scope.manager or scope.auditor or row.owner_id == user.pk or row.unit_id in scope.leads):
        raise Http404
    return row


def _forms(row: Improvement, data: Any = None, which: str = "") -> dict[str, forms.Form]:
    def given(name: str) -> Any:
        return data if name == which else None

    plan = {"cause": row.cause, "action": row.action, "owner": str(row.owner_id), "due_on": row.due_on}
    words = {"said": row.said, "did": row.did}
    return {
        "report": ReportForm(
            given("report"), initial={"state": row.state, "result": row.result}, auto_id="report_%s"
        ),
        "plan": PlanForm(
            given("plan"), unit=row.unit_id or "", initial=plan | {"person": row.owner}, auto_id="plan_%s"
        ),
        "publish": PublishForm(given("publish"), initial=words, auto_id="publish_%s"),
    }


def _do(request: DeskRequest, row: Improvement, what: str, forms_of: dict[str, Any]) -> HttpResponse | None:
    """Do it and go back to the page; None when a form has to be shown again."""
    forms_of.update(_forms(row, request.POST, what))
    form = forms_of.get(what)
    if form is not None and not form.is_valid():
        return None
    try:
        _act(request, row, what, form)
    except OfficeError as error:
        if form is None:
            raise
        add_to_form(form, error)
        return None
    messages.success(request, _("Saved."))
    return redirect("desk_improvement", row.pk)


def _act(request: DeskRequest, row: Improvement, what: str, form: Any) -> None:
    seen = seen_version(request)
    who: Any = {"by": request.user, "at": timezone.now(), "seen": -1 if seen is None else seen}
    if what == "report":
        actions.report_improvement(row, **form.cleaned_data, **who)
    elif what == "plan":
        actions.change_plan(row, form.plan(), **who)
    elif what == "publish":
        actions.publish_improvement(row, **form.cleaned_data, **who)
    else:
        actions.hide_improvement(row, **who)
