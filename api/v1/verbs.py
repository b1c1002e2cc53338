"""Every verb a person can do, as one table: address, body, call. POST /cases/{reference}/{verb}.

A new verb: one row in `feedback/workflow.py`, one function in `feedback/actions/`, one row in `VERBS` here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from api.doors import Visitor
from api.problems import WrongVersion
from api.v1.submit import FilesField, clean_files
from api.views import StrictSerializer
from feedback import actions, errors, privacy, workflow
from feedback.models import Case, Rating, User, parse_reference
from feedback.models.cases import OFFICE_TIME
from feedback.workflow import Role

Arguments = dict[str, Any]


def text(**options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=100_000, **options)


def code(**options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=60, **options)


class Body(StrictSerializer):
    """Every body may carry the version the caller looked at; If-Match does the same."""

    seen = serializers.IntegerField(required=False, min_value=0, help_text="= If-Match")


class Nothing(Body):
    pass


class Reason(Body):
    reason = text(help_text="Lý do · Why")


class Text(Body):
    text = text()


class TextAndFiles(Text):
    files = FilesField(required=False, help_text="multipart, ≤ 5 × 10 MB, JPG/PNG/PDF")


class AddInformation(TextAndFiles):
    text = text(default="", allow_blank=True)


class Question(Body):
    question = text()


class Classify(Body):
    topic = code()
    issue = code(required=False, allow_null=True, allow_blank=True)
    kind = code()
    unit = code(required=False, allow_null=True, allow_blank=True)
    instance = serializers.ChoiceField(
        [1, 2],
        required=False,
        allow_null=True,
        help_text="Khiếu nại: lần đầu, lần hai; bỏ trống thì giữ nguyên · Complaints: first or second instance; "
        "omitted: as it was",
    )
    remote = serializers.BooleanField(
        required=False,
        allow_null=True,
        help_text="Khiếu nại: vùng sâu, vùng xa · Complaints: a remote area",
    )
    dispatch = serializers.BooleanField(
        default=False, help_text="Chuyển ngay tới đơn vị và cán bộ · Send it on to its unit and handler"
    )


class RouteTo(Reason):
    unit = code()


class Assign(Body):
    handler = serializers.IntegerField(min_value=1, help_text="id, xem /handlers · id, see /handlers")


class Coordinate(Question):
    units = serializers.ListField(child=code(), min_length=1, max_length=20)


class Transfer(Reason):
    agency = code()


class Reject(Reason):
    code = code(help_text="/catalogue/reject-reasons")


class Draft(Body):
    body = text()


class Submission(Draft):
    answered = serializers.ListField(
        child=serializers.CharField(max_length=40),
        required=False,
        max_length=100,
        help_text="Mã các câu hỏi đã trả lời · Keys of the questions answered: t<start>-<end>, or main",
    )


class Remarks(Body):
    remarks = text()


class SpanBody(StrictSerializer):
    start = serializers.IntegerField(min_value=0)
    end = serializers.IntegerField(min_value=1)
    kind = serializers.ChoiceField(privacy.KINDS)
    reason = serializers.CharField(default="", allow_blank=True, max_length=200)


class PreparePublication(Body):
    title = serializers.CharField(max_length=1000)
    include_question = serializers.BooleanField(default=True)
    question_spans = SpanBody(
        many=True, required=False, help_text="Bỏ trống: theo gợi ý · Omitted: as suggested"
    )
    answer_spans = SpanBody(
        many=True, required=False, help_text="Bỏ trống: theo gợi ý · Omitted: as suggested"
    )


class Rate(Body):
    score = serializers.ChoiceField(Rating.Score.values)
    words = text(default="", allow_blank=True)


class Merge(Body):
    into = serializers.CharField(max_length=40, help_text="HA-…")


class PartBody(StrictSerializer):
    start = serializers.IntegerField(min_value=0)
    end = serializers.IntegerField(min_value=1)


class Split(Body):
    parts = PartBody(many=True, help_text="Các đoạn của thư · Spans of the letter")


class SetSubject(Body):
    unit = code(required=False, allow_null=True, allow_blank=True)
    officer = serializers.IntegerField(required=False, allow_null=True, min_value=1)


# --- From a body to the arguments of the verb ------------------------------------------------------
def ticked(case: Case, visitor: Visitor, body: Arguments) -> Arguments:
    """Without `answered` the caller says by handing in that the main request is answered."""
    keys = body.pop("answered", None)
    return body | {"ticks": None if keys is None else [actions.Tick(key) for key in keys]}


def as_they_are(case: Case, visitor: Visitor, body: Arguments) -> Arguments:
    return body


def with_files(case: Case, visitor: Visitor, body: Arguments) -> Arguments:
    return body | {"files": clean_files(body.get("files"))}


def labels(case: Case, visitor: Visitor, body: Arguments) -> Arguments:
    return body | {"issue": body.get("issue") or None, "unit": body.get("unit") or None}


def _officer(pk: int | None, field: str) -> User | None:
    if pk is None:
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None:
        raise errors.UnknownCode(field, value=str(pk)[:40])
    return user


def handler(case: Case, visitor: Visitor, body: Arguments) -> Arguments:
    return body | {"handler": _officer(body["handler"], "handler")}


def subject(case: Case, visitor: Visitor, body: Arguments) -> Arguments:
    officer = _officer(body.get("officer"), "officer")
    return body | {"unit": body.get("unit") or None, "officer": officer}


def spans(case: Case, visitor: Visitor, body: Arguments) -> Arguments:
    question, reply = actions.suggest_spans(case)
    answer = actions.latest_reply(case)
    return body | {
        "question_spans": _spans(body.get("question_spans"), question, "question_spans", len(case.text)),
        "answer_spans": _spans(
            body.get("answer_spans"), reply, "answer_spans", len(answer.body) if answer else 0
        ),
    }


def _spans(given: Any, suggested: list[privacy.Span], field: str, length: int) -> list[privacy.Span]:
    if given is None:
        return suggested
    if any(not one["start"] < one["end"] <= length for one in given):
        raise WrongSpan(field, length=length)
    return [privacy.Span(one["start"], one["end"], one["kind"], one["reason"], "staff") for one in given]


class WrongSpan(errors.OfficeError):
    code = "wrong_span"
    vi = "Đoạn che phải nằm trong văn bản dài {length} ký tự, và đầu đứng trước cuối."
    en = "A span must lie within the text of {length} characters, its start before its end."


def other_case(case: Case, visitor: Visitor, body: Arguments) -> Arguments:
    """A case the person cannot see is told from one that does not exist by nobody."""
    parsed = parse_reference(body["into"])
    found = None
    if parsed is not None and visitor.staff is not None:
        found = Case.objects.visible_to(visitor.staff).filter(pk=parsed[1]).first()
    if found is None or parsed is None or found.received_at.astimezone(OFFICE_TIME).year != parsed[0]:
        raise errors.UnknownCode("into", value=body["into"][:40])
    return body | {"into": found}


def pairs(case: Case, visitor: Visitor, body: Arguments) -> Arguments:
    return body | {"parts": [(part["start"], part["end"]) for part in body["parts"]]}


@dataclass(frozen=True)
class Verb:
    """One row. `scope`: what a token needs. `prepare` turns a checked body into the verb's arguments."""

    name: str
    body: type[Body] = Nothing
    prepare: Callable[[Case, Visitor, Arguments], Arguments] = as_they_are
    scope: str = "cases:act"

    @property
    def slug(self) -> str:
        return self.name.replace("_", "-")

    @property
    def rows(self) -> list[workflow.Transition]:
        return [row for row in workflow.TRANSITIONS if row.verb == self.name]

    @property
    def for_citizens(self) -> bool:
        return any(Role.CITIZEN in row.roles for row in self.rows)

    def do(self, case: Case, visitor: Visitor, body: Arguments, seen: int | None, at: datetime) -> Any:
        """Call the verb. A verb that takes no version is still refused when the caller's is old."""
        function = getattr(actions, self.name)
        arguments = self.prepare(case, visitor, body)
        if "seen" in inspect.signature(function).parameters:
            arguments = arguments | {"seen": seen}
        elif seen is not None and seen != case.version:
            raise errors.StaleVersion
        return function(case, by=visitor.by, at=at, **arguments)


