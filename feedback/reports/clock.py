"""The clocks of a case for people: where each stands, and how its date was computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feedback import deadlines
from feedback.models import Case, clocks

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

    @property
    def for_staff(self) -> bool:
        """Is this clock of no concern to the citizen?"""
        return self.name.partition("-")[0] in FOR_STAFF

    def sentences(self, language: str = "vi") -> list[str]:
        return list(self.explanation.sentences(language))

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
    return ClockView(
        name=name,
        label=f"{label} ({round_number})" if round_number else label,
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
    )
