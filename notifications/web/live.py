"""What the pages of the desk ask when no socket is open: what changed since, and what is new in the inbox."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from feedback.web.account.middleware import background
from feedback.web.desk.base import DeskRequest, desk_page
from notifications.live import changes
from notifications.live.wire import socket_address
from notifications.web.context import badge
from notifications.web.views import items_of, line_of

TOASTS = 3  # at once; the rest stands in the inbox


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


@background
@require_safe
@desk_page
def missed(request: DeskRequest) -> HttpResponseBase:
    """`?after=<seq>`: the same messages as through the socket, and whether there is one. At most six queries."""
    after = _number(request, "after")
    found = changes.since(request.user, -1 if after is None else after)
    return JsonResponse(
        {"changes": [change.__dict__ for change in found], "socket": socket_address()},
        headers={"Cache-Control": "no-store"},
    )


@background
@require_safe
@desk_page
def inbox_news(request: DeskRequest) -> HttpResponse:
    """`?after=<item>`: the number for the badge, and the newest unread lines beyond that item as toasts."""
    after, items = _number(request, "after"), items_of(request).unread().order_by("-pk")
    fresh = list(items.filter(pk__gt=after)[:TOASTS]) if after is not None else list(items[:1])
    context = {
        "unread": badge(request),
        "last": max([after or 0, *(item.pk for item in fresh)]),
        "lines": [line_of(item) for item in reversed(fresh)] if after is not None else [],
    }
    return render(request, "notifications/_inbox_news.html", context)
