"""What stands beside a list – numbers on the tabs, piles of my work, saved views – read in one query.

The numbers are bounded: "99+" costs what 99 costs, so nothing here grows with the letters of the office.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case as If
from django.db.models import Exists, F, IntegerField, OuterRef, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Coalesce

from feedback import actions
from feedback.models import DeskStart, SavedView, User
from feedback.querysets import CaseQuerySet
from feedback.web.desk import piles

BOUND = 99
Lines = QuerySet[Any, Any]


@dataclass(frozen=True)
class View:
    """A saved view as the list shows it."""

    number: int
    name: str
    queue: str
    query: str
    unit: str
    starts: bool


@dataclass
class Beside:
    tabs: dict[str, int] = field(default_factory=dict)
    piles: dict[str, int] = field(default_factory=dict)
    urgent: bool = False
    views: list[View] = field(default_factory=list)

    @property
    def start(self) -> View | None:
        return next((view for view in self.views if view.starts), None)

    def shown(self, tab: str) -> str | None:
        """The number on a tab: none for nothing and for what is not counted."""
        number = self.tabs.get(tab, 0)
        return None if not number else f"{BOUND}+" if number > BOUND else str(number)


class _Bounded(Subquery):
    """How many rows, but no more than the subquery's own limit."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) bounded)"
    output_field = IntegerField()


def _number(what: str, key: str, cases: CaseQuerySet, most: int, user: User) -> Lines:
    """One line of the answer. The person's own row only carries it."""
    inner = cases.order_by().values("pk")[:most]
    return _line(User.objects.filter(pk=user.pk), what, key=Value(key), number=_Bounded(inner))


def _line(rows: QuerySet[Any], what: str, **found: Any) -> Lines:
    """(what, key, number, name, queue, query, unit) of every row, of the same types in every part of the union."""
    texts = {name: found.get(name, Value("")) for name in ("key", "name", "queue", "query", "unit")}
    columns = {name: Cast(value, TextField()) for name, value in texts.items()}
    number = Cast(found["number"], IntegerField())
    return rows.order_by().values_list(
        Value(what, output_field=TextField()),
        columns["key"],
        number,
        columns["name"],
        columns["queue"],
        columns["query"],
        columns["unit"],
    )


def read(
    user: User,
    *,
    tabs: Mapping[str, CaseQuerySet],
    mine: CaseQuerySet | None = None,
    urgent: CaseQuerySet | None = None,
    at: datetime,
) -> Beside:
    """`tabs`: the lists whose number is shown; `mine`: the letters to be piled; `urgent`: is there one of these?"""
    parts = [_number("tab", code, cases, BOUND + 1, user) for code, cases in tabs.items()]
    if urgent is not None:
        parts.append(_number("urgent", "", urgent, 1, user))
    if mine is not None:
        parts.append(_line(piles.counted(mine, at), "pile", key=F("pile"), number=F("number")))
    parts.append(_views(user))
    found = Beside()
    for what, key, number, name, queue, query, unit in parts[0].union(*parts[1:], all=True):
        if what == "tab":
            found.tabs[key] = number
        elif what == "pile":
            found.piles[key] = number
        elif what == "urgent":
            found.urgent = number > 0
        else:
            found.views.append(View(number, name, queue, query, unit, key == "starts"))
    found.views.sort(key=lambda view: (bool(view.unit), view.name.casefold()))
    return found


def _views(user: User) -> Lines:
    starts = Exists(DeskStart.objects.filter(user=user, view=OuterRef("pk")))
    return _line(
        SavedView.objects.filter(actions.views_for(user)),
        "view",
        key=If(When(starts, then=Value("starts")), default=Value("")),
        number=F("pk"),
        name=F("name"),
        queue=F("queue"),
        query=F("query"),
        unit=Coalesce(F("unit_id"), Value("")),
    )
