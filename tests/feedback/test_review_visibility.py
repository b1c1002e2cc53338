"""Who may not see a letter must not get it by a side door either: parts, successors, stand-ins, other units."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from feedback import actions, errors
from feedback.actions.actor import roles_towards
from feedback.models import Case, Membership, Publication, Unit, User
from tests.cast import BIRTH, hire, later

Send = Callable[..., actions.Receipt]
NOTARY = " Ngoài ra văn phòng công chứng thu thêm phí công chứng hợp đồng mà không có biên lai."
CAST = (
    "handler",
    "colleague",
    "leader",
    "triage_officer",
    "manager",
    "integrity_officer",
    "auditor",
    "administrator",
    "stranger",
    "subject_officer",
)


def sees(user: User, case: Case) -> bool:
    return Case.objects.visible_to(user).filter(pk=case.pk).exists()


# --- One gate, said twice ------------------------------------------------------------------------
SITUATIONS: dict[str, dict[str, object]] = {
    "ordinary": {},
    "sealed": {"sealed": True},
    "complaint": {"kind_id": "KHIEU_NAI"},
    "denunciation": {"kind_id": "TO_CAO", "sealed": True},
    "about an officer": {"officer": "subject_officer"},
    "about the unit": {"subject_unit_id": "STP.HCTP"},
    "sealed, about the asked unit": {"subject_unit_id": "STP.BTTP", "sealed": True},
    "sealed, about the integrity unit": {"subject_unit_id": "STP.VP", "sealed": True},
    "sealed, about the integrity officer": {"officer": "integrity_officer", "sealed": True},
    "about the manager": {"officer": "manager", "sealed": True},
    "about the auditor": {"officer": "auditor"},
    "answered": {"status": "answered"},
    "nobody's": {"unit_id": None, "handler_id": None},
    "asked": {"status": "coordinating"},
    "asked, then sealed": {"status": "coordinating", "sealed": True},
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_gate_and_the_roles_agree_for_everybody(
    situation: str, request: pytest.FixtureRequest, processing: Case, handler: User
) -> None:
    cast = {name: request.getfixturevalue(name) for name in CAST}
    given = dict(SITUATIONS[situation])
    if given.get("status") == "coordinating":
        actions.coordinate(processing, units=["STP.BTTP"], question="Phí?", by=handler, at=later(hours=2))
    if officer := given.pop("officer", None):
        given["subject_officer_id"] = cast[str(officer)].pk
    Case.objects.filter(pk=processing.pk).update(**given)
    processing.refresh_from_db()
    seeing = {name for name, user in cast.items() if sees(user, processing)}
    acting = {name for name, user in cast.items() if roles_towards(user, processing)}
    assert seeing == acting
    assert seeing, "somebody must be able to see it"


# --- Parts and successors ------------------------------------------------------------------------
def test_a_part_is_about_the_same_people_as_the_letter(
    send: Send, subject_officer: User, triage_officer: User
) -> None:
    case = send(text=BIRTH + NOTARY + " " + BIRTH).case
    actions.set_subject(case, unit=None, officer=subject_officer, by=triage_officer, at=later(hours=1))
    start = len(BIRTH + NOTARY) + 1
    (child,) = actions.split(case, parts=[(start, start + len(BIRTH))], by=triage_officer, at=later(hours=2))
    assert child.handler != subject_officer
    assert not sees(subject_officer, child)
    assert roles_towards(subject_officer, child) == frozenset()


def test_a_sealed_letter_has_sealed_parts(send: Send, integrity_officer: User, handler: User) -> None:
    case = send(text=BIRTH + NOTARY, visibility="sealed").case
    (child,) = actions.split(
        case, parts=[(len(BIRTH), len(BIRTH + NOTARY))], by=integrity_officer, at=later(hours=2)
    )
    assert (child.sealed, child.handler) == (True, None)
    assert not sees(handler, child)


@pytest.fixture
def merged_unit(handler: User) -> str:
    """A division that was merged into the one the handler works in."""
    old = Unit.objects.create(
        code="STP.CU",
        kind="division",
        name_vi="Phòng cũ",
        valid_from=date(2025, 7, 1),
        valid_to=date(2026, 6, 30),
    )
    old.successors.add(Unit.objects.get(code="STP.HCTP"))
    return old.code


def test_the_successor_of_the_unit_complained_of_does_not_get_the_letter(
    merged_unit: str, assigned: Case, handler: User, colleague: User, triage_officer: User
) -> None:
    """The desks were moved, the people stayed the same."""
    actions.set_subject(assigned, unit=merged_unit, officer=None, by=triage_officer, at=later(hours=1))
    assert assigned.unit_id != "STP.HCTP"
    assert assigned.handler != handler
    assert not sees(handler, assigned)
    assert not sees(colleague, assigned)
    with pytest.raises(errors.CannotAssign):
        actions.route(assigned, unit="STP.HCTP", reason="Về lại.", by=triage_officer, at=later(hours=2))
    with pytest.raises(errors.CannotAssign):
        actions.classify(
            assigned, topic="HT.KS", issue=None, kind="PHAN_ANH", by=triage_officer, at=later(hours=2),
            unit="STP.HCTP", dispatch=True,
        )  # fmt: skip


@pytest.mark.parametrize("unit", ["STP_TB.HCTP", "UBND_XA"])
def test_no_letter_goes_to_a_unit_that_does_not_exist(
    unit: str, assigned: Case, triage_officer: User
) -> None:
    """Abolished, or only a class of units: nobody works there, the letter would lie in a drawer without a room."""
    with pytest.raises(errors.OfficeError):
        actions.classify(
            assigned, topic="HT.KS", issue=None, kind="PHAN_ANH", by=triage_officer, at=later(hours=1),
            unit=unit, dispatch=True,
        )  # fmt: skip
    with pytest.raises(errors.OfficeError):
        actions.route(assigned, unit=unit, reason="Nhầm.", by=triage_officer, at=later(hours=1))


@pytest.mark.parametrize("unit", ["STP_TB.BTTP", "UBND_XA"])
def test_no_opinion_is_asked_of_a_unit_that_does_not_exist(
    unit: str, processing: Case, handler: User
) -> None:
    with pytest.raises(errors.OfficeError):
        actions.coordinate(processing, units=[unit], question="Phí?", by=handler, at=later(hours=2))


# --- Letters about those who guard the sealed ones -----------------------------------------------
def test_a_sealed_letter_about_the_integrity_unit_goes_to_the_head_of_the_office(
    send: Send, integrity_officer: User, triage_officer: User, leader: User, manager: User
) -> None:
    case = send(visibility="sealed").case
    assert not sees(manager, case)
    actions.set_subject(case, unit="STP.VP", officer=None, by=integrity_officer, at=later(hours=1))
    assert not sees(integrity_officer, case)
    assert not sees(triage_officer, case)
    assert not sees(leader, case)
    assert sees(manager, case)
    clerk = hire("can-bo-lanh-dao", "Chuyên viên giúp việc", (str(case.unit_id), "handler"))
    actions.assign(case, handler=clerk, by=manager, at=later(hours=2))
    assert case.handler == clerk


def test_a_sealed_letter_about_an_integrity_officer_is_not_left_to_a_colleague_alone(
    send: Send, integrity_officer: User, manager: User
) -> None:
    case = send(visibility="sealed").case
    actions.set_subject(case, unit=None, officer=integrity_officer, by=integrity_officer, at=later(hours=1))
    assert not sees(integrity_officer, case)
    assert sees(manager, case)
    with pytest.raises(errors.CannotAssign):
        actions.assign(case, handler=integrity_officer, by=manager, at=later(hours=2))


def test_a_denunciation_of_the_integrity_unit_is_routed_away_from_it(
    send: Send, integrity_officer: User, manager: User
) -> None:
    case = send(visibility="sealed").case
    actions.classify(
        case, topic="HT.KS", issue=None, kind="TO_CAO", by=integrity_officer, at=later(hours=1), dispatch=True
    )
    assert case.unit_id == "STP.VP"
    actions.set_subject(case, unit="STP.VP", officer=None, by=integrity_officer, at=later(hours=2))
    assert case.unit_id != "STP.VP"
    assert case.handler is None


# --- Assignment ----------------------------------------------------------------------------------
def test_a_sealed_letter_is_never_handed_out_by_rule(send: Send, handler: User) -> None:
    case = send(visibility="sealed").case
    Case.objects.filter(pk=case.pk).update(unit="STP.HCTP", needs_triage=False)
    case.refresh_from_db()
    assert not actions.retry_assignment(case, at=later(hours=1))
    assert actions.assign_waiting(at=later(hours=1)) == 0
    assert Case.objects.get(pk=case.pk).handler is None


def test_the_substitute_who_is_complained_of_does_not_stand_in(
    send: Send, handler: User, subject_officer: User, triage_officer: User
) -> None:
    case = send().case
    actions.set_subject(case, unit=None, officer=subject_officer, by=triage_officer, at=later(hours=1))
    Case.objects.filter(pk=case.pk).update(handler=None, status="new", needs_triage=False)
    handler.absences.create(
        first_day=date(2026, 11, 1), last_day=date(2026, 11, 30), substitute=subject_officer
    )
    case.refresh_from_db()
    assert not actions.retry_assignment(case, at=later(hours=2))


def test_one_case_that_cannot_be_assigned_does_not_stop_the_others(send: Send, office: None) -> None:
    stuck, waiting = send().case, send().case
    Case.objects.filter(pk=stuck.pk).update(status="pending_approval")
    hire("can-bo-moi", "Chuyên viên mới", ("STP.HCTP", "handler"))
    assert actions.assign_waiting(at=later(days=1)) == 1
    waiting.refresh_from_db()
    assert waiting.handler is not None


# --- Other agencies ------------------------------------------------------------------------------
def test_a_letter_is_not_passed_to_the_agency_it_complains_of(submitted: Case, triage_officer: User) -> None:
    actions.set_subject(submitted, unit="CA_TINH", officer=None, by=triage_officer, at=later(hours=1))
    with pytest.raises(errors.CannotAssign):
        actions.transfer(
            submitted, agency="CA_TINH", reason="Thẩm quyền.", by=triage_officer, at=later(hours=2)
        )


def test_a_unit_of_the_house_is_no_other_agency(
    submitted: Case, stranger: User, triage_officer: User
) -> None:
    """Transferred would mean ended: the division would never find the letter in its queue."""
    with pytest.raises(errors.CannotAssign):
        actions.transfer(
            submitted, agency="STP.BTTP", reason="Công chứng.", by=triage_officer, at=later(hours=2)
        )


# --- Publication ---------------------------------------------------------------------------------
@pytest.fixture
def published(processing: Case, handler: User, leader: User, manager: User) -> Case:
    actions.submit_reply(processing, body="Kính gửi ông/bà, việc đã xong.", by=handler, at=later(days=1))
    actions.approve_reply(processing, by=leader, at=later(days=1))
    actions.prepare_publication(
        processing, title="Trả lời", question_spans=[], answer_spans=[], include_question=True, by=handler,
        at=later(days=2),
    )  # fmt: skip
    actions.publish(processing, by=manager, at=later(days=2))
    return processing


def test_sealing_takes_the_published_letter_down(published: Case, manager: User) -> None:
    assert Publication.objects.published().exists()
    actions.seal(published, reason="Có nội dung tố cáo.", by=manager, at=later(days=3))
    assert not Publication.objects.published().exists()
    assert published.events.filter(verb="withdraw_publication").count() == 1


def test_a_denunciation_found_in_the_second_round_takes_the_published_letter_down(
    published: Case, handler: User, manager: User
) -> None:
    actions.reopen(published, text="Cán bộ đòi tiền.", by=actions.CITIZEN, at=later(days=3))
    actions.classify(published, topic="HT.KS", issue=None, kind="TO_CAO", by=manager, at=later(days=3))
    assert published.sealed
    assert not Publication.objects.published().exists()


# --- Merging -------------------------------------------------------------------------------------
def test_merging_looks_at_the_other_case_as_it_is_now(
    send: Send, assigned: Case, triage_officer: User, manager: User
) -> None:
    """The page was drawn before a colleague sealed the other letter, or merged it the other way round."""
    one, two = send().case, send().case
    stale = Case.objects.get(pk=two.pk)
    actions.merge(two, into=one, by=manager, at=later(hours=1))
    with pytest.raises(errors.OfficeError):
        actions.merge(one, into=stale, by=triage_officer, at=later(hours=2))


def test_members_without_a_role_there_see_nothing(office: None, submitted: Case) -> None:
    nobody = User.objects.create_user("nguoi-la", password="mat-khau-thu-nghiem")
    assert not sees(nobody, submitted)
    past = hire("da-chuyen", "Người đã chuyển đi", ("STP.HCTP", "handler"))
    Membership.objects.filter(user=past).update(valid_to=date(2026, 1, 1))
    assert not sees(User.objects.get(pk=past.pk), submitted)
