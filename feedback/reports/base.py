"""What a report is: its name, its columns, and how a question becomes rows. Page, files and API are made from it.

A report is one file in `feedback/reports/catalogue/` and one line in its list. Figures come from the database in a
few aggregate queries and are rounded here, once, so that every door shows the same number.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from django.utils.translation import get_language

from feedback.models import Case, User, catalogue
from feedback.querysets import CaseQuerySet
from feedback.reports.periods import Period, Span, custom, period

Value = str | int | float | None
Progress = Callable[[int, int], None]  # steps done, of so many
TOTAL = "*"  # key of the row under the others


class Type(StrEnum):
    """How a value is written. HOURS are working hours: inside opening hours, never days of eight hours."""

    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"
    SHARE = "share"  # 0 to 1, shown in per cent
    POINTS = "points"  # difference of two shares, shown in percentage points
    HOURS = "hours"


@dataclass(frozen=True)
class Column:
    """One column. `meaning`: what the figure is, in a sentence; `shown`: without being asked for."""

    name: str
    label: Any
    type: Type
    meaning: Any
    shown: bool = True


@dataclass(frozen=True)
class Row:
    key: str
    values: Mapping[str, Value]


@dataclass(frozen=True)
class Answer:
    """Rows in their order, the row of totals if the figures can be totalled, sentences to stand under "
    "the table."""

    rows: list[Row]
    total: Row | None = None
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Question:
    """Who asks, about which days, which part of the office's work, and when it was asked."""

    user: User
    period: Period
    at: datetime
    unit: str = ""
    topic: str = ""
    kind: str = ""

    @property
    def start(self) -> datetime:
        return self.period.start

    @property
    def end(self) -> datetime:
        """The closing moment of the figures: a period that has not ended is counted up to now."""
        return min(self.period.end, self.at)

    @property
    def is_over(self) -> bool:
        return self.period.end <= self.at

    def cases(self) -> CaseQuerySet:
        """The letters this person may count. Sealed ones are in no report: alone in a cell, one could be recognised;
        and a unit's leader reports on the unit, not on letters that came to them otherwise."""
        cases = Case.objects.visible_to(self.user).filter(sealed=False)
        if not sees_the_office(self.user):
            cases = cases.filter(unit__in=self.user.scope().leads)
        if self.unit:
            cases = cases.filter(unit__in=list(catalogue().subtree(self.unit)))
        if self.topic:
            cases = cases.filter(topic__in=family(self.topic))
        return cases.filter(kind=self.kind) if self.kind else cases

    def as_dict(self) -> dict[str, str]:
        """Codes and dates only: what a job or a schedule keeps."""
        return {
            "period": str(self.period.span),
            "first": self.period.first.isoformat(),
            "last": self.period.last.isoformat(),
            "unit": self.unit,
            "topic": self.topic,
            "kind": self.kind,
        }


def question_from(data: Mapping[str, str], *, user: User, at: datetime) -> Question:
    """The question a job kept."""
    first, last = date.fromisoformat(data["first"]), date.fromisoformat(data["last"])
    asked = custom(first, last) if data["period"] == Span.CUSTOM else period(data["period"], first)
    return Question(user, asked, at, data["unit"], data["topic"], data["kind"])


def sees_the_office(user: User) -> bool:
    scope = user.scope()
    return scope.manager or scope.auditor


def family(topic: str) -> list[str]:
    """A topic and those below it."""
    return [topic, *(row.code for row in catalogue().topics.values() if row.parent_id == topic)]


class Report(ABC):
    """One report. `behind` names the columns whose figures lead to their letters; `bars` those drawn, "
    "with a tone."""

    code: ClassVar[str]
    title: ClassVar[Any]
    description: ClassVar[Any]
    columns: ClassVar[tuple[Column, ...]]
    method: ClassVar[Sequence[Any]] = ()  # how the figures are made, in sentences for the page
    whole_office: ClassVar[bool] = False  # not for leaders of a unit
    behind: ClassVar[Collection[str]] = ()
    bars: ClassVar[Sequence[tuple[str, str]]] = ()
    span: ClassVar[Span] = Span.MONTH  # asked for when nothing is said

    def may_read(self, user: User) -> bool:
        """Managers and auditors; leaders for their units, where the report can be cut by unit."""
        return user.is_active and (
            sees_the_office(user) or (bool(user.scope().leads) and not self.whole_office)
        )

    @abstractmethod
    def answer(self, question: Question, progress: Progress) -> Answer:
        """Count. `progress` is told after each step."""

    @abstractmethod
    def size(self, question: Question, most: int) -> int:
        """How many rows the count will read, `most` + 1 at the most: what decides who waits for it."""

    def cases(self, question: Question, key: str, column: str) -> CaseQuerySet | None:
        """The letters behind one figure; None where there are none to show."""
        return None


