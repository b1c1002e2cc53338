"""The filters a figure of the overview links to: what was done, between which days, and only what the figures count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.models import CaseClock, CaseEvent, Rating, User, catalogue
from feedback.models.clocks import DONE_BY
from feedback.models.facts import ACTS
from feedback.querysets import CaseQuerySet
from feedback.reports.causes import moments
from feedback.reports.response import counting
from feedback.reports.room import counted_for
from feedback.web.desk.forms import set_choices
from feedback.web.words import name_of

# Code → what the list says it holds. The codes of acts are the measures of `Facts`.
DONE: dict[str, Any] = {
    "received": _("received"),
    "answered": _("answered"),
    "rejected": _("not accepted"),
    "transferred": _("transferred to another agency"),
    "withdrawn": _("withdrawn"),
    "merged": _("merged"),
    "reopened": _("clarification asked"),
    "closed": _("closed"),
    "published": _("published"),
    "rated": _("rated"),
    "responded": _("first response"),
    "replied": _("answered or not accepted"),
    "met": _("on time"),
    "missed": _("late"),
    "met_originally": _("on time by the original date"),
    "missed_originally": _("late by the original date"),
}
DUE: dict[str, Any] = {"today": _("due today"), "week": _("due this week")}
_VERBS = {measure: (verb,) for verb, measure in ACTS.items()}
_VERDICTS: dict[str, dict[str, str]] = {
    "replied": {},
    "met": {"verdict": "met"},
    "missed": {"verdict": "missed"},
    "met_originally": {"original_verdict": "met"},
    "missed_originally": {"original_verdict": "missed"},
}
_FIRST, _LAST = date(1, 1, 2), date(9999, 12, 30)


class FigureFilters(forms.Form):
    """Hidden beside the filters a person chooses; an unknown value is ignored like theirs."""

    done = forms.ChoiceField(required=False, choices=[("", ""), *DONE.items()], widget=forms.HiddenInput)
    since = forms.DateField(required=False, widget=forms.HiddenInput)
    until = forms.DateField(required=False, widget=forms.HiddenInput)
    procedure = forms.ChoiceField(required=False, widget=forms.HiddenInput)
    counted = forms.ChoiceField(required=False, choices=[("", ""), ("1", "1")], widget=forms.HiddenInput)
    # Topic and issue as they are, without those below them.
    exact = forms.ChoiceField(required=False, choices=[("", ""), ("1", "1")], widget=forms.HiddenInput)

    # A figure of the room "The unit at work": whose letters ("-": nobody's), and due until when.
    handler = forms.RegexField(r"^(-|\d{1,9})$", required=False, widget=forms.HiddenInput)
    due = forms.ChoiceField(required=False, choices=[("", ""), *DUE.items()], widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data, auto_id="figure_%s")
        procedures = catalogue().procedures
        set_choices(self, "procedure", [("", ""), ("-", "-"), *((code, code) for code in procedures)])

    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def apply(self, cases: CaseQuerySet, user: User) -> CaseQuerySet:
        wanted = self.chosen()
        if "counted" in wanted:
            cases = counted_for(user, cases)
        if "procedure" in wanted:
            code = wanted["procedure"]
            cases = cases.filter(procedure=None if code == "-" else code)
        if "handler" in wanted:
            person = wanted["handler"]
            cases = cases.filter(handler=None if person == "-" else int(person))
        if "due" in wanted:
            at = timezone.now()
            cases = cases.due_within(at, end_of(wanted["due"], at))
        if "done" in wanted:
            between = moments(wanted.get("since", _FIRST), wanted.get("until", _LAST))
            cases = done_between(cases, wanted["done"], *between)
        return cases

    def sentence(self) -> dict[str, Any]:
        """For the line above the list; empty when a person came by another way."""
        wanted = self.chosen()
        procedure = catalogue().procedures.get(wanted.get("procedure", ""))
        shown = {**wanted, "done": DONE.get(wanted.get("done", ""), ""), "procedure": name_of(procedure)}
        shown["due"] = DUE.get(wanted.get("due", ""), "")
        return shown if wanted else {}


def end_of(due: str, at: datetime) -> datetime:
    """Midnight after the day (of DUE: "today"), or after the Sunday of the week, that `at` lies in."""
    day = timezone.localtime(at).date()
    days = 1 if due == "today" else 7 - day.weekday()
    return moments(day, day + timedelta(days=days - 1))[1]


def done_between(cases: CaseQuerySet, done: str, start: datetime, end: datetime) -> CaseQuerySet:
    """The cases a figure of the period from `start` to before `end` counts; `done`: a key of DONE."""
    if done == "received":
        return cases.filter(received_at__gte=start, received_at__lt=end)
    if done == "rated":
        return cases.filter(pk__in=Rating.objects.filter(at__gte=start, at__lt=end).values("case"))
    if done in _VERBS:
        return cases.filter(pk__in=_acted(_VERBS[done], start, end))
    step = "acknowledge" if done == "responded" else "reply"
    stopped = Q(case=OuterRef("pk"), stopped_at__gte=start, stopped_at__lt=end)
    clocks = CaseClock.objects.filter(stopped, counting(step), **_VERDICTS.get(done, {}))
    # By way of the log: it has an index of acts by day, the clocks have none.
    return cases.filter(Exists(clocks), pk__in=_acted(sorted(DONE_BY[step]), start, end))


def _acted(verbs: Any, start: datetime, end: datetime) -> Any:
    return CaseEvent.objects.filter(verb__in=verbs, at__gte=start, at__lt=end).values("case")
