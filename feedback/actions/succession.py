"""Units merged or abolished: open cases follow to the successor, with an event each; their dates stay.

A case that is about the successor itself passes it by, and a letter about a unit leaves the unit it merged into: it
goes to the next successor, else to the sorting desk.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from feedback.actions import assignment, classification
from feedback.actions.actor import SYSTEM, conflicted
from feedback.actions.spine import Work
from feedback.actions.unit_plans import Plan, as_planned, desks_left, first_heir
from feedback.models import Case, Change, ChangeLine, Coordination, Membership, Unit, User, catalogue
from feedback.models.catalogue_cache import Catalogue
from feedback.querysets import CaseQuerySet
from feedback.workflow import WAITING, Role, Status, sources

log = logging.getLogger(__name__)

SORTING_DESK = {"unit": "bộ phận phân loại đơn", "unit_en": "the sorting desk"}
UNASKED = "(Đơn vị được hỏi đã sắp xếp lại; câu hỏi kết thúc khi chưa có ý kiến.)"
LEFT_BEHIND = "Đơn vị đã kết thúc còn đơn đang mở"

# What becomes of a case: the remark of a counted line, the reason in the event.
KEPT, CHOSEN, NOBODY = "handler_kept", "handler_chosen", "nobody"
NO_SUCCESSOR, CONFLICT, QUESTION = "no_successor", "conflict", "question_passed"

# Statuses in which the table has the case in somebody's hands; a draft that awaits approval needs no hands.
_HELD = frozenset({Status.ASSIGNED, Status.PROCESSING, Status.RETURNED, Status.COORDINATING})
_DESKS = frozenset({Role.HANDLER, Role.LEADER, Role.INTEGRITY})  # who may hold a case of the own unit


def touched(plan: Plan) -> CaseQuerySet:
    """Open cases the plan concerns: held by a unit that ends, waiting for its opinion, or about it and held (or
    looked at) by the unit it goes into."""
    ended, book = list(plan.get("units", {})), as_planned(plan)
    past = {old for code in ended for old in book.forebears(code, date.max)}
    future = {new for code in ended for new in book.heirs(code, date.max)}
    waiting = Coordination.objects.filter(case=OuterRef("pk"), answered_at=None)
    about = Q(subject_unit__in=past) & (Q(unit__in=future) | Exists(waiting.filter(unit__in=future)))
    return Case.objects.open().filter(Q(unit__in=ended) | Exists(waiting.filter(unit__in=ended)) | about)


# --- where it goes, and to whom ------------------------------------------------------------------


@dataclass(frozen=True)
class Move:
    """Out of the unit. `unit` None: to the sorting desk, and `why` says for what reason."""

    unit: Unit | None
    why: str = ""


def _move_of(case: Case, on: date, book: Catalogue) -> Move | None:
    """None: the case stays where it is."""
    here = book.units.get(case.unit_id or "")
    if here is None:
        return None
    if not here.exists_on(on):
        heir = _heir(here.code, case, on, book)
        return Move(heir) if heir else Move(None, NO_SUCCESSOR)
    return Move(None, CONFLICT) if here.code in book.heirs(case.subject_unit_id, on) else None


def _heir(code: str, case: Case, on: date, book: Catalogue) -> Unit | None:
    """The first successor that exists that day, takes cases, and is not what the letter is about."""
    avoided = book.heirs(case.subject_unit_id, on)
    return next((u for u in book.living(code, on) if u.takes_cases and u.code not in avoided), None)


def _still_right(case: Case, unit: Unit | None, desks: Collection[tuple[str, str]]) -> bool:
    """The handler goes on: a desk in the successor, or (sealed) an integrity officer's anywhere."""
    if case.handler is None or conflicted(case.handler, case):
        return False
    if case.sealed and any(role == Role.INTEGRITY for _, role in desks):
        return True
    return unit is not None and any(code == unit.code and role in _DESKS for code, role in desks)


def _by_rule(case: Case) -> bool:
    """A new handler may be chosen by the rule of the house: never for a sealed letter or one not yet sorted."""
    if case.sealed or case.needs_triage:
        return False
    return case.handler_id is not None or case.status in sources("assign")


# --- counted -------------------------------------------------------------------------------------


