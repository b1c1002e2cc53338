"""Khiếu nại and tố cáo: suspended and gone on with, first and second instance, longer limits, the 45-day mark.

Every date was counted by hand on the calendar of November and December 2026 (24/11 is a day off).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from feedback import actions
from feedback.actions.extension import NoExtensionPossible, NothingToDecide
from feedback.actions.fitting import NotAcceptedYet, NotSuspendable
from feedback.errors import FieldRequired, InvalidInput, NotAllowed, WrongState
from feedback.models import Case, User
from feedback.models.clocks import clocks_of
from feedback.reports.clock import clock_views
from feedback.reports.timeline import timeline
from feedback.web.citizen.status import standing
from feedback.web.desk.words import badge
from tests.cast import HANOI, WEDNESDAY, hire, later

Send = Callable[..., actions.Receipt]
WAITS = "Chờ kết quả giám định chữ ký."
ENDED = "Đã có kết quả giám định."
THURSDAY = later(days=1, hours=1)  # 05/11/2026, the day the letters here are accepted


def day(number: int, month: int, hour: int = 9, year: int = 2026) -> datetime:
    return datetime(year, month, number, hour, tzinfo=HANOI)


def ends(number: int, month: int, year: int = 2026) -> datetime:
    """The close of business that day: what "due" means."""
    return day(number, month, 17, year)


def sort_as(case: Case, kind: str, by: User, at: datetime = WEDNESDAY, **more: object) -> Case:
    return actions.classify(case, topic="HT.KS", issue="CH", kind=kind, by=by, at=at, **more)  # type: ignore[arg-type]  # instance, remote


@pytest.fixture
def complaint(assigned: Case, handler: User) -> Case:
    """A khiếu nại, confirmed, in the hands of the handler, not accepted yet."""
    return sort_as(assigned, "KHIEU_NAI", handler)


@pytest.fixture
def accepted(complaint: Case, handler: User) -> Case:
    """The same, accepted on Thursday 05/11/2026."""
    return actions.accept(complaint, by=handler, at=THURSDAY)


@pytest.fixture
def guardians(office: None) -> tuple[User, User]:
    """Two integrity officers: a sealed letter is handled and decided between them."""
    one, two = (hire(f"liem-chinh-{n}", f"Liêm chính {n}", ("STP.VP", "integrity")) for n in (1, 2))
    return one, two


@pytest.fixture
def denunciation(send: Send, guardians: tuple[User, User]) -> Case:
    """A tố cáo, confirmed and so sealed; nobody holds it yet."""
    case = send(visibility="sealed").case
    return sort_as(case, "TO_CAO", guardians[0])


def extend(case: Case, asks: User, grants: User, at: datetime) -> None:
    actions.request_extension(case, reason="Vụ việc phức tạp: phải giám định.", by=asks, at=at)
    actions.approve_extension(case, by=grants, at=at + timedelta(hours=1))


# --- Suspension ----------------------------------------------------------------------------------
def test_a_suspended_complaint_stands_still_and_goes_on_from_the_day_of_the_decision(
    accepted: Case, handler: User, leader: User
) -> None:
    assert accepted.due_at == ends(7, 12)  # 30 days end on Saturday 05/12
    actions.suspend(accepted, reason=WAITS, by=leader, at=day(10, 11))
    assert (accepted.status, accepted.resume_status) == ("suspended", "processing")
    assert clock_views(accepted, at=day(12, 11))[0].state == "paused"
    actions.resume(accepted, reason=ENDED, by=leader, at=day(16, 11))
    assert (accepted.status, accepted.handler) == ("processing", handler)
    assert accepted.due_at == ends(11, 12)  # six days later than the Saturday: a Friday


def test_the_decision_names_its_reason_its_law_and_the_day_it_must_be_sent(
    accepted: Case, leader: User
) -> None:
    actions.suspend(accepted, reason=WAITS, by=leader, at=day(10, 11))
    told = timeline(accepted)[-1]
    assert told.sentence.endswith(f"Lý do: {WAITS}")
    assert "Luật Khiếu nại, Điều 11a" in told.sentence
    assert "article 11a" in timeline(accepted, language="en")[-1].sentence
    assert timeline(accepted, staff=True)[-1].internal["send_by"] == "2026-11-13"  # three working days
    assert "tạm đình chỉ" in str(standing(accepted).now)


def test_a_suspension_without_a_reason_is_none(accepted: Case, leader: User) -> None:
    with pytest.raises(FieldRequired):
        actions.suspend(accepted, reason="  ", by=leader, at=day(10, 11))
    accepted.refresh_from_db()
    assert accepted.status == "processing"


def test_other_letters_are_not_suspended(processing: Case, leader: User, handler: User) -> None:
    with pytest.raises(NotSuspendable) as refused:
        actions.suspend(processing, reason=WAITS, by=leader, at=day(10, 11))
    assert "Đề nghị bổ sung" in refused.value.sentence("vi")
    offered = {row.verb for row in actions.allowed_actions(processing, leader)}
    assert "suspend" not in offered
    assert not actions.may(processing, "suspend", leader)
    with pytest.raises(NotAllowed):  # it is the leader's decision in any case
        actions.suspend(processing, reason=WAITS, by=handler, at=day(10, 11))


def test_before_acceptance_there_is_nothing_to_suspend(complaint: Case, leader: User, handler: User) -> None:
    with pytest.raises(NotAcceptedYet):
        actions.suspend(complaint, reason=WAITS, by=leader, at=day(5, 11))
    actions.accept(complaint, by=handler, at=THURSDAY)
    assert "suspend" in {row.verb for row in actions.allowed_actions(complaint, leader)}


def test_the_day_of_the_act_decides_whether_the_law_knows_a_suspension(
    send: Send, handler: User, leader: User
) -> None:
    case = sort_as(send(at=day(10, 6)).case, "KHIEU_NAI", handler, day(10, 6))
    actions.accept(case, by=handler, at=day(15, 6))
    with pytest.raises(NotSuspendable):
        actions.suspend(case, reason=WAITS, by=leader, at=day(30, 6))
    assert actions.suspend(case, reason=WAITS, by=leader, at=day(1, 7)).status == "suspended"


def test_a_denunciation_is_suspended_by_its_own_law(denunciation: Case, guardians: tuple[User, User]) -> None:
    one, two = guardians
    actions.assign(denunciation, handler=one, by=two, at=WEDNESDAY)
    actions.accept(denunciation, by=one, at=THURSDAY)
    assert denunciation.due_at == ends(7, 12)
    actions.suspend(denunciation, reason=WAITS, by=two, at=day(10, 11))
    event = timeline(denunciation, staff=True)[-1]
    assert "Luật Tố cáo 2018, Điều 34" in event.sentence
    assert event.internal["send_by"] == "2026-11-17"  # five working days
    actions.resume(denunciation, reason=ENDED, by=two, at=day(16, 11))
    assert denunciation.due_at == ends(11, 12)


def test_suspended_past_its_first_date_it_is_not_overdue(accepted: Case, leader: User) -> None:
    """The cached date stands where the pause found it; nobody is late while the law lets the clock stand still."""
    actions.suspend(accepted, reason=WAITS, by=leader, at=day(10, 11))
    january = day(8, 1, year=2027)
    assert badge(accepted, january).state == "paused"
    assert not accepted.overdue(january)
    assert not Case.objects.overdue(january).exists()
    assert badge(Case.objects.with_pauses().get(pk=accepted.pk), january).state == "paused"
    assert actions.sweep_deadlines(at=january) == 0
    actions.resume(accepted, reason=ENDED, by=leader, at=january)
    assert accepted.due_at > january


def test_a_suspension_decided_too_late_rescues_nothing(accepted: Case, leader: User) -> None:
    actions.suspend(accepted, reason=WAITS, by=leader, at=day(8, 12))
    assert badge(accepted, day(9, 12)).state == "overdue"
    assert Case.objects.overdue(day(9, 12)).get() == accepted
    actions.resume(accepted, reason=ENDED, by=leader, at=day(18, 12))
    assert accepted.due_at == ends(7, 12)


def test_the_citizen_may_add_and_withdraw_while_it_is_suspended(accepted: Case, leader: User) -> None:
    actions.suspend(accepted, reason=WAITS, by=leader, at=day(10, 11))
    offered = {row.verb for row in actions.allowed_actions(accepted, actions.CITIZEN)}
    assert {"add_information", "withdraw"} <= offered
    assert "answer_info" not in offered
    actions.add_information(accepted, text="Tôi gửi thêm giấy hẹn.", at=day(11, 11))
    actions.withdraw(accepted, at=day(12, 11))
    clock = accepted.clocks.get(name="reply")
    assert (clock.stopped_by, clock.verdict, clock.paused) == ("withdraw", "met", False)


def test_nothing_is_answered_or_sorted_while_it_is_suspended(
    accepted: Case, handler: User, leader: User
) -> None:
    actions.suspend(accepted, reason=WAITS, by=leader, at=day(10, 11))
    with pytest.raises(WrongState):
        actions.draft_reply(accepted, body="Kính gửi ông/bà.", by=handler, at=day(11, 11))
    with pytest.raises(WrongState):
        sort_as(accepted, "PHAN_ANH", leader, day(11, 11))


def test_an_extension_asked_before_is_decided_while_it_is_suspended(
    accepted: Case, handler: User, leader: User
) -> None:
    actions.request_extension(accepted, reason="Phải giám định.", by=handler, at=day(9, 11))
    actions.suspend(accepted, reason=WAITS, by=leader, at=day(10, 11))
    actions.approve_extension(accepted, by=leader, at=day(12, 11))
    actions.resume(accepted, reason=ENDED, by=leader, at=day(16, 11))
    assert accepted.due_at == ends(28, 12)  # 45 days end on Sunday 20/12, six more on Saturday 26/12


def test_the_officer_complained_about_loses_a_suspended_letter_too(
    accepted: Case, handler: User, leader: User, manager: User
) -> None:
    actions.suspend(accepted, reason=WAITS, by=leader, at=day(10, 11))
    actions.set_subject(accepted, unit=None, officer=handler, by=manager, at=day(11, 11))
    assert (accepted.handler, accepted.status, accepted.resume_status) == (None, "suspended", "accepted")
    actions.resume(accepted, reason=ENDED, by=leader, at=day(16, 11))
    assert (accepted.status, accepted.needs_triage) == ("accepted", True)


def test_whoever_is_free_gets_it_when_its_handler_has_left(
    accepted: Case, handler: User, leader: User
) -> None:
    actions.route(accepted, unit="STP.VP", reason="Việc của Văn phòng.", by=leader, at=day(6, 11))
    assert (accepted.handler, accepted.status) == (None, "accepted")
    head = hire("chanh-van-phong", "Chánh Văn phòng", ("STP.VP", "leader"))
    actions.suspend(accepted, reason=WAITS, by=head, at=day(10, 11))
    newcomer = hire("can-bo-vp", "Chuyên viên Văn phòng", ("STP.VP", "handler"))
    assert not actions.retry_assignment(accepted, at=day(11, 11))  # not while it stands still
    actions.resume(accepted, reason=ENDED, by=head, at=day(16, 11))
    assert (accepted.handler, accepted.status) == (newcomer, "assigned")


def test_opinions_asked_before_are_still_awaited_afterwards(
    accepted: Case, handler: User, leader: User, stranger: User
) -> None:
    actions.coordinate(
        accepted, units=["STP.BTTP"], question="Có lưu bản gốc không?", by=handler, at=day(6, 11)
    )
    actions.suspend(accepted, reason=WAITS, by=leader, at=day(10, 11))
    with pytest.raises((WrongState, NotAllowed)):
        actions.give_opinion(accepted, text="Có.", by=stranger, at=day(11, 11))
    actions.resume(accepted, reason=ENDED, by=leader, at=day(16, 11))
    assert accepted.status == "coordinating"
    actions.give_opinion(accepted, text="Có.", by=stranger, at=day(17, 11))
    assert accepted.status == "processing"


# --- Instance and remote area --------------------------------------------------------------------
@pytest.mark.parametrize(
    ("instance", "remote", "promised", "due", "longest"),
    [
        # 30 days end on Saturday 05/12, 45 on Sunday 20/12
        (1, False, ends(14, 12), ends(7, 12), ends(21, 12)),
        (1, True, ends(28, 12), ends(21, 12), ends(4, 1, 2027)),  # 45 and 60
        (2, False, ends(28, 12), ends(21, 12), ends(4, 1, 2027)),  # 45 and 60
        (2, True, ends(12, 1, 2027), ends(4, 1, 2027), ends(14, 1, 2027)),  # 60 and 70
    ],
    ids=["first", "first-remote", "second", "second-remote"],
)
def test_each_instance_has_its_own_limits(
    instance: int,
    remote: bool,
    promised: datetime,
    due: datetime,
    longest: datetime,
    assigned: Case,
    handler: User,
    leader: User,
) -> None:
    """Luật Khiếu nại, Điều 28 and 37. Received on 04/11 it is accepted by Friday 13/11 at the latest."""
    sort_as(assigned, "KHIEU_NAI", handler, instance=instance, remote=remote)
    assert assigned.due_at == promised
    actions.accept(assigned, by=handler, at=THURSDAY)
    assert assigned.due_at == due
    extend(assigned, handler, leader, day(20, 11))
    assert assigned.due_at == longest
    with pytest.raises(NoExtensionPossible):
        actions.request_extension(assigned, reason="Thêm nữa.", by=handler, at=day(23, 11))


def test_the_clock_follows_a_corrected_instance_and_the_log_says_what_was_before(
    accepted: Case, handler: User, leader: User
) -> None:
    sort_as(accepted, "KHIEU_NAI", handler, day(6, 11), instance=2, remote=True)
    assert (accepted.instance, accepted.remote, accepted.due_at) == (2, True, ends(4, 1, 2027))
    sort_as(accepted, "KHIEU_NAI", handler, day(9, 11), instance=2, remote=False)
    assert accepted.due_at == ends(21, 12)
    last = timeline(accepted, staff=True)[-1].internal
    assert (last["instance"], last["remote"]) == (2, False)
    before = last["before"]
    assert isinstance(before, dict)
    assert (before["kind"], before["instance"], before["remote"]) == ("KHIEU_NAI", 2, True)


def test_what_is_not_said_stays(accepted: Case, handler: User) -> None:
    sort_as(accepted, "KHIEU_NAI", handler, day(6, 11), instance=2, remote=True)
    sort_as(accepted, "KHIEU_NAI", handler, day(9, 11))
    assert (accepted.instance, accepted.remote) == (2, True)


def test_no_other_kind_has_an_instance(accepted: Case, handler: User) -> None:
    sort_as(accepted, "KHIEU_NAI", handler, day(6, 11), instance=2, remote=True)
    sort_as(accepted, "PHAN_ANH", handler, day(9, 11), instance=2, remote=True)
    assert (accepted.instance, accepted.remote) == (1, False)
    with pytest.raises(InvalidInput):
        sort_as(accepted, "KHIEU_NAI", handler, day(9, 11), instance=3)


def test_an_extension_no_longer_than_the_new_limit_is_not_one(
    accepted: Case, handler: User, leader: User
) -> None:
    """45 days granted at first instance are what the second has anyway: its own extension is still to be had."""
    extend(accepted, handler, leader, day(9, 11))
    sort_as(accepted, "KHIEU_NAI", handler, day(10, 11), instance=2)
    assert accepted.due_at == ends(21, 12)
    extend(accepted, handler, leader, day(11, 11))
    assert accepted.due_at == ends(4, 1, 2027)


# --- Extensions of a tố cáo ----------------------------------------------------------------------
def test_the_acceptance_of_a_denunciation_is_extended_before_anybody_holds_it(
    denunciation: Case, guardians: tuple[User, User]
) -> None:
    one, two = guardians
    assert denunciation.clocks.get(name="accept").due_at == ends(13, 11)
    assert denunciation.due_at == ends(14, 12)  # 30 days from the last day of acceptance: Sunday 13/12
    offer = actions.extension_offer(denunciation, day(11, 11))
    assert offer is not None
    assert (offer.clock, offer.value, offer.unit) == ("accept", 10, "wd")
    assert (offer.due_before, offer.due_after) == (ends(13, 11), ends(18, 11))
    assert (offer.answer_before, offer.answer_after) == (ends(14, 12), ends(18, 12))
    actions.request_extension(
        denunciation, reason="Xác minh người tố cáo ở hai tỉnh.", by=one, at=day(11, 11)
    )
    with pytest.raises(NotAllowed):
        actions.approve_extension(denunciation, by=one, at=day(12, 11))
    actions.approve_extension(denunciation, by=two, at=day(12, 11))
    assert denunciation.clocks.get(name="accept").due_at == ends(18, 11)
    assert denunciation.due_at == ends(18, 12)
    with pytest.raises(NoExtensionPossible):
        actions.request_extension(denunciation, reason="Thêm nữa.", by=one, at=day(13, 11))
    actions.assign(denunciation, handler=one, by=two, at=day(16, 11))
    actions.accept(denunciation, by=one, at=day(18, 11))
    acceptance = denunciation.clocks.get(name="accept")
    assert (acceptance.verdict, acceptance.original_verdict) == ("met", "missed")


def test_the_answer_to_a_denunciation_is_extended_twice(
    denunciation: Case, guardians: tuple[User, User]
) -> None:
    one, two = guardians
    extend(denunciation, one, two, day(11, 11))
    actions.assign(denunciation, handler=one, by=two, at=day(12, 11))
    actions.accept(denunciation, by=one, at=day(18, 11))
    assert denunciation.due_at == ends(18, 12)  # the extended acceptance added nothing to the answer
    extend(denunciation, one, two, day(1, 12))
    assert denunciation.due_at == ends(18, 1, 2027)  # 60 days end on Sunday 17/01
    extend(denunciation, one, two, day(4, 1, year=2027))
    assert denunciation.due_at == ends(16, 2, 2027)  # 90 days
    with pytest.raises(NoExtensionPossible):
        actions.request_extension(denunciation, reason="Lần ba.", by=one, at=day(5, 1, year=2027))
    clocks = clocks_of(denunciation)
    assert [len(clocks[name].extensions) for name in ("accept", "reply")] == [1, 2]


def test_a_request_for_more_time_to_accept_lapses_with_the_acceptance(
    denunciation: Case, guardians: tuple[User, User]
) -> None:
    one, two = guardians
    actions.request_extension(denunciation, reason="Xác minh người tố cáo.", by=one, at=day(11, 11))
    actions.assign(denunciation, handler=one, by=two, at=day(12, 11))
    actions.accept(denunciation, by=one, at=day(12, 11))
    with pytest.raises(NothingToDecide):
        actions.approve_extension(denunciation, by=two, at=day(13, 11))
    assert denunciation.due_at == ends(14, 12)  # 30 days from 12/11 end on Saturday 12/12


def test_no_extension_of_an_acceptance_that_is_late(denunciation: Case, guardians: tuple[User, User]) -> None:
    with pytest.raises(NoExtensionPossible):
        actions.request_extension(denunciation, reason="Quá hạn rồi.", by=guardians[0], at=day(16, 11))


def test_other_letters_nobody_holds_are_not_extended(
    submitted: Case, triage_officer: User, complaint: Case, handler: User
) -> None:
    with pytest.raises(WrongState):
        actions.request_extension(submitted, reason="Bận.", by=triage_officer, at=later(hours=1))
    offered = {row.verb for row in actions.allowed_actions(submitted, triage_officer)}
    assert "request_extension" not in offered
    offer = actions.extension_offer(complaint, later(days=1))  # of a khiếu nại only the answer is extended
    assert offer is not None
    assert (offer.clock, offer.value) == ("reply", 45)
    assert offer.due_before == offer.answer_before == ends(14, 12)
    assert offer.due_after == ends(28, 12)


def test_an_extension_of_the_first_round_does_not_leak(
    denunciation: Case, guardians: tuple[User, User]
) -> None:
    one, two = guardians
    extend(denunciation, one, two, day(11, 11))
    actions.assign(denunciation, handler=one, by=two, at=day(12, 11))
    actions.accept(denunciation, by=one, at=day(18, 11))
    extend(denunciation, one, two, day(1, 12))
    actions.submit_reply(denunciation, body="Kết luận nội dung tố cáo.", by=one, at=day(2, 12))
    actions.approve_reply(denunciation, by=two, at=day(3, 12))
    actions.reopen(denunciation, text="Chưa rõ kết luận.", by=actions.CITIZEN, at=day(7, 12))
    second = clocks_of(denunciation)["reply-2"]
    assert len(second.extensions) == 0
    assert denunciation.due_at == ends(6, 1, 2027)  # 30 days from 07/12


# --- Passing on and refusing ---------------------------------------------------------------------
@pytest.mark.parametrize(("when", "verdict"), [(day(11, 11, 16), "met"), (day(20, 11), "missed")])
def test_found_outside_our_competence_later_the_five_days_still_count_from_receipt(
    when: datetime, verdict: str, processing: Case, manager: User
) -> None:
    """Nghị định 20/2008/NĐ-CP, Điều 9.1.d: that it was found out late is no excuse towards the sender."""
    assert not processing.clocks.filter(name="transfer").exists()
    actions.route(processing, unit="STP.VP", reason="Xem lại thẩm quyền.", by=manager, at=day(10, 11))
    actions.transfer(processing, agency="CA_TINH", reason="Việc của Công an.", by=manager, at=when)
    clock = processing.clocks.get(name="transfer")
    assert (clock.due_at, clock.verdict, clock.stopped_by) == (ends(11, 11), verdict, "transfer")


def test_passed_on_in_the_second_round_the_days_run_from_the_request(answered: Case, manager: User) -> None:
    actions.reopen(answered, text="Việc này còn phần căn cước.", by=actions.CITIZEN, at=day(16, 11))
    actions.transfer(answered, agency="CA_TINH", reason="Việc của Công an.", by=manager, at=day(18, 11))
    clock = answered.clocks.get(name="transfer")
    assert (clock.started_at, clock.due_at, clock.verdict) == (day(16, 11), ends(23, 11), "met")
    assert answered.clocks.get(name="reply").verdict == "met"


@pytest.mark.parametrize(("when", "verdict"), [(day(9, 11, 16), "met"), (day(10, 11), "missed")])
def test_a_refusal_is_due_within_three_working_days(
    when: datetime, verdict: str, submitted: Case, triage_officer: User
) -> None:
    """Nghị định 154/2026/NĐ-CP, Điều 4.3; the office counts from receipt, which is never later than the law."""
    sort_as(submitted, "KHONG_TIEP_NHAN", triage_officer)
    assert submitted.due_at == ends(9, 11)
    assert clocks_of(submitted)["reply"].rule.id == "refuse.notice"
    actions.reject(submitted, code="KHONG_RO", reason="Chưa nêu việc.", by=triage_officer, at=when)
    clock = submitted.clocks.get(name="reply")
    assert (clock.verdict, clock.stopped_by) == (verdict, "reject")


# --- The 45-day mark -----------------------------------------------------------------------------
def test_waiting_for_the_citizen_does_not_count_towards_the_45_days(processing: Case, handler: User) -> None:
    assert processing.clocks.get(name="red_line").due_at == ends(21, 12)  # 45 days end on Saturday 19/12
    actions.ask_citizen(processing, question="Ngày hẹn là ngày nào?", by=handler, at=day(17, 11))
    assert processing.clocks.get(name="red_line").paused
    actions.answer_info(processing, text="Ngày 12/10.", by=actions.CITIZEN, at=day(20, 11))
    assert processing.clocks.get(name="red_line").due_at == ends(22, 12)  # three days more, from the Saturday


def test_a_complaint_once_accepted_goes_by_the_limits_of_its_own_law(accepted: Case) -> None:
    clock = accepted.clocks.get(name="red_line")
    assert (clock.verdict, clock.stopped_by) == ("met", "accept")


def test_the_45_days_are_the_affair_of_the_office(accepted: Case) -> None:
    shown = {view.name: view.for_staff for view in clock_views(accepted, at=day(6, 11))}
    assert shown["red_line"]
    assert accepted.due_at.astimezone(HANOI).date() == date(2026, 12, 7)
