"""Laws every clock obeys, drawn at random, and the comparison with the slow reference."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from feedback.calendar import calendar_from
from feedback.deadlines import (
    Clock,
    Extension,
    Pause,
    alarms,
    due,
    explain,
    next_alarm,
    original_due,
    remaining,
    state_at,
    verdict,
)
from tests.feedback import clock_worlds as w
from tests.feedback.clock_worlds import OFFICE, World
from tests.feedback.reference_clock import naive_calendar_days, naive_working_days

# --- laws every clock obeys

moderate = settings(max_examples=120)
some_clocks = w.clocks()


@moderate
@given(some_clocks)
def test_due_is_the_end_of_a_working_day_unless_a_pause_cut_it(one: Clock) -> None:
    at, plain = due(one), original_due(one)
    assert one.calendar.is_working_day(at.date())
    assert plain == one.calendar.closes(plain.date())
    assert one.calendar.working_seconds(at - timedelta(seconds=1), at) == 1
    if not one.pauses or one.rule.unit == "cd":
        assert at == one.calendar.closes(at.date())
    assert at >= plain


@moderate
@given(some_clocks, w.minutes, st.integers(0, 8 * 24 * 60))
def test_a_further_pause_never_makes_it_earlier(one: Clock, start: datetime, length: int) -> None:
    more = replace(one, pauses=(*one.pauses, Pause(start, start + timedelta(minutes=length))))
    assert due(more) >= due(one)


@moderate
@given(some_clocks, w.minutes, st.integers(1, 40))
def test_a_further_extension_never_makes_it_earlier(one: Clock, at: datetime, value: int) -> None:
    more = replace(one, extensions=(*one.extensions, Extension(at, value, one.rule.unit)))
    assert due(more) >= due(one)


@moderate
@given(
    w.clocks(w.WORLDS[:2]),
    st.sets(st.dates(date(2025, 1, 20), date(2025, 4, 30)), max_size=6),
    st.integers(0, 1),
)
def test_a_further_holiday_never_makes_it_earlier(one: Clock, holidays: set[date], which: int) -> None:
    _, naive = w.WORLDS[which]
    plain, _ = w.world(naive.timezone, dict(naive.weekly), dict(naive.dated))
    fewer, _ = w.world(naive.timezone, dict(naive.weekly), dict(naive.dated) | dict.fromkeys(holidays, ()))
    assert due(replace(one, calendar=fewer)) >= due(replace(one, calendar=plain))


@moderate
@given(some_clocks, st.data())
def test_splitting_a_pause_changes_nothing(one: Clock, data: st.DataObject) -> None:
    assume(one.pauses)
    first, *rest = one.pauses
    assert first.end is not None
    length = int((first.end - first.start).total_seconds())
    middle = first.start + timedelta(seconds=data.draw(st.integers(0, length)))
    split = replace(one, pauses=(Pause(middle, first.end), *rest, Pause(first.start, middle)))
    assert due(split) == due(one)
    assert verdict(replace(split, stopped_at=due(one))) == verdict(replace(one, stopped_at=due(one)))


@moderate
@given(some_clocks, w.minutes)
def test_remaining_is_the_inverse_of_due(one: Clock, at: datetime) -> None:
    left, ends = remaining(one, at), due(one, at)
    if at < ends:
        assert left >= 0
        assert left == 0 or one.calendar.add_working_seconds(at, left) == ends
    else:
        assert left <= 0
        assert one.calendar.working_seconds(ends, at) == -left


@moderate
@given(some_clocks)
def test_on_equal_days_a_pause_adds_exactly_its_working_time(one: Clock) -> None:
    office, _ = w.WORLDS[0]  # every working day has eight hours
    plain = replace(one, calendar=office, extensions=(), rule=replace(one.rule, unit="wd"))
    assume(plain.pauses)
    pause = plain.pauses[0]
    assert pause.end is not None
    counting_from = datetime.combine(
        office.local(plain.start).date() + timedelta(days=1), time.min, office.timezone
    )
    took = max(0, office.working_seconds(max(pause.start, counting_from), max(pause.end, counting_from)))
    expected = took if pause.start < original_due(plain) and pause.end > plain.start else 0
    assert office.working_seconds(original_due(plain), due(replace(plain, pauses=(pause,)))) == expected


@moderate
@given(some_clocks, w.minutes)
def test_verdict_state_and_remaining_agree(one: Clock, stop: datetime) -> None:
    assume(stop >= one.start)
    stopped = replace(one, stopped_at=stop)
    decided = verdict(stopped)
    assert decided is not None
    assert decided.met == (stop <= decided.due) == (state_at(stopped, stop) == "met")
    assert decided.late_working_seconds == -remaining(stopped, stop)
    assert decided.met or not decided.met_original  # original is never later than final
    later = stop + timedelta(days=3)
    assert remaining(stopped, later) == remaining(stopped, stop)
    assert (state_at(one, stop) == "overdue") == (not decided.met)


@moderate
@given(some_clocks, w.minutes)
def test_next_alarm_walks_the_list_of_alarms(one: Clock, after: datetime) -> None:
    listed = alarms(one, overdue_days=120)
    assert [alarm.at for alarm in listed] == sorted(alarm.at for alarm in listed)
    expected = next(alarm for alarm in listed if alarm.at > after)
    assert next_alarm(one, after) == expected
    stopped = replace(one, stopped_at=max(after, one.start))
    assert all(alarm.at <= after for alarm in alarms(stopped))
    assert next_alarm(stopped, after) is None


@moderate
@given(some_clocks)
def test_explanation_shows_the_same_date_and_counts_without_gaps(one: Clock) -> None:
    told = explain(one)
    assert told.due == due(one)
    assert told.original_due == original_due(one)
    assert [mark.day for mark in told.days] == [
        told.days[0].day + timedelta(days=i) for i in range((told.due.date() - told.days[0].day).days + 1)
    ]
    numbers = [mark.number for mark in told.days if mark.number is not None]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= one.rule.value
    for mark in told.days[1:]:
        if mark.mark == "off" or (one.rule.unit == "wd" and mark.mark == "counted"):
            assert one.calendar.is_working_day(mark.day) == (mark.mark == "counted")
    json.dumps(told.as_dict())


@moderate
@given(some_clocks, w.minutes)
def test_versions_replay_to_the_same_verdict(one: Clock, stop: datetime) -> None:
    """What is stored (ISO texts, the calendar's data, the rule's id) gives the same verdict years later."""
    assume(stop >= one.start)
    home = replace(one, calendar=OFFICE, stopped_at=stop)
    again = Clock(
        rule=home.rule,
        calendar=calendar_from(w.CALENDAR_DATA) if stop.minute == 0 else _SAME,
        start=datetime.fromisoformat(home.start.isoformat()),
        pauses=tuple(Pause(_iso(p.start), p.end and _iso(p.end)) for p in reversed(home.pauses)),
        extensions=tuple(replace(e, at=_iso(e.at)) for e in reversed(home.extensions)),
        stopped_at=_iso(stop),
    )
    assert verdict(again) == verdict(home)


_SAME = calendar_from(w.CALENDAR_DATA)


def _iso(moment: datetime) -> datetime:
    return datetime.fromisoformat(moment.astimezone(UTC).isoformat())


# --- against the slow reference


def _compare(world: World, one: Clock) -> None:
    office, naive = world
    here = replace(one, calendar=office)
    spans = [(max(p.start, one.start), p.end) for p in one.pauses if p.end is not None and p.end > one.start]
    longer = [(e.at, e.value) for e in one.extensions if e.at >= one.start]
    if one.rule.unit == "cd":
        assert due(here) == naive_calendar_days(naive, one.start, one.rule.value, spans, longer)
        return
    slow = naive_working_days(naive, one.start, one.rule.value, spans, longer)
    exact = due(here)  # to the second; the reference only knows whole minutes
    assert timedelta(0) <= slow - exact < timedelta(minutes=1)


@moderate
@given(st.sampled_from(w.WORLDS), some_clocks)
def test_due_equals_the_minute_by_minute_reference(world: World, one: Clock) -> None:
    _compare(world, one)


@pytest.mark.campaign
@settings(max_examples=50_000)
@given(st.sampled_from(w.WORLDS), some_clocks)
def test_fifty_thousand_clocks_equal_the_reference(world: World, one: Clock) -> None:
    _compare(world, one)
