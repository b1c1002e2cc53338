"""A letter half typed, kept on our side: it outlives the session, an error, a broken connection.

The browser holds a random key in a signed, HttpOnly cookie for the form's own path; the database holds only the
key's hash, and the words encrypted. The same hash is the idempotency key of the letter: whatever is pressed twice
gives one letter, and the receipt can be shown again for an hour without a session.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from feedback.actions import SubmitKey
from feedback.models import IntakeDraft, SubmissionKey

COOKIE = "draft"
PATH = "/gui-phan-anh/"
LIFE = timedelta(days=7)
RECEIPT_SHOWN = timedelta(hours=1)  # long enough to look for a printer, short for a library's computer
SCOPE = "form"
_PURGE_EVERY, _PURGE_AT_ONCE = 3600, 50  # seconds, drafts


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def key_hash(request: HttpRequest) -> str:
    """Hash of the browser's key; "" when there is none or the cookie was tampered with."""
    key = request.get_signed_cookie(COOKIE, "", salt="draft", max_age=LIFE)
    return _hash(key) if key else ""


def find(request: HttpRequest) -> IntakeDraft | None:
    """The draft of this browser, if one is held."""
    hashed = key_hash(request)
    return IntakeDraft.objects.filter(key_hash=hashed).first() if hashed else None


def begin(at: datetime) -> tuple[IntakeDraft, str]:
    """A new, unsaved draft and the key to give to the browser (`remember`)."""
    if cache.add("drafts-purged", 1, _PURGE_EVERY):
        purge(at)
    key = secrets.token_urlsafe(24)
    return IntakeDraft(key_hash=_hash(key)), key


def remember(response: HttpResponse, key: str) -> None:
    """Hand the key to the browser."""
    response.set_signed_cookie(
        COOKIE,
        key,
        salt="draft",
        max_age=LIFE,
        path=PATH,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def values(draft: IntakeDraft | None) -> dict[str, str]:
    """The answers typed so far, by field name."""
    typed: dict[str, str] = draft.data.get("values", {}) if draft else {}
    return typed


def keep(draft: IntakeDraft, typed: dict[str, str], **marks: Any) -> None:
    """Take over what was typed, right or wrong, and save."""
    draft.data = {**draft.data, **marks, "values": {**values(draft), **typed}}
    draft.save()


def drop(draft: IntakeDraft) -> None:
    """Delete a draft with its files; the letter sent has its own copies."""
    for attachment in draft.attachments.all():
        attachment.file.delete(save=False)
    draft.delete()


def purge(at: datetime) -> int:
    """Drop drafts untouched for LIFE, a few at a time; the number dropped."""
    old = list(IntakeDraft.objects.filter(updated_at__lt=at - LIFE).order_by("updated_at")[:_PURGE_AT_ONCE])
    for draft in old:
        drop(draft)
    return len(old)


def submit_key(draft: IntakeDraft) -> SubmitKey:
    return SubmitKey(SCOPE, draft.key_hash)


def sent(request: HttpRequest) -> SubmissionKey | None:
    """The letter this browser's draft became, if it was sent."""
    hashed = key_hash(request)
    rows = SubmissionKey.objects.select_related("case").filter(scope=SCOPE, key=hashed)
    return rows.first() if hashed else None
