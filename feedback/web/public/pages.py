"""The start page, the deadline calculator, and what a newcomer may try."""

from __future__ import annotations

from datetime import timedelta
from statistics import median
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from feedback.calendar import BeyondHorizon
from feedback.models import Case, Publication
from feedback.reports import imagined
from feedback.reports.clock import views_of
from feedback.web.citizen.clocks import explained
from feedback.web.public.demo import accounts, letters
from feedback.web.public.forms import CalculatorForm
from feedback.web.public.published import described
from feedback.web.words import language, working_days

FIGURES_KEPT = 300  # seconds
_LATEST, _SAMPLE = 3, 200


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, three things to do, what others were answered lately."""
    latest = Publication.objects.published().defer("question", "search_text").order_by("-published_at", "-pk")
    context = {
        "figures": figures(),
        "latest": [described(row) for row in latest[:_LATEST]],
        "demo": settings.DEMO,
    }
    return render(request, "feedback/public/home.html", context)


def figures() -> dict[str, Any]:
    """Published answers, letters of the last thirty days, the usual time to an answer. Kept for five minutes."""
    held: dict[str, Any] | None = cache.get("home-figures")
    if held is None:
        month = timezone.now() - timedelta(days=30)
        published = Publication.objects.published()
        spans = published.order_by("-published_at", "-pk").values_list("received_on", "answered_on")[:_SAMPLE]
        days = [d for start, end in spans if (d := working_days(start, end)) is not None]
        held = {
            "published": published.count(),
            "letters": Case.objects.filter(received_at__gte=month).count(),
            "days": round(median(days)) if days else None,
        }
        cache.set("home-figures", held, FIGURES_KEPT)
    return held


@require_safe
def calculator(request: HttpRequest) -> HttpResponse:
    """Until when must they answer? The same pure functions that compute the dates of real letters."""
    asked = "kind" in request.GET
    form = CalculatorForm(request.GET if asked else None)
    found: list[dict[str, Any]] = []
    if asked and form.is_valid():
        try:
            views = views_of(imagined.clocks_of(form.question), at=form.received, language=language())
            found = explained(views)
        except BeyondHorizon as error:
            form.add_error("day", error.sentence(language()))
    status = 422 if form.errors else 200
    return render(request, "feedback/public/calculator.html", {"form": form, "clocks": found}, status=status)


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "feedback/public/about.html")


@require_safe
def what_to_try(request: HttpRequest) -> HttpResponse:
    """For a newcomer to a demonstration. Passwords are shown only where the settings say it is one."""
    if not settings.DEMO:
        raise Http404
    return render(request, "feedback/public/try.html", {"accounts": accounts(), "letters": letters()})
