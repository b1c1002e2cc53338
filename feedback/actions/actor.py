"""Who acts, and what that person is towards one case."""

from __future__ import annotations

from dataclasses import dataclass

from feedback.models import Case, User
from feedback.models.people import Scope
from feedback.querysets import GUARDED_KINDS
from feedback.workflow import Role, Status


@dataclass(frozen=True)
class Actor:
    """A member of staff, the citizen who holds the secret code, or the system."""

    user: User | None = None
    role: Role | None = None  # CITIZEN or SYSTEM when there is no user

    @property
    def name(self) -> str:
        return str(self.user) if self.user else str(self.role)


CITIZEN = Actor(role=Role.CITIZEN)
SYSTEM = Actor(role=Role.SYSTEM)


def as_actor(by: User | Actor) -> Actor:
    return by if isinstance(by, Actor) else Actor(user=by)


def conflicted(user: User, case: Case) -> bool:
    """The letter is about this person, or about a unit the person belongs to."""
    return case.subject_officer_id == user.pk or (
        case.subject_unit_id is not None and case.subject_unit_id in user.scope().conflict_units
    )


def roles_towards(by: User | Actor, case: Case) -> frozenset[Role]:
    """Every role `by` has towards `case`; empty for a stranger and for anybody in a conflict of interest."""
    actor = as_actor(by)
    if actor.user is None:
        return frozenset({actor.role}) if actor.role else frozenset()
    if not actor.user.is_active or conflicted(actor.user, case):
        return frozenset()
    return frozenset(_staff_roles(actor.user, case))


def _staff_roles(user: User, case: Case) -> set[Role]:
    scope, roles = user.scope(), set()
    if case.handler_id == user.pk:
        roles.add(Role.HANDLER)
    if scope.auditor:
        roles.add(Role.AUDITOR)
    if _guards(scope, case):
        roles.add(Role.INTEGRITY)
    if case.sealed:
        return roles  # a sealed case knows no other role: not the leader, not the manager, not the colleague
    if case.unit_id in scope.handles:
        roles.add(Role.COLLEAGUE)
    if case.unit_id in scope.leads:
        roles.add(Role.LEADER)
    if scope.triage:
        roles.add(Role.TRIAGE)
    if scope.manager:
        roles.add(Role.MANAGER)
    if _asked_for_opinion(case, scope.handles):
        roles.add(Role.COORDINATOR)
    return roles | ({Role.SUBSTITUTE} if in_place_of(user, case) is not None else set())


def in_place_of(user: User, case: Case) -> int | None:
    """The leader on leave in whose place `user` may approve this reply; never a sealed letter, never the own reply,
    and nothing that leader may not see."""
    if case.sealed or case.status != Status.PENDING_APPROVAL or case.handler_id == user.pk:
        return None
    for one in user.scope().replaces:
        about = case.subject_officer_id == one.user_id or case.subject_unit_id in one.conflict_units
        if case.unit_id in one.units and not about:
            return one.user_id
    return None


def _guards(scope: Scope, case: Case) -> bool:
    """An integrity officer; for a sealed letter about the integrity officers or their unit the manager (ADR 8)."""
    if scope.integrity:
        return case.sealed or case.kind_id in GUARDED_KINDS
    about_guardians = (
        case.subject_unit_id in scope.stands_in_units or case.subject_officer_id in scope.stands_in_officers
    )
    return case.sealed and about_guardians


def _asked_for_opinion(case: Case, units: frozenset[str]) -> bool:
    if case.status != Status.COORDINATING or not units:
        return False
    return any(c.unit_id in units and c.answered_at is None for c in case.coordinations.all())
