"""From events to clocks: a fold of the log into facts, then the pure function of `feedback.deadlines`. Reading only.

`feedback.actions.clocks` writes what is found here into the cache columns.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from feedback import deadlines, workflow
from feedback.calendar import BeyondHorizon
from feedback.models.cases import OFFICE_TIME, Case
from feedback.models.catalogue_cache import catalogue
from feedback.models.events import CaseEvent

log = logging.getLogger(__name__)

DEFAULT_KIND = "PHAN_ANH"  # until somebody knows better, the ordinary duty of NĐ 20/2008 applies
_RESPONSES = frozenset({"accept", "ask_citizen", "transfer", "reject", "approve_reply"})
_ENDS = frozenset({"transfer", "reject", "withdraw", "merge"})


@dataclass
class Facts:
    """What the clocks need to know of a case's history."""

    received: datetime
    accepted: datetime | None = None
    responded: datetime | None = None
    transferred: datetime | None = None
    ends: list[datetime] = field(default_factory=list)
    answers: list[datetime] = field(default_factory=list)
    reopened: list[datetime] = field(default_factory=list)
    pauses: list[deadlines.Pause] = field(default_factory=list)
    extensions: list[deadlines.Extension] = field(default_factory=list)

    def done(self, since: datetime | None = None) -> datetime | None:
        """The answer or other end of the round that began at `since` (None: the first). A case merged by mistake may
        be opened again: that round must not be stopped by the merge of before."""
        return min((m for m in (*self.answers, *self.ends) if since is None or m > since), default=None)

    def extensions_of(
        self, rule: deadlines.Rule, start: datetime, since: datetime | None
    ) -> tuple[deadlines.Extension, ...]:
        """Those granted in the round that began at `since`, as far as `rule` knows them: after a change of kind one
        in the other unit, or longer than the new rule allows, means nothing. Granted before `start`: from `start`."""
        until = next((moment for moment in self.reopened if since is None or moment > since), None)
        return tuple(
            replace(one, at=max(one.at, start))
            for one in self.extensions
            if (since is None or one.at >= since) and (until is None or one.at < until)
            if one.unit == rule.unit and one.value <= (rule.extend_to or 0)
        )


def gather(received: datetime, events: Iterable[CaseEvent]) -> Facts:
    """Fold the log, oldest first, into Facts."""
    facts = Facts(received)
    for event in events:
        if event.verb == "accept":
            facts.accepted = facts.accepted or event.at
        elif event.verb == "ask_citizen":
            facts.pauses.append(deadlines.Pause(event.at, None))
        elif event.verb == "approve_reply":
            facts.answers.append(event.at)
        elif event.verb == "reopen":
            facts.reopened.append(event.at)
        elif event.verb == "approve_extension":
            facts.extensions.append(_extension(event))
        elif event.verb == "transfer":
            facts.transferred = event.at
        _note_ends(facts, event)
    return facts


def _note_ends(facts: Facts, event: CaseEvent) -> None:
    """What several verbs do alike: end the case, end a pause, be the first sign of life."""
    if event.verb in _ENDS:
        facts.ends.append(event.at)
    if event.verb == "unmerge" and facts.ends:
        facts.ends.pop()  # as if it had never been merged: the citizen's clock ran on all the time
    if facts.pauses and facts.pauses[-1].end is None and event.verb in {"answer_info", *_ENDS}:
        facts.pauses[-1] = deadlines.Pause(facts.pauses[-1].start, event.at)
    if event.verb in _RESPONSES:
        facts.responded = facts.responded or event.at


def _extension(event: CaseEvent) -> deadlines.Extension:
    data = event.internal
    return deadlines.Extension(
        at=event.at, value=data.get("value"), unit=data.get("unit"), reason="", approver=str(event.actor_id)
    )


