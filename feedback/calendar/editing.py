"""A new calendar made from an old one: days added or taken away, years added; and what lies between two calendars.

All functions take and give the mapping of `feedback/catalogue/calendar.yaml` and leave what they are given as it is.
A calendar that cannot be true is refused by `calendar_from`, not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from feedback.calendar.data import WEEK, frozen
from feedback.calendar.days import CalendarDataError, checked

Data = Mapping[str, Any]
_PLAIN = ("timezone", "country", "first_year", "last_year", "decided_until")


@dataclass(frozen=True)
class Difference:
    """One thing two calendars do not agree on. `before` or `after` is None where it is missing.

    `what`: "day" (an override; key: ISO date), "public" (a public holiday; ISO date), "week" (opening hours; "mon" …)
    or "plain" (one of timezone, country, first_year, last_year, decided_until).
    """

    what: str
    key: str
    before: Any
    after: Any


def with_days(data: Data, days: Iterable[Data]) -> dict[str, Any]:
    """The calendar with these overrides; one for a day that had one already takes its place."""
    kept = _overrides(data)
    kept |= {str(day["date"]): dict(day) for day in days}
    return {**data, "overrides": [kept[day] for day in sorted(kept)]}


def without_days(data: Data, days: Iterable[str]) -> dict[str, Any]:
    """The calendar without the overrides of these ISO dates: the public holidays and the week decide again."""
    gone = set(days)
    return {**data, "overrides": [one for day, one in sorted(_overrides(data).items()) if day not in gone]}


def public_days_from(data: Data, year: int, *, last_year: int) -> dict[str, Any]:
    """The calendar up to `last_year`; its public holidays of `year` and later as the `holidays` package knows them
    today, those before `year` as they were written down."""
    fresh = frozen({key: data[key] for key in data if key != "public_days"} | {"last_year": last_year})
    old, new, start = data.get("public_days") or {}, fresh["public_days"], f"{year:04}-01-01"
    off = {day: names for day, names in (old.get("off") or {}).items() if day < start}
    off |= {day: names for day, names in new["off"].items() if day >= start}
    worked = [day for day in old.get("worked") or () if day < start]
    worked += [day for day in new["worked"] if day >= start]
    return {**fresh, "public_days": {"off": off, "worked": worked}}


def hours_from(text: str) -> list[str]:
    """ "7:30-11:30, 13:00-17:00" as typed → ["07:30-11:30", "13:00-17:00"]; empty: closed. Raises CalendarDataError."""
    parts = [part for part in re.split(r"[,;]", text) if part.strip()]
    pairs = [[_clock(one) for one in re.split(r"\s*[-–—]\s*", part.strip())] for part in parts]
    if any(len(pair) != 2 for pair in pairs):
        raise CalendarDataError(f"{text!r}: hours are written like 07:30-11:30.")
    checked(text, [(a, b) for a, b in pairs])
    return [f"{a:%H:%M}-{b:%H:%M}" for a, b in pairs]


def shown_hours(hours: Sequence[str]) -> str:
    """How `hours_from` reads them."""
    return ", ".join(hours)


def _clock(text: str) -> time:
    found = re.fullmatch(r"(\d{1,2})[:hg](\d{2})", text.strip().lower())
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise CalendarDataError(f"{text!r}: hours are written like 07:30-11:30.")
    return time(int(found[1]), int(found[2]))


def differences(before: Data, after: Data) -> list[Difference]:
    """What changes from one calendar to the other, day by day in order. The name of the version is no difference."""
    found = [Difference("plain", key, before.get(key), after.get(key)) for key in _PLAIN]
    found += [Difference("week", key, _hours(before, key), _hours(after, key)) for key in WEEK]
    found += _by_day("day", _overrides(before), _overrides(after))
    last = f"{min(before['last_year'], after['last_year'])}-12-31"
    found += [one for one in _by_day("public", _public(before), _public(after)) if one.key <= last]
    return [one for one in found if one.before != one.after]


def rebased(wanted: Data, base: Data, onto: Data) -> dict[str, Any]:
    """What `wanted` changes in `base`, done to `onto` instead: a plan made before another one came into force."""
    result = dict(onto)
    for one in differences(base, wanted):
        if one.what == "day" and one.after is None:
            result = without_days(result, [one.key])
        elif one.what == "day":
            result = with_days(result, [one.after])
        elif one.what == "week":
            result["weekly"] = {**result["weekly"], one.key: one.after}
        elif one.what == "plain":
            result[one.key] = one.after
    result["last_year"] = max(result["last_year"], onto["last_year"])
    years = [one.key for one in differences(base, wanted) if one.what == "public"]
    since = int(min(years)[:4]) if years else onto["last_year"] + 1
    if years or result["last_year"] > onto["last_year"]:
        result = public_days_from(result, since, last_year=result["last_year"])
    return result


def _overrides(data: Data) -> dict[str, dict[str, Any]]:
    return {str(one["date"]): dict(one) for one in data.get("overrides") or ()}


def _hours(data: Data, weekday: str) -> list[str]:
    return list(data["weekly"].get(weekday) or ())


def _public(data: Data) -> dict[str, list[str]]:
    """ISO date → names of the day off; a worked weekend day has none."""
    held = data.get("public_days") or {}
    return {day: list(names) for day, names in (held.get("off") or {}).items()} | {
        day: [] for day in held.get("worked") or ()
    }


def _by_day(what: str, before: Data, after: Data) -> list[Difference]:
    return [Difference(what, day, before.get(day), after.get(day)) for day in sorted({*before, *after})]
