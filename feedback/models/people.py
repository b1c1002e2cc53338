"""Who works here, in which role, since when; and who is away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from feedback.models.units import Unit
from feedback.workflow import ROLE_NAMES, Role

# Roles a person holds in the office; HANDLER on a case, COORDINATOR, CITIZEN and SYSTEM follow from the case.
OFFICE_ROLES = (
    Role.HANDLER,
    Role.TRIAGE,
    Role.LEADER,
    Role.MANAGER,
    Role.INTEGRITY,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
)


@dataclass(frozen=True)
class StandIn:
    """Somebody on leave today who named this person to approve meanwhile: the units led, and what they may not see."""

    user_id: int
    units: frozenset[str]
    conflict_units: frozenset[str]


@dataclass(frozen=True)
class Scope:
    """What a person's memberships let them see, worked out once per request."""

    handles: frozenset[str] = frozenset()  # units where the person is a handler
    leads: frozenset[str] = frozenset()  # units led, the ones below included
    triage: bool = False
    manager: bool = False
    integrity: bool = False
    auditor: bool = False
    administrator: bool = False
    conflict_units: frozenset[str] = frozenset()  # units the person belongs to, and what they were before
    # A sealed letter about these is the manager's: those who guard sealed letters may not see it.
    stands_in_units: frozenset[str] = frozenset()
    stands_in_officers: frozenset[int] = frozenset()
    replaces: tuple[StandIn, ...] = ()  # leaders on leave today in whose place the person approves replies

    @property
    def units(self) -> frozenset[str]:
        return self.handles | self.leads

    @property
    def sees_all_ordinary(self) -> bool:
        return self.triage or self.manager

    @property
    def works_here(self) -> bool:
        """True for everybody who has a desk (an administrator without another role has none)."""
        return bool(self.units) or self.sees_all_ordinary or self.integrity or self.auditor


class User(AbstractUser):
    """A member of staff. Citizens have no account: they hold a reference and a secret code."""

    display_name = models.CharField("tên hiển thị", max_length=120, blank=True)
    language = models.CharField(
        "ngôn ngữ", max_length=5, default="vi", choices=[("vi", "Tiếng Việt"), ("en", "English")]
    )
    # Two ordinary letters a working day; a khiếu nại or tố cáo counts as three (`feedback.actions.assignment`).
    weekly_capacity = models.PositiveSmallIntegerField("sức làm mỗi tuần", default=10)

    class Meta(AbstractUser.Meta):
        verbose_name = "người dùng"
        verbose_name_plural = "người dùng"

    def __str__(self) -> str:
        return self.display_name or self.username

    def scope(self) -> Scope:
        """The person's scope today; kept on this instance, so one query per request."""
        if not hasattr(self, "_scope"):
            self._scope = self._work_out_scope(timezone.localdate())
        return self._scope

    def standing_in(self) -> list[Absence]:
        """Leave today of leaders in whose place this person approves replies; no query for anybody else."""
        if not self.scope().replaces:
            return []
        return list(Absence.objects.standing_in(self.pk, timezone.localdate()).select_related("user"))

    def _work_out_scope(self, on: date) -> Scope:
        # The cache reads the units, which name people: imported here, the two files do not wait for each other.
        from feedback.models.catalogue_cache import catalogue

        book = catalogue()
        away = Absence.objects.standing_in(self.pk, on).values("user")
        asked = Q(user=self) | Q(role=Role.INTEGRITY) | Q(user__in=away)
        replaced = Exists(Absence.objects.standing_in(self.pk, on).filter(user=OuterRef("user")))
        rows = list(Membership.objects.filter(asked).current(on).annotate(replaced=replaced))
        held = [(m.role, m.unit_id) for m in rows if m.user_id == self.pk]
        roles = {role for role, _ in held}
        guardians = [m for m in rows if m.role == Role.INTEGRITY and Role.MANAGER in roles]
        led = {_headed(book.units.get(unit), unit) for role, unit in held if role == Role.LEADER}
        return Scope(
            handles=frozenset(unit for role, unit in held if role == Role.HANDLER),
            leads=frozenset(code for unit in led for code in book.subtree(unit)),
            triage=Role.TRIAGE in roles,
            manager=Role.MANAGER in roles,
            integrity=Role.INTEGRITY in roles,
            auditor=Role.AUDITOR in roles,
            administrator=Role.ADMINISTRATOR in roles,
            conflict_units=frozenset(
                old for role, unit in held if role != Role.AUDITOR for old in book.forebears(unit)
            ),
            stands_in_units=frozenset(old for m in guardians for old in book.forebears(m.unit_id)),
            stands_in_officers=frozenset(m.user_id for m in guardians),
            replaces=_replaced([m for m in rows if m.replaced and m.user_id != self.pk]),
        )


