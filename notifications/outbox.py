"""The outbox: the event log is read into delivery rows, rows are leased, sent and marked, each step on its own.

No step shares a transaction with a case. An event is never missed, because rows are made from the log itself and not
from the signal; nobody is told twice, because a row is unique per event, recipient and channel. What a crash can do:
between "sent" and "marked" the lease runs out and one message is sent a second time, under the same Message-ID.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from feedback.models import CaseEvent
from notifications import account_news, digests, messages
from notifications.audiences import Staff, news_to_the_citizen, people, who_may_see
from notifications.channels import CHANNELS, Channel, ChannelError, Message
from notifications.models import Delivery, InboxItem, LogCursor
from notifications.rules import Audience, Rule, rule_for, rules_for

log = logging.getLogger(__name__)

PLAN_BATCH = 200  # events read at once
GAP_LIFE = (
    600  # seconds after which a missing id is taken for rolled back; no transaction of ours lasts that long
)
GAP_LIMIT = 1000  # ids; a greater jump is a restored database, not a transaction in flight

BATCH = 20  # rows leased at once
LEASE = timedelta(seconds=60)
SEND_WITHIN = 30.0  # seconds of a lease in which sending may begin; a mail server may take 20 more to answer
MAX_ATTEMPTS = 8
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)  # 8 attempts last some 18 hours: a mail server may be down for a night
OLD_NEWS = timedelta(days=7)  # a mail about what happened longer ago would frighten more than inform

S = Delivery.State


def never() -> bool:
    return False


# --- Reading the log -------------------------------------------------------------------------------
def read_log(*, at: datetime) -> int:
    """Make delivery rows of every event not read yet; returns the number of events. Safe to run twice at once."""
    total = 0
    while True:
        cursor, _ = LogCursor.objects.get_or_create(name="outbox")
        events, gaps = _next_events(cursor, at)
        if not events and gaps == cursor.gaps:
            return total
        plan(events, at=at)
        newest = max([cursor.event_id, *(event.pk for event in events)])
        # Compare-and-swap: if another dispatcher was faster, its position stands; the rows are unique anyway.
        LogCursor.objects.filter(pk=cursor.pk, version=cursor.version).update(
            event_id=newest, gaps=gaps[-GAP_LIMIT:], version=cursor.version + 1
        )
        total += len(events)


def _next_events(cursor: LogCursor, at: datetime) -> tuple[list[CaseEvent], list[list[int]]]:
    """Events beyond the cursor and in its gaps, and the gaps that remain."""
    now = int(at.timestamp())
    alive = [[pk, seen] for pk, seen in cursor.gaps if now - seen < GAP_LIFE]
    wanted = Q(pk__gt=cursor.event_id) | Q(pk__in=[pk for pk, _ in alive])
    events = list(
        CaseEvent.objects.filter(wanted)
        .select_related("case__handler", "case__split_from")
        .order_by("pk")[:PLAN_BATCH]
    )
    found = {event.pk for event in events}
    newest = max(found, default=0)
    skipped = range(max(cursor.event_id + 1, newest - GAP_LIMIT), newest)
    gaps = [gap for gap in alive if gap[0] not in found]
    return events, gaps + [[pk, now] for pk in skipped if pk not in found]


def plan(events: Sequence[CaseEvent], *, at: datetime) -> int:
    """Write the delivery rows of these events; rows that exist stay as they are. Returns how many were offered."""
    staff = Staff(timezone.localtime(at).date())
    told_in_digest = digests.tells(events)
    rows = [row for event in events if event.pk not in told_in_digest for row in _rows(event, staff, at)]
    visible = who_may_see((row.user, _case(row)) for row in rows if row.user is not None)
    rows = [row for row in rows if row.user is None or (row.user.pk, _case(row)) in visible]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    _acted_is_read(events, at)
    return len(rows)


def _case(row: Delivery) -> int:
    assert row.event is not None  # noqa: S101 - rows made from the log are about an event
    return row.event.case_id


def _rows(event: CaseEvent, staff: Staff, at: datetime) -> list[Delivery]:
    rows: dict[tuple[int | None, str], Delivery] = {}
    for rule in rules_for(event.verb):
        if rule.audience == Audience.CITIZEN and not news_to_the_citizen(event):
            continue
        users = [None] if rule.audience == Audience.CITIZEN else people(rule.audience, event, staff)
        for user in users:
            if user is not None and user.pk == event.actor_id:
                continue  # nobody is told what they did themselves
            for channel in rule.channels:
                row = Delivery(event=event, user=user, channel=channel, next_try_at=at)
                row.audience, row.urgency = str(rule.audience), int(rule.urgency)
                if channel != "inbox" and at - event.at > OLD_NEWS:
                    row.state, row.error = S.SKIPPED, "old_news"
                rows.setdefault((user.pk if user else None, channel), row)
    return list(rows.values())


def _acted_is_read(events: Sequence[CaseEvent], at: datetime) -> None:
    """Whoever acts on a case has seen what was told about it before."""
    latest = {(e.case_id, e.actor_id): e.seq for e in events if e.actor_id is not None}
    unread = InboxItem.objects.filter(
        read_at=None, event__case__in={case for case, _ in latest}, user__in={actor for _, actor in latest}
    ).values_list("pk", "user", "event__case", "event__seq")
    seen = [pk for pk, user, case, seq in unread if seq < latest.get((case, user), 0)]
    if seen:
        InboxItem.objects.filter(pk__in=seen).update(read_at=at)


# --- Sending -----------------------------------------------------------------------------------------
def dispatch(*, at: datetime, stop: Callable[[], bool] = never) -> int:
    """Send what is due until nothing is, or `stop()` says so. Returns how many rows were sent."""
    sent = 0
    began = time.monotonic()
    down: dict[str, str] = {}  # channels that did not answer: asked once per call, not once per message
    while not stop():
        now = at + timedelta(seconds=time.monotonic() - began)
        rows = claim(at=now)
        if not rows:
            break
        sent += _send_batch(rows, now, stop, down)
    return sent


def _due(at: datetime) -> Q:
    return Q(state__in=(S.QUEUED, S.FAILED), next_try_at__lte=at) | Q(state=S.LEASED, lease_until__lte=at)


def claim(*, at: datetime, limit: int = BATCH) -> list[Delivery]:
    """Lease due rows. PostgreSQL skips rows another dispatcher holds; on SQLite there is one writer at a time.

    `attempts` counts up here: it is the ticket with which the row is marked later, so a dispatcher that was too slow
    cannot overwrite what its successor did.
    """
    if not Delivery.objects.filter(_due(at)).exists():  # outside a transaction: an idle office writes nothing
        return []
    with transaction.atomic():
        due = Delivery.objects.filter(_due(at)).order_by("-urgency", "next_try_at", "pk")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        rows = list(due[:limit])
        for row in rows:
            row.lease_until, row.attempts, row.state = at + LEASE, row.attempts + 1, S.LEASED
            if row.attempts > MAX_ATTEMPTS:  # its dispatcher died over it eight times
                row.state, row.error, row.lease_until = S.DEAD, "crashed", None
        Delivery.objects.bulk_update(rows, ["lease_until", "attempts", "state", "error"])
    return _with_facts([row.pk for row in rows if row.state == S.LEASED])


def _with_facts(keys: list[int]) -> list[Delivery]:
    found = Delivery.objects.select_related(
        "event__case__split_from",
        "user",
        "digest__change__calendar",
        "digest__change__rules",
        "digest__report",
        "account_event__by",
    ).in_bulk(keys)
    return [found[pk] for pk in keys if pk in found]


def _send_batch(rows: list[Delivery], at: datetime, stop: Callable[[], bool], down: dict[str, str]) -> int:
    """Send leased rows; what cannot be begun in time, or by a channel that is down, goes back to the queue."""
    open_channels: dict[str, Channel] = {}
    began, sent = time.monotonic(), 0
    try:
        for row in rows:
            late = time.monotonic() - began > SEND_WITHIN
            if late or stop():
                _give_back(row, at)
            elif row.channel in down:
                _give_back(row, at + FIRST_RETRY, down[row.channel])
            else:
                sent += _attempt(row, at, open_channels, down)
    finally:
        for channel in open_channels.values():
            channel.close()
    return sent


def _attempt(row: Delivery, at: datetime, opened: dict[str, Channel], down: dict[str, str]) -> bool:
    """One row, one attempt, one mark. Whatever goes wrong is a code on the row, never an exception."""
    try:
        reason = _hand_over(row, at, opened)
    except ChannelError as error:
        if error.down:
            down[row.channel] = error.code
        _failed(row, at, error.code, permanent=error.permanent)
        return False
    except Exception as error:  # a fault in a text or a lookup must not stop the rows behind it
        log.error("delivery %s failed: %s", row.pk, type(error).__name__)
        _failed(row, at, type(error).__name__)
        return False
    if reason:
        _mark(row, state=S.SKIPPED, error=reason)
        return False
    _mark(row, state=S.SENT, error="", sent_at=at)
    return True


def _hand_over(row: Delivery, at: datetime, opened: dict[str, Channel]) -> str:
    """Send it. Returns the code of a reason not to, or "" once it is sent. Raises ChannelError."""
    rule = rule_for(row.event.verb, row.audience) if row.event else None
    if (row.event and rule is None) or row.channel not in CHANNELS:
        return "no_rule"
    to = messages.recipient(row)
    if isinstance(to, str):
        return to
    channel = opened.setdefault(row.channel, CHANNELS[row.channel]())
    if channel.needs_address and not to.address:
        return "no_address"
    text = _text(row, rule, to.language, at) if channel.needs_text else messages.Text("", "")
    channel.send(_message(row, text, to))
    return ""


def _text(row: Delivery, rule: Rule | None, language: str, at: datetime) -> messages.Text:
    if row.event is not None and rule is not None:
        return messages.compose(row.event, rule.template, language=language, at=at)
    if row.account_event is not None:
        return account_news.compose(row.account_event, language=language)
    assert row.digest is not None  # noqa: S101 - the database sees to it: one of the three
    return digests.compose(row.digest, language=language)


def _message(row: Delivery, text: messages.Text, to: messages.Recipient) -> Message:
    return Message(
        key=f"delivery.{row.pk}",
        subject=text.subject,
        body=text.body,
        language=to.language,
        address=to.address,
        user=to.user,
        event_id=row.event_id or 0,
        digest_id=row.digest_id or 0,
    )


def _mark(row: Delivery, **values: object) -> None:
    """Only while the lease is still ours."""
    Delivery.objects.filter(pk=row.pk, state=S.LEASED, attempts=row.attempts).update(
        lease_until=None, **values
    )


def _failed(row: Delivery, at: datetime, code: str, *, permanent: bool = False) -> None:
    if permanent or row.attempts >= MAX_ATTEMPTS:
        log.warning("delivery %s is dead after %s attempts: %s", row.pk, row.attempts, code)
        _mark(row, state=S.DEAD, error=code)
    else:
        _mark(row, state=S.FAILED, error=code, next_try_at=at + backoff(row.attempts))


def _give_back(row: Delivery, next_try_at: datetime, code: str = "") -> None:
    """Not attempted: the attempt does not count."""
    _mark(row, state=S.QUEUED, error=code, next_try_at=next_try_at, attempts=row.attempts - 1)


def backoff(attempts: int) -> timedelta:
    """1, 4, 16 … minutes up to 6 hours, give or take a half, so that a thousand rows do not return together."""
    base = min(FIRST_RETRY * 4 ** (attempts - 1), LONGEST_RETRY)
    return base * random.uniform(0.5, 1.5)  # noqa: S311 - spreading load, not hiding a secret
