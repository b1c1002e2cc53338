"""POST /classify: what a text seems to be about, where it would go and how long that takes. Dry: nothing is stored."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import problems
from api.doors import now, require_scope
from api.errors import language
from api.throttling import Window, caller_of
from api.v1.shapes import Named, link, named
from api.v1.submit import LetterText
from api.views import ApiView, StrictSerializer, answer, checked
from classifier import Head
from feedback import actions, errors
from feedback.actions.intake import MAX_TEXT
from feedback.calendar.core import BeyondHorizon
from feedback.reports import imagined
from feedback.reports.clock import views_of

RETRY_SECONDS = 60
# Why that unit (`feedback.actions.routing.Decision.why`), as people read it.
WHY: dict[str, tuple[str, str]] = {
    "override": ("quy định riêng cho loại đơn hoặc vấn đề này", "a special rule for this kind or issue"),
    "route": ("phụ trách lĩnh vực này", "competent for this topic"),
    "place": ("nơi ghi trong biểu mẫu", "the place given"),
    "named": ("nơi nêu trong nội dung đơn", "the place the text names"),
    "fallback": ("chưa biết nơi xảy ra việc", "the place is not known"),
    "supervisor": ("quản lý đơn vị bị phản ánh", "supervises the unit the letter is about"),
    "default": ("nhận việc chưa có nơi phụ trách", "receives what has no other home"),
}


class ClassifyBody(StrictSerializer):
    """Nội dung cần phân loại · The text to classify."""

    text = LetterText(help_text="1–20 000 ký tự, giữ nguyên văn · 1–20,000 characters, read word for word")
    place = serializers.CharField(
        default="",
        allow_blank=True,
        help_text="Mã đơn vị, xem /catalogue/units; bỏ trống: tìm trong nội dung · "
        "Code of a unit, see /catalogue/units; omitted: looked for in the text",
    )


class GuessShape(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    probability = serializers.FloatField(min_value=0, max_value=1)


class EvidenceShape(serializers.Serializer):
    """`word` = text[start:end], đếm theo ký tự Unicode · counted in Unicode code points."""

    word = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    code = serializers.CharField()
    weight = serializers.FloatField()


class HeadShape(serializers.Serializer):
    """Một câu hỏi, tối đa ba khả năng · One question, at most three guesses."""

    name = serializers.CharField()
    guesses = GuessShape(many=True)
    confidence = serializers.FloatField()
    abstained = serializers.BooleanField(help_text="Cần người quyết định · A person decides")
    evidence = EvidenceShape(many=True)


class SpanOfPlace(serializers.Serializer):
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    code = serializers.CharField()


class PlaceShape(serializers.Serializer):
    """Nơi đơn nói tới · The place the letter is about."""

    unit = Named(allow_null=True)
    found = serializers.ChoiceField(["given", "text", "none"], help_text="Từ đâu biết · How it is known")
    in_text = serializers.ChoiceField(
        ["one", "none", "several", "wide"],
        help_text="several: nhiều nơi; wide: chỉ nêu huyện cũ · several places; wide: an old district only",
    )
    spans = SpanOfPlace(many=True)


class CompetentShape(serializers.Serializer):
    """Đơn vị sẽ nhận, và vì sao · The unit that would receive it, and why."""

    unit = Named(allow_null=True)
    agency = Named(allow_null=True, help_text="Cơ quan khác có thể có thẩm quyền · An outside agency")
    why = serializers.ChoiceField(list(WHY))
    sentence = serializers.CharField()


class DeadlineOfKind(serializers.Serializer):
    """Thời hạn trả lời nếu nhận lúc này · The deadline if it were received now."""

    kind = Named()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes fields out of the class before it has attributes
    due_at = serializers.DateTimeField()
    law = serializers.CharField(allow_blank=True)
    sentences = serializers.ListField(child=serializers.CharField())


class SuggestionShape(serializers.Serializer):
    """Gợi ý, không phải quyết định · A suggestion, not a decision."""

    engine = serializers.CharField()
    version = serializers.CharField()
    topic = HeadShape()
    issue = HeadShape()
    kind = HeadShape()
    flags = serializers.ListField(
        child=serializers.CharField(),
        help_text="suspected_denunciation, suspected_complaint, urgent, spam",
    )
    needs_person = serializers.BooleanField(
        help_text="Cán bộ phân loại xem trước · Somebody would sort it first"
    )
    place = PlaceShape()
    competent = CompetentShape()
    deadline = DeadlineOfKind(allow_null=True)
    links = serializers.DictField(child=serializers.URLField())


class Classify(ApiView):
    """Gợi ý phân loại, không lưu gì · A suggestion; nothing is stored."""

    doors = ("token",)
    tag = "classify"
    scope = "classify"

    @extend_schema(
        operation_id="classify_text",
        summary="Gợi ý phân loại, không lưu gì · Suggest labels for a text, storing nothing",
        request=ClassifyBody,
        responses={200: OpenApiResponse(SuggestionShape)},
    )
    def post(self, request: Request) -> Response:
        """Raises NotSignedIn, InsufficientScope, TooManyRequests, InvalidInput, UnknownCode, NoClassifier."""
        if request.auth is None and not request.user.is_authenticated:
            raise problems.NotSignedIn
        require_scope(request, self.scope)
        limit(request)
        body = checked(ClassifyBody, request)
        text = readable(body["text"])
        found = actions.preview(text, place=body["place"], at=now())
        if found is None:
            raise problems.NoClassifier(wait=RETRY_SECONDS)
        return answer(preview_data(found, given=bool(body["place"])))


def limit(request: Request) -> None:
    """A machine that asks about everything it sees must not slow the letters. Raises TooManyRequests."""
    window = Window("classify", caller_of)
    if window.count(request) > window.number:
        raise errors.TooManyRequests(wait=int(window.wait()))


def readable(text: str) -> str:
    """The text with lone halves of characters replaced one for one, so that offsets stay true. Raises FieldRequired,
    TextTooLong."""
    if not text.strip():
        raise errors.FieldRequired("text")
    if len(text) > MAX_TEXT:
        raise errors.TextTooLong("text", length=len(text), maximum=MAX_TEXT)
    return text.encode("utf-8", "replace").decode()


def preview_data(found: actions.Preview, *, given: bool) -> dict[str, Any]:
    said, i = found.suggestion, 1 if language() == "en" else 0
    decision = found.decision
    return {
        "engine": said.engine,
        "version": said.version,
        **{head.name: head_data(head) for head in said.heads},
        "flags": list(said.flags),
        "needs_person": not found.alone,
        "place": {
            "unit": named("units", found.place),
            "found": "given" if given else "text" if found.place else "none",
            "in_text": found.named.why,
            "spans": found.named.as_dict()["spans"],
        },
        "competent": {
            "unit": named("units", decision.unit.code if decision.unit else None),
            "agency": named("units", decision.agency.code if decision.agency else None),
            "why": decision.why,
            "sentence": WHY[decision.why][i],
        },
        "deadline": deadline_data(found.kind),
        "links": {"submit": link("api_cases"), "labels": link("api_topics")},
    }


def head_data(head: Head) -> dict[str, Any]:
    """A head with the names of its guesses."""
    return {
        "name": head.name,
        "guesses": [
            {**(named(f"{head.name}s", guess.code) or {}), "probability": guess.probability}
            for guess in head.guesses
        ],
        "confidence": head.confidence,
        "abstained": head.abstained,
        "evidence": [
            {"word": e.word, "start": e.start, "end": e.end, "code": e.code, "weight": e.weight}
            for e in head.evidence
        ],
    }


def deadline_data(kind: str | None) -> dict[str, Any] | None:
    """The deadline of the answer for a letter of that kind received now; None without a kind, or past the calendar."""
    if kind is None:
        return None
    try:
        clocks = imagined.clocks_of(imagined.Question(kind=kind, received=now()))
        views = views_of(clocks, at=now(), language=language())
    except BeyondHorizon:
        return None
    main = next((view for view in views if view.main), None)
    if main is None:
        return None
    data = main.as_dict()
    return {
        "kind": named("kinds", kind),
        "label": main.label,
        "due_at": data["due_at"],
        "law": data["law"],
        "sentences": main.sentences(language()),
    }
