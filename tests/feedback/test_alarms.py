"""Alarms: each once, none forgotten, one level up a day; nobody is told twice because a date moved."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from feedback import actions, deadlines
from feedback.actions import alarm_plan, alarms
from feedback.models import Alarm, Case, CaseEvent, User, catalogue
from feedback.models.clocks import clocks_of
from notifications.audiences import Staff, people
from notifications.rules import rules_for
from tests.cast import HANOI, hire, later

Send = Callable[..., actions.Receipt]


def at(day: int, month: int, hour: int = 9, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=HANOI)


def sweep(moment: datetime) -> int:
    return actions.sweep_deadlines(at=moment)


def sweep_daily(first: datetime, last: datetime) -> None:
    while first <= last:
        sweep(first)
        first += timedelta(days=1)


def said(case: Case, *verbs: str) -> list[tuple[str, dict[str, Any]]]:
    events = case.events.filter(verb__in=verbs).order_by("seq")
    return [(event.verb, event.internal) for event in events]


def ladder(case: Case) -> list[tuple[int, str]]:
    return [(internal["step"], internal["to"]) for _, internal in said(case, "escalate")]


def levels(case: Case, clock: str, **wanted: Any) -> list[str]:
    return list(
        Alarm.objects.filter(case=case, clock=clock, **wanted).order_by("pk").values_list("level", flat=True)
    )


def expected(case: Case, until: datetime) -> set[alarm_plan.Key]:
    """Every alarm of every running clock up to `until`, straight from the pure function."""
    return {
        (name, alarm.level, deadlines.due(clock))
        for name, clock in clocks_of(case).items()
        if clock.stopped_at is None
        for alarm in deadlines.alarms(clock, 60)
        if alarm.at <= until
    }


def rung(case: Case) -> Counter[alarm_plan.Key]:
    return Counter(Alarm.objects.filter(case=case).values_list("clock", "level", "due_at"))


def told(event: CaseEvent) -> set[User]:
    staff = Staff(event.at.date())
    return {
        user
        for rule in rules_for(event.verb)
        if rule.audience != "citizen"
        for user in people(rule.audience, event, staff)
    }


# --- Positions and the way up ----------------------------------------------------------------------
def test_each_working_day_overdue_goes_one_level_up_and_never_ends(processing: Case) -> None:
    """Accepted on 4 November: due on Wednesday the 18th. The 24th is a day off."""
    sweep_daily(at(9, 11, 8), at(18, 11, 8))
    assert [verb for verb, _ in said(processing, "due_soon", "overdue", "escalate")] == ["due_soon"]
    sweep(at(18, 11, 17, 1))
    assert said(processing, "overdue") == [("overdue", {"clocks": ["reply"]})]
    sweep_daily(at(19, 11, 8), at(9, 12, 8))
    assert ladder(processing) == [
        (1, "leader"),
        (2, "manager"),
        (3, "director"),
        (4, "leader"),
        (5, "director"),
        *((step, "leader") for step in range(6, 10)),
        (10, "director"),
        *((step, "leader") for step in range(11, 15)),
    ]
    sweep_daily(at(10, 12, 8), at(31, 3, 8, year=2027))
    calendar = catalogue().calendar
    days = calendar.working_days_between(date(2026, 11, 18), date(2027, 3, 31))
    assert days > 80
    assert levels(processing, "reply")[3:] == [f"late_{n}" for n in range(1, days + 1)]
    assert [step for step, _ in ladder(processing)] == list(range(1, days + 1))
    processing.refresh_from_db()
    assert processing.next_alarm_at == calendar.opens(date(2027, 4, 1))


def test_nothing_rings_before_its_moment_or_on_a_day_off(processing: Case) -> None:
    sweep(at(18, 11, 17) - timedelta(seconds=1))
    assert not said(processing, "overdue")
    sweep(at(18, 11, 17))
    assert said(processing, "overdue")
    sweep(at(23, 11, 20))
    before = ladder(processing)
    assert sweep(at(24, 11, 10)) == 0  # a public holiday
    assert ladder(processing) == before


def test_one_event_per_verb_however_many_clocks_ring_and_days_were_missed(assigned: Case) -> None:
    """Nobody swept for a month: the reply is announced overdue once and the house hears of it once."""
    sweep(at(7, 12))
    verbs = Counter(assigned.events.values_list("verb", flat=True))
    assert (verbs["due_soon"], verbs["overdue"], verbs["escalate"]) == (0, 1, 1)
    internal = said(assigned, "escalate")[0][1]
    assert set(internal["clocks"]) == {"acknowledge", "accept", "reply"}
    assert (internal["step"], internal["to"]) == (20, "director")
    assert set(rung(assigned)) == expected(assigned, at(7, 12))


def test_a_missed_inner_clock_is_told_to_the_handler_and_the_leaders_only(
    assigned: Case, handler: User, leader: User, manager: User
) -> None:
    sweep(at(6, 11, 17, 1))
    assert not said(assigned, "overdue")
    assert ladder(assigned) == [(0, "leader")]
    assert told(assigned.events.get(verb="escalate")) == {handler, leader}


@pytest.mark.parametrize(
    ("step", "heard"),
    [
        (1, {"leader"}),
        (2, {"manager"}),
        (3, {"director"}),
        (4, {"leader"}),
        (5, {"leader", "director"}),
        (9, {"leader"}),
        (10, {"leader", "director"}),
    ],
)
def test_who_hears_of_which_day(
    step: int, heard: set[str], processing: Case, leader: User, manager: User
) -> None:
    cast = {"leader": leader, "manager": manager, "director": hire("giam-doc", "Giám đốc", ("STP", "leader"))}
    hire("chu-tich", "Chủ tịch", ("UBND_TINH", "leader"))  # one level up is one level, not all of them
    event = CaseEvent(case=processing, verb="escalate", at=at(19, 11))
    event.internal = {"clocks": ["reply"], "step": step, "to": alarms.level_of(step)}
    assert told(event) == {cast[name] for name in heard}


def test_the_overdue_alarm_reaches_handler_and_leaders(
    processing: Case, handler: User, leader: User, manager: User
) -> None:
    sweep(at(18, 11, 17, 1))
    assert told(processing.events.get(verb="overdue")) == {handler, leader}


def test_without_a_director_who_may_see_the_case_the_managers_hear(processing: Case, manager: User) -> None:
    event = CaseEvent(case=processing, verb="escalate", at=at(23, 11))
    event.internal = {"clocks": ["reply"], "step": 3, "to": "director"}
    assert told(event) == {manager}
    director = hire("giam-doc", "Giám đốc", ("STP.LD", "leader"), ("STP.HCTP", "leader"))
    assert told(event) == {director}
    Case.objects.filter(pk=processing.pk).update(subject_officer=director)
    event.case.refresh_from_db()
    assert told(event) == {manager}


def test_an_escalation_of_before_is_still_the_leaders(processing: Case, leader: User, manager: User) -> None:
    """Recorded before levels were: the event says nothing, and the nearest level hears it."""
    event = CaseEvent(case=processing, verb="escalate", at=at(23, 11), internal={"clocks": ["reply"]})
    assert told(event) == {leader}


@pytest.mark.parametrize("verb", ["due_soon", "overdue", "escalate", "waiting"])
@pytest.mark.parametrize("to", ["leader", "manager", "director"])
def test_alarms_of_a_sealed_case_reach_integrity_officers_only(
    verb: str, to: str, send: Send, leader: User, manager: User, triage_officer: User, integrity_officer: User
) -> None:
    case = send(visibility="sealed").case
    hire("giam-doc", "Giám đốc", ("STP", "leader"))
    event = CaseEvent(case=case, verb=verb, at=at(23, 11), internal={"step": 3, "to": to})
    assert told(event) == {integrity_officer}


# --- Cases nobody holds ------------------------------------------------------------------------------
def test_a_case_nobody_holds_is_its_leaders(
    send: Send, leader: User, manager: User, triage_officer: User
) -> None:
    case = send().case
    assert (case.handler, case.unit_id, case.needs_triage) == (None, "STP.HCTP", False)
    sweep(at(19, 11))
    sweep(at(20, 11, 17, 1))
    for event in case.events.filter(verb__in=("due_soon", "overdue")):
        assert told(event) == {leader}
    assert case.events.filter(verb="due_soon").exists()


def test_a_case_nobody_sorted_is_the_triage_officers_too(
    send: Send, triage_officer: User, manager: User
) -> None:
    case = send(text="Xin hỏi việc này.").case
    Case.objects.filter(pk=case.pk).update(unit=None, needs_triage=True)
    sweep(at(7, 12))
    case.refresh_from_db()
    for event in case.events.filter(verb__in=("overdue", "escalate")):
        assert {triage_officer, manager} <= told(event)
    Case.objects.filter(pk=case.pk).update(needs_triage=False)
    assert triage_officer in told(CaseEvent.objects.get(case=case, verb="escalate"))


def test_cases_nobody_has_touched_come_first(
    send: Send, handler: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched = [send().case for _ in range(2)]
    untouched = [send(at=later(minutes=5)).case for _ in range(2)]
    for case in touched:
        actions.accept(case, by=handler, at=later(hours=1))
        Case.objects.filter(pk=case.pk).update(next_alarm_at=later(hours=2))  # even where theirs rang first
    order: list[int] = []
    ring = alarms._ring_safely

    def noted(case: Case, moment: datetime) -> int:
        order.append(case.pk)
        return ring(case, moment)

    monkeypatch.setattr(alarms, "_ring_safely", noted)
    assert sweep(at(20, 11, 18)) > 4
    assert order == [case.pk for case in untouched + touched]


# --- Exactly once ------------------------------------------------------------------------------------
def test_a_clock_that_jumps_two_weeks_ahead_rings_every_level_once(processing: Case) -> None:
    sweep(at(13, 11))
    sweep(at(27, 11))
    assert set(rung(processing)) == expected(processing, at(27, 11))
    assert Counter(rung(processing).values()).keys() == {1}
    events = processing.events.count()
    sweep_daily(at(13, 11), at(27, 11))  # the clock was set right again: what has rung stays rung
    assert processing.events.count() == events
    sweep(at(30, 11))
    assert set(rung(processing)) == expected(processing, at(30, 11))


def test_a_clock_set_back_by_a_day_rings_nothing_twice(processing: Case, handler: User) -> None:
    sweep(at(20, 11))
    before = rung(processing)
    assert sweep(at(19, 11)) == 0
    actions.note(processing, text="Ghi chú.", by=handler, at=at(19, 11))
    actions.classify(processing, topic="HT.KS", issue="CH.TR", kind="PHAN_ANH", by=handler, at=at(19, 11, 10))
    assert sweep(at(20, 11)) == 0
    assert rung(processing) == before
    sweep(at(23, 11))
    assert set(rung(processing)) == expected(processing, at(23, 11))


def test_a_case_that_fails_rings_later_and_holds_up_nobody(
    send: Send, handler: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cases = [send().case for _ in range(5)]
    keep = alarm_plan.keep

    def failing(case: Case, *rest: Any, **more: Any) -> None:
        keep(case, *rest, **more)
        if case.pk == cases[2].pk:
            raise ZeroDivisionError("after the alarms were written")

    with monkeypatch.context() as patch:
        patch.setattr(alarm_plan, "keep", failing)
        sweep(at(20, 11, 17))
    assert [bool(rung(case)) for case in cases] == [True, True, False, True, True]
    assert "ZeroDivisionError" in caplog.text
    sweep(at(20, 11, 18))
    for case in cases:
        assert set(rung(case)) == expected(case, at(20, 11, 18))
        assert len(said(case, "overdue")) == 1


def test_a_sweep_that_is_broken_off_leaves_whole_batches(
    send: Send, handler: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the process were stopped between two cases: the batch in hand never happened."""
    cases = [send().case for _ in range(7)]
    monkeypatch.setattr(alarms, "BATCH", 3)
    ring, calls = alarms._ring, iter(range(99))

    def until_the_fifth(case: Case, moment: datetime) -> int:
        if next(calls) == 4:
            raise KeyboardInterrupt
        return ring(case, moment)

    with monkeypatch.context() as patch:
        patch.setattr(alarms, "_ring", until_the_fifth)
        with pytest.raises(KeyboardInterrupt):
            sweep(at(20, 11, 18))
    assert [bool(rung(case)) for case in cases] == [True] * 3 + [False] * 4
    sweep(at(20, 11, 18))
    for case in cases:
        assert set(rung(case)) == expected(case, at(20, 11, 18))
        assert len(said(case, "overdue")) == 1


