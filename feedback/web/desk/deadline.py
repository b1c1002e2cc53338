"""How the dates of a case were computed, for the office: every clock with all a court may ask for, on one page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from feedback import deadlines, workflow
from feedback.calendar import BeyondHorizon
from feedback.models import Case, catalogue
from feedback.models.cases import OFFICE_TIME
from feedback.querysets import COMPLAINT
from feedback.reports.clock import ClockView, Edition, alarms_of, clock_views, redatings
from feedback.reports.response import ResponseFacts
from feedback.reports.rules import sure
from feedback.web.citizen.clocks import explained_one
from feedback.web.desk.base import DeskRequest, case_url, desk_page, find_case, pick, show
from feedback.web.desk.words import time_left
from feedback.web.words import language, name_of, unit_name


@dataclass(frozen=True)
class Ring:
    """An alarm that has rung, or (`rang_at` None) the next that will, at `when`."""

    level: str
    due_at: datetime
    rang_at: datetime | None
    when: datetime | None = None
    carried: bool = False


@desk_page
def deadline(request: DeskRequest, reference: str) -> HttpResponse:
    """`/can-bo/don/<reference>/thoi-han/`; with `?in=1` everything is unfolded, for paper."""
    case = find_case(request.user, reference)
    at = timezone.now()
    views = clock_views(case, at=at, language=language())
    rings = _rings(case, views, at)
    context = {
        "case": case,
        "case_url": case_url(case),
        "about": _about(case),
        "redatings": redatings(case),
        "clocks": [_clock(view, at) | {"rings": rings[view.name]} for view in views],
        "unfolded": request.GET.get("in") == "1",
        "at": at,
    }
    return show(request, "deadline", context)


def _about(case: Case) -> list[dict[str, str]]:
    pairs = (
        (_("Received"), f"{case.received_at.astimezone(OFFICE_TIME):%H:%M %d/%m/%Y}"),
        (_("Kind"), name_of(catalogue().kinds.get(case.kind_id or ""))),
        *particulars(case),
        (_("Unit"), unit_name(case.unit_id)),
        (_("Status"), workflow.status_name(case.status, language())),
    )
    return [{"key": key, "value": value} for key, value in pairs if value]


def particulars(case: Case) -> list[tuple[str, str]]:
    """Of a khiếu nại: which instance, and a remote area – both decide how long it may take."""
    if case.kind_id != COMPLAINT:
        return []
    return [
        (_("Instance"), _("second") if case.instance == 2 else _("first")),
        (_("Remote area"), _("yes") if case.remote else ""),
    ]


def _clock(view: ClockView, at: datetime) -> dict[str, Any]:
    facts, editions = view.facts(at), view.editions
    rule = view.clock.rule
    basis = [
        (_("Law"), view.law),
        (_("How sure"), pick(sure(rule))),
        (_("Note"), rule.note_vi),
        (_("Calendar edition"), _edition(editions.calendar)),
        (_("Rules edition"), _edition(editions.rules)),
    ]
    return explained_one(view) | {
        "basis": _rows(basis),
        "facts": _rows(_response(facts, presumed=is_presumed(view))),
        "left": time_left(view.due_at, at) if view.state in ("running", "due_soon", "overdue") else "",
    }


def is_presumed(view: ClockView) -> bool:
    """The letter is not accepted yet: its clock is computed from the latest moment allowed for that."""
    return view.clock.start_event == "latest_acceptance"


def _rows(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in pairs if value]


def _edition(one: Edition) -> str:
    """ "vn-2026.2, in force since 02/11/2026; newer: vn-2027.1"."""
    words = one.version
    if one.in_force_from:
        day = f"{one.in_force_from.astimezone(OFFICE_TIME):%d/%m/%Y}"
        words = _("%(version)s, in force since %(day)s") % {"version": words, "day": day}
    return (
        _("%(words)s; in force now: %(newer)s") % {"words": words, "newer": one.newer} if one.newer else words
    )


# --- response-time facts in words ----------------------------------------------------------------


def working_time(seconds: int) -> str:
    return _("%(span)s of working time") % {"span": _clock_span(seconds)}


def calendar_time(seconds: int) -> str:
    days, hours = divmod(abs(seconds) // 3600, 24)
    if not days:
        return _("%(span)s by the calendar") % {"span": _clock_span(seconds)}
    words = ngettext(
        "%(days)d day %(hours)d h by the calendar", "%(days)d days %(hours)d h by the calendar", days
    )
    return words % {"days": days, "hours": hours}


def _clock_span(seconds: int) -> str:
    """ "3 h 20 min", "3 h", "20 min": what is nothing is not said."""
    hours, minutes = divmod(abs(seconds) // 60, 60)
    if not hours:
        return _("%(minutes)d min") % {"minutes": minutes}
    if not minutes:
        return _("%(hours)d h") % {"hours": hours}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}


def taken(facts: ResponseFacts) -> str:
    working, calendar = working_time(facts.taken_working_seconds), calendar_time(facts.taken_calendar_seconds)
    return f"{working} ({calendar})"


def standing(facts: ResponseFacts, *, original: bool = False) -> str:
    """ "On time, 3 h 20 min of working time to spare", "Late by …", and while it runs "… left", "Overdue by …"."""
    working, calendar = facts.late_working_seconds, facts.late_calendar_seconds
    if original:
        working, calendar = facts.original_late_working_seconds, facts.original_late_calendar_seconds
    span = working_time(working)
    if calendar > 0:
        both = {"span": f"{span}; {calendar_time(calendar)}"}
        return (_("Late by %(span)s") if facts.ended_at else _("Overdue by %(span)s")) % both
    return (_("On time, %(span)s to spare") if facts.ended_at else _("%(span)s left")) % {"span": span}


def _response(facts: ResponseFacts, *, presumed: bool) -> list[tuple[str, str]]:
    """`presumed`: the letter is not accepted yet; the clock begins when that is due at the latest."""
    extensions, ended = facts.extensions, facts.ended_at
    return [
        (_("Begins at the latest") if presumed else _("Began"), f"{facts.started_at:%H:%M %d/%m/%Y}"),
        (_("Ended"), f"{ended:%H:%M %d/%m/%Y} – {verb_name(facts.ended_by)}" if ended else ""),
        (_("Time taken") if ended else _("Time taken so far"), taken(facts)),
        (
            _("Of it paused"),
            working_time(facts.paused_working_seconds) if facts.paused_working_seconds else "",
        ),
        (_("By the final date, %(date)s") % {"date": _moment(facts.due_at)}, standing(facts)),
        (
            _("By the original date, %(date)s") % {"date": _moment(facts.original_due_at)},
            standing(facts, original=True),
        ),
        (_("Extensions"), str(extensions) if extensions else ""),
        (_("In the statistics"), "" if facts.counts or not ended else uncounted()),
    ]


def uncounted() -> str:
    return _("Neither on time nor late: this step ended without being done.")


def summary(facts: ResponseFacts, *, presumed: bool = False) -> str:
    """One line for the case page. `presumed`: see `_response`."""
    if presumed and facts.ended_at is None:
        return _("Not accepted yet: this clock begins at %(moment)s at the latest.") % {
            "moment": _moment(facts.started_at)
        }
    if facts.ended_at is None:
        return _("So far %(taken)s. %(standing)s.") % {"taken": taken(facts), "standing": standing(facts)}
    verdict = standing(facts) if facts.counts else uncounted().rstrip(".")
    return _("Took %(taken)s. %(standing)s.") % {"taken": taken(facts), "standing": verdict}


def verb_name(verb: str) -> str:
    """How the workflow calls a verb, in the reader's language; the verb itself when the table has it no more."""
    return next((pick(row.label) for row in workflow.TRANSITIONS if row.verb == verb), verb)


