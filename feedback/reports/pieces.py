"""Answers that went out, each with who wrote it, how heavy it was and how it stood with its date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from feedback.models import CaseClock, CaseEvent, Coordination, Rating, Reply, catalogue
from feedback.querysets import GUARDED_KINDS
from feedback.reports.base import Question

# One khiếu nại or tố cáo weighs as much as three ordinary letters, as when letters are given out; another unit's
# opinion and an extension granted are how the log shows that a letter was difficult.
HEAVY, ORDINARY, HARDER = 3.0, 1.0, 0.5
SHORT_NOTICE = 1  # working days left, or less, when the letter was handed over
_ROUNDS = Q(name="reply") | Q(name__startswith="reply-")


@dataclass(frozen=True)
class Piece:
    """One answer that went out: by whom, how heavy, how it stood with its date."""

    case: int
    author: int
    weight: float
    like: tuple[bool, bool]  # (guarded kind, difficult): answers of one like are compared
    met: bool | None
    short: bool
    score: int | None


def answers(question: Question) -> QuerySet[Reply]:
    """The answers sent in the period."""
    return Reply.objects.filter(
        state=Reply.State.APPROVED,
        approved_at__gte=question.start,
        approved_at__lt=question.end,
        case__in=question.cases(),
    )


def pieces(question: Question, author: int | None = None) -> list[Piece]:
    """Every answer of the period, or those of one person, weighed. Four queries."""
    replies = answers(question)
    if author is not None:
        replies = replies.filter(author=author)
    asked = Coordination.objects.filter(case=OuterRef("case"), asked_at__lt=OuterRef("approved_at"))
    found: list[Any] = list(
        replies.annotate(asked=Exists(asked)).values_list(
            "pk", "case", "author", "approved_at", "case__kind", "asked"
        )
    )
    cases = replies.values("case")
    clocks = _clocks(question, cases)
    given = _handed_over(cases)
    scores = dict(Rating.objects.filter(reply__in=replies.values("pk")).values_list("reply", "score"))
    made = []
    for pk, case, writer, at, kind, others in found:
        verdict, extensions, due = clocks.get((case, at), ("", 0, None))
        guarded = kind in GUARDED_KINDS
        weight = (HEAVY if guarded else ORDINARY) + HARDER * bool(others) + HARDER * bool(extensions)
        short = _short_notice(_since(given.get((case, writer), ()), at), due)
        met = verdict == "met" if verdict else None
        like = guarded, bool(others or extensions)
        made.append(Piece(case, writer, weight, like, met, short, scores.get(pk)))
    return made


def _short_notice(since: datetime | None, due: datetime | None) -> bool:
    """Handed over with SHORT_NOTICE working days left or less."""
    if since is None or due is None:
        return False
    calendar = catalogue().calendar
    first, last = calendar.local(since).date(), calendar.local(due).date()
    return calendar.working_days_between(first, last) <= SHORT_NOTICE


Clock = tuple[str, int, datetime | None]


def _clocks(question: Question, cases: QuerySet[Reply, Any]) -> dict[tuple[int, datetime], Clock]:
    """(case, moment of the answer) → its verdict, extensions and final date."""
    rows = CaseClock.objects.filter(
        _ROUNDS,
        stopped_at__gte=question.start,
        stopped_at__lt=question.end,
        stopped_by="approve_reply",
        case__in=cases,
    )
    listed = rows.values_list("case", "stopped_at", "verdict", "extensions", "due_at")
    return {(case, stopped): (verdict, more, due) for case, stopped, verdict, more, due in listed if stopped}


def _handed_over(cases: QuerySet[Reply, Any]) -> dict[tuple[int, int], list[datetime]]:
    """(case, person) → when the letter came into that person's hands, oldest first."""
    rows = CaseEvent.objects.filter(verb__in=("assign", "take"), case__in=cases).order_by("case", "seq")
    found: dict[tuple[int, int], list[datetime]] = defaultdict(list)
    for case, at, internal in rows.values_list("case", "at", "internal").iterator(chunk_size=5000):
        if "handler" in internal:
            found[case, internal["handler"]].append(at)
    return found


def _since(moments: Sequence[datetime], answered: datetime) -> datetime | None:
    """The first time before the answer: a letter that went away and came back was known."""
    return next((at for at in moments if at <= answered), None)
