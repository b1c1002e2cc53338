"""Units merged or abolished: every open case follows once, with its date; names in history stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from feedback import actions, errors
from feedback.models import Case as CaseModel
from feedback.models import CaseClock, Coordination, Membership, Unit, User
from feedback.reports import log
from feedback.reports.timeline import timeline
from feedback.workflow import Status
from tests.cast import WEDNESDAY, hire, later
from tests.feedback.rearrangements import (  # noqa: F401 - the clock is used by every story
    MERGED,
    NEXT_DAY,
    NOW,
    OLD,
    carried,
    day,
    ends,
    planned,
    remarks,
    sees,
    stopped_clock,
    told,
    verbs,
)

Send = Callable[..., actions.Receipt]


# --- 1 July 2025 ---------------------------------------------------------------------------------


def test_a_letter_walks_through_the_first_of_july_2025(office: None, send: Send, clock: Any) -> None:
    """The division of the old province has it; from 1 July the one of the new province answers, by the same date."""
    clock.move_to(day(6, 24))
    since = {"valid_from": date(2024, 1, 1)}
    before = hire("can-bo-cu", "Chuyên viên Thái Bình", (OLD, "handler"), **since)
    old_head = hire("truong-phong-cu", "Trưởng phòng Thái Bình", (OLD, "leader"), **since)
    director = hire("giam-doc-cu", "Phó Giám đốc", ("STP_TB.LD", "manager"), **since)
    after = hire("can-bo-moi", "Chuyên viên Hưng Yên", (NOW, "handler"))
    new_head = hire("truong-phong-moi", "Trưởng phòng Hưng Yên", (NOW, "leader"))

    case = send(at=day(6, 24)).case
    assert (case.unit_id, case.handler) == (OLD, before)
    actions.accept(case, by=before, at=day(6, 24, 14))
    due, facts = case.due_at, list(case.clocks.order_by("name").values_list("name", "due_at"))
    assert sees(old_head, case)
    assert not sees(new_head, case)

    clock.move_to(day(6, 25))
    change = planned(ends(OLD, to=(NOW,), on="2025-06-30"), director, day(6, 25))
    (line,) = change.lines.all()
    assert (line.unit_before_id, line.unit_after_id, line.remark) == (OLD, NOW, "handler_chosen")
    assert line.due_before == line.due_after == due
    actions.confirm(change, by=director, at=day(6, 25, 10))

    clock.move_to(day(6, 30, 23, 59))
    assert actions.carry_on(at=day(6, 30, 23, 59)) == 0
    case.refresh_from_db()
    assert case.unit_id == OLD

    clock.move_to(day(7, 1, 0, 5))
    assert actions.carry_on(at=day(7, 1, 0, 5)) == 1
    case.refresh_from_db()
    assert (case.unit_id, case.handler, case.status) == (NOW, after, Status.PROCESSING)
    assert case.due_at == due
    assert list(case.clocks.order_by("name").values_list("name", "due_at")) == facts
    assert verbs(case)[-2:] == ["succeed", "assign"]
    assert told(case)[-2] == (
        "Phòng Hành chính tư pháp (Thái Bình) đã sắp xếp lại; từ nay Phòng Hành chính tư pháp giải quyết đơn này, "
        "hạn trả lời không đổi."
    )
    assert any("Phòng Hành chính tư pháp (Thái Bình)" in sentence for sentence in told(case)[:-2])
    english = timeline(case, language="en")[-2].sentence
    assert english.startswith("Judicial Administration Division (Thai Binh) was reorganised; Judicial")
    assert not sees(old_head, case)
    assert not sees(before, case)
    assert sees(new_head, case)

    clock.move_to(day(7, 3))
    actions.submit_reply(case, body="Kính gửi ông/bà, giấy đã có.", by=after, at=day(7, 3))
    actions.approve_reply(case, by=new_head, at=day(7, 4))
    assert CaseClock.objects.get(case=case, name="reply").verdict == "met"
    assert actions.carry_on(at=day(7, 5)) == 0
    assert list(log.verify()) == []


# --- people move with the work -------------------------------------------------------------------


def test_two_units_become_one_and_their_people_go_on(
    send: Send, handler: User, leader: User, stranger: User, manager: User, clock: Any
) -> None:
    case = send().case
    actions.accept(case, by=handler, at=later(hours=1))
    change = planned(MERGED, manager)
    assert remarks(change) == {case.pk: "handler_kept"}
    assert not Unit.objects.filter(pk="STP.DS").exists()  # only planned
    actions.drop(change, by=manager)

    carried(MERGED, manager, clock)
    case.refresh_from_db()
    assert (case.unit_id, case.handler, case.status) == ("STP.DS", handler, Status.PROCESSING)
    assert verbs(case)[-1] == "succeed"
    assert sees(leader, case)
    assert not sees(hire("nguoi-la", "Người lạ", (NOW, "leader")), case)
    old, new = Membership.objects.filter(user=leader).order_by("valid_from")
    assert (old.unit_id, old.valid_to) == (NOW, date(2026, 11, 30))
    assert (new.unit_id, new.role, new.valid_from, new.valid_to) == (
        "STP.DS",
        "leader",
        date(2026, 12, 1),
        None,
    )
    assert User.objects.get(pk=stranger.pk).scope().handles == {"STP.DS"}
    founded = Unit.objects.get(pk="STP.DS")
    assert (founded.parent_id, founded.valid_from, founded.exists_on(date(2026, 11, 30))) == (
        "STP", date(2026, 12, 1), False,
    )  # fmt: skip


def test_who_sits_in_the_successor_already_keeps_one_desk(office: None, manager: User, clock: Any) -> None:
    both = hire("hai-ban", "Chuyên viên hai phòng", (NOW, "handler"), skills=["HT"], capacity=40)
    Membership.objects.create(user=both, unit_id="STP.BTTP", role="handler", skills=["CC"], capacity=10)
    carried(ends(NOW, to=("STP.BTTP",), people=True), manager, clock)
    desk = Membership.objects.current(date(2026, 12, 1)).get(user=both)
    assert (desk.unit_id, desk.skills, desk.capacity) == ("STP.BTTP", ["CC", "HT"], 40)


def test_without_the_word_people_nobody_is_moved(assigned: CaseModel, manager: User, clock: Any) -> None:
    other = hire("bo-tro", "Chuyên viên Bổ trợ", ("STP.BTTP", "handler"))
    before = Membership.objects.count()
    carried(ends(NOW, to=("STP.BTTP",)), manager, clock)
    assigned.refresh_from_db()
    assert (assigned.handler, assigned.status) == (other, Status.ASSIGNED)
    assert verbs(assigned)[-2:] == ["succeed", "assign"]
    assert Membership.objects.count() == before


# --- where each case stands ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "status", "after"),
    [
        (False, Status.ASSIGNED, Status.NEW),
        (True, Status.ASSIGNED, Status.ACCEPTED),
        (True, Status.PROCESSING, Status.ACCEPTED),
        (True, Status.RETURNED, Status.ACCEPTED),
        (True, Status.COORDINATING, Status.ACCEPTED),
        (True, Status.PENDING_APPROVAL, Status.PENDING_APPROVAL),
        (True, Status.REOPENED, Status.REOPENED),
    ],
)
def test_nobody_there_yet(
    accepted: bool, status: Status, after: Status, assigned: CaseModel, manager: User, clock: Any
) -> None:
    """It waits in the queue of the successor, as far as it had come; a draft goes on waiting for approval."""
    assigned.status, assigned.accepted_at = status, WEDNESDAY if accepted else None
    assigned.save()
    change = planned(ends(NOW, to=("STP.VBPL",)), manager)
    assert remarks(change) == {assigned.pk: "nobody"}
    actions.drop(change, by=manager)
    carried(ends(NOW, to=("STP.VBPL",)), manager, clock)
    assigned.refresh_from_db()
    assert (assigned.unit_id, assigned.handler, assigned.status) == ("STP.VBPL", None, after)
    assert not assigned.needs_triage


def test_a_letter_in_the_queue_goes_to_somebody_who_is_free(send: Send, manager: User, clock: Any) -> None:
    case = send().case
    assert (case.unit_id, case.handler) == (NOW, None)
    free = hire("bo-tro", "Chuyên viên Bổ trợ", ("STP.BTTP", "handler"))
    carried(ends(NOW, to=("STP.BTTP",)), manager, clock)
    case.refresh_from_db()
    assert (case.handler, case.status) == (free, Status.ASSIGNED)


def test_a_letter_not_yet_sorted_stays_on_the_sorting_desk(send: Send, manager: User, clock: Any) -> None:
    case = send().case
    case.needs_triage = True
    case.save()
    hire("bo-tro", "Chuyên viên Bổ trợ", ("STP.BTTP", "handler"))
    carried(ends(NOW, to=("STP.BTTP",)), manager, clock)
    case.refresh_from_db()
    assert (case.unit_id, case.handler, case.status, case.needs_triage) == ("STP.BTTP", None, "new", True)


def test_waiting_for_the_citizen(processing: CaseModel, handler: User, manager: User, clock: Any) -> None:
    """The answer comes after the merger: the clock runs on, and somebody sorts it, for nobody holds it."""
    actions.ask_citizen(processing, question="Xin cho biết số biên nhận.", by=handler, at=later(days=1))
    carried(ends(NOW, to=("STP.VBPL",)), manager, clock)
    processing.refresh_from_db()
    assert (processing.status, processing.resume_status) == (Status.NEED_INFO, Status.ACCEPTED)
    actions.answer_info(processing, text="Số 12.", by=actions.CITIZEN, at=NEXT_DAY)
    assert (processing.status, processing.needs_triage) == (Status.ACCEPTED, True)


def test_suspended_with_a_colleague_to_go_on(processing: CaseModel, manager: User, clock: Any) -> None:
    processing.status, processing.resume_status = Status.SUSPENDED, Status.PROCESSING
    processing.save()
    other = hire("bo-tro", "Chuyên viên Bổ trợ", ("STP.BTTP", "handler"))
    carried(ends(NOW, to=("STP.BTTP",)), manager, clock)
    processing.refresh_from_db()
    assert (processing.status, processing.resume_status) == (Status.SUSPENDED, Status.PROCESSING)
    assert processing.handler == other
    event = processing.events.get(verb="succeed")
    assert (event.internal["handler"], event.internal["why"]) == (other.pk, "handler_chosen")


def test_the_new_leader_approves_the_draft(
    processing: CaseModel, handler: User, leader: User, manager: User, clock: Any
) -> None:
    actions.submit_reply(processing, body="Kính gửi ông/bà, đã xong.", by=handler, at=later(days=1))
    head = hire("truong-phong-vbpl", "Trưởng phòng Văn bản", ("STP.VBPL", "leader"))
    carried(ends(NOW, to=("STP.VBPL",)), manager, clock)
    processing.refresh_from_db()
    assert processing.status == Status.PENDING_APPROVAL
    assert not sees(leader, processing)
    with pytest.raises(errors.NotAllowed):
        actions.approve_reply(processing, by=User.objects.get(pk=leader.pk), at=NEXT_DAY)
    actions.approve_reply(processing, by=head, at=NEXT_DAY)
    assert processing.status == Status.ANSWERED


# --- sealed letters, and letters about the units themselves --------------------------------------


def test_a_sealed_letter_waits_for_the_integrity_officers(
    assigned: CaseModel, handler: User, integrity_officer: User, manager: User, clock: Any
) -> None:
    actions.seal(assigned, reason="Tố cáo.", by=handler, at=later(hours=1))
    hire("bo-tro", "Chuyên viên Bổ trợ", ("STP.BTTP", "handler"))
    carried(ends(NOW, to=("STP.BTTP",)), manager, clock)
    assigned.refresh_from_db()
    assert (assigned.unit_id, assigned.handler, assigned.needs_triage) == ("STP.BTTP", None, True)
    assert sees(integrity_officer, assigned)
    assert verbs(assigned)[-1] == "succeed"


def test_an_integrity_officer_keeps_a_sealed_letter(
    assigned: CaseModel, integrity_officer: User, manager: User, clock: Any
) -> None:
    assigned.sealed, assigned.handler = True, integrity_officer
    assigned.save()
    carried(ends(NOW, to=("STP.BTTP",)), manager, clock)
    assigned.refresh_from_db()
    assert (assigned.unit_id, assigned.handler, assigned.status) == (
        "STP.BTTP",
        integrity_officer,
        "assigned",
    )


def test_a_letter_about_the_successor_goes_to_the_next_one(
    assigned: CaseModel, triage_officer: User, manager: User, clock: Any
) -> None:
    actions.set_subject(assigned, unit="STP.BTTP", officer=None, by=triage_officer, at=later(hours=1))
    change = carried(ends(NOW, to=("STP.BTTP", "STP.VBPL")), manager, clock)
    assigned.refresh_from_db()
    assert assigned.unit_id == "STP.VBPL"
    assert change.lines.get().unit_after_id == "STP.VBPL"


def test_a_letter_about_the_only_successor_goes_to_the_sorting_desk(
    processing: CaseModel, triage_officer: User, manager: User, clock: Any
) -> None:
    actions.set_subject(processing, unit="STP.BTTP", officer=None, by=triage_officer, at=later(hours=2))
    change = planned(ends(NOW, to=("STP.BTTP",)), manager)
    assert remarks(change) == {processing.pk: "no_successor"}
    actions.drop(change, by=manager)
    carried(ends(NOW, to=("STP.BTTP",)), manager, clock)
    processing.refresh_from_db()
    assert (processing.unit_id, processing.handler, processing.needs_triage) == (None, None, True)
    assert processing.status == Status.ACCEPTED
    assert "từ nay bộ phận phân loại đơn giải quyết đơn này" in told(processing)[-1]
    assert sees(triage_officer, processing)


def test_a_letter_about_a_unit_leaves_the_unit_it_merges_into(
    processing: CaseModel, handler: User, triage_officer: User, manager: User, clock: Any
) -> None:
    """Until the day its handler works on; from the day the desk is the very one complained of."""
    actions.set_subject(processing, unit="STP.BTTP", officer=None, by=triage_officer, at=later(hours=2))
    actions.submit_reply(processing, body="Kính gửi ông/bà, đã xong.", by=handler, at=later(days=1))
    plan = ends("STP.BTTP", to=(NOW,))
    change = actions.confirm(planned(plan, manager), by=manager, at=WEDNESDAY)
    assert remarks(change) == {processing.pk: "conflict"}
    assert sees(handler, processing)

    clock.move_to(NEXT_DAY)
    assert not sees(handler, processing)
    actions.carry_on(at=NEXT_DAY)
    processing.refresh_from_db()
    assert (processing.unit_id, processing.handler, processing.needs_triage) == (None, None, True)
    assert processing.replies.get().state == "returned"  # what they drafted is not sent
    actions.carry_on(at=NEXT_DAY)
    assert verbs(processing).count("succeed") == 1


# --- questions to other units --------------------------------------------------------------------


@pytest.fixture
def asked(processing: CaseModel, handler: User) -> CaseModel:
    """The division has asked two others for their opinion."""
    units = ["STP.BTTP", "STP.VBPL"]
    return actions.coordinate(processing, units=units, question="Xin ý kiến.", by=handler, at=later(hours=2))


def test_a_question_goes_on_to_the_successor_of_the_unit_asked(
    asked: CaseModel, handler: User, manager: User, clock: Any
) -> None:
    expert = hire("tro-giup", "Chuyên viên Trợ giúp pháp lý", ("STP.TGPL", "handler"))
    version = asked.version
    change = carried(ends("STP.BTTP", to=("STP.TGPL",)), manager, clock)
    asked.refresh_from_db()
    assert (asked.unit_id, asked.handler, asked.status) == (NOW, handler, Status.COORDINATING)
    assert asked.version == version  # the handler's open form is not stale
    assert remarks(change) == {asked.pk: "question_passed"}
    assert asked.events.get(verb="pass_question").internal["units"] == ["STP.TGPL"]
    assert sees(expert, asked)
    actions.give_opinion(asked, text="Đồng ý.", by=User.objects.get(pk=expert.pk), at=NEXT_DAY)
    assert asked.coordinations.get(unit="STP.TGPL").opinion == "Đồng ý."


def test_a_question_to_the_unit_that_merges_into_the_asking_one_is_over(
    asked: CaseModel, manager: User, clock: Any
) -> None:
    carried(ends("STP.BTTP", "STP.VBPL", to=(NOW,)), manager, clock)
    asked.refresh_from_db()
    assert asked.status == Status.PROCESSING
    assert not Coordination.objects.filter(case=asked, answered_at=None).exists()
    assert verbs(asked)[-2:] == ["pass_question", "end_coordination"]


def test_the_case_moves_to_a_unit_it_had_asked(asked: CaseModel, manager: User, clock: Any) -> None:
    hire("bo-tro", "Chuyên viên Bổ trợ", ("STP.BTTP", "handler"))
    carried(ends(NOW, to=("STP.BTTP",)), manager, clock)
    asked.refresh_from_db()
    assert (asked.unit_id, asked.status) == ("STP.BTTP", Status.COORDINATING)
    assert [row.unit_id for row in asked.coordinations.filter(answered_at=None)] == ["STP.VBPL"]
