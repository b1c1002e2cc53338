"""What every resource shares: parsers, throttles, strict bodies and parameters, headers of public reading."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api import problems
from api.errors import printable
from feedback.errors import InvalidInput


class ApiView(APIView):
    """A resource. `doors` names who may come in, for the documentation and the tests; `api.doors` enforces it.

    doors: "public" (anybody), "staff" (a token or session of a person), "citizen" (X-Case-Code), "token" (any token).
    """

    permission_classes = ()  # who may is asked by api.doors and feedback.actions, with the case at hand
    metadata_class = None
    doors: tuple[str, ...] = ("staff",)
    doors_by_method: dict[str, tuple[str, ...]] = {}  # where a method differs
    scope: str = "cases:read"
    parameters: frozenset[str] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown_parameters(request, self.parameters)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.doors == ("public",) and request.method in ("GET", "HEAD"):
            response["Access-Control-Allow-Origin"] = "*"
        elif "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response


def refuse_unknown_parameters(request: Request, known: Iterable[str]) -> None:
    """A mistyped filter must not quietly list everything. Raises InvalidInput."""
    unknown = set(request.query_params) - set(known)
    if unknown:
        raise InvalidInput({printable(name): problems.UnknownParameter() for name in sorted(unknown)})


class StrictSerializer(serializers.Serializer):
    """A body whose every field is known: a mistyped optional field would otherwise be lost without a word."""

    def to_internal_value(self, data: Any) -> Any:
        problems_found: dict[str, Any] = {}
        if hasattr(data, "keys"):
            known = set(self.fields)
            problems_found = {
                printable(name): serializers.ErrorDetail("unknown", code="unknown_field")
                for name in data
                if name not in known
            }
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if isinstance(error.detail, dict):
                raise serializers.ValidationError({**error.detail, **problems_found}) from error
            raise
        if problems_found:
            raise serializers.ValidationError(problems_found)
        return value


def checked(serializer_class: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    """The body of the request after its shape was checked. Raises ValidationError, ParseFailed …"""
    serializer = serializer_class(data=request.data, context={"request": request})
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def answer(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(data, status=status, headers=headers)
