"""Dated rules and calendars as data; the clocks of a case as a cache of the pure function in `feedback.deadlines`."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class DeadlineRule(models.Model):
    """One row per rule of law or policy, chosen by the date of the start event. Columns mirror `deadlines.Rule`."""

    code = models.CharField("mã", max_length=60, primary_key=True)
    kind_code = models.CharField("loại đơn", max_length=40, help_text="Mã loại, hoặc * cho mọi loại")
    clock = models.CharField("đồng hồ", max_length=20)
    data = models.JSONField("nội dung", help_text="Các trường của quy tắc, như trong deadlines.yaml")
    law = models.CharField("căn cứ", max_length=300, blank=True)
    valid_from = models.DateField("từ ngày", null=True, blank=True)
    valid_to = models.DateField("đến hết ngày", null=True, blank=True)
    confidence = models.CharField("độ chắc chắn", max_length=200, blank=True)

    class Meta:
        verbose_name = "quy tắc thời hạn"
        verbose_name_plural = "quy tắc thời hạn"
        ordering = ["kind_code", "clock", "valid_from"]

    def __str__(self) -> str:
        return self.code


class CalendarVersion(models.Model):
    """Opening hours, holidays and swaps; append-only: a change is a new row, the newest is in force."""

    version = models.CharField("phiên bản", max_length=80, unique=True)
    data = models.JSONField("nội dung")
    created_at = models.DateTimeField("lúc", auto_now_add=True)
    author = models.ForeignKey("feedback.User", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "lịch làm việc"
        verbose_name_plural = "lịch làm việc"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.version


class CaseClock(models.Model):
    """Cache of one clock of one case, written only by `feedback.actions.clocks.recompute`."""

    case = models.ForeignKey("feedback.Case", models.CASCADE, related_name="clocks")
    name = models.CharField(max_length=20)
    rule_code = models.CharField(max_length=60)
    calendar_version = models.CharField(max_length=80)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    original_due_at = models.DateTimeField()
    paused = models.BooleanField(default=False)
    stopped_at = models.DateTimeField(null=True, blank=True)
    verdict = models.CharField(max_length=10, blank=True)  # "", "met", "missed"
    late_seconds = models.IntegerField(default=0)  # working seconds after due_at; negative: to spare

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "name"], name="clock_once_per_case")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(stopped_at=None), name="clock_running_by_due"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.name} {self.due_at:%d/%m/%Y}"


class Alarm(models.Model):
    """An alarm that has rung. Unique: no level of a clock rings twice for the same due date."""

    case = models.ForeignKey("feedback.Case", models.CASCADE, related_name="alarms")
    clock = models.CharField(max_length=20)
    level = models.CharField(max_length=20)
    due_at = models.DateTimeField()
    rang_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "clock", "level", "due_at"], name="alarm_once")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.clock} {self.level}"