VERBS: tuple[Verb, ...] = (
    Verb("classify", Classify, labels),
    Verb("seal", Reason),
    Verb("unseal", Reason),
    Verb("route", RouteTo),
    Verb("assign", Assign, handler),
    Verb("take"),
    Verb("accept"),
    Verb("ask_citizen", Question),
    Verb("answer_info", TextAndFiles, with_files),
    Verb("suspend", Reason),
    Verb("resume", Reason),
    Verb("add_information", AddInformation, with_files),
    Verb("note", Text),
    Verb("coordinate", Coordinate),
    Verb("give_opinion", Text),
    Verb("end_coordination"),
    Verb("request_extension", Reason),
    Verb("approve_extension"),
    Verb("refuse_extension", Reason),
    Verb("transfer", Transfer),
    Verb("reject", Reject),
    Verb("draft_reply", Draft),
    Verb("submit_reply", Submission, ticked),
    Verb("return_reply", Remarks),
    Verb("approve_reply"),
    Verb("prepare_publication", PreparePublication, spans),
    Verb("publish"),
    Verb("withdraw_publication", Reason),
    Verb("rate", Rate),
    Verb("reopen", Text),
    Verb("withdraw"),
    Verb("close"),
    Verb("merge", Merge, other_case),
    Verb("split", Split, pairs),
    Verb("set_subject", SetSubject, subject),
    Verb("read_identity", Reason, scope="identity:read"),
)


def seen_version(request: Request, body: Arguments) -> int | None:
    """The version the caller looked at, from If-Match or the field `seen`. Raises WrongVersion."""
    text = request.headers.get("If-Match", "").strip()
    if not text or text == "*":
        return body.get("seen")
    number = text.removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise WrongVersion("If-Match")
    return int(number)
