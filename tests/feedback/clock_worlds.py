"""Offices, rules and random histories for the calendar and deadline tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from feedback.calendar import DayOverride, WorkingCalendar, calendar_from
from feedback.deadlines import Clock, Extension, Pause, Rule, choose_rule, rules_from
from feedback.deadlines.rules import Unit
from tests.feedback.reference_clock import Hours, NaiveOffice

CATALOGUE = Path(__file__).resolve().parents[2] / "feedback" / "catalogue"
CALENDAR_DATA = yaml.safe_load((CATALOGUE / "calendar.yaml").read_text(encoding="utf-8"))
RULES = rules_from(yaml.safe_load((CATALOGUE / "deadlines.yaml").read_text(encoding="utf-8")))
OFFICE = calendar_from(CALENDAR_DATA)
VN = OFFICE.timezone

FULL: Hours = ((time(7, 30), time(11, 30)), (time(13), time(17)))
HALF: Hours = ((time(7, 30), time(11, 30)),)
NIGHT: Hours = ((time(0, 30), time(4, 30)), (time(5), time(9)))  # spans the hour New York skips or repeats
WEEK = dict.fromkeys(range(5), FULL)
SIX_DAYS = {**WEEK, 5: HALF}
YEARS = (date(2025, 1, 1), date(2026, 12, 31))


def vn(text: str) -> datetime:
    """An ISO moment in Vietnamese time."""
    return datetime.fromisoformat(text).replace(tzinfo=VN)


World = tuple[WorkingCalendar, NaiveOffice]


def world(timezone: str, weekly: dict[int, Hours], dated: dict[date, Hours]) -> World:
    """The same office for the product and for the reference; empty hours = closed that date."""
    overrides = [
        DayOverride(day, bool(hours), tuple(hours) or None, name="đổi") for day, hours in dated.items()
    ]
    calendar = WorkingCalendar.build(
        version="test",
        timezone=timezone,
        weekly=weekly,
        overrides=overrides,
        first_year=YEARS[0].year,
        last_year=YEARS[1].year,
        country=None,
    )
    return calendar, NaiveOffice(timezone, weekly, dated)


WORLDS: list[World] = [
    world("Asia/Ho_Chi_Minh", WEEK, {}),
    world(
        "Asia/Ho_Chi_Minh",
        SIX_DAYS,
        # Tết, a make-up Saturday, a half day before a holiday
        {date(2025, 1, 27) + timedelta(days=i): () for i in range(5)}
        | {date(2025, 2, 8): FULL, date(2025, 1, 24): HALF, date(2025, 2, 16): HALF, date(2025, 2, 19): ()},
    ),
    world("America/New_York", dict.fromkeys((0, 1, 2, 3, 6), NIGHT), {date(2025, 3, 12): ()}),
]


def clock(kind: str, name: str, start: str, **choice: Any) -> Clock:
    """The clock the catalogue gives, on the office's calendar."""
    started = vn(start)
    rule = choose_rule(RULES, kind=kind, clock=name, on=started.date(), **choice)
    assert rule is not None
    return Clock(rule, OFFICE, started)


def question(*pauses: tuple[str, str | None], stopped: str | None = None) -> Clock:
    """Received Monday 2 November 2026 09:00, five working days: due Monday 9 November 17:00."""
    spans = tuple(Pause(vn(a), None if b is None else vn(b)) for a, b in pauses)
    asked = clock("HOI_DAP", "reply", "2026-11-02T09:00")
    return replace(asked, pauses=spans, stopped_at=None if stopped is None else vn(stopped))


def rule(value: int, unit: Unit) -> Rule:
    return Rule("test", "*", "reply", value, unit, "received", "", "policy")


minutes = st.integers(min_value=0, max_value=60 * 24 * 70).map(
    lambda n: datetime(2025, 1, 20, tzinfo=UTC) + timedelta(minutes=n)
)
units: st.SearchStrategy[Unit] = st.sampled_from(("wd", "cd"))


@st.composite
def spans(draw: st.DrawFn, largest: int = 3) -> list[tuple[datetime, datetime]]:
    """Separate pauses (the reference does not join), none longer than 12 days."""
    edges = sorted(draw(st.lists(minutes, max_size=2 * largest, unique=True)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return [(a, min(b, a + timedelta(days=12))) for a, b in pairs]


@st.composite
def extensions(draw: st.DrawFn, value: int) -> list[tuple[datetime, int]]:
    return draw(st.lists(st.tuples(minutes, st.integers(1, value + 20)), max_size=2))


@st.composite
def clocks(draw: st.DrawFn, worlds: list[World] = WORLDS) -> Clock:
    """A clock in one of the worlds with pauses and extensions; due dates stay far inside the calendar."""
    calendar, _ = draw(st.sampled_from(worlds))
    unit, value = draw(units), draw(st.integers(1, 20))
    longer = draw(extensions(value))
    return Clock(
        rule=rule(value, unit),
        calendar=calendar,
        start=draw(minutes),
        pauses=tuple(Pause(a, b) for a, b in draw(spans())),
        extensions=tuple(Extension(at, days, unit) for at, days in longer),
    )
