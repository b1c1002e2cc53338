"""Letters from one desk to another: `/can-bo/phong/giao/`.

First what would follow; then, when confirmed, each letter in its own transaction with the version that was shown. What
could not be done is listed with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from feedback import actions
from feedback.errors import OfficeError
from feedback.models import Absence, Case
from feedback.reports import workload
from feedback.web.desk.base import DeskRequest, desk_page, show
from feedback.web.desk.unit import Letter, Room, draw, letter_of, lines, movable, references, room_of
from feedback.web.words import sentence

MOST = 50  # letters at once: what one page of the list holds


@dataclass(frozen=True)
class Move:
    """One letter and what stands against giving it to that person, or should be known before."""

    letter: Letter
    refusal: str
    remarks: list[str]
    weight: int
    this_week: bool


@desk_page
@require_POST
def reassign(request: DeskRequest) -> HttpResponse:
    """Shows what follows; with `confirm` does it."""
    here, at = room_of(request.user, request.POST.get("unit", "")), timezone.now()
    wanted = references(request.POST.getlist("case")[:MOST])
    everybody = workload.desks(request.user, here.codes, at)
    to = request.POST.get("to", "")
    desk = next((one for one in everybody if one.units and str(one.person.pk) == to), None)
    if not wanted or desk is None:
        error = _("Choose who receives the letters.") if wanted else _("Tick at least one letter.")
        return draw(request, error=error, chosen=wanted, to=to, status=422)
    cases = _cases(request, here, wanted)
    if request.POST.get("confirm") == "1":
        return _carry_out(request, here, desk, cases, wanted, at)
    return _ask(request, here, desk, cases, wanted, at)


def _cases(request: DeskRequest, here: Room, wanted: dict[str, int | None]) -> list[Case]:
    """Those the person may move, the nearest date first. A letter that ended meanwhile is not among them."""
    numbers = [int(reference[8:]) for reference in wanted if reference[8:].isdigit() and len(reference) < 20]
    cases = movable(request.user, here.codes).filter(pk__in=numbers).order_by("due_at", "pk")
    return [case for case in cases if case.reference in wanted]


def _ask(
    request: DeskRequest,
    here: Room,
    desk: workload.Desk,
    cases: list[Case],
    wanted: dict[str, int | None],
    at: datetime,
) -> HttpResponse:
    monday = workload.days_of(at).monday
    refused = actions.why_not_assign(cases, handler=desk.person, by=request.user, at=at)
    moves = [_move(case, desk, refused.get(case.pk), monday, at) for case in cases]
    going = [move for move in moves if not move.refusal]
    more = sum(move.weight for move in going if move.this_week)
    context = {
        "room": here,
        "desk": desk,
        "line": lines([desk], link=False)[0],
        "moves": moves,
        "going": going,
        "open_after": desk.open + len(going),
        "load_after": desk.load + more,
        "over": desk.load + more > desk.capacity,
        "gone": len(wanted) - len(cases),
    }
    return show(request, "unit/reassign", context)


def _move(
    case: Case, desk: workload.Desk, refused: OfficeError | None, monday: datetime, at: datetime
) -> Move:
    theirs = case.handler_id == desk.person.pk
    refusal = sentence(refused) if refused else _("It lies on this desk already.") if theirs else ""
    return Move(
        letter=letter_of(case, at),
        refusal=refusal,
        remarks=[] if refusal else _remarks(case, desk),
        weight=workload.weight_of(case),
        this_week=case.due_at < monday,
    )


def _remarks(case: Case, desk: workload.Desk) -> list[str]:
    found, due = [], timezone.localtime(case.due_at).date()
    leave = desk.away_on(due) or _away_until(desk, timezone.localdate(), due)
    if leave is not None:
        found.append(
            _("On leave %(first)s–%(last)s; the letter is due %(due)s.")
            % {name: f"{day:%d/%m/%Y}" for name, day in _days(leave, due).items()}
        )
    if not any(_skilled(skills, case.topic_id) for skills in desk.skills):
        found.append(_("The topic is not among those this person handles."))
    return found


def _days(leave: Absence, due: date) -> dict[str, date]:
    return {"first": leave.first_day, "last": leave.last_day, "due": due}


def _away_until(desk: workload.Desk, today: date, due: date) -> Absence | None:
    """On leave now, and back so late that nothing but the last days are left."""
    leave = desk.away_on(today)
    return leave if leave is not None and leave.last_day >= due else None


def _skilled(skills: list[str], topic: str | None) -> bool:
    return not skills or not topic or any(topic == one or topic.startswith(f"{one}.") for one in skills)


def _carry_out(
    request: DeskRequest,
    here: Room,
    desk: workload.Desk,
    cases: list[Case],
    wanted: dict[str, int | None],
    at: datetime,
) -> HttpResponse:
    done: list[Letter] = []
    not_done: list[tuple[Letter, str]] = []
    for case in cases:
        letter = letter_of(case, at)
        if case.handler_id == desk.person.pk:
            not_done.append((letter, _("It lies on this desk already.")))
            continue
        try:
            seen = wanted[case.reference]
            actions.assign(
                case,
                handler=desk.person,
                by=request.user,
                at=timezone.now(),
                seen=-1 if seen is None else seen,
            )
        except OfficeError as error:
            not_done.append((letter, sentence(error)))
        else:
            done.append(letter)
    context: dict[str, Any] = {
        "room": here,
        "desk": desk,
        "done": done,
        "not_done": not_done,
        "gone": len(wanted) - len(cases),
    }
    return show(request, "unit/reassigned", context)
