"""/cases/{reference}/deadlines: every clock of a case, how its date was computed, and how long the step took."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.doors import now
from api.v1.parts import Part
from api.v1.shapes import ClockShape, clock_data, shown_clocks
from api.views import answer
from feedback.models import Alarm
from feedback.reports.clock import ClockView, Edition, alarms_of


class FactsShape(serializers.Serializer):
    """Một bước đã mất bao lâu, có đúng hạn không; đang chạy thì tính đến lúc hỏi. Số giây; âm là còn sớm. ·
    How long a step took and whether it was in time; while it runs, so far. Seconds; negative: to spare."""

    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_by = serializers.CharField(
        allow_blank=True, help_text="Việc kết thúc bước này · The verb that ended it"
    )
    counts = serializers.BooleanField(help_text="Tính vào tỷ lệ đúng hạn · Belongs into the on-time rates")
    due_at = serializers.DateTimeField()
    original_due_at = serializers.DateTimeField()
    met = serializers.BooleanField(allow_null=True)
    met_original = serializers.BooleanField(allow_null=True)
    taken_working_seconds = serializers.IntegerField()
    taken_calendar_seconds = serializers.IntegerField()
    paused_working_seconds = serializers.IntegerField()
    late_working_seconds = serializers.IntegerField()
    late_calendar_seconds = serializers.IntegerField()
    original_late_working_seconds = serializers.IntegerField()
    original_late_calendar_seconds = serializers.IntegerField()
    extensions = serializers.IntegerField()


class EditionShape(serializers.Serializer):
    """Một phiên bản của lịch hoặc quy tắc · One edition of a calendar or of the rules."""

    version = serializers.CharField(allow_blank=True)
    in_force_from = serializers.DateTimeField(allow_null=True)
    newer = serializers.CharField(
        allow_blank=True, help_text="Phiên bản đang áp dụng, nếu khác · The one in force, if another"
    )


class EditionsShape(serializers.Serializer):
    calendar = EditionShape()
    rules = EditionShape()


class AlarmShape(serializers.Serializer):
    """Một lần nhắc đã phát · An alarm that rang."""

    level = serializers.CharField(help_text="half, soon, due, late_1, late_2 …, silent")
    due_at = serializers.DateTimeField()
    rang_at = serializers.DateTimeField()
    carried = serializers.BooleanField(
        help_text="Hạn đã dời sau khi nhắc, không nhắc lại · The date moved after it rang; nobody was told twice"
    )


class DeadlineShape(ClockShape):
    """Một thời hạn của đơn; `alarms` chỉ cán bộ thấy · One clock of a case; `alarms` are for staff only."""

    facts = FactsShape()
    versions = EditionsShape()
    alarms = AlarmShape(many=True, required=False)


class Deadlines(Part):
    """Thời hạn · The clocks."""

    @extend_schema(
        operation_id="list_deadlines",
        summary="Các thời hạn và cách tính · The clocks and how they were computed",
        description="Người gửi không thấy mốc 45 ngày và các lần nhắc, là việc giữa cơ quan và cán bộ. · "
        "The citizen sees neither the 45-day mark nor the alarms: matters between the office and its people.",
        responses={200: DeadlineShape(many=True)},
    )
    def get(self, request: Request, reference: str) -> Response:
        case, visitor = self.open(reference)
        at = now()
        views = shown_clocks(case, visitor, at)
        rows = [deadline_data(view, at) for view in views]
        if visitor.staff is not None:
            rung = alarms_of(case, views)
            rows = [row | {"alarms": [alarm_data(one) for one in rung[row["clock"]]]} for row in rows]
        return answer(rows)


def deadline_data(view: ClockView, at: datetime) -> dict[str, Any]:
    editions = view.editions
    versions = {"calendar": _edition(editions.calendar), "rules": _edition(editions.rules)}
    return clock_data(view) | {"facts": view.facts(at).as_dict(), "versions": versions}


def _edition(one: Edition) -> dict[str, Any]:
    return {"version": one.version, "in_force_from": one.in_force_from, "newer": one.newer}


def alarm_data(alarm: Alarm) -> dict[str, Any]:
    return {name: getattr(alarm, name) for name in ("level", "due_at", "rang_at", "carried")}
