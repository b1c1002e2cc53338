"""Small helpers of every page: which language is spoken, and how things are called in it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language, gettext, ngettext

from feedback.calendar import BeyondHorizon
from feedback.errors import OfficeError
from feedback.models import catalogue
from feedback.models.cases import OFFICE_TIME


def language() -> str:
    """ "vi" or "en": what the reader chose."""
    return "en" if (get_language() or "vi").startswith("en") else "vi"


def name_of(row: Any) -> str:
    """The name of a unit, topic, procedure … in the reader's language; "" for None."""
    if row is None:
        return ""
    return (row.name_en if language() == "en" else "") or row.name_vi


def unit_name(code: str | None) -> str:
    return name_of(catalogue().units.get(code or ""))


def shortened(text: str, length: int = 120) -> str:
    """The first words of a text on one line, at most `length` characters and a sign of omission; no word is cut."""
    line = " ".join(text[: length * 3].split())
    if len(line) <= length:
        return line
    return line[: length + 1].rsplit(" ", 1)[0][:length].rstrip(" .,;:–-") + "…"


def sentence(error: OfficeError) -> str:
    return error.sentence(language())


def working_days_left(due: datetime, at: datetime) -> str:
    """ "3 working days left", "due today", "2 working days late"; "" when the calendar does not reach that far."""
    last, today = due.astimezone(OFFICE_TIME).date(), at.astimezone(OFFICE_TIME).date()
    days = working_days(today, last)
    if days is None:
        return ""
    if due < at:
        late = working_days(last, today) or 0
        return ngettext("%(days)d working day late", "%(days)d working days late", late) % {"days": late}
    if days == 0:
        return gettext("due today")
    return ngettext("%(days)d working day left", "%(days)d working days left", days) % {"days": days}


def working_days(start: date, end: date) -> int | None:
    """Working days in (start, end]; None outside the calendar."""
    try:
        return catalogue().calendar.working_days_between(start, end)
    except BeyondHorizon:
        return None
