"""/catalogue: the codes other requests speak in. Public and cacheable, but for the reply templates."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.doors import staff_of
from api.errors import language
from api.views import ApiView, answer
from feedback.models import RejectReason, ReplyTemplate, catalogue

_FIVE_MINUTES = "public, max-age=300"


def _name(row: Any) -> str:
    return (row.name_en if language() == "en" else "") or row.name_vi


@method_decorator(conditional_page, name="dispatch")
class PublicList(ApiView):
    """A list anybody may read and keep for five minutes; an unchanged one is answered 304."""

    doors = ("public",)
    tag = "catalogue"

    def rows(self) -> list[dict[str, Any]]:
        raise NotImplementedError

    def listed(self) -> Response:
        return answer(self.rows(), headers={"Cache-Control": _FIVE_MINUTES})


class LabelShape(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    parent = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # DRF takes fields out of the class before it has attributes
    description = serializers.CharField(allow_blank=True)


def label_data(row: Any) -> dict[str, Any]:
    parent = getattr(row, "parent_id", None)
    return {"code": row.code, "name": _name(row), "parent": parent, "description": row.description}


class Topics(PublicList):
    """Lĩnh vực · Topics."""

    @extend_schema(
        operation_id="list_topics", summary="Lĩnh vực · Topics", responses={200: LabelShape(many=True)}
    )
    def get(self, request: Request) -> Response:
        return self.listed()

    def rows(self) -> list[dict[str, Any]]:
        return [label_data(row) for row in catalogue().topics.values() if row.active]


class Issues(PublicList):
    """Vấn đề · Issues."""

    @extend_schema(
        operation_id="list_issues", summary="Vấn đề · Issues", responses={200: LabelShape(many=True)}
    )
    def get(self, request: Request) -> Response:
        return self.listed()

    def rows(self) -> list[dict[str, Any]]:
        return [label_data(row) for row in catalogue().issues.values() if row.active]


class KindShape(LabelShape):
    requires_confirmation = serializers.BooleanField()
    never_published = serializers.BooleanField()
    legal = serializers.CharField(allow_blank=True)


class Kinds(PublicList):
    """Loại đơn · Kinds of letters."""

    @extend_schema(
        operation_id="list_kinds", summary="Loại đơn · Kinds", responses={200: KindShape(many=True)}
    )
    def get(self, request: Request) -> Response:
        return self.listed()

    def rows(self) -> list[dict[str, Any]]:
        return [
            label_data(row)
            | {n: getattr(row, n) for n in ("requires_confirmation", "never_published", "legal")}
            for row in catalogue().kinds.values()
            if row.active
        ]


class UnitShape(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    parent = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # DRF takes fields out of the class before it has attributes
    type = serializers.CharField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True)
    current = serializers.BooleanField(help_text="Đang tồn tại hôm nay · exists today")
    successors = serializers.ListField(child=serializers.CharField())
    address = serializers.CharField(allow_blank=True)


class Units(PublicList):
    """Đơn vị, kể cả đơn vị cũ và nơi kế thừa · Units, former ones and their successors included."""

    @extend_schema(operation_id="list_units", summary="Đơn vị · Units", responses={200: UnitShape(many=True)})
    def get(self, request: Request) -> Response:
        return self.listed()

    def rows(self) -> list[dict[str, Any]]:
        book, today = catalogue(), timezone.localdate()
        return [
            {
                "code": unit.code,
                "name": _name(unit),
                "parent": unit.parent_id,
                "type": unit.kind,
                "valid_from": unit.valid_from,
                "valid_to": unit.valid_to,
                "current": unit.exists_on(today),
                "successors": book.successors.get(unit.code, []),
                "address": unit.address,
            }
            for unit in book.units.values()
        ]


class ProcedureShape(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    national_code = serializers.CharField(allow_blank=True)
    topic = serializers.CharField()
    unit_level = serializers.CharField(allow_blank=True)
    legal_days = serializers.IntegerField(allow_null=True)
    legal_days_unit = serializers.CharField(allow_blank=True)
    online_level = serializers.CharField()
    law = serializers.CharField(allow_blank=True)


class Procedures(PublicList):
    """Thủ tục hành chính · Administrative procedures."""

    @extend_schema(
        operation_id="list_procedures",
        summary="Thủ tục hành chính · Procedures",
        responses={200: ProcedureShape(many=True)},
    )
    def get(self, request: Request) -> Response:
        return self.listed()

    def rows(self) -> list[dict[str, Any]]:
        fields = (
            "code",
            "national_code",
            "unit_level",
            "legal_days",
            "legal_days_unit",
            "online_level",
            "law",
        )
        return [
            {n: getattr(row, n) for n in fields} | {"name": _name(row), "topic": row.topic_id}
            for row in catalogue().procedures.values()
            if row.published
        ]


class RejectReasonShape(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    sentence = serializers.CharField(help_text="Người gửi sẽ đọc · what the citizen will read")
    transfer_unit = serializers.CharField(allow_null=True)


class RejectReasons(PublicList):
    """Lý do không tiếp nhận · Reasons for not taking a letter."""

    @extend_schema(
        operation_id="list_reject_reasons",
        summary="Lý do không tiếp nhận · Reject reasons",
        responses={200: RejectReasonShape(many=True)},
    )
    def get(self, request: Request) -> Response:
        return self.listed()

    def rows(self) -> list[dict[str, Any]]:
        english = language() == "en"
        return [
            {
                "code": row.code,
                "name": _name(row),
                "sentence": (row.sentence_en if english else "") or row.sentence_vi,
                "transfer_unit": row.transfer_unit_id,
            }
            for row in RejectReason.objects.all()
        ]


class TemplateShape(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    topic = serializers.CharField(allow_null=True)
    issue = serializers.CharField(allow_null=True)
    kind = serializers.CharField(allow_null=True)
    body = serializers.CharField()


class Templates(ApiView):
    """Mẫu trả lời, chỉ cán bộ · Reply templates, staff only."""

    tag = "catalogue"
    doors = ("staff",)
    scope = "catalogue:read"

    @extend_schema(
        operation_id="list_templates",
        summary="Mẫu trả lời · Reply templates",
        responses={200: OpenApiResponse(TemplateShape(many=True))},
    )
    def get(self, request: Request) -> Response:
        staff_of(request, self.scope)
        return answer(
            [
                {
                    "code": row.code,
                    "name": row.name_vi,
                    "topic": row.topic_id,
                    "issue": row.issue_id,
                    "kind": row.kind_id,
                    "body": row.body_vi,
                }
                for row in ReplyTemplate.objects.all()
            ]
        )
