"""/chat-luong/: how often the computer that sorts letters was right, in plain words and without small numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from feedback.models.quality import targets
from feedback.reports import quality
from feedback.web import charts
from feedback.web.words import language

FEWEST = 10  # letters; a smaller number could point at a person
LABELS: dict[str, Any] = {
    "topic": gettext_lazy("What the letter is about"),
    "issue": gettext_lazy("What went wrong"),
    "kind": gettext_lazy("What kind of letter it is"),
}


@require_safe
def quality_page(request: HttpRequest) -> HttpResponse:
    report = quality.report(timezone.now())
    return render(request, "feedback/public/quality.html", shown(report))


def shown(report: quality.Report) -> dict[str, Any]:
    """What may be told: shares of at least FEWEST letters on either side, numbers rounded down to tens."""
    weeks = [(week, _alone(week)) for week in report.weeks]
    told = [(week, share) for week, share in weeks if share is not None]
    return {
        "since": report.total.start,
        "letters": rounded(report.total.letters),
        "alone": _alone(report.total),
        "alone_words": _percent(_alone(report.total)),
        "people_words": _percent(_rest(_alone(report.total))),
        "heads": _heads(report.total),
        "chart": charts.trend(_("Letters sorted by the computer"), *_series(weeks)) if told else None,
        "weeks": [
            {"start": week.start, "letters": rounded(week.letters), "share": _percent(share)}
            for week, share in reversed(told)
        ],
    }


def rounded(number: int) -> int:
    """Down to tens: 0 below FEWEST. Two rounded numbers do not betray the difference of the true ones."""
    return number // FEWEST * FEWEST


def _alone(group: quality.Group) -> float | None:
    """Share sorted without a person; None where one side has too few letters to be told."""
    enough = group.alone >= FEWEST and group.letters - group.alone >= FEWEST
    return round(group.alone / group.letters, 2) if enough else None


def _rest(share: float | None) -> float | None:
    return None if share is None else 1 - share


def _percent(share: float | None) -> str:
    return charts.percent(share, language())


def _series(weeks: Sequence[tuple[quality.Group, float | None]]) -> tuple[list[Any], list[float | None]]:
    return [week.start for week, _share in weeks], [share for _week, share in weeks]


def _heads(total: quality.Group) -> list[dict[str, Any]]:
    held, found = targets(), []
    for head, label in LABELS.items():
        tally = total.heads[head]
        bounds = tally.realised if tally.checked >= FEWEST else None
        found.append(
            {
                "label": label,
                "target": _percent(held[head].precision),
                "checked": rounded(tally.checked),
                "share": round(100 * bounds.share) if bounds else None,
                "low": round(100 * bounds.low) if bounds else None,
                "high": round(100 * bounds.high) if bounds else None,
            }
        )
    return found