# --- A date that moves -------------------------------------------------------------------------------
def test_an_extension_does_not_tell_again_what_was_told(
    processing: Case, handler: User, leader: User
) -> None:
    """Half the time was over and said so; 80 % was said too, but lies ahead again under the later date."""
    actions.request_extension(processing, reason="Việc phức tạp.", by=handler, at=at(17, 11))
    sweep(at(18, 11, 8))
    assert len(said(processing, "due_soon")) == 1
    actions.approve_extension(processing, by=leader, at=at(18, 11, 10))
    assert levels(processing, "reply", carried=True) == []
    sweep_daily(at(18, 11, 12), at(30, 11, 12))
    assert len(said(processing, "due_soon")) == 2
    assert not said(processing, "overdue")
    actions.ask_citizen(processing, question="Xin gửi ảnh giấy hẹn.", by=handler, at=at(1, 12))
    actions.answer_info(processing, text="Đây ạ.", by=actions.CITIZEN, at=at(2, 12))
    assert levels(processing, "reply", carried=True) == ["half", "soon"]
    sweep_daily(at(2, 12, 12), at(4, 12, 8))
    assert len(said(processing, "due_soon")) == 2


def test_a_date_that_comes_closer_rings_what_passes_by_it(processing: Case, handler: User) -> None:
    """As a question it would have been due on the 11th: it is overdue the moment somebody finds out."""
    sweep(at(13, 11))
    actions.classify(processing, topic="HT.KS", issue="CH.TR", kind="HOI_DAP", by=handler, at=at(13, 11, 10))
    assert processing.next_alarm_at is not None
    assert processing.next_alarm_at <= at(13, 11, 10)
    assert levels(processing, "reply", carried=True) == ["half"]
    sweep(at(13, 11, 10, 1))
    assert len(said(processing, "overdue")) == 1
    assert ladder(processing) == [(2, "manager")]
    assert sweep(at(13, 11, 10, 2)) == 0


