"""The account of every topic: the families, or the topics of one family when it is asked for."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.models import catalogue
from feedback.querysets import CaseQuerySet
from feedback.reports.account import NOBODY, Account
from feedback.reports.base import Question, family, name_of


class Topics(Account):
    code = "topics"
    title = gettext_lazy("Settlement by topic")
    description = gettext_lazy(
        "What people write about, how much of it was settled on time. Choose a topic to see those below it."
    )
    first = gettext_lazy("Topic")
    path = "topic"

    def named(self, cell: Any) -> str:
        return name_of(catalogue().topics.get(cell)) or _("Not sorted")

    def by(self, question: Question) -> Any:
        return F("case__topic") if question.topic else Coalesce("case__topic__parent", "case__topic")

    def row(self, question: Question, cases: CaseQuerySet, key: str) -> CaseQuerySet:
        if key == NOBODY:
            return cases.filter(topic=None)
        return cases.filter(topic__in=[key] if question.topic else family(key))
