"""The lists of the desk: my work, the unit's queue, triage, approval … with filters that live in the URL."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback import actions
from feedback.models import AuditSample, Case, CaseClock, Coordination, User, catalogue, parse_reference
from feedback.models.people import Scope
from feedback.querysets import CaseQuerySet
from feedback.reports.quality import CLASSIFIABLE
from feedback.web.desk import keyset
from feedback.web.desk.base import DeskRequest, act_url, case_url, desk_page, show
from feedback.web.desk.figure_filters import FigureFilters
from feedback.web.desk.forms import set_choices
from feedback.web.desk.words import Badge, badge
from feedback.web.words import language, name_of, shortened
from feedback.workflow import STATUS_NAMES, Status, status_name

URGENT = 20  # letters lifted to the top of a list; if there are more, the list has them all


@dataclass(frozen=True)
class Queue:
    """One tab: who has it, what stands in it, and the verb its rows offer."""

    code: str
    label: Any
    wanted: Callable[[Scope], bool]
    narrow: Callable[[CaseQuerySet, User], CaseQuerySet]
    empty: Any
    verb: str = ""


def _asked(cases: CaseQuerySet, user: User) -> CaseQuerySet:
    waiting = Coordination.objects.filter(
        case=OuterRef("pk"), unit__in=user.scope().handles, answered_at=None
    )
    return cases.filter(Exists(waiting), status=Status.COORDINATING)


def _drawn() -> QuerySet[AuditSample]:
    return AuditSample.objects.filter(case=OuterRef("pk"), checked_at=None)


def _approver(scope: Scope) -> bool:
    return bool(scope.leads) or scope.manager or scope.integrity


QUEUES: tuple[Queue, ...] = (
    Queue(
        "mine",
        _("My work"),
        lambda scope: bool(scope.units) or scope.integrity,
        lambda cases, user: cases.open().for_handler(user),
        _("You hold no open letter. The queue of the unit may have one."),
    ),
    Queue(
        "unit",
        _("Queue of the unit"),
        lambda scope: bool(scope.units),
        lambda cases, user: cases.unassigned().filter(unit__in=user.scope().units, needs_triage=False),
        _("Every letter of the unit has a handler."),
        verb="take",
    ),
    Queue(
        "unit_all",
        _("The whole unit"),
        lambda scope: bool(scope.units),
        lambda cases, user: cases.open().filter(unit__in=user.scope().units),
        _("The unit has no open letter."),
    ),
    Queue(
        "triage",
        _("Triage"),
        lambda scope: scope.triage or scope.manager or scope.integrity or bool(scope.leads),
        lambda cases, user: cases.waiting_for_triage(),
        _("Nothing waits to be sorted."),
        verb="classify",
    ),
    Queue(
        "audit",
        _("Random check"),
        lambda scope: scope.triage or scope.manager,
        lambda cases, user: cases.filter(Exists(_drawn()), status__in=CLASSIFIABLE).exclude(handler=user),
        _("No letter is drawn that still has to be checked."),
        verb="classify",
    ),
    Queue(
        "approval",
        _("Awaiting approval"),
        _approver,
        lambda cases, user: cases.awaiting_approval(),
        _("No reply waits for approval."),
        verb="approve_reply",
    ),
    Queue(
        "suspended",
        _("Suspended"),
        _approver,
        lambda cases, user: cases.filter(status=Status.SUSPENDED),
        _("No letter is suspended."),
        verb="resume",
    ),
    Queue(
        "opinion",
        _("Opinion asked"),
        lambda scope: bool(scope.handles),
        _asked,
        _("No other unit waits for your opinion."),
        verb="give_opinion",
    ),
    Queue(
        "publication",
        _("To be published"),
        _approver,
        lambda cases, user: cases.filter(publication__state="prepared"),
        _("No public version waits for a second pair of eyes."),
        verb="publish",
    ),
    Queue(
        "sealed",
        _("Sealed"),
        lambda scope: scope.integrity or scope.auditor,
        lambda cases, user: cases.filter(sealed=True),
        _("There is no sealed letter."),
    ),
    Queue("all", _("All"), lambda scope: True, lambda cases, user: cases, _("No letter fits.")),
)

STATES: tuple[tuple[str, Any], ...] = (
    ("", _("Any")),
    ("open", _("Open")),
    ("overdue", _("Overdue")),
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


@dataclass(frozen=True)
class Row:
    """One line of a list. Names come from the catalogue in memory: no joins but the handler."""

    reference: str
    url: str
    excerpt: str
    status: str
    status_label: str
    badge: Badge
    topic: str
    issue: str
    kind: str
    unit: str
    handler: str
    sealed: bool
    urgent: bool
    received_at: datetime
    version: int
    action_url: str = ""
    action_label: str = ""
    action_posts: bool = False

    @property
    def css(self) -> str:
        return f"is-{self.badge.state}" if self.badge.state in ("overdue", "due_soon") else ""


def row_of(case: Case, at: datetime, verb: str = "", user: User | None = None) -> Row:
    book = catalogue()
    row = actions.allowed_actions(case, user) if verb and user else []
    issue, kind = name_of(book.issues.get(case.issue_id or "")), name_of(book.kinds.get(case.kind_id or ""))
    offered = next((t for t in row if t.verb == verb), None)
    return Row(
        reference=case.reference,
        url=case_url(case),
        excerpt=shortened(case.text),
        status=case.status,
        status_label=status_name(case.status, language()),
        badge=badge(case, at),
        topic=name_of(book.topics.get(case.topic_id or "")),
        issue=issue if issue != kind else "",  # praise is called so in both catalogues
        kind=kind,
        unit=name_of(book.units.get(case.unit_id or "")),
        handler=str(case.handler) if case.handler else "",
        sealed=case.sealed,
        urgent=case.urgent and case.is_open,
        received_at=case.received_at,
        version=case.version,
        action_url=act_url(case, verb) if offered else "",
        action_label=offered.label[1 if language() == "en" else 0] if offered else "",
        action_posts=verb == "take",
    )


@desk_page
def queue(request: DeskRequest, code: str = "") -> HttpResponse:
    """`/can-bo/` and `/can-bo/viec/<queue>/`. At most six queries for fifty rows."""
    at, user = timezone.now(), request.user
    mine = [q for q in QUEUES if q.wanted(user.scope())]
    chosen = next((q for q in mine if q.code == code), mine[0])
    filters = Filters(request.GET)
    cases = chosen.narrow(Case.objects.visible_to(user).with_pauses().select_related("handler"), user)
    if chosen.verb == "give_opinion":
        cases = cases.prefetch_related("coordinations")
    newest_first = chosen.code in ("all", "sealed")
    field = "received_at" if newest_first else "due_at"
    cases = filters.apply(cases, at, user)
    page = keyset.page(cases, request.GET, field=field, descending=newest_first)
    urgent = [] if newest_first or page.previous else _urgent(cases)
    rows = [*urgent, *(case for case in page.cases if case not in urgent)]
    return show(
        request,
        "queue",
        {
            "queue": chosen,
            "tabs": [_tab(q, chosen) for q in mine],
            "filters": filters,
            "filtered": filters.used,
            "rows": [row_of(case, at, chosen.verb, user) for case in rows],
            "previous_url": f"?{page.previous}" if page.previous else "",
            "next_url": f"?{page.following}" if page.following else "",
        },
    )


def _urgent(cases: CaseQuerySet) -> list[Case]:
    """What stands above the rest on the first page: letters about a danger, or a date that cannot be moved. They keep
    their place in the list as well, on whatever page that is."""
    return list(cases.open().filter(urgent=True).order_by("due_at", "pk")[:URGENT])


def _tab(tab: Queue, chosen: Queue) -> dict[str, Any]:
    return {"url": queue_url(tab.code), "label": tab.label, "current": tab is chosen, "count": None}


def queue_url(code: str, **filters: str) -> str:
    url = reverse("desk_queue", args=[code])
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in filters.items() if value})
    return f"{url}?{query.urlencode()}" if query else url


def next_in_triage(user: User) -> Case | None:
    """The most urgent letter still to be sorted."""
    return Case.objects.visible_to(user).waiting_for_triage().order_by("-urgent", "due_at", "pk").first()


def next_to_check(user: User) -> Case | None:
    """The most urgent letter of the random sample that this person may check."""
    tab = next(q for q in QUEUES if q.code == "audit")
    return tab.narrow(Case.objects.visible_to(user), user).order_by("due_at", "pk").first()