def test_a_late_case_whose_date_moves_a_little_is_not_late_anew(processing: Case, handler: User) -> None:
    sweep_daily(at(9, 11, 8), at(25, 11, 8))  # four working days overdue
    count = processing.events.count()
    clock = clocks_of(processing)["reply"]
    later_by_two = {"reply": clock.__class__(**{**_fields(clock), "start": clock.start + timedelta(days=2)})}
    next_at = alarm_plan.replan(processing, later_by_two, at(25, 11, 9))
    assert levels(processing, "reply", carried=True) == ["half", "soon", "due", "late_1", "late_2"]
    assert next_at == catalogue().calendar.opens(date(2026, 11, 26))
    assert processing.events.count() == count


def _fields(clock: deadlines.Clock) -> dict[str, Any]:
    return {name: getattr(clock, name) for name in clock.__dataclass_fields__}


def test_a_new_holiday_rings_nothing_anew(send: Send, handler: User, manager: User) -> None:
    cases = [send().case for _ in range(30)]
    sweep_daily(at(9, 11, 8), at(25, 11, 8))
    before = CaseEvent.objects.filter(verb__in=("due_soon", "overdue", "escalate")).count()
    row = catalogue().calendars[catalogue().calendars_in_force[None]]
    data = {
        **row.data,
        "overrides": [
            *row.data.get("overrides", ()),
            {"date": "2026-11-12", "working": False, "name": "Nghỉ"},
        ],
    }
    change = actions.plan_calendar(
        data, version="nghi-12-11", note="Nghỉ thêm ngày 12/11.", by=manager, at=at(25, 11, 9)
    )
    assert actions.count(change, at=at(25, 11, 9))
    change.refresh_from_db()
    change = actions.confirm(change, by=manager, at=at(25, 11, 9))
    while actions.carry_out(change, at=at(25, 11, 9)):
        pass
    assert CaseEvent.objects.filter(verb="redate").count() == len(cases)
    assert sweep(at(25, 11, 10)) == 0
    assert CaseEvent.objects.filter(verb__in=("due_soon", "overdue", "escalate")).count() == before
    sweep(at(26, 11, 8))
    assert CaseEvent.objects.filter(verb="escalate", at=at(26, 11, 8)).count() == len(cases)