@dataclass
class _Staff:
    """Who sits where on the day, with the desks a plan moves along."""

    on: date
    users: dict[int, User] = field(default_factory=dict)
    of_unit: dict[str, list[Membership]] = field(default_factory=lambda: defaultdict(list))
    of_user: dict[int, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    _free: dict[str, list[Membership]] = field(default_factory=dict)

    def add(self, desks: Iterable[Membership], unit: str | None = None) -> None:
        for desk in desks:
            desk.user = self.users.setdefault(desk.user_id, desk.user)
            code = unit or desk.unit_id
            self.of_user[desk.user_id].add((code, desk.role))
            if desk.role == Role.HANDLER:
                self.of_unit[code].append(desk)

    def somebody(self, case: Case, unit: Unit) -> bool:
        if unit.code not in self._free:
            found = assignment.with_room(self.of_unit[unit.code], self.on)
            self._free[unit.code] = [desk for desk, _ in found]
        fitting = (desk for desk in self._free[unit.code] if desk.skilled_for(case.topic_id))
        return any(not conflicted(desk.user, case) for desk in fitting)


def _staff(plan: Plan, on: date, book: Catalogue) -> _Staff:
    staff, units = _Staff(on), plan["units"]
    heirs = {unit.code for code in units for unit in book.living(code, on)}
    wanted = Q(unit__in=heirs) | Q(role=Role.INTEGRITY)
    staff.add(Membership.objects.current(on).filter(wanted).select_related("user"))
    for code, end in units.items() if plan.get("people") else ():
        heir = first_heir(code, on, book)
        if heir is not None:
            moving = desks_left(code, date.fromisoformat(end["valid_to"]))
            staff.add([desk for desk in moving if desk.user.is_active], heir.code)
    return staff


def lines(change: Change, cases: Sequence[Case]) -> list[ChangeLine]:
    """What the change would do to each of the cases, by the day it is carried out; dates stay."""
    plan, book, on = change.units, as_planned(change.units), _day_of(change)
    staff = _staff(plan, on, book)
    return [_line(change, case, staff, book, on) for case in cases]


def _day_of(change: Change) -> date:
    planned = timezone.localtime(change.planned_at).date()
    return max(change.carry_out_on or planned, planned)


def _line(change: Change, case: Case, staff: _Staff, book: Catalogue, on: date) -> ChangeLine:
    move = _move_of(case, on, book)
    line = ChangeLine(change=change, case=case, due_before=case.due_at, due_after=case.due_at)
    line.unit_before_id = case.unit_id
    line.unit_after_id = case.unit_id if move is None else move.unit.code if move.unit else None
    line.remark = QUESTION if move is None else _remark(case, move, staff)
    return line


def _remark(case: Case, move: Move, staff: _Staff) -> str:
    if move.why:
        return move.why
    desks = staff.of_user.get(case.handler_id or 0, set())
    if _still_right(case, move.unit, desks):
        return KEPT
    somebody = move.unit is not None and _by_rule(case) and staff.somebody(case, move.unit)
    return CHOSEN if somebody else NOBODY


# --- carried out ---------------------------------------------------------------------------------


def succeed(case: Case, *, change: Change, at: datetime) -> bool:
    """Let one locked open case follow; False when nothing is left to do. The clocks keep the versions they run by."""
    on, book = timezone.localtime(at).date(), catalogue()
    work, move = Work(case, SYSTEM, at), _move_of(case, on, book)
    if move is not None:
        _pass_on(work, move, change, book)
    passed = _pass_questions(work, change, on, book)
    if move is None and not passed:
        return False
    work.finish()
    return True


def _pass_on(work: Work, move: Move, change: Change, book: Catalogue) -> None:
    case, held = work.case, work.case.handler
    names = _names(book.units[case.unit_id or ""], move.unit)
    kept = move.why != CONFLICT and _still_right(case, move.unit, _desks_of(held, work.at))
    by_rule = move.unit is not None and _by_rule(case) and not kept
    case.unit = move.unit
    choice = assignment.choose_handler(case, work.at) if by_rule else None
    if move.why == CONFLICT:
        classification.take_away(work)
    elif not kept:
        case.handler = choice.user if choice else None
        if held is not None and choice is None:
            _put_down(work)
    if move.unit is None or (case.sealed and case.handler is None):
        case.needs_triage = True
    why = move.why or (KEPT if kept else CHOSEN if choice else NOBODY)
    work.public = names
    work.internal = {"change": change.pk, "why": why, "handler": case.handler_id}
    work.do("succeed")
    if choice is not None and case.status in sources("assign"):
        if held is not None:
            work.target = Status(case.status)  # a colleague goes on where it was left
        assignment.give(work, choice.user, choice.why)
        work.internal["change"] = change.pk  # told in its digest, not one by one
        work.do("assign")


def _names(before: Unit, after: Unit | None) -> dict[str, Any]:
    """As they are called today: history keeps the names."""
    names = {"unit_before": before.name_vi, "unit_before_en": before.name_en, "unit_before_code": before.code}
    if after is None:
        return names | SORTING_DESK
    return names | {"unit": after.name_vi, "unit_en": after.name_en, "unit_code": after.code}


def _desks_of(user: User | None, at: datetime) -> set[tuple[str, str]]:
    desks = Membership.objects.current(timezone.localtime(at).date()).filter(user=user)
    return set(desks.values_list("unit", "role")) if user else set()


def _put_down(work: Work) -> None:
    """Nobody holds it any more: back to the queue, as far as it had come. A draft goes on awaiting its approval."""
    case = work.case
    home = Status.ACCEPTED if case.accepted_at else Status.NEW
    if case.status in _HELD:
        work.target = home
    elif case.status in WAITING and case.resume_status in _HELD:
        case.resume_status = home


def _pass_questions(work: Work, change: Change, on: date, book: Catalogue) -> bool:
    """Questions still open go to the heir of the unit asked. One that nobody but the case's own unit, or the unit the
    letter is about, could answer now is ended."""
    case, passed = work.case, []
    rows = list(case.coordinations.filter(answered_at=None).order_by("pk"))
    for row in rows:
        asked = row.unit_id
        heir = _heir(asked, case, on, book)
        if heir is not None and heir.code != case.unit_id:
            row.unit = heir
        else:
            row.opinion, row.answered_at = UNASKED, work.at
        if row.answered_at or row.unit_id != asked:
            row.save(update_fields=["unit", "opinion", "answered_at"])
            passed.append({"from": asked, "to": None if row.answered_at else row.unit_id})
    if not passed:
        return False
    units = list(dict.fromkeys(one["to"] for one in passed if one["to"]))
    work.internal = {"change": change.pk, "questions": passed, "units": units}
    work.do("pass_question")
    if all(row.answered_at for row in rows):
        _end_coordination(work)
    return True


def _end_coordination(work: Work) -> None:
    if work.case.status == Status.COORDINATING:
        work.do("end_coordination")
    elif work.case.status in WAITING and work.case.resume_status == Status.COORDINATING:
        work.case.resume_status = Status.PROCESSING


# --- left behind ---------------------------------------------------------------------------------


def units_left(on: date) -> list[Unit]:
    """Units that ended before `on` and still have open work: a case of theirs, or a question to them."""
    opened = Case.objects.open()
    holds = Exists(opened.filter(unit=OuterRef("pk")))
    asked = Coordination.objects.filter(unit=OuterRef("pk"), answered_at=None, case__in=opened)
    return list(Unit.objects.filter(valid_to__lt=on).filter(holds | Exists(asked)).order_by("code"))


def plan_for_ended(on: date) -> dict[str, Any]:
    """The plan for all units that ended before `on` and still have open work; their rows say what it says."""
    book = catalogue()
    units = {
        unit.code: {"valid_to": str(unit.valid_to), "successors": list(book.successors.get(unit.code, ()))}
        for unit in units_left(on)
    }
    return {"units": units, "new": []}


def orphans(on: date) -> CaseQuerySet:
    """Open cases whose unit has ended before `on` and which no confirmed change covers."""
    covered = _covered(Change.State.CONFIRMED, Change.State.DONE)
    return Case.objects.open().filter(unit__valid_to__lt=on).exclude(unit__in=list(covered))


def _covered(*states: Change.State) -> dict[str, Change]:
    """Units named by a change in one of the states, with the newest such change."""
    known = Change.objects.filter(what=Change.What.UNITS, state__in=states).order_by("pk")
    return {code: change for change in known for code in change.units.get("units", {})}


def plan_orphans(at: datetime) -> Change | None:
    """Plan what ended units left behind, so that a manager only has to confirm; None when nothing was, or a plan waits.

    A plan somebody dropped is not made again on the same day.
    """
    on = timezone.localtime(at).date()
    if not units_left(on):
        return None
    with transaction.atomic():
        ended = Unit.objects.filter(valid_to__lt=on).order_by("pk")
        list(
            ended.select_for_update(of=("self",), no_key=True)
        )  # of two workers one plans, the other sees its plan
        plan, states = plan_for_ended(on), Change.State
        known = _covered(states.COUNTING, states.READY, states.CONFIRMED, states.DONE)
        dropped = _covered(states.DROPPED).items()
        known |= {code: change for code, change in dropped if _day_planned(change) == on}
        plan["units"] = {code: end for code, end in plan["units"].items() if code not in known}
        if not plan["units"]:
            return None
        change = Change(what=Change.What.UNITS, units=plan, note=LEFT_BEHIND, planned_at=at)
        change.carry_out_on = on
        change.save(force_insert=True)
    return change


def _day_planned(change: Change) -> date:
    return timezone.localtime(change.planned_at).date()


def follow_late(at: datetime, *, limit: int = 100) -> int:
    """Cases that came back to an ended unit after its change was done (a clarification, a letter handled by itself
    again) follow the change a manager confirmed then. Returns how many."""
    on = timezone.localtime(at).date()
    left = {unit.code for unit in units_left(on)}
    done = _covered(Change.State.DONE) if left else {}
    followed = 0
    for change in {done[code].pk: done[code] for code in sorted(left.intersection(done))}.values():
        for pk in touched(change.units).order_by("pk").values_list("pk", flat=True)[: limit - followed]:
            followed += _follow_late(change, pk, at)
    return followed


def _follow_late(change: Change, pk: int, at: datetime) -> bool:
    try:
        with transaction.atomic():
            case = Case.objects.select_for_update(of=("self",)).get(pk=pk)
            return case.is_open and succeed(case, change=change, at=at)
    except Exception as error:  # its words may hold what a person wrote; its kind does not
        log.error("case %s cannot follow change %s: %s", pk, change.pk, type(error).__name__)
        return False
