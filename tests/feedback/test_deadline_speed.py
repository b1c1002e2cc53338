"""`make bench`: microseconds per due date, beside the day loop everybody writes first."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from feedback.deadlines import Clock, Pause, alarms, due, explain
from tests.feedback.clock_worlds import OFFICE, WEEK, rule, vn
from tests.feedback.reference_clock import NaiveOffice, day_loop_due

DAYS = [date(2024, 1, 1) + timedelta(days=i) for i in range(1200)]
UNUSUAL = {day: OFFICE.intervals(day) for day in DAYS if OFFICE.intervals(day) != WEEK.get(day.weekday(), ())}
NAIVE = NaiveOffice("Asia/Ho_Chi_Minh", WEEK, UNUSUAL)


def microseconds(work: Callable[[Any], object], inputs: list[Any]) -> float:
    """Best of five passes, per input."""
    best = float("inf")
    for _ in range(5):
        begun = time.perf_counter()
        for one in inputs:
            work(one)
        best = min(best, time.perf_counter() - begun)
    return best / len(inputs) * 1e6


@pytest.mark.bench
@pytest.mark.parametrize("value", [5, 20])
def test_bench_deadlines(value: int, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = random.Random(1)
    first = vn("2024-01-01T00:00")
    starts: list[datetime] = [first + timedelta(minutes=drawn.randrange(900 * 1440)) for _ in range(5000)]
    clocks = [Clock(rule(value, "wd"), OFFICE, start) for start in starts]
    for one in clocks[:500]:
        assert due(one) == day_loop_due(NAIVE, one.start, value)
    paused = [
        replace(one, pauses=(Pause(one.start + timedelta(days=1), one.start + timedelta(days=3)),))
        for one in clocks
    ]
    fast = microseconds(due, clocks)
    slow = microseconds(lambda start: day_loop_due(NAIVE, start, value), starts)
    with capsys.disabled():
        print(
            f"\ndeadlines, {value} working days: due {fast:.2f} µs, day loop {slow:.2f} µs, "
            f"due with a pause {microseconds(due, paused[:1000]):.0f} µs, "
            f"alarms {microseconds(alarms, clocks[:500]):.0f} µs, "
            f"explain {microseconds(explain, clocks[:500]):.0f} µs"
        )
    assert fast < slow
