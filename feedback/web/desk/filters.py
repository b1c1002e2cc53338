"""What a person looks for in a list: words, deadline, labels, unit. Lives in the URL; an old link still opens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.models import CaseClock, User, catalogue, parse_reference
from feedback.querysets import CaseQuerySet
from feedback.web.desk import piles
from feedback.web.desk.figure_filters import FigureFilters
from feedback.web.desk.forms import set_choices
from feedback.web.words import language, name_of
from feedback.workflow import STATUS_NAMES, status_name

STATES: tuple[tuple[str, Any], ...] = (
    ("", _("Any")),
    ("open", _("Open")),
    ("overdue", _("Overdue")),
    ("today", _("Due today")),
    ("next", _("Due the next working day")),
    ("week", _("Due later this week")),
    ("later", _("Due after this week")),
    ("stopped", _("Clock paused")),
    ("soon", _("Due within 3 working days")),
    ("answered", _("Answered this month")),
    ("met", _("Answered on time this month")),
    ("missed", _("Answered late this month")),
)


def month_start(at: datetime) -> datetime:
    return timezone.localtime(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def soon_end(at: datetime) -> datetime:
    """The close of business three working days from now."""
    calendar = catalogue().calendar
    return calendar.closes(calendar.add_working_days(calendar.local(at).date(), 3))


def in_state(cases: CaseQuerySet, state: str, at: datetime) -> CaseQuerySet:
    """The cases a figure of the overview counts; the figure links here, so both use this."""
    if state == "open":
        return cases.open()
    if state == "overdue":
        return cases.overdue(at)
    if state == "soon":
        return cases.due_within(at, soon_end(at))
    if state in piles.PILES:
        return piles.only(cases.open(), state, at)
    if state in ("answered", "met", "missed"):
        cases = cases.filter(answered_at__gte=month_start(at))
        if state == "answered":
            return cases
        return cases.filter(
            Exists(CaseClock.objects.filter(case=OuterRef("pk"), name="reply", verdict=state))
        )
    return cases


def grouped(rows: Iterable[Any]) -> list[tuple[str, str]]:
    """Choices of a two-level catalogue: children follow their parent, set in by a dash."""
    rows = [row for row in rows if row.active]
    choices = []
    for parent in (row for row in rows if not row.parent_id):
        choices.append((parent.code, name_of(parent)))
        choices += [(row.code, f"— {name_of(row)}") for row in rows if row.parent_id == parent.code]
    return choices


class Filters(forms.Form):
    """What the person is looking for. Unknown values are ignored: an old link still opens."""

    q = forms.CharField(label=_("Words or reference"), required=False, max_length=200)
    state = forms.ChoiceField(label=_("Deadline"), required=False, choices=STATES)
    status = forms.ChoiceField(label=_("Status"), required=False)
    topic = forms.ChoiceField(label=_("Topic"), required=False)
    issue = forms.ChoiceField(label=_("Issue"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    unit = forms.ChoiceField(label=_("Unit"), required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data, auto_id="filter_%s")
        book = catalogue()
        today = timezone.localdate()
        units = [
            u for u in book.units.values() if not u.external and u.exists_on(today) and u.kind != "class"
        ]
        self._choose("status", [(str(s), status_name(s, language())) for s in STATUS_NAMES])
        self._choose("topic", [("-", _("No topic yet")), *grouped(book.topics.values())])
        self._choose("issue", grouped(book.issues.values()))
        self._choose("kind", [(k.code, name_of(k)) for k in book.kinds.values()])
        ended = book.units.get(data.get("unit", ""))  # a figure of last year may name it
        units += [ended] if ended is not None and ended not in units else []
        self._choose("unit", [("-", _("No unit yet")), *((u.code, name_of(u)) for u in units)])
        self.figures = FigureFilters(data)

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        set_choices(self, name, [("", _("Any")), *choices])

    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def more(self) -> bool:
        """Is one of the filters in use that are folded away?"""
        return any(name in self.chosen() for name in ("topic", "kind", "status", "issue", "unit"))

    @property
    def forgotten(self) -> bool:
        """Does the address name something that no longer exists? It is left out, and the page says so."""
        self.chosen()
        return any(name in self.errors for name in ("topic", "issue", "kind", "unit", "status", "state"))

    @property
    def used(self) -> bool:
        return bool(self.chosen() or self.figures.chosen())

    def apply(self, cases: CaseQuerySet, at: datetime, user: User) -> CaseQuerySet:
        wanted = self.chosen()
        cases = in_state(self.figures.apply(cases, user), wanted.get("state", ""), at)
        if "status" in wanted:
            cases = cases.filter(status=wanted["status"])
        if "kind" in wanted:
            cases = cases.filter(kind=wanted["kind"])
        if "unit" in wanted:
            cases = cases.filter(unit=None) if wanted["unit"] == "-" else cases.filter(unit=wanted["unit"])
        for name, rows in (("topic", catalogue().topics), ("issue", catalogue().issues)):
            if name in wanted:
                exact = [wanted[name]] if self.figures.chosen().get("exact") else None
                codes = None if wanted[name] == "-" else exact or _with_children(wanted[name], rows)
                cases = cases.filter(**({f"{name}__in": codes} if codes else {name: None}))
        return _found(cases, wanted["q"]) if "q" in wanted else cases


def _with_children(code: str, rows: dict[str, Any]) -> list[str]:
    return [code, *(row.code for row in rows.values() if row.parent_id == code)]


def _found(cases: CaseQuerySet, query: str) -> CaseQuerySet:
    reference = parse_reference(query)
    return cases.filter(pk=reference[1]) if reference else cases.search(query)
