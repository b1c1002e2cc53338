"""POST /cases: a letter comes in. Anybody may write; the same Idempotency-Key gets the same answer again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from api import problems
from api.doors import Visitor, require_scope
from api.errors import language
from api.models import ApiToken
from api.throttling import Window
from api.v1.shapes import CaseLinks, Named, link, links_data, named
from api.views import StrictSerializer
from feedback import actions, errors, uploads, workflow
from feedback.models import Case
from feedback.reports.clock import clock_views
from feedback.web.citizen import limits

# Anonymous callers share one room for keys (no address is kept, and a telephone changes its own between two tries),
# so a key must be long enough that two strangers never choose the same one.
SHORTEST_ANONYMOUS_KEY, LONGEST_KEY = 16, 255


class LetterText(serializers.CharField):
    """The letter as typed: nothing trimmed, no length judged here; what cannot be stored `submit` tidies away."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, allow_blank=True, **kwargs)
        self.validators = []

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return serializers.Field.run_validation(self, data)


class FilesField(serializers.ListField):
    """`files` repeated in multipart; judged by `feedback.uploads`, not by name or declared type."""

    child = serializers.FileField(allow_empty_file=True, max_length=None)


class SubmitBody(StrictSerializer):
    """Thư của công dân · A citizen's letter."""

    text = LetterText(help_text="10–20 000 ký tự, giữ nguyên văn · 10–20,000 characters, kept word for word")
    visibility = serializers.CharField(
        default="named",
        help_text="named, hidden (không nêu tên với công chúng), sealed (giữ kín danh tính) · "
        "named, hidden (from the public), sealed",
    )
    name = serializers.CharField(default="", allow_blank=True)
    phone = serializers.CharField(default="", allow_blank=True)
    email = serializers.CharField(default="", allow_blank=True)
    address = serializers.CharField(default="", allow_blank=True)
    place = serializers.CharField(
        default="",
        allow_blank=True,
        help_text="Mã đơn vị, xem /catalogue/units · Code of a unit, see /catalogue/units",
    )
    procedure = serializers.CharField(
        default="",
        allow_blank=True,
        help_text="Mã thủ tục, xem /catalogue/procedures · Code of a procedure, see /catalogue/procedures",
    )
    dossier_code = serializers.CharField(default="", allow_blank=True)
    language = serializers.ChoiceField(["vi", "en"], required=False)
    channel = serializers.CharField(
        required=False,
        help_text="Chỉ cán bộ: paper, phone, counter, email · Staff only: paper, phone, counter, email",
    )
    received_at = serializers.DateTimeField(required=False, help_text="Chỉ cán bộ · Staff only")
    files = FilesField(required=False, help_text="≤ 5 × 10 MB, JPG/PNG/PDF; multipart")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not self.context["request"].user.is_authenticated:
            refused: dict[str, Any] = {
                name: serializers.ErrorDetail("staff", code="staff_only_field")
                for name in ("channel", "received_at")
                if name in attrs
            }
            if refused:
                raise serializers.ValidationError(refused)
        return attrs


class ReceiptShape(serializers.Serializer):
    """Giấy báo nhận. `secret_code` chỉ hiện lần này · The receipt; `secret_code` is shown this once."""

    reference = serializers.CharField()
    secret_code = serializers.CharField()
    status = serializers.CharField()
    status_name = serializers.CharField()
    received_at = serializers.DateTimeField()
    unit = Named(allow_null=True)
    due_at = serializers.DateTimeField()
    explanation = serializers.ListField(
        child=serializers.CharField(), help_text="Ngày trả lời được tính thế nào · How the date was computed"
    )
    links = CaseLinks()
    page = serializers.URLField()


def receipt_data(case: Case, secret: str, at: datetime) -> dict[str, Any]:
    views = clock_views(case, at=at, language=language())
    return {
        "reference": case.reference,
        "secret_code": secret,
        "status": case.status,
        "status_name": workflow.status_name(case.status, language()),
        "received_at": timezone.localtime(case.received_at).isoformat(),
        "unit": named("units", case.unit_id),
        "due_at": timezone.localtime(case.due_at).isoformat(),
        "explanation": views[0].sentences(language()) if views else [],
        "links": links_data(case),
        "page": link("lookup"),
    }


def submitter(request: Request) -> Visitor:
    """A person of the office, or the citizen. Raises InsufficientScope for a token that may not submit."""
    require_scope(request, "cases:submit")
    return Visitor(request.user if request.user.is_authenticated else None)


def limit_strangers(request: Request) -> None:
    """Letters per address without a token; tokens and sessions have the general limit only. Raises TooManyRequests.

    The window is exact however many processes there are; the form's own count is asked and told too, so that nobody
    writes twice as much by using both doors.
    """
    if request.auth is not None or request.user.is_authenticated:
        return
    window = Window("submit")
    limits.check("submit", limits.address(request), *limits.rate("submit"))
    if window.count(request) > window.number:
        raise errors.TooManyRequests(wait=int(window.wait()))
    limits.letter_sent(request)


def key_of(request: Request) -> tuple[str, str] | None:
    """(scope, key) of the Idempotency-Key header, or None. Raises WrongIdempotencyKey."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if isinstance(request.auth, ApiToken):
        scope, shortest = f"token:{request.auth.prefix}", 1
    elif request.user.is_authenticated:
        scope, shortest = f"user:{request.user.pk}", 1
    else:
        scope, shortest = "anon", SHORTEST_ANONYMOUS_KEY
    if not shortest <= len(key) <= LONGEST_KEY or not all("!" <= c <= "~" for c in key):
        raise problems.WrongIdempotencyKey("Idempotency-Key", minimum=shortest)
    return scope, key


def clean_files(files: list[Any] | None) -> list[uploads.CleanFile]:
    """The harmless versions. Raises TooManyFiles, or InvalidInput with one error per file."""
    if not files:
        return []
    if len(files) > uploads.MAX_FILES:
        raise errors.TooManyFiles("files", maximum=uploads.MAX_FILES)
    found: list[uploads.CleanFile] = []
    refused: dict[str, errors.OfficeError] = {}
    for number, file in enumerate(files):
        try:
            found.append(uploads.clean_upload(file.name, file, file.content_type))
        except errors.FileRefused as error:
            refused[f"files[{number}]"] = error
    if refused:
        raise errors.InvalidInput(refused)
    return found


def letter_of(body: dict[str, Any]) -> actions.Letter:
    fields = {n: v for n, v in body.items() if n != "files"}
    fields.setdefault("channel", Case.Channel.API)
    fields.setdefault("language", language())
    return actions.Letter(files=clean_files(body.get("files")), **fields)
