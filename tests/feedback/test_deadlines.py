"""Legal clocks: worked cases counted by hand, the catalogue of rules, pauses, extensions, states, alarms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from feedback.calendar import BeyondHorizon
from feedback.deadlines import (
    Extension,
    Pause,
    RuleDataError,
    alarms,
    calendar_days_left,
    choose_rule,
    due,
    explain,
    is_provisional,
    next_alarm,
    original_due,
    remaining,
    rules_from,
    state_at,
    verdict,
)
from tests.feedback import clock_worlds as w
from tests.feedback.clock_worlds import OFFICE, RULES, clock, question, vn

H = 3600


# --- worked cases, counted by hand on the printed calendar


@pytest.mark.parametrize(
    ("kind", "name", "start", "expected"),
    [
        # Friday one minute before closing: Friday is the start day all the same; 24/11/2026 is off.
        ("HOI_DAP", "reply", "2026-11-20T16:59", "2026-11-30T17:00"),
        # Saturday 00:30 local is still Friday in UTC; day 1 is Sunday, the first working day Monday.
        ("HOI_DAP", "reply", "2026-11-07T00:30", "2026-11-13T17:00"),
        ("HOI_DAP", "reply", "2026-11-06T23:59", "2026-11-13T17:00"),
        # Thursday before Tết, and in the middle of it.
        ("hoi_dap", "reply", "2026-02-12T16:45", "2026-02-26T17:00"),
        ("HOI_DAP", "reply", "2026-02-17T09:00", "2026-02-27T17:00"),
        # Across the make-up Saturday 10/01/2026, which counts, and 01–02/01, which do not.
        ("PHAN_ANH", "transfer", "2025-12-31T10:00", "2026-01-09T17:00"),
        ("PHAN_ANH", "transfer", "2026-01-05T10:00", "2026-01-10T17:00"),
        ("KIEN_NGHI", "reply", "2026-11-02T10:00", "2026-11-16T17:00"),
        ("KHEN", "reply", "2026-11-02T10:00", "2026-11-09T17:00"),
        ("KHONG_TIEP_NHAN", "reply", "2026-11-02T10:00", "2026-11-05T17:00"),
        # Complaints: acceptance within 10 working days until 30/06/2026, 7 since.
        ("KHIEU_NAI", "accept", "2026-06-30T10:00", "2026-07-14T17:00"),
        ("KHIEU_NAI", "accept", "2026-07-01T10:00", "2026-07-10T17:00"),
        # 30 calendar days end on Sunday 13/12/2026 and roll to Monday.
        ("KHIEU_NAI", "reply", "2026-11-13T10:00", "2026-12-14T17:00"),
        # 30 calendar days end on Tết's eve and roll to the first day of work after it.
        ("TO_CAO", "reply", "2026-01-17T10:00", "2026-02-23T17:00"),
        ("TO_CAO", "accept", "2026-11-20T10:00", "2026-12-02T17:00"),
        ("TO_CAO", "transfer", "2026-11-20T10:00", "2026-11-30T17:00"),
        ("PHAN_ANH", "red_line", "2026-09-01T10:00", "2026-10-16T17:00"),
    ],
)
def test_due_dates_counted_by_hand(kind: str, name: str, start: str, expected: str) -> None:
    assert due(clock(kind, name, start)) == vn(expected)


@pytest.mark.parametrize(
    ("instance", "remote", "days"),
    [(1, False, (30, 45)), (1, True, (45, 60)), (2, False, (45, 60)), (2, True, (60, 70))],
)
def test_complaints_by_instance_and_remoteness(instance: int, remote: bool, days: tuple[int, int]) -> None:
    found = clock("KHIEU_NAI", "reply", "2026-08-03T09:00", instance=instance, remote=remote).rule
    assert (found.value, found.extend_to, found.unit, found.start) == (*days, "cd", "accepted")


def test_denunciations_are_extended_twice() -> None:
    found = clock("TO_CAO", "reply", "2026-08-03T09:00").rule
    assert [found.next_extension(granted) for granted in range(3)] == [60, 90, None]
    assert (found.extend_to, found.max_extensions) == (90, 2)


def test_red_line_only_since_july_2026_and_only_where_law_says() -> None:
    def red(kind: str, on: date) -> bool:
        return choose_rule(RULES, kind=kind, clock="red_line", on=on) is not None

    assert red("KHIEU_NAI", date(2026, 7, 1))
    assert not red("KHIEU_NAI", date(2026, 6, 30))
    assert not red("KHEN", date(2026, 7, 1))
    assert not red("HOI_DAP", date(2026, 7, 1))


def test_every_kind_has_a_first_sign_and_an_answer_on_every_day() -> None:
    kinds = ["PHAN_ANH", "KIEN_NGHI", "KHIEU_NAI", "TO_CAO", "HOI_DAP", "KHEN", "KHONG_TIEP_NHAN"]
    for kind in kinds:
        for year in range(2019, 2031):
            for name in ("acknowledge", "reply"):
                found = choose_rule(RULES, kind=kind, clock=name, on=date(year, 7, 1))
                assert found is not None, (kind, name, year)
                assert found.law, found.id


def test_exact_kind_beats_star_and_received_beats_start() -> None:
    assert clock("KHEN", "acknowledge", "2026-11-02T09:00").rule.id == "khen.ack"
    assert clock("TO_CAO", "acknowledge", "2026-11-02T09:00").rule.id == "ack"
    base = {"kind": "A", "clock": "reply", "unit": "wd", "start": "accepted", "law": "x", "conf": "policy"}
    transitional = rules_from(
        [
            {**base, "id": "new", "value": 7, "from": "2026-07-01"},
            {**base, "id": "bridge", "value": 10, "chosen_by": "received", "to": "2026-06-30"},
        ]
    )
    on, before = date(2026, 7, 10), date(2026, 6, 20)
    chosen = choose_rule(transitional, kind="a", clock="reply", on=on, received_on=before)
    assert chosen is not None
    assert chosen.id == "bridge"
    chosen = choose_rule(transitional, kind="a", clock="reply", on=on, received_on=on)
    assert chosen is not None
    assert chosen.id == "new"
    assert choose_rule(transitional, kind="B", clock="reply", on=on) is None


GOOD = {
    "id": "r",
    "kind": "A",
    "clock": "reply",
    "value": 5,
    "unit": "wd",
    "start": "received",
    "law": "",
    "conf": "policy",
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unit": "h"}, "unit is one of"),
        ({"clock": "answer"}, "clock is one of"),
        ({"start": "sent"}, "start is one of"),
        ({"conf": "memory"}, "conf is one of"),
        ({"value": 0}, "from 1"),
        ({"value": "5"}, "from 1"),
        ({"value": True}, "from 1"),
        ({"extend_to": 5}, "longer than the last"),
        ({"extend_to": [20, 10]}, "longer than the last"),
        ({"from": "1/7/2026"}, "not a date"),
        ({"from": "2026-07-01", "to": "2026-06-30"}, "ends before"),
        ({"chosen_by": "sent"}, "chosen_by"),
        ({"instance": 3}, "instance"),
        ({"remote": "yes"}, "remote"),
        ({"days": 5}, "unknown key"),
        ({"kind": []}, "kind"),
    ],
)
def test_rule_data_is_refused_with_its_place(change: dict[str, Any], message: str) -> None:
    with pytest.raises(RuleDataError, match=f"^r: .*{message}"):
        rules_from([{**GOOD, **change}])


def test_rules_that_lack_repeat_or_tie_are_refused() -> None:
    with pytest.raises(RuleDataError, match="lacks"):
        rules_from([{key: value for key, value in GOOD.items() if key != "value"}])
    with pytest.raises(RuleDataError, match="used twice"):
        rules_from([{**GOOD, "to": "2026-06-30"}, {**GOOD, "from": "2026-07-01"}])
    with pytest.raises(RuleDataError, match="r and s apply"):
        rules_from([{**GOOD, "to": "2026-07-01"}, {**GOOD, "id": "s", "from": "2026-07-01"}])
    assert len(rules_from([{**GOOD, "to": "2026-06-30"}, {**GOOD, "id": "s", "from": "2026-07-01"}])) == 2


# --- pauses, extensions, states


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        ([("2026-11-04T09:00", "2026-11-04T10:30")], "2026-11-10T09:00"),
        ([("2026-11-04T17:00", "2026-11-05T07:30")], "2026-11-09T17:00"),  # a night costs nothing
        ([("2026-11-06T17:00", "2026-11-09T07:30")], "2026-11-09T17:00"),  # nor does a weekend
        ([("2026-11-02T09:00", "2026-11-02T17:00")], "2026-11-09T17:00"),  # day 0 was not counted anyway
        ([("2026-11-09T16:00", "2026-11-11T16:00")], "2026-11-11T17:00"),  # begun in the last hour
        ([("2026-11-09T17:00", "2026-11-11T16:00")], "2026-11-09T17:00"),  # begun too late
        ([("2026-11-23T17:00", "2026-11-25T07:30")], "2026-11-09T17:00"),
    ],
)
def test_pauses_add_only_the_working_time_they_took(
    pauses: list[tuple[str, str | None]], expected: str
) -> None:
    assert due(question(*pauses)) == vn(expected)


def test_overlapping_pauses_count_once() -> None:
    one = question(("2026-11-04T07:30", "2026-11-05T17:00"))
    two = question(("2026-11-04T13:00", "2026-11-05T17:00"), ("2026-11-04T07:30", "2026-11-05T09:00"))
    assert due(one) == due(two) == vn("2026-11-11T17:00")


def test_an_open_pause_stops_clock_and_alarms() -> None:
    held = question(("2026-11-04T09:00", None))
    at = vn("2026-11-20T09:00")
    assert state_at(held, at) == "paused"
    assert due(held) == vn("2026-11-09T17:00")  # the earliest possible date
    frozen = remaining(held, vn("2026-11-04T09:00"))
    assert remaining(held, at) == frozen == int(30.5 * H)
    assert due(held, at) == OFFICE.add_working_seconds(at, frozen)
    assert alarms(held) == ()
    assert next_alarm(held, at) is None
    kinds = [step.kind for step in explain(held, at).steps]
    assert "pause_open" in kinds
    assert "pause" not in kinds
    assert explain(held, at).due == due(held, at)


def test_a_half_day_off_is_a_day_and_its_pause_too() -> None:
    """Wednesday works in the morning only. A pause of that morning is one working day, as the law counts days."""
    office, _ = w.world("Asia/Ho_Chi_Minh", w.WEEK, {date(2026, 11, 4): w.HALF})
    asked = replace(question(("2026-11-04T07:30", "2026-11-04T11:30")), calendar=office)
    assert due(asked) == vn("2026-11-10T17:00")


def test_calendar_day_pauses_count_dates() -> None:
    filed = clock("KHIEU_NAI", "reply", "2026-08-03T09:00")
    assert due(filed) == vn("2026-09-03T17:00")  # 02/09 is a holiday
    five = replace(filed, pauses=(Pause(vn("2026-08-10T16:00"), vn("2026-08-15T08:00")),))
    assert due(five) == vn("2026-09-07T17:00")
    within_a_day = replace(filed, pauses=(Pause(vn("2026-08-10T08:00"), vn("2026-08-10T16:00")),))
    assert due(within_a_day) == due(filed)


def test_calendar_day_pause_on_the_last_days() -> None:
    filed = clock("KHIEU_NAI", "reply", "2026-11-13T10:00")  # last day Sunday 13/12, due Monday 14/12
    sunday = replace(filed, pauses=(Pause(vn("2026-12-13T10:00"), vn("2026-12-16T09:00")),))
    assert due(sunday) == vn("2026-12-16T17:00")
    evening = replace(filed, pauses=(Pause(vn("2026-12-14T10:00"), vn("2026-12-16T18:00")),))
    assert due(evening) == vn("2026-12-17T17:00")  # never due before it goes on
    assert [step.kind for step in explain(evening).steps][-2:] == ["resumed_late", "result"]


def test_an_extension_counts_from_the_start_and_only_in_time() -> None:
    letter = clock("PHAN_ANH", "reply", "2026-11-02T09:00")  # due 16/11
    granted = Extension(vn("2026-11-16T16:00"), 20, "wd", "Phải xác minh", "leader")
    assert due(replace(letter, extensions=(granted,))) == vn("2026-12-01T17:00")
    late = replace(granted, at=vn("2026-11-16T17:00"))
    assert due(replace(letter, extensions=(late,))) == original_due(letter) == vn("2026-11-16T17:00")
    earlier_round = replace(granted, at=vn("2026-11-02T08:59"))
    assert due(replace(letter, extensions=(earlier_round,))) == original_due(letter)
    shorter = replace(granted, value=3)
    assert due(replace(letter, extensions=(shorter,))) == original_due(letter)
    with pytest.raises(ValueError, match="counts in wd"):
        due(replace(letter, extensions=(replace(granted, unit="cd"),)))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-02T09:00", "running"),
        ("2026-11-06T15:41:59", "running"),
        ("2026-11-06T15:42", "due_soon"),
        ("2026-11-09T17:00", "due_soon"),
        ("2026-11-09T17:00:01", "overdue"),
    ],
)
def test_states(at: str, expected: str) -> None:
    assert state_at(question(), vn(at)) == expected


def test_a_late_pause_does_not_hide_lateness() -> None:
    held = question(("2026-11-10T09:00", None))
    assert state_at(held, vn("2026-11-11T09:00")) == "overdue"
    assert [alarm.level for alarm in alarms(held, overdue_days=1)] == ["half", "soon", "due", "late_1"]


def test_verdict_says_by_how_much() -> None:
    late = verdict(question(("2026-11-04T07:30", "2026-11-04T17:00"), stopped="2026-11-11T08:30"))
    assert late is not None
    assert not late.met
    assert not late.met_original
    assert late.due == vn("2026-11-10T17:00")
    assert late.original_due == vn("2026-11-09T17:00")
    assert (late.late_working_seconds, late.original_late_working_seconds) == (H, 9 * H)
    assert late.late_calendar_seconds == int(15.5 * H)
    early = verdict(question(stopped="2026-11-09T16:00"))
    assert early is not None
    assert early.met
    assert early.met_original
    assert early.late_working_seconds == -H
    assert state_at(question(stopped="2026-11-09T16:00"), vn("2026-11-09T15:00")) == "due_soon"
    assert state_at(question(stopped="2026-11-09T16:00"), vn("2026-11-09T16:00")) == "met"
    assert state_at(question(stopped="2026-11-10T16:00"), vn("2026-12-09T16:00")) == "missed"
    assert verdict(question()) is None


def test_what_happens_after_the_stop_changes_no_verdict() -> None:
    asked = question(stopped="2026-11-10T09:00")
    replayed = replace(asked, pauses=(Pause(vn("2026-11-11T09:00"), None),))
    assert verdict(replayed) == verdict(asked)


def test_alarms_of_an_ordinary_clock() -> None:
    found = [(level, at.isoformat()) for level, at in alarms(question(), overdue_days=2)]
    assert found == [
        ("half", "2026-11-05T08:15:00+07:00"),  # 46.5 working hours from Monday 09:00: half is 23.25
        ("soon", "2026-11-06T15:42:00+07:00"),  # 80 % is 37.2
        ("due", "2026-11-09T17:00:00+07:00"),
        ("late_1", "2026-11-10T07:30:00+07:00"),
        ("late_2", "2026-11-11T07:30:00+07:00"),
    ]
    assert alarms(question(stopped="2026-11-06T08:00"))[-1].level == "half"


def test_days_left() -> None:
    assert calendar_days_left(question(), vn("2026-11-09T08:00")) == 0
    assert calendar_days_left(question(), vn("2026-11-07T23:00")) == 2
    assert calendar_days_left(question(), vn("2026-11-10T08:00")) == -1


def test_far_ahead_is_an_error_and_next_year_is_provisional() -> None:
    with pytest.raises(BeyondHorizon):
        due(clock("TO_CAO", "reply", "2031-12-20T08:00"))
    assert is_provisional(clock("TO_CAO", "reply", "2026-12-20T08:00"))
    assert not is_provisional(clock("TO_CAO", "reply", "2026-10-20T08:00"))
