"""Planning a change of the world: a version nobody goes by yet, or units that are to end. Nothing moves here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max

from feedback import errors
from feedback.actions import unit_plans
from feedback.actions.actor import SYSTEM, Actor, as_actor
from feedback.calendar import frozen
from feedback.deadlines import rules_from
from feedback.models import CalendarVersion, Case, Change, RulesVersion, User, catalogue
from feedback.models.catalogue_cache import forget

_LONGEST = 80  # characters of a version's name
_NAME = re.compile(r"\w[\w.-]*")  # it stands in addresses, tables and file names


class VersionUnreadable(errors.OfficeError):
    code = "version_unreadable"
    vi = "“{version}” không dùng làm tên phiên bản được. Xin chỉ dùng chữ, số, dấu chấm, gạch nối, ví dụ vn-2027.1."
    en = "“{version}” cannot be the name of a version. Use letters, digits, full stops and hyphens, like vn-2027.1."


class NoOwnCalendar(errors.OfficeError):
    code = "no_own_calendar"
    status = 409
    vi = "“{unit}” không có lịch riêng: đơn vị này vẫn theo lịch chung."
    en = "“{unit}” has no calendar of its own; it follows the common one already."


class VersionTaken(errors.OfficeError):
    code = "version_taken"
    status = 409
    vi = "Đã có phiên bản tên {version}. Xin đặt tên khác."
    en = "There is a version {version} already. Please choose another name."


def plan_calendar(
    data: Mapping[str, Any],
    *,
    version: str,
    note: str,
    by: User | Actor,
    at: datetime,
    unit: str | None = None,
) -> Change:
    """Plan a new calendar for the office or for one unit; empty `data`: the unit follows the one above again.

    `note` is the reason: people whose date moves read it. Raises CalendarDataError for data that cannot be true,
    VersionTaken, VersionUnreadable, UnknownCode, NoOwnCalendar, NotAllowed, FieldRequired without a version or a
    reason.
    """
    require_planner(by)
    if unit is not None and unit not in catalogue().units:
        raise errors.UnknownCode("unit", value=unit[:80])
    if not data and unit is None:
        raise errors.FieldRequired("data")  # the office itself has no calendar above it
    if not data and not _has_its_own(unit):
        raise NoOwnCalendar("unit", unit=_unit_names(unit))
    row = CalendarVersion(version=version.strip(), unit_id=unit, note=_note(note), author=as_actor(by).user)
    row.data = frozen({**data, "version": row.version}) if data else {}
    change = _on_what_is_known(Change(what=Change.What.CALENDAR, calendar=row))
    _save_version(row)
    return _planned(change, row.note, by, at)


def plan_rules(
    entries: Sequence[Mapping[str, Any]], *, version: str, note: str, by: User | Actor, at: datetime
) -> Change:
    """Plan a new edition of all deadline rules.

    Raises RuleDataError, VersionTaken, VersionUnreadable, NotAllowed, FieldRequired without a version, a reason or any
    rule.
    """
    require_planner(by)
    if not entries:
        raise errors.FieldRequired("rules")
    rules_from(entries)
    row = RulesVersion(version=version.strip(), data=[dict(e) for e in entries], note=_note(note))
    row.author = as_actor(by).user
    change = _on_what_is_known(Change(what=Change.What.RULES, rules=row))
    _save_version(row)
    return _planned(change, row.note, by, at)


def plan_units(plan: Mapping[str, Any], *, note: str, by: User | Actor, at: datetime) -> Change:
    """Plan the end of units: `{"units": {code: {"valid_to": …, "successors": [code …]}}, "new": [{…}]}`.

    Open cases follow on the day after the last `valid_to`. Raises what `unit_plans.checked` raises, NotAllowed.
    """
    require_planner(by)
    units = unit_plans.checked(plan)
    ends = [date.fromisoformat(one["valid_to"]) for one in units["units"].values()]
    change = Change(what=Change.What.UNITS, units=units, carry_out_on=max(ends) + timedelta(days=1))
    return _planned(change, _note(note), by, at)


def introduce(row: CalendarVersion | RulesVersion, *, at: datetime) -> Change | None:
    """A version that came with the software: in force at once where no letter is open (None), else a planned change."""
    if not Case.objects.open().exists():
        bring_in_force(row, at)
        return None
    if isinstance(row, RulesVersion):
        change = Change(what=Change.What.RULES, rules=row)
    else:
        change = Change(what=Change.What.CALENDAR, calendar=row)
    return _planned(_on_what_is_known(change), row.note, SYSTEM, at)


def bring_in_force(row: CalendarVersion | RulesVersion, at: datetime) -> None:
    """From `at`, and in any case later than the edition it replaces: a watch set back must not bring that one back."""
    if isinstance(row, CalendarVersion):
        line = CalendarVersion.objects.filter(unit=row.unit_id).aggregate(last=Max("in_force_from"))
    else:
        line = RulesVersion.objects.aggregate(last=Max("in_force_from"))
    last = line["last"]
    row.in_force_from = max(at, last + timedelta(microseconds=1)) if last else at
    row.save(update_fields=["in_force_from"])


def is_outdated(change: Change) -> bool:
    """Another version of the same line came into force since it was planned."""
    return change.based_on != _in_force(change)


def _in_force(change: Change) -> str:
    """The version this change would replace, by name; "" for units and for a first version."""
    book = catalogue()
    if change.rules is not None:
        return book.rules_in_force or ""
    return book.calendars_in_force.get(change.calendar.unit_id, "") if change.calendar is not None else ""


def _save_version(row: CalendarVersion | RulesVersion) -> None:
    if not row.version:
        raise errors.FieldRequired("version")
    if not _NAME.fullmatch(row.version):
        raise VersionUnreadable("version", version=row.version[:_LONGEST])
    if len(row.version) > _LONGEST or type(row)._default_manager.filter(version=row.version).exists():
        raise VersionTaken("version", version=row.version[:_LONGEST])
    row.save(force_insert=True)


def _has_its_own(unit: str | None) -> bool:
    """Whether the calendar in force for the unit itself, not for one above it, says something."""
    book = catalogue()
    held = book.calendars.get(book.calendars_in_force.get(unit, ""))
    return held is not None and bool(held.data)


def _unit_names(code: str | None) -> tuple[str, str]:
    unit = catalogue().units[code or ""]
    return unit.name_vi, unit.name_en or unit.name_vi


def _note(note: str) -> str:
    if not note.strip():
        raise errors.ReasonRequired("note")
    return note.strip()[:300]


def _on_what_is_known(change: Change) -> Change:
    """Based on what this process knows to be in force, for what is planned was made from that too. Asked before the
    new version is saved, which renews the catalogue: else a day off put in force elsewhere meanwhile would be lost."""
    change.based_on = _in_force(change)
    return change


def _planned(change: Change, note: str, by: User | Actor, at: datetime) -> Change:
    change.note, change.planned_by, change.planned_at = note, as_actor(by).user, at
    change.save(force_insert=True)
    forget()
    return change


def require_planner(by: User | Actor) -> None:
    """Raises NotAllowed for anybody but managers, administrators and `SYSTEM`."""
    actor = as_actor(by)
    scope = actor.user.scope() if actor.user else None
    if actor != SYSTEM and not (scope and (scope.manager or scope.administrator)):
        raise errors.NotAllowed


def may_confirm(by: User | Actor) -> bool:
    """Managers answer for the deadlines by law; `SYSTEM` is the operator at the command line."""
    actor = as_actor(by)
    return actor == SYSTEM or (actor.user is not None and actor.user.scope().manager)
