"""How a date was computed, as data and in plain words: what a citizen and a court may check step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import ceil
from typing import Any, Literal

from feedback.calendar import WorkingCalendar
from feedback.deadlines import words
from feedback.deadlines.clock import Clock, original_due, pause_running, replay, start_day
from feedback.deadlines.ledger import CalendarDayLedger, Counted, Extension, Ledger, WorkingDayLedger
from feedback.deadlines.rules import Rule

Mark = Literal["start", "counted", "off", "paused", "partial", "rolled"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a stable `kind`, its facts, and the same in Vietnamese and English.

    Kinds: start, off_hours, period, skipped, made_up, pause, pause_open, pause_ignored, extension,
    extension_ignored, rolled, resumed_late, provisional, result.
    """

    kind: str
    facts: dict[str, Any] = field(hash=False)
    vi: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class DayMark:
    """One square of the small calendar.

    `mark`: "start" (day 0), "counted" (`number` says which), "off" (not counted), "paused", "partial" (a pause
    took part of a day, so no new number is reached), "rolled" (the working day the end moved to). `reason`:
    why the office is closed or unusually open that day.
    """

    day: date
    mark: Mark
    number: int | None = None
    reason_vi: str | None = None
    reason_en: str | None = None
    provisional: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "date": self.day.isoformat(),
            "mark": self.mark,
            "number": self.number,
            "reason": {"vi": self.reason_vi, "en": self.reason_en},
            "provisional": self.provisional,
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    rule: Rule
    calendar_version: str
    start: datetime
    due: datetime
    original_due: datetime
    provisional: bool
    steps: tuple[Step, ...]
    days: tuple[DayMark, ...]

    def sentences(self, language: str = "vi") -> list[str]:
        """The steps as sentences a citizen can follow, in "vi" or "en"."""
        return [step.en if language == "en" else step.vi for step in self.steps]

    def as_dict(self) -> dict[str, Any]:
        """Everything as JSON-ready data, dates and moments in ISO 8601."""
        rule = self.rule
        return {
            "rule": {
                "id": rule.id,
                "kind": rule.kind,
                "clock": rule.clock,
                "value": rule.value,
                "unit": rule.unit,
                "start": rule.start,
                "law": rule.law,
                "confidence": rule.conf,
                "note_vi": rule.note_vi,
            },
            "calendar_version": self.calendar_version,
            "start": self.start.isoformat(),
            "due": self.due.isoformat(),
            "original_due": self.original_due.isoformat(),
            "provisional": self.provisional,
            "steps": [{"kind": one.kind, **one.facts, "vi": one.vi, "en": one.en} for one in self.steps],
            "days": [one.as_dict() for one in self.days],
        }


def explain(clock: Clock, at: datetime | None = None) -> Explanation:
    """Every step from the start event to the due moment; with `at`, as known then. Raises BeyondHorizon."""
    ledger = replay(clock, at)
    days = tuple(_days(clock, ledger))
    return Explanation(
        rule=clock.rule,
        calendar_version=clock.calendar.version,
        start=clock.calendar.local(clock.start),
        due=ledger.due(),
        original_due=original_due(clock),
        provisional=any(mark.provisional for mark in days),
        steps=tuple(_steps(clock, ledger, days, at)),
        days=days,
    )


# --- steps


def _steps(clock: Clock, ledger: Ledger, days: tuple[DayMark, ...], at: datetime | None) -> Iterator[Step]:
    rule, calendar = clock.rule, clock.calendar
    start, first = calendar.local(clock.start), start_day(clock) + timedelta(days=1)
    event = clock.start_event or rule.start
    yield Step("start", {"at": start.isoformat(), "event": event}, *words.start(event, start))
    if event != "latest_acceptance" and not calendar.is_open(clock.start):
        reasons = [calendar.reason_off(start.date(), language) for language in ("vi", "en")]
        why = {"date": start.date().isoformat(), "reason": {"vi": reasons[0], "en": reasons[1]}}
        yield Step("off_hours", why, *words.off_hours(start.date(), *reasons))
    facts = {"value": rule.value, "unit": rule.unit, "law": rule.law, "day_one": first.isoformat()}
    yield Step("period", facts, *words.period(rule, first))
    yield from _off_steps(ledger, days)
    running = at is not None and pause_running(clock, at)
    for entry in ledger.history:
        yield _entry_step(entry, ledger, at if running else None)
    yield from _moved_steps(ledger)
    if years := sorted({mark.day.year for mark in days if mark.provisional}):
        yield Step("provisional", {"years": years}, *words.provisional(years))
    yield Step("result", {"due": ledger.due().isoformat()}, *words.result(ledger.due()))


def _off_steps(ledger: Ledger, days: tuple[DayMark, ...]) -> Iterator[Step]:
    """The days a working-day clock skips, and those it counts although the week would not expect it."""
    if not isinstance(ledger, WorkingDayLedger):
        return
    off = [mark for mark in days if mark.mark == "off"]
    made_up = [mark for mark in days[1:] if mark.mark != "off" and mark.reason_vi]
    for kind, marks, tell in (("skipped", off, words.skipped), ("made_up", made_up, words.made_up)):
        if marks:
            facts = {"days": [mark.as_dict() for mark in marks]}
            yield Step(kind, facts, *tell([(one.day, one.reason_vi, one.reason_en) for one in marks]))


