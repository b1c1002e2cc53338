"""Suspending a khiếu nại or tố cáo (tạm đình chỉ giải quyết) and going on with it: the clock stands still between.

Whether the law knows a suspension is decided by the day of the act: a complaint received before 01/07/2026 may be
suspended since then as well, for article 11a speaks of the handling and not of the day a letter came.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from feedback.actions import assignment
from feedback.actions.fitting import NotSuspendable
from feedback.actions.spine import Work, act
from feedback.calendar import BeyondHorizon
from feedback.models import Case, Message, User, catalogue
from feedback.querysets import COMPLAINT, DENUNCIATION


@dataclass(frozen=True)
class SuspensionLaw:
    """`since`: first day a decision may rest on it. `days`: working days within which the decision is sent."""

    since: date
    days: int
    vi: str
    en: str


LAWS: dict[str, SuspensionLaw] = {
    COMPLAINT: SuspensionLaw(
        date(2026, 7, 1),
        3,
        "Luật Khiếu nại, Điều 11a (Luật 136/2025/QH15) và Nghị định 155/2026/NĐ-CP, Điều 12",
        "Law on Complaints, article 11a (Law 136/2025/QH15), and Decree 155/2026/NĐ-CP, article 12",
    ),
    DENUNCIATION: SuspensionLaw(
        date(2019, 1, 1), 5, "Luật Tố cáo 2018, Điều 34", "Law on Denunciations 2018, article 34"
    ),
}


def law_of_suspension(case: Case, at: datetime) -> SuspensionLaw | None:
    """The law a suspension (or its end) at `at` rests on; None when none is in force for this kind."""
    law = LAWS.get(case.kind_id or "")
    return law if law is not None and law.since <= timezone.localtime(at).date() else None


def send_by(case: Case, at: datetime) -> date | None:
    """The last day to send a decision of `at` to the sender; None without a law, or beyond the calendar."""
    law = law_of_suspension(case, at)
    if law is None:
        return None
    calendar = catalogue().calendar_of(case.calendar_version)
    try:
        return calendar.add_working_days(calendar.local(at).date(), law.days)
    except BeyondHorizon:
        return None


def suspend(case: Case, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Case:
    """Suspend the handling; the reply clock stands still until `resume`, and the citizen reads the reason.

    Raises NotSuspendable for other kinds and before the law was in force, NotAcceptedYet before acceptance.
    """
    with act(case, "suspend", by=by, at=at, seen=seen) as work:
        _decide(work, reason)
    return case


def resume(case: Case, *, reason: str, by: User, at: datetime, seen: int | None = None) -> Case:
    """Go on where the case stood; the clock runs on from the day of this decision. If its handler has left
    meanwhile, the next is chosen by the rule of the house."""
    with act(case, "resume", by=by, at=at, seen=seen) as work:
        _decide(work, reason)
    if assignment.choose_possible(case) and not case.needs_triage:
        assignment.retry_assignment(case, at=at)
    return case


def _decide(work: Work, reason: str) -> None:
    """The reason, the law and the day by which the decision must be sent, on the event."""
    law, last = law_of_suspension(work.case, work.at), send_by(work.case, work.at)
    if law is None:
        raise NotSuspendable
    work.say(Message.Purpose.REASON, reason, field="reason")
    work.public |= {"law": law.vi, "law_en": law.en}
    work.internal |= {"send_by": last.isoformat()} if last else {}