# --- A citizen who stays silent ----------------------------------------------------------------------
def ask(case: Case, by: User, moment: datetime) -> None:
    actions.ask_citizen(case, question="Xin gửi ảnh giấy hẹn.", by=by, at=moment)


def test_a_question_left_unanswered_comes_back_to_the_handler_once(processing: Case, handler: User) -> None:
    """Asked on Thursday 5 November; the tenth working day after it is the 19th."""
    ask(processing, handler, at(5, 11))
    sweep_daily(at(5, 11, 12), at(18, 11, 18))
    assert not said(processing, "waiting")
    sweep_daily(at(19, 11, 8), at(10, 12, 8))
    assert [internal["days"] for _, internal in said(processing, "waiting")] == [alarm_plan.SILENT_DAYS]
    event = processing.events.get(verb="waiting")
    assert (event.at, event.is_public) == (at(19, 11, 8), False)
    assert told(event) == {handler}
    assert not said(processing, "due_soon", "overdue", "escalate")


def test_each_pause_has_its_own_reminder(processing: Case, handler: User) -> None:
    ask(processing, handler, at(5, 11))
    sweep(at(19, 11, 8))
    actions.answer_info(processing, text="Đây ạ.", by=actions.CITIZEN, at=at(20, 11))
    ask(processing, handler, at(20, 11, 10))
    sweep(at(4, 12, 18))
    assert len(said(processing, "waiting")) == 1
    sweep(at(7, 12, 8))
    assert len(said(processing, "waiting")) == 2


