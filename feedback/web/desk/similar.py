"""Letters and answers like the one at hand, as the desk shows them: for a person to judge, never decided by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from feedback import actions
from feedback.models import Case, User
from feedback.reports import similar
from feedback.web.desk.base import DeskRequest, act_url, case_url, desk_page, find_case, show
from feedback.web.words import language, shortened, unit_name
from feedback.workflow import status_name


@dataclass(frozen=True)
class Alike:
    """An open letter that resembles the one at hand; `merge_url` is "" where this person may not merge."""

    reference: str
    url: str
    excerpt: str
    percent: int
    words: tuple[str, ...]
    received_at: datetime
    status: str
    merge_url: str


@dataclass(frozen=True)
class Start:
    """A published answer to begin from; `url` is its public page, `start_url` the editor opened with its text."""

    title: str
    url: str
    excerpt: str
    percent: int
    words: tuple[str, ...]
    answered_on: date
    unit: str
    start_url: str


def likely_duplicates(case: Case, user: User, most: int = 5) -> list[Alike]:
    """Open letters this person may see that may be about the same matter, likest first."""
    found = similar.duplicates_of(case, user, most)
    may_merge = bool(found) and actions.may(case, "merge", user)
    merge = act_url(case, "merge") if may_merge else ""
    return [
        Alike(
            reference=alike.case.reference,
            url=case_url(alike.case),
            excerpt=shortened(alike.case.text),
            percent=alike.percent,
            words=alike.words,
            received_at=alike.case.received_at,
            status=status_name(alike.case.status, language()),
            merge_url=merge and f"{merge}?into={alike.case.reference}",
        )
        for alike in found
    ]


def answers_to_start_from(case: Case, most: int = 3) -> list[Start]:
    """Published answers to letters like this one, likest first. Of a sealed letter too: only the answers are shown."""
    editor = act_url(case, "draft_reply")
    return [
        Start(
            title=answer.publication.title,
            url=reverse("answer", args=[answer.publication.pk]),
            excerpt=shortened(answer.publication.answer, 180),
            percent=answer.percent,
            words=answer.words,
            answered_on=answer.publication.answered_on,
            unit=unit_name(answer.publication.unit_id),
            start_url=f"{editor}?start={answer.publication.pk}",
        )
        for answer in similar.answers_like(case.text, most, similar.WORTH_A_LOOK)
        if answer.publication.case_id != case.pk
    ]


@require_safe
@desk_page
def similar_page(request: DeskRequest, reference: str) -> HttpResponse:
    """`/can-bo/don/<reference>/tuong-tu/`: fetched by the case page once it is drawn, a page of its own without
    script. Duplicates of an open letter, and answers to start from for who may write the reply."""
    case = find_case(request.user, reference)
    context = {
        "case": case,
        "case_url": case_url(case),
        "similar": likely_duplicates(case, request.user, 3) if case.is_open else [],
        "starts": answers_to_start_from(case) if actions.may(case, "draft_reply", request.user) else [],
    }
    if request.headers.get("HX-Request") == "true":
        return render(request, "feedback/desk/_alike.html", context)
    return show(request, "similar", context)
