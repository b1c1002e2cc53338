"""Deadline rules: dated data, each with its article of law and how sure we are of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Unit = Literal["wd", "cd"]

CLOCKS = ("acknowledge", "accept", "transfer", "reply", "red_line")
UNITS = ("wd", "cd")
STARTS = ("received", "accepted")
CONFIDENCES = ("sourced", "secondary", "policy")


class RuleDataError(ValueError):
    """The rule data cannot be used; the message names the rule and what is wrong with it."""


class RulesTie(RuleDataError):
    """Two rules apply to the same letters on the same days; `codes`: their ids."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} and {other} apply to the same letters on the same days.")
        self.codes = (one, other)


@dataclass(frozen=True, slots=True)
class Rule:
    """One clock of one kind of letter.

    `value` days of `unit` ("wd" working days, "cd" calendar days) after the `start` event ("received" or
    "accepted"). `extension_steps`: the total days each successive extension may reach, counted from the
    original start; empty when the law allows none. `instance` (1, 2) and `remote` (hard-to-reach area) are
    None when the rule does not care. `chosen_by`: which event's date decides whether the rule applies: its own
    start event, or, for a transitional provision, the day the letter was received. `conf`: "sourced" (the text
    was read), "secondary" (read in a summary), "policy" (the office's own promise, no law behind it).
    """

    id: str
    kind: str
    clock: str
    value: int
    unit: Unit
    start: str
    law: str
    conf: str
    valid_from: date | None = None
    valid_to: date | None = None
    extension_steps: tuple[int, ...] = ()
    instance: int | None = None
    remote: bool | None = None
    chosen_by: str = "start"
    note_vi: str = ""

    @property
    def extend_to(self) -> int | None:
        """The longest total the law allows, in the rule's unit; None when it cannot be extended."""
        return self.extension_steps[-1] if self.extension_steps else None

    @property
    def max_extensions(self) -> int:
        return len(self.extension_steps)

    def next_extension(self, granted: int) -> int | None:
        """Total days the next extension may reach when `granted` were given already; None when spent."""
        return self.extension_steps[granted] if granted < len(self.extension_steps) else None

    def covers(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


def choose_rule(
    rules: Iterable[Rule],
    *,
    kind: str,
    clock: str,
    on: date,
    received_on: date | None = None,
    instance: int = 1,
    remote: bool = False,
) -> Rule | None:
    """The rule for a clock whose start event happens on local date `on`; None when nothing is prescribed.

    A rule for the exact kind beats "*", then one for this instance, then one for remoteness, then the newest.
    `received_on` (default `on`) decides for rules `chosen_by` "received".
    """
    wanted = kind.upper()
    fitting = [
        rule
        for rule in rules
        if rule.clock == clock
        and rule.kind in (wanted, "*")
        and rule.instance in (None, instance)
        and rule.remote in (None, remote)
        and rule.covers((received_on or on) if rule.chosen_by == "received" else on)
    ]
    return max(fitting, key=_rank, default=None)


def _rank(rule: Rule) -> tuple[bool, bool, bool, bool, date]:
    return (
        rule.kind != "*",
        rule.instance is not None,
        rule.remote is not None,
        rule.chosen_by == "received",
        rule.valid_from or date.min,
    )


# --- from data

_REQUIRED = {"id", "kind", "clock", "value", "unit", "start", "law", "conf"}
_OPTIONAL = {"from", "to", "extend_to", "instance", "remote", "chosen_by", "note_vi"}
_CHOICES: Mapping[str, tuple[object, ...]] = {
    "clock": CLOCKS,
    "unit": UNITS,
    "start": STARTS,
    "conf": CONFIDENCES,
    "chosen_by": ("start", "received"),
    "instance": (None, 1, 2),
    "remote": (None, True, False),
}


def rules_from(data: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> list[Rule]:
    """Rules from the mapping of `feedback/catalogue/deadlines.yaml`, or from its list of entries.

    An entry with several kinds gives one rule each. Raises RuleDataError for unknown keys or codes, impossible
    numbers, repeated ids and rules that would tie.
    """
    entries = (data.get("rules") or ()) if isinstance(data, Mapping) else data
    found: list[Rule] = []
    for number, entry in enumerate(entries, start=1):
        found.extend(_expand(entry, number))
    _refuse_ties(found)
    return found


def _expand(entry: Mapping[str, Any], number: int) -> list[Rule]:
    name = str(entry.get("id") or f"rule {number}")
    if missing := _REQUIRED - set(entry):
        raise RuleDataError(f"{name}: lacks {sorted(missing)}.")
    if unknown := set(entry) - _REQUIRED - _OPTIONAL:
        raise RuleDataError(f"{name}: unknown key {sorted(unknown)}.")
    kinds = entry["kind"] if isinstance(entry["kind"], list) else [entry["kind"]]
    if not kinds:
        raise RuleDataError(f"{name}: kind names no kind.")
    several = len(kinds) > 1
    return [_rule(entry, str(kind), f"{name}.{str(kind).lower()}" if several else name) for kind in kinds]


def _rule(entry: Mapping[str, Any], kind: str, name: str) -> Rule:
    for key, allowed in _CHOICES.items():
        if key in entry and (type(entry[key]), entry[key]) not in [(type(one), one) for one in allowed]:
            raise RuleDataError(f"{name}: {key} is one of {allowed}, not {entry[key]!r}.")
    value, steps = entry["value"], _steps(entry.get("extend_to"))
    ladder = (value, *steps)
    if any(type(one) is not int or one < 1 for one in ladder) or list(ladder) != sorted(set(ladder)):
        raise RuleDataError(f"{name}: days are whole numbers from 1, each extension longer than the last.")
    valid_from, valid_to = _day(name, entry.get("from")), _day(name, entry.get("to"))
    if valid_from and valid_to and valid_to < valid_from:
        raise RuleDataError(f"{name}: ends before it begins.")
    return Rule(
        id=name,
        kind=kind.upper(),
        clock=entry["clock"],
        value=value,
        unit=entry["unit"],
        start=entry["start"],
        law=str(entry["law"]),
        conf=entry["conf"],
        valid_from=valid_from,
        valid_to=valid_to,
        extension_steps=steps,
        instance=entry.get("instance"),
        remote=entry.get("remote"),
        chosen_by=entry.get("chosen_by", "start"),
        note_vi=str(entry.get("note_vi") or "").strip(),
    )


def _steps(value: Any) -> tuple[int, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list) else (value,)


def _day(name: str, value: Any) -> date | None:
    if value is None or type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise RuleDataError(f"{name}: {value!r} is not a date.") from None


def _refuse_ties(rules: Sequence[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise RuleDataError(f"{rule.id}: this id is used twice.")
        seen.add(rule.id)
    for number, one in enumerate(rules):
        for other in rules[number + 1 :]:
            if _same_case(one, other) and _overlap(one, other):
                raise RulesTie(one.id, other.id)


def _same_case(one: Rule, other: Rule) -> bool:
    def key(rule: Rule) -> tuple[object, ...]:
        return (rule.kind, rule.clock, rule.instance, rule.remote, rule.chosen_by)

    return key(one) == key(other)


def _overlap(one: Rule, other: Rule) -> bool:
    return (one.valid_from or date.min) <= (other.valid_to or date.max) and (
        other.valid_from or date.min
    ) <= (one.valid_to or date.max)
