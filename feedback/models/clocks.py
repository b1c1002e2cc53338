"""From events to clocks: a fold of the log into facts, then the pure function of `feedback.deadlines`. Reading only.

`feedback.actions.clocks` writes what is found here into the cache columns.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from feedback import deadlines, workflow
from feedback.calendar import BeyondHorizon
from feedback.models.cases import OFFICE_TIME, Case
from feedback.models.catalogue_cache import Catalogue, catalogue
from feedback.models.events import CaseEvent
from feedback.querysets import GUARDED_KINDS

log = logging.getLogger(__name__)

DEFAULT_KIND = "PHAN_ANH"  # until somebody knows better, the ordinary duty of NĐ 20/2008 applies
_RESPONSES = frozenset({"accept", "ask_citizen", "transfer", "reject", "approve_reply"})
_ENDS = frozenset({"transfer", "reject", "withdraw", "merge"})
_PAUSES = frozenset({"ask_citizen", "suspend"})
# By these a case comes to a unit: until it is accepted it follows to the calendar that unit works by.
SORTS = frozenset({"classify", "route", "assign", "unassignable"})
_CLOCK_VERBS = (
    frozenset({row.verb for row in workflow.TRANSITIONS if row.clock != workflow.Clock.NONE}) | SORTS
)
_RESUMES = frozenset({"answer_info", "resume"})

# What does a step. One that ended otherwise (the letter was withdrawn, merged, passed on) is neither on time nor
# late: nobody owed it any more. A refusal with its reason is an answer. Acceptance ends the red line of khiếu nại and
# tố cáo only: from then on the time limits of their own laws stand in its place.
_ANSWERS = frozenset({"approve_reply", "reject"})
_DECISIONS = frozenset({"accept", "transfer", "reject"})
DONE_BY: dict[str, frozenset[str]] = {
    "acknowledge": _DECISIONS | _ANSWERS | {"ask_citizen"},
    "accept": _DECISIONS,
    "transfer": frozenset({"transfer"}),
    "reply": _ANSWERS,
    "red_line": _ANSWERS | {"transfer", "accept"},
}


@dataclass(frozen=True)
class World:
    """By which versions a clock is computed. Empty: by those in force (a letter that exists only in a question)."""

    calendar: str = ""
    rules: str = ""

    def as_dict(self) -> dict[str, str]:
        return {"calendar": self.calendar, "rules": self.rules}


def world_in_force(case: Case) -> World:
    """The versions a case that starts now is computed by: those of the unit that holds it."""
    book = catalogue()
    return World(book.calendar_version_for(case.unit_id), book.rules_in_force or "")


class Stop(NamedTuple):
    """What answers or ends a clock: the verb, and how much the log held by then (its order counts, not the clocks of
    two machines)."""

    at: datetime
    verb: str
    worlds: int  # how many of `Facts.worlds` were recorded before
    round: int  # 0: the letter itself; 1, 2 …: after it was opened again so many times


class Grant(NamedTuple):
    """An extension, the clock it is for, the round it was granted in, and how many worlds the log held by then."""

    clock: str
    round: int
    worlds: int
    extension: deadlines.Extension


@dataclass
class Facts:
    """What the clocks need to know of a case's history."""

    received: datetime
    worlds: list[tuple[datetime, World]] = field(default_factory=list)
    accepted: Stop | None = None
    responded: Stop | None = None
    transferred: Stop | None = None
    rounds: list[list[Stop]] = field(default_factory=lambda: [[]])  # the answers and other ends of each round
    reopened: list[datetime] = field(default_factory=list)
    pauses: list[deadlines.Pause] = field(default_factory=list)
    extensions: list[Grant] = field(default_factory=list)

    def world(self, until: Stop | Grant | None = None) -> World:
        """The versions recorded last, or last before a clock stopped: what is decided keeps the rules of then."""
        known = self.worlds[: until.worlds] if until else self.worlds
        known = known or self.worlds[:1]
        return known[-1][1] if known else World()

    def done(self, number: int = 0) -> Stop | None:
        """The answer or other end of a round. A case merged by mistake may be opened again: that round must not be
        stopped by the merge of before."""
        return next(iter(self.rounds[number]), None)

    def extensions_of(
        self, rule: deadlines.Rule, start: datetime, stopped: Stop | None, number: int
    ) -> tuple[deadlines.Extension, ...]:
        """Those granted in a round, as far as `rule` knows them: after a change of kind or of the rules one in the
        other unit, or no longer than the new rule grants anyway, means nothing, and a longer one reaches to what it
        allows. Granted before `start`: from `start`. That it came in time was decided under the versions of then."""
        longest = rule.extend_to or 0
        return tuple(
            replace(
                grant.extension,
                at=max(grant.extension.at, start),
                value=min(grant.extension.value, longest),
                in_time=self.world(grant) != self.world(stopped),
            )
            for grant in self.extensions
            if (grant.clock, grant.round) == (rule.clock, number)
            if grant.extension.unit == rule.unit and rule.value < min(grant.extension.value, longest)
        )


