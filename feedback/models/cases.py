"""The case: one letter, where it stands, who has it, until when. Its text is never edited."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q

from classifier.text import fold
from feedback import workflow
from feedback.models.vault import identity_keys, new_salt
from feedback.querysets import CaseQuerySet, standing_still
from feedback.workflow import OPEN, STATUS_NAMES, WAITING, Status

OFFICE_TIME = ZoneInfo("Asia/Ho_Chi_Minh")
# Crockford's base 32: no I, L, O, U, so nothing is misread from paper or over the phone. 16 signs = 80 bits.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("ILOU", "110V")
OPEN_STATUSES = sorted(str(s) for s in OPEN)


def new_secret() -> str:
    """A fresh secret code of 80 bits, as XXXX-XXXX-XXXX-XXXX."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return "-".join(code[i : i + 4] for i in range(0, 16, 4))


def hash_secret(code: str, key: str | None = None) -> str:
    """HMAC-SHA-256 (hex) of a secret code as typed: case, spaces, dashes and misread letters are forgiven.

    The key is the identity key, not Django's: renewing SECRET_KEY signs people out, it must not close their cases.
    """
    plain = re.sub(r"[^0-9A-Z]", "", code.upper()).translate(_MISREAD)
    used = key or identity_keys()[0]
    return hmac.new(used.encode(), f"case-code:{plain}".encode(), hashlib.sha256).hexdigest()


