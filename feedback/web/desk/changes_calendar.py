"""The working calendar: a year to look at, and one form that plans a change of days, hours and years together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback import actions
from feedback.calendar import (
    WEEKDAYS_EN,
    WEEKDAYS_VI,
    CalendarDataError,
    calendar_from,
    differences,
    hours_from,
    public_days_from,
    shown_hours,
    with_days,
    without_days,
)
from feedback.errors import OfficeError
from feedback.models import CalendarVersion, Change, catalogue
from feedback.web.desk.base import DeskRequest, show
from feedback.web.desk.changes import continued, planned, room_page, still_on
from feedback.web.desk.changes_words import data_above
from feedback.web.desk.forms import inside_units, set_choices, unit_choices
from feedback.web.errors import add_to_form
from feedback.web.public import year as drawing
from feedback.web.words import language, unit_name

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST = 40  # days of one line
MAX_ROWS = 30
YEARS_AHEAD = 15


class HoursField(forms.CharField):
    """ "07:30-11:30, 13:00-17:00" → ["07:30-11:30", "13:00-17:00"]; empty: closed."""

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        try:
            return hours_from(text)
        except CalendarDataError as error:
            raise forms.ValidationError(
                _("Write the hours in order, without overlap, like this: 07:30-11:30, 13:00-17:00.")
            ) from error


def _date(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more
    )


class DayForm(forms.Form):
    """One line: a day or a range of days that is not as its week says."""

    first = _date(gettext_lazy("Day"))
    last = _date(
        gettext_lazy("Until"), required=False, help_text=gettext_lazy("Only for several days in a row.")
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What it is"),
        choices=[
            ("off", gettext_lazy("Day off")),
            ("working", gettext_lazy("Make-up working day")),
            ("hours", gettext_lazy("Half day, other hours")),
        ],
        initial="off",
    )
    hours = HoursField(
        label=gettext_lazy("Hours on that day"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("Only for a half day or other hours, for example 07:30-11:30."),
    )
    name = forms.CharField(
        label=gettext_lazy("What citizens read"),
        max_length=200,
        help_text=gettext_lazy("For example: “Nghỉ Tết Nguyên đán 2027”."),
    )
    name_en = forms.CharField(label=gettext_lazy("The same in English"), max_length=200, required=False)
    source = forms.CharField(
        label=gettext_lazy("Source"),
        max_length=300,
        help_text=gettext_lazy("The notice or decision, with number and date."),
    )
    provisional = forms.BooleanField(
        label=gettext_lazy("Provisional: not officially announced yet"), required=False
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last, kind = data.get("first"), data.get("last"), data.get("kind")
        if first and last and last < first:
            self.add_error("last", _("The last day is before the first."))
        elif first and last and (last - first).days >= LONGEST:
            self.add_error("last", _("At most %(n)d days in one line.") % {"n": LONGEST})
        if "hours" not in self.errors and kind == "hours" and not data.get("hours"):
            self.add_error("hours", _("Please write the hours of that day."))
        if "hours" not in self.errors and kind != "hours" and data.get("hours"):
            self.add_error(
                "hours", _("Hours are only for a half day or other hours. Choose that, or leave this empty.")
            )
        return data

    def days(self, author: str) -> list[dict[str, Any]]:
        """One override for each day of the range."""
        data = self.cleaned_data
        first, last = data["first"], data["last"] or data["first"]
        entry = {name: data[name].strip() for name in ("name", "name_en", "source") if data[name].strip()}
        entry |= {"working": data["kind"] != "off", "author": author}
        entry |= {"hours": data["hours"]} if data["kind"] == "hours" else {}
        entry |= {"provisional": True} if data["provisional"] else {}
        span = range((last - first).days + 1)
        return [{"date": (first + timedelta(days=n)).isoformat(), **entry} for n in span]


DayRows = forms.formset_factory(DayForm, extra=1, max_num=MAX_ROWS, absolute_max=MAX_ROWS)


class CalendarForm(forms.Form):
    """Everything but the added days."""

    base = forms.CharField(widget=forms.HiddenInput, max_length=80, required=False)
    remove = forms.MultipleChoiceField(required=False, label=gettext_lazy("Take away"))
    decide = forms.BooleanField(required=False)
    refresh = forms.BooleanField(required=False)
    last_year = forms.IntegerField(
        label=gettext_lazy("The calendar reaches to the end of"),
        help_text=gettext_lazy(
            "A deadline after that cannot be computed: the office is told, nothing is guessed."
        ),
    )
    follow = forms.BooleanField(
        required=False, label=gettext_lazy("End the unit's own calendar: it follows the common one again")
    )
    version = forms.CharField(
        label=gettext_lazy("Name of the new version"),
        max_length=80,
        help_text=gettext_lazy("It stands beside every date computed by it."),
    )
    note = forms.CharField(
        label=gettext_lazy("Reason"),
        error_messages={"required": gettext_lazy("Please give the reason.")},
        max_length=300,
        help_text=gettext_lazy("Whoever gets another date reads this sentence."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, data_before: Mapping[str, Any], own: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = data_before
        self.decided = int(data_before.get("decided_until") or data_before["first_year"] - 1)
        names = WEEKDAYS_EN if language() == "en" else WEEKDAYS_VI
        for code, name in zip(WEEK, names, strict=True):
            self.fields[f"hours_{code}"] = HoursField(
                label=name,
                required=False,
                max_length=100,
                initial=shown_hours(data_before["weekly"].get(code) or ()),
            )
        days = [str(one["date"]) for one in data_before.get("overrides") or ()]
        set_choices(self, "remove", [(day, day) for day in days])
        self.fields["last_year"].initial = data_before["last_year"]
        year = {"year": self.decided + 1}
        self.fields["decide"].label = _("The days off of %(year)d are officially announced") % year
        self.fields["refresh"].label = (
            _("Take the public holidays from %(year)d on from the software's table again") % year
        )
        self.fields["refresh"].help_text = _(
            "The table knows swaps better once they are announced; the list shows what differs."
        )
        if not own:
            del self.fields["follow"]

    @property
    def week(self) -> list[forms.BoundField]:
        return [self[f"hours_{code}"] for code in WEEK]

    def clean_last_year(self) -> int:
        year, least = int(self.cleaned_data["last_year"]), int(self.before["last_year"])
        most = max(least, timezone.localdate().year + YEARS_AHEAD)
        if not least <= year <= most:
            raise forms.ValidationError(
                _("A year from %(least)d to %(most)d.") % {"least": least, "most": most}
            )
        return year

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        hours = [data.get(f"hours_{code}") for code in WEEK]
        if not self.errors and not any(hours):
            self.add_error("hours_mon", _("The office is open on one day of the week at least."))
        return data

    def data_after(self, days: list[dict[str, Any]]) -> dict[str, Any]:
        """The calendar as the form wants it."""
        given = self.cleaned_data
        result = with_days(without_days(self.before, given["remove"]), days)
        weekly = {code: given[f"hours_{code}"] for code in WEEK}
        result["weekly"] = {code: hours for code, hours in weekly.items() if hours}
        if given["decide"]:
            result["decided_until"] = self.decided + 1
        since = self.decided + 1 if given["refresh"] else int(self.before["last_year"]) + 1
        if given["refresh"] or given["last_year"] > self.before["last_year"]:
            result = public_days_from(result, since, last_year=given["last_year"])
        return result


class Sheet:
    """What one visit of the page is about: whose calendar, on which version, which year is shown."""

    def __init__(self, request: DeskRequest) -> None:
        self.request = request
        self.earlier: Change | None = continued(request)
        book = catalogue()
        if self.earlier is not None:
            row = self.earlier.calendar
            if row is None or not row.data:
                raise Http404
            self.unit, self.base, self.data = row.unit_id, row.version, row.data
        else:
            self.unit = request.GET.get("don-vi") or None
            if self.unit is not None and self.unit not in book.units:
                raise Http404
            self.base = book.calendar_version_for(self.unit)
            if self.base not in book.calendars:
                raise Http404
            self.data = book.calendars[self.base].data or data_above(self.unit)
        held = book.calendars.get(book.calendars_in_force.get(self.unit, "")) if self.unit else None
        self.own = held is not None and bool(held.data)

    @cached_property
    def year(self) -> int:
        text = self.request.GET.get("nam", "")
        wanted = (
            int(text) if text.isascii() and text.isdigit() and len(text) == 4 else timezone.localdate().year
        )
        return min(max(wanted, self.data["first_year"]), self.data["last_year"])

    def query(self, **changed: Any) -> str:
        """The address of the same sheet, something changed."""
        query = QueryDict(mutable=True)
        given = {"tiep": self.earlier.pk} if self.earlier else {"don-vi": self.unit}
        query.update({name: str(value) for name, value in {**given, **changed}.items() if value})
        return f"?{query.urlencode()}"

    def plan(self, data: Mapping[str, Any], version: str, note: str) -> Change:
        by, at = self.request.user, timezone.now()
        return actions.instead_of(
            self.earlier,
            lambda: actions.plan_calendar(data, version=version, note=note, by=by, at=at, unit=self.unit),
            by=by,
        )


@room_page
def calendar(request: DeskRequest) -> HttpResponse:
    """`/can-bo/thay-doi/lich/?don-vi=…&nam=…`"""
    sheet = Sheet(request)
    own = {"data_before": sheet.data, "own": sheet.own}
    if request.method != "POST":
        version = actions.next_version(CalendarVersion, timezone.now(), unit=sheet.unit)
        note = sheet.earlier.note if sheet.earlier else ""
        form = CalendarForm(initial={"base": sheet.base, "version": version, "note": note}, **own)
        return _show(sheet, form, DayRows(prefix="day"))
    if "more" in request.POST:
        return _more(sheet, own)
    form, rows = CalendarForm(request.POST, **own), DayRows(request.POST, prefix="day")
    if (
        form.is_valid()
        and still_on(form, sheet.base)
        and (form.cleaned_data.get("follow") or rows.is_valid())
    ):
        change = _planned(form, rows, sheet)
        if change is not None:
            return planned(request, change)
    return _show(sheet, form, rows, 422)


def _more(sheet: Sheet, own: dict[str, Any]) -> HttpResponse:
    """One line more; what was typed stays, nothing is checked yet."""
    post = sheet.request.POST
    rows = DayRows(post, prefix="day")
    typed = [
        {name: post.get(f"{prefix}-{name}", "") for name in DayForm.base_fields}
        for prefix in (rows.add_prefix(number) for number in range(rows.total_form_count()))
    ]
    fresh = DayRows(prefix="day", initial=typed)
    held = {name: post.get(name) for name in post if not name.startswith("day-")}
    form = CalendarForm(initial={**held, "remove": post.getlist("remove")}, **own)
    return _show(sheet, form, fresh)


def _planned(form: CalendarForm, rows: Any, sheet: Sheet) -> Change | None:
    """The plan; None with the reason beside its field."""
    given = form.cleaned_data
    try:
        if given.get("follow"):
            return sheet.plan({}, given["version"], given["note"])
        author = sheet.request.user.get_username()
        days = [day for row in rows if row.has_changed() for day in row.days(author)]
        data = form.data_after(days)
        if not differences(sheet.data, data):
            form.add_error(
                None, _("Nothing is changed yet: add a day, take one away, or change the hours or the years.")
            )
            return None
        _within(data, days)
        return sheet.plan(data, given["version"], given["note"])
    except OfficeError as error:
        add_to_form(form, error)
    except CalendarDataError as error:
        form.add_error(None, _("This calendar cannot be read: %(why)s") % {"why": error})
    return None


def _within(data: Mapping[str, Any], days: list[dict[str, Any]]) -> None:
    """Days before or after the calendar would say nothing."""
    calendar_from(data)
    years = range(data["first_year"], data["last_year"] + 1)
    outside = [day["date"] for day in days if int(day["date"][:4]) not in years]
    if outside:
        words = _("%(day)s lies outside the years of the calendar, %(first)d to %(last)d.")
        day = f"{date.fromisoformat(outside[0]):%d/%m/%Y}"
        raise CalendarDataError(words % {"day": day, "first": years[0], "last": years[-1]})


def _show(sheet: Sheet, form: CalendarForm, rows: Any, status: int = 200) -> HttpResponse:
    compiled = calendar_from({**sheet.data, "version": sheet.base})
    removed = form["remove"].value() or []
    errors = [
        {"href": f"#{field.auto_id}", "message": f"{field.label}: {message}"}
        for row in rows
        if rows.is_bound
        for field in row
        for message in field.errors
    ]
    context = {
        "sheet": sheet,
        "form": form,
        "rows": rows,
        "errors": errors,
        "months": drawing.months(compiled, sheet.year, language()),
        "specials": (days := drawing.special_days(compiled, sheet.year, language())),
        "provisional": any(day.provisional for day in days),
        "overrides": compiled.overrides,
        "removed": removed,
        "kept_removed": [day for day in removed if day[:4] != str(sheet.year)],
        "unit_name": unit_name(sheet.unit) if sheet.unit else "",
        "units": unit_choices(inside_units()),
        "previous_url": sheet.query(nam=sheet.year - 1) if sheet.year > sheet.data["first_year"] else "",
        "next_url": sheet.query(nam=sheet.year + 1) if sheet.year < sheet.data["last_year"] else "",
        "decided": form.decided,
    }
    return show(sheet.request, "changes/calendar", context, status)
