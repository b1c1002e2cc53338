"""/deadlines/calculate: by when must they answer a letter of this kind received at that moment, and why."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import problems
from api.doors import now
from api.errors import language
from api.v1.shapes import ClockShape, clock_data
from api.views import ApiView, answer
from feedback import errors
from feedback.calendar.core import BeyondHorizon
from feedback.models import catalogue
from feedback.reports import imagined
from feedback.reports.clock import views_of

_YES_NO = {"": False, "false": False, "0": False, "true": True, "1": True}


class Calculate(ApiView):
    """Tính thời hạn · Compute deadlines."""

    doors = ("public",)
    tag = "deadlines"
    parameters = frozenset(("kind", "received", "accepted", "instance", "remote"))

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
            OpenApiParameter(
                "accepted",
                str,
                description="Ngày hoặc thời điểm thụ lý; bỏ trống: lúc chậm nhất được phép · "
                "Date or moment of acceptance; omitted: the latest moment allowed",
            ),
            OpenApiParameter(
                "instance",
                int,
                enum=[1, 2],
                default=1,
                description="Khiếu nại: giải quyết lần đầu (1) hay lần hai (2) · Complaints: first or second instance",
            ),
            OpenApiParameter(
                "remote",
                bool,
                default=False,
                description="Khiếu nại: vùng sâu, vùng xa · Complaints: a remote area",
            ),
        ],
        responses={200: ClockShape(many=True)},
    )
    def get(self, request: Request) -> Response:
        question = asked(request)
        try:
            found = imagined.clocks_of(question)
            return answer([clock_data(view) for view in views_of(found, at=now(), language=language())])
        except BeyondHorizon as error:
            raise errors.WrongDate("received") from error


def asked(request: Request) -> imagined.Question:
    """The imagined letter. Raises FieldRequired, UnknownCode, WrongDate, BeforeReceipt, WrongValue."""
    given = {name: request.query_params.get(name, "") for name in Calculate.parameters}
    kind, instance, remote = given["kind"].upper(), given["instance"], given["remote"].lower()
    if not kind:
        raise errors.FieldRequired("kind")
    if kind not in catalogue().kinds:
        raise errors.UnknownCode("kind", value=given["kind"][:40])
    if instance not in ("", "1", "2"):
        raise problems.WrongValue("instance")
    if remote not in _YES_NO:
        raise problems.WrongValue("remote")
    received = imagined.read_moment(given["received"], "received") if given["received"] else now()
    return imagined.Question(
        kind=kind,
        received=received,
        accepted=imagined.read_moment(given["accepted"], "accepted", received) if given["accepted"] else None,
        instance=int(instance or 1),
        remote=_YES_NO[remote],
    )
