"""/deadlines/calculate: by when must they answer a letter of this kind received at that moment, and why."""

from __future__ import annotations

from datetime import datetime, time

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.doors import now
from api.errors import language
from api.v1.shapes import ClockShape, clock_data
from api.views import ApiView, answer
from feedback import errors
from feedback.calendar.core import BeyondHorizon
from feedback.models import Case, catalogue, clocks
from feedback.reports.clock import views_of

_MORNING = time(8, 0)  # a date alone means: brought when the office opened


def moment(text: str) -> datetime:
    """An ISO date or moment. Raises WrongDate."""
    try:
        found = parse_datetime(text) if "T" in text or " " in text else None
        day = parse_date(text) if found is None else None
        if day is not None:
            found = datetime.combine(day, _MORNING)
        if found is None or not 1900 < found.year < 2200:
            raise errors.WrongDate("received")
    except ValueError as error:
        raise errors.WrongDate("received") from error
    return found if found.tzinfo else timezone.make_aware(found)


class Calculate(ApiView):
    """Tính thời hạn · Compute deadlines."""

    doors = ("public",)
    tag = "deadlines"
    parameters = frozenset(("kind", "received"))

    @extend_schema(
        operation_id="calculate_deadlines",
        summary="Bao giờ phải trả lời? · By when must they answer?",
        parameters=[
            OpenApiParameter(
                "kind",
                str,
                required=True,
                description="Mã loại đơn, xem /catalogue/kinds · Code of a kind, see /catalogue/kinds",
            ),
            OpenApiParameter(
                "received",
                str,
                description="Ngày hoặc thời điểm ISO 8601; bỏ trống: bây giờ · ISO 8601 date or moment; omitted: now",
            ),
        ],
        responses={200: ClockShape(many=True)},
    )
    def get(self, request: Request) -> Response:
        kind, text = request.query_params.get("kind", ""), request.query_params.get("received", "")
        if not kind:
            raise errors.FieldRequired("kind")
        if kind not in catalogue().kinds:
            raise errors.UnknownCode("kind", value=kind[:40])
        received = moment(text) if text else now()
        try:
            found = clocks.build(Case(kind_id=kind, received_at=received), clocks.Facts(received))
            return answer([clock_data(view) for view in views_of(found, at=now(), language=language())])
        except BeyondHorizon as error:
            raise errors.WrongDate("received") from error
