"""The days a figure is about, and the rows they are read from: every day once, none ahead, as few rows as may be."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.reports.spans import Length, Period, custom, lately, of, parts

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


def days_of(found: list[tuple[str, date]]) -> list[date]:
    days = []
    for span, start in found:
        day = start
        while True:
            days.append(day)
            day += timedelta(days=1)
            if span in ("day", "cell") or (day.weekday() == 0 and span.startswith("week")):
                break
            if day.day == 1 and span.startswith("month"):
                break
    return days


@given(DAYS, st.integers(0, 800), st.booleans())
def test_a_period_gone_by_is_covered_day_by_day(first: date, length: int, topics: bool) -> None:
    last = first + timedelta(days=length)
    found = days_of(parts(custom(first, last), date(2040, 1, 1), topics=topics))
    assert found == [first + timedelta(days=n) for n in range(length + 1)]


@given(DAYS, st.integers(0, 400), st.integers(0, 400))
def test_a_running_period_is_covered_until_today(first: date, length: int, gone: int) -> None:
    today = first + timedelta(days=min(gone, length))
    found = days_of(parts(custom(first, first + timedelta(days=length)), today))
    assert Counter(day for day in found if day <= today) == Counter(
        first + timedelta(days=n) for n in range((today - first).days + 1)
    )


def test_a_running_month_is_one_row() -> None:
    today = date(2026, 11, 23)
    assert parts(of(Length.MONTH, today), today) == [("month", date(2026, 11, 1))]
    assert parts(of(Length.QUARTER, today), today) == [
        ("month", date(2026, 10, 1)),
        ("month", date(2026, 11, 1)),
    ]
    assert parts(of(Length.WEEK, today), today, topics=True) == [("cell", today)] or parts(
        of(Length.WEEK, today), today, topics=True
    ) == [("week_topic", today)]
    assert len(parts(of(Length.YEAR, today).before(today), today)) <= 10 + 4 + 6


@pytest.mark.parametrize("length", [Length.WEEK, Length.MONTH, Length.QUARTER, Length.YEAR])
def test_like_is_held_against_like(length: Length) -> None:
    today = date(2026, 11, 18)
    running = of(length, today)
    before = running.before(today)
    assert before.last - before.first == today - running.first
    whole = running.earlier()
    assert whole.last == running.first - timedelta(days=1)
    assert whole.before(today) == whole.earlier()
    assert whole.later(today) == running
    assert running.later(today) is None


def test_march_is_held_against_all_of_february() -> None:
    today = date(2026, 3, 31)
    assert of(Length.MONTH, today).before(today) == Period(Length.MONTH, date(2026, 2, 1), date(2026, 2, 28))


def test_other_days_are_held_against_as_many_before() -> None:
    span = custom(date(2026, 11, 10), date(2026, 11, 1))
    assert (span.first, span.last) == (date(2026, 11, 1), date(2026, 11, 10))
    before = span.before(date(2026, 12, 1))
    assert (before.first, before.last) == (date(2026, 10, 22), date(2026, 10, 31))


def test_lately_ends_now() -> None:
    weeks = lately(Length.WEEK, date(2026, 11, 23))
    assert len(weeks) == 12
    assert weeks[-1].first == date(2026, 11, 23)
    assert weeks[0].first == date(2026, 9, 7)
