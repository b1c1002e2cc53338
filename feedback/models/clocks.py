"""From events to clocks: a fold of the log into facts, then the pure function of `feedback.deadlines`. Reading only.

`feedback.actions.clocks` writes what is found here into the cache columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from feedback import deadlines, workflow
from feedback.models.cases import OFFICE_TIME, Case
from feedback.models.catalogue_cache import catalogue
from feedback.models.events import CaseEvent

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

    @property
    def ended(self) -> datetime | None:
        """The first end other than by an answer; a case merged by mistake may be opened again and end once more."""
        return _first(self.ends)

    def extensions_under(
        self, rule: deadlines.Rule, start: datetime, number: int
    ) -> tuple[deadlines.Extension, ...]:
        """Those granted in this round that the rule knows: after a change of kind an extension in the other unit, or
        longer than the new rule allows, means nothing. One granted before the start counts from the start."""
        bounds = [None, *self.reopened, None]
        begin, end = bounds[number - 1], bounds[number]
        return tuple(
            replace(one, at=max(one.at, start))
            for one in self.extensions
            if (begin is None or one.at >= begin)
            and (end is None or one.at < end)
            and one.unit == rule.unit
            and one.value <= (rule.extend_to or 0)
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
    if facts.pauses and facts.pauses[-1].end is None and event.verb in {"answer_info", *_ENDS}:
        facts.pauses[-1] = deadlines.Pause(facts.pauses[-1].start, event.at)
    if event.verb in _RESPONSES:
        facts.responded = facts.responded or event.at


def _extension(event: CaseEvent) -> deadlines.Extension:
    data = event.internal
    return deadlines.Extension(
        at=event.at, value=data.get("value"), unit=data.get("unit"), reason="", approver=str(event.actor_id)
    )


def build(case: Case, facts: Facts) -> dict[str, deadlines.Clock]:
    """Every clock that runs or ran on this case, by name."""
    book, kind = catalogue(), case.kind_id or DEFAULT_KIND
    clocks: dict[str, deadlines.Clock] = {}

    def add(
        name: str,
        clock: str,
        start: datetime,
        stopped: datetime | None,
        *,
        pauses: bool = False,
        event: str = "",
    ) -> None:
        rule = deadlines.choose_rule(
            book.rules, kind=kind, clock=clock, on=start.astimezone(OFFICE_TIME).date()
        )
        if rule is not None:
            clocks[name] = deadlines.Clock(
                rule=rule,
                calendar=book.calendar,
                start=start,
                pauses=tuple(facts.pauses) if pauses else (),
                extensions=tuple(facts.extensions) if pauses else (),
                stopped_at=stopped,
                start_event=event,
            )

    add("acknowledge", "acknowledge", facts.received, facts.responded or facts.ended)
    add("accept", "accept", facts.received, facts.accepted or _first(facts.answers) or facts.ended)
    if case.transferred_to_id or (case.unit_id and book.units[case.unit_id].external):
        add("transfer", "transfer", facts.received, facts.transferred or facts.ended)
    start, event = _reply_start(book.rules, kind, facts, clocks)
    add("reply", "reply", start, _first(facts.answers) or facts.ended, pauses=True, event=event)
    add("red_line", "red_line", facts.received, _first(facts.answers) or facts.ended)
    for number, when in enumerate(facts.reopened, start=2):
        done = next((a for a in facts.answers if a > when), facts.ended)
        add(f"reply-{number}", "reply", when, done, pauses=True, event="reopened")
    return clocks


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
    """The clocks from the log as stored (plus events about to be stored)."""
    old = [] if new_events and new_events[0].seq == 1 else list(_relevant(case, new_events))
    return build(case, gather(case.received_at, [*old, *new_events]))


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
