"""Who in the unit gets the case: eligible, then least loaded, then longest without a new one; the reason is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from feedback.actions.actor import SYSTEM, Actor, as_actor, conflicted
from feedback.actions.routing import destination
from feedback.actions.spine import Work, act, permit
from feedback.errors import CannotAssign, NotAllowed, OfficeError
from feedback.models import Absence, Case, Membership, Unit, User, catalogue
from feedback.querysets import GUARDED_KINDS, HEAVY, ORDINARY
from feedback.workflow import Role, sources

ABOUT_THEM = (
    "đơn này nói về người đó hoặc đơn vị của người đó",
    "the letter is about that person or their unit",
)
OUTSIDE = ("người đó không thuộc đơn vị đang giữ đơn", "that person is not in the unit that holds the case")
MAX_SUBSTITUTES = 5  # a chain longer than this is a mistake in the leave table, not a plan


@dataclass(frozen=True)
class Choice:
    """The handler, and why: codes and numbers only, for the event."""

    user: User
    why: dict[str, Any]


def choose_handler(case: Case, at: datetime) -> Choice | None:
    """Pick by the rule of the house; None when nobody in the unit is eligible."""
    if case.unit_id is None:
        return None
    on = timezone.localtime(at).date()
    skilled = [m for m in _locked_members(case.unit_id, on) if m.skilled_for(case.topic_id)]
    fitting = [(m, load) for m, load in with_room(skilled, on) if not conflicted(m.user, case)]
    if not fitting:
        return None
    best, load = min(fitting, key=lambda one: (one[1] / one[0].capacity, _last(one[0]), one[0].pk))
    Membership.objects.filter(pk=best.pk).update(last_assigned_at=at)
    why = {"rule": "lowest_load", "eligible": len(fitting), "load": load, "capacity": best.capacity}
    return Choice(best.user, why)


def with_room(members: list[Membership], on: date) -> list[tuple[Membership, int]]:
    """Those of the members who are on duty and may take one more case, with the weight of what they hold."""
    on_duty = _on_duty(members, on)
    loads = _loads([m.user_id for m in on_duty])
    return [(m, loads.get(m.user_id, 0)) for m in on_duty if loads.get(m.user_id, 0) < m.capacity]


def _locked_members(unit: str, on: date) -> list[Membership]:
    """The unit's handlers, locked together with their desks in other units: loads are counted per person, and two
    units must not fill the same person's last place at once."""
    here = Membership.objects.current(on).filter(unit=unit, role=Role.HANDLER)
    desks = Membership.objects.current(on).filter(role=Role.HANDLER, user__in=here.values("user"))
    locked = desks.select_related("user").select_for_update(of=("self",)).order_by("pk")
    return [member for member in locked if member.unit_id == unit]


def _last(member: Membership) -> float:
    return member.last_assigned_at.timestamp() if member.last_assigned_at else 0.0


def _loads(users: list[int]) -> dict[int, int]:
    """Weight of the open cases each person holds."""
    rows = (
        Case.objects.open()
        .filter(handler__in=users)
        .order_by()
        .values("handler", "kind")
        .annotate(number=Count("pk"))
    )
    loads: dict[int, int] = {}
    for row in rows:
        weight = HEAVY if row["kind"] in GUARDED_KINDS else ORDINARY
        loads[row["handler"]] = loads.get(row["handler"], 0) + weight * row["number"]
    return loads


def _on_duty(members: list[Membership], on: date) -> list[Membership]:
    """Those who are here today; a person on leave is replaced by the substitute, along the chain, never in a circle."""
    here = {m.user_id: m for m in members}
    away = {a.user_id: a.substitute_id for a in Absence.objects.filter(first_day__lte=on, last_day__gte=on)}
    duty: dict[int, Membership] = {}
    for member in members:
        person: int | None = member.user_id
        for _ in range(MAX_SUBSTITUTES):
            if person is None or person not in away:
                break
            person = away[person]
        if person is not None and person not in away and person in here:
            duty[person] = here[person]
    return list(duty.values())


def assign_automatically(work: Work) -> None:
    """Give the case to a handler within the work at hand; nobody eligible: it stays in the unit's queue, told once."""
    choice = choose_handler(work.case, work.at)
    if choice is None:
        work.internal = {"unit": work.case.unit_id}
        work.do("unassignable", actor=SYSTEM)
        return
    give(work, choice.user, choice.why)
    work.do("assign", actor=SYSTEM)


def give(work: Work, handler: User, why: dict[str, Any]) -> None:
    """Put the case into somebody's hands; the caller records which verb did it."""
    work.case.handler = handler
    work.case.needs_triage = False
    work.public = _named(work.case.unit_id)
    work.internal = {"handler": handler.pk, "why": why}


def _named(unit_code: str | None) -> dict[str, str]:
    """The unit by code and by the name it has today: history keeps names as they were."""
    unit = catalogue().units.get(unit_code or "")
    return {"unit_code": unit.code, "unit": unit.name_vi, "unit_en": unit.name_en} if unit else {}


