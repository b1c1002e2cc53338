"""What the office's classifier learned: models side by side, and who put which in use and why."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q


class ModelVersion(models.Model):
    """One trained model. Its files lie in `folder`; `sha256` seals them, so that nobody else's are ever used.

    training → champion (every letter is read with it) or challenger (kept beside it); a champion that was replaced is
    retired; what could not be trained or read is refused.
    """

    class State(models.TextChoices):
        TRAINING = "training", "Đang huấn luyện"
        CHAMPION = "champion", "Đang dùng"
        CHALLENGER = "challenger", "Chờ xem xét"
        RETIRED = "retired", "Đã thay"
        REFUSED = "refused", "Không dùng được"

    # m-2026-11-23-1: the day it was trained, and which of that day.
    name = models.CharField("tên", max_length=40, unique=True)
    state = models.CharField(
        "trạng thái", max_length=10, choices=State.choices, default=State.TRAINING, db_index=True
    )
    sha256 = models.CharField(max_length=64, blank=True)  # of its manifest; empty: its files are gone
    trained_at = models.DateTimeField("huấn luyện lúc")
    trained_by = models.ForeignKey("feedback.User", models.PROTECT, null=True, blank=True, related_name="+")
    examples = models.PositiveIntegerField("thư của cơ quan", default=0)  # beside the starter letters
    # Circumstances, and what it scored on letters nobody ever learns from (`classifier.contest`).
    figures = models.JSONField("số liệu", default=dict, blank=True)
    reasons = models.JSONField("lý do", default=list, blank=True)  # why it was not put in use by itself
    promoted_at = models.DateTimeField("dùng từ lúc", null=True, blank=True)
    promoted_by = models.ForeignKey("feedback.User", models.PROTECT, null=True, blank=True, related_name="+")
    replaced = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    # Reads new letters silently beside the champion: those after this case. Empty: it does not.
    shadow_after = models.BigIntegerField("chạy thử từ sau đơn số", null=True, blank=True)

    class Meta:
        verbose_name = "mô hình phân loại"
        verbose_name_plural = "mô hình phân loại"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="champion"), name="one_champion_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="training"), name="one_training_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def folder(self) -> Path:
        return Path(settings.MODELS_DIR) / self.name


class ModelAct(models.Model):
    """Who did what to a model, when and why. Only added to; `by` empty is the office's own doing."""

    class What(models.TextChoices):
        TRAINED = "trained", "Huấn luyện"
        PROMOTED = "promoted", "Đưa vào dùng"
        ROLLED_BACK = "rolled_back", "Quay lại mô hình trước"
        SHADOWED = "shadowed", "Bật chạy thử"
        UNSHADOWED = "unshadowed", "Tắt chạy thử"
        EXPORTED = "exported", "Xuất thư mẫu"

    what = models.CharField("việc", max_length=12, choices=What.choices)
    model = models.ForeignKey(ModelVersion, models.PROTECT, null=True, blank=True, related_name="acts")
    at = models.DateTimeField("lúc")
    by = models.ForeignKey("feedback.User", models.PROTECT, null=True, blank=True, related_name="+")
    why = models.CharField("lý do", max_length=300, blank=True)

    class Meta:
        verbose_name = "việc về mô hình"
        verbose_name_plural = "nhật ký mô hình"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.what} {self.model_id or ''}"


class ShadowGuess(models.Model):
    """What a challenger would have said of a case; only what is needed to compare it with people later.

    `data`: head → {"code", "probability", "abstained"}.
    """

    model = models.ForeignKey(ModelVersion, models.CASCADE, related_name="guesses")
    case = models.ForeignKey("feedback.Case", models.CASCADE, related_name="+")
    data = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "case"], name="shadow_once_per_case")]

    def __str__(self) -> str:
        return f"{self.model_id} on {self.case_id}"
