"""The periodic report on phản ánh, kiến nghị: about acts, about rules, about both (Nghị định 20/2008, "
"Điều 5, 19)."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, CharField, Q, Value, When
from django.utils.translation import gettext_lazy as _

from feedback.models import catalogue
from feedback.querysets import CaseQuerySet
from feedback.reports.account import CASES_NOW, PERIOD, Account
from feedback.reports.base import TOTAL, Answer, Progress, Question, Row, family
from feedback.reports.periods import Span

KINDS = ("PHAN_ANH", "KIEN_NGHI")
# Labels of the catalogue under which the text of a rule is criticised; every other issue is about an act.
RULES_ISSUE, RULES_TOPIC = "QD", "VB"
ACT, RULE, BOTH = "HANH_VI", "QUY_DINH", "CA_HAI"
NAMES = {
    ACT: _("Administrative acts"),
    RULE: _("Administrative rules"),
    BOTH: _("Both acts and rules"),
}


class Petitions(Account):
    code = "petitions"
    title = _("Reception and settlement of feedback and petitions")
    description = _(
        "The periodic report of administrative-procedure control: acts, rules or both; carried over and "
        "new; on time "
        "and late; published."
    )
    first = _("What it concerns")
    path = "concerns"
    extra = frozenset({"published"})
    span = Span.REPORT_HALF
    method = (
        _(
            "Counted are letters of the kinds phản ánh and kiến nghị; khiếu nại and tố cáo have reports "
            "of their own laws."
        ),
        _(
            "About rules: the issue “defective rules”, or the topic of legal documents without another "
            "issue. About both: the topic of legal documents with an issue of conduct. Everything else "
            "is about acts (Decree 20/2008, Article 5)."
        ),
        CASES_NOW,
        PERIOD,
    )

    def named(self, cell: Any) -> str:
        return str(NAMES[cell])

    def by(self, question: Question) -> Any:
        rule, both = _which("case__")
        return Case(
            When(both, then=Value(BOTH)),
            When(rule, then=Value(RULE)),
            default=Value(ACT),
            output_field=CharField(),
        )

    def row(self, question: Question, cases: CaseQuerySet, key: str) -> CaseQuerySet:
        rule, both = _which("")
        if key == BOTH:
            return cases.filter(both)
        return cases.filter(rule) if key == RULE else cases.exclude(rule).exclude(both)

    def cases(self, question: Question, key: str, column: str) -> CaseQuerySet | None:
        return super().cases(question, key, column) if key in (*NAMES, TOTAL) else None

    def only(self, question: Question) -> CaseQuerySet:
        return question.cases().filter(kind__in=KINDS)

    def answer(self, question: Question, progress: Progress) -> Answer:
        """All three rows always: the form has them, also with nothing to tell."""
        found = super().answer(question, progress)
        held = {row.key: row for row in found.rows}
        assert found.total is not None  # noqa: S101 - an account has one
        empty = {
            name: None if value is None or isinstance(value, float) else 0
            for name, value in found.total.values.items()
        }
        rows = [held.get(key) or Row(key, {**empty, "name": str(name)}) for key, name in NAMES.items()]
        return Answer(rows, found.total)


def _which(prefix: str) -> tuple[Q, Q]:
    """(about a rule, about both), as seen from where `prefix` leads to the case. Never null: what has no topic and no
    issue is neither."""
    issues = [RULES_ISSUE, *(i.code for i in catalogue().issues.values() if i.parent_id == RULES_ISSUE)]
    by_issue = Q(**{f"{prefix}issue__isnull": False, f"{prefix}issue__in": issues})
    of_rules = Q(**{f"{prefix}topic__isnull": False, f"{prefix}topic__in": family(RULES_TOPIC)})
    without = Q(**{f"{prefix}issue__isnull": True})
    return by_issue | (of_rules & without), of_rules & ~without & ~by_issue