def _moment(moment: datetime) -> str:
    return f"{moment:%H:%M %d/%m/%Y}"


# --- alarms --------------------------------------------------------------------------------------


def _rings(case: Case, views: list[ClockView], at: datetime) -> dict[str, list[Ring]]:
    """By clock: what has rung, oldest first, and what rings next."""
    rung = alarms_of(case, views)
    found = {
        name: [Ring(level_name(row.level), row.due_at, row.rang_at, carried=row.carried) for row in rows]
        for name, rows in rung.items()
    }
    for view in views:
        if alarm := _next(view, at):
            found[view.name].append(Ring(level_name(alarm.level), view.due_at, None, alarm.at))
    return found


def _next(view: ClockView, at: datetime) -> deadlines.Alarm | None:
    try:
        return deadlines.next_alarm(view.clock, at)
    except BeyondHorizon:  # it rings once the calendar is longer
        return None


def level_name(level: str) -> str:
    """ "half", "soon", "due", "late_3" in words."""
    if level.startswith("late_"):
        days = int(level.removeprefix("late_"))
        return ngettext("%(days)d working day overdue", "%(days)d working days overdue", days) % {
            "days": days
        }
    names = {
        "half": _("Half of the time has passed"),
        "soon": _("80 % of the time has passed"),
        "due": _("Due"),
        "silent": _("The sender has not answered our question"),
    }
    return names.get(level, level)
