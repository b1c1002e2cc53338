"""The handler's and the citizen's ordinary acts between assignment and answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from feedback import errors, uploads
from feedback.actions import intake
from feedback.actions.actor import CITIZEN, SYSTEM, Actor
from feedback.actions.extension import lapse_request_of_acceptance
from feedback.actions.mentions import named_in
from feedback.actions.routing import destination
from feedback.actions.spine import Work, act, storable
from feedback.models import Case, Coordination, Identity, Message, Unit, User, catalogue

OPINION_DAYS = 3
NO_OPINION = "(Kết thúc lấy ý kiến khi đơn vị chưa trả lời.)"


def accept(case: Case, *, by: User | Actor, at: datetime, seen: int | None = None) -> Case:
    """Accept for handling (tiếp nhận): the reply clock runs from here. After a reassignment it only begins work."""
    with act(case, "accept", by=by, at=at, seen=seen) as work:
        lapse_request_of_acceptance(work)
        work.case.accepted_at = work.case.accepted_at or at
        responded(work)
    return case


def responded(work: Work) -> None:
    work.case.first_response_at = work.case.first_response_at or work.at


def ask_citizen(
    case: Case, *, question: str, by: User | Actor, at: datetime, seen: int | None = None
) -> Case:
    """Ask the citizen for information; the clock pauses until the answer."""
    with act(case, "ask_citizen", by=by, at=at, seen=seen) as work:
        work.say(Message.Purpose.QUESTION, question, field="question")
        work.case.needs_triage = False
        responded(work)
    return case


def answer_info(
    case: Case,
    *,
    text: str,
    by: User | Actor,
    at: datetime,
    files: Sequence[uploads.CleanFile] = (),
    seen: int | None = None,
) -> Case:
    """The citizen (or an officer who spoke with them) gives what was asked; the clock runs on."""
    text = _checked(text)
    with act(case, "answer_info", by=by, at=at, seen=seen) as work:
        work.say(Message.Purpose.ANSWER, text)
        _attach(work, files)
        if work.case.handler_id is None:
            work.case.needs_triage = True
    return case


def add_information(
    case: Case, *, text: str, at: datetime, by: Actor = CITIZEN, files: Sequence[uploads.CleanFile] = ()
) -> Case:
    """The citizen adds words or a document while the case is open. Raises FieldRequired when there is neither."""
    if not files or text.strip():
        text = _checked(text)
    with act(case, "add_information", by=by, at=at) as work:
        if text.strip():
            work.say(Message.Purpose.ADDITION, text)
        _attach(work, files)
    return case


def _checked(text: str) -> str:
    text = storable(text)
    problem = intake.text_problem(text, minimum=1)
    if problem is not None:
        raise problem
    return text


def _attach(work: Work, files: Sequence[uploads.CleanFile]) -> None:
    user = work.actor.user
    rows = intake.attach(work.case, files, at=work.at, by=user)
    if rows:
        work.internal["files"] = [row.sha256 for row in rows]


def note(case: Case, *, text: str, by: User, at: datetime, mentions: Sequence[User] = ()) -> Case:
    """An internal note; the citizen never sees it. Whoever is named (`@username`, or in `mentions`) is told of it.

    Raises UnknownColleague, MayNotSee.
    """
    named = named_in(case, text, by, mentions)
    with act(case, "note", by=by, at=at) as work:
        work.say(Message.Purpose.NOTE, text)
        if named:
            work.internal["mentions"] = [user.pk for user in named]
    return case


def coordinate(
    case: Case, *, units: Sequence[str], question: str, by: User, at: datetime, seen: int | None = None
) -> Case:
    """Ask other units of the office for their opinion. The citizen's clock runs on."""
    question = storable(question)
    if not question.strip():
        raise errors.FieldRequired("question")
    with act(case, "coordinate", by=by, at=at, seen=seen) as work:
        asked = [_askable(code, work.case, at) for code in dict.fromkeys(units)]
        if not asked:
            raise errors.FieldRequired("units")
        Coordination.objects.bulk_create(
            Coordination(
                case=work.case,
                unit=unit,
                question=question,
                asked_at=at,
                asked_by=by,
                due_at=wanted_by(work.case, unit, at),
            )
            for unit in asked
        )
        work.public = {
            "units": ", ".join(u.name_vi for u in asked),
            "units_en": ", ".join(u.name_en for u in asked),
        }
        work.internal = {"units": [u.code for u in asked]}
    return case


def wanted_by(case: Case, unit: Unit, at: datetime) -> datetime:
    """When the opinion is wanted: three working days (our own default) of the asked unit's calendar, but before the
    answer itself is due."""
    book = catalogue()
    calendar = book.calendar_of(book.calendar_version_for(unit.code))
    day = calendar.closes(calendar.add_working_days(calendar.local(at).date(), OPINION_DAYS))
    return min(day, case.due_at) if case.due_at > at else day


def _askable(code: str, case: Case, at: datetime) -> Unit:
    unit = destination(code, case, at, field="units")
    if unit.code == case.unit_id:
        raise errors.CannotAssign("units", reason=_not_asked(unit))
    return unit


def _not_asked(unit: Unit) -> tuple[str, str]:
    return f"không lấy ý kiến của {unit.name_vi} về đơn này", f"{unit.name_en} is not asked about this case"


def give_opinion(case: Case, *, text: str, by: User, at: datetime) -> Case:
    """A coordinating unit answers; the last answer ends the coordination."""
    text = storable(text)
    if not text.strip():
        raise errors.FieldRequired("text")
    with act(case, "give_opinion", by=by, at=at) as work:
        waiting = list(work.case.coordinations.filter(answered_at=None))
        mine = [c for c in waiting if c.unit_id in by.scope().handles]
        for row in mine:
            row.opinion, row.answered_at, row.answered_by = text, at, by
            row.save(update_fields=["opinion", "answered_at", "answered_by"])
        work.internal = {"units": [c.unit_id for c in mine]}
        if len(mine) == len(waiting):
            work.after.append(_end_by_system)
    return case


def _end_by_system(work: Work) -> None:
    work.do("end_coordination", actor=SYSTEM)


def end_coordination(case: Case, *, by: User, at: datetime, seen: int | None = None) -> Case:
    """Go on without the opinions still missing; a later question does not wait for them either."""
    with act(case, "end_coordination", by=by, at=at, seen=seen) as work:
        missing = work.case.coordinations.filter(answered_at=None)
        missing.update(opinion=NO_OPINION, answered_at=at, answered_by=by)
    return case


def read_identity(case: Case, *, reason: str, by: User, at: datetime) -> dict[str, str]:
    """The sender's name and ways to reach them; every reading is an event with its motive.

    Sealed: only integrity officers. Hidden: only the handler and integrity officers. Named: whoever works on the case.
    """
    with act(case, "read_identity", by=by, at=at) as work:
        work.say(Message.Purpose.MOTIVE, reason, field="reason")
    identity = Identity.objects.filter(case=case).first()
    return dict(identity.details) if identity else {}