def _replaced(rows: list[Membership]) -> tuple[StandIn, ...]:
    """One entry for each leader on leave; who leads nothing has nothing to hand over."""
    from feedback.models.catalogue_cache import catalogue

    book, people = catalogue(), dict.fromkeys(m.user_id for m in rows)
    found = []
    for person in people:
        held = [m for m in rows if m.user_id == person]
        led = {_headed(book.units.get(m.unit_id), m.unit_id) for m in held if m.role == Role.LEADER}
        own = (old for m in held if m.role != Role.AUDITOR for old in book.forebears(m.unit_id))
        units = frozenset(code for unit in led for code in book.subtree(unit))
        found += [StandIn(person, units, frozenset(own))] if units else []
    return tuple(found)


def _headed(unit: Unit | None, code: str) -> str:
    """Who leads the directorate (function LEADER) leads the agency it directs."""
    return unit.parent_id if unit is not None and "LEADER" in unit.roles and unit.parent_id else code


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self, on: date) -> MembershipQuerySet:
        """Memberships in force on `on` (valid_to is inclusive) of people who may sign in."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=on), valid_from__lte=on, user__is_active=True)


class Membership(models.Model):
    """A person's role in a unit, dated. Skills and capacity matter for handlers."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name="người dùng")
    unit = models.ForeignKey(
        "feedback.Unit", models.PROTECT, related_name="memberships", verbose_name="đơn vị"
    )
    role = models.CharField(
        "vai trò", max_length=20, choices=[(str(r), ROLE_NAMES[r][0]) for r in OFFICE_ROLES]
    )
    skills = models.JSONField(
        "lĩnh vực phụ trách", default=list, blank=True, help_text="Mã lĩnh vực; bỏ trống: tất cả"
    )
    capacity = models.PositiveIntegerField(
        "số đơn tối đa", default=30, help_text="Tổng trọng số các đơn đang giữ"
    )
    valid_from = models.DateField("từ ngày", default=date(2025, 7, 1))
    valid_to = models.DateField("đến hết ngày", null=True, blank=True)
    last_assigned_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = "vai trò trong đơn vị"
        verbose_name_plural = "vai trò trong đơn vị"
        constraints = [models.UniqueConstraint(fields=["user", "unit", "role"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.unit_id} · {self.get_role_display()}"

    def skilled_for(self, topic: str | None) -> bool:
        """True when the skills name this topic or its parent, or name nothing at all."""
        return (
            not self.skills or not topic or any(topic == s or topic.startswith(f"{s}.") for s in self.skills)
        )


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def on(self, day: date) -> AbsenceQuerySet:
        """Leave in force that day."""
        return self.filter(first_day__lte=day, last_day__gte=day)

    def standing_in(self, user: int, day: date) -> AbsenceQuerySet:
        """Leave that day of people in whose place this person approves replies."""
        return self.on(day).filter(substitute=user, approves=True)


class Absence(models.Model):
    """Leave: from first to last day, both off duty; the substitute receives new cases meanwhile.

    `approves`: the substitute also approves replies in place of a leader; never sealed ones, never the own one.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="absences", verbose_name="người nghỉ")
    first_day = models.DateField("từ ngày")
    last_day = models.DateField("đến hết ngày")
    substitute = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="substitutions", verbose_name="người thay"
    )
    approves = models.BooleanField("duyệt thay", default=False)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = "nghỉ phép"
        verbose_name_plural = "nghỉ phép"
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=models.F("first_day")), name="absence_days_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.first_day:%d/%m/%Y}–{self.last_day:%d/%m/%Y}"
