"""What every page knows: whose office this is, and the way around."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

NAVIGATION = (
    ("submit", _("Write to us")),
    ("lookup", _("Follow a letter")),
    ("published", _("Published answers")),
)
FOOTER = (
    ("calculator", _("When must they answer?")),
    ("deadline_rules", _("Time limits")),
    ("working_calendar", _("Working days")),
    ("you_said", _("You said, we did")),
    ("quality", _("How letters are sorted")),
    ("accessibility", _("About this site")),
    ("desk", _("For staff")),
)


def office(request: HttpRequest) -> dict[str, Any]:
    """Header, navigation and footer of base.html."""
    return {
        "office": {
            "name": settings.OFFICE_NAME,
            "parent": settings.OFFICE_PARENT,
            "address": settings.OFFICE_ADDRESS,
            "phone": settings.OFFICE_PHONE,
            "email": settings.OFFICE_EMAIL,
            "idle_minutes": settings.IDLE_MINUTES,
        },
        "nav_items": lazy(_items, list)(NAVIGATION, request.path),
        "footer_items": lazy(_items, list)(FOOTER, request.path),
    }


def _items(entries: tuple[tuple[str, Any], ...], here: str) -> list[dict[str, Any]]:
    items = []
    for name, label in entries:
        url = reverse(name)
        items.append(
            {"url": url, "label": label, "current": here == url or (url != "/" and here.startswith(url))}
        )
    return items
