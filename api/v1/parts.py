"""What belongs to a case: its history, clocks, files, replies, public version, possible handlers."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.doors import Visitor, now, open_case
from api.errors import language
from api.v1.cases import etag
from api.v1.shapes import (
    AttachmentShape,
    EventShape,
    Person,
    PublishedShape,
    ReplyShape,
    attachment_data,
    event_data,
    person,
    published_data,
    reply_data,
)
from api.v1.submit import FilesField, clean_files
from api.views import ApiView, StrictSerializer, answer, checked
from feedback import actions, errors
from feedback.models import Case, Publication, Reply
from feedback.reports.timeline import timeline


class Part(ApiView):
    """A sub-resource read by the citizen with the code and by staff who may see the case."""

    doors: tuple[str, ...] = ("citizen", "staff")

    def open(self, reference: str, *related: str) -> tuple[Case, Visitor]:
        return open_case(self.request, reference, "cases:read", *related)


class Events(Part):
    """Diễn biến · The history."""

    @extend_schema(
        operation_id="list_events",
        summary="Diễn biến của đơn · The history of a case",
        responses={200: EventShape(many=True)},
    )
    def get(self, request: Request, reference: str) -> Response:
        case, visitor = self.open(reference)
        staff = visitor.staff is not None
        return answer([event_data(e, staff) for e in timeline(case, staff=staff, language=language())])


class FilesBody(StrictSerializer):
    """Gửi thêm tài liệu · More documents."""

    files = FilesField(min_length=1)
    text = serializers.CharField(default="", allow_blank=True)


class Attachments(Part):
    """Tệp đính kèm · Attached files."""

    doors_by_method = {"POST": ("citizen",)}

    @extend_schema(
        operation_id="list_attachments",
        summary="Danh sách tệp · The files of a case",
        responses={200: AttachmentShape(many=True)},
    )
    def get(self, request: Request, reference: str) -> Response:
        case, _ = self.open(reference)
        return answer([attachment_data(case, row) for row in case.attachments.all()])

    @extend_schema(
        operation_id="add_attachments",
        summary="Người gửi gửi thêm tệp · The citizen adds files",
        request={"multipart/form-data": FilesBody},
        responses={201: AttachmentShape(many=True)},
    )
    def post(self, request: Request, reference: str) -> Response:
        case, visitor = open_case(request, reference, "cases:act")
        actions.permit(case, "add_information", visitor.by)
        body = checked(FilesBody, request)
        files = clean_files(body["files"])
        by: Any = visitor.by
        actions.add_information(case, text=body["text"], files=files, by=by, at=now())
        rows = [attachment_data(case, row) for row in case.attachments.all()]
        return answer(rows, status=201, headers={"ETag": etag(case)})


class AttachmentFile(Part):
    """Tải một tệp · Download a file."""

    @extend_schema(
        operation_id="download_attachment",
        summary="Tải một tệp · Download a file",
        responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY)},
    )
    def get(self, request: Request, reference: str, number: int) -> Any:
        """Always as a download, never shown in place: what a stranger sent must not run under our name."""
        case, _ = self.open(reference)
        row = case.attachments.filter(pk=number).first()
        if row is None:
            raise errors.NotFound
        response = FileResponse(
            row.file.open("rb"), as_attachment=True, filename=row.name, content_type=row.media_type
        )
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response


class Replies(Part):
    """Trả lời · Replies."""

    @extend_schema(
        operation_id="list_replies",
        summary="Các câu trả lời · The replies",
        responses={200: ReplyShape(many=True)},
    )
    def get(self, request: Request, reference: str) -> Response:
        case, visitor = self.open(reference)
        replies = case.replies.select_related("author", "approver", "rating").order_by("number")
        if visitor.staff is None:
            replies = replies.filter(state=Reply.State.APPROVED)
        return answer([reply_data(reply, visitor.staff is not None) for reply in replies])


class SpanShape(serializers.Serializer):
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    kind = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    source = serializers.CharField()  # type: ignore[assignment]  # DRF takes fields out of the class before it has attributes


class PreparedShape(serializers.Serializer):
    """Bản đang soạn, người gửi không thấy · The version in preparation, staff only."""

    state = serializers.ChoiceField(Publication.State.choices)
    title = serializers.CharField()
    question = serializers.CharField(allow_blank=True)
    answer = serializers.CharField()
    include_question = serializers.BooleanField()
    question_spans = SpanShape(many=True)
    answer_spans = SpanShape(many=True)
    prepared_by = Person()


class SuggestedSpans(serializers.Serializer):
    may_include_question = serializers.BooleanField()
    question_spans = SpanShape(many=True)
    answer_spans = SpanShape(many=True)


class PublicationOfCase(serializers.Serializer):
    """Bản công khai của đơn · The public version of a case."""

    published = PublishedShape(allow_null=True)
    prepared = PreparedShape(allow_null=True, required=False)
    suggested = SuggestedSpans(required=False)


class CasePublication(Part):
    """Bản công khai · The public version."""

    @extend_schema(
        operation_id="read_publication",
        summary="Bản công khai của đơn · The public version of a case",
        description="Cán bộ còn thấy bản đang soạn và các đoạn nên che. · "
        "Staff also see the version in preparation and the spans that should be hidden.",
        responses={200: OpenApiResponse(PublicationOfCase)},
    )
    def get(self, request: Request, reference: str) -> Response:
        case, visitor = self.open(reference)
        # A merged letter is answered where it was merged into; only what is public there is shown here.
        shown = Publication.objects.published().filter(case=case.merged_into_id or case.pk).first()
        data: dict[str, Any] = {"published": published_data(shown) if shown else None}
        if visitor.staff is not None:
            data |= {"prepared": _prepared(case), "suggested": _suggested(case)}
        return answer(data)


def _prepared(case: Case) -> dict[str, Any] | None:
    row = Publication.objects.select_related("prepared_by").filter(case=case).first()
    if row is None:
        return None
    fields = ("state", "title", "question", "answer", "include_question", "question_spans", "answer_spans")
    return {n: getattr(row, n) for n in fields} | {"prepared_by": person(row.prepared_by)}


def _suggested(case: Case) -> dict[str, Any]:
    question, reply = actions.suggest_spans(case)

    def plain(spans: list[Any]) -> list[dict[str, Any]]:
        return [{n: getattr(s, n) for n in ("start", "end", "kind", "reason", "source")} for s in spans]

    return {
        "may_include_question": actions.letter_may_be_published(case),
        "question_spans": plain(question),
        "answer_spans": plain(reply),
    }


class Handlers(Part):
    """Người có thể được giao · Whom the case may be given to."""

    doors = ("staff",)

    @extend_schema(
        operation_id="list_handlers",
        summary="Cán bộ có thể phân công · Possible handlers",
        responses={200: Person(many=True)},
    )
    def get(self, request: Request, reference: str) -> Response:
        case, visitor = self.open(reference)
        actions.permit(case, "assign", visitor.by)
        people = actions.possible_handlers(case, visitor.staff) if visitor.staff else []
        return answer([person(user) for user in people])
