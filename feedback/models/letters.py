"""What is written on a case after the first letter: messages, replies, publications, ratings, files."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage
from django.db import models
from django.db.models import Q

from classifier.text import fold
from feedback import privacy
from feedback.models.vault import new_salt
from feedback.querysets import PublicationQuerySet


def private_storage() -> Storage:
    """Uploads live outside every served folder; only permission-checked views read them."""
    return FileSystemStorage(location=settings.MEDIA_ROOT)


def random_path(instance: models.Model, filename: str) -> str:
    """No part of the sender's file name reaches the disk."""
    name = uuid.uuid4().hex
    return f"{name[:2]}/{name}"


class Message(models.Model):
    """A piece of text on a case. Events point here by id and fingerprint, so text can be erased by law."""

    class Purpose(models.TextChoices):
        QUESTION = "question", "Đề nghị bổ sung"
        ANSWER = "answer", "Bổ sung của người gửi"
        ADDITION = "addition", "Người gửi gửi thêm"
        CLARIFICATION = "clarification", "Yêu cầu làm rõ"
        NOTE = "note", "Ghi chú nội bộ"
        REMARK = "remark", "Ý kiến khi trả lại dự thảo"
        REASON = "reason", "Lý do"
        MOTIVE = "motive", "Lý do nội bộ"

    INTERNAL = (Purpose.NOTE, Purpose.REMARK, Purpose.MOTIVE)

    case = models.ForeignKey("feedback.Case", models.CASCADE, related_name="messages")
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    author = models.ForeignKey("feedback.User", models.PROTECT, null=True, blank=True, related_name="+")
    body = models.TextField()
    salt = models.CharField(max_length=16, default=new_salt, editable=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.purpose} on {self.case_id}"


class Reply(models.Model):
    """One version of the office's answer. A returned version stays; the next one starts as its copy."""

    class State(models.TextChoices):
        DRAFT = "draft", "Dự thảo"
        SUBMITTED = "submitted", "Chờ duyệt"
        RETURNED = "returned", "Trả lại"
        APPROVED = "approved", "Đã duyệt, đã gửi"

    case = models.ForeignKey("feedback.Case", models.CASCADE, related_name="replies")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    body = models.TextField()
    salt = models.CharField(max_length=16, default=new_salt, editable=False)
    author = models.ForeignKey("feedback.User", models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    # How often the text was saved, and from which open page last: nobody writes over words they have not seen.
    revision = models.PositiveIntegerField(default=0)
    window = models.CharField(max_length=32, blank=True)
    remarks = models.TextField(blank=True)
    approver = models.ForeignKey("feedback.User", models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="reply_number_once")]

    def __str__(self) -> str:
        return f"reply {self.number} of {self.case_id}"


class Publication(models.Model):
    """The public view of a case: question and answer with spans hidden. Public doors read this and nothing else."""

    class State(models.TextChoices):
        PREPARED = "prepared", "Chờ duyệt công khai"
        PUBLISHED = "published", "Đã công khai"
        WITHDRAWN = "withdrawn", "Đã gỡ"

    case = models.OneToOneField("feedback.Case", models.CASCADE, related_name="publication")
    reply = models.ForeignKey(Reply, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREPARED)
    title = models.CharField(max_length=200)
    include_question = models.BooleanField(default=True)
    question_spans = models.JSONField(default=list)
    answer_spans = models.JSONField(default=list)
    question = models.TextField(blank=True)  # the redacted views, written by `render` only
    answer = models.TextField()
    search_text = models.TextField(editable=False)
    topic = models.ForeignKey("feedback.Topic", models.PROTECT, null=True, related_name="+")
    issue = models.ForeignKey("feedback.Issue", models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey("feedback.Unit", models.PROTECT, null=True, related_name="+")
    procedure = models.ForeignKey("feedback.Procedure", models.PROTECT, null=True, related_name="+")
    received_on = models.DateField()
    answered_on = models.DateField()
    prepared_by = models.ForeignKey("feedback.User", models.PROTECT, related_name="+")
    published_by = models.ForeignKey("feedback.User", models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        verbose_name = "bản công khai"
        verbose_name_plural = "bản công khai"
        indexes = [
            models.Index(
                fields=["-published_at", "-id"], condition=Q(state="published"), name="publication_newest"
            ),
            models.Index(
                fields=["topic", "-published_at"], condition=Q(state="published"), name="publication_by_topic"
            ),
        ]

    def __str__(self) -> str:
        return f"publication {self.pk}"

    def render(self) -> None:
        """Write the redacted views from the originals and the spans; the originals stay as they are."""

        def spans(raw: list[dict[str, object]]) -> list[privacy.Span]:
            return [privacy.Span(int(str(s["start"])), int(str(s["end"])), str(s["kind"])) for s in raw]

        self.question = (
            privacy.redact(self.case.text, spans(self.question_spans)) if self.include_question else ""
        )
        self.answer = privacy.redact(self.reply.body, spans(self.answer_spans))
        self.search_text = fold(f"{self.title} {self.question} {self.answer}")


class Rating(models.Model):
    """The citizen's verdict, beside (never instead of) the office's outcome. Scores as on the office's cards."""

    class Score(models.IntegerChoices):
        DISSATISFIED = 1, "Không hài lòng"
        ACCEPTABLE = 2, "Chấp nhận được"
        SATISFIED = 3, "Hài lòng"

    case = models.ForeignKey("feedback.Case", models.CASCADE, related_name="ratings")
    reply = models.OneToOneField(Reply, models.CASCADE, related_name="rating")
    score = models.PositiveSmallIntegerField(choices=Score.choices)
    words = models.TextField(blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.score} for reply {self.reply_id}"


class Attachment(models.Model):
    """A file after the gate (`feedback.uploads`): real type known, images re-encoded, served as a download only."""

    case = models.ForeignKey(
        "feedback.Case", models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    draft = models.ForeignKey(
        "feedback.IntakeDraft", models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(storage=private_storage, upload_to=random_path, max_length=120)
    by_citizen = models.BooleanField(default=True)
    uploaded_by = models.ForeignKey("feedback.User", models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            # The same file twice on one letter is one file.
            models.UniqueConstraint(fields=["case", "sha256"], name="attachment_once_per_case"),
            models.CheckConstraint(condition=~Q(case=None, draft=None), name="attachment_belongs"),
        ]

    def __str__(self) -> str:
        return f"attachment {self.pk} of {self.case_id}"
