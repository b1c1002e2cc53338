"""When an office is open. Plain Python; the names below are the interface."""

from feedback.calendar.core import BeyondHorizon, WorkingCalendar
from feedback.calendar.data import calendar_from, frozen, override_from
from feedback.calendar.days import WEEKDAYS_EN, WEEKDAYS_VI, CalendarDataError, DayOverride, Interval
from feedback.calendar.editing import (
    Difference,
    differences,
    hours_from,
    public_days_from,
    rebased,
    shown_hours,
    with_days,
    without_days,
)

__all__ = [
    "WEEKDAYS_EN",
    "WEEKDAYS_VI",
    "BeyondHorizon",
    "CalendarDataError",
    "DayOverride",
    "Difference",
    "Interval",
    "WorkingCalendar",
    "calendar_from",
    "differences",
    "frozen",
    "hours_from",
    "override_from",
    "public_days_from",
    "rebased",
    "shown_hours",
    "with_days",
    "without_days",
]
