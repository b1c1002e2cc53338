"""Calendars from plain mappings (YAML, JSON)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

from feedback.calendar.core import WorkingCalendar
from feedback.calendar.days import CalendarDataError, DayOverride, Interval, PublicDays, public_days

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OVERRIDE_KEYS = {"date", "working", "hours", "name", "name_en", "source", "author", "provisional"}


def calendar_from(data: Mapping[str, Any]) -> WorkingCalendar:
    """A calendar from the mapping of `feedback/catalogue/calendar.yaml`. Raises CalendarDataError."""
    required = {"version", "timezone", "weekly", "first_year", "last_year"}
    if missing := required - set(data):
        raise CalendarDataError(f"Calendar data lacks {sorted(missing)}.")
    for key in ("first_year", "last_year", "decided_until"):
        if not isinstance(data.get(key), int) and not (key == "decided_until" and data.get(key) is None):
            raise CalendarDataError(f"{key} is a year, not {data.get(key)!r}.")
    if unknown := set(data["weekly"]) - set(WEEK):
        raise CalendarDataError(f"Unknown weekday {sorted(unknown)}; they are {', '.join(WEEK)}.")
    return WorkingCalendar.build(
        version=str(data["version"]),
        timezone=data["timezone"],
        weekly={WEEK.index(key): _intervals(key, value) for key, value in data["weekly"].items()},
        overrides=[override_from(entry) for entry in data.get("overrides") or ()],
        first_year=data["first_year"],
        last_year=data["last_year"],
        country=data.get("country"),
        decided_until=data.get("decided_until"),
        public=_public(data["public_days"]) if "public_days" in data else None,
    )


def frozen(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same calendar with its public holidays written out, as the `holidays` package knows them today.

    A version that is kept must give the same dates in ten years, whatever the package has learnt since.
    """
    calendar_from(data)
    if "public_days" in data:
        return dict(data)
    known = public_days(data.get("country"), data["first_year"], data["last_year"])
    days = {day.isoformat(): list(names) for day, names in sorted(known.off.items())}
    worked = [day.isoformat() for day in sorted(known.worked)]
    return {**data, "public_days": {"off": days, "worked": worked}}


def _public(data: Mapping[str, Any]) -> PublicDays:
    off = {_day(day): (str(vi), str(en)) for day, (vi, en) in data["off"].items()}
    return PublicDays(off, frozenset(_day(day) for day in data["worked"]))


def override_from(entry: Mapping[str, Any]) -> DayOverride:
    """One override from a mapping: date, working; optional hours, names, source, author, provisional."""
    if missing := {"date", "working"} - set(entry):
        raise CalendarDataError(
            f"Override {entry.get('date')} lacks {', '.join(map(repr, sorted(missing)))}."
        )
    if unknown := set(entry) - _OVERRIDE_KEYS:
        raise CalendarDataError(f"Override {entry['date']}: unknown key {sorted(unknown)}.")
    day = _day(entry["date"])
    if not isinstance(entry["working"], bool):
        raise CalendarDataError(f"Override {day}: `working` is true or false.")
    hours = entry.get("hours")
    texts = {key: str(entry.get(key) or "") for key in ("name", "name_en", "source", "author")}
    intervals = None if hours is None else _intervals(day.isoformat(), hours)
    return DayOverride(day, entry["working"], intervals, provisional=bool(entry.get("provisional")), **texts)


def _day(value: Any) -> date:
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise CalendarDataError(f"{value!r} is not a date like 2026-11-24.") from None


def _intervals(where: str, texts: Sequence[str]) -> tuple[Interval, ...]:
    """["07:30-11:30", "13:00-17:00"] → pairs of times."""
    try:
        pairs = [text.split("-") for text in texts]
        return tuple((time.fromisoformat(a.strip()), time.fromisoformat(b.strip())) for a, b in pairs)
    except (ValueError, AttributeError):
        raise CalendarDataError(f"{where}: hours are written like 07:30-11:30.") from None
