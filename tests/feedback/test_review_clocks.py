"""Clocks where rounds, kinds and late acts meet: what happened in one round stays there; no date is told in vain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from feedback import actions, deadlines
from feedback.actions.extension import NoExtensionPossible
from feedback.models import Alarm, Case, CaseClock, User, catalogue
from feedback.models.clocks import clocks_of, main_clock
from feedback.reports.clock import clock_views
from tests.cast import HANOI, WEDNESDAY, later

Send = Callable[..., actions.Receipt]


def at(day: int, month: int, hour: int = 9, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=HANOI)


def answer(case: Case, handler: User, leader: User, when: datetime) -> None:
    actions.submit_reply(case, body="Kính gửi ông/bà, việc đã xong.", by=handler, at=when)
    actions.approve_reply(case, by=leader, at=when + timedelta(hours=1))


def extend(case: Case, handler: User, leader: User, when: datetime) -> None:
    actions.request_extension(case, reason="Cần xác minh thêm.", by=handler, at=when)
    actions.approve_extension(case, by=leader, at=when + timedelta(hours=1))


# --- Extensions ----------------------------------------------------------------------------------
def test_an_extension_of_the_first_round_is_not_one_of_the_second(
    processing: Case, handler: User, leader: User
) -> None:
    extend(processing, handler, leader, later(days=1))
    answer(processing, handler, leader, later(days=2))
    actions.reopen(processing, text="Tôi chưa rõ.", by=actions.CITIZEN, at=later(days=5))
    actions.accept(processing, by=handler, at=later(days=5))
    before = processing.due_at
    extend(processing, handler, leader, later(days=6))  # the second round has its own one extension
    assert processing.due_at > before
    assert processing.clocks.get(name="reply").verdict == "met"


def test_a_request_nobody_decided_does_not_follow_into_the_second_round(
    processing: Case, handler: User, leader: User
) -> None:
    actions.request_extension(processing, reason="Lý do của lần đầu.", by=handler, at=later(days=1))
    answer(processing, handler, leader, later(days=2))
    actions.reopen(processing, text="Tôi chưa rõ.", by=actions.CITIZEN, at=later(days=5))
    actions.accept(processing, by=handler, at=later(days=5))
    actions.request_extension(processing, reason="Lý do của lần hai.", by=handler, at=later(days=6))
    actions.approve_extension(processing, by=leader, at=later(days=6))
    assert processing.messages.get(purpose="reason").body == "Lý do của lần hai."


def test_an_extension_granted_before_acceptance_moves_the_date(
    assigned: Case, handler: User, leader: User
) -> None:
    extend(assigned, handler, leader, later(hours=1))
    actions.accept(assigned, by=handler, at=later(hours=4))
    assert assigned.due_at.astimezone(HANOI) == datetime(2026, 12, 3, 17, 0, tzinfo=HANOI)  # 20 working days


def test_no_extension_once_the_time_is_over(processing: Case, handler: User, leader: User) -> None:
    """The date would not move any more; the citizen must not be told that it did."""
    actions.request_extension(processing, reason="Việc phức tạp.", by=handler, at=later(days=2))
    with pytest.raises(NoExtensionPossible):
        actions.approve_extension(processing, by=leader, at=at(1, 12))
    actions.refuse_extension(processing, reason="Đã quá hạn.", by=leader, at=at(1, 12))
    with pytest.raises(NoExtensionPossible):
        actions.request_extension(processing, reason="Lần nữa.", by=handler, at=at(2, 12))


def test_an_extension_approved_while_waiting_counts(processing: Case, handler: User, leader: User) -> None:
    actions.request_extension(processing, reason="Việc phức tạp.", by=handler, at=later(days=1))
    actions.ask_citizen(processing, question="Ngày hẹn là ngày nào?", by=handler, at=later(days=2))
    actions.approve_extension(processing, by=leader, at=later(days=5))
    actions.answer_info(processing, text="Ngày 12/10.", by=actions.CITIZEN, at=later(days=7))
    assert processing.due_at.astimezone(HANOI).date() > date(2026, 12, 3)


def test_a_request_may_follow_a_refused_one(processing: Case, handler: User, leader: User) -> None:
    actions.request_extension(processing, reason="Bận.", by=handler, at=later(days=1))
    actions.refuse_extension(processing, reason="Chưa đủ.", by=leader, at=later(days=1))
    extend(processing, handler, leader, later(days=2))
    assert processing.due_at.astimezone(HANOI).date() == date(2026, 12, 3)


@pytest.mark.parametrize("kind", ["KHIEU_NAI", "TO_CAO", "KHONG_TIEP_NHAN", "HOI_DAP", "KHEN"])
def test_the_kind_may_change_after_an_extension(
    kind: str, processing: Case, handler: User, leader: User
) -> None:
    """Twenty working days granted for a phản ánh mean nothing where the law counts calendar days."""
    extend(processing, handler, leader, later(days=1))
    actions.classify(processing, topic="HT.KS", issue="TD", kind=kind, by=handler, at=later(days=2))
    clock = main_clock(clocks_of(processing))
    assert clock is not None
    assert processing.due_at == deadlines.original_due(clock)
    assert clock_views(processing, at=later(days=2))[0].sentences()


# --- Rounds --------------------------------------------------------------------------------------
def test_a_pause_of_the_first_round_does_not_move_the_second(
    processing: Case, handler: User, leader: User
) -> None:
    actions.ask_citizen(processing, question="Ngày hẹn là ngày nào?", by=handler, at=later(days=1))
    actions.answer_info(processing, text="Ngày 12/10.", by=actions.CITIZEN, at=later(days=6))
    answer(processing, handler, leader, later(days=7))
    first = processing.clocks.get(name="reply").due_at
    actions.reopen(processing, text="Tôi chưa rõ.", by=actions.CITIZEN, at=later(days=8))
    second = processing.clocks.get(name="reply-2")
    assert second.due_at == second.original_due_at
    actions.accept(processing, by=handler, at=later(days=8))
    actions.ask_citizen(processing, question="Giấy nào?", by=handler, at=later(days=9))
    actions.answer_info(processing, text="Giấy khai sinh.", by=actions.CITIZEN, at=later(days=12))
    assert processing.clocks.get(name="reply").due_at == first
    assert processing.due_at > second.original_due_at


def test_a_duplicate_taken_up_again_runs_on_a_clock_of_its_own(
    send: Send, assigned: Case, triage_officer: User, manager: User
) -> None:
    """Merged by mistake: the manager opens it again, and its clock is not stopped by the merge of before."""
    twin = send().case
    actions.merge(twin, into=assigned, by=triage_officer, at=later(hours=1))
    actions.reopen(twin, text="Hai việc khác nhau.", by=manager, at=later(days=3))
    clock = twin.clocks.get(name="reply-2")
    assert (clock.stopped_at, clock.verdict) == (None, "")
    assert twin.merged_into is None
    assert twin.next_alarm_at is not None


def test_reopened_by_the_manager_leaves_the_citizen_their_one_question(
    processing: Case, handler: User, leader: User, manager: User
) -> None:
    answer(processing, handler, leader, later(days=1))
    actions.reopen(processing, text="Trả lời có lỗi chính tả.", by=manager, at=later(days=2))
    actions.accept(processing, by=handler, at=later(days=2))
    answer(processing, handler, leader, later(days=3))
    actions.reopen(processing, text="Tôi chưa rõ.", by=actions.CITIZEN, at=later(days=4))
    assert processing.status == "reopened"


# --- Starts --------------------------------------------------------------------------------------
def test_accepting_late_misses_its_own_clock_and_starts_the_reply_then(assigned: Case, handler: User) -> None:
    """Decision 9: the reply runs from the real acceptance; that it came late is a verdict of its own."""
    actions.accept(assigned, by=handler, at=later(days=12))
    assert assigned.clocks.get(name="accept").verdict == "missed"
    assert assigned.clocks.get(name="reply").started_at == later(days=12)


def test_a_letter_received_long_ago_is_late_from_the_first_hour(send: Send, triage_officer: User) -> None:
    case = send(by=triage_officer, channel="paper", received_at=at(1, 9)).case
    assert case.overdue(WEDNESDAY)
    assert actions.sweep_deadlines(at=later(minutes=1)) >= 1
    assert actions.sweep_deadlines(at=later(minutes=2)) == 0


@pytest.mark.parametrize(
    "kind", ["PHAN_ANH", "KIEN_NGHI", "HOI_DAP", "KHEN", "KHIEU_NAI", "TO_CAO", "KHONG_TIEP_NHAN"]
)
def test_every_kind_has_a_reply_clock_and_a_due_date(kind: str, assigned: Case, triage_officer: User) -> None:
    actions.classify(assigned, topic="HT.KS", issue=None, kind=kind, by=triage_officer, at=later(hours=1))
    assert assigned.due_at == assigned.clocks.get(name="reply").due_at
    assert assigned.next_alarm_at is not None


# --- Ends ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("end", ["transfer", "withdraw", "reject", "merge"])
def test_whatever_ends_a_case_stops_every_clock_and_alarm(
    end: str, send: Send, processing: Case, handler: User, manager: User
) -> None:
    if end == "transfer":
        actions.transfer(
            processing, agency="CA_TINH", reason="Việc của Công an.", by=manager, at=later(days=1)
        )
    elif end == "withdraw":
        actions.withdraw(processing, at=later(days=1))
    elif end == "merge":
        actions.merge(processing, into=send().case, by=manager, at=later(days=1))
    else:
        actions.ask_citizen(processing, question="Việc gì?", by=handler, at=later(hours=5))
        actions.reject(processing, code="DAT_DAI", reason="Việc đất đai.", by=manager, at=later(days=1))
    assert not CaseClock.objects.filter(case=processing, stopped_at=None).exists()
    assert not CaseClock.objects.filter(case=processing, paused=True).exists()
    assert processing.next_alarm_at is None


# --- Alarms --------------------------------------------------------------------------------------
def test_sweeping_every_hour_rings_what_sweeping_once_a_day_rings(send: Send, handler: User) -> None:
    often, seldom = send().case, send().case

    def sweep(case: Case, step: timedelta) -> set[tuple[str, str, datetime]]:
        Case.objects.exclude(pk=case.pk).update(next_alarm_at=None)
        moment, end = WEDNESDAY, at(23, 12, 18)
        while moment <= end:
            actions.sweep_deadlines(at=moment)
            case.refresh_from_db()
            assert case.next_alarm_at is None or case.next_alarm_at > moment
            moment += step
        return set(Alarm.objects.filter(case=case).values_list("clock", "level", "due_at"))

    keep = seldom.next_alarm_at
    hourly = sweep(often, timedelta(hours=1))
    Case.objects.filter(pk=seldom.pk).update(next_alarm_at=keep)
    assert sweep(seldom, timedelta(days=1)) == hourly
    assert often.events.filter(verb="overdue").count() == seldom.events.filter(verb="overdue").count() == 1


# --- The end of the calendar ---------------------------------------------------------------------
def test_no_letter_is_lost_at_the_end_of_the_calendar(send: Send, handler: User) -> None:
    """The calendar reaches to the end of 2031; a letter of its last week is received like any other."""
    case = send(at=at(30, 12, 9, 2031)).case
    assert case.due_at > at(30, 12, 9, 2031)
    assert case.next_alarm_at is None or case.next_alarm_at > at(30, 12, 9, 2031)
    actions.accept(case, by=handler, at=at(31, 12, 9, 2031))
    assert clock_views(case, at=at(31, 12, 10, 2031)) is not None


def test_letters_are_received_even_without_a_calendar(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue(), "calendars_in_force", {})
    case = send().case
    assert case.due_at > WEDNESDAY


def test_one_case_that_cannot_be_computed_does_not_silence_the_others(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    from feedback.actions import alarms

    broken, sound = send().case, send().case

    def clocks_or_error(case: Case) -> dict[str, deadlines.Clock]:
        if case.pk == broken.pk:
            raise ValueError("a rule that contradicts itself")
        return clocks_of(case)

    monkeypatch.setattr(alarms, "clocks_of", clocks_or_error)
    assert actions.sweep_deadlines(at=at(20, 11, 18)) >= 1
    assert sound.events.filter(verb="overdue").count() == 1
    assert not broken.alarms.exists()
