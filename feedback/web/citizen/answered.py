"""Has this been answered already? Published answers offered while a letter is typed, and again before it is sent.

An offer, nothing more: it never stands in the way of a letter. What is typed comes in the body of a request, is
compared in memory and forgotten; neither the draft nor a log learns of it.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from feedback.reports import similar
from feedback.web.citizen import limits
from feedback.web.public.published import described

# Characters: a sentence that says what it is about. js/answered.js waits for as many.
ENOUGH = 40
OFFERED = 3


def answers_to(text: str) -> list[dict[str, Any]]:
    """Published answers to a letter like this, as the public lists show them; none to a few words."""
    text = text.strip()
    if len(text) < ENOUGH:
        return []
    return [described(found.publication) for found in similar.answers_like(text, OFFERED)]


@never_cache
@require_POST
def hint(request: HttpRequest) -> HttpResponse:
    """The fragment below the field; empty when there is nothing to offer. Raises TooManyRequests."""
    limits.hint_asked(request)
    context = {"answered": answers_to(request.POST.get("text", ""))}
    return render(request, "feedback/citizen/_answered.html", context)
