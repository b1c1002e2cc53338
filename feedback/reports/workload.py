"""The unit at work: who holds what, until when, and how much of it fits into this week. Nothing but what the reader may
see is counted; four queries, however many people and letters there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Case as When_
from django.db.models import Count, IntegerField, Q, Sum, Value, When
from django.utils import timezone

from feedback.models import Absence, Case, Membership, User, catalogue
from feedback.querysets import GUARDED_KINDS, HEAVY, ORDINARY, late
from feedback.reports.standing import IDLE
from feedback.workflow import Role, Status

COMING = timedelta(days=28)  # leave this far ahead is shown
WEEK = 5  # working days a weekly capacity is meant for


@dataclass(frozen=True)
class Days:
    """From `at` to the end of the day and of the week, and the working days that are left of it, today included."""

    at: datetime
    tomorrow: datetime
    monday: datetime
    working: tuple[date, ...]


def days_of(at: datetime) -> Days:
    today = timezone.localtime(at).date()
    monday = today + timedelta(days=7 - today.weekday())
    left = (today + timedelta(days=n) for n in range((monday - today).days))
    calendar = catalogue().calendar
    midnight = datetime.min.time()
    return Days(
        at,
        timezone.make_aware(datetime.combine(today + timedelta(days=1), midnight)),
        timezone.make_aware(datetime.combine(monday, midnight)),
        tuple(day for day in left if calendar.is_working_day(day)),
    )


@dataclass
class Desk:
    """One person. `load`: weight of what must be done this week, late ones included; `capacity`: what the person can do
    in the days of this week that are left; `place`: how much may lie on the desk at once; `units`: codes of where they
    handle letters, empty for somebody who has left and still holds some."""

    person: User
    units: list[str] = field(default_factory=list)
    skills: list[list[str]] = field(default_factory=list)
    place: int = 0
    open: int = 0
    overdue: int = 0
    today: int = 0
    week: int = 0
    approval: int = 0
    load: int = 0
    capacity: int = 0
    leave: list[Absence] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return self.load > self.capacity

    def away_on(self, day: date) -> Absence | None:
        return next((one for one in self.leave if one.first_day <= day <= one.last_day), None)


def desks(user: User, units: Collection[str], at: datetime) -> list[Desk]:
    """Everybody who handles letters of these units today, and whoever still holds one of theirs; by name."""
    days, found = days_of(at), dict[int, Desk]()
    today = timezone.localtime(at).date()
    members = Membership.objects.current(today).filter(unit__in=units, role=Role.HANDLER)
    for member in members.select_related("user"):
        desk = found.setdefault(member.user_id, Desk(member.user))
        desk.units.append(member.unit_id)
        desk.skills.append(member.skills)
        desk.place = max(desk.place, member.capacity)
    visible = Case.objects.visible_to(user).open()
    others = visible.filter(unit__in=units).exclude(handler=None).exclude(handler__in=list(found))
    for person in User.objects.filter(pk__in=others.order_by().values("handler")):
        found[person.pk] = Desk(person)
    _count(found, user, days)
    _leave(found, today)
    for desk in found.values():
        desk.capacity = capacity(desk, days.working)
    return sorted(found.values(), key=lambda desk: (not desk.units, str(desk.person), desk.person.pk))


def _count(found: Mapping[int, Desk], user: User, days: Days) -> None:
    weight = When_(When(kind__in=GUARDED_KINDS, then=Value(HEAVY)), default=Value(ORDINARY))
    this_week = Q(due_at__lt=days.monday) & ~Q(status__in=IDLE)
    rows = (
        Case.objects.visible_to(user)
        .open()
        .filter(handler__in=list(found))
        .order_by()
        .values("handler")
        .annotate(
            open=Count("pk"),
            late=Count("pk", filter=late(days.at)),
            due_today=Count("pk", filter=Q(due_at__gte=days.at, due_at__lt=days.tomorrow)),
            week=Count("pk", filter=Q(due_at__gte=days.at, due_at__lt=days.monday)),
            approval=Count("pk", filter=Q(status=Status.PENDING_APPROVAL)),
            load=Sum(weight, filter=this_week, default=0, output_field=IntegerField()),
        )
    )
    for row in rows:
        desk = found[row["handler"]]
        desk.open, desk.overdue, desk.today = row["open"], row["late"], row["due_today"]
        desk.week, desk.approval, desk.load = row["week"], row["approval"], row["load"]


def _leave(found: Mapping[int, Desk], today: date) -> None:
    rows = Absence.objects.filter(
        user__in=list(found), last_day__gte=today, first_day__lte=today + COMING
    ).select_related("substitute")
    for row in rows.order_by("first_day"):
        found[row.user_id].leave.append(row)


def capacity(desk: Desk, working: Iterable[date]) -> int:
    """The weekly number, for the working days of this week the person is here."""
    here = sum(desk.away_on(day) is None for day in working)
    return round(desk.person.weekly_capacity * here / WEEK) if desk.units else 0


def weight_of(case: Case) -> int:
    return HEAVY if case.kind_id in GUARDED_KINDS else ORDINARY