@dataclass
class Table:
    """A report made: words and numbers of one moment in one language. What is kept, shown, written and "
    "sent."""

    report: str
    title: str
    period: str
    about: list[str]
    made_by: str
    made_at: datetime
    columns: list[dict[str, str]]
    rows: list[Row]
    total: Row | None
    notes: list[str] = field(default_factory=list)
    question: dict[str, str] = field(default_factory=dict)
    bars: list[tuple[str, str]] = field(default_factory=list)
    preliminary: bool = False
    language: str = "vi"

    def chosen(self, names: Sequence[str]) -> Table:
        """The same with these columns only, in the report's order; the first one always stays."""
        kept = [c for n, c in enumerate(self.columns) if n == 0 or c["name"] in names]
        return Table(**{**self.__dict__, "columns": kept})

    @property
    def lines(self) -> list[Row]:
        """Every row, the totals last."""
        return [*self.rows, self.total] if self.total else self.rows

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"made_at": self.made_at.isoformat()}


def table_from(data: Mapping[str, Any]) -> Table:
    """A table as a job kept it."""
    total = Row(**data["total"]) if data["total"] else None
    rows = [Row(**row) for row in data["rows"]]
    bars = [(name, tone) for name, tone in data["bars"]]
    moment = datetime.fromisoformat(data["made_at"])
    return Table(**{**data, "rows": rows, "total": total, "bars": bars, "made_at": moment})


def no_progress(done: int, of: int) -> None:
    """Nobody is watching."""


def make_table(report: Report, question: Question, progress: Progress = no_progress) -> Table:
    """Count and put in order, in the language of the moment."""
    found = report.answer(question, progress)
    return Table(
        report=report.code,
        title=str(report.title),
        period=question.period.words,
        about=_about(question),
        made_by=str(question.user),
        made_at=question.at,
        columns=[
            {"name": c.name, "label": str(c.label), "type": str(c.type), "meaning": str(c.meaning)}
            for c in report.columns
        ],
        rows=found.rows,
        total=found.total,
        notes=[str(note) for note in (*report.method, *found.notes)],
        question=question.as_dict(),
        bars=list(report.bars),
        preliminary=not question.is_over,
        language=language(),
    )


def _about(question: Question) -> list[str]:
    """The parts of the work it is narrowed to, by name."""
    book = catalogue()
    rows = (
        book.units.get(question.unit),
        book.topics.get(question.topic),
        book.kinds.get(question.kind),
    )
    return [name_of(row) for row in rows if row is not None]


# --- figures ---------------------------------------------------------------------------------------------------------


def share(part: float, whole: float) -> float | None:
    """A part of 1, to a hundredth of a per cent; None of nothing."""
    return round(part / whole, 4) if whole else None


def hours(seconds: float | None) -> float | None:
    """Working hours to a tenth."""
    return None if seconds is None else round(seconds / 3600, 1)


def quantile(sorted_values: Sequence[int], part: float) -> float | None:
    """By linear interpolation between neighbours; None of nothing."""
    if not sorted_values:
        return None
    place = (len(sorted_values) - 1) * part
    below = int(place)
    above = min(below + 1, len(sorted_values) - 1)
    return sorted_values[below] + (sorted_values[above] - sorted_values[below]) * (place - below)


def summed(rows: Iterable[Row], names: Sequence[str]) -> dict[str, Value]:
    """Counts added up."""
    listed = list(rows)
    return {name: sum(int(row.values[name] or 0) for row in listed) for name in names}


# --- words -----------------------------------------------------------------------------------------------------------


def language() -> str:
    """ "vi" or "en": what the reader chose."""
    return "en" if (get_language() or "vi").startswith("en") else "vi"


def name_of(row: Any) -> str:
    """The name of a unit, topic … in the reader's language; "" for None."""
    if row is None:
        return ""
    return (row.name_en if language() == "en" else "") or row.name_vi
