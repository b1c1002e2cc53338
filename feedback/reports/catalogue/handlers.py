"""Work of each handler, for emulation and reward decisions: weighed, leave taken into account, nobody ranked.

A number about a person is only shown where it means something. What a person could not help – a letter handed over
when its date was near, a kind of letter that is late everywhere, days on leave – is taken out or compared with like.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.models import (
    Absence,
    Membership,
    Rating,
    User,
    catalogue,
)
from feedback.models.cases import OFFICE_TIME
from feedback.querysets import CaseQuerySet
from feedback.reports.account import CASES_NOW, PERIOD
from feedback.reports.base import (
    Answer,
    Column,
    Progress,
    Question,
    Report,
    Row,
    Type,
    Value,
    name_of,
    sees_the_office,
    share,
)
from feedback.reports.pieces import Piece, answers, pieces
from feedback.workflow import Role

LEAST_ANSWERS = 10  # below that one late letter moves the rate by more than ten points
LEAST_RATINGS = 10
LEAST_DAYS = 5  # working days present
MONTH = 20  # working days: the measure of "a month's work"
_C, _N, _S, _P = Type.COUNT, Type.NUMBER, Type.SHARE, Type.POINTS


@dataclass
class Work:
    """The answers of one person."""

    pieces: list[Piece] = field(default_factory=list)

    @property
    def judged(self) -> list[Piece]:
        """Those by whose date the person can be judged."""
        return [piece for piece in self.pieces if piece.met is not None and not piece.short]

    @property
    def rated(self) -> list[int]:
        return [piece.score for piece in self.pieces if piece.score is not None]


class Handlers(Report):
    code = "handlers"
    title = gettext_lazy("Work of each handler")
    description = gettext_lazy(
        "For emulation and reward decisions: work weighed by kind and difficulty, compared with like, "
        "leave taken into account. It is no ranking."
    )
    columns = (
        Column(
            "name",
            gettext_lazy("Handler"),
            Type.TEXT,
            gettext_lazy("Who wrote the answers; in the order of unit and name, never of figures."),
        ),
        Column("unit", gettext_lazy("Unit"), Type.TEXT, gettext_lazy("Where the person handles letters.")),
        Column(
            "present",
            gettext_lazy("Days present"),
            _C,
            gettext_lazy("Working days of the period in this task, without leave."),
        ),
        Column(
            "leave",
            gettext_lazy("Days of leave"),
            _C,
            gettext_lazy("Working days of leave entered in the period."),
        ),
        Column(
            "answers",
            gettext_lazy("Answers"),
            _C,
            gettext_lazy("Answers the person wrote that were approved and sent in the period."),
        ),
        Column(
            "weighed",
            gettext_lazy("Weighed work"),
            _N,
            gettext_lazy(
                "Each answer counts 1, a khiếu nại or tố cáo 3; half more if other units were asked, "
                "half more if an extension was granted."
            ),
        ),
        Column(
            "pace",
            gettext_lazy("Weighed work in 20 days"),
            _N,
            gettext_lazy("Weighed work ÷ days present × 20. Empty below five days present."),
        ),
        Column(
            "short",
            gettext_lazy("Handed over late"),
            _C,
            gettext_lazy(
                "Given to the person with one working day left or less; not counted in the on-time rate."
            ),
        ),
        Column(
            "on_time",
            gettext_lazy("On time"),
            _C,
            gettext_lazy("Of the others, answered by the final date."),
            shown=False,
        ),
        Column(
            "rate",
            gettext_lazy("On-time rate"),
            _S,
            gettext_lazy("On time ÷ answers not handed over late. Empty below ten such answers."),
        ),
        Column(
            "expected",
            gettext_lazy("Rate of like letters"),
            _S,
            gettext_lazy(
                "The rate all handlers of this report reach together with letters of the same kind and "
                "difficulty."
            ),
        ),
        Column(
            "difference",
            gettext_lazy("Difference (points)"),
            _P,
            gettext_lazy("On-time rate − rate of like letters. Within ± 5 points it says nothing."),
        ),
        Column("rated", gettext_lazy("Rated"), _C, gettext_lazy("Of the answers, those a citizen rated.")),
        Column(
            "satisfied",
            gettext_lazy("Satisfied or acceptable, share"),
            _S,
            gettext_lazy("Empty below ten ratings."),
        ),
    )
    behind = ("answers", "short", "on_time", "rated")
    method = (
        gettext_lazy(
            "This table is to begin a conversation, not to end it: it does not see advice given, "
            "training, reception of citizens or other work."
        ),
        gettext_lazy(
            "An answer counts for the person who wrote it, also if somebody else holds the letter now."
        ),
        gettext_lazy(
            "Nobody is ranked. Shares stand only where at least ten answers (ten ratings) carry them, "
            "and every handler is listed, also those with few letters."
        ),
        gettext_lazy(
            "On-time rates are compared with those of like letters, so that nobody is worse off for "
            "taking difficult ones."
        ),
        gettext_lazy(
            "Days of leave, and days before or after the person had this task, do not count against anybody."
        ),
        CASES_NOW,
        PERIOD,
    )

    def answer(self, question: Question, progress: Progress) -> Answer:
        people = _people(question)
        progress(1, 3)
        works: dict[int, Work] = defaultdict(Work)
        for piece in pieces(question):
            works[piece.author].pieces.append(piece)
        progress(2, 3)
        like = _rates(works.values())
        away = _days_away(question, [one.user.pk for one in people])
        rows = [_row(one, works[one.user.pk], like, len(away[one.user.pk] & one.days)) for one in people]
        progress(3, 3)
        return Answer(rows)

    def size(self, question: Question, most: int) -> int:
        return answers(question)[: most + 1].count()

    def cases(self, question: Question, key: str, column: str) -> CaseQuerySet | None:
        if column not in self.behind or not (key.isdigit() and len(key) < 19):
            return None
        found = [p for p in pieces(question, author=int(key)) if _counts(p, column)]
        return question.cases().filter(pk__in=[piece.case for piece in found])


def _counts(piece: Piece, column: str) -> bool:
    if column == "short":
        return piece.short
    if column == "on_time":
        return bool(piece.met) and not piece.short
    return column == "answers" or piece.score is not None


# --- reading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Person:
    user: User
    units: tuple[str, ...]
    days: frozenset[date]  # working days of the period in this task


def _people(question: Question) -> list[Person]:
    """Everybody who handled letters in a unit the reader reports on, by unit and name."""
    first, last = (
        question.period.first,
        min(question.period.last, question.end.astimezone(OFFICE_TIME).date()),
    )
    held = Membership.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=first), valid_from__lte=last, role=Role.HANDLER
    )
    if not sees_the_office(question.user):
        held = held.filter(unit__in=question.user.scope().leads)
    if question.unit:
        held = held.filter(unit__in=list(catalogue().subtree(question.unit)))
    members: dict[int, list[Membership]] = defaultdict(list)
    for one in held.select_related("user").order_by("unit", "pk"):
        members[one.user_id].append(one)
    working = _working_days(first, last)
    people = [
        Person(
            rows[0].user, tuple(row.unit_id for row in rows), frozenset(d for d in working if _held(rows, d))
        )
        for rows in members.values()
    ]
    return sorted(people, key=lambda one: (one.units[0], str(one.user)))


def _held(rows: Iterable[Membership], day: date) -> bool:
    return any(row.valid_from <= day and (row.valid_to is None or day <= row.valid_to) for row in rows)


def _working_days(first: date, last: date) -> list[date]:
    calendar = catalogue().calendar
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if calendar.is_working_day(day)]


def _days_away(question: Question, users: list[int]) -> dict[int, set[date]]:
    first, last = question.period.first, question.period.last
    rows = Absence.objects.filter(user__in=users, first_day__lte=last, last_day__gte=first)
    found: dict[int, set[date]] = defaultdict(set)
    for row in rows:
        start, end = max(row.first_day, first), min(row.last_day, last)
        found[row.user_id] |= {start + timedelta(days=n) for n in range((end - start).days + 1)}
    return found


# --- figures ---------------------------------------------------------------------------------------------------------


def _rates(works: Iterable[Work]) -> Mapping[tuple[bool, bool], float]:
    """The on-time rate of every like. One with too few letters is judged by the rate of all."""
    judged = [piece for work in works for piece in work.judged]
    overall = sum(bool(piece.met) for piece in judged) / len(judged) if judged else 0.0
    rates: dict[tuple[bool, bool], float] = defaultdict(lambda: overall)
    for like in {piece.like for piece in judged}:
        same = [piece for piece in judged if piece.like == like]
        if len(same) >= LEAST_ANSWERS:
            rates[like] = sum(bool(piece.met) for piece in same) / len(same)
    return rates


def _row(one: Person, work: Work, like: Mapping[tuple[bool, bool], float], leave: int) -> Row:
    judged, rated = work.judged, work.rated
    on_time = sum(bool(piece.met) for piece in judged)
    weighed, present = sum(piece.weight for piece in work.pieces), len(one.days) - leave
    enough = len(judged) >= LEAST_ANSWERS
    rate = share(on_time, len(judged)) if enough else None
    expected = share(sum(like[piece.like] for piece in judged), len(judged)) if enough else None
    content = sum(score > Rating.Score.DISSATISFIED for score in rated)
    units = catalogue().units
    values: dict[str, Value] = {
        "name": str(one.user) if one.user.is_active else _("%(name)s (left)") % {"name": one.user},
        "unit": ", ".join(name_of(units.get(code)) for code in one.units),
        "present": present,
        "leave": leave,
        "answers": len(work.pieces),
        "weighed": round(weighed, 1),
        "pace": round(weighed / present * MONTH, 1) if present >= LEAST_DAYS else None,
        "short": sum(piece.short for piece in work.pieces),
        "on_time": on_time,
        "rate": rate,
        "expected": expected,
        "difference": round(rate - expected, 4) if rate is not None and expected is not None else None,
        "rated": len(rated),
        "satisfied": share(content, len(rated)) if len(rated) >= LEAST_RATINGS else None,
    }
    return Row(str(one.user.pk), values)
