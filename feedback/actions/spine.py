"""One verb = one transaction: the case changes, one event is appended, listeners are told after commit.

    with act(case, "accept", by=officer, at=now, seen=version) as work:
        work.case.accepted_at = now

`act` locks the case, asks the workflow table whether this person may do this now, and on leaving the block
moves the status, writes the event with the hash of the one before, and rewrites the clocks if the verb touches them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from feedback import workflow
from feedback.actions import clocks, fitting
from feedback.actions.actor import Actor, as_actor, in_place_of, roles_towards
from feedback.errors import FieldRequired, NotAllowed, OfficeError, StaleVersion, WrongState
from feedback.models import Case, CaseEvent, Message, User, catalogue, fingerprint
from feedback.models.clocks import SORTS, World, world_in_force
from feedback.signals import event_recorded
from feedback.workflow import RESUME, Role, Status, Transition

# Acts that leave the case itself as it was; they must not turn a colleague's open form stale.
_QUIET = frozenset(
    {
        "note",
        "read_identity",
        "due_soon",
        "overdue",
        "escalate",
        "unassignable",
        "waiting",
        "rate",
        "give_opinion",
        "keep_date",
        "pass_question",
    }
)
# Where a case begins, or begins again, it takes the versions of calendar and rules in force (design: idea 3).
_ENTERS = frozenset({"submit", "reopen", "unmerge"})
_HANDS_OUT = frozenset({"assign", "unassignable"})
_MOVES = frozenset(
    {"classify", "route", "set_subject", "succeed"}
)  # by which a case may come to another unit


def storable(text: str) -> str:
    """NUL and lone surrogates cannot be stored by PostgreSQL or sent as UTF-8; everything else stays as typed."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


class Work:
    """The work of one transaction on one locked case: any number of verbs, saved together by `finish`."""

    def __init__(self, case: Case, actor: Actor, at: datetime) -> None:
        self.case, self.actor, self.at = case, actor, at
        self.public: dict[str, Any] = {}
        self.internal: dict[str, Any] = {}
        self.target: Status | None = None  # set it when the table leaves the status open
        self.after: list[Callable[[Work], None]] = []  # follow-up verbs, recorded after the one at hand
        self._events: list[CaseEvent] = []
        self._clock_touched = False

    def say(self, purpose: str, body: str, *, field: str = "text") -> Message:
        """Keep a text on the case and let the event point to it. Raises FieldRequired on an empty one."""
        body = storable(body)
        if not body.strip():
            raise FieldRequired(field)
        author = self.actor.user
        message = Message.objects.create(
            case=self.case, purpose=purpose, author=author, body=body, at=self.at
        )
        where = self.internal if purpose in Message.INTERNAL else self.public
        where |= {"message": message.pk, "sha256": fingerprint(body, message.salt)}
        return message

    def record(self, row: Transition, role: Role) -> CaseEvent:
        """Append the event of `row` and move the status; takes over what was put into public and internal."""
        case, before = self.case, self.case.status if self.case.event_seq else ""
        self._take_versions(row.verb)
        case.status = str(self._next_status(row))
        case.event_seq += 1
        case.version += row.verb not in _QUIET
        event = CaseEvent(
            case=case,
            seq=case.event_seq,
            verb=row.verb,
            at=self.at,
            actor=self.actor.user,
            role=str(role),
            status_from=before,
            status_to=case.status,
            is_public=row.public,
            public=self.public,
            internal=self.internal,
            previous_hash=case.event_head,
        )
        event.hash = case.event_head = event.compute_hash()
        self._events.append(event)
        self._clock_touched |= row.clock != workflow.Clock.NONE
        self.public, self.internal, self.target = {}, {}, None
        return event

    def _take_versions(self, verb: str) -> None:
        """A case begins, or begins again, under the versions in force; until it is accepted it follows its unit to
        the calendar that unit works by."""
        if verb not in _ENTERS | SORTS:
            return
        case, found = self.case, world_in_force(self.case)
        held = World(case.calendar_version, case.rules_version)
        if verb in _ENTERS:
            self.internal |= found.as_dict()
            case.calendar_version, case.rules_version = found.calendar, found.rules
        elif (
            case.accepted_at is None
            and self._own_calendar(found.calendar)
            and not (verb in _HANDS_OUT and self._inherited())
        ):
            self.internal["calendar"] = case.calendar_version = found.calendar
            self._clock_touched = True
        else:
            return
        if verb != "submit":
            self.internal["world_before"] = held.as_dict()  # `classify` keeps its labels under "before"

    def _own_calendar(self, version: str) -> bool:
        """`version` belongs to another line than the case's: not merely a newer edition, which `redate` brings."""
        book = catalogue()
        mine, theirs = book.calendar_row(self.case.calendar_version), book.calendar_row(version)
        return theirs is not None and (mine is None or mine.unit_id != theirs.unit_id)

    def _inherited(self) -> bool:
        """The unit came to the case by succession, which leaves the date as it was; handing it out there moves none."""
        moved = [event.verb for event in self._events if event.verb in _MOVES]
        if not moved:
            log = self.case.events.filter(verb__in=_MOVES).order_by("-seq")
            moved = list(log.values_list("verb", flat=True)[:1])
        return moved[-1:] == ["succeed"]

    def _next_status(self, row: Transition) -> Status | str:
        if self.target is not None:
            return self.target
        if row.target == RESUME:
            return self.case.resume_status or Status.NEW
        if row.target is None:
            return self.case.status
        if row.target in workflow.WAITING:
            self.case.resume_status = self.case.status
        return row.target

    def do(self, verb: str, *, actor: Actor | None = None) -> CaseEvent:
        """Record one more verb in the same transaction (for instance the system's `assign` after `submit`)."""
        keep = self.actor
        self.actor = actor or keep
        row, role = permit(self.case, verb, self.actor)
        event = self.record(row, role)
        self.actor = keep
        return event

    def finish(self) -> None:
        """Write events, clocks and case; tell the listeners after commit."""
        for event in self._events:
            event.case_id = self.case.pk
        created = CaseEvent.objects.bulk_create(self._events)
        if self._clock_touched:
            clocks.recompute(self.case, self.at, new_events=created)
        self.case.save(force_update=True)
        for event in created:
            transaction.on_commit(partial(_tell, event.pk, event.case_id, event.verb))


