"""Reports that take longer than a page may: who asked for what, how far it has come, and who wants one regularly.

A job keeps the question in codes and dates; the table it makes lies in a file of its own for KEPT days.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from feedback.models.letters import private_storage

KEPT = timedelta(days=7)


def table_path(instance: models.Model, filename: str) -> str:
    """Nothing about the report can be read from its file's name."""
    return f"reports/{uuid.uuid4().hex}"


class ReportSchedule(models.Model):
    """A report one person has made for a reader, at the first working hour of a day, a week or a month.

    What is counted is what the *reader* may see. `question` holds no dates: the period is always the last one complete.
    """

    class Rhythm(models.TextChoices):
        DAILY = "daily", "Mỗi ngày làm việc"
        WEEKLY = "weekly", "Ngày làm việc đầu tuần"
        MONTHLY = "monthly", "Ngày làm việc đầu tháng"

    report = models.CharField("báo cáo", max_length=40)
    question = models.JSONField("câu hỏi", default=dict)
    columns = models.JSONField("các cột", default=list)
    rhythm = models.CharField("nhịp", max_length=10, choices=Rhythm.choices)
    owner = models.ForeignKey("feedback.User", models.CASCADE, related_name="+", verbose_name="người đặt")
    reader = models.ForeignKey("feedback.User", models.CASCADE, related_name="+", verbose_name="người nhận")
    created_at = models.DateTimeField("đặt lúc")
    next_at = models.DateTimeField("lần tới")
    stopped_at = models.DateTimeField("dừng lúc", null=True, blank=True)
    stopped_why = models.CharField(
        "lý do dừng", max_length=20, blank=True
    )  # by_owner, by_reader, not_allowed

    class Meta:
        verbose_name = "lịch gửi báo cáo"
        verbose_name_plural = "lịch gửi báo cáo"
        indexes = [
            models.Index(fields=["next_at"], condition=Q(stopped_at=None), name="report_schedule_due"),
        ]

    def __str__(self) -> str:
        return f"{self.report} {self.rhythm} for user {self.reader_id}"


class ReportJob(models.Model):
    """One report to be made in the background. `attempts` is the ticket of the worker that has it now."""

    class State(models.TextChoices):
        WAITING = "waiting", "Chờ lập"
        RUNNING = "running", "Đang lập"
        DONE = "done", "Đã lập"
        FAILED = "failed", "Không lập được"

    report = models.CharField("báo cáo", max_length=40)
    question = models.JSONField("câu hỏi")
    columns = models.JSONField("các cột", default=list)
    language = models.CharField(max_length=5, default="vi")
    reader = models.ForeignKey(
        "feedback.User", models.CASCADE, related_name="report_jobs", verbose_name="người đọc"
    )
    schedule = models.ForeignKey(ReportSchedule, models.SET_NULL, null=True, blank=True, related_name="jobs")
    state = models.CharField("trạng thái", max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)  # steps
    of = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField("lỗi", max_length=60, blank=True)  # a code
    asked_at = models.DateTimeField("yêu cầu lúc")
    finished_at = models.DateTimeField("xong lúc", null=True, blank=True)
    file = models.FileField(storage=private_storage, upload_to=table_path, max_length=120, blank=True)

    class Meta:
        verbose_name = "báo cáo lập trong nền"
        verbose_name_plural = "báo cáo lập trong nền"
        indexes = [
            models.Index(
                fields=["asked_at"], condition=Q(state__in=("waiting", "running")), name="report_job_todo"
            ),
            models.Index(fields=["reader", "-id"], name="report_job_of_reader"),
            models.Index(fields=["finished_at"], name="report_job_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.report} for user {self.reader_id}: {self.state}"

    @property
    def expires_at(self) -> datetime | None:
        """When its file is deleted."""
        return self.finished_at + KEPT if self.finished_at else None
