"""A new edition of the rules made from an old one, and what lies between two editions.

All functions take and give lists of entries of `feedback/catalogue/deadlines.yaml`, one kind each, and leave what they
are given as it is. Whether the result can work is for `rules_from` to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

Entry = Mapping[str, Any]
Entries = Sequence[Entry]


class RuleBeginsLater(ValueError):
    """The rule to be replaced or ended was not yet valid on that day; `begins`: its first day."""

    def __init__(self, begins: date) -> None:
        super().__init__(begins.isoformat())
        self.begins = begins


def replaced(entries: Entries, code: str, new: Entry, *, on: date, today: date) -> list[dict[str, Any]]:
    """`new` takes the place of rule `code` from day `on`; the old one ends the day before.

    A rule that was to begin on `on` or later, and not before `today` is over, never applied: it goes away altogether.
    Raises KeyError for an unknown code, RuleBeginsLater.
    """
    old = entry_of(entries, code)
    fresh = {**new, "id": free_code(entries, f"{_stem(code)}.{on.isoformat()}"), "from": on.isoformat()}
    result: list[dict[str, Any]] = []
    for one in entries:
        if one["id"] != code:
            result.append(dict(one))
        elif not _never_applied(old, on, today):
            result += [_until(one, on - timedelta(days=1)), fresh]
        else:
            result.append(fresh)
    return result


def ended(entries: Entries, code: str, *, last: date, today: date) -> list[dict[str, Any]]:
    """Rule `code` is valid up to and including `last`. Raises KeyError, RuleBeginsLater."""
    old, result = entry_of(entries, code), []
    for one in entries:
        if one["id"] != code:
            result.append(dict(one))
        elif not _never_applied(old, last + timedelta(days=1), today):
            result.append(_until(one, last))
    return result


def added(entries: Entries, new: Entry, *, code: str) -> list[dict[str, Any]]:
    """One rule more, under `code` or, where that is taken, under `code`-2 …"""
    return [*(dict(one) for one in entries), {**new, "id": free_code(entries, code)}]


def entry_of(entries: Entries, code: str) -> Entry:
    """The entry with this id. Raises KeyError."""
    found = next((one for one in entries if one["id"] == code), None)
    if found is None:
        raise KeyError(code)
    return found


def differences(before: Entries, after: Entries) -> list[tuple[Entry | None, Entry | None]]:
    """(old, new) of every rule that two editions do not have alike, in the order of the newer one."""
    old, new = _by_code(before), _by_code(after)
    gone = [(one, None) for code, one in old.items() if code not in new]
    return [*gone, *((old.get(code), one) for code, one in new.items() if old.get(code) != one)]


def rebased(wanted: Entries, base: Entries, onto: Entries) -> list[dict[str, Any]]:
    """What `wanted` changes in `base`, done to `onto` instead."""
    result = _by_code(onto)
    for before, after in differences(base, wanted):
        if after is not None:
            result[after["id"]] = dict(after)
        elif before is not None:
            result.pop(before["id"], None)
    return list(result.values())


def free_code(entries: Entries, wanted: str) -> str:
    taken, code, number = {one["id"] for one in entries}, wanted, 1
    while code in taken:
        number += 1
        code = f"{wanted}-{number}"
    return code


def _never_applied(old: Entry, end: date, today: date) -> bool:
    """Whether the rule would be over before it begins, at `end`. Raises RuleBeginsLater when it was in use already."""
    begins = date.fromisoformat(str(old["from"])) if old.get("from") else date.min
    if begins < end:
        return False
    if begins <= today:
        raise RuleBeginsLater(begins)
    return True


def _until(entry: Entry, last: date) -> dict[str, Any]:
    held = date.fromisoformat(str(entry["to"])) if entry.get("to") else date.max
    return {**entry, "to": min(held, last).isoformat()}


def _stem(code: str) -> str:
    """ "kn.accept.2026-07-01" and "kn.accept.2026" are both editions of "kn.accept"."""
    return re.sub(r"\.\d{4}(-\d\d-\d\d)?(-\d+)?$", "", code)


def _by_code(entries: Entries) -> dict[str, dict[str, Any]]:
    return {str(one["id"]): dict(one) for one in entries}
