"""/schema: OpenAPI 3.1; /docs: the same for people, drawn by the server, without a script from anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views import View
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import problems  # noqa: F401 - its classes belong to the table of refusals
from api.errors import language
from api.models import SCOPES
from api.views import ApiView, answer
from feedback.errors import OfficeError

TAGS = {
    "cases": _("Letters and cases"),
    "verbs": _("Acting on a case"),
    "published": _("Published answers"),
    "catalogue": _("Catalogue"),
    "deadlines": _("Deadlines"),
    "classify": _("Classification"),
    "reports": _("Reports"),
    "me": _("The caller"),
}


@cache
def schema() -> dict[str, Any]:
    """The OpenAPI document; the code does not change while the process lives."""
    generator: Any = SchemaGenerator
    found: dict[str, Any] = generator(api_version="v1").get_schema(request=None, public=True)
    return found


@extend_schema(exclude=True)
class Schema(ApiView):
    """OpenAPI 3.1: JSON, or YAML when asked for."""

    doors = ("public",)
    renderer_classes = (OpenApiJsonRenderer2, OpenApiYamlRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer)
    parameters = frozenset(("format",))

    def get(self, request: Request) -> Response:
        return answer(schema(), headers={"Cache-Control": "public, max-age=300"})


# Said once, under "Refusals".
_EVERYWHERE = frozenset({"400", "401", "403", "404", "405", "406", "413", "415", "429", "503"})


@dataclass
class Operation:
    """One operation as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    keys: list[str]
    open: bool
    parameters: list[dict[str, Any]] = field(default_factory=list)
    fields: list[dict[str, Any]] = field(default_factory=list)
    example: str = ""
    answers: list[tuple[str, str]] = field(default_factory=list)


class Docs(View):
    """Trang tài liệu · The documentation page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        i = 1 if language() == "en" else 0
        return render(
            request,
            "api/docs.html",
            {
                "groups": [(title, list(_operations(tag, i))) for tag, title in TAGS.items()],
                "refusals": [_refusal(error) for error in refusals()],
                "scopes": [(code, names[i]) for code, names in SCOPES.items()],
                "site": settings.SITE_URL,
            },
        )


def _operations(tag: str, i: int) -> Iterator[Operation]:
    for path, methods in schema()["paths"].items():
        for method, one in methods.items():
            if tag in one["tags"]:
                yield Operation(
                    id=one["operationId"],
                    method=method.upper(),
                    path=path,
                    summary=_pick(one.get("summary", ""), i),
                    description=_pick_paragraphs(one.get("description", ""), i),
                    keys=[name for need in one.get("security", []) for name in need],
                    open={} in one.get("security", [{}]),
                    fields=list(_fields(one, i)),
                    parameters=[_parameter(p, i) for p in one.get("parameters", []) if p["in"] != "path"],
                    example=_example(one),
                    answers=[
                        (code, _pick(r.get("description", ""), i))
                        for code, r in one["responses"].items()
                        if code not in _EVERYWHERE
                    ],
                )


def _pick(text: str, i: int) -> str:
    """One half of "tiếng Việt · English"; a text without the dot is for both."""
    halves = text.split(" · ")
    return halves[i] if len(halves) == 2 else text


def _pick_paragraphs(text: str, i: int) -> str:
    return "\n".join(_pick(line, i) for line in text.splitlines())


def _parameter(raw: dict[str, Any], i: int) -> dict[str, Any]:
    shape = raw.get("schema", {})
    values = shape.get("enum") or shape.get("items", {}).get("enum") or []
    return {
        "name": raw["name"],
        "where": raw["in"],
        "required": raw.get("required", False),
        "text": _pick(raw.get("description", ""), i),
        # A catalogue of hundreds of codes has an address of its own.
        "values": ", ".join(str(v) for v in values) if len(values) <= 20 else "",
    }


def _fields(operation: dict[str, Any], i: int) -> Iterator[dict[str, Any]]:
    """The fields of the body, those of the first media type: JSON and multipart have the same."""
    contents = list(operation.get("requestBody", {}).get("content", {}).values())
    if not contents:
        return
    body = _resolved(contents[0]["schema"])
    for name, shape in body.get("properties", {}).items():
        kind = _resolved(shape)
        yield {
            "name": name,
            "type": kind.get("type", ""),
            "required": name in body.get("required", []),
            "text": _pick(shape.get("description", ""), i),
        }


def _resolved(shape: dict[str, Any]) -> dict[str, Any]:
    """The component behind a `$ref`, also inside `allOf`."""
    for one in (shape, *shape.get("allOf", [])):
        if "$ref" in one:
            found: dict[str, Any] = schema()["components"]["schemas"][one["$ref"].rsplit("/", 1)[1]]
            return found
    return shape


def _example(operation: dict[str, Any]) -> str:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        for one in content.get("examples", {}).values():
            return json.dumps(one["value"], ensure_ascii=False, indent=2)
    return ""


def refusals() -> list[type[OfficeError]]:
    """Every class of refusal there is, by status and code."""
    found: dict[str, type[OfficeError]] = {}
    todo = list(OfficeError.__subclasses__())
    while todo:
        one = todo.pop()
        todo += one.__subclasses__()
        found[one.code] = one
    return sorted(found.values(), key=lambda e: (e.status, e.code))


def _refusal(error: type[OfficeError]) -> dict[str, Any]:
    return {
        "code": error.code,
        "status": error.status,
        "sentence": error.en if language() == "en" else error.vi,
    }
