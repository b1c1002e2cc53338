"""Which days a report is about: a day, a week, a month … a year, a reporting period of the law, or any two dates.

Nghị định 09/2019/NĐ-CP, Điều 12 closes the figures of periodic reports on the 14th: the half-year runs from 15/12 to
14/06, the month from the 15th before. `settings.REPORT_DAY` is that day; 1 makes reporting periods calendar ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.errors import WrongDate
from feedback.models.cases import OFFICE_TIME


class Span(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    REPORT_MONTH = "report_month"
    REPORT_QUARTER = "report_quarter"
    REPORT_HALF = "report_half"
    REPORT_YEAR = "report_year"
    CUSTOM = "custom"


SPAN_NAMES = {
    Span.DAY: gettext_lazy("Day"),
    Span.WEEK: gettext_lazy("Week"),
    Span.MONTH: gettext_lazy("Month"),
    Span.QUARTER: gettext_lazy("Quarter"),
    Span.YEAR: gettext_lazy("Year"),
    Span.REPORT_MONTH: gettext_lazy("Reporting month"),
    Span.REPORT_QUARTER: gettext_lazy("Reporting quarter"),
    Span.REPORT_HALF: gettext_lazy("Reporting half-year"),
    Span.REPORT_YEAR: gettext_lazy("Reporting year"),
    Span.CUSTOM: gettext_lazy("From one day to another"),
}
_MONTHS = {
    Span.MONTH: 1,
    Span.QUARTER: 3,
    Span.YEAR: 12,
    Span.REPORT_MONTH: 1,
    Span.REPORT_QUARTER: 3,
    Span.REPORT_HALF: 6,
    Span.REPORT_YEAR: 12,
}
_EARLIEST, _LATEST = date(2000, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True)
class Period:
    """From the first moment of `first` to the last of `last`, in the office's own time."""

    span: Span
    first: date
    last: date

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time(), OFFICE_TIME)

    @property
    def end(self) -> datetime:
        """The first moment that no longer belongs to it."""
        return datetime.combine(self.last + timedelta(days=1), time(), OFFICE_TIME)

    @property
    def previous(self) -> Period:
        return self._beside(self.first - timedelta(days=1), -1)

    @property
    def following(self) -> Period:
        return self._beside(self.last + timedelta(days=1), 1)

    def _beside(self, day: date, way: int) -> Period:
        if self.span != Span.CUSTOM:
            return period(self.span, day)
        length = self.last - self.first
        return custom(day, day + length) if way > 0 else custom(day - length, day)

    @property
    def words(self) -> str:
        """ "Quý, từ 01/10/2026 đến hết 31/12/2026"."""
        first, last = date_format(self.first, "d/m/Y"), date_format(self.last, "d/m/Y")
        if self.span == Span.DAY:
            return first
        if self.span == Span.CUSTOM:
            return _("From %(first)s to the end of %(last)s") % {"first": first, "last": last}
        named = {"name": SPAN_NAMES[self.span], "first": first, "last": last}
        return _("%(name)s from %(first)s to the end of %(last)s") % named


def period(span: Span | str, day: date) -> Period:
    """The period of this length that `day` lies in. Raises WrongDate for days no office writes about."""
    span = Span(span)
    if not _EARLIEST <= day <= _LATEST:
        raise WrongDate("day")
    if span in (Span.DAY, Span.CUSTOM):
        return Period(span, day, day)
    if span == Span.WEEK:
        monday = day - timedelta(days=day.weekday())
        return Period(span, monday, monday + timedelta(days=6))
    begins = settings.REPORT_DAY if span.value.startswith("report_") else 1
    return _of_months(span, day, _MONTHS[span], begins)


def _of_months(span: Span, day: date, length: int, begins: int) -> Period:
    """Months counted from the year's first, each beginning on day `begins` (of the month before, unless "
    "it is 1)."""
    shift = 0 if begins == 1 else 1
    month = day.year * 12 + day.month - 1 + (shift if day.day >= begins else 0)
    start = month // length * length - shift
    return Period(span, _day(start, begins), _day(start + length, begins) - timedelta(days=1))


def _day(month: int, day: int) -> date:
    return date(month // 12, month % 12 + 1, day)


def custom(first: date, last: date) -> Period:
    """Any days one after the other. Raises WrongDate when they are not in order or no office writes "
    "about them."""
    if not _EARLIEST <= first <= last <= _LATEST:
        raise WrongDate("last")
    return Period(Span.CUSTOM, first, last)
