"""The figures of the overview as a page shows them: a number, what it is, how it was before, and the letters behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from feedback.models import catalogue
from feedback.reports import room, standing
from feedback.reports.room import Figures, Room
from feedback.reports.spans import Period
from feedback.reports.standing import Pile
from feedback.web import charts
from feedback.web.desk.queues import queue_url
from feedback.web.words import language, name_of

TARGET = 0.95  # of the replies on time: the zone drawn behind the trend; the office's own policy
WORKDAY = 8 * 3600  # seconds; only for saying "1.5 days" instead of "12 hours"
# Share of late letters from which a cell of the heat map is drawn stronger.
STEPS = (0.0, 0.05, 0.15, 0.30)

FIGURES: dict[str, Any] = {
    "open": gettext_lazy("Open"),
    "overdue": gettext_lazy("Overdue"),
    "soon": gettext_lazy("Due in 3 working days"),
    "received": gettext_lazy("Letters received"),
    "answered": gettext_lazy("Answers sent"),
    "met": gettext_lazy("On time"),
    "missed": gettext_lazy("Late"),
}
NOW = ("open", "overdue", "soon")
_COLUMNS = {"met": "in_time", "missed": "late"}  # named on the page → column of Facts


def percent(share: float | None) -> str:
    return charts.percent(share, language())


def linked(span: Period | None = None, **filters: str) -> str:
    """The list of the very letters a figure counts."""
    days = {"since": str(span.first), "until": str(span.last)} if span else {}
    return queue_url("all", counted="1", **days, **filters)


def url_of(name: str, span: Period, unit: str = "") -> str:
    if name in NOW:
        return linked(state=name, unit=unit)
    return linked(span, done=name, unit=unit)


@dataclass(frozen=True)
class Line:
    """One unit (or everything): what stands open, what came and went in the period, how answers went."""

    name: str
    code: str
    numbers: Mapping[str, int]
    span: Period
    before: Mapping[str, int] = field(default_factory=dict)
    figures: Figures = field(default_factory=Figures)

    @property
    def cells(self) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "label": label,
                "number": self.numbers[name],
                "url": url_of(name, self.span, self.code),
                "change": change(self.numbers[name], self.before[name]) if name in self.before else "",
            }
            for name, label in FIGURES.items()
        ]

    @property
    def rate(self) -> str:
        return percent(self.figures.on_time)

    @property
    def rate_originally(self) -> str:
        return percent(self.figures.on_time_originally)


def change(now: int, before: int) -> str:
    """ "▲ 3 (previously 12)": the sign says the direction, not whether it is good."""
    sign = "▲" if now > before else "▼" if now < before else "="
    words = {"sign": sign, "number": abs(now - before), "before": before}
    return _("%(sign)s %(number)s (before: %(before)s)") % words


def numbers_of(figures: Figures) -> dict[str, int]:
    return {name: figures[_COLUMNS.get(name, name)] for name in FIGURES if name not in NOW}


def lines(
    found: Room, piles: list[Pile], span: Period, at: datetime, soon: datetime
) -> tuple[Line, list[Line]]:
    """(everything, each unit with something to tell: the most overdue first)."""
    of_unit: dict[str, list[Pile]] = {}
    for pile in piles:
        of_unit.setdefault(pile.unit, []).append(pile)
    rows = []
    for code in {*of_unit, *found.units}:
        figures = found.units.get(code, Figures())
        numbers = _now(of_unit.get(code, []), at, soon) | numbers_of(figures)
        name = name_of(catalogue().units.get(code)) or code or str(_("No unit yet"))
        rows.append(Line(name, code or "-", numbers, span, figures=figures))
    shown = [line for line in rows if any(line.numbers.values())]
    total = Line(
        str(_("Everything you may see")),
        "",
        _now(piles, at, soon) | numbers_of(found.total),
        span,
        before=numbers_of(found.before),
        figures=found.total,
    )
    return total, sorted(shown, key=lambda o: (-o.numbers["overdue"], -o.numbers["open"], o.name))


def _now(piles: list[Pile], at: datetime, soon: datetime) -> dict[str, int]:
    found = standing.count(piles, at, soon)
    return {"open": found.open, "overdue": found.overdue, "soon": found.soon}


# --- times, satisfaction, clarification


def duration(seconds: float | None) -> str:
    """Working time in words: "45 min", "3.5 h", "2.1 days" of eight hours; a dash for None."""
    if seconds is None:
        return "–"
    if seconds < 3600:
        minutes = round(seconds / 60)
        return ngettext("%(number)s min", "%(number)s min", minutes) % {"number": minutes}
    if seconds < WORKDAY:
        return _("%(number)s h") % {"number": _decimal(seconds / 3600)}
    return _("%(number)s working days") % {"number": _decimal(seconds / WORKDAY)}


def _decimal(number: float) -> str:
    text = f"{number:.1f}"
    return text if language() == "en" else text.replace(".", ",")


def facts(found: Room, span: Period) -> list[dict[str, str]]:
    """Name, value now and before, and the letters behind: rates, times, what citizens said."""

    def row(label: str, value: Callable[[Figures], str], done: str) -> dict[str, str]:
        return {
            "label": label,
            "value": value(found.total),
            "before": value(found.before),
            "url": linked(span, done=done),
        }

    return [
        row(_("On time, by the final date"), lambda f: percent(f.on_time), "met"),
        row(_("On time, by the original date"), lambda f: percent(f.on_time_originally), "met_originally"),
        row(_("First response, half within"), lambda f: duration(f.first_response(0.5)), "responded"),
        row(_("First response, nine in ten within"), lambda f: duration(f.first_response(0.9)), "responded"),
        row(_("Reply, half within"), lambda f: duration(f.reply_time(0.5)), "replied"),
        row(_("Reply, nine in ten within"), lambda f: duration(f.reply_time(0.9)), "replied"),
        row(_("Clarification asked, of the answers sent"), lambda f: percent(f.reopened_share), "reopened"),
        row(_("Rating by citizens, of 3"), _rating, "rated"),
    ]


def _rating(figures: Figures) -> str:
    if figures.rating is None:
        return "–"
    number = figures["ratings"]
    words = ngettext("%(mean)s from %(number)s rating", "%(mean)s from %(number)s ratings", number)
    return words % {"mean": _decimal(figures.rating), "number": number}


# --- age, trend


def ageing(piles: list[Pile], at: datetime) -> dict[str, Any]:
    found = standing.ages(piles, at)
    names = _ages()
    numbers = {_("Open"): [one.number for one in found], _("Overdue"): [one.overdue for one in found]}
    rows = [
        {
            "label": name,
            "number": one.number,
            "overdue": one.overdue,
            "url": _received(one.first, one.last, "open"),
            "overdue_url": _received(one.first, one.last, "overdue"),
        }
        for name, one in zip(names, found, strict=True)
    ]
    return {"chart": charts.bars(_("Open letters by age in days"), names, numbers, every=True), "rows": rows}


def _ages() -> list[str]:
    ends = standing.AGES
    return [f"{first + 1 if first else 0}–{last}" for first, last in zip((0, *ends), ends, strict=False)] + [
        f"> {ends[-1]}"
    ]


def _received(first: date | None, last: date, state: str) -> str:
    since = {"since": str(first)} if first else {}
    return queue_url("all", counted="1", state=state, done="received", until=str(last), **since)


def trend(found: Room) -> dict[str, Any]:
    """Two pictures and one table: how many came and were answered, how many replies were on time."""
    days = [step.first for step, _figures in found.trend]
    names = [f"{day:%m/%Y}" if found.trend[0][0].length == "month" else f"{day:%d/%m}" for day in days]
    sums = [figures for _step, figures in found.trend]
    came = {
        _("Letters received"): [f["received"] for f in sums],
        _("Answers sent"): [f["answered"] for f in sums],
    }
    return {
        "on_time": charts.trend(_("Replies on time"), days, [f.on_time for f in sums], target=TARGET),
        "volume": charts.bars(_("Letters"), names, came),
        "target": percent(TARGET),
        "rows": [
            {
                "name": name,
                "received": f["received"],
                "received_url": linked(step, done="received"),
                "answered": f["answered"],
                "answered_url": linked(step, done="answered"),
                "late": f["late"],
                "late_url": linked(step, done="missed"),
                "on_time": percent(f.on_time),
                "originally": percent(f.on_time_originally),
                "reached": f.on_time is None or f.on_time >= TARGET,
            }
            for name, (step, f) in reversed(list(zip(names, found.trend, strict=True)))
        ],
    }


# --- unit × topic


def heat(cells: dict[tuple[str, str], Counter[str]], what: str, span: Period) -> dict[str, Any]:
    """A table of units and families of topics; every cell says its number, the strength of its colour repeats it."""
    parts = {"late": ("late", "in_time"), "overdue": ("overdue", "open"), "received": ("received",)}[what]
    by = parts[:1] if what == "received" else ("late", "in_time") if what == "late" else ("open",)
    units, topics = room.shown(cells, 0, by), room.shown(cells, 1, by)
    book = catalogue()
    most = max((cell[what] for cell in cells.values()), default=0)
    return {
        "topics": [name_of(book.topics.get(code)) or _("No topic yet") for code in topics],
        "rows": [
            {
                "name": name_of(book.units.get(unit)) or unit or _("No unit yet"),
                "cells": [
                    _cell(cells.get((unit, topic), Counter()), what, most, (unit or "-", topic or "-"), span)
                    for topic in topics
                ],
            }
            for unit in units
        ],
    }


def _cell(counts: Counter[str], what: str, most: int, where: tuple[str, str], span: Period) -> dict[str, Any]:
    whole = {"late": counts["late"] + counts["in_time"], "overdue": counts["open"]}.get(what, most)
    number = counts[what]
    share = number / whole if whole else 0.0
    steps = STEPS if what != "received" else (0.0, 0.25, 0.5, 0.75)
    text = str(number) if what == "received" else f"{number}/{whole}" if whole else ""
    return {
        "text": text if number or (whole and what != "received") else "",
        "share": "" if what == "received" or not whole else percent(share),
        "level": sum(share > step for step in steps),
        "url": _cell_url(what, where, span) if number else "",
    }


def _cell_url(what: str, where: tuple[str, str], span: Period) -> str:
    unit, topic = where
    if what == "overdue":
        return linked(state="overdue", unit=unit, topic=topic)
    return linked(span, done={"late": "missed"}.get(what, what), unit=unit, topic=topic)
