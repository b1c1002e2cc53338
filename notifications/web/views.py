"""The inbox of a member of staff: newest first, unread in bold, each line leads to its case or change."""

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
from notifications import digests, messages
from notifications.models import Digest, InboxItem, InboxItemQuerySet

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
    """A page of messages; `?before=<number of an item>` continues."""
    items = items_of(request).order_by("-pk")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        items = items.filter(pk__lt=int(before))
    rows = list(items[: SIZE + 1])
    more = f"?before={rows[SIZE - 1].pk}" if len(rows) > SIZE else ""
    lines = [line_of(item) for item in rows[:SIZE]]
    context = {
        "nav_items": menu(request),
        "lines": lines,
        "any_unread": any(line.unread for line in lines),
        "previous_url": reverse("desk_inbox") if before else "",
        "next_url": more,
    }
    return render(request, "notifications/inbox.html", context)


def items_of(request: DeskRequest) -> InboxItemQuerySet:
    return InboxItem.objects.visible_to(request.user).select_related(
        "event__case", "digest__change__calendar", "digest__change__rules", "digest__report"
    )


def line_of(item: InboxItem) -> Line:
    url = reverse("desk_inbox_item", args=[item.pk])
    if item.digest is not None:
        return _digest_line(item.digest, url, unread=item.read_at is None)
    assert item.event is not None  # noqa: S101 - the database sees to it: one or the other
    case = item.event.case
    return Line(
        url=url,
        headline=messages.headline(item.event, f"staff/{item.event.verb}", language()),
        about=f"{_label(item.event.verb)} · {case.reference}" if case.sealed else "",
        at=item.event.at,
        unread=item.read_at is None,
        sealed=case.sealed,
        status=case.status,
        status_label=workflow.status_name(case.status, language()),
    )


def _digest_line(digest: Digest, url: str, *, unread: bool) -> Line:
    done = digest.report or digest.change
    headline, at = digests.headline(digest, language()), (done and done.finished_at) or timezone.now()
    return Line(url, headline, "", at, unread=unread, sealed=False, status="", status_label="")


def _label(verb: str) -> str:
    row = next(row for row in workflow.TRANSITIONS if row.verb == verb)
    return row.label[1 if language() == "en" else 0]


@desk_page
def open_item(request: DeskRequest, number: int) -> HttpResponse:
    """Mark one message read and go to what it is about. Another person's, or of a case now hidden: not found."""
    item = get_object_or_404(items_of(request), pk=number)
    InboxItem.objects.filter(pk=item.pk).unread().update(read_at=timezone.now())
    if item.digest is not None:
        return redirect(digests.link(item.digest))
    assert item.event is not None  # noqa: S101 - the database sees to it: one or the other
    return redirect(case_url(item.event.case))


@require_POST
@desk_page
def read_all(request: DeskRequest) -> HttpResponse:
    """Mark everything read."""
    InboxItem.objects.filter(user=request.user).unread().update(read_at=timezone.now())
    return redirect("desk_inbox")
