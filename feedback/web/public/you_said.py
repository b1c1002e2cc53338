"""/ban-noi-chung-toi-lam/: what many letters said, and what the office did about it. Only what a manager published."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from feedback.models import Improvement, catalogue
from feedback.reports.causes import SMALLEST_SHOWN
from feedback.web.words import name_of

MOST = 50


@require_safe
def you_said(request: HttpRequest) -> HttpResponse:
    rows = [_shown(row) for row in Improvement.objects.published()[:MOST]]
    return render(request, "feedback/public/you_said.html", {"rows": rows})


def _shown(row: Improvement) -> dict[str, Any]:
    """Only what stands on the page: no cause, no owner, no number that could point at a person."""
    book = catalogue()
    matter = book.procedures.get(row.procedure_id or "") or book.topics.get(row.topic_id or "")
    return {
        "said": row.said,
        "did": row.did,
        "matter": name_of(matter),
        "unit": name_of(book.units.get(row.unit_id or "")),
        "count": row.count if row.count >= SMALLEST_SHOWN else None,
        "since": row.since,
        "until": row.until,
        "done": row.state == Improvement.State.DONE,
        "published_at": row.published_at,
    }