def _tell(event_id: int, case_id: int, verb: str) -> None:
    """A listener that fails is logged by Django and harms nobody: the event is already in the log."""
    event_recorded.send_robust(CaseEvent, event_id=event_id, case_id=case_id, verb=verb)


def permit(case: Case, verb: str, by: User | Actor) -> tuple[Transition, Role]:
    """The row and the role under which `by` may do `verb` now.

    Raises NotAllowed, WrongState, or what `fitting` says against the verb on this very case.
    """
    roles = roles_towards(by, case)
    status = case.status if case.event_seq else None
    row = workflow.find(verb, status)
    if row is None:
        knows = any(verb == r.verb and roles.intersection(r.roles) for r in workflow.TRANSITIONS)
        if not knows:
            raise NotAllowed
        raise WrongState(status=workflow.STATUS_NAMES[Status(case.status)])
    mine = [role for role in row.roles if role in roles]
    if not mine:
        raise NotAllowed
    if unfit := fitting.refusal(verb, case, roles):
        raise unfit
    return row, mine[0]


def may(case: Case, verb: str, by: User | Actor) -> bool:
    try:
        permit(case, verb, by)
    except OfficeError:
        return False
    return True


def allowed_actions(case: Case, by: User | Actor) -> list[Transition]:
    """The buttons of a page and the API's `allowed_actions`, in table order."""
    roles = roles_towards(by, case)
    rows = workflow.allowed(case.status, roles)
    return [row for row in rows if fitting.refusal(row.verb, case, roles) is None]


@contextmanager
def act(case: Case, verb: str, *, by: User | Actor, at: datetime, seen: int | None = None) -> Iterator[Work]:
    """Lock, check, do, record. `seen` is the version the person looked at; raises StaleVersion when it moved."""
    actor = as_actor(by)
    with transaction.atomic():
        locked = Case.objects.select_for_update().get(pk=case.pk)
        row, role = permit(locked, verb, actor)
        if seen is not None and seen != locked.version:
            raise StaleVersion
        work = Work(locked, actor, at)
        absent = in_place_of(actor.user, locked) if actor.user and role == Role.SUBSTITUTE else None
        yield work
        if absent is not None:
            work.internal["on_behalf_of"] = absent
        work.record(row, role)
        for follow_up in work.after:
            follow_up(work)
        work.finish()
    _copy(locked, case)


def _copy(source: Case, target: Case) -> None:
    """Let the caller's instance show what was done."""
    for field in source._meta.concrete_fields:
        setattr(target, field.attname, getattr(source, field.attname))
    target._state.fields_cache.clear()
    target.__dict__.pop("_prefetched_objects_cache", None)
