"""Around a member of staff's account: what was done to it, failed attempts at its door, texts kept."""

from __future__ import annotations

from django.db import models

from feedback.models.people import User
from feedback.models.vault import SealedField


class AccountEvent(models.Model):
    """One thing that happened to an account: who did it, to whom, when, and why if somebody had to say."""

    class Act(models.TextChoices):
        SIGNED_IN = "signed_in", "Đăng nhập"
        STEPPED_UP = "stepped_up", "Xác nhận lại trước khi đổi cách đăng nhập"
        APP_ADDED = "app_added", "Thêm ứng dụng tạo mã"
        APP_REMOVED = "app_removed", "Bỏ ứng dụng tạo mã"
        PASSKEY_ADDED = "passkey_added", "Thêm khóa truy cập"
        PASSKEY_REMOVED = "passkey_removed", "Bỏ khóa truy cập"
        CODES_MADE = "codes_made", "Tạo mã dự phòng"
        CODES_REMOVED = "codes_removed", "Bỏ mã dự phòng"
        CODE_USED = "code_used", "Dùng một mã dự phòng"
        LINKED = "linked", "Nối với đăng nhập một lần của cơ quan"
        PASSWORD_CHANGED = "password_changed", "Đổi mật khẩu"
        SESSIONS_ENDED = "sessions_ended", "Đăng xuất khỏi các thiết bị khác"
        FACTORS_RESET = "factors_reset", "Người quản trị xóa bước xác thực thứ hai"
        LINK_SENT = "link_sent", "Người quản trị gửi liên kết đăng nhập"

    # What its owner is written to about: whoever did it in their name would rather they did not notice.
    TOLD = frozenset(
        {
            Act.APP_ADDED,
            Act.APP_REMOVED,
            Act.PASSKEY_ADDED,
            Act.PASSKEY_REMOVED,
            Act.CODES_MADE,
            Act.CODE_USED,
            Act.LINKED,
            Act.PASSWORD_CHANGED,
            Act.FACTORS_RESET,
            Act.LINK_SENT,
        }
    )

    user = models.ForeignKey(User, models.PROTECT, related_name="account_events", verbose_name="tài khoản")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="người làm")
    act = models.CharField("việc", max_length=20, choices=Act.choices)
    method = models.CharField("cách", max_length=20, blank=True)  # password, totp, webauthn, recovery_codes …
    reason = models.TextField("lý do", blank=True)
    at = models.DateTimeField("lúc")

    class Meta:
        verbose_name = "việc trên tài khoản"
        verbose_name_plural = "việc trên tài khoản"
        indexes = [models.Index(fields=["user", "-id"], name="account_event_newest")]

    def __str__(self) -> str:
        return f"{self.act} on account {self.user_id} by {self.by_id}"


class SignInBrake(models.Model):
    """Failed attempts under one fingerprint (account and network, device, or network alone); no name, no address."""

    key = models.CharField(max_length=64, unique=True)
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["last_at"], name="sign_in_brake_old")]

    def __str__(self) -> str:
        return f"{self.failures} failures"


class KeptText(models.Model):
    """What a person typed into a form that was sent after their session had run out; for that person only."""

    user = models.ForeignKey(User, models.CASCADE, related_name="kept_texts")
    path = models.CharField(max_length=2000)  # where the form was sent
    fields = SealedField()  # [[name, [value, …]], …]
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="kept_text_old")]

    def __str__(self) -> str:
        return f"kept text {self.pk} of user {self.user_id}"
