"""The inbox of a member of staff: newest first, unread in bold, each line leads to its case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from feedback import workflow
from feedback.web.desk.base import DeskRequest, case_url, desk_page, menu
from feedback.web.words import language
from notifications import messages
from notifications.models import InboxItem

SIZE = 50


@dataclass(frozen=True)
class Line:
    """One row as the page shows it."""

    url: str
    headline: str
    about: str  # of a sealed case, whose headline says nothing: what happened, and the reference
    at: datetime
    unread: bool
    sealed: bool
    status: str
    status_label: str


@desk_page
def inbox(request: DeskRequest) -> HttpResponse:
    """A page of messages; `?before=<event id>` continues."""
    items = InboxItem.objects.visible_to(request.user).select_related("event__case").order_by("-event_id")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        items = items.filter(event_id__lt=int(before))
    rows = list(items[: SIZE + 1])
    more = f"?before={rows[SIZE - 1].event_id}" if len(rows) > SIZE else ""
    lines = [_line(item) for item in rows[:SIZE]]
    context = {
        "nav_items": menu(request),
        "lines": lines,
        "any_unread": any(line.unread for line in lines),
        "previous_url": reverse("desk_inbox") if before else "",
        "next_url": more,
    }
    return render(request, "notifications/inbox.html", context)


def _line(item: InboxItem) -> Line:
    case = item.event.case
    return Line(
        url=reverse("desk_inbox_item", args=[item.pk]),
        headline=messages.headline(item.event, f"staff/{item.event.verb}", language()),
        about=f"{_label(item.event.verb)} · {case.reference}" if case.sealed else "",
        at=item.event.at,
        unread=item.read_at is None,
        sealed=case.sealed,
        status=case.status,
        status_label=workflow.status_name(case.status, language()),
    )


def _label(verb: str) -> str:
    row = next(row for row in workflow.TRANSITIONS if row.verb == verb)
    return row.label[1 if language() == "en" else 0]


@desk_page
def open_item(request: DeskRequest, number: int) -> HttpResponse:
    """Mark one message read and go to its case. Another person's, or of a case now hidden: not found."""
    items = InboxItem.objects.visible_to(request.user).select_related("event__case")
    item = get_object_or_404(items, pk=number)
    InboxItem.objects.filter(pk=item.pk).unread().update(read_at=timezone.now())
    return redirect(case_url(item.event.case))


@require_POST
@desk_page
def read_all(request: DeskRequest) -> HttpResponse:
    """Mark everything read."""
    InboxItem.objects.filter(user=request.user).unread().update(read_at=timezone.now())
    return redirect("desk_inbox")
