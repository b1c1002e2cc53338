"""What a person keeps of the lists: named views, the one the desk opens with, and acts on many letters at once."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from feedback.models.vault import SealedField


class SavedView(models.Model):
    """The filters of a list under a name. With a unit it is shared: everybody who works there may open it.

    `query` is the address the list had, without the page: codes that no longer exist are left out when it is opened.
    """

    owner = models.ForeignKey(
        "feedback.User", models.CASCADE, related_name="saved_views", verbose_name="người lưu"
    )
    unit = models.ForeignKey(
        "feedback.Unit",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="dùng chung trong đơn vị",
    )
    name = models.CharField("tên", max_length=60)
    queue = models.SlugField("danh sách", max_length=40)
    query = models.TextField("bộ lọc", blank=True)
    created_at = models.DateTimeField("lưu lúc")

    class Meta:
        verbose_name = "cách xem đã lưu"
        verbose_name_plural = "cách xem đã lưu"
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="saved_view_name_once")]
        indexes = [
            models.Index(fields=["unit"], condition=Q(unit__isnull=False), name="saved_view_of_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.queue} of user {self.owner_id}"


class DeskStart(models.Model):
    """The saved view a person's desk opens with, instead of the first list."""

    user = models.OneToOneField("feedback.User", models.CASCADE, primary_key=True, related_name="+")
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"user {self.user_id} starts with view {self.view_id}"


class Batch(models.Model):
    """One verb asked for on many letters. The key comes from the form, so that a second click finds the first.

    `arguments` (a handler, a unit, words) are sealed, and forgotten when the last letter is done.
    """

    by = models.ForeignKey("feedback.User", models.PROTECT, related_name="+", verbose_name="người làm")
    key = models.UUIDField()
    verb = models.CharField("việc", max_length=40)
    arguments = SealedField(null=True)
    asked_at = models.DateTimeField("lúc")
    finished_at = models.DateTimeField("xong lúc", null=True, blank=True)

    class Meta:
        verbose_name = "việc làm với nhiều đơn"
        verbose_name_plural = "việc làm với nhiều đơn"
        constraints = [models.UniqueConstraint(fields=["by", "key"], name="batch_once")]

    def __str__(self) -> str:
        return f"{self.verb} by user {self.by_id}"


class BatchLine(models.Model):
    """One letter of a batch, the version the person saw, and what became of it; written with the verb or not at all."""

    class Outcome(models.TextChoices):
        WAITING = "", "Chưa làm"
        DONE = "done", "Đã làm"
        REFUSED = "refused", "Không làm được"

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="lines")
    case = models.ForeignKey("feedback.Case", models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    why_vi = models.TextField(blank=True)
    why_en = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "case"], name="batch_line_once")]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.outcome or 'waiting'}"