def test_an_answer_in_time_needs_no_reminder(processing: Case, handler: User) -> None:
    ask(processing, handler, at(5, 11))
    actions.answer_info(processing, text="Đây ạ.", by=actions.CITIZEN, at=at(10, 11))
    sweep(at(1, 12))
    assert not said(processing, "waiting")


def test_an_extension_while_the_citizen_is_silent_loses_no_reminder(
    processing: Case, handler: User, leader: User
) -> None:
    """The first pause had its reminder; that of the second is another, though the date moves in between."""
    ask(processing, handler, at(5, 11))
    sweep(at(19, 11, 8))
    actions.answer_info(processing, text="Đây ạ.", by=actions.CITIZEN, at=at(20, 11))
    actions.request_extension(processing, reason="Việc phức tạp.", by=handler, at=at(20, 11, 10))
    ask(processing, handler, at(20, 11, 14))
    actions.approve_extension(
        processing, by=leader, at=at(8, 12)
    )  # the reminder was due on the 7th, nobody swept
    sweep(at(8, 12, 10))
    assert len(said(processing, "waiting")) == 2


def test_what_was_not_rung_before_a_pause_waits_for_its_end(processing: Case, handler: User) -> None:
    """The sweep was down while 80 % passed; meanwhile the citizen was asked, and nobody is pressed for time."""
    ask(processing, handler, at(17, 11))
    sweep(at(17, 11, 10))
    assert not said(processing, "due_soon")
    actions.answer_info(processing, text="Đây ạ.", by=actions.CITIZEN, at=at(17, 11, 14))
    sweep(at(17, 11, 15))
    assert len(said(processing, "due_soon")) == 1


def test_a_suspended_case_is_not_reminded(
    processing: Case, leader: User, caplog: pytest.LogCaptureFixture
) -> None:
    Case.objects.filter(pk=processing.pk).update(kind="KHIEU_NAI")  # only complaints are
    actions.suspend(processing, reason="Chờ kết luận giám định.", by=leader, at=at(5, 11))
    sweep_daily(at(6, 11), at(10, 12))
    assert not said(processing, "waiting", "due_soon", "overdue")
    assert not caplog.records


# --- The end of the calendar -------------------------------------------------------------------------
def test_alarms_reach_to_the_end_of_the_calendar_and_say_so(
    send: Send, handler: User, caplog: pytest.LogCaptureFixture
) -> None:
    received = at(10, 12, 9, year=2031)
    case = send(at=received).case
    actions.accept(case, by=handler, at=received)
    calendar = catalogue().calendar
    caplog.set_level(logging.ERROR)
    sweep(datetime(2032, 1, 20, 9, tzinfo=HANOI))
    days = calendar.working_days_between(case.due_at.astimezone(HANOI).date(), calendar.last)
    assert days > 0
    assert levels(case, "reply")[-1] == f"late_{days}"
    assert "last known alarm" in caplog.text
    case.refresh_from_db()
    assert case.next_alarm_at is None


def test_a_clock_beyond_the_calendar_silences_no_other(
    processing: Case, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from feedback.calendar import BeyondHorizon

    real = deadlines.next_alarm

    def short(clock: deadlines.Clock, after: datetime) -> deadlines.Alarm | None:
        if clock.rule.clock == "red_line":
            raise BeyondHorizon("2032-01-01", date(2019, 1, 1), date(2031, 12, 31))
        return real(clock, after)

    monkeypatch.setattr(deadlines, "next_alarm", short)
    sweep(at(18, 11, 18))
    assert said(processing, "overdue")
    processing.refresh_from_db()
    assert processing.next_alarm_at == catalogue().calendar.opens(date(2026, 11, 19))