def gather(received: datetime, events: Iterable[CaseEvent]) -> Facts:
    """Fold the log, oldest first, into Facts."""
    facts = Facts(received)
    for event in events:
        _note_world(facts, event)
        _note_stop(facts, event)
        if event.verb in _PAUSES:
            facts.pauses.append(deadlines.Pause(event.at, None))
        elif facts.pauses and facts.pauses[-1].end is None and event.verb in _RESUMES | _ENDS:
            facts.pauses[-1] = deadlines.Pause(facts.pauses[-1].start, event.at)
        elif event.verb == "reopen":
            facts.reopened.append(event.at)
            facts.rounds.append([])
        elif event.verb == "approve_extension":
            clock = event.internal.get("clock", "reply")
            number, worlds = len(facts.reopened), len(facts.worlds)
            facts.extensions.append(Grant(clock, number, worlds, _extension(event)))
    return facts


def _note_world(facts: Facts, event: CaseEvent) -> None:
    if "calendar" in event.internal or "rules" in event.internal:
        if (
            not facts.worlds and "world_before" in event.internal
        ):  # the first record of a case older than the records
            facts.worlds.append((facts.received, World(**event.internal["world_before"])))
        held = facts.world()
        calendar, rules = (
            event.internal.get("calendar", held.calendar),
            event.internal.get("rules", held.rules),
        )
        facts.worlds.append((event.at, World(calendar, rules)))


def _note_stop(facts: Facts, event: CaseEvent) -> None:
    """What several verbs do alike: be the first sign of life, accept, answer or end the case."""
    stop = Stop(event.at, event.verb, len(facts.worlds), len(facts.reopened))
    if event.verb in _RESPONSES:
        facts.responded = facts.responded or stop
    if event.verb == "accept":
        facts.accepted = facts.accepted or stop
    elif event.verb == "transfer":
        facts.transferred = stop
    if event.verb in _ENDS | {"approve_reply"}:
        facts.rounds[-1].append(stop)
    elif event.verb == "unmerge" and facts.rounds[-1]:
        facts.rounds[-1].pop()  # as if it had never been merged: the citizen's clock ran on all the time


def _extension(event: CaseEvent) -> deadlines.Extension:
    data = event.internal
    return deadlines.Extension(
        at=event.at, value=data.get("value"), unit=data.get("unit"), reason="", approver=str(event.actor_id)
    )


def build(
    case: Case, facts: Facts, *, forgiving: bool = False, book: Catalogue | None = None
) -> dict[str, deadlines.Clock]:
    """Every clock that runs or ran on this case, by name; by another catalogue than this office's with `book`.

    Raises BeyondHorizon for a date beyond the calendar; `forgiving` leaves that clock out instead.
    """
    book = book or catalogue()
    clocks: dict[str, deadlines.Clock] = {}

    def add(
        name: str,
        clock: str,
        start: datetime,
        stopped: Stop | None,
        *,
        pauses: bool = False,
        event: str = "",
        number: int = 0,
    ) -> None:
        world = facts.world(stopped)
        rule = _rule(book.rules_of(world.rules), case, facts, clock, start)
        if rule is None:
            return
        found = deadlines.Clock(
            rule=rule,
            calendar=book.calendar_of(world.calendar),
            start=start,
            pauses=tuple(facts.pauses) if pauses else (),
            extensions=facts.extensions_of(rule, start, stopped, number),
            stopped_at=stopped.at if stopped else None,
            stop_event=stopped.verb if stopped else "",
            start_event=event,
            rules_version=world.rules,
        )
        if not forgiving or _within_the_calendar(found, case):
            clocks[name] = found

    add("acknowledge", "acknowledge", facts.received, facts.responded or facts.done())
    add("accept", "accept", facts.received, facts.accepted or facts.done(), pauses=True)
    if case.transferred_to_id or (case.proposed_agency_id and not facts.accepted):
        # Found out only in the second round: the days run from the request that opened it, not from the first letter.
        number = facts.transferred.round if facts.transferred else 0
        came = facts.reopened[number - 1] if number else facts.received
        add("transfer", "transfer", came, facts.transferred or facts.done())
    start, event = _reply_start(book.rules_of(facts.world(facts.done()).rules), case, facts, clocks)
    add("reply", "reply", start, facts.done(), pauses=True, event=event)
    # Left lying "without good reason" is what the law punishes: waiting for the citizen, or suspended by a decision
    # that names its reason, is a good one; and once accepted a khiếu nại or tố cáo has the limits of its own law.
    taken_on = facts.accepted if case.kind_id in GUARDED_KINDS else None
    add("red_line", "red_line", facts.received, taken_on or facts.done(), pauses=True)
    for number, when in enumerate(facts.reopened, start=1):
        stop = facts.done(number)
        add(f"reply-{number + 1}", "reply", when, stop, pauses=True, event="reopened", number=number)
    return clocks


