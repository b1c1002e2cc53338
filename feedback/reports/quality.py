"""How right the classifier is in practice, week by week: what it answered, what people said afterwards, what changes.

Precision is estimated on the random sample alone. Letters that a person put right unasked only cap it: they are found
because they are wrong, and counting them beside a sample of three in a hundred would make any engine look bad.
Letters are counted by labels and measures, never read; sealed ones are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from classifier.risk import Interval, wilson
from classifier.suggestion import HEADS
from feedback import workflow
from feedback.models import AuditSample, QualityTarget, Suggestion, catalogue

WEEKS = 12
KEPT = 300  # seconds a report is shown again before it is counted anew
FRESH = 2  # weeks, the running one included, in which people still put much right; earlier ones are counted seldom
KEPT_LONG = 6 * 3600  # seconds
CLASSIFIABLE = workflow.sources("classify")


@dataclass
class Tally:
    """One head over some letters. `alone`: answered in letters that went on without a person; `overruled`: of those,
    later found wrong by anybody; `checked`, `right`: of those, in the random sample; `sure`: summed probability of
    every first guess."""

    letters: int = 0
    answered: int = 0
    alone: int = 0
    overruled: int = 0
    checked: int = 0
    right: int = 0
    sure: float = 0.0

    @property
    def coverage(self) -> float | None:
        """Share of letters the head answered; None without letters."""
        return self.answered / self.letters if self.letters else None

    @property
    def confidence(self) -> float | None:
        """Mean probability of the first guess; None without letters."""
        return self.sure / self.letters if self.letters else None

    @property
    def realised(self) -> Interval | None:
        """Precision of what was answered alone, with Wilson bounds; None while no letter of the sample was checked."""
        if not self.checked:
            return None
        found, cap = wilson(self.right, self.checked), 1 - self.overruled / self.alone
        return Interval(min(found.share, cap), min(found.low, cap), min(found.high, cap))

    def add(self, other: Tally) -> None:
        for name in ("letters", "answered", "alone", "overruled", "checked", "right", "sure"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def _tallies() -> dict[str, Tally]:
    return {head: Tally() for head in HEADS}


@dataclass
class Group:
    """Letters counted together: a week, a model, or all of them."""

    name: str
    start: date
    letters: int = 0
    alone: int = 0
    words: int = 0
    unknown: int = 0
    read: int = 0  # letters of which the engine told how they were written
    unaccented: int = 0
    heads: dict[str, Tally] = field(default_factory=_tallies)
    topics: Counter[str] = field(default_factory=Counter)  # family → letters

    def add(self, other: Group) -> None:
        for name in ("letters", "alone", "words", "unknown", "read", "unaccented"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.topics.update(other.topics)
        for head, tally in other.heads.items():
            self.heads[head].add(tally)

    @property
    def alone_share(self) -> float | None:
        return self.alone / self.letters if self.letters else None

    @property
    def unknown_share(self) -> float | None:
        """Share of words the model did not know; None where no engine counted them."""
        return self.unknown / self.words if self.words else None

    @property
    def unaccented_share(self) -> float | None:
        return self.unaccented / self.read if self.read else None


@dataclass(frozen=True)
class Answer:
    """One head of one letter. `code`: what was answered, None if nothing; `true`: what a person said, None if nobody
    looked; `right`: what the random check found."""

    code: str | None
    confidence: float
    true: str | None
    right: bool | None


@dataclass(frozen=True)
class Letter:
    """What is counted of one letter."""

    at: datetime
    engine: str
    alone: bool
    words: int | None
    unknown: int | None
    accented: bool | None
    heads: Mapping[str, Answer]


def _pairs() -> dict[str, Counter[tuple[str, str]]]:
    return {head: Counter() for head in HEADS}


@dataclass
class WeekCount:
    """What is kept of one week: its letters by model; head → (answered, true) → letters a person looked at; topic
    answered → letters, and → letters put right."""

    models: dict[str, Group] = field(default_factory=dict)
    confusion: dict[str, Counter[tuple[str, str]]] = field(default_factory=_pairs)
    answered: Counter[str] = field(default_factory=Counter)
    put_right: Counter[str] = field(default_factory=Counter)


@dataclass
class Report:
    """`confusion` as in WeekCount; `by_topic`: topic answered → (letters, put right by a person)."""

    counted_at: datetime
    total: Group
    weeks: list[Group]
    models: list[Group]  # in the order of their last use: an older one may have been taken back
    confusion: dict[str, Counter[tuple[str, str]]]
    by_topic: dict[str, tuple[int, int]]


def report(at: datetime) -> Report:
    """The last WEEKS weeks, the running one included. One query; kept for KEPT seconds, earlier weeks for longer."""
    found: Report | None = cache.get("quality-report")
    if found is None:
        mondays = [monday(at) - timedelta(weeks=n) for n in reversed(range(WEEKS))]
        names = {day: f"quality-week-{day}" for day in mondays}
        held = cache.get_many(names.values())
        known = {day: held[name] for day, name in names.items() if name in held}
        wanted = [day for day in mondays if day not in known]
        known |= count(letters(wanted[0]), wanted)
        cache.set_many({names[day]: known[day] for day in mondays[:-FRESH]}, KEPT_LONG)
        found = combined({day: known[day] for day in mondays}, at)
        cache.set("quality-report", found, KEPT)
    return found


def monday(at: datetime) -> date:
    day = timezone.localtime(at).date()
    return day - timedelta(days=day.weekday())


# --- reading the rows

_COLUMNS = ("created_at", "engine", "engine_version", "alone", "case__kind_confirmed")
_READ = ("words", "unknown", "accented")


def letters(since: date) -> Iterable[Letter]:
    """Every letter not sealed whose proposal was made on `since` or later, oldest first."""
    start = timezone.make_aware(datetime.combine(since, datetime.min.time()))
    return read(Suggestion.objects.filter(created_at__gte=start, case__sealed=False))


def read(proposals: QuerySet[Suggestion]) -> Iterator[Letter]:
    """What is counted of these proposals, oldest first. One query."""
    rows = proposals.order_by("created_at")
    for row in rows.values(*_COLUMNS, *(f"data__{name}" for name in _READ), *_head_columns()).iterator():
        yield Letter(
            at=row["created_at"],
            engine=f"{row['engine']} {row['engine_version'].partition('+')[0]}",  # an edited catalogue is no new model
            alone=row["alone"],
            words=row["data__words"],
            unknown=row["data__unknown"],
            accented=row["data__accented"],
            heads={head: _answer(row, head) for head in HEADS},
        )


def _head_columns() -> list[str]:
    return [
        column
        for head in HEADS
        for column in (
            f"data__{head}__abstained",
            f"data__{head}__confidence",
            f"data__{head}__guesses__0__code",
            f"case__{head}",
            f"case__audit__{head}_right",
        )
    ]


def _answer(row: Mapping[str, Any], head: str) -> Answer:
    said = f"data__{head}__"
    return Answer(
        code=None if row[f"{said}abstained"] else row[f"{said}guesses__0__code"],
        confidence=row[f"{said}confidence"] or 0.0,
        true=row[f"case__{head}"] if row["case__kind_confirmed"] else None,
        right=row[f"case__audit__{head}_right"],
    )


# --- counting


def count(found: Iterable[Letter], mondays: Iterable[date]) -> dict[date, WeekCount]:
    """The weeks that begin on `mondays`, in one pass over the letters."""
    weeks, parents = {day: WeekCount() for day in mondays}, _parents()
    for letter in found:
        week = weeks.get(monday(letter.at))
        if week is None:
            continue
        model = week.models.setdefault(letter.engine, Group(letter.engine, timezone.localdate(letter.at)))
        _add(model, letter, parents)
        for head, answer in letter.heads.items():
            if answer.code and answer.true:
                week.confusion[head][answer.code, answer.true] += 1
        topic = letter.heads["topic"]
        if topic.code:
            week.answered[topic.code] += 1
            week.put_right[topic.code] += wrong(topic, parents)
    return weeks


def combined(weeks: Mapping[date, WeekCount], at: datetime) -> Report:
    """The report of some weeks, given in their order."""
    total, models = Group("", next(iter(weeks))), dict[str, Group]()
    shown, confusion = [], _pairs()
    answered, put_right = Counter[str](), Counter[str]()
    for day, week in weeks.items():
        shown.append(Group("", day))
        for name, group in week.models.items():
            model = models.pop(name) if name in models else Group(name, group.start)
            model.add(group)
            models[name] = model  # the last one used stands last
            shown[-1].add(group)
        total.add(shown[-1])
        for head in HEADS:
            confusion[head].update(week.confusion[head])
        answered.update(week.answered)
        put_right.update(week.put_right)
    by_topic = {code: (number, put_right[code]) for code, number in answered.most_common()}
    return Report(at, total, shown, list(models.values()), confusion, by_topic)


def _parents() -> dict[str, str]:
    book = catalogue()
    return {
        code: row.parent_id
        for rows in (book.topics, book.issues)
        for code, row in rows.items()
        if row.parent_id
    }


def wrong(answer: Answer, parents: Mapping[str, str]) -> bool:
    """Answered, and a person said otherwise. A family is right for each of its members."""
    if answer.right is not None:
        return not answer.right
    if answer.code is None or answer.true is None:
        return False
    return answer.code not in (answer.true, parents.get(answer.true))


def _add(group: Group, letter: Letter, parents: Mapping[str, str]) -> None:
    group.letters += 1
    group.alone += letter.alone
    if letter.accented is not None and letter.words:
        group.read += 1
        group.unaccented += not letter.accented
    if letter.words and letter.unknown is not None and letter.engine.startswith("learned"):
        group.words += letter.words
        group.unknown += letter.unknown
    topic = letter.heads["topic"].true or letter.heads["topic"].code
    if topic:
        group.topics[parents.get(topic, topic)] += 1
    for head, answer in letter.heads.items():
        _tally(group.heads[head], answer, letter.alone, wrong(answer, parents))


def _tally(tally: Tally, answer: Answer, alone: bool, mistaken: bool) -> None:
    tally.letters += 1
    tally.sure += answer.confidence
    if answer.code is None:
        return
    tally.answered += 1
    if not alone:
        return
    tally.alone += 1
    tally.overruled += mistaken
    if answer.right is not None:
        tally.checked += 1
        tally.right += answer.right


# --- the sample and the decisions


@dataclass(frozen=True)
class Progress:
    """Letters drawn in the weeks of the report: checked, waiting, and answered before anybody looked."""

    drawn: int
    checked: int
    waiting: int
    missed: int


def progress(since: date) -> Progress:
    """One query; sealed letters are left out."""
    start = timezone.make_aware(datetime.combine(since, datetime.min.time()))
    open_now = Q(checked_at=None, case__status__in=CLASSIFIABLE)
    found = AuditSample.objects.filter(drawn_at__gte=start, case__sealed=False).aggregate(
        drawn=Count("pk"),
        checked=Count("pk", filter=~Q(checked_at=None)),
        waiting=Count("pk", filter=open_now),
    )
    return Progress(**found, missed=found["drawn"] - found["checked"] - found["waiting"])


def decisions(number: int = 20) -> list[QualityTarget]:
    """The newest targets set by managers, and thresholds raised by the weekly look. One query."""
    rows = QualityTarget.objects.filter(Q(why="raised") | ~Q(set_by=None))
    return list(rows.select_related("set_by").order_by("-pk")[:number])


def looked(since: date) -> list[QualityTarget]:
    """What the newest weekly look found, head by head. One query."""
    rows = QualityTarget.objects.exclude(week=None).filter(week__gte=since).order_by("-pk")[: len(HEADS)]
    return sorted(rows, key=lambda row: HEADS.index(row.head))
