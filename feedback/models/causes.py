"""The register of root causes: letters that repeat each other, what is done about it, who does it and until when."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q


class ImprovementQuerySet(models.QuerySet["Improvement"]):
    def published(self) -> Self:
        """What the public reads, the newest first."""
        return self.filter(published_at__isnull=False).order_by("-published_at", "-pk")

    def running(self) -> Self:
        """Not done and not dropped, the nearest date first."""
        return self.filter(state__in=(Improvement.State.PLANNED, Improvement.State.RUNNING)).order_by(
            "due_on", "pk"
        )


class Improvement(models.Model):
    """What is done about a cluster of letters: those of one unit about one issue with one procedure (or topic).

    `count`, `before`: letters of the cluster in `since`…`until`, and in the equally long time before, as counted when
    the action was written down. Published only by a manager, with texts that passed the privacy check.
    """

    class State(models.TextChoices):
        PLANNED = "planned", "Đã lên kế hoạch"
        RUNNING = "running", "Đang thực hiện"
        DONE = "done", "Đã làm xong"
        DROPPED = "dropped", "Không làm nữa"

    unit = models.ForeignKey("feedback.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    topic = models.ForeignKey("feedback.Topic", models.PROTECT, null=True, blank=True, related_name="+")
    procedure = models.ForeignKey(
        "feedback.Procedure", models.PROTECT, null=True, blank=True, related_name="+"
    )
    issue = models.ForeignKey("feedback.Issue", models.PROTECT, null=True, blank=True, related_name="+")
    since = models.DateField("từ ngày")
    until = models.DateField("đến hết ngày")
    count = models.PositiveIntegerField("số đơn")
    before = models.PositiveIntegerField("kỳ trước")

    cause = models.TextField("nguyên nhân")
    action = models.TextField("việc cần làm")
    owner = models.ForeignKey(
        "feedback.User", models.PROTECT, related_name="+", verbose_name="người chịu trách nhiệm"
    )
    due_on = models.DateField("làm xong trước hết ngày")
    state = models.CharField("tình trạng", max_length=10, choices=State.choices, default=State.PLANNED)
    result = models.TextField("kết quả", blank=True)
    recorded_by = models.ForeignKey("feedback.User", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    changed_by = models.ForeignKey("feedback.User", models.PROTECT, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    said = models.TextField("bạn nói", blank=True)
    did = models.TextField("chúng tôi làm", blank=True)
    published_by = models.ForeignKey("feedback.User", models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)

    objects = ImprovementQuerySet.as_manager()

    class Meta:
        verbose_name = "việc cải tiến"
        verbose_name_plural = "việc cải tiến"
        indexes = [
            models.Index(
                fields=["-published_at", "-id"],
                condition=Q(published_at__isnull=False),
                name="improvement_published",
            ),
        ]

    def __str__(self) -> str:
        return f"improvement {self.pk}"

    @property
    def open(self) -> bool:
        return self.state in (self.State.PLANNED, self.State.RUNNING)

    def overdue(self, on: date) -> bool:
        return self.open and self.due_on < on