class Case(models.Model):
    class Channel(models.TextChoices):
        WEB = "web", "Trang web"
        API = "api", "API"
        EMAIL = "email", "Thư điện tử"
        PAPER = "paper", "Thư giấy"
        PHONE = "phone", "Điện thoại"
        COUNTER = "counter", "Tại quầy"
        IMPORT = "import", "Nhập tệp"

    class Visibility(models.TextChoices):
        NAMED = "named", "Cho cán bộ biết tên"
        HIDDEN = "hidden", "Không nêu tên với công chúng"
        SEALED = "sealed", "Giữ kín danh tính"

    received_at = models.DateTimeField("nhận lúc")
    channel = models.CharField("kênh", max_length=10, choices=Channel.choices)
    received_by = models.ForeignKey("feedback.User", models.PROTECT, null=True, blank=True, related_name="+")
    secret_hash = models.CharField(max_length=64)

    text = models.TextField("nội dung")
    salt = models.CharField(max_length=16, default=new_salt, editable=False)
    search_text = models.TextField(editable=False)
    dossier_code = models.CharField("mã hồ sơ", max_length=60, blank=True)
    procedure = models.ForeignKey(
        "feedback.Procedure", models.PROTECT, null=True, blank=True, related_name="+"
    )
    place = models.ForeignKey("feedback.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.NAMED)
    sealed = models.BooleanField("giữ kín", default=False)

    topic = models.ForeignKey("feedback.Topic", models.PROTECT, null=True, blank=True, related_name="+")
    issue = models.ForeignKey("feedback.Issue", models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.ForeignKey("feedback.Kind", models.PROTECT, null=True, blank=True, related_name="+")
    # Khiếu nại: first or second instance, and a remote area, each with limits of its own (Luật Khiếu nại, Điều 28, 37).
    instance = models.PositiveSmallIntegerField(
        "lần giải quyết", default=1, choices=[(1, "Lần đầu"), (2, "Lần hai")]
    )
    remote = models.BooleanField("vùng sâu, vùng xa", default=False)
    kind_confirmed = models.BooleanField(default=False)
    needs_triage = models.BooleanField(default=False)
    # Somebody is in danger, or a date that cannot be moved is near: stands at the top of every queue.
    urgent = models.BooleanField("khẩn", default=False)
    subject_unit = models.ForeignKey("feedback.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    subject_officer = models.ForeignKey(
        "feedback.User", models.PROTECT, null=True, blank=True, related_name="+"
    )

    status = models.CharField(
        "trạng thái",
        max_length=20,
        default=Status.NEW,
        choices=[(str(s), STATUS_NAMES[s][0]) for s in Status],
    )
    resume_status = models.CharField(max_length=20, blank=True)
    unit = models.ForeignKey("feedback.Unit", models.PROTECT, null=True, blank=True, related_name="cases")
    handler = models.ForeignKey("feedback.User", models.PROTECT, null=True, blank=True, related_name="cases")
    # An outside agency that seems competent; while a person decides, the transfer clock runs (NĐ 20/2008, Điều 9.1.d).
    proposed_agency = models.ForeignKey(
        "feedback.Unit", models.PROTECT, null=True, blank=True, related_name="+"
    )
    transferred_to = models.ForeignKey(
        "feedback.Unit", models.PROTECT, null=True, blank=True, related_name="+"
    )
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="duplicates")
    split_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts")

    accepted_at = models.DateTimeField(null=True, blank=True)
    first_response_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    clarifications = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()  # cache of the reply clock; written by actions.clocks.recompute
    next_alarm_at = models.DateTimeField(null=True, blank=True)
    # Cache too: the versions its running clocks are computed by; the log says since when.
    calendar_version = models.CharField(max_length=80, blank=True)
    rules_version = models.CharField(max_length=80, blank=True)

    version = models.PositiveIntegerField(default=0)
    event_seq = models.PositiveIntegerField(default=0)
    event_head = models.CharField(max_length=64, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = "đơn"
        verbose_name_plural = "đơn"
        indexes = [
            models.Index(
                fields=["unit", "due_at", "id"], condition=Q(status__in=OPEN_STATUSES), name="case_unit_queue"
            ),
            models.Index(
                fields=["handler", "due_at", "id"],
                condition=Q(status__in=OPEN_STATUSES),
                name="case_handler_queue",
            ),
            models.Index(
                fields=["due_at", "id"], condition=Q(status__in=OPEN_STATUSES), name="case_open_by_due"
            ),
            models.Index(
                fields=["next_alarm_at"], condition=Q(next_alarm_at__isnull=False), name="case_next_alarm"
            ),
            models.Index(fields=["due_at", "id"], condition=Q(needs_triage=True), name="case_triage_queue"),
            models.Index(
                fields=["due_at", "id"],
                condition=Q(urgent=True, status__in=OPEN_STATUSES),
                name="case_urgent",
            ),
            models.Index(fields=["-received_at", "-id"], name="case_newest"),
            models.Index(fields=["status", "received_at"], name="case_status_received"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The public reference, e.g. HA-2026-0000123: the year received and the row number."""
        return f"HA-{self.received_at.astimezone(OFFICE_TIME).year}-{self.pk:07d}"

    @property
    def is_open(self) -> bool:
        return Status(self.status) in OPEN

    @property
    def status_name(self) -> str:
        return workflow.status_name(self.status)

    def fits_secret(self, code: str) -> bool:
        """Constant-time comparison with a code as typed; codes made under an older identity key still open."""
        fits = [hmac.compare_digest(self.secret_hash, hash_secret(code, key)) for key in identity_keys()]
        return any(fits)

    def overdue(self, at: datetime) -> bool:
        """Derived, never stored: the reply is due and has not gone out."""
        return self.is_open and self.due_at < at and not self.stands_still()

    def stands_still(self) -> bool:
        """The clock of the answer is paused, and was before it ran out. A query, unless the list brought it along."""
        if self.status not in WAITING:
            return False
        known: bool | None = getattr(self, "paused_in_time", None)
        return Case.objects.filter(standing_still(), pk=self.pk).exists() if known is None else known

    def fill_search_text(self) -> None:
        """The folded column that search reads. Identity is never part of it."""
        self.search_text = fold(" ".join(filter(None, (self.text, self.dossier_code))))


class Suggestion(models.Model):
    """What an engine proposed for a case, kept whole: which engine, how sure, on which words."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="suggestions")
    engine = models.CharField(max_length=60)
    engine_version = models.CharField(max_length=80)
    data = models.JSONField()  # classifier.Suggestion.as_dict()
    abstained = models.BooleanField()
    alone = models.BooleanField(default=False)  # the letter went on without a person looking at it first
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["case", "-id"], name="suggestion_newest"),
            models.Index(fields=["created_at"], name="suggestion_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.engine} for {self.case_id}"


class Extension(models.Model):
    """A request for more time, and the decision. The citizen is told when it is approved."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="extensions")
    reason = models.TextField()
    requested_by = models.ForeignKey("feedback.User", models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey("feedback.User", models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    approved = models.BooleanField(null=True)

    def __str__(self) -> str:
        return f"extension of {self.case_id}"


class Coordination(models.Model):
    """A question to another unit about one case, and its opinion."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="coordinations")
    unit = models.ForeignKey("feedback.Unit", models.PROTECT, related_name="+")
    question = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey("feedback.User", models.PROTECT, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)  # by when the opinion is wanted
    reminded_at = models.DateTimeField(null=True, blank=True)
    opinion = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey("feedback.User", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["unit", "case"], name="coordination_by_unit")]

    def __str__(self) -> str:
        return f"{self.unit_id} on {self.case_id}"


class Part(models.Model):
    """Which span of the original letter became a case of its own."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="part")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.case_id}: {self.start}–{self.end}"


class SubmissionKey(models.Model):
    """Idempotency: one letter per (scope, key). A second use with another body is refused. Kept ≥ 24 h."""

    scope = models.CharField(max_length=80)
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    sealed_secret = models.TextField(blank=True)  # Fernet: the same answer is given to the same request
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="submission_key_once")]

    def __str__(self) -> str:
        return f"{self.scope}:{self.pk}"
