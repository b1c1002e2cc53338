"""What the office calls things: labels, procedures, reply templates, and the share of letters checked afterwards.

Codes never change: cases, statistics and the log name them. Each change is made against the row that was looked at, and
stands in the administrators' log with what it was before – for a template that is the version kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model

from feedback import errors
from feedback.actions.office_log import put, record, require_administrator, require_unchanged, said
from feedback.actions.staff import NumberOutOfRange
from feedback.models import AuditShare, Issue, OfficeAct, Procedure, ReplyTemplate, Topic, User
from feedback.models.office_log import audit_percent, forget_audit_percent

What = OfficeAct.What
HEADS: Mapping[str, type[Topic] | type[Issue]] = {"topic": Topic, "issue": Issue}
LABEL = ("name_vi", "name_en", "keywords", "active")
PROCEDURE = ("name_vi", "name_en", "legal_days", "legal_days_unit", "online_level", "law", "published")
TEMPLATE = ("name_vi", "body_vi", "topic_id", "issue_id", "kind_id")
MOST_KEYWORDS, LONGEST_KEYWORD = 200, 80
LONGEST_BODY = 20_000
MOST_DAYS = 365
LEAST_SHARE, MOST_SHARE = 2, 20  # percent; below two of a hundred nothing can be concluded in a quarter
# What a template may ask for; the reply editor fills it in.
FIELDS = ("reference", "citizen", "received_date", "unit", "handler", "due_date", "procedure")
_FIELD = re.compile(r"\{([^{}\n]{0,60})\}")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9._-]{1,39}")


class FamilyInUse(errors.OfficeError):
    code = "family_in_use"
    status = 409
    vi = "Còn {count} mục con đang dùng. Xin tắt các mục con trước."
    en = "{count} labels below it are in use. Switch them off first."


class TooManyKeywords(errors.OfficeError):
    code = "too_many_keywords"
    vi = "Có {count} từ khóa, tối đa {most}. Xin giữ những từ người dân hay dùng nhất."
    en = "There are {count} keywords, at most {most}. Keep those people use most."


class UnknownField(errors.OfficeError):
    code = "unknown_field"
    vi = "Không có trường “{value}”. Các trường dùng được: {known}."
    en = "There is no field “{value}”. Fields that exist: {known}."


class CodeUnreadable(errors.OfficeError):
    code = "code_unreadable"
    vi = "Mã chỉ gồm chữ in hoa không dấu, số, dấu chấm, gạch nối, dài 2–40 ký tự, ví dụ HT.CHAM."
    en = "A code has 2 to 40 capital letters, digits, full stops or hyphens, like HT.LATE."


class CodeTaken(errors.OfficeError):
    code = "code_taken"
    status = 409
    vi = "Đã có mẫu dùng mã này. Xin chọn mã khác."
    en = "There is a template of this code already. Please choose another."


def clean_keywords(words: Iterable[str]) -> list[str]:
    """Each once, in the order given. Raises TooManyKeywords, TextTooLong."""
    found = list(dict.fromkeys(w for word in words if (w := " ".join(word.replace("\x00", "").split()))))
    if len(found) > MOST_KEYWORDS:
        raise TooManyKeywords("keywords", count=len(found), most=MOST_KEYWORDS)
    if too_long := next((word for word in found if len(word) > LONGEST_KEYWORD), None):
        raise errors.TextTooLong("keywords", length=len(too_long), maximum=LONGEST_KEYWORD)
    return found


def change_label(
    head: str,
    code: str,
    *,
    name_vi: str,
    name_en: str,
    keywords: Iterable[str],
    active: bool,
    by: User,
    at: datetime,
    seen: str | None,
) -> None:
    """Another name, other words it is recognised by, or in use or not.

    Raises InvalidInput, FamilyInUse, RowChanged, NotAdministrator, UnknownCode.
    """
    require_administrator(by)
    model = HEADS.get(head)
    if model is None or not model._default_manager.filter(pk=code).exists():
        raise errors.UnknownCode("code", value=code[:40])
    values: dict[str, Any] = {"active": active}
    _gather(
        values,
        name_vi=lambda: said("name_vi", name_vi, 200),
        name_en=lambda: said("name_en", name_en, 200, needed=False),
        keywords=lambda: clean_keywords(keywords),
    )
    with transaction.atomic():
        row = model._default_manager.select_for_update().get(pk=code)
        require_unchanged(row, LABEL, seen)
        below = model._default_manager.filter(parent=code, active=True).count()
        if row.active and not active and below:
            raise FamilyInUse("active", count=below)
        _save(row, put(row, values), What.LABEL, f"{head}:{code}", by, at)


def _gather(values: dict[str, Any], **checks: Any) -> None:
    """Run every check, so that all that is wrong is said at once. Raises InvalidInput."""
    wrong: dict[str, errors.OfficeError] = {}
    for name, check in checks.items():
        try:
            values[name] = check()
        except errors.OfficeError as error:
            wrong[name] = error
    if wrong:
        raise errors.InvalidInput(wrong)


def _save(row: Model, changes: dict[str, Any], what: What, subject: str, by: User, at: datetime) -> None:
    if changes:
        row.save()
        record(what, subject, str(row), by=by, at=at, changes=changes)


def change_procedure(code: str, *, by: User, at: datetime, seen: str | None, **given: Any) -> None:
    """`given`: the fields of PROCEDURE. `legal_days` None: not stated. Raises InvalidInput, RowChanged, UnknownCode."""
    require_administrator(by)
    row = Procedure.objects.filter(pk=code).first()
    if row is None:
        raise errors.UnknownCode("code", value=code[:40])
    values: dict[str, Any] = {"published": bool(given["published"])}
    _gather(
        values,
        name_vi=lambda: said("name_vi", given["name_vi"], 300),
        name_en=lambda: said("name_en", given["name_en"], 300, needed=False),
        law=lambda: said("law", given["law"], 300, needed=False),
        legal_days=lambda: _days(given["legal_days"]),
        legal_days_unit=lambda: _unit_of_days(given["legal_days"], given["legal_days_unit"]),
        online_level=lambda: _one_of("online_level", given["online_level"], Procedure.Online.values),
    )
    with transaction.atomic():
        row = Procedure.objects.select_for_update().get(pk=code)
        require_unchanged(row, PROCEDURE, seen)
        _save(row, put(row, values), What.PROCEDURE, f"procedure:{code}", by, at)


def _days(days: int | None) -> int | None:
    if days is not None and not 0 <= days <= MOST_DAYS:
        raise NumberOutOfRange("legal_days", least=0, most=MOST_DAYS)
    return days


def _unit_of_days(days: int | None, unit: str) -> str:
    if days is None:
        return ""
    if not unit:
        raise errors.FieldRequired("legal_days_unit")
    return _one_of("legal_days_unit", unit, Procedure.DayUnit.values)


def _one_of(field: str, value: str, known: Iterable[str]) -> str:
    if value not in known:
        raise errors.UnknownCode(field, value=value[:40])
    return value


# --- reply templates


def clean_body(body: str) -> str:
    """Raises FieldRequired, TextTooLong, UnknownField (a brace nobody fills in would reach the citizen)."""
    body = body.replace("\x00", "").replace("\r\n", "\n").rstrip()
    if not body.strip():
        raise errors.FieldRequired("body_vi")
    if len(body) > LONGEST_BODY:
        raise errors.TextTooLong("body_vi", length=len(body), maximum=LONGEST_BODY)
    for name in _FIELD.findall(body):
        if name not in FIELDS:
            known = ", ".join(f"{{{one}}}" for one in FIELDS)
            raise UnknownField("body_vi", value=f"{{{name[:40]}}}", known=known)
    return body


def save_template(
    code: str,
    *,
    name_vi: str,
    body_vi: str,
    topic: str | None,
    issue: str | None,
    kind: str | None,
    by: User,
    at: datetime,
    seen: str | None,
    new: bool = False,
) -> ReplyTemplate:
    """A new template, or another wording of one. Raises InvalidInput, RowChanged, UnknownCode, NotAdministrator."""
    require_administrator(by)
    values: dict[str, Any] = {"topic_id": topic or None, "issue_id": issue or None, "kind_id": kind or None}
    checks: dict[str, Any] = {
        "name_vi": lambda: said("name_vi", name_vi, 200),
        "body_vi": lambda: clean_body(body_vi),
    }
    if new:
        checks["code"] = lambda: _new_code(code)
    _gather(values, **checks)
    values.pop("code", None)
    with transaction.atomic():
        if new:
            row = ReplyTemplate(code=code.strip())
            put(row, values)
            row.save(force_insert=True)
            record(What.TEMPLATE_ADDED, f"template:{row.pk}", str(row), by=by, at=at)
            return row
        held = ReplyTemplate.objects.select_for_update().filter(pk=code).first()
        if held is None:
            raise errors.UnknownCode("code", value=code[:40])
        require_unchanged(held, TEMPLATE, seen)
        _save(held, put(held, values), What.TEMPLATE, f"template:{held.pk}", by, at)
    return held


def _new_code(code: str) -> str:
    code = code.strip()
    if not _CODE.fullmatch(code):
        raise CodeUnreadable("code") if code else errors.FieldRequired("code")
    if ReplyTemplate.objects.filter(pk=code).exists():
        raise CodeTaken("code")
    return code


# --- the random check


def set_audit_share(percent: int, *, why: str, by: User, at: datetime) -> None:
    """Of a hundred letters sorted without a person, so many are checked from now on. Managers and administrators.

    Raises NotAllowed, InvalidInput.
    """
    scope = by.scope()
    if not (scope.manager or scope.administrator or by.is_superuser):
        raise errors.NotAllowed
    wrong: dict[str, errors.OfficeError] = {}
    if not LEAST_SHARE <= percent <= MOST_SHARE:
        wrong["percent"] = NumberOutOfRange("percent", least=LEAST_SHARE, most=MOST_SHARE)
    if not why.strip():
        wrong["why"] = errors.FieldRequired("why")
    if wrong:
        raise errors.InvalidInput(wrong)
    with transaction.atomic():
        before = audit_percent()
        AuditShare.objects.create(percent=percent, set_by=by, set_at=at)
        record(
            What.AUDIT_SHARE, "audit_share", "", by=by, at=at, changes={"percent": [before, percent]}, why=why
        )
        transaction.on_commit(forget_audit_percent)
