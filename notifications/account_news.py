"""Mail to a member of staff about their own account: a factor added, removed or reset, the password changed.

By mail only: whoever sits in the account in somebody else's name could clear the inbox.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from feedback.links import sign_in_link
from feedback.models import AccountEvent
from notifications.messages import Text, office, render
from notifications.models import Delivery
from notifications.rules import MAIL, Urgency

AUDIENCE = "owner"
MISSED_WITHIN = timedelta(days=1)


def on_changed(account_event_id: int, **_: Any) -> None:
    """Listens to `account_changed`."""
    event = AccountEvent.objects.get(pk=account_event_id)
    if event.act in AccountEvent.TOLD:
        _queue([event], timezone.now())


def tell_missed(at: datetime) -> int:
    """What a crash between commit and signal left untold; returns how many."""
    missed = AccountEvent.objects.filter(
        act__in=AccountEvent.TOLD, at__gt=at - MISSED_WITHIN, deliveries=None
    )
    return _queue(list(missed.order_by("pk")), at)


def _queue(events: list[AccountEvent], at: datetime) -> int:
    rows = [
        Delivery(
            account_event=event,
            user_id=event.user_id,
            audience=AUDIENCE,
            channel=channel,
            urgency=int(Urgency.HIGH),
            next_try_at=at,
        )
        for event in events
        for channel in MAIL
    ]
    return len(Delivery.objects.bulk_create(rows, ignore_conflicts=True))


def compose(event: AccountEvent, *, language: str) -> Text:
    """Subject and plain text for the account's owner."""
    if event.act == AccountEvent.Act.LINK_SENT:
        facts = {**office(language), "link": sign_in_link(event.user), "account": event.user.get_username()}
        return render("account/link", facts, language)
    facts = {
        **office(language),
        "act": str(event.act),
        "by": "" if event.by_id == event.user_id else str(event.by),
        "reason": event.reason,
        "at": timezone.localtime(event.at),
        "link": settings.SITE_URL + reverse("account_home"),
    }
    return render("account/news", facts, language)
