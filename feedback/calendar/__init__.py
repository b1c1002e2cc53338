"""When an office is open. Plain Python; the names below are the interface."""

from feedback.calendar.core import BeyondHorizon, WorkingCalendar
from feedback.calendar.data import calendar_from, override_from
from feedback.calendar.days import WEEKDAYS_EN, WEEKDAYS_VI, CalendarDataError, DayOverride, Interval

__all__ = [
    "WEEKDAYS_EN",
    "WEEKDAYS_VI",
    "BeyondHorizon",
    "CalendarDataError",
    "DayOverride",
    "Interval",
    "WorkingCalendar",
    "calendar_from",
    "override_from",
]
