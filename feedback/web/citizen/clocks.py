"""Clocks as citizens read them: sentences, a table of days, a small calendar."""

from __future__ import annotations

from typing import Any

from feedback.reports.clock import ClockView
from feedback.web.citizen.days import months
from feedback.web.words import language


def explained(views: list[ClockView]) -> list[dict[str, Any]]:
    """Every clock that concerns the citizen, ready for `citizen/clocks.html`."""
    return [
        {
            "view": view,
            "sentences": view.sentences(language()),
            "months": months(view.explanation.days, language()),
        }
        for view in views
        if not view.for_staff
    ]
