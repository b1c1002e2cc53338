"""What a change does to open cases: which it concerns, by which versions they then go, which dates move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from django.db import models

from feedback import deadlines
from feedback.actions import succession
from feedback.models import CalendarVersion, Case, CaseEvent, Change, catalogue
from feedback.models.catalogue_cache import Catalogue
from feedback.models.clocks import Facts, World, build, clock_verbs, known_facts, main_clock


@dataclass(frozen=True)
class Effect:
    """What a change would do to one open case."""

    case: Case
    world: World
    due_before: datetime
    due_after: datetime

    @property
    def moves(self) -> bool:
        """The date of the answer becomes another."""
        return self.due_before != self.due_after


class NoDate(LookupError):
    """Under the new version no date of an answer can be computed for a case that has one: it keeps the old version."""


def touched(change: Change) -> models.QuerySet[Case]:
    """Open cases the change concerns and that have not followed it yet."""
    cases = Case.objects.open()
    if change.rules is not None:
        return cases.exclude(rules_version=change.rules.version)
    if change.calendar is None:
        return succession.touched(change.units)
    book, unit = as_if(change), change.calendar.unit_id
    line = [row.version for row in book.calendars.values() if row.unit_id == unit and row.in_force_from]
    wanted = models.Q(calendar_version__in=line)
    if unit is None:
        wanted |= models.Q(calendar_version="")
    else:  # a first calendar of its own: cases that went by the one above; not where a unit below has its own
        units = [u for u in book.subtree(unit) if book.calendar_version_for(u) == change.calendar.version]
        wanted |= models.Q(unit__in=units)
    return cases.filter(wanted).exclude(calendar_version=change.calendar.version)


def as_if(change: Change) -> Catalogue:
    """The catalogue as it will be once the change is in force."""
    book, row = catalogue(), change.calendar
    if row is None:
        return book
    return replace(
        book,
        calendars={**book.calendars, row.version: row},
        calendars_in_force={**book.calendars_in_force, row.unit_id: row.version},
    )


def target(case: Case, change: Change, book: Catalogue) -> World | None:
    """The versions the case moves to; None when the change passes it by (its unit has a calendar of its own)."""
    held = World(case.calendar_version, case.rules_version)
    if change.rules is not None:
        wanted = World(held.calendar, change.rules.version)
    else:
        assert change.calendar is not None  # noqa: S101 - `touched` sends changes of units elsewhere
        wanted = World(_calendar(case, change, book), held.rules)
    return wanted if wanted != held else None


def _calendar(case: Case, change: Change, book: Catalogue) -> str:
    """The calendar the case goes by after a unit (None: the office) got the calendar of `change`."""
    assert change.calendar is not None  # noqa: S101 - as above
    held, unit, version = (
        book.calendar_row(case.calendar_version),
        change.calendar.unit_id,
        change.calendar.version,
    )
    if held is not None and held.unit_id == unit:
        return book.calendar_version_for(unit)  # of this line; when the line ends, the one above
    if book.calendar_version_for(case.unit_id) != version or not _goes_by_the_one_above(change, held, book):
        return case.calendar_version
    return version


def _goes_by_the_one_above(change: Change, held: CalendarVersion | None, book: Catalogue) -> bool:
    """The unit gets its first calendar, and the case goes by the one it followed until now. One that was promised by
    any other calendar (accepted elsewhere, taken over with a merged unit) keeps its promise."""
    assert change.calendar is not None  # noqa: S101 - as above
    before, unit = book.calendar_row(change.based_on), book.units.get(change.calendar.unit_id or "")
    if before is not None and before.data:
        return False
    above = book.calendar_row(book.calendar_version_for(unit.parent_id if unit else None))
    return held is None or above is None or held.unit_id == above.unit_id


def logs_of(cases: Sequence[Case]) -> dict[int, list[CaseEvent]]:
    """The events the clocks are folded from, by case. One query."""
    keys = [case.pk for case in cases]
    rows = CaseEvent.objects.filter(case__in=keys, verb__in=clock_verbs()).order_by("case", "seq")
    return {pk: list(events) for pk, events in groupby(rows, key=lambda event: event.case_id)}


def effects(change: Change, cases: Sequence[Case], at: datetime) -> Iterable[Effect]:
    """Old and new date of each case that would follow the change. One query for the logs of all of them."""
    book, logs = as_if(change), logs_of(cases)
    for case in cases:
        effect = effect_of(change, case, logs.get(case.pk, ()), book, at)
        if effect is not None:
            yield effect


def effect_of(
    change: Change, case: Case, log: Iterable[CaseEvent], book: Catalogue, at: datetime
) -> Effect | None:
    """The same for one case; None when the change passes it by. Raises whatever its clocks cannot be computed for."""
    world = target(case, change, book)
    if world is None:
        return None
    facts = known_facts(case, log)
    before = _main(case, facts)
    facts.worlds.append((at, world))
    after = _main(case, facts)
    if _answers(before) and not _answers(after):
        raise NoDate  # rules without one for this letter, or a calendar that ends before its date
    if _answers(after) and not _answers(before):
        before = None  # its calendar was too short until now: what was promised stands in the column
    return Effect(case, world, _due(case, before), _due(case, after))


def _main(case: Case, facts: Facts) -> deadlines.Clock | None:
    return main_clock(build(case, facts, forgiving=True))


def _answers(clock: deadlines.Clock | None) -> bool:
    return clock is not None and clock.rule.clock == "reply"


def _due(case: Case, clock: deadlines.Clock | None) -> datetime:
    return deadlines.due(clock) if clock is not None else case.due_at
