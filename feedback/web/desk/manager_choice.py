"""What the overview is asked for, all of it in the address: which days, which steps of the trend, which heat map."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.models import User
from feedback.reports import spans
from feedback.reports.spans import Length, Period

LENGTHS: dict[str, Any] = {
    Length.WEEK: gettext_lazy("Week"),
    Length.MONTH: gettext_lazy("Month"),
    Length.QUARTER: gettext_lazy("Quarter"),
    Length.YEAR: gettext_lazy("Year"),
    Length.CUSTOM: gettext_lazy("Other days"),
}
STEPS: dict[str, Any] = {"week": gettext_lazy("12 weeks"), "month": gettext_lazy("12 months")}
MAPS: dict[str, Any] = {
    "late": gettext_lazy("Share of answers that were late"),
    "overdue": gettext_lazy("Share of open letters overdue now"),
    "received": gettext_lazy("Letters received"),
}
EARLIEST = date(2000, 1, 1)


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def allowed(user: User) -> None:
    """Raises PermissionDenied for whoever neither leads nor audits."""
    scope = user.scope()
    if not (scope.manager or scope.leads or scope.auditor):
        raise PermissionDenied


class Choice(forms.Form):
    """Unknown values are ignored: an old link still opens."""

    period = forms.ChoiceField(
        label=gettext_lazy("Which time"), required=False, choices=[(str(k), v) for k, v in LENGTHS.items()]
    )
    day = forms.DateField(required=False, widget=forms.HiddenInput)
    since = _day(gettext_lazy("From"))
    until = _day(gettext_lazy("To"))
    trend = forms.ChoiceField(label=gettext_lazy("Trend"), required=False, choices=list(STEPS.items()))
    map = forms.ChoiceField(label=gettext_lazy("Heat map"), required=False, choices=list(MAPS.items()))

    def __init__(self, data: Mapping[str, Any], today: date) -> None:
        super().__init__(data, auto_id="choice_%s")
        self.is_valid()
        self.today = today
        shown = {"period": str(self.span.length), "trend": self.steps, "map": self.heat}
        self.data = {
            **{name: data.get(name) for name in data},
            **shown,
        }  # the lists show what the page is about

    def _get(self, name: str, default: Any) -> Any:
        return self.cleaned_data.get(name) or default

    @property
    def steps(self) -> str:
        return str(self._get("trend", "week"))

    @property
    def heat(self) -> str:
        return str(self._get("map", "late"))

    @property
    def span(self) -> Period:
        length = Length(self._get("period", "month"))
        if length != Length.CUSTOM:
            return spans.of(length, self._within(self._get("day", self.today)))
        until = self._within(self._get("until", self.today))
        return spans.custom(self._within(self._get("since", until - timedelta(days=29))), until)

    def _within(self, day: date) -> date:
        """No day ahead and none before the office had letters: the calendar has an end on both sides."""
        return min(max(day, EARLIEST), self.today)

    def query(self, **other: Any) -> str:
        """The address of this page, changed in `other`."""
        span = self.span
        asked: dict[str, Any] = {"period": str(span.length)}
        if span.length == Length.CUSTOM:
            asked |= {"since": span.first, "until": span.last}
        elif not span.first <= self.today <= span.last:
            asked |= {"day": span.first}
        asked |= {"trend": self.steps, "map": self.heat}
        return "?" + urlencode({name: value for name, value in {**asked, **other}.items() if value})

    @property
    def earlier(self) -> str:
        return self._to(self.span.earlier())

    @property
    def later(self) -> str:
        after = self.span.later(self.today)
        return self._to(after) if after else ""

    def _to(self, span: Period) -> str:
        if span.length == Length.CUSTOM:
            return self.query(since=span.first, until=span.last)
        return self.query(day=span.first)

    def name(self) -> str:
        return name_of_period(self.span)


def name_of_period(span: Period) -> str:
    """ "tháng 11/2026", "quý 4/2026", "23/11–29/11/2026"."""
    first = span.first
    if span.length == Length.MONTH:
        return _("month %(month)s/%(year)s") % {"month": first.month, "year": first.year}
    if span.length == Length.QUARTER:
        return _("quarter %(quarter)s/%(year)s") % {"quarter": (first.month + 2) // 3, "year": first.year}
    if span.length == Length.YEAR:
        return _("year %(year)s") % {"year": first.year}
    return (
        f"{first:%d/%m}–{span.last:%d/%m/%Y}"
        if first.year == span.last.year
        else f"{first:%d/%m/%Y}–{span.last:%d/%m/%Y}"
    )
