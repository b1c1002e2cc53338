"""/cases: receive a letter, list what one may see, read one case."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework.request import Request
from rest_framework.response import Response

from api.doors import now, open_case, staff_of
from api.filters import CaseFilter
from api.pagination import PARAMETERS, CursorPagination
from api.v1 import submit
from api.v1.shapes import CASE_RELATED, CaseRow, CaseShape, case_data, row_data
from api.views import ApiView, answer, checked
from feedback import actions
from feedback.models import Case

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="≤ 255 ký tự; gửi lại cùng khóa và cùng nội dung thì nhận đúng câu trả lời cũ · "
    "the same key with the same body gets the same answer; without a token at least 16 characters",
)
_LETTER = {
    "text": "Tôi nộp hồ sơ đăng ký khai sinh cho con đã quá ngày hẹn ba tuần mà chưa có kết quả.",
    "visibility": "hidden",
    "name": "Công dân 12",
    "phone": "0100 000 012",
    "place": "",
}


def etag(case: Case) -> str:
    return f'"{case.version}"'


@extend_schema_view(
    get=extend_schema(
        operation_id="list_cases",
        summary="Danh sách đơn được xem · Cases one may see",
        responses={200: CaseRow(many=True)},
    ),
    post=extend_schema(
        operation_id="submit_case",
        summary="Gửi thư · Submit a letter",
        description="Ai cũng gửi được, không cần khóa. Mã bí mật chỉ trả về ở đây: người gửi phải giữ lại. · "
        "Anybody may write, no key is needed. The secret code is returned here only: the sender must keep it.",
        parameters=[IDEMPOTENCY_KEY],
        request=submit.SubmitBody,
        responses={201: OpenApiResponse(submit.ReceiptShape, "Đã nhận · Received")},
        examples=[OpenApiExample("Chậm trả kết quả · A late result", value=_LETTER, request_only=True)],
    ),
)
class Cases(ApiView):
    """Nhận thư và liệt kê đơn · Receive letters, list cases."""

    doors = ("staff",)
    doors_by_method = {"POST": ("public", "token")}
    pagination_class = CursorPagination
    filter_backends = [DjangoFilterBackend]
    filterset_class = CaseFilter
    orderings = {"newest": ("received_at", True), "oldest": ("received_at", False), "due": ("due_at", False)}
    queryset = Case.objects.none()  # for the schema; what is listed comes through `visible_to`

    @property
    def parameters(self) -> frozenset[str]:  # type: ignore[override]  # a list has its filters, a submission none
        reading = self.request.method in ("GET", "HEAD")
        return frozenset((*CaseFilter.base_filters, *PARAMETERS)) if reading else frozenset()

    def get_queryset(self) -> QuerySet[Case]:
        return self.queryset

    def get(self, request: Request) -> Response:
        user = staff_of(request, "cases:read")
        cases = Case.objects.visible_to(user).with_pauses().select_related("handler")
        backend, pages, at = DjangoFilterBackend(), CursorPagination(), now()
        page = pages.paginate_queryset(backend.filter_queryset(request, cases, self), request, self)
        return pages.get_paginated_response([row_data(case, at) for case in page])

    def post(self, request: Request) -> Response:
        visitor, at = submit.submitter(request), now()
        submit.limit_strangers(request)
        key = submit.key_of(request)
        letter = submit.letter_of(checked(submit.SubmitBody, request))

        def keep(case: Case, secret: str) -> dict[str, Any]:
            return submit.receipt_data(case, secret, at)

        scoped = actions.SubmitKey(*key, keep) if key else None
        receipt = actions.submit(letter, by=visitor.by, at=at, key=scoped)
        body = receipt.kept or keep(receipt.case, receipt.secret)
        headers = {"Location": body["links"]["self"]}
        if receipt.replayed:
            headers["Idempotency-Replayed"] = "true"
        return answer(body, status=201, headers=headers)


@extend_schema_view(
    get=extend_schema(
        operation_id="read_case",
        summary="Đọc một đơn · Read a case",
        responses={200: OpenApiResponse(CaseShape)},
    )
)
class CaseDetail(ApiView):
    """Một đơn, với những việc người gọi làm được · One case, with what the caller may do."""

    doors = ("citizen", "staff")

    def get(self, request: Request, reference: str) -> Response:
        case, visitor = open_case(request, reference, "cases:read", *CASE_RELATED)
        return answer(case_data(case, visitor, now()), headers={"ETag": etag(case)})
