"""Reads as sentences: `.open().overdue(at).visible_to(user)`. One definition of each word for every door."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from classifier.text import fold
from feedback.workflow import OPEN, WAITING, Status

if TYPE_CHECKING:
    from feedback.models import Case, Publication, Unit, User  # noqa: F401  the first two are named in strings below
    from feedback.models.people import Scope

_OPEN = sorted(str(s) for s in OPEN)
_WAITING = sorted(str(s) for s in WAITING)
MAX_TERMS = 12
_REFERENCE = re.compile(r"^HA-?(\d{4})-?(\d{1,12})$")
# Khiếu nại and tố cáo: the integrity officers follow them even when they are not sealed.
COMPLAINT, DENUNCIATION = "KHIEU_NAI", "TO_CAO"
GUARDED_KINDS = (COMPLAINT, DENUNCIATION)
# One khiếu nại or tố cáo weighs as much as three ordinary letters: verification, dialogue, a written decision.
HEAVY, ORDINARY = 3, 1


def search_terms(query: str) -> list[str]:
    """Folded words of a query, at most MAX_TERMS: "Đăng ký" and "dang ky" ask the same."""
    words = re.findall(r"\w+", fold(unicodedata.normalize("NFC", query[:300])))
    return [w for w in dict.fromkeys(words) if w][:MAX_TERMS]


def parse_reference(text: str) -> tuple[int, int] | None:
    """(year, number) of a public reference as typed, or None."""
    match = _REFERENCE.match(re.sub(r"\s", "", text.upper()).replace("–", "-")) if len(text) < 40 else None
    return (int(match[1]), int(match[2])) if match and int(match[2]) < 2**62 else None


def late(at: datetime) -> Q:
    """Past its date, and not standing still since before it: a clock paused in time moves with the pause."""
    return Q(due_at__lt=at) & ~Q(standing_still(), status__in=_WAITING)


def standing_still() -> Exists:
    """The clock of the answer was paused while it ran; a pause begun when it had run out rescues nothing."""
    clocks = apps.get_model("feedback", "CaseClock")._default_manager
    return Exists(clocks.filter(case=OuterRef("pk"), name__startswith="reply", paused=True, stopped_at=None))


class CaseQuerySet(models.QuerySet["Case"]):
    def open(self) -> CaseQuerySet:
        """Somebody still has to do something; answered cases are not open."""
        return self.filter(status__in=_OPEN)

    def overdue(self, at: datetime) -> CaseQuerySet:
        return self.open().filter(late(at))

    def with_pauses(self) -> CaseQuerySet:
        """For a list that draws clocks: each row knows whether its clock stands still (`Case.stands_still`)."""
        return self.annotate(paused_in_time=standing_still())

    def due_within(self, start: datetime, end: datetime) -> CaseQuerySet:
        return self.open().filter(due_at__gte=start, due_at__lt=end)

    def for_unit(self, unit: Unit | str) -> CaseQuerySet:
        return self.filter(unit=unit)

    def for_handler(self, user: User) -> CaseQuerySet:
        return self.filter(handler=user)

    def waiting_for_triage(self) -> CaseQuerySet:
        return self.open().filter(needs_triage=True)

    def unassigned(self) -> CaseQuerySet:
        return self.open().filter(handler=None)

    def awaiting_approval(self) -> CaseQuerySet:
        return self.filter(status=Status.PENDING_APPROVAL)

    def search(self, query: str) -> CaseQuerySet:
        """Every word must occur; accents and case do not matter. A reference finds its case."""
        if reference := parse_reference(query):
            return self.filter(pk=reference[1])
        found = self
        for term in search_terms(query):
            found = found.filter(search_text__contains=term)
        return found

    def visible_to(self, user: Any) -> CaseQuerySet:
        """The one gate. Nobody sees a case about themselves or their unit; sealed ones only integrity and handler."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        scope = user.scope()
        visible = self if scope.auditor else self.filter(self._seen_by(user, scope))
        if scope.conflict_units:
            visible = visible.exclude(subject_unit__in=scope.conflict_units)
        return visible.exclude(subject_officer=user)

    def _seen_by(self, user: User, scope: Scope) -> Q:
        if scope.sees_all_ordinary:
            seen = Q(sealed=False)
        else:
            asked = apps.get_model("feedback", "Coordination")._default_manager.filter(
                case=OuterRef("pk"), unit__in=scope.handles
            )
            seen = Q(sealed=False, unit__in=scope.units)
            if scope.handles:
                seen |= Q(Exists(asked), sealed=False)
        seen |= Q(handler=user)
        if scope.integrity:
            seen |= Q(sealed=True) | Q(kind__in=GUARDED_KINDS)
        for one in scope.replaces:
            hidden = Q(subject_unit__in=one.conflict_units) | Q(subject_officer=one.user_id)
            waiting = Q(sealed=False, status=Status.PENDING_APPROVAL, unit__in=one.units)
            seen |= waiting & ~hidden & ~Q(handler=user)
        if scope.stands_in_units:
            seen |= Q(sealed=True, subject_unit__in=scope.stands_in_units)
            seen |= Q(sealed=True, subject_officer__in=scope.stands_in_officers)
        return seen


class PublicationQuerySet(models.QuerySet["Publication"]):
    def published(self) -> PublicationQuerySet:
        return self.filter(state="published")

    def search(self, query: str) -> PublicationQuerySet:
        found = self
        for term in search_terms(query):
            found = found.filter(search_text__contains=term)
        return found
