"""Where a hub stands in the log and in the inboxes, and what is new since."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Max
from django.utils import timezone

from feedback.models import Case
from feedback.models.log_reading import end_of_log, unread
from notifications.live.changes import Change
from notifications.live.gate import Asked, cases_for
from notifications.models import InboxItem

BATCH = 500  # events read at once


@dataclass(frozen=True)
class News:
    """What one look found: the newest change of each case, and whose inboxes have a new line."""

    changes: list[tuple[Case, Change]]
    asked: Asked
    items: list[tuple[int, int]]  # (item, person)
    more: bool


class Reader:
    """Reads on from where the log ended when it was made."""

    def __init__(self) -> None:
        self._event, self._gaps = end_of_log(at=timezone.now())
        self._item: int = InboxItem.objects.aggregate(last=Max("pk"))["last"] or 0

    def look(self) -> News:
        """Two queries when nothing is new, four when something is."""
        found, gaps = unread(self._event, self._gaps, at=timezone.now(), most=BATCH)
        latest = {case: event for event, case in found}
        cases, asked = cases_for(latest) if latest else ({}, {})
        changes = [(case, Change(case.reference, case.version, latest[pk])) for pk, case in cases.items()]
        unseen = InboxItem.objects.filter(pk__gt=self._item, read_at=None).order_by("pk")
        items = list(unseen.values_list("pk", "user_id")[:BATCH])
        self._event, self._gaps = max([self._event, *latest.values()]), gaps
        self._item = max([self._item, *(pk for pk, _ in items)])
        return News(changes, asked, items, more=BATCH in (len(found), len(items)))
