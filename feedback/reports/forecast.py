"""What will be late in the next working days if everybody goes on at the present pace.

A person answers the letters held in the order of their due dates, as the desk shows them, at the pace of the last
PACE_DAYS working days: answers that went out, divided by the days the person was there. A letter is answered on the day
on which pace × days there (leave taken out) reaches its place in that order; if that is after its due date, it will be
late. Letters that wait for the citizen, or for approval, take no place. Somebody who has answered nothing yet is given
the mean pace of the house. A letter nobody holds will be late unless somebody takes it.

It is a forecast of the queue, not of a person: what it is for is to move letters before Thursday.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Sum
from django.utils import timezone

from feedback.calendar import WorkingCalendar
from feedback.models import Absence, HandlerDay, catalogue

PACE_DAYS = 20  # working days looked back on
AHEAD = 5  # working days looked forward to, today included while the office is open


class Held(NamedTuple):
    """`number` letters of one unit due at the same moment in the same hands; `key` tells two of them apart."""

    handler: int | None
    due_at: datetime
    unit: str
    key: int
    number: int


class Late(NamedTuple):
    """`number` of the letters of `held` will be late on `day`, the last of them first. `place`: of the last one in the
    handler's order; `able`: how many that person will have answered by then."""

    held: Held
    day: date
    number: int
    place: int
    able: int


@dataclass(frozen=True)
class Hands:
    """One person: answers per working day there, and the days ahead on which the person is there. `known`: measured,
    not the mean of the house."""

    pace: float
    there: tuple[bool, ...]
    known: bool = True

    def able(self, days: int) -> int:
        """Answers by the end of the first `days` days ahead."""
        return int(self.pace * sum(self.there[:days]) + 1e-9)


@dataclass(frozen=True)
class Outlook:
    """The days ahead, everybody's hands, and the pace of the house (None when nobody answered anything)."""

    days: tuple[date, ...]
    hands: Mapping[int, Hands]
    mean: float | None

    def hands_of(self, handler: int | None) -> Hands:
        if handler is None:
            return Hands(0.0, (False,) * len(self.days))
        return self.hands.get(handler) or Hands(self.mean or 0.0, (True,) * len(self.days), known=False)


def days_ahead(calendar: WorkingCalendar, at: datetime, number: int = AHEAD) -> tuple[date, ...]:
    """The next working days, today among them until the office closes."""
    today = calendar.local(at).date()
    first = calendar.next_working_day(today)
    if first == today and calendar.closes(today) <= at:
        first = calendar.add_working_days(today, 1)
    days = [first]
    while len(days) < number:
        days.append(calendar.add_working_days(days[-1], 1))
    return tuple(days)


def outlook(at: datetime, people: Iterable[int]) -> Outlook:
    """Two queries: the answers of the last PACE_DAYS working days, and the leave entered for then and the week ahead.

    Raises BeyondHorizon when the calendar ends before."""
    calendar = catalogue().calendar
    days = days_ahead(calendar, at)
    today = timezone.localtime(at).date()
    past = [calendar.add_working_days(today, -number) for number in range(PACE_DAYS, 0, -1)]
    rows = HandlerDay.objects.filter(day__gte=past[0], day__lt=today).order_by().values("handler")
    answers = {row["handler"]: row["number"] for row in rows.annotate(number=Sum("answered"))}
    wanted = {*people, *answers}
    away = _away(wanted, past[0], days[-1])
    paces = {who: answers[who] / there for who in answers if (there := _there(away[who], past))}
    mean = sum(paces.values()) / len(paces) if paces else None
    return Outlook(days, {who: _hands(paces.get(who), mean, away[who], days) for who in wanted}, mean)


def _hands(pace: float | None, mean: float | None, away: set[date], days: Sequence[date]) -> Hands:
    there = tuple(day not in away for day in days)
    return Hands(pace if pace is not None else mean or 0.0, there, known=pace is not None)


def _there(away: set[date], days: Sequence[date]) -> int:
    return sum(day not in away for day in days)


def _away(people: Iterable[int], first: date, last: date) -> defaultdict[int, set[date]]:
    """Days of leave, as sets."""
    found: defaultdict[int, set[date]] = defaultdict(set)
    rows = Absence.objects.filter(user__in=sorted(people), first_day__lte=last, last_day__gte=first)
    for user, begin, end in rows.values_list("user", "first_day", "last_day"):
        span = range(max(begin, first).toordinal(), min(end, last).toordinal() + 1)
        found[user] |= {date.fromordinal(day) for day in span}
    return found


def late(held: Iterable[Held], view: Outlook, at: datetime) -> Iterator[Late]:
    """Which of these letters will be late, and on which day. What is late already only takes its place in the order."""
    place: Counter[int | None] = Counter()
    for one in sorted(held, key=lambda h: (h.due_at, h.unit, h.key)):
        place[one.handler] += one.number
        day = timezone.localtime(one.due_at).date()
        if one.due_at < at or day > view.days[-1]:
            continue
        number = sum(ahead <= day for ahead in view.days)
        able = view.hands_of(one.handler).able(number)
        if (missed := min(one.number, place[one.handler] - able)) > 0:
            yield Late(one, day, missed, place[one.handler], able)


def by_day(found: Iterable[Late]) -> dict[str, Counter[date]]:
    """Unit → day → letters."""
    sums: defaultdict[str, Counter[date]] = defaultdict(Counter)
    for one in found:
        sums[one.held.unit][one.day] += one.number
    return dict(sums)