def _moved_steps(ledger: Ledger) -> Iterator[Step]:
    """Why a calendar-day clock ends later than its last day."""
    if not isinstance(ledger, CalendarDayLedger) or ledger.due().date() == ledger.last:
        return
    last, to = ledger.last, ledger.due().date()
    facts = {"last": last.isoformat(), "to": to.isoformat()}
    if ledger.calendar.is_working_day(last):
        yield Step("resumed_late", facts, *words.resumed_late(last, to))
        return
    vi, en = (ledger.calendar.reason_off(last, language) for language in ("vi", "en"))
    yield Step("rolled", {**facts, "reason": {"vi": vi, "en": en}}, *words.rolled(last, vi, en, to))


def _entry_step(entry: Counted, ledger: Ledger, running_at: datetime | None) -> Step:
    """`running_at`: set when a pause is still running then, cut there for the count."""
    if isinstance(entry.what, Extension):
        return _extension_step(entry.what, entry, ledger.calendar.local(entry.what.at))
    what, after = entry.what, entry.after
    start = ledger.calendar.local(what.start)
    end = None if what.end in (None, running_at) else ledger.calendar.local(what.end)
    facts: dict[str, Any] = {
        "start": start.isoformat(),
        "end": end and end.isoformat(),
        "due": after.isoformat(),
    }
    if not entry.counted:
        return Step("pause_ignored", facts, *words.pause_ignored(start, entry.before))
    if end is None:
        return Step("pause_open", facts, *words.pause_open(start))
    if isinstance(ledger, CalendarDayLedger):
        days = ledger.paused_days(start, end)
        return Step("pause", {**facts, "calendar_days": days}, *words.pause_dates(start, end, days, after))
    seconds = ledger.paused_seconds(start, end)
    return Step(
        "pause", {**facts, "working_seconds": seconds}, *words.pause_hours(start, end, seconds, after)
    )


def _extension_step(what: Extension, entry: Counted, at: datetime) -> Step:
    facts = {"at": at.isoformat(), "value": what.value, "unit": what.unit, "due": entry.after.isoformat()}
    if not entry.counted:
        return Step("extension_ignored", facts, *words.extension_ignored(at, entry.before))
    facts["reason"] = what.reason
    return Step("extension", facts, *words.extension(what.value, what.unit, what.reason, at, entry.after))


# --- the small calendar


def _days(clock: Clock, ledger: Ledger) -> Iterator[DayMark]:
    first, last = start_day(clock), ledger.due().date()
    yield _mark(clock.calendar, first, "start")
    days = [first + timedelta(days=i) for i in range(1, (last - first).days + 1)]
    if isinstance(ledger, WorkingDayLedger):
        yield from _working_days(ledger, days)
    elif isinstance(ledger, CalendarDayLedger):
        yield from _calendar_days(ledger, days)


def _working_days(ledger: WorkingDayLedger, days: list[date]) -> Iterator[DayMark]:
    """A day gets a number when the unpaused working time reaches a further started day by its closing."""
    calendar, spans = ledger.calendar, ledger.spans()
    total = Fraction(calendar.working_days_between(ledger.start_day, ledger.base))
    number, worked, before = 0, 0, Fraction(0)
    for day in days:
        if not calendar.is_working_day(day):
            yield _mark(calendar, day, "off")
            continue
        closing = calendar.closes(day)
        ends = [(start, min(end, closing)) for start, end in spans if start < closing]
        paused = sum((ledger.paused_share(start, end) for start, end in ends), Fraction(0))
        worked += 1
        reached = min(worked - paused, total)
        if reached == before:
            yield _mark(calendar, day, "paused")
        elif ceil(reached) == number:
            yield _mark(calendar, day, "partial")
        else:
            number = ceil(reached)
            yield _mark(calendar, day, "counted", number)
        before = reached


def _calendar_days(ledger: CalendarDayLedger, days: list[date]) -> Iterator[DayMark]:
    calendar, number = ledger.calendar, 0
    total = (ledger.base - ledger.start_day).days
    local = [(calendar.local(start).date(), calendar.local(end).date()) for start, end in ledger.spans()]
    for day in days:
        if any(start < day <= end for start, end in local):
            yield _mark(calendar, day, "paused")
        elif number < total:
            number += 1
            yield _mark(calendar, day, "counted", number)
        else:
            yield _mark(calendar, day, "rolled" if calendar.is_working_day(day) else "off")


def _mark(calendar: WorkingCalendar, day: date, mark: Mark, number: int | None = None) -> DayMark:
    vi, en = (
        calendar.reason_off(day, language) or calendar.reason_open(day, language) for language in ("vi", "en")
    )
    return DayMark(day, mark, number, vi, en, calendar.is_provisional(day))
