"""The clocks of a case for people: where each stands, and how its date was computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feedback import deadlines
from feedback.models import Alarm, CalendarVersion, Case, CaseEvent, Change, RulesVersion, catalogue, clocks
from feedback.models.cases import OFFICE_TIME
from feedback.reports.response import ResponseFacts, measure

CLOCK_NAMES: dict[str, tuple[str, str]] = {
    "acknowledge": ("Hạn báo đã nhận đơn", "Receipt confirmed by"),
    "accept": ("Hạn tiếp nhận", "Accepted by"),
    "transfer": ("Hạn chuyển đúng nơi", "Passed on by"),
    "reply": ("Hạn trả lời", "Answer by"),
    "red_line": ("Mốc 45 ngày theo quy định", "45-day mark of the rules"),
}
# A matter between the office and its people; citizens have nothing to do with it.
FOR_STAFF = frozenset({"red_line"})


@dataclass(frozen=True)
class Edition:
    """One edition of a calendar or of the rules. `newer`: the one of the same line now in force, "" if it is this."""

    version: str
    note: str
    in_force_from: datetime | None
    newer: str


@dataclass(frozen=True)
class Editions:
    calendar: Edition
    rules: Edition


@dataclass(frozen=True)
class ClockView:
    """One clock as a page or the API shows it. `left` is working seconds to the due moment, negative when late."""

    name: str
    label: str
    state: str
    due_at: datetime
    original_due_at: datetime
    started_at: datetime
    stopped_at: datetime | None
    law: str
    confidence: str
    left: int
    main: bool
    explanation: deadlines.Explanation
    clock: deadlines.Clock

    @property
    def for_staff(self) -> bool:
        """Is this clock of no concern to the citizen?"""
        return self.name.partition("-")[0] in FOR_STAFF

    def sentences(self, language: str = "vi") -> list[str]:
        return list(self.explanation.sentences(language))

    def facts(self, at: datetime) -> ResponseFacts:
        """How long this step took, or has taken until `at`."""
        return measure(self.name, self.clock, at)

    @property
    def editions(self) -> Editions:
        """Which edition of the calendar and of the rules the date was computed by."""
        return editions_of(self.clock)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, ISO dates; the API resource."""
        return {
            "clock": self.name,
            "state": self.state,
            "started_at": self.started_at.isoformat(),
            "due_at": self.due_at.isoformat(),
            "original_due_at": self.original_due_at.isoformat(),
            "stopped_at": self.stopped_at.isoformat() if self.stopped_at else None,
            "law": self.law,
            "confidence": self.confidence,
            "main": self.main,
            "explanation": self.explanation.as_dict(),
        }


def clock_views(case: Case, *, at: datetime, language: str = "vi") -> list[ClockView]:
    """Every clock of the case, the main one first. One query (the log)."""
    return views_of(clocks.clocks_of(case), at=at, language=language)


def views_of(known: dict[str, deadlines.Clock], *, at: datetime, language: str = "vi") -> list[ClockView]:
    """The same for clocks of no case, as the calculator builds them."""
    main = clocks.main_clock(known)
    views = [_view(name, clock, clock is main, at, language) for name, clock in known.items()]
    return sorted(views, key=lambda view: not view.main)


def _view(name: str, clock: deadlines.Clock, main: bool, at: datetime, language: str) -> ClockView:
    kind, _, round_number = name.partition("-")
    label = CLOCK_NAMES[kind][1 if language == "en" else 0]
    again = " (round {})" if language == "en" else " lần {}"
    return ClockView(
        name=name,
        label=label + again.format(round_number) if round_number else label,
        state=deadlines.state_at(clock, at),
        due_at=deadlines.due(clock),
        original_due_at=deadlines.original_due(clock),
        started_at=clock.start,
        stopped_at=clock.stopped_at,
        law=clock.rule.law,
        confidence=clock.rule.conf,
        left=deadlines.remaining(clock, at),
        main=main,
        explanation=deadlines.explain(clock),
        clock=clock,
    )


def editions_of(clock: deadlines.Clock) -> Editions:
    """The editions a clock is computed by, from the catalogue in memory."""
    book = catalogue()
    calendar = book.calendars.get(clock.calendar.version)
    line = book.calendars_in_force.get(calendar.unit_id if calendar else None, "")
    return Editions(
        _edition(clock.calendar.version, calendar, line),
        _edition(clock.rules_version, book.rule_books.get(clock.rules_version), book.rules_in_force or ""),
    )


def _edition(version: str, row: CalendarVersion | RulesVersion | None, in_force: str) -> Edition:
    newer = in_force if in_force != version else ""
    return Edition(version, row.note if row else "", row.in_force_from if row else None, newer)


def alarms_of(case: Case, views: Sequence[ClockView]) -> dict[str, list[Alarm]]:
    """What has rung, by the name of the clock, oldest first; what rang for a pause stands with the main clock."""
    found: dict[str, list[Alarm]] = {view.name: [] for view in views}
    main = next((view.name for view in views if view.main), "")
    for alarm in Alarm.objects.filter(case=case).order_by("rang_at", "pk"):
        found.get(alarm.clock, found.get(main, [])).append(alarm)
    return found


@dataclass(frozen=True)
class Redating:
    """Another edition of the calendar or the rules reached the case. Both dates None: the date stayed as it was."""

    at: datetime
    calendar: str
    rules: str
    due_before: datetime | None
    due_at: datetime | None
    reason: str


def redatings(case: Case) -> list[Redating]:
    """When and why the dates of the case were computed anew, oldest first. Two queries, one if there were none."""
    events = list(case.events.filter(verb__in=("redate", "keep_date")).order_by("seq"))
    changes = Change.objects.in_bulk([event.internal.get("change") for event in events]) if events else {}
    return [
        Redating(
            at=event.at,
            calendar=event.internal.get("calendar", ""),
            rules=event.internal.get("rules", ""),
            due_before=_moment(event.public.get("due_before")),
            due_at=_moment(event.public.get("due_at")),
            reason=_reason(event, changes),
        )
        for event in events
    ]


def _reason(event: CaseEvent, changes: dict[int, Change]) -> str:
    """What the log says was told; of an event that told nobody anything, the reason of the change behind it."""
    change = changes.get(event.internal.get("change", 0))
    return str(event.public.get("change") or (change.note if change else ""))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(OFFICE_TIME) if text else None
