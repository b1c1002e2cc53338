"""The account of duties cut into rows: by unit, by topic, by what a letter concerns. Each report says "
"only by what."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from feedback.querysets import CaseQuerySet
from feedback.reports import duties
from feedback.reports.base import TOTAL, Answer, Column, Progress, Question, Report, Row, Type

NOBODY = "-"  # key of the row of letters without a unit or topic
PERIOD = _("A period that has not ended is counted up to the moment the report is made.")
CASES_NOW = _(
    "Letters are counted under the unit, topic and kind they have now. Sealed letters are in no report."
)


class Account(Report):
    """`first` names what the rows are; `path` leads from a case to the code of its row."""

    first: ClassVar[Any]
    path: ClassVar[str]
    extra: ClassVar[frozenset[str]] = frozenset()  # columns shown that elsewhere must be asked for
    behind = duties.CLICKABLE
    bars = duties.BARS
    method: ClassVar[Sequence[Any]] = (CASES_NOW, PERIOD)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        shown = (
            Column(c.name, c.label, c.type, c.meaning, c.shown or c.name in cls.extra) for c in duties.COLUMNS
        )
        cls.columns = (Column("name", cls.first, Type.TEXT, cls.first), *shown)

    @abstractmethod
    def named(self, cell: Any) -> str:
        """What the row of this cell is called."""

    def by(self, question: Question) -> Any:
        """The expression of a row, seen from a clock or a publication of a case."""
        return F(f"case__{self.path}")

    def row(self, question: Question, cases: CaseQuerySet, key: str) -> CaseQuerySet:
        """The letters of one row."""
        return (
            cases.filter(**{self.path: key})
            if key != NOBODY
            else cases.filter(**{f"{self.path}__isnull": True})
        )

    def answer(self, question: Question, progress: Progress) -> Answer:
        cells = duties.account(question, self.only(question), self.by(question))
        progress(1, 1)
        total = cells.pop(TOTAL)
        rows = [Row(cell or NOBODY, {"name": self.named(cell), **figures}) for cell, figures in cells.items()]
        return Answer(self.sorted(rows), Row(TOTAL, {"name": str(_("Together")), **total}))

    def sorted(self, rows: list[Row]) -> list[Row]:
        """Most to do first."""
        return sorted(rows, key=lambda row: (-int(row.values["all"] or 0), str(row.values["name"])))

    def only(self, question: Question) -> CaseQuerySet:
        """The letters it looks at."""
        return question.cases()

    def size(self, question: Question, most: int) -> int:
        return duties.duties(question, self.only(question))[: most + 1].count()

    def cases(self, question: Question, key: str, column: str) -> CaseQuerySet | None:
        if column not in self.behind:
            return None
        found = self.only(question)
        return duties.behind(question, column, found if key == TOTAL else self.row(question, found, key))
