"""What is asked of a report, all of it in the address: which days, which part of the work, which columns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.errors import OfficeError
from feedback.models import ReportSchedule, User, catalogue
from feedback.reports.base import Question, Report, sees_the_office
from feedback.reports.periods import SPAN_NAMES, Period, Span, custom, period
from feedback.web.desk.filters import grouped
from feedback.web.desk.forms import set_choices
from feedback.web.words import name_of

MARK = "-"  # stands among the chosen columns, so that "none but the first" is a choice too


RHYTHMS = {
    ReportSchedule.Rhythm.DAILY: _("Every working day at 07:30"),
    ReportSchedule.Rhythm.WEEKLY: _("The first working day of each week at 07:30"),
    ReportSchedule.Rhythm.MONTHLY: _("The first working day of each month at 07:30"),
}


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


class ReportForm(forms.Form):
    """Unknown values are ignored: an old link still opens."""

    period = forms.ChoiceField(label=_("Period of the report"), required=False)
    day = _day(_("With the day"))
    first = _day(_("From"))
    last = _day(_("To the end of"))
    unit = forms.ChoiceField(label=_("Unit"), required=False)
    topic = forms.ChoiceField(label=_("Topic"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    columns = forms.MultipleChoiceField(
        label=_("Columns"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Mapping[str, Any], report: Report, user: User) -> None:
        self.report, self.user, self.today = report, user, timezone.localdate()
        super().__init__(data, auto_id="report_%s")
        self._asked_columns = data.getlist("columns") if isinstance(data, QueryDict) else []
        book, asked = catalogue(), str(data.get("unit", ""))
        codes = set(book.units) if sees_the_office(user) else user.scope().leads
        units = [u for code, u in book.units.items() if code in codes and u.takes_cases]
        units = [
            u for u in units if u.exists_on(self.today) or u.code == asked
        ]  # last year's may be asked for
        everything = ("", _("All"))
        set_choices(self, "period", [(str(span), name) for span, name in SPAN_NAMES.items()])
        set_choices(self, "unit", [everything, *((u.code, name_of(u)) for u in units)])
        set_choices(self, "topic", [everything, *grouped(book.topics.values())])
        set_choices(self, "kind", [everything, *((k.code, name_of(k)) for k in book.kinds.values())])
        set_choices(self, "columns", [(c.name, c.label) for c in report.columns[1:]])
        self.is_valid()
        # The boxes show what is really asked, also when the address says nothing.
        self.data = self._completed()

    def _get(self, name: str) -> Any:
        return self.cleaned_data.get(name) or ""

    @property
    def span(self) -> Span:
        return Span(self._get("period") or self.report.span)

    def days(self) -> Period:
        """The period asked for; days nobody writes about are taken for today."""
        try:
            if self.span == Span.CUSTOM:
                last: date = self._get("last") or self.today
                return custom(self._get("first") or last, last)
            return period(self.span, self._get("day") or self.today)
        except OfficeError:
            return period(self.report.span if self.report.span != Span.CUSTOM else Span.MONTH, self.today)

    def question(self, at: datetime) -> Question:
        return Question(self.user, self.days(), at, self._get("unit"), self._get("topic"), self._get("kind"))

    def columns_asked(self) -> list[str]:
        """Those chosen, else those shown without being asked for."""
        if self._asked_columns:
            return [column.name for column in self.report.columns if column.name in self._asked_columns]
        return [column.name for column in self.report.columns if column.shown]

    def query(self, days: Period | None = None, **other: str) -> str:
        """The address of this question, perhaps of other days or with something added."""
        found, asked = days or self.days(), QueryDict(mutable=True)
        asked["period"] = str(found.span)
        if found.span == Span.CUSTOM:
            asked.update({"first": found.first.isoformat(), "last": found.last.isoformat()})
        else:
            asked["day"] = found.first.isoformat()
        parts = {name: self._get(name) for name in ("unit", "topic", "kind")} | other
        asked.update({name: value for name, value in parts.items() if value})
        if self._asked_columns:
            asked.setlist("columns", [MARK, *self.columns_asked()])
        return "?" + asked.urlencode()

    def _completed(self) -> QueryDict:
        found, days = QueryDict(mutable=True), self.days()
        found.update({name: str(self._get(name)) for name in ("unit", "topic", "kind")})
        found["period"] = str(days.span)
        found["day"] = min(max(self.today, days.first), days.last).isoformat()
        found.update({"first": days.first.isoformat(), "last": days.last.isoformat()})
        found.setlist("columns", self.columns_asked())
        return found


class ScheduleForm(forms.Form):
    """How often, and to whom."""

    rhythm = forms.ChoiceField(
        label=_("How often"),
        widget=forms.RadioSelect,
        choices=[(str(rhythm), name) for rhythm, name in RHYTHMS.items()],
        initial=ReportSchedule.Rhythm.MONTHLY,
    )
    reader = forms.ChoiceField(
        label=_("For whom"),
        help_text=_(
            "The reader receives a link and signs in to read; what is counted is what the reader may see."
        ),
    )

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(one.pk): one for one in people}
        set_choices(self, "reader", [(key, str(one)) for key, one in self.people.items()])
