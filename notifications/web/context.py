"""`inbox_url` and `inbox_unread` for every page: the number is asked of the database only when a template prints it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.functional import SimpleLazyObject

from notifications.models import InboxItem

MOST = 99  # the badge says "99+" beyond


def unread(request: HttpRequest) -> dict[str, Any]:
    """`inbox_unread`: "", "1" … "99", "99+"."""
    return {"inbox_url": reverse_lazy("desk_inbox"), "inbox_unread": SimpleLazyObject(lambda: badge(request))}


def badge(request: HttpRequest) -> str:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ""
    number = len(InboxItem.objects.visible_to(user).unread().values_list("pk")[: MOST + 1])
    return "" if not number else f"{MOST}+" if number > MOST else str(number)
