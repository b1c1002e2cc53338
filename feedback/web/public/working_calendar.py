"""/lich-lam-viec/: on which days the office works, from which source, by which edition, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from feedback.calendar import WorkingCalendar
from feedback.models import CalendarVersion, catalogue
from feedback.web.public import ics, year
from feedback.web.words import language, unit_name

_FROM_FILES = "catalogue"  # the author of the days the product brought along


@dataclass(frozen=True)
class Shown:
    """Which calendar is looked at. `unit`: whose was asked for, "" for the office's; `row.unit_id`: whose it is."""

    unit: str
    row: CalendarVersion
    calendar: WorkingCalendar

    @property
    def query(self) -> str:
        """What keeps an address on this calendar: "?don_vi=…", "?phien_ban=…" or ""."""
        given = {"don_vi": self.unit} if self.in_force else {"phien_ban": self.row.version}
        return f"?{urlencode(given)}" if any(given.values()) else ""

    @property
    def in_force(self) -> bool:
        return catalogue().calendar_version_for(self.unit or None) == self.row.version

    def earlier(self) -> list[CalendarVersion]:
        """Every edition of the same line that ever came into force, the newest first."""
        return came_into_force(
            row for row in catalogue().calendars.values() if row.unit_id == self.row.unit_id
        )


def came_into_force(rows: Any) -> list[Any]:
    """Of these versions those that are or were in force, the newest first; drafts are nobody's business yet."""
    return sorted(
        (row for row in rows if row.in_force_from), key=lambda row: (row.in_force_from, row.pk), reverse=True
    )


@require_safe
def this_year(request: HttpRequest) -> HttpResponse:
    """The current year, or the last one the calendar knows."""
    shown = _shown(request)
    return _page(request, shown, min(timezone.localdate().year, shown.calendar.last.year))


@require_safe
def of_year(request: HttpRequest, number: int) -> HttpResponse:
    shown = _shown(request)
    _must_cover(shown, number)
    return _page(request, shown, number)


@require_safe
def days_off_file(request: HttpRequest, number: int) -> HttpResponse:
    """The year's special days for the reader's own calendar (iCalendar, RFC 5545)."""
    shown = _shown(request)
    _must_cover(shown, number)
    days = year.special_days(shown.calendar, number, language())
    text = ics.written(days, name=_heading(shown), stamp=shown.row.in_force_from or shown.row.created_at)
    headers = {"Content-Disposition": f'attachment; filename="lich-lam-viec-{number}.ics"'}
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)


def _shown(request: HttpRequest) -> Shown:
    """The calendar a unit (?don_vi=, else the office) works by, or one edition (?phien_ban=). Raises Http404."""
    book, unit, version = catalogue(), request.GET.get("don_vi", ""), request.GET.get("phien_ban", "")
    if unit and unit not in book.units:
        raise Http404
    row = book.calendars.get(version or book.calendar_version_for(unit or None))
    if row is None or not row.data or row.in_force_from is None:
        raise Http404
    return Shown(row.unit_id or "" if version else unit, row, book.calendar_of(row.version))


def _must_cover(shown: Shown, number: int) -> None:
    if not shown.calendar.first.year <= number <= shown.calendar.last.year:
        raise Http404


def _page(request: HttpRequest, shown: Shown, number: int) -> HttpResponse:
    calendar = shown.calendar
    days = year.special_days(calendar, number, language())
    context = {
        "shown": shown,
        "heading": _heading(shown),
        "unit_name": unit_name(shown.unit),
        "year": number,
        "years": range(calendar.first.year, calendar.last.year + 1),
        "months": year.months(calendar, number, language()),
        "days": [{"day": one, "author": _author(one, request)} for one in days],
        "week": year.usual_week(calendar, language()),
        "working_days": sum(calendar.is_working_day(day) for day in year.days_of(number)),
        "provisional": any(one.provisional for one in days),
        "units": _units_with_their_own(),
        "editions": f"{reverse('working_calendar_year', args=[number])}?phien_ban=",
    }
    return render(request, "feedback/public/working_calendar.html", context)


def _heading(shown: Shown) -> str:
    """Whose calendar it is."""
    owner = unit_name(shown.row.unit_id)
    return (
        _("Working calendar of %(unit)s") % {"unit": owner} if owner else _("Working calendar of the office")
    )


def _author(one: year.SpecialDay, request: HttpRequest) -> str:
    """Who entered the day: by name for colleagues, as an office for everybody else."""
    if not one.author:
        return ""
    if one.author == _FROM_FILES:
        return _("the catalogue that comes with this software")
    return one.author if request.user.is_authenticated else _("an administrator of this office")


def _units_with_their_own() -> list[dict[str, str]]:
    book = catalogue()
    own = (unit for unit, version in book.calendars_in_force.items() if unit and book.calendars[version].data)
    address = reverse("working_calendar")
    return [
        {"name": unit_name(unit), "url": f"{address}?{urlencode({'don_vi': unit})}"} for unit in sorted(own)
    ]
