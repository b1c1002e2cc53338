"""The lists of the desk: my work, the unit's queue, triage, approval … Who has which, and what stands in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from feedback.models import AuditSample, Case, Coordination, User
from feedback.models.people import Scope
from feedback.querysets import CaseQuerySet
from feedback.reports.quality import CLASSIFIABLE
from feedback.workflow import Status


@dataclass(frozen=True)
class Queue:
    """One tab: who has it, what stands in it, and the verb its rows offer."""

    code: str
    label: Any
    wanted: Callable[[Scope], bool]
    narrow: Callable[[CaseQuerySet, User], CaseQuerySet]
    empty: Any
    verb: str = ""
    counted: bool = False  # its number stands on the tab: an index gives it
    newest_first: bool = False  # by the day received, not by what is due: it holds closed letters too


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
        counted=True,
    ),
    Queue(
        "unit",
        _("Queue of the unit"),
        lambda scope: bool(scope.units),
        lambda cases, user: cases.unassigned().filter(unit__in=user.scope().units, needs_triage=False),
        _("Every letter of the unit has a handler."),
        verb="take",
        counted=True,
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
        counted=True,
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
        lambda scope: _approver(scope) or bool(scope.replaces),
        lambda cases, user: cases.awaiting_approval(),
        _("No reply waits for approval."),
        verb="approve_reply",
        counted=True,
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
        newest_first=True,
    ),
    Queue(
        "all",
        _("All"),
        lambda scope: True,
        lambda cases, user: cases,
        _("No letter fits."),
        newest_first=True,
    ),
)


def queues_of(user: User) -> list[Queue]:
    """The tabs of this person, in order."""
    return [queue for queue in QUEUES if queue.wanted(user.scope())]


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