def build(case: Case, facts: Facts, *, forgiving: bool = False) -> dict[str, deadlines.Clock]:
    """Every clock that runs or ran on this case, by name.

    Raises BeyondHorizon for a date beyond the calendar; `forgiving` leaves that clock out instead.
    """
    book, kind = catalogue(), case.kind_id or DEFAULT_KIND
    clocks: dict[str, deadlines.Clock] = {}

    def add(
        name: str,
        clock: str,
        start: datetime,
        stopped: datetime | None,
        *,
        reply: bool = False,
        event: str = "",
        since: datetime | None = None,
    ) -> None:
        rule = deadlines.choose_rule(
            book.rules, kind=kind, clock=clock, on=start.astimezone(OFFICE_TIME).date()
        )
        if rule is None:
            return
        found = deadlines.Clock(
            rule=rule,
            calendar=book.calendar,
            start=start,
            pauses=tuple(facts.pauses) if reply else (),
            extensions=facts.extensions_of(rule, start, since) if reply else (),
            stopped_at=stopped,
            start_event=event,
        )
        if not forgiving or _within_the_calendar(found, case):
            clocks[name] = found

    add("acknowledge", "acknowledge", facts.received, facts.responded or facts.done())
    add("accept", "accept", facts.received, facts.accepted or facts.done())
    if case.transferred_to_id or (case.proposed_agency_id and not facts.accepted):
        add("transfer", "transfer", facts.received, facts.transferred or facts.done())
    start, event = _reply_start(book.rules, kind, facts, clocks)
    add("reply", "reply", start, facts.done(), reply=True, event=event)
    add("red_line", "red_line", facts.received, facts.done())
    for number, when in enumerate(facts.reopened, start=2):
        add(f"reply-{number}", "reply", when, facts.done(when), reply=True, event="reopened", since=when)
    return clocks


def _within_the_calendar(clock: deadlines.Clock, case: Case) -> bool:
    """False, and said in the log, when the date lies beyond the calendar: no letter is lost for want of a date."""
    try:
        deadlines.due(clock), deadlines.original_due(clock)
    except BeyondHorizon:
        log.error("the calendar is too short for %s of case %s: add years", clock.rule.clock, case.pk)
        return False
    return True


def _reply_start(
    rules: Sequence[deadlines.Rule], kind: str, facts: Facts, clocks: dict[str, deadlines.Clock]
) -> tuple[datetime, str]:
    """(start, what it is). A rule that runs from acceptance runs, until then, from the last moment acceptance may
    take: the date promised to the citizen can then only move closer (ADR 9)."""
    on = facts.received.astimezone(OFFICE_TIME).date()
    rule = deadlines.choose_rule(rules, kind=kind, clock="reply", on=on)
    if rule is None or rule.start != "accepted":
        return facts.received, ""
    if facts.accepted:
        return facts.accepted, ""
    latest = deadlines.due(clocks["accept"]) if "accept" in clocks else facts.received
    return min(latest, _first(facts.answers) or latest), "latest_acceptance"


def _first(moments: list[datetime]) -> datetime | None:
    return moments[0] if moments else None


def clocks_of(case: Case, new_events: Sequence[CaseEvent] = ()) -> dict[str, deadlines.Clock]:
    """The clocks from the log as stored (plus events about to be stored); without a calendar, none."""
    if catalogue().calendar_row is None:
        log.error("no calendar is loaded: case %s runs without clocks", case.pk)
        return {}
    old = [] if new_events and new_events[0].seq == 1 else list(_relevant(case, new_events))
    return build(case, gather(case.received_at, [*old, *new_events]), forgiving=True)


def _relevant(case: Case, new_events: Sequence[CaseEvent]) -> Iterable[CaseEvent]:
    verbs = {row.verb for row in workflow.TRANSITIONS if row.clock != workflow.Clock.NONE} - {
        "classify",
        "submit",
    }
    known = [event.pk for event in new_events if event.pk]
    return case.events.filter(verb__in=verbs).exclude(pk__in=known).order_by("seq")


def main_clock(clocks: dict[str, deadlines.Clock]) -> deadlines.Clock | None:
    """The clock a person means by "the deadline": the latest round of the reply, else whatever there is."""
    replies = [clock for name, clock in clocks.items() if name.startswith("reply")]
    return replies[-1] if replies else next(iter(clocks.values()), None)
