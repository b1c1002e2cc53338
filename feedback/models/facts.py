"""What one letter adds to the figures: a pure function of its log. Reading only.

    count_case(case, events)  →  {"2026-11-04": {"received": 1}, "2026-11-18": {"answered": 1, "in_time": 1, …}}

A measure is a column of `Facts`, or "first:17" (a bucket of the first-response histogram), "reply:17", or "by:12" (an
answer written by user 12). The day is that of the act, in the office's time zone. The same log always adds the same;
an event read twice changes nothing, because the letter's figures replace those it had.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from feedback import deadlines
from feedback.models.cases import OFFICE_TIME, Case
from feedback.models.clocks import DONE_BY, build, known_facts, step_of
from feedback.models.events import CaseEvent
from feedback.models.histogram import bucket
from feedback.models.statistics import CountedCase, Facts

# verb → measure it adds one to, on the day of the act
ACTS = {
    "approve_reply": "answered",
    "reject": "rejected",
    "transfer": "transferred",
    "withdraw": "withdrawn",
    "merge": "merged",
    "reopen": "reopened",
    "close": "closed",
    "publish": "published",
}
NUMBERS = (
    "received",
    *ACTS.values(),
    "in_time",
    "late",
    "in_time_originally",
    "late_originally",
    "first_responses",
    "first_seconds",
    "replies",
    "reply_seconds",
    "ratings",
    "rating_sum",
)
HISTOGRAMS = {"first": "first_histogram", "reply": "reply_histogram"}
# Columns of a case that `count_case` and its clocks look at.
COLUMNS = (
    "received_at",
    "unit",
    "topic",
    "kind",
    "subject_unit",
    "subject_officer",
    "sealed",
    "status",
    "instance",
    "remote",
    "transferred_to",
    "proposed_agency",
    "calendar_version",
    "rules_version",
)
Counted = dict[str, dict[str, int]]
Span = Facts.Span


class Label(NamedTuple):
    """Under what a letter is counted; empty and 0 where it has none."""

    unit: str = ""
    topic: str = ""
    kind: str = ""
    subject_unit: str = ""
    subject_officer: int = 0


class Cell(NamedTuple):
    """Which row of `Facts`."""

    span: str
    start: date
    label: Label

    @property
    def key(self) -> str:
        return "|".join(map(str, (self.span, self.start, *self.label)))


def label_of(case: Case | CountedCase) -> Label:
    if isinstance(case, CountedCase):
        return Label(case.unit, case.topic, case.kind, case.subject_unit, case.subject_officer)
    return Label(
        case.unit_id or "",
        case.topic_id or "",
        case.kind_id or "",
        case.subject_unit_id or "",
        case.subject_officer_id or 0,
    )


def count_case(case: Case, events: Sequence[CaseEvent]) -> Counted:
    """`events`: its whole log, oldest first. A sealed letter adds nothing, whatever was counted before."""
    if case.sealed:
        return {}
    found: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for at, measure, number in (*_acts(case, events), *_ratings(events), *_clocks(case, events)):
        found[day_of(at).isoformat()][measure] += number
    return {day: dict(measures) for day, measures in found.items()}


def day_of(at: datetime) -> date:
    return at.astimezone(OFFICE_TIME).date()


Fact = tuple[datetime, str, int]


def _acts(case: Case, events: Sequence[CaseEvent]) -> Iterator[Fact]:
    yield case.received_at, "received", 1  # of a letter entered later, the day it came
    authors = {e.internal.get("reply"): e.actor_id for e in events if e.verb == "submit_reply"}
    for event in events:
        if event.verb in ACTS:
            yield event.at, ACTS[event.verb], 1
        if event.verb == "approve_reply" and (author := authors.get(event.public.get("reply"))):
            yield event.at, f"by:{author}", 1


def _ratings(events: Iterable[CaseEvent]) -> Iterator[Fact]:
    """One rating per answer: the words a citizen adds later may come with another score, on the day of the first."""
    rated = [event for event in events if event.verb == "rate"]
    first: dict[object, datetime] = {}
    last: dict[object, int] = {}
    for event in rated:
        number = event.internal.get("rating")
        first.setdefault(number, event.at)
        last[number] = event.internal.get("score", 0)
    for number, at in first.items():
        yield at, "ratings", 1
        yield at, "rating_sum", last[number]


def _clocks(case: Case, events: Sequence[CaseEvent]) -> Iterator[Fact]:
    for name, clock in build(case, known_facts(case, events), forgiving=True).items():
        step = step_of(name)
        if step in ("acknowledge", "reply") and clock.stop_event in DONE_BY[step]:
            yield from _done(clock, "first" if step == "acknowledge" else "reply")


def _done(clock: deadlines.Clock, what: str) -> Iterator[Fact]:
    verdict, taken = deadlines.verdict(clock), deadlines.time_taken(clock).working_seconds
    if verdict is None or clock.stopped_at is None:
        return
    at = clock.stopped_at
    yield at, "first_responses" if what == "first" else "replies", 1
    yield at, f"{what}_seconds", taken
    yield at, f"{what}:{bucket(taken)}", 1
    if what == "reply":
        yield at, "in_time" if verdict.met else "late", 1
        yield at, "in_time_originally" if verdict.met_original else "late_originally", 1


# --- from letters to rows


def cells(label: Label, day: date) -> tuple[Cell, ...]:
    """The rows a day of a letter belongs to: its cell, and the sums above it."""
    week, month = day - timedelta(days=day.weekday()), day.replace(day=1)
    unit, topic = label._replace(topic="", kind=""), label._replace(kind="")
    return (
        Cell(Span.CELL, day, label),
        Cell(Span.DAY, day, unit),
        Cell(Span.WEEK, week, unit),
        Cell(Span.MONTH, month, unit),
        Cell(Span.WEEK_TOPIC, week, topic),
        Cell(Span.MONTH_TOPIC, month, topic),
    )


class Ledger:
    """Differences not written yet: row → measure → number, and (handler, day) → answers."""

    def __init__(self) -> None:
        self.rows: defaultdict[Cell, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.hands: defaultdict[tuple[int, date], int] = defaultdict(int)

    def add(self, label: Label, counted: Counted, sign: int = 1) -> None:
        for text, measures in counted.items():
            day = date.fromisoformat(text)
            own = {name: sign * number for name, number in measures.items() if not name.startswith("by:")}
            for cell in cells(label, day):
                row = self.rows[cell]
                for name, number in own.items():
                    row[name] += number
            for name, number in measures.items():
                if name.startswith("by:"):
                    self.hands[int(name[3:]), day] += sign * number

    def changed(self) -> dict[Cell, dict[str, int]]:
        """The rows in which something differs, with what does."""
        found = {cell: {n: v for n, v in row.items() if v} for cell, row in self.rows.items()}
        return {cell: row for cell, row in found.items() if row}


def row_of(cell: Cell) -> Facts:
    """An empty row."""
    row = Facts(key=cell.key, span=cell.span, start=cell.start, **cell.label._asdict())
    for column in HISTOGRAMS.values():
        setattr(row, column, {})
    return row


def add_to(row: Facts, measures: dict[str, int]) -> None:
    for name, number in measures.items():
        head, colon, which = name.partition(":")
        if not colon:
            setattr(row, name, getattr(row, name) + number)
            continue
        counts = getattr(row, HISTOGRAMS[head])
        counts[which] = counts.get(which, 0) + number
        if not counts[which]:
            del counts[which]


def empty(row: Facts) -> bool:
    return not any(getattr(row, name) for name in (*NUMBERS, *HISTOGRAMS.values()))
