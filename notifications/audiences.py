"""From an audience of the table to people. The gate of the office stands in front: who may not see, hears nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from feedback.actions import alarms
from feedback.models import Absence, Case, CaseEvent, Membership, User, catalogue
from feedback.models.cases import OFFICE_TIME
from feedback.workflow import Role
from notifications.rules import Audience

_SEALED_TO_INTEGRITY = {Audience.LEADERS, Audience.MANAGERS, Audience.DIRECTORS}
_DIRECTORATE = "LEADER"  # function of the unit from which an agency is led (`Unit.roles`)


class Staff:
    """Who holds which role on a day. One query, made when first asked."""

    def __init__(self, on: date) -> None:
        self._on = on
        self._held: dict[Role, dict[str, list[User]]] | None = None
        self._stand_ins: dict[int, list[User]] | None = None

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

    def with_stand_ins(self, leaders: list[User]) -> list[User]:
        """And those who approve in place of the ones on leave; the gate keeps from them what is not to be approved."""
        if self._stand_ins is None:
            self._stand_ins = defaultdict(list)
            for row in Absence.objects.on(self._on).filter(approves=True).select_related("substitute"):
                if row.substitute is not None and row.substitute.is_active:
                    self._stand_ins[row.user_id].append(row.substitute)
        return [*leaders, *(other for one in leaders for other in self._stand_ins.get(one.pk, []))]

    def directors(self, unit: str | None) -> list[User]:
        """Who leads the nearest agency above the unit: its own leaders and those of its directorate. For a case without
        a unit: every directorate. May be empty."""
        book = catalogue()
        directorates = [one.code for one in book.units_with_role(_DIRECTORATE, self._on)]
        here = book.units.get(unit or "")
        while here is not None and here.parent_id in book.units:
            here = book.units[here.parent_id]
            below = set(book.subtree(here.code))
            places = [here.code, *(code for code in directorates if code in below)]
            if found := self._leading(places):
                return found
        return self._leading(directorates)

    def _leading(self, units: Iterable[str]) -> list[User]:
        return [user for unit in units for user in self.of_unit(Role.LEADER, unit)]


def people(audience: Audience, event: CaseEvent, staff: Staff) -> list[User]:
    """The members of staff an audience means for this event; who may see the case is asked by `who_may_see`."""
    case = event.case
    if event.verb == "escalate" and not _reaches(audience, event):
        return []
    audience = _meant(audience, case)
    if audience == Audience.HANDLER:
        return [case.handler] if case.handler else []
    if audience == Audience.LEADERS:
        return staff.with_stand_ins(staff.leaders(case.unit_id))
    if audience == Audience.MANAGERS:
        return staff.everybody(Role.MANAGER)
    if audience == Audience.DIRECTORS:
        return _directors(case, staff)
    if audience == Audience.TRIAGE:
        unsorted = case.needs_triage or case.unit_id is None
        return staff.everybody(Role.TRIAGE) if unsorted and not case.sealed else []
    if audience == Audience.INTEGRITY:
        return staff.everybody(Role.INTEGRITY) if _concerns_integrity(event) else []
    if audience == Audience.COORDINATORS:
        units = event.internal.get("units", [])
        return [user for unit in units for user in staff.of_unit(Role.HANDLER, unit)]
    if audience == Audience.MENTIONED:
        return list(User.objects.filter(pk__in=event.internal.get("mentions", []), is_active=True))
    return []


def _meant(audience: Audience, case: Case) -> Audience:
    """What nobody holds is its leaders'; what is sealed is no leader's."""
    if audience == Audience.HOLDER:
        audience = Audience.HANDLER if case.handler else Audience.LEADERS
    return Audience.INTEGRITY if case.sealed and audience in _SEALED_TO_INTEGRITY else audience


def _reaches(audience: Audience, event: CaseEvent) -> bool:
    """Whom an escalation is for stands in the event: it was decided on the day it rang."""
    step, to = event.internal.get("step", 1), event.internal.get("to", alarms.LEADER)
    if audience == Audience.HOLDER:
        return step == 0
    if audience == Audience.LEADERS:
        return alarms.leaders_hear(step, to)
    level = {Audience.MANAGERS: alarms.MANAGER, Audience.DIRECTORS: alarms.DIRECTOR}.get(audience)
    return level is None or level == to


def _directors(case: Case, staff: Staff) -> list[User]:
    """An escalation must reach somebody: when no director may see the case (or there is none), the managers."""
    found = staff.directors(case.unit_id)
    seen = who_may_see((user, case.pk) for user in found)
    return [user for user in found if (user.pk, case.pk) in seen] or staff.everybody(Role.MANAGER)


def news_to_the_citizen(event: CaseEvent) -> bool:
    """A date computed anew is written to the citizen only when it falls on a later day than the one promised."""
    if event.verb != "redate":
        return True
    before, after = (datetime.fromisoformat(event.public[name]) for name in ("due_before", "due_at"))
    return after.astimezone(OFFICE_TIME).date() > before.astimezone(OFFICE_TIME).date()


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
