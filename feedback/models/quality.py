"""How right the classifier is in practice: letters drawn for a check, and how right the office wants it to be."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import cache
from django.db import models
from django.db.models import Q

from classifier.suggestion import HEADS

PRECISION = 0.95  # of what the classifier answers by itself, until a manager asks for another
_KEPT = 60  # seconds another process may go on with an old threshold
_KEY = "quality-targets"


class AuditSample(models.Model):
    """A letter the classifier sorted by itself, drawn at random; a person looks at the same labels afterwards.

    `<head>_right`: what the classifier had answered was right; None while unchecked, and where it had not answered.
    """

    case = models.OneToOneField("feedback.Case", models.CASCADE, related_name="audit")
    suggestion = models.ForeignKey("feedback.Suggestion", models.CASCADE, related_name="+")
    drawn_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_by = models.ForeignKey("feedback.User", models.PROTECT, null=True, blank=True, related_name="+")
    topic_right = models.BooleanField(null=True)
    issue_right = models.BooleanField(null=True)
    kind_right = models.BooleanField(null=True)

    class Meta:
        verbose_name = "đơn kiểm tra ngẫu nhiên"
        verbose_name_plural = "đơn kiểm tra ngẫu nhiên"
        indexes = [
            models.Index(fields=["case"], condition=Q(checked_at=None), name="audit_unchecked"),
            models.Index(fields=["checked_at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return f"audit of {self.case_id}"


class QualityTarget(models.Model):
    """How right a head has to be, and from which probability it may answer: append-only, the newest of a head counts.

    Set by a manager with a reason in `why`, or by the weekly look at the sample (`set_by` empty, `week` its Monday,
    `why` a code of `WHY`, `right` of `checked` letters). `threshold` None: the model's own.
    """

    WHY = ("raised", "held", "unproven", "too_few")

    head = models.CharField(max_length=10, choices=[(head, head) for head in HEADS])
    precision = models.FloatField()
    threshold = models.FloatField(null=True, blank=True)
    set_by = models.ForeignKey("feedback.User", models.PROTECT, null=True, blank=True, related_name="+")
    set_at = models.DateTimeField()
    why = models.TextField()
    week = models.DateField(null=True, blank=True)
    right = models.PositiveIntegerField(null=True, blank=True)
    checked = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = "mức chính xác yêu cầu"
        verbose_name_plural = "mức chính xác yêu cầu"
        constraints = [models.UniqueConstraint(fields=["head", "week"], name="quality_looked_at_once")]

    def __str__(self) -> str:
        return f"{self.head} {self.precision}"


@dataclass(frozen=True)
class Target:
    """What holds now for one head: precision wanted, and the least probability of an answer (None: the model's)."""

    precision: float = PRECISION
    threshold: float | None = None


def targets() -> dict[str, Target]:
    """Of every head. Read once a minute and process; a change made in this process counts at once."""
    held: dict[str, Target] | None = cache.get(_KEY)
    if held is None:
        held = dict.fromkeys(HEADS, Target())
        newest = QualityTarget.objects.filter(pk__in=_newest())
        held |= {row.head: Target(row.precision, row.threshold) for row in newest}
        cache.set(_KEY, held, _KEPT)
    return held


def _newest() -> models.QuerySet[QualityTarget, int]:
    rows = QualityTarget.objects.order_by().values("head").annotate(newest=models.Max("pk"))
    return rows.values_list("newest", flat=True)


def forget_targets() -> None:
    """A target was written."""
    cache.delete(_KEY)


def thresholds() -> dict[str, float]:
    """Head → least probability of an answer, for the heads that have one beside the model's own."""
    return {head: one.threshold for head, one in targets().items() if one.threshold is not None}
