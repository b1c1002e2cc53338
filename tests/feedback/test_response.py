"""Response-time facts: how long a step took, by how much it was late, and which steps count. Figures by hand.

The office is open 07:30–11:30 and 13:00–17:00, Monday to Friday; 24 November 2026 is a holiday.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback import actions
from feedback.deadlines import Pause, time_taken, verdict
from feedback.models import Case, CaseClock, User
from feedback.models.clocks import DONE_BY, clocks_of, step_of
from feedback.reports.response import OnTime, ResponseFacts, measure, on_time
from feedback.workflow import TRANSITIONS, Clock
from tests.cast import HANOI, later
from tests.feedback.clock_worlds import clock, question, vn

pytestmark = pytest.mark.django_db
Send = Callable[..., actions.Receipt]
H = 3600


def hours(number: float) -> int:
    return round(number * H)


def november(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=HANOI)


def december(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=HANOI)


def facts(case: Case, name: str, at: datetime | None = None) -> ResponseFacts:
    """Of one step; when it has ended, the stored row must say the same."""
    found = measure(name, clocks_of(case)[name], at or december(31))
    if found.ended_at:
        agrees(case.clocks.get(name=name), found)
    return found


def agrees(row: CaseClock, found: ResponseFacts) -> None:
    assert (row.stopped_at, row.stopped_by) == (found.ended_at, found.ended_by)
    assert (row.started_at, row.due_at, row.original_due_at) == (
        found.started_at,
        found.due_at,
        found.original_due_at,
    )
    assert (row.verdict == "met", row.original_verdict == "met") == (found.met, found.met_original)
    assert (row.late_seconds, row.late_calendar_seconds, row.original_late_seconds) == (
        found.late_working_seconds,
        found.late_calendar_seconds,
        found.original_late_working_seconds,
    )
    assert (row.taken_seconds, row.taken_calendar_seconds, row.paused_seconds, row.extensions) == (
        found.taken_working_seconds,
        found.taken_calendar_seconds,
        found.paused_working_seconds,
        found.extensions,
    )


def answer(case: Case, handler: User, leader: User, when: datetime) -> None:
    ticks = [actions.Tick(item.key) for item in actions.checklist(case)]
    actions.submit_reply(case, body="Kính gửi ông/bà, việc đã xong.", by=handler, at=when, ticks=ticks)
    actions.approve_reply(case, by=leader, at=when)


# --- One case ------------------------------------------------------------------------------------
def test_acceptance_over_a_lunch_break_and_a_reply_over_a_weekend(
    assigned: Case, handler: User, leader: User
) -> None:
    """Received Wednesday 09:00, accepted 14:00: 2½ hours before lunch, one after it."""
    actions.accept(assigned, by=handler, at=november(4, 14))
    answer(assigned, handler, leader, november(9, 8))
    accepted = facts(assigned, "accept")
    assert (accepted.taken_working_seconds, accepted.taken_calendar_seconds) == (hours(3.5), hours(5))
    assert (accepted.ended_by, accepted.met, accepted.counts) == ("accept", True, True)
    assert accepted.late_working_seconds == -hours(3 + 8 + 8)  # due Friday 17:00
    assert accepted.late_calendar_seconds == -hours(51)
    first = facts(assigned, "acknowledge")
    assert (first.ended_at, first.taken_working_seconds) == (november(4, 14), hours(3.5))
    reply = facts(assigned, "reply")
    assert reply.started_at == november(4, 14)
    assert reply.taken_working_seconds == hours(3 + 8 + 8 + 0.5)
    assert reply.taken_calendar_seconds == hours(4 * 24 + 18)
    assert reply.due_at == reply.original_due_at == november(18, 17)
    assert reply.late_working_seconds == reply.original_late_working_seconds == -hours(7.5 + 7 * 8)
    assert (reply.paused_working_seconds, reply.extensions) == (0, 0)


def test_tet_takes_nine_days_of_the_calendar_and_nothing_of_the_working_time(
    send: Send, handler: User, leader: User, triage_officer: User
) -> None:
    received = vn("2026-02-12T16:00")
    case = send(at=received).case
    actions.classify(case, topic="HT.KS", issue=None, kind="HOI_DAP", by=triage_officer, at=received)
    if case.handler_id != handler.pk:
        actions.assign(case, handler=handler, by=triage_officer, at=received)
    actions.accept(case, by=handler, at=vn("2026-02-13T08:00"))
    answer(case, handler, leader, vn("2026-02-24T09:00"))
    reply = facts(case, "reply")
    assert reply.taken_working_seconds == hours(1 + 8 + 8 + 1.5)  # 12, 13, 23 and 24 February
    assert reply.taken_calendar_seconds == hours(11 * 24 + 17)
    assert reply.due_at == vn("2026-02-26T17:00")
    assert reply.late_working_seconds == -hours(2.5 + 4 + 8 + 8)


def test_late_in_spite_of_a_pause_and_an_extension(processing: Case, handler: User, leader: User) -> None:
    """Accepted 4 November 10:00. Paused 2 + 8 + 8 + 1½ hours; extended to twenty working days; two hours late."""
    actions.ask_citizen(processing, question="Ngày hẹn là ngày nào?", by=handler, at=november(5, 15))
    actions.answer_info(processing, text="Ngày 12/10.", by=actions.CITIZEN, at=november(10, 9))
    actions.request_extension(processing, reason="Cần xác minh.", by=handler, at=november(12))
    actions.approve_extension(processing, by=leader, at=november(12, 10))
    answer(processing, handler, leader, december(8, 14, 30))
    reply = facts(processing, "reply")
    assert (reply.met, reply.met_original, reply.extensions) == (False, False, 1)
    assert reply.original_due_at == november(18, 17)
    assert reply.due_at == december(8, 11)  # 3 December 17:00, and 2 days 3½ hours of pause
    assert reply.paused_working_seconds == hours(19.5)
    assert (reply.late_working_seconds, reply.late_calendar_seconds) == (hours(2), hours(3.5))
    assert reply.original_late_working_seconds == hours(16 + 8 + 24 + 8 + 32 + 8 + 5.5)
    assert reply.original_late_calendar_seconds == hours(20 * 24 - 2.5)
    assert reply.taken_working_seconds == hours(5.5 + 16 + 40 + 40 + 8 + 24 + 8 + 32 + 8 + 5.5)
    assert reply.taken_calendar_seconds == hours(34 * 24 + 4.5)


def test_each_round_is_measured_by_itself(answered: Case, handler: User, leader: User) -> None:
    actions.reopen(answered, text="Nhận ở cửa số mấy?", by=actions.CITIZEN, at=november(9, 8))
    actions.accept(answered, by=handler, at=november(9, 9))
    answer(answered, handler, leader, november(10, 10))
    first, second = facts(answered, "reply"), facts(answered, "reply-2")
    assert first.ended_at == later(days=2)
    assert (second.started_at, second.due_at) == (november(9, 8), november(23, 17))
    assert (second.taken_working_seconds, second.taken_calendar_seconds) == (hours(3.5 + 4 + 2.5), hours(26))
    assert second.late_working_seconds == -hours(1.5 + 4 + 3 * 8 + 5 * 8 + 8)
    assert second.counts


def test_so_far_while_it_runs_and_while_it_waits(processing: Case, handler: User) -> None:
    running = facts(processing, "reply", november(5, 9))
    assert (running.ended_at, running.ended_by, running.met, running.counts) == (None, "", None, False)
    assert running.taken_working_seconds == hours(5.5 + 1.5)
    assert running.late_working_seconds == -hours(6.5 + 8 + 5 * 8 + 3 * 8)
    actions.ask_citizen(processing, question="Ngày hẹn là ngày nào?", by=handler, at=november(5, 15))
    waiting = facts(processing, "reply", november(6, 9))
    assert waiting.paused_working_seconds == hours(2 + 1.5)
    assert waiting.due_at == november(19, 11, 30) - (
        november(19, 11, 30) - november(19, 11)
    )  # 18 Nov 17:00 + 3½ h
    late = facts(processing, "acknowledge", december(1))
    assert late.met, "the question was the first response"


def test_before_acceptance_the_reply_has_taken_nothing(submitted: Case) -> None:
    """Its clock begins when acceptance is due at the latest."""
    waiting = facts(submitted, "reply", november(5))
    assert (waiting.taken_working_seconds, waiting.taken_calendar_seconds) == (0, 0)
    assert facts(submitted, "accept", november(9)).late_working_seconds == hours(
        1.5
    )  # due Friday, now Monday 09:00


# --- What counts ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("end", "counted"),
    [
        ("withdraw", {"acknowledge", "accept"}),
        ("merge", {"acknowledge", "accept"}),
        ("transfer", {"acknowledge", "accept", "transfer", "red_line"}),
        ("reject", {"acknowledge", "accept", "reply", "red_line"}),
    ],
)
def test_a_case_that_ends_without_an_answer_is_neither_on_time_nor_late(
    end: str, counted: set[str], processing: Case, send: Send, manager: User
) -> None:
    if end == "withdraw":
        actions.withdraw(processing, at=november(6))
    elif end == "merge":
        actions.merge(processing, into=send().case, by=manager, at=november(6))
    elif end == "transfer":
        actions.transfer(processing, agency="CA_TINH", reason="Việc của Công an.", by=manager, at=november(6))
    else:
        actions.reject(processing, code="DAT_DAI", reason="Việc đất đai.", by=manager, at=november(6))
    found = {name: facts(processing, name) for name in clocks_of(processing)}
    assert {name for name, one in found.items() if one.counts} == counted
    assert found["reply"].ended_by == end


def test_withdrawn_before_anybody_answered_counts_nowhere(submitted: Case) -> None:
    actions.withdraw(submitted, at=november(5))
    assert not any(facts(submitted, name).counts for name in clocks_of(submitted))


def test_every_verb_that_counts_is_one_that_stops_or_accepts() -> None:
    stopping = {row.verb for row in TRANSITIONS if row.clock in (Clock.STOPS, Clock.ACCEPTED, Clock.PAUSES)}
    assert {verb for verbs in DONE_BY.values() for verb in verbs} <= stopping


# --- Many cases ----------------------------------------------------------------------------------
def test_a_manager_counts_by_the_final_and_by_the_original_date_in_one_query(
    send: Send, handler: User, leader: User
) -> None:
    """In time; in time by an extension only; late; withdrawn; still owed and late; still owed and paused."""

    def letter() -> Case:
        case = send().case
        return actions.accept(case, by=handler, at=later(hours=1))

    prompt, extended, late, withdrawn, forgotten, waiting = (letter() for _ in range(6))
    answer(prompt, handler, leader, november(9))
    actions.request_extension(extended, reason="Cần xác minh.", by=handler, at=november(12))
    actions.approve_extension(extended, by=leader, at=november(12))
    answer(extended, handler, leader, november(30))
    answer(late, handler, leader, november(30))
    actions.withdraw(withdrawn, at=november(30))
    actions.ask_citizen(waiting, question="Ngày hẹn là ngày nào?", by=handler, at=november(18))
    assert forgotten.is_open
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = on_time(Case.objects.all(), at=december(1))
    assert len(queries) == 1
    assert found == OnTime(done=3, on_time=2, on_time_originally=1, waiting_late=1)
    assert found.late == 1
    assert on_time(Case.objects.filter(pk=prompt.pk), at=december(1)).done == 1
    assert on_time(Case.objects.order_by("pk")[:2], at=december(1)).on_time == 2
    assert on_time(Case.objects.all(), at=december(1), step="accept").done == 6
    assert on_time(Case.objects.none(), at=december(1)) == OnTime(0, 0, 0, 0)


def test_rounds_are_counted_each(answered: Case, handler: User, leader: User) -> None:
    actions.reopen(answered, text="Nhận ở cửa số mấy?", by=actions.CITIZEN, at=november(9, 8))
    actions.accept(answered, by=handler, at=november(9, 9))
    answer(answered, handler, leader, december(10))
    assert on_time(Case.objects.all(), at=december(11)) == OnTime(2, 1, 1, 0)
    assert step_of("reply-2") == "reply"


# --- The pure function ---------------------------------------------------------------------------
def test_time_taken_counts_whole_pauses_only_inside_the_step() -> None:
    """Monday 2 November 09:00 to Thursday 5th 10:00; the second pause began before, the last ended after."""
    one = question(("2026-11-03T11:00", "2026-11-03T13:30"), stopped="2026-11-05T10:00")
    taken = time_taken(one)
    assert taken.working_seconds == hours(6.5 + 8 + 8 + 2.5)
    assert taken.calendar_seconds == hours(3 * 24 + 1)
    assert taken.paused_seconds == hours(0.5 + 0.5)  # half an hour on each side of lunch
    split = (
        Pause(vn("2026-11-03T11:00"), vn("2026-11-03T12:00")),
        Pause(vn("2026-11-03T12:00"), vn("2026-11-03T13:30")),
    )
    assert time_taken(replace(one, pauses=split)) == taken
    around = (
        Pause(vn("2026-10-30T08:00"), vn("2026-11-02T10:00")),
        Pause(vn("2026-11-05T09:30"), vn("2026-11-06T09:00")),
    )
    assert time_taken(replace(one, pauses=around)).paused_seconds == hours(1 + 0.5)


def test_time_taken_of_a_clock_that_runs_needs_a_moment() -> None:
    with pytest.raises(ValueError, match="until which"):
        time_taken(question())
    assert time_taken(question(), vn("2026-11-02T08:00")) == (0, 0, 0)  # before it began
    assert time_taken(question(("2026-11-02T10:00", None)), vn("2026-11-02T11:00")) == (
        hours(2),
        hours(2),
        hours(1),
    )


def test_a_stop_on_a_day_off_is_late_by_the_calendar_only() -> None:
    late = replace(clock("HOI_DAP", "reply", "2026-11-06T09:00"), stopped_at=vn("2026-11-14T09:00"))
    decided = verdict(late)
    assert decided is not None
    assert (decided.met, decided.late_working_seconds, decided.late_calendar_seconds) == (False, 0, hours(16))
    found = measure("reply", late, vn("2026-11-20T09:00"))
    assert asdict(found)["met"] is False
    assert found.as_dict()["ended_at"] == "2026-11-14T09:00:00+07:00"
