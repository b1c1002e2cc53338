"""The place a letter names in its text, for letters whose form left the field empty.

A reading, never an answer: what the citizen did not say stays unsaid on the case; it only helps to find the unit, and
the triage desk is told."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from classifier.places import COMMUNE, Gazetteer, Mention, Place, parse
from feedback.models import Case, Unit, catalogue
from feedback.models.catalogue_cache import Catalogue

log = logging.getLogger(__name__)
_kept: tuple[Catalogue, Gazetteer] | None = None


@dataclass(frozen=True)
class Named:
    """What the text says of places. `code`: the one unit it names, as it names it ("" for none); `why`: "one", "none",
    "several" (which of them is meant, a person decides) or "wide" (a district that is several communes today)."""

    code: str
    why: str
    mentions: tuple[Mention, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For a JSON column; offsets into the letter."""
        spans = [{"start": m.start, "end": m.end, "code": m.codes[0]} for m in self.mentions]
        return {"code": self.code, "why": self.why, "spans": spans}


def named_in(text: str, on: date) -> Named:
    """The place the text names, on that day. Two names of what is one commune by then are one place. Never raises."""
    try:
        book = catalogue()
        mentions = tuple(_gazetteer(book).find(text))
        communes = [mention for mention in mentions if mention.level == COMMUNE]
        return _chosen(communes or mentions, mentions, on, book)
    except Exception as error:  # as for the classifier: no failure here may cost a letter
        log.error("reading the places of a letter failed: %s", type(error).__name__)
        return Named("", "none")


def place_of(case: Case, on: date) -> tuple[str | None, bool]:
    """(code of the place the letter is about, whether only its text says so): the form first, then the text."""
    if case.place_id:
        return case.place_id, False
    code = named_in(case.text, on).code
    return code or None, bool(code)


def _chosen(asked: Sequence[Mention], all_of_them: tuple[Mention, ...], on: date, book: Catalogue) -> Named:
    today = {mention: frozenset(_today(mention, on, book)) for mention in asked}
    there = frozenset[str]().union(*today.values()) if today else frozenset()
    if len(there) == 1:
        first = next(mention for mention in asked if today[mention])
        return Named(_as_named(first, on, book) or min(there), "one", all_of_them)
    wide = any(mention.level != COMMUNE for mention in asked)
    why = "several" if there else "wide" if wide else "none"
    return Named("", why, all_of_them)


def _today(mention: Mention, on: date, book: Catalogue) -> Iterator[str]:
    """Codes of the units that are there that day; none for the land of an old district that is many communes now."""
    for code in mention.codes:
        if mention.level == COMMUNE or mention.office:
            yield from _alive(code, on, book)
            continue
        below = (u.code for u in book.units.values() if u.parent_id == code and u.kind == Unit.Type.COMMUNE)
        land = {now.code for one in below for now in book.living(one, on)}
        yield from land if len(land) == 1 else ()


def _as_named(mention: Mention, on: date, book: Catalogue) -> str:
    """The unit by the name that was used, be it an old one; "" when the land is meant, not the authority."""
    meant = mention.level == COMMUNE or mention.office
    return next((code for code in mention.codes if meant and _alive(code, on, book)), "")


def _alive(code: str, on: date, book: Catalogue) -> list[str]:
    """What stands for the unit that day, as the form's field would be read; nothing for one that is yet to come."""
    unit = book.current_unit(code, on) if book.units[code].valid_from <= on else None
    return [unit.code] if unit else []


def _gazetteer(book: Catalogue) -> Gazetteer:
    """Made once per edition of the units."""
    global _kept
    kept = _kept
    if kept is None or kept[0] is not book:
        kept = _kept = book, _made(tuple(_places(book)), tuple(sorted(_ours(book))))
    return kept[1]


@lru_cache(maxsize=2)
def _made(places: tuple[Place, ...], ours: tuple[str, ...]) -> Gazetteer:
    return Gazetteer(places, ours)


def _places(book: Catalogue) -> Iterator[Place]:
    """Communes and wards, and the districts there were."""
    for unit in book.units.values():
        if unit.kind == Unit.Type.COMMUNE or (
            unit.kind == Unit.Type.AGENCY and _head(unit) not in ("", "tỉnh")
        ):
            yield Place(unit.code, unit.name_vi, unit.parent_id)


def _head(unit: Unit) -> str:
    parsed = parse(unit.name_vi)
    return parsed[0] if parsed else ""


def _ours(book: Catalogue) -> set[str]:
    """Names of the province, now and before: whatever a unit of ours calls its own."""
    names = (unit.name_vi.partition("(")[0].partition(" tỉnh ")[2] for unit in book.units.values())
    return {name.strip() for name in names if name.strip()}
