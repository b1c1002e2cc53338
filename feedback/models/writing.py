"""What stands beside a reply while it is written: earlier states of the draft, and what the letter asks."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class DraftVersion(models.Model):
    """The draft as it stood once. `aside`: words that did not become the draft, because somebody else was writing.

    Not part of the log: the log is for acts, and what was handed in, returned or approved stays in `Reply`.
    """

    case = models.ForeignKey("feedback.Case", models.CASCADE, related_name="draft_versions")
    number = models.PositiveSmallIntegerField()  # of the reply it belongs to
    body = models.TextField()
    author = models.ForeignKey("feedback.User", models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    aside = models.BooleanField(default=False)

    class Meta:
        ordering = ["-saved_at", "-id"]
        indexes = [models.Index(fields=["case", "-saved_at", "-id"], name="draft_version_newest")]

    def __str__(self) -> str:
        return f"draft of {self.case_id} at {self.saved_at:%H:%M}"


class Question(models.Model):
    """Something the reply must answer, and what the handler says of it.

    A span over the letter or over a later message of the citizen; start = end = 0: the main request, or (with `words`)
    a question the handler added. A question struck out stays, with who did it and why.
    """

    class State(models.TextChoices):
        OPEN = "open", "Chưa trả lời"
        ANSWERED = "answered", "Đã trả lời"
        STRUCK = "struck", "Không phải trả lời"

    case = models.ForeignKey("feedback.Case", models.CASCADE, related_name="questions")
    round = models.PositiveSmallIntegerField(default=0)  # how many answers had gone out before
    message = models.ForeignKey(
        "feedback.Message", models.CASCADE, null=True, blank=True, related_name="+"
    )  # empty: the letter itself
    start = models.PositiveIntegerField(default=0)
    end = models.PositiveIntegerField(default=0)
    words = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    remark = models.CharField(max_length=300, blank=True)  # where it is answered; why it is not for us
    by = models.ForeignKey("feedback.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["case", "round"], name="question_of_case")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="struck", remark=""), name="question_struck_with_reason"
            )
        ]

    def __str__(self) -> str:
        return f"question {self.pk} of {self.case_id}: {self.state}"
