"""The citizen's page: where the letter stands, how its date was computed, what was said, what can be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from feedback import actions, workflow
from feedback.models import Attachment, Case, Publication, Rating, Reply
from feedback.reports.clock import ClockView, clock_views
from feedback.reports.timeline import Entry, timeline
from feedback.web.citizen import access
from feedback.web.citizen.clocks import explained, moved
from feedback.web.citizen.status import standing
from feedback.web.words import language, unit_name, working_days_left

# How an act looks in the history (components/timeline.html).
_MARKS = {"approve_reply": "answer", "publish": "answer", "overdue": "alarm"}
MOVES = gettext_lazy("The date will move by the time of the pause.")
View = Callable[..., HttpResponseBase]


def open_case(view: View) -> View:
    """Give the view its case, if this browser may open it; else ask for reference and code.

    A reference that does not exist leads to the same question as one that is not ours.
    """

    @never_cache
    def guarded(request: HttpRequest, reference: str, **kwargs: Any) -> HttpResponseBase:
        case = access.find_case(reference)
        if case is None or not access.may_open(request, case):
            return redirect("lookup_reference", reference=reference[:40])
        return view(request, case, **kwargs)

    return guarded


@open_case
@require_safe
def page(request: HttpRequest, case: Case) -> HttpResponse:
    return show(request, case)


def show(request: HttpRequest, case: Case, *, status: int = 200, **extra: Any) -> HttpResponse:
    """Draw the page; `extra` may carry a bound form that had errors."""
    at = timezone.now()
    clock = next(iter(clock_views(case, at=at, language=language())), None)
    context = {
        "case": case,
        "status_label": workflow.status_name(case.status, language()),
        "standing": standing(case),
        "unit": unit_name(case.unit_id),
        "clock": clock,
        "clock_text": _clock_text(clock),
        "question": asked(case) if case.status == workflow.Status.NEED_INFO else "",
        "events": _events(case, clock),
        "files": _files(case),
        "replies": _replies(case),
        "may": {row.verb for row in actions.allowed_actions(case, actions.CITIZEN)},
        "may_reopen": case.clarifications == 0,
        "scores": list(reversed(Rating.Score.choices)),
        "parts": list(case.parts.order_by("pk")) if case.event_seq > 1 else [],
        "parent": Case.objects.get(pk=case.split_from_id).reference if case.split_from_id else "",
        "publication": _publication(case),
        **extra,
    }
    return render(request, "feedback/citizen/case.html", context, status=status)


def asked(case: Case) -> str:
    """The newest question to the citizen; "" when none was asked."""
    row = case.messages.filter(purpose="question").order_by("-at", "-pk").first()
    return row.body if row else ""


def _clock_text(clock: ClockView | None) -> str:
    running = clock is not None and clock.state in ("running", "due_soon", "overdue")
    return working_days_left(clock.due_at, timezone.now()) if running and clock else ""


def _events(case: Case, clock: ClockView | None) -> list[dict[str, Any]]:
    """The history, newest first, headed by the day the answer is due."""
    rows = [_event(entry) for entry in timeline(case, language=language())]
    if rows:
        rows[-1]["kind"] = rows[-1]["kind"] if rows[-1]["kind"] != "office" else "current"
    if clock is not None and case.is_open:
        rows.append(
            {
                "at": clock.due_at,
                "title": _("Answer at the latest"),
                "actor": "",
                "text": str(MOVES) if clock.state == "paused" else "",
                "kind": "future",
            }
        )
    return rows[::-1]


def _event(entry: Entry) -> dict[str, Any]:
    kind = _MARKS.get(
        entry.verb, "citizen" if entry.who == workflow.ROLE_NAMES[workflow.Role.CITIZEN][0] else "office"
    )
    if entry.who == workflow.ROLE_NAMES[workflow.Role.CITIZEN][1]:
        kind = "citizen"
    return {
        "at": entry.at,
        "title": entry.sentence or entry.label,
        "actor": entry.who,
        "text": entry.message,
        "kind": kind,
    }


def _files(case: Case) -> list[dict[str, Any]]:
    """What the citizen sent, as downloads."""
    rows = case.attachments.filter(by_citizen=True)
    address = "case_file"
    return [
        {"name": row.name, "size": row.size, "url": reverse(address, args=[case.reference, row.pk])}
        for row in rows
    ]


def _replies(case: Case) -> list[Reply]:
    """Answers that were sent, newest first, each with its rating (None when not rated)."""
    rows = case.replies.filter(state=Reply.State.APPROVED).select_related("rating").order_by("-number")
    found = list(rows) if case.answered_at or case.status in ("answered", "closed", "reopened") else []
    for row in found:
        row.given = getattr(row, "rating", None)  # type: ignore[attr-defined]  # for the template: no rating is None
    return found


def _publication(case: Case) -> Publication | None:
    """The public answer of this case, or of the one it was merged into."""
    return Publication.objects.published().filter(case_id=case.merged_into_id or case.pk).first()


@open_case
@require_safe
def deadline(request: HttpRequest, case: Case) -> HttpResponse:
    """How every date of this case was computed, step by step."""
    views = clock_views(case, at=timezone.now(), language=language())
    context = {"case": case, "clocks": explained(views), "moved": moved(case)}
    return render(request, "feedback/citizen/deadline.html", context)


@open_case
@require_safe
def download(request: HttpRequest, case: Case, number: int) -> HttpResponseBase:
    """One file of the case, always as a download, from a sandbox without rights."""
    row = case.attachments.filter(pk=number, by_citizen=True).first()
    if row is None:
        raise Http404
    return serve(row)


def serve(row: Attachment) -> FileResponse:
    """A file as a download that no browser will run or guess at."""
    response = FileResponse(
        row.file.open("rb"), as_attachment=True, filename=row.name, content_type=row.media_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
