"""Clocks as people read them: sentences, a table of days, a small calendar."""

from __future__ import annotations

from typing import Any

from feedback.models import Case
from feedback.models.cases import OFFICE_TIME
from feedback.reports.clock import ClockView
from feedback.reports.timeline import timeline
from feedback.web.citizen.days import months
from feedback.web.words import language
from feedback.workflow import Status


def explained(views: list[ClockView]) -> list[dict[str, Any]]:
    """Every clock that concerns the citizen, ready for `citizen/clocks.html`."""
    return [explained_one(view) for view in views if not view.for_staff]


def explained_one(view: ClockView) -> dict[str, Any]:
    """One clock, ready for `citizen/clock.html`."""
    return {
        "view": view,
        "steps": steps(view),
        "months": months(view.explanation.days, language()),
        "provisional": view.explanation.provisional,
    }


def steps(view: ClockView) -> list[dict[str, Any]]:
    """Each sentence; `mark` is set on those a reader must not overlook."""
    kinds = [step.kind for step in view.explanation.steps]
    pairs = zip(kinds, view.sentences(language()), strict=True)
    return [{"text": text, "mark": kind in ("provisional", "pause_open", "result")} for kind, text in pairs]


def moved(case: Case) -> list[str]:
    """Why the date is not the one told first: computed anew under other rules, or the handling suspended now.

    The sentences of the history, each with its day.
    """
    entries = timeline(case, language=language())
    told = [entry for entry in entries if entry.verb == "redate"]
    if case.status == Status.SUSPENDED:
        told += [entry for entry in entries if entry.verb == "suspend"][-1:]
    return [f"{entry.at.astimezone(OFFICE_TIME):%d/%m/%Y}: {entry.sentence}" for entry in told]
