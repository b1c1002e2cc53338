"""My work by the day it must go out: overdue, today, the next working day, this week, later, and what stands still.

A letter whose clock is paused waits for somebody else: it must not push today's letters off the screen, whatever its
date. It is sorted as if it were due FAR ahead, so one index-less sort of one person's open letters gives all piles in
order and pages of the list can still be continued by position.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Case as If
from django.db.models import CharField, Count, DateTimeField, ExpressionWrapper, F, Q, Value, When
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from feedback.calendar import BeyondHorizon
from feedback.models import catalogue
from feedback.querysets import CaseQuerySet, standing_still
from feedback.workflow import WAITING

FAR = timedelta(days=36_525)
PILES = ("overdue", "today", "next", "week", "later", "stopped")
FIELD = "turn_at"  # when a letter's turn comes: its date, or FAR later while its clock stands still
_STANDS = Q(standing_still(), status__in=sorted(str(s) for s in WAITING))


def in_turn(cases: CaseQuerySet) -> CaseQuerySet:
    later = ExpressionWrapper(F("due_at") + Value(FAR), output_field=DateTimeField())
    turn = If(When(_STANDS, then=later), default=F("due_at"), output_field=DateTimeField())
    return cases.annotate(**{FIELD: turn})


@dataclass(frozen=True)
class Days:
    """Where each pile ends (that moment excluded), in the order of PILES without the last."""

    at: datetime
    next_day: date
    ends: tuple[datetime, datetime, datetime, datetime, datetime]

    def pile(self, turn: datetime) -> str:
        return next((name for name, end in zip(PILES, self.ends, strict=False) if turn < end), "stopped")

    def label(self, pile: str) -> str:
        if pile == "next":
            tomorrow = self.next_day == timezone.localdate(self.at) + timedelta(days=1)
            day = date_format(self.next_day, "d/m")
            return (
                _("Tomorrow, %(day)s") % {"day": day}
                if tomorrow
                else _("Next working day, %(day)s") % {"day": day}
            )
        return {
            "overdue": _("Overdue"),
            "today": _("Today"),
            "week": _("This week"),
            "later": _("Later"),
            "stopped": _("Clock paused"),
        }[pile]


def days(at: datetime) -> Days:
    today = timezone.localdate(at)
    next_day = _next_working_day(today)
    monday = today + timedelta(days=7 - today.weekday())
    after_next = next_day + timedelta(days=1)
    ends = (
        at,
        _midnight(today + timedelta(days=1)),
        _midnight(after_next),
        _midnight(max(monday, after_next)),
        at + FAR / 2,
    )
    return Days(at, next_day, ends)


def _next_working_day(today: date) -> date:
    try:
        return catalogue().calendar.add_working_days(today, 1)
    except BeyondHorizon:
        return today + timedelta(days=1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def only(cases: CaseQuerySet, pile: str, at: datetime) -> CaseQuerySet:
    """The letters of one pile."""
    if pile == "stopped":
        return cases.filter(_STANDS)
    ends = days(at).ends
    place = PILES.index(pile)
    cases = cases.filter(~_STANDS)
    if place > 0:
        cases = cases.filter(due_at__gte=ends[place - 1])
    return cases if pile == "later" else cases.filter(due_at__lt=ends[place])


def counted(cases: CaseQuerySet, at: datetime) -> Any:
    """(pile, number) of each pile that is not empty, to be read in one query with other things."""
    turns = in_turn(cases.order_by())
    named = [
        When(**{f"{FIELD}__lt": end}, then=Value(name))
        for name, end in zip(PILES, days(at).ends, strict=False)
    ]
    return (
        turns.annotate(pile=If(*named, default=Value("stopped"), output_field=CharField()))
        .values("pile")
        .annotate(number=Count("pk"))
    )
