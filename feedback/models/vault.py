"""The identity vault: who wrote, apart from what was written. Columns are encrypted; every reading is an event."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.db.models import Q


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def identity_keys() -> tuple[str, ...]:
    """The key in use first, then the ones that only open old rows."""
    return (settings.IDENTITY_KEY, *settings.IDENTITY_OLD_KEYS)


def new_salt() -> str:
    """64 random bits beside a text, so that the log's fingerprint of a short one cannot be guessed back; they are
    erased with it."""
    return secrets.token_hex(8)


def encrypt(value: Any) -> str:
    """JSON → Fernet token under the newest of the identity keys."""
    data = json.dumps(value, ensure_ascii=False).encode()
    return _fernet(identity_keys()).encrypt(data).decode()


def decrypt(token: str) -> Any:
    """The value back. Raises ValueError when no configured key fits (a lost or foreign key)."""
    try:
        return json.loads(_fernet(identity_keys()).decrypt(token.encode()))
    except InvalidToken as error:
        raise ValueError("no identity key opens this value") from error


def sender_mark(what: str, plain: str) -> str:
    """HMAC-SHA-256 (hex) of a way to reach somebody, under the identity key; "" for none. Says nothing without it."""
    if not plain:
        return ""
    if what == "phone":
        plain = plain.removeprefix("0084").removeprefix("84" if len(plain) > 10 else "").removeprefix("0")
    return hmac.new(
        identity_keys()[0].encode(), f"sender-{what}:{plain}".encode(), hashlib.sha256
    ).hexdigest()


if TYPE_CHECKING:
    _Text = models.TextField[Any, Any]
else:
    _Text = models.TextField


class SealedField(_Text):
    """A JSON value that is plain in Python and a Fernet token in the database; it cannot be filtered on."""

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else encrypt(value)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return None if value is None else decrypt(value)


class Identity(models.Model):
    """Name and ways to reach the sender of one case. Read it through `actions.read_identity` only."""

    case = models.OneToOneField("feedback.Case", models.CASCADE, primary_key=True, related_name="identity")
    # {"name": str, "phone": str, "email": str, "address": str}; empty strings when not given
    details = SealedField()
    language = models.CharField(max_length=5, default="vi")
    notify = models.BooleanField(default=True)  # the citizen may be written to
    # Two letters of one sender carry the same mark. Empty unless the sender lets the office know the name.
    phone_mark = models.CharField(max_length=64, blank=True, editable=False)
    email_mark = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["phone_mark"], condition=~Q(phone_mark=""), name="identity_by_phone"),
            models.Index(fields=["email_mark"], condition=~Q(email_mark=""), name="identity_by_email"),
        ]
        verbose_name = "thông tin người gửi"
        verbose_name_plural = "thông tin người gửi"

    def __str__(self) -> str:
        return f"identity of case {self.pk}"

    def set_marks(self, *, named: bool) -> None:
        """Write the marks by which other letters of this sender are found; none for who wants to stay unknown."""
        phone, email = self.details.get("phone", ""), self.details.get("email", "")
        self.phone_mark = sender_mark("phone", re.sub(r"\D", "", phone)) if named else ""
        self.email_mark = sender_mark("email", email.strip().casefold()) if named else ""


class IntakeDraft(models.Model):
    """A letter half typed, kept when the session ends. The key is in the browser's cookie; here only its hash."""

    key_hash = models.CharField(max_length=64, unique=True)
    data = SealedField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"draft {self.pk}"
