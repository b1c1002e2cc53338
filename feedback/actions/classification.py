"""The classifier proposes, a person may overrule. It can fail completely without losing a letter."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import timezone

import classifier
from feedback import errors
from feedback.actions import assignment, audit, places, quality, routing
from feedback.actions.actor import SYSTEM, Actor, conflicted
from feedback.actions.engine import standing
from feedback.actions.spine import Work, act
from feedback.models import Case, Message, Publication, Reply, Suggestion, Unit, User, catalogue
from feedback.models.office_log import audit_percent
from feedback.models.quality import thresholds
from feedback.querysets import COMPLAINT, DENUNCIATION
from feedback.workflow import WAITING, Status

log = logging.getLogger(__name__)
# The statuses of a case in somebody's hands.
_HELD = frozenset(
    {Status.ASSIGNED, Status.PROCESSING, Status.RETURNED, Status.COORDINATING, Status.PENDING_APPROVAL}
)


def suggest(text: str) -> classifier.Suggestion | None:
    """What the configured engine proposes; None when it fails, which sends the letter to triage."""
    try:
        engine = standing().engine
        return quality.stand_back(engine.suggest(text), thresholds()) if engine is not None else None
    except Exception as error:  # any failure of the model must not lose a letter
        log.error("classifier failed: %s", type(error).__name__)
        return None


def apply_suggestion(work: Work, suggestion: classifier.Suggestion | None) -> None:
    """Within `submit`: store the proposal, take over what is sure, send the rest to triage or to a handler."""
    case = work.case
    if suggestion is not None:
        _take_over(case, suggestion)
    labels = _labels(case)
    _topic_from_procedure(case)
    decision = decide_unit(case, suspected=_suspected(suggestion), at=work.at)
    case.unit, case.proposed_agency = decision.unit, decision.agency
    case.needs_triage = _unsure(case, suggestion) or decision.agency is not None
    row = None
    if suggestion is not None:
        row = _keep(case, suggestion, work.at)
        engine = f"{suggestion.engine} {suggestion.version}"
        work.internal = {"suggestion": row.pk, "engine": engine, **labels, **_place_used(decision, row)}
        work.do("classify", actor=SYSTEM)  # after the unit is known: its calendar may be its own
        if "suspected_denunciation" in suggestion.flags and not case.sealed:
            case.sealed = True
            work.internal = {"reason": "suspected_denunciation"}
            work.do("seal", actor=SYSTEM)
    if not case.needs_triage:
        if row is not None:
            audit.draw(row, percent=audit_percent())
        assignment.assign_automatically(work)


@dataclass(frozen=True)
class Preview:
    """What would happen to a letter of this text: nothing is stored. `place`: of the form, or named in the text;
    `kind`: the one its deadline would follow; `alone`: no person would look at it first."""

    suggestion: classifier.Suggestion
    named: places.Named
    place: str | None
    decision: routing.Decision
    kind: str | None
    alone: bool


def preview(text: str, *, place: str = "", at: datetime) -> Preview | None:
    """As `submit` would sort it; None when the classifier cannot be used. Raises UnknownCode for an unknown place."""
    if place and place not in catalogue().units:
        raise errors.UnknownCode("place", value=place[:40])
    suggestion = suggest(text)
    if suggestion is None:
        return None
    case = Case(text=text, place_id=place or None, received_at=at)
    _take_over(case, suggestion)
    suspected = _suspected(suggestion)
    decision = decide_unit(case, suspected=suspected, at=at)
    on = timezone.localtime(at).date()
    return Preview(
        suggestion,
        places.named_in(text, on),
        places.place_of(case, on)[0],
        decision,
        case.kind_id or suspected or suggestion.kind.best,
        alone=not (_unsure(case, suggestion) or decision.agency),
    )


def _keep(case: Case, suggestion: classifier.Suggestion, at: datetime) -> Suggestion:
    """Store the proposal, and whether the letter goes on without a person looking at it first."""
    named = places.named_in(case.text, timezone.localtime(at).date())
    return Suggestion.objects.create(
        case=case,
        engine=suggestion.engine,
        engine_version=suggestion.version,
        data=suggestion.as_dict() | {"place": named.as_dict()},
        abstained=suggestion.topic.abstained or suggestion.kind.abstained,
        alone=not case.needs_triage,
        created_at=at,
    )


def _take_over(case: Case, suggestion: classifier.Suggestion) -> None:
    book = catalogue()
    case.urgent = "urgent" in suggestion.flags and "spam" not in suggestion.flags  # “liên hệ ngay hôm nay”
    case.topic_id = _sure(suggestion.topic, book.topics)
    case.issue_id = _sure(suggestion.issue, book.issues)
    kind = _sure(suggestion.kind, book.kinds)
    # Khiếu nại and tố cáo are only ever suggested; a person confirms them.
    case.kind_id = None if kind and book.kinds[kind].requires_confirmation else kind


def _sure(head: classifier.Head, known: dict[str, Any]) -> str | None:
    best = head.guesses[0].code if head.guesses and not head.abstained else None
    return best if best in known else None


def _suspected(suggestion: classifier.Suggestion | None) -> str | None:
    flags = suggestion.flags if suggestion else ()
    if "suspected_denunciation" in flags:
        return DENUNCIATION
    return COMPLAINT if "suspected_complaint" in flags else None


def _unsure(case: Case, suggestion: classifier.Suggestion | None) -> bool:
    """A person looks first: no topic, no kind, a suspected khiếu nại/tố cáo, or a sealed letter."""
    if suggestion is None or case.sealed or case.topic_id is None or case.kind_id is None:
        return True
    return _suspected(suggestion) is not None or "spam" in suggestion.flags


def _topic_from_procedure(case: Case) -> None:
    """The procedure the citizen named is surer than any guess from words."""
    procedure = catalogue().procedures.get(case.procedure_id or "")
    if procedure is not None:
        case.topic_id = procedure.topic_id


def decide_unit(
    case: Case, *, at: datetime, suspected: str | None = None, guess: Mapping[str, str] | None = None
) -> routing.Decision:
    """The competent unit; `guess`: labels assumed where the case has none. The place is that of the form, else the one
    its text names, and then `why` is "named"."""
    on, assumed = timezone.localtime(at).date(), guess or {}
    place, only_named = places.place_of(case, on)
    decision = routing.decide_unit(
        routing.Question(
            topic=case.topic_id or assumed.get("topic") or None,
            issue=case.issue_id or assumed.get("issue") or None,
            kind=case.kind_id or assumed.get("kind") or suspected,
            place=place,
            on=on,
            avoid=case.subject_unit_id,
        )
    )
    return replace(decision, why="named") if only_named and decision.why == "place" else decision


def _place_used(decision: routing.Decision, row: Suggestion) -> dict[str, str]:
    """For the event: the place the unit was found by, when only the text names it."""
    return {"place": row.data["place"]["code"]} if decision.why == "named" else {}


def classify(
    case: Case,
    *,
    topic: str,
    issue: str | None,
    kind: str,
    by: User | Actor,
    at: datetime,
    seen: int | None = None,
    unit: str | None = None,
    dispatch: bool = False,
    instance: int | None = None,
    remote: bool | None = None,
    urgent: bool | None = None,
) -> Case:
    """Confirm or correct the labels. With `dispatch` (the triage desk) the case also goes to its unit and a handler.

    Of a khiếu nại also the `instance` (1 or 2) and whether the area is `remote`: each has limits of its own (Luật
    Khiếu nại 2011, Điều 28 and 37). None leaves them as they were; every other kind has neither. `urgent`
    letters stand at the top of every queue.
    Raises InvalidInput for unknown codes. A confirmed tố cáo is sealed in the same act.
    """
    _check_codes(topic, issue, kind, unit, instance)
    with act(case, "classify", by=by, at=at, seen=seen) as work:
        target = work.case
        before = _labels(target)
        target.topic_id, target.issue_id, target.kind_id = topic, issue or None, kind
        target.kind_confirmed = True
        if kind != COMPLAINT:
            instance, remote = 1, False
        target.instance = instance or target.instance
        target.remote = target.remote if remote is None else remote
        target.urgent = target.urgent if urgent is None else urgent
        work.internal = {**_labels(target), "before": before}
        work.after.append(audit.check)
        if kind == DENUNCIATION and not target.sealed:
            work.after.append(_seal_denunciation)
        if dispatch:
            work.after.append(lambda w: _dispatch(w, unit))
    return case


def _labels(case: Case) -> dict[str, Any]:
    """What `classify` decides of a case, for the event; where nobody asks, not the particulars of a khiếu nại."""
    labels: dict[str, Any] = {"topic": case.topic_id, "issue": case.issue_id, "kind": case.kind_id}
    if case.kind_id == COMPLAINT:
        labels |= {"instance": case.instance, "remote": case.remote}
    return labels | {"urgent": True} if case.urgent else labels


def _check_codes(topic: str, issue: str | None, kind: str, unit: str | None, instance: int | None) -> None:
    book = catalogue()
    given: dict[str, tuple[str | None, Collection[str]]] = {
        "topic": (topic, book.topics),
        "issue": (issue, book.issues),
        "kind": (kind, book.kinds),
        "unit": (unit, book.units),
    }
    wrong: dict[str, errors.OfficeError] = {
        name: errors.UnknownCode(name, value=str(code)[:40])
        for name, (code, known) in given.items()
        if code and code not in known
    }
    if instance not in (None, 1, 2):
        wrong["instance"] = errors.UnknownCode("instance", value=str(instance)[:40])
    wrong |= {n: errors.FieldRequired(n) for n, v in (("topic", topic), ("kind", kind)) if not v}
    if wrong:
        raise errors.InvalidInput(wrong)


def _seal_denunciation(work: Work) -> None:
    work.case.sealed = True
    work.internal = {"reason": "confirmed_denunciation"}
    work.do("seal", actor=SYSTEM)
    _take_down(work)


def _take_down(work: Work) -> None:
    """A sealed letter is not left on the public list; an answer published without it may stay."""
    row = Publication.objects.filter(
        case=work.case, state=Publication.State.PUBLISHED, include_question=True
    ).first()
    if row is None:
        return
    row.state, row.withdrawn_at = Publication.State.WITHDRAWN, work.at
    row.withdrawn_reason = "Nội dung đơn thuộc loại không công khai."
    row.save(update_fields=["state", "withdrawn_at", "withdrawn_reason"])
    work.say(Message.Purpose.REASON, row.withdrawn_reason)
    work.public |= {"publication": row.pk}
    work.do("withdraw_publication", actor=SYSTEM)


def _dispatch(work: Work, unit: str | None) -> None:
    """Send the classified case on its way: to the unit chosen or decided, and to a handler there."""
    case, decision = work.case, decide_unit(work.case, at=work.at)
    chosen = routing.destination(unit, case, work.at) if unit else decision.unit
    # Not our competence, and nobody said otherwise: it stays on the sorting desk until it is transferred.
    case.proposed_agency = None if unit else decision.agency
    case.needs_triage = case.proposed_agency is not None
    if chosen is not None and chosen.code != case.unit_id:
        _move(work, chosen)
    free = case.handler_id is None and case.status in ("new", "accepted", "reopened")
    if free and not (case.sealed or case.needs_triage):
        assignment.assign_automatically(work)


def _move(work: Work, unit: Unit) -> None:
    work.case.unit, work.case.handler = unit, None
    work.public = {"unit_code": unit.code, "unit": unit.name_vi, "unit_en": unit.name_en}
    work.internal = {"why": "classified"}
    work.do("route", actor=SYSTEM)


def seal(case: Case, *, reason: str, by: User | Actor, at: datetime, seen: int | None = None) -> Case:
    """Only the integrity officers (and the handler, if there is one) see the case from now on."""
    with act(case, "seal", by=by, at=at, seen=seen) as work:
        work.say("motive", reason, field="reason")
        work.case.sealed = True
        work.case.needs_triage = work.case.is_open
        work.after.append(_take_down)
    return case


def unseal(case: Case, *, reason: str, by: User | Actor, at: datetime, seen: int | None = None) -> Case:
    """Back to the ordinary desk. Refused while the kind is tố cáo or the citizen asked for secrecy."""
    with act(case, "unseal", by=by, at=at, seen=seen) as work:
        if work.case.kind_id == DENUNCIATION or work.case.visibility == Case.Visibility.SEALED:
            raise errors.NotAllowed
        work.say("motive", reason, field="reason")
        work.case.sealed = False
    return case


def set_subject(
    case: Case,
    *,
    unit: str | None,
    officer: User | None,
    by: User | Actor,
    at: datetime,
    seen: int | None = None,
) -> Case:
    """Name the unit or officer the letter is about: from now on they neither see it nor receive it.

    If they hold it, it leaves them in the same act and waits for triage.
    """
    book = catalogue()
    if unit and unit not in book.units:
        raise errors.UnknownCode("unit", value=unit[:40])
    with act(case, "set_subject", by=by, at=at, seen=seen) as work:
        target = work.case
        target.subject_unit_id, target.subject_officer = unit or None, officer
        work.internal = {"unit": unit or None, "officer": officer.pk if officer else None}
        if _held_by_subject(target):
            if target.unit_id in book.heirs(unit):
                target.unit = decide_unit(target, at=at).unit
            take_away(work)
    return case


def take_away(work: Work) -> None:
    """Nobody holds it any more; what was drafted is not sent, and after an open question or a suspension it returns to
    triage too."""
    case = work.case
    case.handler, case.needs_triage = None, True
    home = Status.ACCEPTED if case.accepted_at else Status.NEW
    if case.status in _HELD:
        work.target = home
    elif case.status in WAITING and case.resume_status in _HELD:
        case.resume_status = home
    case.replies.filter(state=Reply.State.SUBMITTED).update(state=Reply.State.RETURNED)


def _held_by_subject(case: Case) -> bool:
    if case.unit_id in catalogue().heirs(case.subject_unit_id):
        return True
    return case.handler is not None and conflicted(case.handler, case)
