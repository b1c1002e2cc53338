"""Tokens: keys for programs, each with the few things it may do, an end date, and a trace of its use."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import models

from feedback.models import User

# What a token may do. A person with a session may do all of it, within that person's roles.
SCOPES: dict[str, tuple[str, str]] = {
    "cases:submit": ("Gửi thư", "Submit letters"),
    "cases:read": ("Đọc đơn", "Read cases"),
    "cases:act": ("Xử lý đơn", "Act on cases"),
    "catalogue:read": ("Đọc danh mục nội bộ", "Read the internal catalogue"),
    "reports:read": ("Đọc báo cáo", "Read reports"),
    "classify": ("Hỏi gợi ý phân loại", "Ask for a classification"),
    "identity:read": ("Đọc thông tin người gửi", "Read who sent a letter"),
}
# A channel (portal, mail gateway) is nobody's token: it brings letters in and asks what they are about, no more.
CHANNEL_SCOPES = frozenset({"cases:submit", "classify"})
PREFIX = 8
_HEAD = "hoiam"
# Hex keeps "_" free as separator; 160 bits cannot be guessed, so a plain fast hash at rest is enough.
_SECRET_BYTES = 20


def fingerprint(secret: str) -> str:
    """SHA-256 (hex) of a token's secret. Slow hashes protect poor passwords; this is 160 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def split_token(token: str) -> tuple[str, str] | None:
    """(prefix, secret) of `hoiam_<prefix>_<secret>`, or None when it does not look like one of ours."""
    head, _, rest = token.partition("_")
    prefix, _, secret = rest.partition("_")
    ours = head == _HEAD and len(prefix) == PREFIX and prefix.isascii() and prefix.isalnum()
    return (prefix, secret) if ours and secret else None


class ApiTokenManager(models.Manager["ApiToken"]):
    def issue(
        self, *, name: str, scopes: Sequence[str], expires_at: datetime, user: User | None = None
    ) -> tuple[ApiToken, str]:
        """A new token and its text, which is shown this once. Raises ValueError for scopes it may not have."""
        allowed = frozenset(SCOPES) if user is not None else CHANNEL_SCOPES
        if not scopes or not allowed.issuperset(scopes):
            raise ValueError(f"scopes must be some of {sorted(allowed)}")
        prefix, secret = secrets.token_hex(PREFIX // 2), secrets.token_hex(_SECRET_BYTES)
        row = self.create(
            user=user,
            name=name,
            prefix=prefix,
            hash=fingerprint(secret),
            scopes=sorted(set(scopes)),
            expires_at=expires_at,
        )
        return row, f"{_HEAD}_{prefix}_{secret}"


class ApiToken(models.Model):
    """A person's token acts as that person, within its scopes; a token of nobody is a channel."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="api_tokens",
        verbose_name="của",
    )
    name = models.CharField("tên", max_length=80)
    prefix = models.CharField("đầu mã", max_length=PREFIX, unique=True, editable=False)
    hash = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField("được làm", default=list)
    created_at = models.DateTimeField("tạo lúc", auto_now_add=True)
    expires_at = models.DateTimeField("hết hạn lúc")
    revoked_at = models.DateTimeField("thu hồi lúc", null=True, blank=True)
    last_used_at = models.DateTimeField("dùng gần nhất", null=True, blank=True, editable=False)

    objects = ApiTokenManager()

    class Meta:
        verbose_name = "khóa API"
        verbose_name_plural = "khóa API"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
