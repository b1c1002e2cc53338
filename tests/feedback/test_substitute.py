"""Approving in place of a leader on leave: only replies, only while it lasts, never sealed, never one's own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from feedback import actions
from feedback.actions.actor import roles_towards
from feedback.errors import NotAllowed
from feedback.models import Absence, Case, User
from feedback.reports.timeline import timeline
from feedback.workflow import Role
from notifications.audiences import Staff
from tests.cast import WEDNESDAY, hire, later

BODY = "Kính gửi ông/bà, giấy khai sinh đã sẵn sàng."
TODAY = WEDNESDAY.date()


@pytest.fixture(autouse=True)
def wednesday() -> Any:
    with time_machine.travel(later(days=1), tick=False) as clock:
        yield clock


@pytest.fixture
def deputy(office: None) -> User:
    """Leads another unit: nothing of this one is theirs to see."""
    return hire("pho-phong-khac", "Trưởng phòng Bổ trợ tư pháp", ("STP.BTTP", "leader"))


@pytest.fixture
def away(leader: User, deputy: User) -> Absence:
    return Absence.objects.create(
        user=leader, first_day=TODAY, last_day=TODAY + timedelta(days=5), substitute=deputy, approves=True
    )


@pytest.fixture
def waiting(processing: Case, handler: User) -> Case:
    """A reply handed in for approval."""
    actions.submit_reply(processing, body=BODY, by=handler, at=later(hours=5))
    return processing


def sees(user: User, case: Case) -> bool:
    return Case.objects.visible_to(User.objects.get(pk=user.pk)).filter(pk=case.pk).exists()


def roles(user: User, case: Case) -> set[Role]:
    return set(roles_towards(User.objects.get(pk=user.pk), case))


def test_the_substitute_approves_and_the_log_says_for_whom(
    waiting: Case, deputy: User, leader: User, away: Absence
) -> None:
    assert roles(deputy, waiting) == {Role.SUBSTITUTE}
    assert sees(deputy, waiting)
    actions.approve_reply(waiting, by=deputy, at=later(days=1))
    event = waiting.events.get(verb="approve_reply")
    assert (event.actor, event.role, event.internal["on_behalf_of"]) == (deputy, "substitute", leader.pk)
    told = timeline(waiting, staff=True)[-1]
    assert told.who == f"{deputy} (thay {leader})"
    assert str(leader) not in timeline(waiting)[-1].who, "the citizen reads a role"
    assert not sees(deputy, waiting), "what is approved is theirs no longer"


def test_returning_is_recorded_so_too(waiting: Case, deputy: User, leader: User, away: Absence) -> None:
    actions.return_reply(waiting, remarks="Xin nêu rõ ngày trả.", by=deputy, at=later(days=1))
    assert waiting.events.get(verb="return_reply").internal["on_behalf_of"] == leader.pk


def test_nothing_but_replies_in_wait(processing: Case, deputy: User, away: Absence) -> None:
    assert not sees(deputy, processing)
    assert roles(deputy, processing) == set()
    with pytest.raises(NotAllowed):
        actions.note(processing, text="Xem.", by=User.objects.get(pk=deputy.pk), at=later(days=1))


def test_only_while_the_leave_lasts_and_only_when_asked(
    waiting: Case, deputy: User, away: Absence, wednesday: Any
) -> None:
    wednesday.move_to(later(days=6))
    assert not sees(deputy, waiting)
    wednesday.move_to(later(days=5))
    assert sees(deputy, waiting)
    Absence.objects.update(approves=False)
    assert not sees(deputy, waiting)


def test_never_sealed_never_the_own_reply(
    waiting: Case, handler: User, leader: User, deputy: User, away: Absence
) -> None:
    Case.objects.filter(pk=waiting.pk).update(sealed=True)
    assert not sees(deputy, waiting)
    assert roles(deputy, Case.objects.get(pk=waiting.pk)) == set()
    Case.objects.filter(pk=waiting.pk).update(sealed=False)
    Absence.objects.update(substitute=handler)
    assert Role.SUBSTITUTE not in roles(handler, Case.objects.get(pk=waiting.pk))


def test_what_the_leader_may_not_see_nobody_approves_for_them(
    waiting: Case, leader: User, deputy: User, away: Absence
) -> None:
    Case.objects.filter(pk=waiting.pk).update(subject_officer=leader)
    assert not sees(deputy, waiting)
    assert roles(deputy, Case.objects.get(pk=waiting.pk)) == set()
    Case.objects.filter(pk=waiting.pk).update(subject_officer=None, subject_unit="STP.HCTP")
    assert not sees(deputy, waiting)


def test_a_case_about_the_substitute_stays_closed(waiting: Case, deputy: User, away: Absence) -> None:
    Case.objects.filter(pk=waiting.pk).update(subject_officer=deputy)
    assert not sees(deputy, waiting)


def test_the_scope_still_asks_once(
    deputy: User, away: Absence, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    user = User.objects.get(pk=deputy.pk)
    with django_assert_num_queries(1):
        assert [one.user_id for one in user.scope().replaces] == [away.user_id]
    with django_assert_num_queries(1):
        assert user.standing_in() == [away]
    other = User.objects.get(pk=away.user_id)
    other.scope()
    with django_assert_num_queries(0):
        assert other.standing_in() == []


def test_who_stands_in_is_told_like_the_leader(leader: User, deputy: User, away: Absence) -> None:
    staff = Staff(TODAY)
    assert staff.with_stand_ins(staff.leaders("STP.HCTP")) == [leader, deputy]