def assign(case: Case, *, handler: User, by: User | Actor, at: datetime, seen: int | None = None) -> Case:
    """Give the case to a person. Raises CannotAssign for somebody outside the unit or in a conflict of interest."""
    with act(case, "assign", by=by, at=at, seen=seen) as work:
        check_assignable(work.case, handler, at)
        give(work, handler, {"rule": "by_hand"})
    return case


def why_not_assign(
    cases: Iterable[Case], *, handler: User, by: User | Actor, at: datetime
) -> dict[int, OfficeError]:
    """Case → what `assign` would refuse it with now; those it would take are left out. One query, nothing changes."""
    held, found = desks_of(handler, at), dict[int, OfficeError]()
    for case in cases:
        try:
            permit(case, "assign", by)
        except OfficeError as error:
            found[case.pk] = error
            continue
        if problem := unfit_handler(case, handler, held):
            found[case.pk] = problem
    return found


def check_assignable(case: Case, handler: User, at: datetime) -> None:
    """Raises CannotAssign for somebody outside the unit or in a conflict of interest."""
    if problem := unfit_handler(case, handler, desks_of(handler, at)):
        raise problem


def desks_of(handler: User, at: datetime) -> list[tuple[str, str]]:
    """(unit, role) of every desk from which this person may hold a case that day."""
    held = Membership.objects.current(timezone.localtime(at).date()).filter(
        user=handler, role__in=(Role.HANDLER, Role.LEADER, Role.INTEGRITY)
    )
    return list(held.values_list("unit", "role"))


def unfit_handler(case: Case, handler: User, desks: list[tuple[str, str]]) -> CannotAssign | None:
    """Why this case cannot be given to this person, if it cannot; asks the database nothing."""
    if conflicted(handler, case):
        return CannotAssign("handler", reason=ABOUT_THEM)
    here = any(unit == case.unit_id for unit, _ in desks)
    if not here and not (case.sealed and any(role == Role.INTEGRITY for _, role in desks)):
        return CannotAssign("handler", reason=OUTSIDE)
    return None


def take(case: Case, *, by: User, at: datetime, seen: int | None = None) -> Case:
    """A handler takes a case from the unit's queue."""
    with act(case, "take", by=by, at=at, seen=seen) as work:
        give(work, by, {"rule": "taken"})
    return case


def route(
    case: Case, *, unit: Unit | str, reason: str, by: User | Actor, at: datetime, seen: int | None = None
) -> Case:
    """Pass the case to another unit of the office; a handler there is chosen at once by the assignment rule."""
    with act(case, "route", by=by, at=at, seen=seen) as work:
        target = destination(unit if isinstance(unit, str) else unit.code, work.case, at)
        work.say("reason", reason, field="reason")
        work.case.unit, work.case.handler, work.case.needs_triage = target, None, False
        work.public |= _named(target.code)
    _assign_next(case, at)
    return case


def _assign_next(case: Case, at: datetime) -> None:
    """After routing: find a handler in a transaction of its own; a sealed case waits for an integrity officer."""
    if choose_possible(case):
        retry_assignment(case, at=at)


def choose_possible(case: Case) -> bool:
    """By rule only what nobody holds, in a status that knows `assign`; a sealed case is given by a person."""
    free = case.handler_id is None and case.unit_id is not None and not case.sealed
    return free and case.status in sources("assign")


def retry_assignment(case: Case, *, at: datetime) -> bool:
    """Try to find a handler for a case in a unit's queue. True when somebody got it."""
    with transaction.atomic():
        locked = Case.objects.select_for_update().get(pk=case.pk)
        choice = choose_handler(locked, at) if choose_possible(locked) else None
        if choice is None:
            return False
        with act(locked, "assign", by=SYSTEM, at=at) as work:
            give(work, choice.user, choice.why)
    case.refresh_from_db()
    return True


def assign_waiting(*, at: datetime, limit: int = 200) -> int:
    """Oldest deadline first: hand out what waits in unit queues because nobody was free. Returns how many went out."""
    waiting = Case.objects.unassigned().filter(needs_triage=False, sealed=False, unit__isnull=False)
    waiting = waiting.filter(status__in=sources("assign")).order_by("due_at", "pk")[:limit]
    return sum(retry_assignment(case, at=at) for case in waiting)


def possible_handlers(case: Case, by: User) -> list[User]:
    """People who may be picked for this case, by name; for a sealed one the integrity officers too."""
    as_actor(by)
    if case.unit_id is None:
        raise NotAllowed
    on = timezone.localdate()
    wanted = Q(unit=case.unit_id, role=Role.HANDLER)
    if case.sealed:
        wanted |= Q(role=Role.INTEGRITY)
    members = Membership.objects.current(on).filter(wanted).select_related("user")
    people = dict.fromkeys(m.user for m in members.order_by("user__display_name", "pk"))
    return [person for person in people if not conflicted(person, case)]
