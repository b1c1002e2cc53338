"""Which unit must answer: topic × issue × kind × place × date over dated tables. Pure reading, no writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.utils import timezone

from feedback.errors import CannotAssign, UnknownCode
from feedback.models import Case, Issue, Topic, Unit, catalogue
from feedback.models.catalogue import Route, RouteOverride
from feedback.models.catalogue_cache import Catalogue

PLACE = "@place"
ABOUT_ITSELF = ("đơn này nói về chính đơn vị đó", "the letter is about that very unit")
ANOTHER_AGENCY = (
    "đây là cơ quan khác; xin dùng “Chuyển cơ quan khác”",
    "that is another agency; use “Transfer”",
)


@dataclass(frozen=True)
class Decision:
    """A unit and why. `agency`: an outside agency that a person should confirm a transfer to."""

    unit: Unit | None
    why: str  # code: "override", "route", "place", "fallback", "supervisor", "default"
    agency: Unit | None = None


@dataclass(frozen=True)
class Question:
    """What the decision depends on. Codes; `avoid` holds the unit the letter is about and its heirs."""

    topic: str | None
    issue: str | None
    kind: str | None
    place: str | None
    on: date
    avoid: str | None = None

    @cached_property
    def avoided(self) -> frozenset[str]:
        return catalogue().heirs(self.avoid)


def destination(code: str, case: Case, at: datetime, *, field: str = "unit") -> Unit:
    """The unit a person chose for the case. Raises UnknownCode for one where nobody works (abolished, or a class of
    units), CannotAssign for an outside agency and for the unit the letter is about."""
    book = catalogue()
    unit = book.units.get(code)
    if unit is None or unit.kind == Unit.Type.CLASS or not unit.exists_on(timezone.localtime(at).date()):
        raise UnknownCode(field, value=code[:40])
    if unit.external:
        raise CannotAssign(field, reason=ANOTHER_AGENCY)
    if code in book.heirs(case.subject_unit_id):
        raise CannotAssign(field, reason=ABOUT_ITSELF)
    return unit


def decide_unit(question: Question) -> Decision:
    """The competent unit that day. A unit the letter is about is never chosen; an outside agency only proposed."""
    book = catalogue()
    for override in book.overrides:
        if _override_fits(override, question, book) and (unit := _override_unit(override, question, book)):
            return _usable(unit, "override", question, book)
    route = _best_route(question, book)
    if route is None:
        return Decision(_default(question, book), "default")
    if route.unit_code == PLACE:
        place = book.current_unit(question.place, question.on) if question.place else None
        if place is not None and place.code not in question.avoided:
            return _usable(place, "place", question, book)
        return _fall_back(route, question, book)
    unit = book.current_unit(route.unit_code, question.on)
    if unit is None or unit.code in question.avoided or unit.kind == Unit.Type.CLASS:
        return _fall_back(route, question, book)
    return _usable(unit, "route", question, book)


def _usable(unit: Unit, why: str, question: Question, book: Catalogue) -> Decision:
    if unit.external:
        return Decision(_default(question, book), why, agency=unit)
    return Decision(unit, why)


def _override_fits(override: RouteOverride, question: Question, book: Catalogue) -> bool:
    if override.kind_id and override.kind_id != question.kind:
        return False
    if override.issue_id and override.issue_id not in _with_parent(question.issue, book.issues):
        return False
    return bool(override.kind_id or override.issue_id)


def _override_unit(override: RouteOverride, question: Question, book: Catalogue) -> Unit | None:
    if override.unit_id:
        unit = book.current_unit(override.unit_id, question.on)
        return unit if unit and unit.code not in question.avoided else None
    holders = [u for u in book.units_with_role(override.role, question.on) if u.code not in question.avoided]
    return holders[0] if holders else None


def _best_route(question: Question, book: Catalogue) -> Route | None:
    """The most telling row in force: leaf before parent topic, named issue before any."""
    topics = _with_parent(question.topic, book.topics)
    issues = [*_with_parent(question.issue, book.issues), None]
    fitting = [
        r
        for r in book.routes
        if r.topic_id in topics
        and r.issue_id in issues
        and r.valid_from <= question.on
        and (r.valid_to is None or question.on <= r.valid_to)
    ]
    return min(fitting, key=lambda r: (topics.index(r.topic_id), issues.index(r.issue_id)), default=None)


def _with_parent(code: str | None, labels: Mapping[str, Topic] | Mapping[str, Issue]) -> list[str]:
    if code is None or code not in labels:
        return []
    parent = labels[code].parent_id
    return [code, parent] if parent else [code]


def _fall_back(route: Route, question: Question, book: Catalogue) -> Decision:
    for code, why in ((route.fallback_id, "fallback"), (route.supervisor_id, "supervisor")):
        unit = book.current_unit(code, question.on) if code else None
        if unit and unit.code not in question.avoided and unit.kind != Unit.Type.CLASS:
            return _usable(unit, why, question, book)
    return Decision(_default(question, book), "default")


def _default(question: Question, book: Catalogue) -> Unit | None:
    """The office that receives what has no other home; above it, the leaders, when the letter is about that office."""
    for role in ("DEFAULT", "LEADER", "RECEPTION"):
        for unit in book.units_with_role(role, question.on):
            if unit.code not in question.avoided and not unit.external:
                return unit
    return None
