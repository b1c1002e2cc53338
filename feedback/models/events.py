"""The spine: an append-only, hash-chained log. Nothing is true that was not recorded here."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NoReturn

from django.db import models

from feedback.errors import OfficeError


def fingerprint(text: str, salt: str = "") -> str:
    """SHA-256 (hex) by which the log vouches for a text it does not hold; salted, unless the text is public."""
    return hashlib.sha256(f"{salt}{text}".encode()).hexdigest()


class AppendOnly(OfficeError):
    code = "append_only"
    status = 403
    vi = "Nhật ký chỉ được ghi thêm, không sửa, không xóa."
    en = "The log is append-only: no row is changed or deleted."


class CaseEventQuerySet(models.QuerySet["CaseEvent"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    def delete(self) -> NoReturn:
        raise AppendOnly

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    def public(self) -> CaseEventQuerySet:
        """What the citizen may read."""
        return self.filter(is_public=True)


class CaseEvent(models.Model):
    """One act on one case. Holds ids, codes and fingerprints, never personal data: a log cannot forget."""

    case = models.ForeignKey("feedback.Case", models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField()
    # No choices: a new row of the workflow table needs no migration.
    verb = models.CharField(max_length=30)
    at = models.DateTimeField()
    actor = models.ForeignKey("feedback.User", models.PROTECT, null=True, blank=True, related_name="+")
    role = models.CharField(max_length=20)
    status_from = models.CharField(max_length=20, blank=True)
    status_to = models.CharField(max_length=20)
    is_public = models.BooleanField()
    public = models.JSONField(default=dict, blank=True)
    internal = models.JSONField(default=dict, blank=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = CaseEventQuerySet.as_manager()

    class Meta:
        verbose_name = "sự kiện"
        verbose_name_plural = "nhật ký"
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="event_seq_once")]
        indexes = [models.Index(fields=["verb", "at"], name="event_by_verb")]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.seq} {self.verb}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert once; raises AppendOnly on any later save."""
        if self.pk is not None:
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    def compute_hash(self) -> str:
        """SHA-256 (hex) over every column that says something, the previous hash included."""
        fields = {
            "case": self.case_id,
            "seq": self.seq,
            "verb": self.verb,
            "at": self.at.timestamp(),
            "actor": self.actor_id,
            "role": self.role,
            "from": self.status_from,
            "to": str(self.status_to),
            "is_public": self.is_public,
            "public": self.public,
            "internal": self.internal,
            "previous": self.previous_hash,
        }
        text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
