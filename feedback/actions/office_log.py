"""How an administrator's change is done: by whom it may be, against the row that was looked at, and recorded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from feedback import errors
from feedback.models import OfficeAct, User

LONGEST_WHY = 500


class NotAdministrator(errors.OfficeError):
    code = "not_administrator"
    status = 403
    vi = "Chỉ người quản trị được làm việc này."
    en = "Only an administrator may do this."


class RowChanged(errors.OfficeError):
    """Somebody changed the row since the caller saw it."""

    code = "row_changed"
    status = 409
    vi = "Người khác vừa sửa mục này. Xin xem lại rồi làm lại; nội dung ông/bà đã gõ vẫn còn."
    en = "Somebody else has just changed this. Look again and repeat; what you typed is kept."


def administers(user: User) -> bool:
    return user.is_active and (user.is_superuser or user.scope().administrator)


def require_administrator(by: User) -> None:
    if not administers(by):
        raise NotAdministrator


def stamp(row: Model, names: Collection[str]) -> str:
    """A short fingerprint of these fields: a form carries it, so that nobody overwrites what they have not seen."""
    values = {name: getattr(row, name) for name in sorted(names)}
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def require_unchanged(row: Model, names: Collection[str], seen: str | None) -> None:
    if seen is not None and seen != stamp(row, names):
        raise RowChanged


def put(row: Model, values: Mapping[str, Any], *, unsaid: Collection[str] = ()) -> dict[str, Any]:
    """Set the fields and tell what changed: field → [before, after]; of those `unsaid` only that they did."""
    changes: dict[str, Any] = {}
    for name, value in values.items():
        before = getattr(row, name)
        if before == value:
            continue
        changes[name] = None if name in unsaid else [_plain(before), _plain(value)]
        setattr(row, name, value)
    return changes


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | list | None) else str(value)


def record(
    what: OfficeAct.What,
    subject: str,
    name: str,
    *,
    by: User,
    at: datetime,
    changes: Mapping[str, Any] | None = None,
    why: str = "",
) -> OfficeAct:
    return OfficeAct.objects.create(
        what=what,
        subject=subject[:80],
        name=name[:300],
        by=by,
        at=at,
        changes=dict(changes or {}),
        why=why.strip()[:LONGEST_WHY],
    )


def said(field: str, text: str, longest: int, *, needed: bool = True) -> str:
    """A line of text as it may be stored. Raises FieldRequired, TextTooLong."""
    text = " ".join(text.replace("\x00", "").split())
    if needed and not text:
        raise errors.FieldRequired(field)
    if len(text) > longest:
        raise errors.TextTooLong(field, length=len(text), maximum=longest)
    return text
