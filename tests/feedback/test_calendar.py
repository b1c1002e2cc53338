"""The working calendar: official days of 2019–2026, arithmetic against the slow reference, edges."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.calendar import (
    BeyondHorizon,
    CalendarDataError,
    DayOverride,
    WorkingCalendar,
    calendar_from,
    override_from,
)
from tests.feedback import clock_worlds as w
from tests.feedback.reference_clock import naive_working_seconds

# Weekdays off and weekend days worked, year by year, for offices with a two-day weekend. Sources: Labour Code 2012
# art. 115 (2019, 2020) and Labour Code 2019 art. 112 (from 2021, two days for Quốc khánh), day in lieu when a
# holiday falls on the weekend (art. 111.3); swaps: 6519/VPCP-KGVX of 2018 (31/12/2018 ↔ 05/01/2019), press reports of
# the Prime Minister's consent (29/04/2019 ↔ 04/05/2019), 2450/VPCP-KGVX of 2024 (29/04 ↔ 04/05/2024),
# the yearly notice for 2025 (02/05 ↔ 26/04), 12729/VPCP-KGVX of 2025 (02/01 ↔ 10/01/2026), the notice for
# Quốc khánh 2026 (31/08 ↔ 22/08); 24/11 from 2026: Resolution 80-NQ/TW.
OFF = {
    2019: "01-01 02-04 02-05 02-06 02-07 02-08 04-15 04-29 04-30 05-01 09-02",
    2020: "01-01 01-23 01-24 01-27 01-28 01-29 04-02 04-30 05-01 09-02",
    2021: "01-01 02-10 02-11 02-12 02-15 02-16 04-21 04-30 05-03 09-02 09-03",
    2022: "01-03 01-31 02-01 02-02 02-03 02-04 04-11 05-02 05-03 09-01 09-02",
    2023: "01-02 01-20 01-23 01-24 01-25 01-26 05-01 05-02 05-03 09-01 09-04",
    2024: "01-01 02-08 02-09 02-12 02-13 02-14 04-18 04-29 04-30 05-01 09-02 09-03",
    2025: "01-01 01-27 01-28 01-29 01-30 01-31 04-07 04-30 05-01 05-02 09-01 09-02",
    2026: "01-01 01-02 02-16 02-17 02-18 02-19 02-20 04-27 04-30 05-01 08-31 09-01 09-02 11-24",
}
MADE_UP = {2019: "01-05 05-04", 2024: "05-04", 2025: "04-26", 2026: "01-10 08-22"}


def _dates(year: int, texts: str) -> set[date]:
    return {date.fromisoformat(f"{year}-{text}") for text in texts.split()}


@pytest.mark.parametrize("year", OFF)
def test_official_calendar_day_by_day(year: int) -> None:
    off, worked = _dates(year, OFF[year]), _dates(year, MADE_UP.get(year, ""))
    day = date(year, 1, 1)
    while day.year == year:
        expected = day in worked or (day.weekday() < 5 and day not in off)
        assert w.OFFICE.is_working_day(day) is expected, f"{day} {w.OFFICE.reason_off(day)}"
        assert (w.OFFICE.reason_off(day) is None) is expected
        day += timedelta(days=1)


def test_reasons_are_words_a_citizen_knows() -> None:
    office = w.OFFICE
    assert office.reason_off(date(2026, 11, 22)) == "Chủ nhật"
    assert office.reason_off(date(2026, 11, 21), "en") == "Saturday"
    assert office.reason_off(date(2026, 2, 17)) == "Tết Nguyên Đán"
    assert office.reason_off(date(2025, 5, 2)) == "Nghỉ hoán đổi, làm bù ngày 26/04/2025"
    assert office.reason_off(date(2025, 5, 2), "en") == "Swapped day off, worked on 2025-04-26"
    assert office.reason_off(date(2026, 1, 2)) == "Nghỉ hoán đổi dịp Tết Dương lịch, làm bù ngày 10/01/2026"
    assert office.reason_open(date(2026, 1, 10)) == "Làm bù cho ngày 02/01/2026"
    assert office.reason_open(date(2025, 4, 26)) == "Ngày làm bù"
    assert office.reason_open(date(2026, 11, 23)) is None
    assert office.reason_off(date(2026, 11, 24)) == "Ngày Văn hóa Việt Nam"


def test_make_up_saturday_works_usual_hours() -> None:
    day = date(2026, 1, 10)
    assert w.OFFICE.opens(day) == w.vn("2026-01-10T07:30")
    assert w.OFFICE.closes(day) == w.vn("2026-01-10T17:00")


def test_undecided_years_are_provisional() -> None:
    assert not w.OFFICE.is_provisional(date(2026, 12, 31))
    assert w.OFFICE.is_provisional(date(2027, 1, 4))
    marked = DayOverride(date(2026, 3, 2), False, provisional=True)
    office = calendar_from({**w.CALENDAR_DATA, "overrides": []} | {"decided_until": None})
    assert not office.is_provisional(date(2031, 1, 6))
    with_mark = _small([marked])
    assert with_mark.is_provisional(date(2026, 3, 2))
    assert not with_mark.is_provisional(date(2026, 3, 3))


def test_every_override_of_the_catalogue_names_source_and_author() -> None:
    assert w.OFFICE.overrides
    for override in w.OFFICE.overrides.values():
        assert override.source
        assert override.author
        assert override.name
        assert override.name_en


def test_days_forwards_and_backwards() -> None:
    office = w.OFFICE
    friday, saturday, monday = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 23)
    assert office.next_working_day(saturday) == monday == office.add_working_days(friday, 1)
    assert office.next_working_day(monday) == monday == office.add_working_days(saturday, 0)
    assert office.add_working_days(monday, 1) == date(2026, 11, 25)  # 24/11 is a day off
    assert office.add_working_days(monday, -1) == office.add_working_days(saturday, -1) == friday
    assert office.working_days_between(friday, monday) == 1 == -office.working_days_between(monday, friday)


def test_lunch_does_not_count() -> None:
    office = w.OFFICE
    assert office.working_seconds(w.vn("2026-11-23T11:00"), w.vn("2026-11-23T13:30")) == 3600
    assert office.add_working_seconds(w.vn("2026-11-23T11:00"), 1800) == w.vn("2026-11-23T11:30")
    assert office.add_working_seconds(w.vn("2026-11-23T11:00"), 1801) == w.vn("2026-11-23T13:00:01")
    assert office.is_open(w.vn("2026-11-23T07:30"))
    assert not office.is_open(w.vn("2026-11-23T11:30"))


def test_beyond_the_horizon_is_an_error_never_a_guess() -> None:
    office, last = w.OFFICE, date(2031, 12, 31)
    asks: list[Callable[[], object]] = [
        lambda: office.is_working_day(date(2032, 1, 1)),
        lambda: office.is_working_day(date(2018, 12, 31)),
        lambda: office.add_working_days(last, 1),
        lambda: office.add_working_days(date(2019, 1, 1), -1),
        lambda: office.add_working_seconds(w.vn("2031-12-31T16:00"), 3601),
        lambda: office.working_seconds(w.vn("2018-12-31T16:00"), w.vn("2019-01-02T08:00")),
        lambda: office.at_position(office.position(w.vn("2031-12-31T17:00")) + Fraction(1, 10)),
    ]
    for ask in asks:
        with pytest.raises(BeyondHorizon) as refused:
            ask()
        assert "31/12/2031" in refused.value.sentence("vi")
        assert "2019-01-01" in refused.value.sentence("en")


def test_wrong_questions_are_refused() -> None:
    naive = datetime(2026, 11, 23, 8)  # noqa: DTZ001 - the point of the test
    for ask in (w.OFFICE.local, w.OFFICE.is_open):
        with pytest.raises(ValueError, match="time zone"):
            ask(naive)
    with pytest.raises(ValueError, match="day off: Sunday"):
        w.OFFICE.closes(date(2026, 11, 22))
    with pytest.raises(ValueError, match="only be added"):
        w.OFFICE.add_working_seconds(w.vn("2026-11-23T08:00"), -1)


def _small(overrides: list[DayOverride]) -> WorkingCalendar:
    return WorkingCalendar.build(
        version="t",
        timezone="Asia/Ho_Chi_Minh",
        weekly=w.WEEK,
        overrides=overrides,
        first_year=2026,
        last_year=2026,
        country=None,
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weekly": {"mon": ["7h30-11h30"]}}, "07:30-11:30"),
        ({"weekly": {"mon": ["13:00-17:00", "07:30-11:30"]}}, "in order"),
        ({"weekly": {"mon": ["11:30-07:30"]}}, "in order"),
        ({"weekly": {"monday": ["07:30-11:30"]}}, "weekday"),
        ({"weekly": {}}, "at least one"),
        ({"last_year": 2018}, "at least one year"),
        ({"timezone": "Asia/Atlantis"}, "time zone"),
        ({"country": "XX"}, "country"),
        ({"overrides": [{"date": "2026-02-30", "working": False}]}, "not a date"),
        ({"overrides": [{"date": "2026-03-02", "working": "no"}]}, "true or false"),
        (
            {"overrides": [{"date": "2026-03-02", "working": False, "hours": ["07:30-11:30"]}]},
            "no opening hours",
        ),
        ({"overrides": [{"date": "2026-03-02", "working": True, "hours": []}]}, "needs opening hours"),
        ({"overrides": [{"date": "2026-03-02", "working": True, "hour": []}]}, "unknown key"),
        ({"overrides": [{"date": "2026-03-02", "working": False}] * 2}, "same date"),
        ({"overrides": [{"working": False}]}, "lacks 'date'"),
        ({"first_year": "now"}, "first_year"),
    ],
)
def test_data_that_cannot_be_true_is_refused_with_its_place(change: dict[str, object], message: str) -> None:
    with pytest.raises(CalendarDataError, match=message):
        calendar_from({**w.CALENDAR_DATA, **change})


def test_missing_data_is_named() -> None:
    data = {key: value for key, value in w.CALENDAR_DATA.items() if key != "timezone"}
    with pytest.raises(CalendarDataError, match="timezone"):
        calendar_from(data)


def test_data_from_json_gives_the_same_calendar() -> None:
    entry = override_from({"date": "2026-12-24", "working": True, "hours": ["07:30-11:30"], "author": "A"})
    assert entry == DayOverride(date(2026, 12, 24), True, ((time(7, 30), time(11, 30)),), author="A")
    again = calendar_from(w.CALENDAR_DATA)
    for offset in range(0, 4000, 7):
        day = date(2019, 1, 1) + timedelta(days=offset)
        assert again.intervals(day) == w.OFFICE.intervals(day)
    assert again.version == w.OFFICE.version == "vn-2026.2"


def test_daylight_saving_skips_and_repeats_an_opening_hour() -> None:
    office, _ = w.WORLDS[2]
    ordinary, spring, autumn = date(2025, 3, 2), date(2025, 3, 9), date(2025, 11, 2)  # Sundays
    lengths = [
        office.working_seconds(office.opens(day), office.closes(day)) for day in (ordinary, spring, autumn)
    ]
    assert lengths == [8 * 3600, 7 * 3600, 9 * 3600]


# --- properties

moderate = settings(max_examples=120)
seconds = st.integers(1, 40 * 8 * 3600)
moments = st.integers(0, 60 * 86400).map(lambda n: datetime(2025, 1, 20, tzinfo=UTC) + timedelta(seconds=n))
worlds = st.sampled_from(w.WORLDS)


@moderate
@given(worlds, moments, seconds)
def test_adding_gives_the_earliest_instant(world: w.World, start: datetime, wanted: int) -> None:
    office, _ = world
    end = office.add_working_seconds(start, wanted)
    assert office.working_seconds(start, end) == wanted
    assert office.working_seconds(start, end - timedelta(seconds=1)) == wanted - 1


@moderate
@given(worlds, w.minutes, st.integers(0, 10 * 24 * 60))
def test_working_seconds_equal_the_minute_by_minute_count(
    world: w.World, start: datetime, length: int
) -> None:
    office, naive = world
    end = start + timedelta(minutes=length)
    assert office.working_seconds(start, end) == naive_working_seconds(naive, start, end)
    assert office.working_seconds(end, start) == -office.working_seconds(start, end)


@moderate
@given(worlds, moments)
def test_position_and_moment_are_inverse(world: w.World, moment: datetime) -> None:
    office, _ = world
    back = office.at_position(office.position(moment))
    assert back <= moment
    assert office.working_seconds(back, moment) == 0  # the earliest of the moments at this position


@moderate
@given(worlds, st.dates(date(2025, 3, 1), date(2026, 9, 1)), st.integers(1, 40))
def test_day_arithmetic_equals_a_day_loop(world: w.World, day: date, n: int) -> None:
    office, naive = world
    here, left = day, n
    while left:
        here += timedelta(days=1)
        left -= bool(naive.hours(here))
    assert office.add_working_days(day, n) == here
    assert office.working_days_between(day, here) == n
    back, left = day, n
    while left:
        back -= timedelta(days=1)
        left -= bool(naive.hours(back))
    assert office.add_working_days(day, -n) == back
