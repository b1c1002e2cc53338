"""What a page missed: the newest change of each case after an event, for this person. The same for socket and HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Max, Q
from django.utils import timezone

from feedback.models import Case, CaseEvent, User

FAR = 1000  # events back; who missed more reads the whole page again
FIRST = 20  # events told to a page that knows none yet: those of the moments in which it was drawn
UNSETTLED = timedelta(
    seconds=20
)  # on PostgreSQL event 11 may appear after event 12: recent ones are told twice


@dataclass(frozen=True)
class Change:
    """All that ever travels about a case. `version` 0: it can no longer be seen here."""

    id: str
    version: int
    seq: int

    def encoded(self) -> str:
        return json.dumps(self.__dict__, separators=(",", ":"))


EVERYTHING = ""  # as `id`: too much was missed to be listed
INBOX = "inbox"


def newest() -> int:
    """The number of the newest event."""
    return CaseEvent.objects.aggregate(last=Max("pk"))["last"] or 0


def since(user: User, after: int) -> list[Change]:
    """Oldest first; one `EVERYTHING` when more than FAR events lie between. At most three queries and the scope's.

    `after` -1: a page that knows no event yet."""
    last = newest()
    after = max(last - FIRST, 0) if after < 0 else min(after, last)
    if last - after > FAR:
        return [Change(EVERYTHING, 0, last)]
    recent = Q(pk__gt=after - FAR, at__gt=timezone.now() - UNSETTLED)
    rows = CaseEvent.objects.filter(Q(pk__gt=after) | recent).values_list("case", "pk")
    latest = dict(rows.order_by("pk"))
    cases = Case.objects.visible_to(user).filter(pk__in=latest).only("version", "received_at")
    found = [Change(case.reference, case.version, latest[case.pk]) for case in cases]
    return sorted(found, key=lambda change: change.seq)
