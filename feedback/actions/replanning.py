"""Plans that follow one another: a plan made anew on what came into force meanwhile, a plan gone on with."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from feedback.actions import changes
from feedback.actions.actor import Actor
from feedback.calendar import rebased
from feedback.deadlines import editing
from feedback.models import CalendarVersion, Case, Change, RulesVersion, User, catalogue
from feedback.models.catalogue_cache import Catalogue


def instead_of(earlier: Change | None, plan: Callable[[], Change], *, by: User | Actor) -> Change:
    """Drop an earlier plan and make the new one, both or neither. Raises what `plan` raises, ChangeNotReady."""
    with transaction.atomic():
        if earlier is not None:
            changes.drop(earlier, by=by)
        return plan()


def plan_again(change: Change, *, by: User | Actor, at: datetime) -> Change:
    """What an outdated change wanted, planned on the version in force now; the old plan is dropped.

    Raises ChangeNotReady, NotAllowed, CalendarDataError or RuleDataError when the two do not go together.
    """
    return instead_of(change, lambda: _again(change, by, at), by=by)


def _again(change: Change, by: User | Actor, at: datetime) -> Change:
    book = catalogue()
    if change.rules is not None:
        base, onto = book.rule_books.get(change.based_on), book.rule_books[book.rules_in_force or ""]
        entries = editing.rebased(change.rules.data, base.data if base else [], onto.data)
        return changes.plan_rules(entries, version=next_version(None, at), note=change.note, by=by, at=at)
    if change.calendar is None:
        return changes.plan_units(change.units, note=change.note, by=by, at=at)
    unit = change.calendar.unit_id
    now = book.calendars.get(book.calendars_in_force.get(unit, ""))
    held = now.data if now is not None else {}
    was = book.calendars.get(change.based_on)
    data = change.calendar.data
    if data and held and was is not None and was.data:
        data = rebased(data, was.data, held)
    version = next_version(CalendarVersion, at, unit=unit)
    return changes.plan_calendar(data, version=version, note=change.note, by=by, at=at, unit=unit)


def next_version(model: type[CalendarVersion] | None, at: datetime, *, unit: str | None = None) -> str:
    """The next free name of its line: "vn-2026.2" → "vn-2026.3", a new year begins with 1. None: the rules."""
    book = catalogue()
    in_force = book.calendars_in_force.get(None) if model else book.rules_in_force
    prefix = unit.lower() if unit else re.sub(r"-?\d{4}\.\d+$", "", in_force or "") or "vn"
    start = f"{prefix}-{at.astimezone(catalogue().calendar.timezone).year}."
    # Asked of the table: another process may have planned one a second ago.
    rows = (model or RulesVersion).objects.filter(version__startswith=start)
    tails = (name[len(start) :] for name in rows.values_list("version", flat=True))
    numbers = [int(tail) for tail in tails if tail.isdecimal()]
    return f"{start}{max(numbers, default=0) + 1}"


def left_behind(change: Change, *, limit: int = 50) -> list[Case]:
    """Open cases a finished change should have moved and could not; empty while it is under way or superseded."""
    book = catalogue()
    if change.state != Change.State.DONE or not change.failed or not _still_in_force(change, book):
        return []
    cases = changes.touched(change).order_by("pk")[:limit]
    if change.what == Change.What.UNITS:
        return list(cases)
    return [case for case in cases if changes.target(case, change, book) is not None]


def _still_in_force(change: Change, book: Catalogue) -> bool:
    if change.rules is not None:
        return book.rules_in_force == change.rules.version
    row = change.calendar
    return row is None or book.calendars_in_force.get(row.unit_id) == row.version
