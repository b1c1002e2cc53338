"""The inbox on the desk: a row per person and event (or digest); what it says is made when it is shown."""

from __future__ import annotations

from datetime import datetime

from feedback.models import CaseEvent, User
from notifications.channels.base import Channel, ChannelError, Message
from notifications.models import InboxItem, InboxItemQuerySet


class Inbox(Channel):
    needs_text = False

    def send(self, message: Message) -> None:
        if message.user is None:
            raise ChannelError("no_inbox", permanent=True)
        if message.digest_id:
            InboxItem.objects.get_or_create(user=message.user, digest_id=message.digest_id)
            return
        event = CaseEvent.objects.get(pk=message.event_id)
        seen = _seen_at(event, message.user)
        InboxItem.objects.get_or_create(user=message.user, event=event, defaults={"read_at": seen})
        # The fifth alarm about one case takes the place of the fourth: one unread line, not five.
        _same(event, message.user).filter(event__seq__lt=event.seq).unread().update(read_at=event.at)


def _seen_at(event: CaseEvent, user: User) -> datetime | None:
    """When this was overtaken: the person acted on the case afterwards, or a newer message says the same."""
    later = CaseEvent.objects.filter(case=event.case_id, seq__gt=event.seq)
    acted = later.filter(actor=user).order_by("seq").first()
    if acted is not None:
        return acted.at
    newer = _same(event, user).filter(event__seq__gt=event.seq)
    return newer.values_list("event__at", flat=True).first()


def _same(event: CaseEvent, user: User) -> InboxItemQuerySet:
    return InboxItem.objects.filter(user=user, event__case=event.case_id, event__verb=event.verb)
