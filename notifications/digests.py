"""A finished change of calendar, rules or units, told once to each person whose letters it moved: one line, one mail.

Made from the log when the change is done; the chore makes up for a signal that a crash swallowed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils import timezone

from feedback.models import Case, CaseEvent, Change, User
from feedback.workflow import Role
from notifications import report_news
from notifications.audiences import Staff
from notifications.messages import Text, office, render
from notifications.models import Delivery, Digest
from notifications.rules import BOTH, Audience

MISSED_WITHIN = timedelta(days=7)  # a digest later than that is no news
_MOVES = ("redate", "succeed")
Told = dict[int, tuple[Audience, int]]  # user → in which capacity, how many cases


def on_finished(change_id: int, **_: Any) -> None:
    """Listens to `change_finished`."""
    change = Change.objects.get(pk=change_id)
    tell(change, at=change.finished_at or timezone.now())


def tell_finished(at: datetime) -> int:
    """Digests of finished changes that have none yet; returns how many people are told."""
    missed = Change.objects.filter(state=Change.State.DONE, finished_at__gt=at - MISSED_WITHIN, digests=None)
    return sum(tell(change, at=at) for change in missed.order_by("pk"))


def tell(change: Change, *, at: datetime) -> int:
    """Queue one inbox line and one mail for each person concerned. Repeating it adds nothing."""
    rows = [
        Digest(change=change, user_id=user, audience=str(audience), cases=cases)
        for user, (audience, cases) in _told(change, at).items()
    ]
    with transaction.atomic():
        Digest.objects.bulk_create(rows, ignore_conflicts=True)
        Delivery.objects.bulk_create(
            (
                Delivery(
                    digest=one, user_id=one.user_id, audience=one.audience, channel=channel, next_try_at=at
                )
                for one in Digest.objects.filter(change=change)
                for channel in BOTH
            ),
            ignore_conflicts=True,
        )
    return len(rows)


def _told(change: Change, at: datetime) -> Told:
    """Everybody once, in the widest capacity: managers for all that moved, leaders for their units, handlers for
    theirs. Managers hear of a change that moved nothing, too: that it is done."""
    staff, moved = Staff(timezone.localtime(at).date()), _moved(change)
    held = moved.filter(handler__is_active=True).order_by().values("handler").annotate(number=Count("pk"))
    told: Told = {row["handler"]: (Audience.HANDLER, row["number"]) for row in held}
    for user in _distinct(staff.everybody(Role.LEADER)):
        number = _seen(moved, user).filter(unit__in=user.scope().leads).count()
        if number:
            told[user.pk] = Audience.LEADERS, number
    for user in _distinct(staff.everybody(Role.MANAGER)):
        told[user.pk] = Audience.MANAGERS, _seen(moved, user).count()
    return told


def _moved(change: Change) -> QuerySet[Case]:
    """The cases whose date or unit this change moved, as the log has it."""
    events = CaseEvent.objects.filter(
        case__in=change.lines.values("case"), verb__in=_MOVES, internal__change=change.pk
    )
    return Case.objects.filter(pk__in=events.values("case"))


def _seen(moved: QuerySet[Case], user: User) -> QuerySet[Case]:
    return moved.filter(pk__in=Case.objects.visible_to(user).values("pk"))


def _distinct(users: Iterable[User]) -> list[User]:
    return list({user.pk: user for user in users}.values())


def tells(events: Iterable[CaseEvent]) -> set[int]:
    """Assignments that came with a change still under way: its digest tells them, not one mail for each letter."""
    wanted = {e.pk: e.internal["change"] for e in events if e.verb == "assign" and "change" in e.internal}
    if not wanted:
        return set()
    changes = Change.objects.in_bulk(wanted.values())
    ends = {change.pk: change.finished_at for change in changes.values()}
    return {e.pk for e in events if e.pk in wanted and not _after(e.at, ends.get(wanted[e.pk]))}


def _after(moment: datetime, end: datetime | None) -> bool:
    return end is not None and moment > end


# --- words ---------------------------------------------------------------------------------------
def compose(digest: Digest, *, language: str) -> Text:
    """Subject and plain text for its reader."""
    if digest.report is not None:
        return report_news.compose(digest.report, language)
    change = digest.change
    assert change is not None  # noqa: S101 - the database sees to it: one or the other
    facts = {
        **office(language),
        "target": change.target,
        "note": change.note,
        "cases": digest.cases,
        "mine": digest.audience == Audience.HANDLER,
        "unit": digest.audience == Audience.LEADERS,
        "failed": change.failed if digest.audience == Audience.MANAGERS else 0,
        "link": settings.SITE_URL + link(digest),
    }
    return render(f"digest/{change.what}", facts, language)


def headline(digest: Digest, language: str) -> str:
    """The subject alone: what the inbox shows."""
    return compose(digest, language=language).subject


def link(digest: Digest) -> str:
    """To the report; of a change, managers go to the change, everybody else to their letters."""
    if digest.report is not None:
        return report_news.link(digest.report)
    if digest.audience == Audience.MANAGERS:
        return reverse("desk_change", args=[digest.change_id])
    return reverse("desk")
