"""How the schema is written: both languages, every refusal as a problem document, doors as security schemes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import serializers

MEDIA_TYPE = "application/problem+json"
TOKEN, CODE, SESSION = "token", "caseCode", "session"

_WORDS: dict[str, str] = {
    "400": "Dữ liệu hoặc tham số chưa đúng · Wrong data or parameters",
    "401": "Thiếu hoặc sai khóa API · Missing or wrong credentials",
    "403": "Không có quyền · Not allowed",
    "404": "Không tìm thấy, hoặc mã bí mật không khớp · Not found, or the code does not fit",
    "405": "Sai phương thức · Method not allowed",
    "406": "Không trả lời được ở dạng đó · Not acceptable",
    "409": "Trạng thái hoặc phiên bản không cho phép · Wrong state, stale version or key conflict",
    "413": "Quá lớn · Too large",
    "415": "Sai kiểu nội dung · Unsupported media type",
    "429": "Quá nhiều yêu cầu; xem Retry-After · Too many requests, see Retry-After",
    "503": "Tạm dừng phục vụ; xem Retry-After · Unavailable, see Retry-After",
}
_RETRY_AFTER = {"Retry-After": {"schema": {"type": "integer"}, "description": "giây · seconds"}}
_ALWAYS = ("400", "401", "404", "405", "406", "429", "503")
_WITH_BODY = ("403", "409", "413", "415")


class FieldProblem(serializers.Serializer):
    """Một mục chưa đúng · One field that is not right."""

    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer):
    """Lời từ chối theo RFC 9457 · A refusal as RFC 9457 defines it."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    errors = FieldProblem(many=True, required=False)  # type: ignore[assignment]  # DRF takes fields out of the class before it has attributes


_DEFINITIONS: dict[str, dict[str, Any]] = {
    TOKEN: {"type": "http", "scheme": "bearer", "description": "Khóa API · API token: `hoiam_…`"},
    SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "Phiên của cán bộ · Staff session",
    },
    CODE: {
        "type": "apiKey",
        "in": "header",
        "name": "X-Case-Code",
        "description": "Mã bí mật của đơn, chỉ gửi trong tiêu đề · The case's secret code, in this header only",
    },
}
_DOORS: dict[str, tuple[str | None, ...]] = {
    "public": (None,),
    "staff": (TOKEN, SESSION),
    "token": (TOKEN, SESSION),
    "citizen": (CODE,),
}


class ApiSchema(AutoSchema):
    """Reads `doors` of the view; adds the problem responses that any operation may give."""

    def get_operation(self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any) -> Any:
        operation = super().get_operation(path, path_regex, path_prefix, method, registry)
        if operation is None:
            return None
        problem = self.resolve_serializer(Problem, "response").ref
        content = {MEDIA_TYPE: {"schema": problem}}
        for code in self._refusals():
            operation["responses"].setdefault(code, {"description": _WORDS[code], "content": content})
            if code in ("429", "503"):
                operation["responses"][code]["headers"] = _RETRY_AFTER
        operation["responses"] = dict(sorted(operation["responses"].items()))
        return operation

    def _refusals(self) -> list[str]:
        codes = set(_ALWAYS)
        if self.method == "POST":
            codes |= set(_WITH_BODY)
        if "public" not in self._doors():
            codes.add("403")
        return sorted(codes)

    def _doors(self) -> tuple[str, ...]:
        by_method: dict[str, tuple[str, ...]] = getattr(self.view, "doors_by_method", {})
        return by_method.get(self.method, getattr(self.view, "doors", ("staff",)))

    def get_auth(self) -> list[dict[str, list[str]]]:
        schemes = dict.fromkeys(scheme for door in self._doors() for scheme in _DOORS[door])
        for name in filter(None, schemes):
            component: Any = ResolvedComponent
            scheme = component(
                name=name, type=component.SECURITY_SCHEMA, object=name, schema=_DEFINITIONS[name]
            )
            self.registry.register_on_missing(scheme)
        return [{name: []} if name else {} for name in schemes]

    def get_tags(self) -> list[str]:
        return [getattr(self.view, "tag", "cases")]
