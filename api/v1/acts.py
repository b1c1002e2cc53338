"""The one view behind every verb, and how each of its addresses is documented."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.doors import now, open_case, still_visible
from api.openapi import ApiSchema
from api.v1.cases import etag
from api.v1.examples import EXAMPLES
from api.v1.shapes import CASE_RELATED, CaseShape, case_data
from api.v1.verbs import VERBS, Verb, seen_version
from api.views import ApiView, answer, checked
from feedback import actions
from feedback.models import Case

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='Phiên bản đã xem, ví dụ "12"; khác thì 409 · The version looked at; another one gives 409',
)


class IdentityShape(serializers.Serializer):
    """Người gửi · The sender."""

    name = serializers.CharField(allow_blank=True)
    phone = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    address = serializers.CharField(allow_blank=True)


class VerbSchema(ApiSchema):
    """One view class, one operation per row of `VERBS`."""

    @property
    def verb(self) -> Verb:
        view: Any = self.view
        found: Verb = view.verb
        return found

    def get_operation_id(self) -> str:
        return self.verb.name

    def get_summary(self) -> str:
        return " · ".join(self.verb.rows[0].label)

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular itself does
        rows = self.verb.rows
        who = ", ".join(dict.fromkeys(str(role) for row in rows for role in row.roles if role != "system"))
        states = ", ".join(dict.fromkeys(str(s) for row in rows for s in row.sources))
        return (
            f"Ai làm được: {who}. · Who may: {who}.\n\n"
            f"Ở trạng thái: {states}. · In states: {states}.\n\n"
            "204 là đã làm, và người gọi không còn được xem đơn này. · "
            "204 means done, and the case has left the caller's sight."
        )

    def get_tags(self) -> list[str]:
        return ["verbs"]

    def get_request_serializer(self) -> Any:
        return self.verb.body

    def get_response_serializers(self) -> Any:
        shape = IdentityShape if self.verb.name == "read_identity" else CaseShape
        return {200: OpenApiResponse(shape, "Xong · Done"), 204: OpenApiResponse(description="Xong · Done")}

    def get_examples(self) -> list[OpenApiExample]:
        value = EXAMPLES.get(self.verb.name)
        return [OpenApiExample("Ví dụ · Example", value=value, request_only=True)] if value else []

    def get_override_parameters(self) -> list[Any]:
        return [IF_MATCH]


class VerbView(ApiView):
    """Làm một việc với đơn · Do one thing with a case."""

    schema = VerbSchema()
    verb: Verb = VERBS[0]

    @property
    def doors(self) -> tuple[str, ...]:  # type: ignore[override]  # follows from the table of the workflow
        return ("citizen", "staff") if self.verb.for_citizens else ("staff",)

    def post(self, request: Request, reference: str) -> Response:
        """Who may, then whether the body is right, then the act: a stranger learns nothing about fields."""
        case, visitor = open_case(request, reference, self.verb.scope, *CASE_RELATED)
        actions.permit(case, self.verb.name, visitor.by)
        body = checked(self.verb.body, request)
        seen, at = seen_version(request, body), now()
        body.pop("seen", None)
        result = self.verb.do(case, visitor, body, seen, at)
        if self.verb.name == "read_identity":
            return answer(_identity(result))
        if not still_visible(case, visitor):
            return answer(None, status=204)
        case = _fresh(case)
        return answer(case_data(case, visitor, at), headers={"ETag": etag(case)})


def _identity(details: dict[str, str]) -> dict[str, str]:
    return {name: details.get(name, "") for name in ("name", "phone", "email", "address")}


def _fresh(case: Case) -> Case:
    """Verbs that go on after their own transaction (route, then assign) leave the newest row in the database."""
    return Case.objects.select_related(*CASE_RELATED).get(pk=case.pk)
