"""For every page: `inbox_url`, `inbox_unread`, `live`. The database is asked only when a template prints the number."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse, reverse_lazy
from django.utils.functional import SimpleLazyObject

from notifications.live.wire import socket_address
from notifications.models import InboxItem

MOST = 99  # the badge says "99+" beyond


def unread(request: HttpRequest) -> dict[str, Any]:
    """`inbox_unread`: "", "1" … "99", "99+"."""
    return {
        "inbox_url": reverse_lazy("desk_inbox"),
        "inbox_unread": SimpleLazyObject(lambda: badge(request)),
        "live": SimpleLazyObject(lambda: live(request)),
    }


def live(request: HttpRequest) -> dict[str, Any]:
    """Addresses for js/live.js; empty for who has no desk. `socket` is "" where none is served: the page then asks."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.scope().works_here:
        return {}
    addresses = {"changes": reverse("desk_live"), "inbox": reverse("desk_inbox_news")}
    return {"socket": socket_address(), **addresses}


def badge(request: HttpRequest) -> str:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ""
    number = len(InboxItem.objects.visible_to(user).unread().values_list("pk")[: MOST + 1])
    return "" if not number else f"{MOST}+" if number > MOST else str(number)
