"""From an audience of the table to people. The gate of the office stands in front: who may not see, hears nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from feedback.models import Case, CaseEvent, Membership, User, catalogue
from feedback.workflow import Role
from notifications.rules import Audience

_SEALED_TO_INTEGRITY = {Audience.LEADERS, Audience.MANAGERS}


class Staff:
    """Who holds which role on a day. One query, made when first asked."""

    def __init__(self, on: date) -> None:
        self._on = on
        self._held: dict[Role, dict[str, list[User]]] | None = None

    def _by_role(self) -> dict[Role, dict[str, list[User]]]:
        if self._held is None:
            self._held = defaultdict(lambda: defaultdict(list))
            members = Membership.objects.current(self._on).select_related("user").order_by("pk")
            for member in members:
                self._held[Role(member.role)][member.unit_id].append(member.user)
        return self._held

    def everybody(self, role: Role) -> list[User]:
        return [user for users in self._by_role()[role].values() for user in users]

    def of_unit(self, role: Role, unit: str) -> list[User]:
        return self._by_role()[role].get(unit, [])

    def leaders(self, unit: str | None) -> list[User]:
        """Leaders of the unit, else of the nearest unit above that has one, else the managers."""
        units = catalogue().units
        while unit is not None and unit in units:
            if found := self.of_unit(Role.LEADER, unit):
                return found
            unit = units[unit].parent_id
        return self.everybody(Role.MANAGER)


def people(audience: Audience, event: CaseEvent, staff: Staff) -> list[User]:
    """The members of staff an audience means for this event; who may see the case is asked by `who_may_see`."""
    case = event.case
    if case.sealed and audience in _SEALED_TO_INTEGRITY:
        audience = Audience.INTEGRITY
    if audience == Audience.HANDLER:
        return [case.handler] if case.handler else []
    if audience == Audience.LEADERS:
        return staff.leaders(case.unit_id)
    if audience == Audience.MANAGERS:
        return staff.everybody(Role.MANAGER)
    if audience == Audience.TRIAGE:
        return staff.everybody(Role.TRIAGE) if case.needs_triage and not case.sealed else []
    if audience == Audience.INTEGRITY:
        return staff.everybody(Role.INTEGRITY) if _concerns_integrity(event) else []
    if audience == Audience.COORDINATORS:
        units = event.internal.get("units", [])
        return [user for unit in units for user in staff.of_unit(Role.HANDLER, unit)]
    return []


def _concerns_integrity(event: CaseEvent) -> bool:
    """A letter the office itself sealed on receipt has a `seal` event of its own; one message is enough."""
    by_sender = event.case.visibility == Case.Visibility.SEALED
    return event.case.sealed and (event.verb != "submit" or by_sender)


def who_may_see(wanted: Iterable[tuple[User, int]]) -> set[tuple[int, int]]:
    """Of (user, case id) pairs those the gate lets through, as (user id, case id). One query per person."""
    cases: dict[int, set[int]] = defaultdict(set)
    users: dict[int, User] = {}
    for user, case in wanted:
        users.setdefault(user.pk, user)
        cases[user.pk].add(case)
    return {
        (pk, case)
        for pk, user in users.items()
        for case in Case.objects.visible_to(user).filter(pk__in=cases[pk]).values_list("pk", flat=True)
    }
