"""Dated rules and calendars as versions; what changes them; the clocks of a case as a cache of `feedback.deadlines`.

Versions are append-only. One that has not come into force (`in_force_from` empty) is a draft; of each line (the
office's calendar, a unit's own calendar, the rules) the one that came into force last is in force.
"""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q


class VersionQuerySet(models.QuerySet["Version"]):
    def in_force(self) -> Self:
        """Those that came into force, the newest first."""
        return self.exclude(in_force_from=None).order_by("-in_force_from", "-pk")


class Version(models.Model):
    """One edition of something the deadlines are computed from. `data` is never edited."""

    version = models.CharField("phiên bản", max_length=80, unique=True)
    data = models.JSONField("nội dung")
    note = models.CharField("lý do thay đổi", max_length=300, blank=True)
    created_at = models.DateTimeField("lúc", auto_now_add=True)
    author = models.ForeignKey("feedback.User", models.PROTECT, null=True, blank=True, related_name="+")
    in_force_from = models.DateTimeField("áp dụng từ lúc", null=True, blank=True, editable=False)

    objects = VersionQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.version


class RulesVersion(Version):
    """All deadline rules of the office: `data` is the list of entries of `deadlines.yaml`, one kind each."""

    class Meta:
        verbose_name = "bộ quy tắc thời hạn"
        verbose_name_plural = "bộ quy tắc thời hạn"
        ordering = ["-pk"]


class CalendarVersion(Version):
    """Opening hours, holidays and swaps, of the whole office or of one unit and those below it.

    `data` holds the public days too, as they were known when it was written: an update of the `holidays` package
    must not move a date that was promised. Empty `data`: the unit follows the calendar above it again.
    """

    unit = models.ForeignKey(
        "feedback.Unit",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="calendars",
        verbose_name="đơn vị",
        help_text="Bỏ trống: lịch chung",
    )

    class Meta:
        verbose_name = "lịch làm việc"
        verbose_name_plural = "lịch làm việc"
        ordering = ["-pk"]


class ChangeQuerySet(models.QuerySet["Change"]):
    def planned(self) -> Self:
        """Those that still wait for a decision."""
        return self.filter(state__in=(Change.State.COUNTING, Change.State.READY))


class Change(models.Model):
    """A planned change of calendar, rules or units, and how far carrying it out has come.

    counting → ready (the counted list waits for a decision) → confirmed → done; or dropped.
    """

    class What(models.TextChoices):
        CALENDAR = "calendar", "Lịch làm việc"
        RULES = "rules", "Quy tắc thời hạn"
        UNITS = "units", "Sắp xếp đơn vị"

    class State(models.TextChoices):
        COUNTING = "counting", "Đang tính thử"
        READY = "ready", "Chờ xác nhận"
        CONFIRMED = "confirmed", "Đang thực hiện"
        DONE = "done", "Đã xong"
        DROPPED = "dropped", "Đã bỏ"

    what = models.CharField("việc", max_length=10, choices=What.choices)
    calendar = models.ForeignKey(
        CalendarVersion, models.PROTECT, null=True, blank=True, related_name="changes"
    )
    rules = models.ForeignKey(RulesVersion, models.PROTECT, null=True, blank=True, related_name="changes")
    # For units: {"units": {code: {"valid_to": "2025-06-30", "successors": [code, …]}}, "new": [{…}]}.
    units = models.JSONField("đơn vị", default=dict, blank=True)
    # Version in force when it was planned: a change planned on an older one is counted again before it is confirmed.
    based_on = models.CharField(max_length=80, blank=True)
    carry_out_on = models.DateField("thực hiện từ ngày", null=True, blank=True)
    note = models.CharField("lý do", max_length=300, blank=True)

    state = models.CharField(
        "trạng thái", max_length=10, choices=State.choices, default=State.COUNTING, db_index=True
    )
    cursor = models.BigIntegerField(
        default=0
    )  # last case looked at, in the count and then in the work itself
    looked_at = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    passes = models.PositiveSmallIntegerField(default=0)  # rounds over the open cases since it was confirmed

    planned_by = models.ForeignKey("feedback.User", models.PROTECT, null=True, blank=True, related_name="+")
    planned_at = models.DateTimeField()
    counted_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey("feedback.User", models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        verbose_name = "thay đổi quy định"
        verbose_name_plural = "thay đổi quy định"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_what_display()} {self.target}"

    @property
    def target(self) -> str:
        """The version it brings, or the units it ends."""
        held = self.calendar or self.rules
        return held.version if held else ", ".join(self.units.get("units", {}))


class ChangeLine(models.Model):
    """One open case a change would move, as counted: old and new date, old and new unit. The work list on paper."""

    change = models.ForeignKey(Change, models.CASCADE, related_name="lines")
    case = models.ForeignKey("feedback.Case", models.CASCADE, related_name="+")
    due_before = models.DateTimeField()
    due_after = models.DateTimeField()
    unit_before = models.ForeignKey("feedback.Unit", models.PROTECT, null=True, related_name="+")
    # Without a constraint: a unit the change is going to found has no row yet.
    unit_after = models.ForeignKey(
        "feedback.Unit", models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    remark = models.CharField(max_length=30, blank=True)  # code: what happens to the handler

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "case"], name="change_line_once")]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.change_id}: {self.case_id}"


class CaseClock(models.Model):
    """Cache of one clock of one case, written only by `feedback.actions.clocks.recompute`.

    Once stopped it holds the response-time facts of its step: how long it took (working and calendar seconds, pauses
    apart), by how much it was late (negative: to spare) against the final and the original date.
    """

    case = models.ForeignKey("feedback.Case", models.CASCADE, related_name="clocks")
    name = models.CharField(max_length=20)
    rule_code = models.CharField(max_length=60)
    rules_version = models.CharField(max_length=80, blank=True)
    calendar_version = models.CharField(max_length=80)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    original_due_at = models.DateTimeField()
    paused = models.BooleanField(default=False)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.CharField(max_length=30, blank=True)  # the verb: an answer, or a withdrawal
    verdict = models.CharField(max_length=10, blank=True)  # "", "met", "missed"
    original_verdict = models.CharField(max_length=10, blank=True)
    late_seconds = models.IntegerField(default=0)  # working seconds after due_at; negative: to spare
    late_calendar_seconds = models.BigIntegerField(default=0)
    original_late_seconds = models.IntegerField(default=0)
    taken_seconds = models.IntegerField(null=True, blank=True)  # working seconds from start to stop
    taken_calendar_seconds = models.BigIntegerField(null=True, blank=True)
    paused_seconds = models.IntegerField(default=0)  # working seconds of the pauses within
    extensions = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "name"], name="clock_once_per_case")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(stopped_at=None), name="clock_running_by_due"),
            # A report of a period reads what stopped in it or has not stopped yet, not every clock there ever was.
            models.Index(fields=["stopped_at"], name="clock_by_stop"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.name} {self.due_at:%d/%m/%Y}"


class Alarm(models.Model):
    """An alarm that has rung. Unique: no level of a clock rings twice for the same due date.

    `carried`: the date moved after the level had rung, and under the new date its time has passed too; nobody is
    told a second time.
    """

    case = models.ForeignKey("feedback.Case", models.CASCADE, related_name="alarms")
    clock = models.CharField(max_length=20)
    level = models.CharField(max_length=20)
    due_at = models.DateTimeField()
    rang_at = models.DateTimeField()
    carried = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "clock", "level", "due_at"], name="alarm_once")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.clock} {self.level}"
