"""What leaves the API: one function per thing, and beside it the serializer that documents it.

The functions build plain dicts (the catalogue gives the names, so no joins); tests check every answer against
the published schema, so the two cannot drift apart.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.reverse import reverse

from api.doors import Visitor
from api.errors import language
from feedback import actions, workflow
from feedback.models import Attachment, Case, Publication, Reply, Suggestion, User, catalogue
from feedback.querysets import COMPLAINT
from feedback.reports.clock import ClockView, clock_views
from feedback.reports.timeline import Entry


def link(name: str, *args: Any) -> str:
    """The full address of a resource; SITE_URL, so that no Host header decides what we print."""
    return f"{settings.SITE_URL}{reverse(name, args=args)}"


def named(table: str, code: str | None) -> dict[str, str] | None:
    """{code, name} of a catalogue row in the caller's language."""
    if code is None:
        return None
    row = getattr(catalogue(), table).get(code)
    english = getattr(row, "name_en", "") if language() == "en" else ""
    return {"code": code, "name": english or getattr(row, "name_vi", code)}


def person(user: User | None) -> dict[str, Any] | None:
    return {"id": user.pk, "name": str(user)} if user else None


class Named(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()


class Person(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


CLOCK_STATES = ("running", "paused", "due_soon", "overdue", "met", "missed")


class ClockShape(serializers.Serializer):
    """Một thời hạn và cách tính · One clock and how its date was computed."""

    clock = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes fields out of the class before it has attributes
    state = serializers.ChoiceField(CLOCK_STATES)
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    original_due_at = serializers.DateTimeField()
    stopped_at = serializers.DateTimeField(allow_null=True)
    law = serializers.CharField(allow_blank=True)
    confidence = serializers.CharField()
    main = serializers.BooleanField()
    sentences = serializers.ListField(child=serializers.CharField())
    explanation = serializers.DictField()


def clock_data(view: Any) -> dict[str, Any]:
    return view.as_dict() | {"label": view.label, "sentences": view.sentences(language())}


def shown_clocks(case: Case, visitor: Visitor, at: datetime) -> list[ClockView]:
    """The clocks the visitor may see: the one between the office and its people is none of the citizen's."""
    views = clock_views(case, at=at, language=language())
    return [view for view in views if visitor.staff is not None or not view.for_staff]


class AllowedAction(serializers.Serializer):
    """Một việc người gọi làm được lúc này · Something the caller may do now."""

    verb = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes fields out of the class before it has attributes
    needs = serializers.ListField(child=serializers.CharField())
    method = serializers.CharField()
    href = serializers.URLField()


def allowed_data(case: Case, visitor: Visitor) -> list[dict[str, Any]]:
    i = 1 if language() == "en" else 0
    return [
        {
            "verb": row.verb,
            "label": row.label[i],
            "needs": list(row.needs),
            "method": "POST",
            "href": link(f"api_{row.verb}", case.reference),
        }
        for row in actions.allowed_actions(case, visitor.by)
        if row.verb != "submit"
    ]


class Labels(serializers.Serializer):
    topic = Named(allow_null=True)
    issue = Named(allow_null=True)
    kind = Named(allow_null=True)
    confirmed = serializers.BooleanField()
    instance = serializers.IntegerField(
        allow_null=True,
        help_text="Khiếu nại: lần đầu (1), lần hai (2) · Complaints: first or second instance",
    )
    remote = serializers.BooleanField(
        allow_null=True, help_text="Khiếu nại: vùng sâu, vùng xa · Complaints: a remote area"
    )


class CaseLinks(serializers.Serializer):
    self = serializers.URLField()
    events = serializers.URLField()
    deadlines = serializers.URLField()
    attachments = serializers.URLField()
    replies = serializers.URLField()
    publication = serializers.URLField()


def links_data(case: Case) -> dict[str, str]:
    names = ("events", "deadlines", "attachments", "replies", "publication")
    return {"self": link("api_case", case.reference)} | {n: link(f"api_{n}", case.reference) for n in names}


class CaseRow(serializers.Serializer):
    """Một dòng trong danh sách · One line of a list."""

    reference = serializers.CharField()
    status = serializers.ChoiceField([str(s) for s in workflow.Status])
    status_name = serializers.CharField()
    received_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    overdue = serializers.BooleanField()
    labels = Labels()
    unit = Named(allow_null=True)
    place = Named(allow_null=True)
    handler = Person(allow_null=True)
    sealed = serializers.BooleanField()
    needs_triage = serializers.BooleanField()
    excerpt = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField()
    href = serializers.URLField()


_EXCERPT = 160


def row_data(case: Case, at: datetime) -> dict[str, Any]:
    return _common(case, at) | {
        "handler": person(case.handler),
        "sealed": case.sealed,
        "needs_triage": case.needs_triage,
        "excerpt": " ".join(case.text[: 2 * _EXCERPT].split())[:_EXCERPT],
        "href": link("api_case", case.reference),
    }


def _of_a_complaint(case: Case) -> dict[str, Any]:
    """Which instance, and a remote area; null where the kind has neither."""
    if case.kind_id != COMPLAINT:
        return {"instance": None, "remote": None}
    return {"instance": case.instance, "remote": case.remote}


def _common(case: Case, at: datetime) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "status": case.status,
        "status_name": workflow.status_name(case.status, language()),
        "received_at": case.received_at,
        "due_at": case.due_at,
        "overdue": case.overdue(at),
        "labels": {
            "topic": named("topics", case.topic_id),
            "issue": named("issues", case.issue_id),
            "kind": named("kinds", case.kind_id),
            "confirmed": case.kind_confirmed,
            **_of_a_complaint(case),
        },
        "unit": named("units", case.unit_id),
        "place": named("units", case.place_id),
        "version": case.version,
    }


class Subject(serializers.Serializer):
    unit = Named(allow_null=True)
    officer = Person(allow_null=True)


class CaseShape(serializers.Serializer):
    """Một đơn. Các mục từ `handler` trở xuống chỉ cán bộ thấy · A case; from `handler` on, staff only."""

    reference = serializers.CharField()
    version = serializers.IntegerField(help_text="Gửi lại trong If-Match · Send it back in If-Match")
    status = serializers.ChoiceField([str(s) for s in workflow.Status])
    status_name = serializers.CharField()
    received_at = serializers.DateTimeField()
    channel = serializers.ChoiceField(Case.Channel.choices)
    text = serializers.CharField()
    dossier_code = serializers.CharField(allow_blank=True)
    procedure = Named(allow_null=True)
    place = Named(allow_null=True)
    visibility = serializers.ChoiceField(Case.Visibility.choices)
    labels = Labels()
    unit = Named(allow_null=True)
    due_at = serializers.DateTimeField()
    overdue = serializers.BooleanField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    transferred_to = Named(allow_null=True)
    split_into = serializers.ListField(child=serializers.CharField())
    clocks = ClockShape(many=True)
    allowed_actions = AllowedAction(many=True)
    links = CaseLinks()
    handler = Person(allow_null=True, required=False)
    sealed = serializers.BooleanField(required=False)
    needs_triage = serializers.BooleanField(required=False)
    subject = Subject(required=False)
    first_response_at = serializers.DateTimeField(allow_null=True, required=False)
    suggestion = serializers.DictField(allow_null=True, required=False)
    merged_into = serializers.CharField(allow_null=True, required=False)
    split_from = serializers.CharField(allow_null=True, required=False)


CASE_RELATED = ("handler", "subject_officer", "merged_into", "split_from")


def case_data(case: Case, visitor: Visitor, at: datetime) -> dict[str, Any]:
    """The case as the visitor may see it: a citizen reads no names of officers and no internal marks."""
    data = _common(case, at) | {
        "channel": case.channel,
        "text": case.text,
        "dossier_code": case.dossier_code,
        "procedure": named("procedures", case.procedure_id),
        "visibility": case.visibility,
        "accepted_at": case.accepted_at,
        "answered_at": case.answered_at,
        "closed_at": case.closed_at,
        "transferred_to": named("units", case.transferred_to_id),
        "split_into": [child.reference for child in case.parts.only("received_at").order_by("pk")],
        "clocks": [clock_data(view) for view in shown_clocks(case, visitor, at)],
        "allowed_actions": allowed_data(case, visitor),
        "links": links_data(case),
    }
    return data | _for_staff(case) if visitor.staff is not None else data


def _for_staff(case: Case) -> dict[str, Any]:
    suggestion = Suggestion.objects.filter(case=case).order_by("-pk").first()
    return {
        "handler": person(case.handler),
        "sealed": case.sealed,
        "needs_triage": case.needs_triage,
        "subject": {"unit": named("units", case.subject_unit_id), "officer": person(case.subject_officer)},
        "first_response_at": case.first_response_at,
        "suggestion": suggestion.data if suggestion else None,
        "merged_into": case.merged_into.reference if case.merged_into else None,
        "split_from": case.split_from.reference if case.split_from else None,
    }


class EventShape(serializers.Serializer):
    """Một việc đã xảy ra · Something that happened."""

    seq = serializers.IntegerField()
    verb = serializers.CharField()
    at = serializers.DateTimeField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes fields out of the class before it has attributes
    sentence = serializers.CharField(allow_blank=True)
    who = serializers.CharField()
    message = serializers.CharField(allow_blank=True)
    public = serializers.BooleanField()
    status_to = serializers.CharField()
    internal = serializers.DictField(required=False)


def event_data(entry: Entry, staff: bool) -> dict[str, Any]:
    fields = ("seq", "verb", "at", "label", "sentence", "who", "message", "public", "status_to")
    data = {name: getattr(entry, name) for name in fields}
    return data | {"internal": entry.internal} if staff else data


class AttachmentShape(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    media_type = serializers.CharField()
    size = serializers.IntegerField(help_text="byte")
    sha256 = serializers.CharField()
    by_citizen = serializers.BooleanField()
    at = serializers.DateTimeField()
    href = serializers.URLField()


def attachment_data(case: Case, row: Attachment) -> dict[str, Any]:
    fields = ("id", "name", "media_type", "size", "sha256", "by_citizen", "at")
    return {n: getattr(row, n) for n in fields} | {"href": link("api_attachment", case.reference, row.pk)}


class ReplyShape(serializers.Serializer):
    """Một câu trả lời. Người gửi chỉ thấy bản đã duyệt · A reply; the citizen reads approved ones only."""

    number = serializers.IntegerField()
    body = serializers.CharField()
    approved_at = serializers.DateTimeField(allow_null=True)
    rating = serializers.IntegerField(allow_null=True)
    rating_words = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(Reply.State.choices, required=False)
    author = Person(required=False)
    approver = Person(allow_null=True, required=False)
    saved_at = serializers.DateTimeField(required=False)
    remarks = serializers.CharField(allow_blank=True, required=False)


def reply_data(reply: Reply, staff: bool) -> dict[str, Any]:
    rating = getattr(reply, "rating", None)
    data = {
        "number": reply.number,
        "body": reply.body,
        "approved_at": reply.approved_at,
        "rating": rating.score if rating else None,
        "rating_words": rating.words if rating else "",
    }
    if not staff:
        return data
    return data | {
        "state": reply.state,
        "author": person(reply.author),
        "approver": person(reply.approver),
        "saved_at": reply.saved_at,
        "remarks": reply.remarks,
    }


class PublishedShape(serializers.Serializer):
    """Một câu trả lời đã công khai; thông tin cá nhân đã che · A published answer, personal data hidden."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    question = serializers.CharField(allow_blank=True)
    answer = serializers.CharField()
    topic = Named(allow_null=True)
    issue = Named(allow_null=True)
    unit = Named(allow_null=True)
    procedure = Named(allow_null=True)
    received_on = serializers.DateField()
    answered_on = serializers.DateField()
    published_at = serializers.DateTimeField()
    href = serializers.URLField()


def published_data(row: Publication) -> dict[str, Any]:
    fields = ("id", "title", "question", "answer", "received_on", "answered_on", "published_at")
    return {n: getattr(row, n) for n in fields} | {
        "topic": named("topics", row.topic_id),
        "issue": named("issues", row.issue_id),
        "unit": named("units", row.unit_id),
        "procedure": named("procedures", row.procedure_id),
        "href": link("api_publication_public", row.pk),
    }
