"""/reports: what the office counts, as the pages show it. The same figures, raw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.doors import now, staff_of
from api.openapi import MEDIA_TYPE, Problem
from api.views import ApiView, answer
from feedback import errors
from feedback.models import User, catalogue
from feedback.reports.base import Question, Report, Row, Table, Type, make_table
from feedback.reports.catalogue import find, readable
from feedback.reports.jobs import LONG
from feedback.reports.periods import Period, Span, custom, period

SCOPE = "reports:read"


class ColumnShape(serializers.Serializer):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes fields out of the class before it has attributes
    type = serializers.ChoiceField([str(one) for one in Type])
    meaning = serializers.CharField()


class ReportShape(serializers.Serializer):
    """Một báo cáo · One report."""

    code = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    period = serializers.CharField(help_text="Kỳ mặc định · The period when none is asked for")
    columns = ColumnShape(many=True)
    url = serializers.CharField()


class QuestionShape(serializers.Serializer):
    period = serializers.ChoiceField([str(one) for one in Span])
    first = serializers.DateField()
    last = serializers.DateField()
    unit = serializers.CharField(allow_blank=True)
    topic = serializers.CharField(allow_blank=True)
    kind = serializers.CharField(allow_blank=True)


class RowShape(serializers.Serializer):
    key = serializers.CharField()
    values = serializers.DictField(
        child=serializers.JSONField(), help_text="Theo tên cột · By name of column"
    )


class TableShape(serializers.Serializer):
    """Số liệu của báo cáo · The figures of a report."""

    code = serializers.CharField()
    title = serializers.CharField()
    question = QuestionShape()
    made_at = serializers.DateTimeField()
    preliminary = serializers.BooleanField(help_text="Kỳ chưa kết thúc · The period has not ended")
    columns = ColumnShape(many=True)
    rows = RowShape(many=True)
    total = RowShape(allow_null=True)
    notes = serializers.ListField(child=serializers.CharField())


class Reports(ApiView):
    """Các báo cáo được xem · The reports the caller may read."""

    tag = "reports"

    @extend_schema(
        operation_id="list_reports",
        summary="Các báo cáo · The reports",
        responses={200: ReportShape(many=True)},
    )
    def get(self, request: Request) -> Response:
        user = staff_of(request, SCOPE)
        return answer([_report(report) for report in readable(user)])


def _report(report: Report) -> dict[str, Any]:
    return {
        "code": report.code,
        "title": str(report.title),
        "description": str(report.description),
        "period": str(report.span),
        "columns": [
            {"name": c.name, "label": str(c.label), "type": str(c.type), "meaning": str(c.meaning)}
            for c in report.columns
        ],
        "url": f"/api/v1/reports/{report.code}",
    }


def _parameter(name: str, words: str, kind: Any = OpenApiTypes.STR, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, description=words, **more)


class ReportDetail(ApiView):
    """Số liệu của một báo cáo · The figures of one report."""

    tag = "reports"
    parameters = frozenset(("period", "day", "first", "last", "unit", "topic", "kind"))

    @extend_schema(
        operation_id="read_report",
        summary="Số liệu của một báo cáo · The figures of one report",
        parameters=[
            _parameter("period", "Kỳ báo cáo · Length of the period", enum=[str(one) for one in Span]),
            _parameter("day", "Một ngày trong kỳ · Any day in it", OpenApiTypes.DATE),
            _parameter("first", "Từ ngày, khi period=custom · First day", OpenApiTypes.DATE),
            _parameter("last", "Đến hết ngày, khi period=custom · Last day", OpenApiTypes.DATE),
            _parameter("unit", "Mã đơn vị, gồm cả đơn vị trực thuộc · Unit, with those below it"),
            _parameter("topic", "Mã lĩnh vực · Topic, with those below it"),
            _parameter("kind", "Mã loại đơn · Kind"),
        ],
        responses={
            200: OpenApiResponse(TableShape),
            (409, MEDIA_TYPE): OpenApiResponse(
                Problem, "Quá dài, lập trong nền · Too long, made in the background"
            ),
        },
    )
    def get(self, request: Request, code: str) -> Response:
        user = staff_of(request, SCOPE)
        report = find(code, user)
        question = _question(request.query_params, report, user)
        if report.size(question, LONG) > LONG:
            raise errors.ReportTooLong(most=LONG)
        return answer(_table(make_table(report, question)))


class _Days(forms.Form):
    """Dates as typed."""

    day = forms.DateField(required=False)
    first = forms.DateField(required=False)
    last = forms.DateField(required=False)


def _question(asked: Mapping[str, str], report: Report, user: User) -> Question:
    """Raises InvalidInput naming each parameter that is not right."""
    book, at = catalogue(), now()
    known: dict[str, Iterable[str]] = {
        "unit": book.units,
        "topic": book.topics,
        "kind": book.kinds,
        "period": [str(one) for one in Span],
    }
    wrong: dict[str, errors.OfficeError] = {
        name: errors.UnknownCode(value=asked[name][:40])
        for name, codes in known.items()
        if asked.get(name) and asked[name] not in codes
    }
    days = _Days(asked)
    wrong |= {name: errors.WrongDate() for name in days.errors}
    if wrong:
        raise errors.InvalidInput(wrong)
    span = Span(asked.get("period") or report.span)
    parts = (asked.get(name, "") for name in ("unit", "topic", "kind"))
    return Question(user, _period(span, days.cleaned_data, at.astimezone().date()), at, *parts)


def _period(span: Span, days: Mapping[str, Any], today: Any) -> Period:
    try:
        if span == Span.CUSTOM:
            last = days["last"] or today
            return custom(days["first"] or last, last)
        return period(span, days["day"] or today)
    except errors.WrongDate as wrong:
        raise errors.InvalidInput({str(wrong.field): errors.WrongDate()}) from wrong


def _table(table: Table) -> dict[str, Any]:
    return {
        "code": table.report,
        "title": table.title,
        "question": table.question,
        "made_at": table.made_at,
        "preliminary": table.preliminary,
        "columns": table.columns,
        "rows": [_row(row) for row in table.rows],
        "total": _row(table.total) if table.total else None,
        "notes": table.notes,
    }


def _row(row: Row) -> dict[str, Any]:
    return {"key": row.key, "values": dict(row.values)}
