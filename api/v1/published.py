"""/published: answers everybody may read; /similar: has this been answered already?"""

from __future__ import annotations

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import problems
from api.filters import PublicationFilter
from api.openapi import MEDIA_TYPE, Problem
from api.pagination import PARAMETERS, CursorPagination
from api.v1.shapes import PublishedShape, published_data
from api.views import ApiView, StrictSerializer, answer, checked
from feedback import errors
from feedback.actions.intake import MAX_TEXT
from feedback.models import Publication
from feedback.reports import similar


class Published(ApiView):
    """Câu trả lời đã công khai · Published answers."""

    doors = ("public",)
    tag = "published"
    pagination_class = CursorPagination
    filter_backends = [DjangoFilterBackend]
    filterset_class = PublicationFilter
    orderings = {"newest": ("published_at", True)}
    parameters = frozenset((*PublicationFilter.base_filters, *PARAMETERS))

    def get_queryset(self) -> QuerySet[Publication]:
        return Publication.objects.published()

    @extend_schema(
        operation_id="list_published",
        summary="Câu trả lời đã công khai · Published answers",
        responses={200: PublishedShape(many=True)},
    )
    def get(self, request: Request) -> Response:
        pages = CursorPagination()
        rows = DjangoFilterBackend().filter_queryset(request, self.get_queryset(), self)
        page = pages.paginate_queryset(rows, request, self)
        return pages.get_paginated_response([published_data(row) for row in page])


class PublishedDetail(ApiView):
    """Một câu trả lời đã công khai · One published answer."""

    doors = ("public",)
    tag = "published"

    @extend_schema(
        operation_id="read_published",
        summary="Một câu trả lời đã công khai · One published answer",
        responses={
            200: OpenApiResponse(PublishedShape),
            (410, MEDIA_TYPE): OpenApiResponse(Problem, "Đã gỡ, có nêu lý do · Withdrawn, with the reason"),
        },
    )
    def get(self, request: Request, number: int) -> Response:
        row = Publication.objects.published().filter(pk=number).first()
        if row is not None:
            return answer(published_data(row))
        withdrawn = Publication.objects.filter(pk=number, state=Publication.State.WITHDRAWN)
        reason = withdrawn.values_list("withdrawn_reason", flat=True).first()
        if reason is None:
            raise errors.NotFound
        raise problems.Gone(reason=reason)


class SimilarQuestion(StrictSerializer):
    """Điều muốn hỏi · What one would ask."""

    text = serializers.CharField(max_length=MAX_TEXT)
    most = serializers.IntegerField(min_value=1, max_value=10, default=3)


class SimilarAnswer(serializers.Serializer):
    """Một câu trả lời gần với câu hỏi; `likeness` từ 0 đến 1 · An answer near the question; `likeness` from 0 to 1."""

    likeness = serializers.FloatField()
    published = PublishedShape()


class Similar(ApiView):
    """Đã có câu trả lời chưa? · Has this been answered?

    Nội dung gửi lên chỉ được so sánh, không được lưu · The text is compared, never kept.
    """

    doors = ("public",)
    tag = "published"

    @extend_schema(
        operation_id="find_similar_answers",
        summary="Đã có câu trả lời chưa? · Has this been answered?",
        request=SimilarQuestion,
        responses={200: SimilarAnswer(many=True)},
    )
    def post(self, request: Request) -> Response:
        question = checked(SimilarQuestion, request)
        found = similar.answers_like(question["text"], question["most"])
        return answer(
            [{"likeness": one.percent / 100, "published": published_data(one.publication)} for one in found]
        )
