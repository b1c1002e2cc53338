"""Calendars and rules made from older ones: what is added and taken away, and nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.calendar import (
    CalendarDataError,
    calendar_from,
    differences,
    frozen,
    hours_from,
    public_days_from,
    rebased,
    shown_hours,
    with_days,
    without_days,
)
from feedback.deadlines import RulesTie, editing, rules_from
from feedback.management.loading import one_by_one, plain, read

OLD: dict[str, Any] = frozen(plain(read("calendar.yaml")))
RULES = one_by_one(plain(read("deadlines.yaml"))["rules"])
TODAY = date(2026, 11, 4)
DAYS = st.dates(date(2026, 1, 1), date(2031, 12, 31)).map(date.isoformat)


def off(day: str, name: str = "Nghỉ") -> dict[str, Any]:
    return {"date": day, "working": False, "name": name, "source": "Thông báo"}


# --- calendars ------------------------------------------------------------------------------------
@given(st.sets(DAYS, max_size=5), st.sets(DAYS, max_size=5))
def test_what_two_plans_add_is_all_there_after_one_is_made_anew_on_the_other(
    one: set[str], two: set[str]
) -> None:
    """Planned side by side, confirmed one after the other: no day is lost, none appears."""
    first, second = with_days(OLD, map(off, one)), with_days(OLD, map(off, two))
    both = rebased(second, OLD, first)
    assert {d["date"] for d in both["overrides"]} == {d["date"] for d in OLD["overrides"]} | one | two
    assert differences(both, rebased(first, OLD, second)) == []
    assert differences(second, rebased(second, OLD, OLD)) == []
    assert calendar_from(both)


@given(DAYS)
def test_a_day_added_and_taken_away_changes_nothing(day: str) -> None:
    held = {one["date"] for one in OLD["overrides"]}
    again = without_days(with_days(OLD, [off(day)]), [day])
    assert {one.key for one in differences(OLD, again)} == {day} & held


def test_years_are_added_and_the_past_stays_as_it_was_written() -> None:
    odd = {**OLD, "public_days": {"off": {"2026-04-30": ["Một ngày", "A day"]}, "worked": ["2027-01-09"]}}
    longer = public_days_from(odd, 2032, last_year=2033)
    assert longer["public_days"]["worked"] == ["2027-01-09"]
    assert [day for day in longer["public_days"]["off"] if day < "2032"] == ["2026-04-30"]
    assert "2033-04-30" in longer["public_days"]["off"]
    assert [one.key for one in differences(odd, longer)] == ["last_year"]
    merged = rebased(longer, odd, with_days(odd, [off("2026-12-24")]))
    assert calendar_from(merged).last == date(2033, 12, 31)
    assert not calendar_from(merged).is_working_day(date(2026, 12, 24))


def test_hours_as_people_write_them() -> None:
    assert hours_from("7:30-11:30; 13h00 – 17h00") == ["07:30-11:30", "13:00-17:00"]
    assert hours_from("  ") == []
    assert shown_hours(hours_from("07:30-11:30, 13:00-17:00")) == "07:30-11:30, 13:00-17:00"
    for wrong in ("sáng", "7-11", "24:00-25:00", "11:30-07:30", "07:30-11:30, 11:00-12:00", "07:30"):
        with pytest.raises(CalendarDataError):
            hours_from(wrong)


# --- rules ----------------------------------------------------------------------------------------
def content(code: str, **more: Any) -> dict[str, Any]:
    return {
        key: value for key, value in editing.entry_of(RULES, code).items() if key not in ("id", "from", "to")
    } | more


@given(st.sampled_from([one["id"] for one in RULES if "to" not in one]), st.integers(1, 900))
def test_whatever_rule_is_replaced_there_is_one_rule_for_every_day(code: str, ahead: int) -> None:
    """No tie and no gap: the day before by the old rule, the day itself by the new one."""
    day = TODAY + timedelta(days=ahead)
    made = editing.replaced(RULES, code, content(code, value=77, extend_to=[]), on=day, today=TODAY)
    old = editing.entry_of(RULES, code)
    rules = {
        rule.id: rule for rule in rules_from(made) if rule.kind == old["kind"] and rule.clock == old["clock"]
    }
    fresh = next(rule for rule in rules.values() if rule.value == 77)
    assert fresh.valid_from == day
    assert not rules[code].covers(day)
    assert rules[code].covers(day - timedelta(days=1))


def test_a_rule_that_never_began_gives_way_and_one_that_did_does_not() -> None:
    december = date(2026, 12, 1)
    planned = editing.replaced(
        RULES, "hoidap.reply", content("hoidap.reply", value=4), on=december, today=TODAY
    )
    sooner = editing.replaced(
        planned, "hoidap.reply.2026-12-01", content("hoidap.reply", value=3), on=december, today=TODAY
    )
    assert [one["value"] for one in sooner if one["id"].startswith("hoidap.reply")] == [5, 3]
    gone = editing.ended(planned, "hoidap.reply.2026-12-01", last=date(2026, 11, 30), today=TODAY)
    assert [one["id"] for one in gone if one["id"].startswith("hoidap.reply")] == ["hoidap.reply"]
    with pytest.raises(editing.RuleBeginsLater):
        editing.ended(RULES, "kn.accept.2026", last=date(2026, 6, 1), today=TODAY)
    with pytest.raises(KeyError):
        editing.ended(RULES, "khong.co", last=TODAY, today=TODAY)


def test_two_plans_of_rules_go_together_unless_they_tie() -> None:
    one = editing.ended(RULES, "khen.reply", last=date(2026, 12, 31), today=TODAY)
    two = editing.replaced(
        RULES, "kn.transfer", content("kn.transfer", value=8), on=date(2027, 1, 1), today=TODAY
    )
    both = editing.rebased(two, RULES, one)
    assert editing.differences(RULES, both)
    assert rules_from(both)
    again = editing.replaced(
        RULES, "kn.transfer", content("kn.transfer", value=9), on=date(2027, 2, 1), today=TODAY
    )
    with pytest.raises(RulesTie) as tie:
        rules_from(editing.rebased(again, RULES, both))
    assert "kn.transfer.2027-01-01" in tie.value.codes
