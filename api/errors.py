"""Every refusal as RFC 9457 `application/problem+json`: the one place where errors become HTTP."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import exceptions as django_errors
from django.db import InterfaceError, OperationalError, connections
from django.http import Http404, UnreadablePostError
from django.utils.translation import get_language
from rest_framework import exceptions as drf
from rest_framework.response import Response

from api import problems
from feedback import errors
from feedback.calendar.core import BeyondHorizon
from feedback.errors import OfficeError

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
# Where `type` points: the table of codes on the documentation page.
TYPE = "/api/v1/docs#error-{code}"

# DRF's codes of single fields → ours. What is not here is a WrongValue.
_FIELD: dict[str, type[OfficeError]] = {
    "required": errors.FieldRequired,
    "blank": errors.FieldRequired,
    "null": errors.FieldRequired,
    "unknown_field": problems.UnknownField,
    "staff_only_field": problems.OfficeOnly,
    "unknown_parameter": problems.UnknownParameter,
    "wrong_date": errors.WrongDate,
}


def language() -> str:
    """ "en" when the caller asked for it, else Vietnamese."""
    return "en" if (get_language() or "").startswith("en") else "vi"


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception hook. None (a true 500) only for what nobody foresaw."""
    found = _understood(error)
    if found is None:
        return None
    roll_back_requests()
    body = problem(found)
    if isinstance(error, drf.ValidationError):
        body["errors"] = list(_field_errors(error.get_full_details()))
    response = Response(body, status=found.status, content_type=MEDIA_TYPE)
    if found.status in (429, 503):
        response["Retry-After"] = str(found.data["wait"])
    if found.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="api"'
    return response


def roll_back_requests() -> None:
    """As DRF's own handler does: an error answered inside an atomic request must not be committed."""
    for connection in connections.all(initialized_only=True):
        if connection.settings_dict["ATOMIC_REQUESTS"] and connection.in_atomic_block:
            connection.set_rollback(True)


def problem(error: OfficeError) -> dict[str, Any]:
    """The body for one refusal; `title` is the class's sentence family, `detail` this case's sentence."""
    sentence = error.sentence(language())
    body: dict[str, Any] = {
        "type": TYPE.format(code=error.code),
        "title": _title(error),
        "status": error.status,
        "code": error.code,
        "detail": sentence,
    }
    if isinstance(error, errors.InvalidInput):
        body["errors"] = [_one(name, inner) for name, inner in error.errors.items()]
    elif error.field is not None:
        # An error about some lines of a list names each of them: `answered.t12-40`.
        places = [f"{error.field}.{key}" for key in error.data.get("keys", ())] or [error.field]
        body["errors"] = [_one(place, error) for place in places]
    return body


_TITLES: dict[int, tuple[str, str]] = {
    400: ("Yêu cầu chưa đúng", "Bad request"),
    401: ("Chưa xác thực", "Not authenticated"),
    403: ("Không có quyền", "Forbidden"),
    404: ("Không tìm thấy", "Not found"),
    405: ("Sai phương thức", "Method not allowed"),
    406: ("Không trả lời được ở dạng đó", "Not acceptable"),
    409: ("Chưa làm được lúc này", "Conflict"),
    410: ("Đã gỡ", "Gone"),
    413: ("Quá lớn", "Too large"),
    415: ("Sai kiểu dữ liệu", "Unsupported media type"),
    429: ("Quá nhiều yêu cầu", "Too many requests"),
    503: ("Tạm thời không phục vụ được", "Unavailable"),
}


def _title(error: OfficeError) -> str:
    return _TITLES[error.status][1 if language() == "en" else 0]


def _one(field: str, error: OfficeError) -> dict[str, str]:
    return {"field": field, "code": error.code, "detail": error.sentence(language())}


def _understood(error: Exception) -> OfficeError | None:
    """The refusal an exception stands for, or None."""
    if isinstance(error, OfficeError):
        return error
    if isinstance(error, BeyondHorizon):
        return problems.CalendarEnds(**error.data)
    if isinstance(error, drf.APIException):
        return _from_drf(error)
    if isinstance(error, OperationalError | InterfaceError):
        log.error("database does not answer: %s", type(error).__name__)
        return problems.Unavailable(wait=RETRY_SECONDS)
    if isinstance(error, django_errors.RequestDataTooBig):
        return too_large()
    if isinstance(error, django_errors.SuspiciousOperation | UnreadablePostError):
        return problems.ParseFailed()
    if isinstance(error, Http404):
        return errors.NotFound()
    if isinstance(error, django_errors.PermissionDenied):
        return errors.NotAllowed()
    return None


def too_large() -> OfficeError:
    return problems.BodyTooLarge(maximum_mb=settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20)


def _from_drf(error: drf.APIException) -> OfficeError | None:
    if isinstance(error, drf.ValidationError):
        return errors.InvalidInput({})
    if isinstance(error, drf.Throttled):
        return errors.TooManyRequests(wait=int(getattr(error, "wait", None) or 1))
    if isinstance(error, drf.PermissionDenied) and "CSRF" in str(error.detail):
        return problems.CsrfFailed()
    simple: dict[type[drf.APIException], type[OfficeError]] = {
        drf.ParseError: problems.ParseFailed,
        drf.NotAuthenticated: problems.NotSignedIn,
        drf.AuthenticationFailed: problems.NotSignedIn,
        drf.PermissionDenied: errors.NotAllowed,
        drf.NotFound: errors.NotFound,
        drf.MethodNotAllowed: problems.WrongMethod,
        drf.NotAcceptable: problems.NotAcceptable,
        drf.UnsupportedMediaType: problems.WrongMediaType,
    }
    found = simple.get(type(error))
    return found() if found else None


def _field_errors(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """DRF's nested details as flat (field, code, detail): `parts[0].start`."""
    if isinstance(details, dict) and "message" in details and "code" in details and len(details) == 2:
        yield _one(path or "body", _FIELD.get(str(details["code"]), problems.WrongValue)())
    elif isinstance(details, dict):
        for name, inner in details.items():
            here = "" if name == "non_field_errors" else printable(name)
            yield from _field_errors(inner, f"{path}.{here}".strip("."))
    elif isinstance(details, list):
        nested = any(d and not _is_leaf(d) for d in details)
        for number, inner in enumerate(details):
            yield from _field_errors(inner, f"{path}[{number}]" if nested else path)


def _is_leaf(details: Any) -> bool:
    return isinstance(details, dict) and set(details) == {"message", "code"}


def printable(name: object) -> str:
    """A name as the caller wrote it, short and encodable: lone surrogates would break the answer itself."""
    return str(name)[:60].encode("utf-8", "replace").decode()
