"""Time left and reasons, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from feedback.calendar import WorkingCalendar
from feedback.models import Case, catalogue
from feedback.web.words import working_days, working_days_left
from feedback.workflow import WAITING

SOON_DAYS = 2  # working days: the same colour as the alarm at 80 % of an ordinary deadline of ten days


@dataclass(frozen=True)
class Badge:
    """What `components/clock_badge.html` draws."""

    state: str
    text: str
    due: datetime


def badge(case: Case, at: datetime) -> Badge:
    """The main clock of a case for a list: from the cached columns, without a query (`with_pauses`)."""
    if not case.is_open:
        return Badge(_verdict(case), "", case.due_at)
    if case.overdue(at):
        return Badge("overdue", time_left(case.due_at, at), case.due_at)
    if case.status in WAITING:
        return Badge("paused", "", case.due_at)
    days = _working_days(case.due_at, at)
    return Badge("due_soon" if days <= SOON_DAYS else "running", time_left(case.due_at, at), case.due_at)


def _verdict(case: Case) -> str:
    """ "met", "missed", or "" where the row alone cannot say: no answer was given, or a second one was."""
    if case.answered_at is None or case.clarifications:
        return ""
    return "met" if case.answered_at <= case.due_at else "missed"


def _working_days(due: datetime, at: datetime) -> int:
    calendar = catalogue().calendar
    days = working_days(calendar.local(at).date(), calendar.local(due).date())
    return (due - at).days if days is None else days


def time_left(due: datetime, at: datetime) -> str:
    """ "3 working days left", "2 h 15 min of working time left", "4 working days late"."""
    if due >= at and _working_days(due, at) == 0:
        return _hours_left(catalogue().calendar, due, at)
    if due < at and _working_days(due, at) == 0:
        return _("late since today")
    return working_days_left(due, at)


def _hours_left(calendar: WorkingCalendar, due: datetime, at: datetime) -> str:
    minutes = max(0, calendar.working_seconds(at, due)) // 60
    if minutes < 60:
        return _("%(minutes)d min of working time left") % {"minutes": minutes}
    return _("%(hours)d h %(minutes)d min of working time left") % {
        "hours": minutes // 60,
        "minutes": minutes % 60,
    }


def why_assigned(why: Any) -> str:
    """The stored reason of an assignment as a sentence; empty when there is none."""
    if not isinstance(why, dict):
        return ""
    if why.get("rule") == "lowest_load":
        return _(
            "Chosen for the lowest load: %(load)s of %(capacity)s; %(eligible)s could have taken it."
        ) % {
            "load": why.get("load", 0),
            "capacity": why.get("capacity", 0),
            "eligible": why.get("eligible", 1),
        }
    return {
        "by_hand": _("Chosen by hand."),
        "taken": _("Taken from the queue of the unit."),
        "handed_over": _("Handed over when the person before left."),
    }.get(str(why.get("rule")), "")


def why_unit(code: str) -> str:
    """Why a unit is proposed (`feedback.actions.routing.Decision.why`)."""
    return {
        "override": _("a special rule for this kind or issue"),
        "route": _("competent for this topic"),
        "place": _("the place the letter is about"),
        "named": _("the place the letter names in its text"),
        "fallback": _("the place is not known"),
        "supervisor": _("supervises the unit the letter is about"),
        "default": _("receives what has no other home"),
    }.get(code, "")