def _within_the_calendar(clock: deadlines.Clock, case: Case) -> bool:
    """False, and said in the log, when the date lies beyond the calendar: no letter is lost for want of a date."""
    try:
        deadlines.due(clock), deadlines.original_due(clock)
    except BeyondHorizon:
        log.error("the calendar is too short for %s of case %s: add years", clock.rule.clock, case.pk)
        return False
    return True


def _rule(
    rules: Sequence[deadlines.Rule], case: Case, facts: Facts, clock: str, start: datetime
) -> deadlines.Rule | None:
    return deadlines.choose_rule(
        rules,
        kind=case.kind_id or DEFAULT_KIND,
        clock=clock,
        on=start.astimezone(OFFICE_TIME).date(),
        received_on=facts.received.astimezone(OFFICE_TIME).date(),
        instance=case.instance,
        remote=case.remote,
    )


def _reply_start(
    rules: Sequence[deadlines.Rule], case: Case, facts: Facts, clocks: dict[str, deadlines.Clock]
) -> tuple[datetime, str]:
    """(start, what it is). A rule that runs from acceptance runs, until then, from the last moment acceptance may
    take: the date promised to the citizen can then only move closer (ADR 9)."""
    rule = _rule(rules, case, facts, "reply", facts.received)
    if rule is None or rule.start != "accepted":
        return facts.received, ""
    if facts.accepted:
        return facts.accepted.at, ""
    latest = deadlines.due(clocks["accept"]) if "accept" in clocks else facts.received
    done = facts.done()
    return (min(latest, done.at) if done and done.verb == "approve_reply" else latest), "latest_acceptance"


def clocks_of(case: Case, new_events: Sequence[CaseEvent] = ()) -> dict[str, deadlines.Clock]:
    """The clocks from the log as stored (plus events about to be stored); without a calendar, none."""
    if not catalogue().calendars_in_force:
        log.error("no calendar is loaded: case %s runs without clocks", case.pk)
        return {}
    old = [] if new_events and new_events[0].seq == 1 else list(_relevant(case, new_events))
    return build(case, known_facts(case, [*old, *new_events]), forgiving=True)


def known_facts(case: Case, events: Iterable[CaseEvent]) -> Facts:
    """The facts of a stored case. One from before versions were recorded goes by the columns the migration filled."""
    facts = gather(case.received_at, events)
    if not facts.worlds and (case.calendar_version or case.rules_version):
        facts.worlds.append((facts.received, World(case.calendar_version, case.rules_version)))
    return facts


def step_of(name: str) -> str:
    """The step a clock measures: "reply-2", the second round, is a reply too."""
    return name.partition("-")[0]


def clock_verbs() -> frozenset[str]:
    """The verbs whose events the clocks are folded from."""
    return _CLOCK_VERBS


def _relevant(case: Case, new_events: Sequence[CaseEvent]) -> Iterable[CaseEvent]:
    known = [event.pk for event in new_events if event.pk]
    return case.events.filter(verb__in=_CLOCK_VERBS).exclude(pk__in=known).order_by("seq")


def main_clock(clocks: dict[str, deadlines.Clock]) -> deadlines.Clock | None:
    """The clock a person means by "the deadline": the latest round of the reply, else whatever there is."""
    replies = [clock for name, clock in clocks.items() if name.startswith("reply")]
    return replies[-1] if replies else next(iter(clocks.values()), None)
