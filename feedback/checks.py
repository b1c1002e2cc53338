"""`manage.py check`: a catalogue that cannot do its work is refused before it does harm."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 - as Django names it
from django.db import DatabaseError
from django.utils import timezone

from feedback import deadlines
from feedback.actions import routing
from feedback.models.catalogue_cache import Catalogue, catalogue, forget


# Not under Django's tag "database", which a plain `manage.py check` leaves out.
@register("catalogue")
def check_catalogue(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """A topic without a competent unit, a kind without a deadline rule, a successor cycle: each is an error.

    A unit that ended without an heir is a warning: its letters go to the sorting desk.
    """
    try:
        book = _fresh()
    except DatabaseError:
        return []  # not migrated yet; migrate runs these checks too
    if not book.units:
        return []  # nothing loaded yet: load_catalogue will
    return [
        *topics_without_unit(book),
        *kinds_without_rule(book),
        *successor_cycles(book),
        *units_without_heir(book),
    ]


def _fresh() -> Catalogue:
    forget()
    return catalogue()


def topics_without_unit(book: Catalogue) -> Iterable[CheckMessage]:
    today = timezone.localdate()
    for code in book.topics:
        question = routing.Question(topic=code, issue=None, kind=None, place=None, on=today)
        decision = routing.decide_unit(question)
        if decision.why == "default" or (decision.unit is None and decision.agency is None):
            yield Error(
                f"Topic {code} has no competent unit today.",
                hint="Add a row to feedback/catalogue/routing.yaml or under Thẩm quyền in the admin.",
                id="feedback.E001",
            )


def kinds_without_rule(book: Catalogue) -> Iterable[CheckMessage]:
    today = timezone.localdate()
    for code, kind in book.kinds.items():
        if not kind.active:
            continue
        clocks = [
            c for c in deadlines.CLOCKS if deadlines.choose_rule(book.rules, kind=code, clock=c, on=today)
        ]
        if not set(clocks) - {"acknowledge"}:
            yield Error(
                f"Kind {code} has no deadline rule beyond the acknowledgement.",
                hint="Add a rule to feedback/catalogue/deadlines.yaml.",
                id="feedback.E002",
            )


def units_without_heir(book: Catalogue) -> Iterable[CheckMessage]:
    today = timezone.localdate()
    for unit in book.units.values():
        ended = unit.valid_to is not None and unit.valid_to < today
        if ended and unit.takes_cases and not any(heir.takes_cases for heir in book.living(unit.code, today)):
            yield Warning(
                f"Unit {unit.code} has ended and nobody takes over: letters it still holds go to the sorting desk.",
                hint="Name its successors under Đơn vị in the admin.",
                id="feedback.W001",
            )


def successor_cycles(book: Catalogue) -> Iterable[CheckMessage]:
    for code in book.units:
        if _leads_back(code, book):
            yield Error(
                f"Unit {code} succeeds itself through its successors.",
                hint="A unit's successors must end in a unit that exists.",
                id="feedback.E003",
            )


def _leads_back(code: str, book: Catalogue) -> bool:
    seen: set[str] = set()
    todo = list(book.successors.get(code, ()))
    while todo:
        here = todo.pop()
        if here == code:
            return True
        if here not in seen:
            seen.add(here)
            todo += book.successors.get(here, ())
    return False
