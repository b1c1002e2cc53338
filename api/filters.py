"""The filters of lists. Codes are those of the catalogue; moments are ISO 8601, with or without a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django_filters.fields import IsoDateTimeField

from feedback.models import Case, Publication, catalogue
from feedback.querysets import late
from feedback.workflow import OPEN, STATUS_NAMES


class MomentField(IsoDateTimeField):
    """Years a database can hold and a calendar can name; "2026-11-05" means its midnight here."""

    def clean(self, value: Any) -> datetime | None:
        found: datetime | None = super().clean(value)
        if found is not None and not 1900 <= found.year <= 2200:
            raise forms.ValidationError("out of range", code="wrong_date")
        return found


class MomentFilter(filters.IsoDateTimeFilter):
    field_class = MomentField


def _codes(table: str) -> Callable[[], list[tuple[str, str]]]:
    def choices() -> list[tuple[str, str]]:
        return [(code, code) for code in getattr(catalogue(), table)]

    return choices


def code_filter(table: str, **options: Any) -> filters.MultipleChoiceFilter:
    """A catalogue code; given several times it means any of them."""
    return filters.MultipleChoiceFilter(choices=_codes(table), **options)


class CaseFilter(filters.FilterSet):
    status = filters.MultipleChoiceFilter(choices=[(str(s), names[0]) for s, names in STATUS_NAMES.items()])
    topic = filters.MultipleChoiceFilter(choices=_codes("topics"), method="with_children")
    issue = code_filter("issues")
    kind = code_filter("kinds")
    unit = code_filter("units")
    place = code_filter("units")
    handler = filters.CharFilter(method="of_handler", help_text="id, me, none")
    overdue = filters.BooleanFilter(method="late")
    open = filters.BooleanFilter(method="still_open")
    needs_triage = filters.BooleanFilter()
    due_before = MomentFilter("due_at", "lt")
    due_after = MomentFilter("due_at", "gte")
    received_before = MomentFilter("received_at", "lt")
    received_after = MomentFilter("received_at", "gte")
    q = filters.CharFilter(
        method="words",
        max_length=300,
        help_text="Từ cần tìm, không phân biệt dấu · Words, accents do not matter",
    )

    class Meta:
        model = Case
        fields: list[str] = []

    def with_children(self, cases: QuerySet[Case], name: str, codes: list[str]) -> QuerySet[Case]:
        """A topic means its children too."""
        if not codes:
            return cases
        wanted = {c for c, t in catalogue().topics.items() if c in codes or t.parent_id in codes}
        return cases.filter(topic__in=wanted)

    def of_handler(self, cases: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        if value == "me":
            return cases.filter(handler=self.request.user)
        if value == "none":
            return cases.filter(handler=None)
        if value.isascii() and value.isdigit() and len(value) < 19:
            return cases.filter(handler=int(value))
        return cases.none()

    def late(self, cases: Any, name: str, value: bool) -> QuerySet[Case]:
        at = timezone.now()
        return cases.overdue(at) if value else cases.exclude(late(at), status__in=OPEN)

    def still_open(self, cases: Any, name: str, value: bool) -> QuerySet[Case]:
        return cases.open() if value else cases.exclude(status__in=OPEN)

    def words(self, cases: Any, name: str, value: str) -> QuerySet[Case]:
        return cases.search(value)


class PublicationFilter(filters.FilterSet):
    topic = filters.MultipleChoiceFilter(choices=_codes("topics"), method="with_children")
    issue = code_filter("issues")
    unit = code_filter("units")
    procedure = code_filter("procedures")
    answered_before = filters.DateFilter("answered_on", "lt")
    answered_after = filters.DateFilter("answered_on", "gte")
    q = filters.CharFilter(
        method="words",
        max_length=300,
        help_text="Từ cần tìm, không phân biệt dấu · Words, accents do not matter",
    )

    class Meta:
        model = Publication
        fields: list[str] = []

    with_children = CaseFilter.with_children

    def words(self, rows: Any, name: str, value: str) -> QuerySet[Publication]:
        return rows.search(value)
