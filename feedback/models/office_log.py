"""What administrators changed: who, when, what it was before and after. Only added to, never corrected."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.core.cache import cache
from django.db import models

from feedback.models.events import AppendOnly

_KEPT = 60  # seconds another process may go on with an old share
_KEY = "audit-share"


class OfficeAct(models.Model):
    """One change of people, catalogue, templates or settings. No act on a case: those stand in the case's own log.

    `changes`: field → [before, after]; an address of a person is named as changed and not written down.
    """

    class What(models.TextChoices):
        PERSON_ADDED = "person_added", "Thêm người"
        PERSON_CHANGED = "person_changed", "Sửa thông tin người"
        PERSON_CLOSED = "person_closed", "Ngừng tài khoản"
        PERSON_REOPENED = "person_reopened", "Mở lại tài khoản"
        LINK_SENT = "link_sent", "Gửi liên kết đăng nhập"
        ROLE_GIVEN = "role_given", "Giao vai trò"
        ROLE_CHANGED = "role_changed", "Sửa vai trò"
        CAPACITY = "capacity", "Đổi sức làm mỗi tuần"
        LABEL = "label", "Sửa danh mục"
        PROCEDURE = "procedure", "Sửa thủ tục"
        TEMPLATE_ADDED = "template_added", "Thêm mẫu trả lời"
        TEMPLATE = "template", "Sửa mẫu trả lời"
        AUDIT_SHARE = "audit_share", "Đổi tỷ lệ kiểm tra ngẫu nhiên"

    what = models.CharField("việc", max_length=20, choices=What.choices)
    subject = models.CharField(max_length=80)  # "person:12", "topic:HT.KS", "template:CHUNG"
    name = models.CharField("tên khi đó", max_length=300, blank=True)
    changes = models.JSONField("thay đổi", default=dict, blank=True)
    why = models.CharField("lý do", max_length=500, blank=True)
    by = models.ForeignKey("feedback.User", models.PROTECT, related_name="+", verbose_name="người làm")
    at = models.DateTimeField("lúc")

    class Meta:
        verbose_name = "việc quản trị"
        verbose_name_plural = "nhật ký quản trị"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["subject", "-id"], name="office_act_of_subject")]

    def __str__(self) -> str:
        return f"{self.what} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert once; raises AppendOnly on any later save."""
        if self.pk is not None:
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly


class AuditShare(models.Model):
    """Of a hundred letters the classifier sorted by itself, how many a person checks; the newest row counts."""

    percent = models.PositiveSmallIntegerField("tỷ lệ (%)")
    set_by = models.ForeignKey("feedback.User", models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.percent} %"


def audit_percent() -> int:
    """What holds now: the newest row, else the operator's HOIAM_AUDIT_PERCENT. Read once a minute and process."""
    held: int | None = cache.get(_KEY)
    if held is None:
        newest = AuditShare.objects.order_by("-pk").values_list("percent", flat=True).first()
        held = -1 if newest is None else newest
        cache.set(_KEY, held, _KEPT)
    return settings.AUDIT_PERCENT if held < 0 else held


def forget_audit_percent() -> None:
    """A share was written."""
    cache.delete(_KEY)
