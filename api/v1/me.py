"""/me: who the caller is and what that allows."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import problems
from api.errors import language
from api.models import SCOPES, ApiToken
from api.v1.shapes import Named, Person, named, person
from api.views import ApiView, answer
from feedback.models import Membership
from feedback.workflow import ROLE_NAMES, Role


class RoleShape(serializers.Serializer):
    role = serializers.CharField()
    role_name = serializers.CharField()
    unit = Named()


class TokenShape(serializers.Serializer):
    name = serializers.CharField()
    prefix = serializers.CharField()
    expires_at = serializers.DateTimeField()


class MeShape(serializers.Serializer):
    """Người gọi · The caller. `person` là null với khóa của một kênh · null for the token of a channel."""

    person = Person(allow_null=True)
    roles = RoleShape(many=True)
    scopes = serializers.ListField(child=serializers.ChoiceField(list(SCOPES)))
    token = TokenShape(allow_null=True)


class Me(ApiView):
    """Tôi là ai · Who am I."""

    doors = ("token",)
    tag = "me"

    @extend_schema(
        operation_id="me",
        summary="Người gọi là ai · Who is calling",
        responses={200: OpenApiResponse(MeShape)},
    )
    def get(self, request: Request) -> Response:
        token = request.auth if isinstance(request.auth, ApiToken) else None
        user = request.user if request.user.is_authenticated else None
        if token is None and user is None:
            raise problems.NotSignedIn
        fields = ("name", "prefix", "expires_at")
        return answer(
            {
                "person": person(user),
                "roles": _roles(user) if user else [],
                "scopes": token.scopes if token else list(SCOPES),
                "token": {n: getattr(token, n) for n in fields} if token else None,
            }
        )


def _roles(user: Any) -> list[dict[str, Any]]:
    held = Membership.objects.filter(user=user).current(timezone.localdate()).order_by("pk")
    i = 1 if language() == "en" else 0
    return [
        {"role": m.role, "role_name": ROLE_NAMES[Role(m.role)][i], "unit": named("units", m.unit_id)}
        for m in held
    ]
