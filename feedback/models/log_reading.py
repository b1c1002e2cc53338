"""Reading the log forwards without missing an event whose transaction was still in flight. Reading only.

Ids are given out before a transaction commits, so that on PostgreSQL event 12 may be seen before event 11. A missing id
is kept in mind for GAP_LIFE; after that it is taken for rolled back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from feedback.models.events import CaseEvent

GAP_LIFE = 600  # seconds; no transaction of ours lasts that long
GAP_LIMIT = 1000  # ids; a greater jump is a restored database, not a transaction in flight

Gaps = list[list[int]]


def unread(
    event_id: int, gaps: Sequence[Sequence[int]], *, at: datetime, most: int
) -> tuple[list[tuple[int, int]], Gaps]:
    """((event, case) beyond `event_id` and in the gaps, at most `most`; the gaps that remain)."""
    now = int(at.timestamp())
    alive = [[pk, seen] for pk, seen in gaps if now - seen < GAP_LIFE]
    wanted = Q(pk__gt=event_id) | Q(pk__in=[pk for pk, _ in alive])
    rows = CaseEvent.objects.filter(wanted).order_by("pk").values_list("pk", "case_id")[:most]
    found = list(rows)
    known = {pk for pk, _ in found}
    newest = max(known, default=0)
    skipped = range(max(event_id + 1, newest - GAP_LIMIT), newest)
    left = [gap for gap in alive if gap[0] not in known]
    return found, (left + [[pk, now] for pk in skipped if pk not in known])[-GAP_LIMIT:]


def end_of_log(*, at: datetime) -> tuple[int, Gaps]:
    """(the newest event, the gaps before it): where a reader stands who has read everything."""
    known = set(CaseEvent.objects.order_by("-pk").values_list("pk", flat=True)[:GAP_LIMIT])
    newest, now = max(known, default=0), int(at.timestamp())
    return newest, [[pk, now] for pk in range(max(1, newest - GAP_LIMIT + 1), newest) if pk not in known]
