"""What will be late: counted on paper, and the sums of the overview against the letters one by one."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from feedback.models import Absence, HandlerDay, User, catalogue
from feedback.reports.forecast import Hands, Held, Late, Outlook, by_day, days_ahead, late, outlook
from tests.cast import HANOI, WEDNESDAY

MONDAY = datetime(2026, 11, 2, 8, 30, tzinfo=HANOI)
WEEK = tuple(date(2026, 11, day) for day in (2, 3, 4, 5, 6))
THERE = (True,) * 5


def due(day: int, hour: int = 17) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=HANOI)


def view(**hands: Hands) -> Outlook:
    return Outlook(WEEK, {int(name[1:]): one for name, one in hands.items()}, mean=1.0)


def test_a_place_in_the_order_against_the_answers_by_then() -> None:
    """One answer a day: by Wednesday three go out, so the fourth letter due then is late, and both of Thursday's."""
    held = [Held(1, due(4), "A", n, 1) for n in range(4)] + [Held(1, due(5), "A", n, 1) for n in range(4, 6)]
    found = list(late(held, view(h1=Hands(1.0, THERE)), MONDAY))
    assert [(one.held.key, one.day.day, one.place, one.able) for one in found] == [
        (3, 4, 4, 3),
        (4, 5, 5, 4),
        (5, 5, 6, 4),
    ]


def test_what_is_late_already_takes_its_place_and_is_not_forecast() -> None:
    held = [Held(1, due(1), "A", 0, 3), Held(1, due(4), "A", 1, 1)]
    found = list(late(held, view(h1=Hands(1.0, THERE)), MONDAY))
    assert [(one.held.key, one.number) for one in found] == [(1, 1)]


def test_leave_takes_days_out() -> None:
    held = [Held(1, due(4), "A", n, 1) for n in range(2)]
    assert not list(late(held, view(h1=Hands(1.0, THERE)), MONDAY))
    away = Hands(1.0, (False, False, True, True, True))
    assert [one.held.key for one in late(held, view(h1=away), MONDAY)] == [1]


def test_nobody_answers_nothing_and_a_newcomer_goes_at_the_mean() -> None:
    held = [Held(None, due(4), "A", 0, 2), Held(9, due(3), "B", 1, 3)]
    found = {one.held.handler: one.number for one in late(held, view(), MONDAY)}
    assert found == {None: 2, 9: 1}


def test_beyond_the_week_nothing_is_said() -> None:
    assert not list(late([Held(None, due(9), "A", 0, 5)], view(), MONDAY))


@pytest.mark.parametrize("seed", range(20))
def test_sums_are_those_of_the_letters_one_by_one(seed: int) -> None:
    dice = random.Random(seed)
    letters = [
        Held(dice.choice((1, 2, None)), due(dice.randint(1, 8)), dice.choice("AB"), n, 1) for n in range(60)
    ]
    hands = view(h1=Hands(1.7, THERE), h2=Hands(0.6, (True, False, True, True, True)))
    groups: Counter[tuple[int | None, datetime, str, int]] = Counter()
    for one in letters:
        groups[one.handler, one.due_at, one.unit, dice.randint(0, 2)] += 1
    held = [Held(*key[:3], number, count) for number, (key, count) in enumerate(groups.items())]
    assert by_day(late(held, hands, MONDAY)) == by_day(late(letters, hands, MONDAY))


@pytest.mark.parametrize("pace", [0.0, 0.5, 1.0, 2.5])
def test_a_faster_hand_is_never_later(pace: float) -> None:
    held = [Held(1, due(3 + n % 4), "A", n, 1) for n in range(12)]

    def number(of: float) -> int:
        found: list[Late] = list(late(held, view(h1=Hands(of, THERE)), MONDAY))
        return sum(one.number for one in found)

    assert number(pace + 0.5) <= number(pace)


# --- read from the office


def test_the_days_ahead_are_working_days(office: None) -> None:
    calendar = catalogue().calendar
    assert days_ahead(calendar, MONDAY) == WEEK
    evening = days_ahead(calendar, MONDAY.replace(hour=20))
    assert evening[0] == date(2026, 11, 3)
    assert evening[-1] == date(2026, 11, 9)
    assert days_ahead(calendar, MONDAY - timedelta(days=1)) == WEEK


def test_pace_is_answers_by_days_there(handler: User, colleague: User) -> None:
    """Ten answers in twenty working days, ten of them on leave: one a day."""
    for number in range(10):
        HandlerDay.objects.create(handler=handler, day=date(2026, 10, 5) + timedelta(days=number), answered=1)
    Absence.objects.create(user=handler, first_day=date(2026, 10, 20), last_day=date(2026, 11, 2))
    Absence.objects.create(user=handler, first_day=date(2026, 11, 5), last_day=date(2026, 11, 6))
    found = outlook(WEDNESDAY, [handler.pk, colleague.pk])
    mine = found.hands_of(handler.pk)
    counted = HandlerDay.objects.filter(day__gte=date(2026, 10, 7), handler=handler).count()
    assert mine.pace == pytest.approx(counted / 10)
    assert mine.there == (True, False, False, True, True)
    other = found.hands_of(colleague.pk)
    assert (other.pace, other.known) == (mine.pace, False)
