"""`/can-bo/` and `/can-bo/viec/<queue>/`: one list with its filters, continued by position; and the next letter in it.

Everything a person chose stands in the address. With script the next page is asked for as `part=1` – rows only – when
the end of the list comes into view; without, the same address is a link.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback import actions
from feedback.models import Case, User, parse_reference
from feedback.querysets import CaseQuerySet
from feedback.web.desk import beside, keyset, piles, saved_views
from feedback.web.desk.base import DeskRequest, case_url, desk_page, show
from feedback.web.desk.bulk import offered
from feedback.web.desk.filters import Filters
from feedback.web.desk.queues import Queue, queue_url, queues_of
from feedback.web.desk.rows import Row, row_of

URGENT = 20  # letters lifted to the top of a list; if there are more, the list has them all
AMONG = 20  # letters of the list a person came from that are looked through for the next one
NOT_FILTERS = ("after", "before", "part", "among")


@dataclass(frozen=True)
class Listing:
    """One list as one person asked for it."""

    queue: Queue
    filters: Filters
    user: User
    at: datetime

    @classmethod
    def asked(cls, request: DeskRequest, code: str, data: QueryDict, at: datetime) -> Listing:
        mine = queues_of(request.user)
        return cls(next((q for q in mine if q.code == code), mine[0]), Filters(data), request.user, at)

    @property
    def newest_first(self) -> bool:
        return self.queue.newest_first

    @property
    def piled(self) -> bool:
        return self.queue.code == "mine"

    @property
    def field(self) -> str:
        return "received_at" if self.newest_first else piles.FIELD if self.piled else "due_at"

    def cases(self) -> CaseQuerySet:
        cases = self.queue.narrow(Case.objects.visible_to(self.user), self.user)
        cases = self.filters.apply(cases, self.at, self.user)
        return piles.in_turn(cases) if self.piled else cases

    def drawn(self) -> CaseQuerySet:
        """With what a row shows."""
        cases = self.cases().with_pauses().select_related("handler")
        return cases.prefetch_related("coordinations") if self.queue.verb == "give_opinion" else cases

    def page(self, data: QueryDict) -> keyset.Page:
        return keyset.page(self.drawn(), data, field=self.field, descending=self.newest_first)

    def urgent(self) -> CaseQuerySet:
        """What stands above the rest on the first page: letters about a danger, or a date that cannot be moved. They
        keep their place in the list as well, on whatever page that is."""
        return self.drawn().open().filter(urgent=True).order_by("due_at", "pk")

    def row(self, case: Case) -> Row:
        position = keyset.position(case, self.field)
        return row_of(case, self.at, self.queue.verb, self.user, position)


@dataclass(frozen=True)
class Group:
    """Rows under one heading; in lists that are not piled all rows stand in one group without a heading."""

    pile: str
    label: str
    number: int | None
    rows: list[Row]


@desk_page
def queue(request: DeskRequest, code: str = "") -> HttpResponse:
    """At most six queries for fifty rows; one more where urgent letters are lifted, or opinions fetched."""
    listing = Listing.asked(request, code, request.GET, timezone.now())
    if request.GET.get("part") == "1":
        return _part(request, listing)
    found = _beside(listing)
    if not code and not request.GET and (start := found.start):
        return redirect(saved_views.address(start))
    page = listing.page(request.GET)
    first = not page.previous and "after" not in request.GET
    urgent = list(listing.urgent()[:URGENT]) if first and found.urgent else []
    rows = [listing.row(case) for case in page.cases if case not in urgent]
    groups = list(_groups(listing, rows, page.cases, urgent, found.piles))
    filters = listing.filters
    context = {
        "queue": listing.queue,
        "tabs": [_tab(q, listing.queue, found) for q in queues_of(request.user)],
        "filters": filters,
        "filtered": filters.used,
        "piles": _pile_links(listing, found.piles),
        "views": saved_views.shown(found.views, listing.queue.code, request.GET),
        "may_share": saved_views.units_to_share_with(request.user),
        "most": actions.MOST_AT_ONCE,
        "query": saved_views.query_of(request.GET),
        "groups": groups,
        "rows": [row for group in groups for row in group.rows],
        **_neighbours(listing, page, request),
    }
    return show(request, "queue", context)


def _part(request: DeskRequest, listing: Listing) -> HttpResponse:
    """The rows of a further page, to be hung on the list that is on the screen."""
    page = listing.page(request.GET)
    rows = [listing.row(case) for case in page.cases]
    groups = list(_groups(listing, rows, page.cases, [], {}))
    if groups and groups[0].pile and groups[0].pile == _pile_before(listing, request.GET):
        groups[0] = Group(groups[0].pile, "", None, groups[0].rows)
    context = {"queue": listing.queue, "groups": groups, **_neighbours(listing, page, request)}
    return show(request, "_page", context)


def _pile_before(listing: Listing, data: QueryDict) -> str:
    last = keyset.read_position(data.get("after", ""))
    return piles.days(listing.at).pile(last[0]) if last else ""


def _neighbours(listing: Listing, page: keyset.Page, request: DeskRequest) -> dict[str, Any]:
    """Links to the pages beside this one, and the addresses the script reads from the table."""
    here = request.GET.copy()
    here.pop("part", None)
    verbs = offered(request.user.scope())
    return {
        "verbs": verbs,
        "columns": 5 + bool(verbs) + bool(listing.queue.verb),
        "previous_url": f"?{page.previous}" if page.previous else "",
        "next_url": f"?{page.following}" if page.following else "",
        "here": here.urlencode(),
        "next_letter": f"{reverse('desk_next', args=[listing.queue.code])}?{_filters_of(request.GET)}",
    }


def _filters_of(data: QueryDict) -> str:
    kept = data.copy()
    for name in NOT_FILTERS:
        kept.pop(name, None)
    return kept.urlencode()


def _beside(listing: Listing) -> beside.Beside:
    user, everything = listing.user, Case.objects.visible_to(listing.user)
    tabs = {q.code: q.narrow(everything, user) for q in queues_of(user) if q.counted}
    return beside.read(
        user,
        tabs=tabs,
        mine=tabs["mine"] if listing.piled else None,
        urgent=None if listing.newest_first else listing.cases().open().filter(urgent=True),
        at=listing.at,
    )


def _groups(
    listing: Listing, rows: list[Row], cases: list[Case], urgent: list[Case], numbers: dict[str, int]
) -> Iterator[Group]:
    if urgent:
        label = _("Urgent") if listing.piled else ""
        yield Group("urgent", label, None, [listing.row(case) for case in urgent])
    if not listing.piled:
        yield Group("", "", None, rows)
        return
    days = piles.days(listing.at)
    turns = {case.pk: getattr(case, piles.FIELD) for case in cases}
    for pile, members in groupby(rows, key=lambda row: days.pile(turns[row.pk])):
        number = None if listing.filters.used else numbers.get(pile)
        yield Group(pile, days.label(pile), number, list(members))


def _tab(tab: Queue, chosen: Queue, found: beside.Beside) -> dict[str, Any]:
    return {
        "url": queue_url(tab.code),
        "label": tab.label,
        "current": tab is chosen,
        "count": found.shown(tab.code),
    }


def _pile_links(listing: Listing, numbers: dict[str, int]) -> list[dict[str, Any]]:
    """The figures above my work; a pile without letters is left out, but today is always answered."""
    if not listing.piled:
        return []
    days, chosen = piles.days(listing.at), listing.filters.chosen().get("state", "")
    return [
        {
            "pile": pile,
            "label": days.label(pile),
            "number": numbers.get(pile, 0),
            "url": queue_url("mine", state=pile),
            "current": pile == chosen,
        }
        for pile in piles.PILES
        if numbers.get(pile) or pile == "today"
    ]


@desk_page
def next_letter(request: DeskRequest, code: str) -> HttpResponse:
    """`/can-bo/viec/<queue>/tiep/`: the next letter of this list, as the list is now.

    `among`: the letters that followed on the person's screen; the first of them still in the list is it. `after`: where
    to read on when none is left. At the end of the list: back to the list, which says so.
    """
    listing = Listing.asked(request, code, request.GET, timezone.now())
    case = _first_among(listing, request.GET.get("among", "")) or _first_after(listing, request.GET)
    if case is not None:
        place = keyset.position(case, listing.field)
        return redirect(f"{case_url(case)}#at={place}")  # for the script, which reads on from there
    messages.info(request, _("That was the last letter of this list."))
    back, query = queue_url(listing.queue.code), _filters_of(request.GET)
    return redirect(f"{back}?{query}" if query else back)


def _first_among(listing: Listing, among: str) -> Case | None:
    found = [parse_reference(word) for word in among.split(",")[:AMONG]]
    wanted = [one[1] for one in found if one]
    if not wanted:
        return None
    there = {case.pk: case for case in listing.cases().filter(pk__in=wanted)}
    return next((there[pk] for pk in wanted if pk in there), None)


def _first_after(listing: Listing, data: QueryDict) -> Case | None:
    page = keyset.page(listing.cases(), data, field=listing.field, descending=listing.newest_first, size=1)
    return page.cases[0] if page.cases else None


@desk_page
def keys(request: DeskRequest) -> HttpResponse:
    """`/can-bo/phim-tat/`: what the keyboard does; as `part=1` what the dialog shows."""
    part = request.GET.get("part") == "1"
    return show(request, "_keys" if part else "keys", {"dialog": part})
