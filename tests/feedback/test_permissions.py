"""Role × verb × status, cell by cell, against the printed table; and the gate `visible_to` with the whole cast."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from feedback import actions, workflow
from feedback.actions.actor import SYSTEM, roles_towards
from feedback.actions.fitting import NotSuspendable
from feedback.actions.spine import permit
from feedback.errors import CannotAssign, NotAllowed, OfficeError, WrongState
from feedback.models import Case, User
from feedback.workflow import Role, Status
from tests.cast import WEDNESDAY, hire

Send = Callable[..., actions.Receipt]

# Towards the handler's ordinary case (unit STP.HCTP, not sealed): who is what.
CAST: dict[str, set[Role]] = {
    "handler": {Role.HANDLER, Role.COLLEAGUE},
    "colleague": {Role.COLLEAGUE},
    "leader": {Role.LEADER},
    "triage_officer": {Role.TRIAGE},
    "manager": {Role.MANAGER},
    "integrity_officer": set(),
    "auditor": {Role.AUDITOR},
    "administrator": set(),
    "stranger": set(),
}
SEALED: dict[str, set[Role]] = {name: set() for name in CAST} | {
    "handler": {Role.HANDLER},
    "integrity_officer": {Role.INTEGRITY},
    "auditor": {Role.AUDITOR},
}


# What the table offers but the law does not for an ordinary letter (a phản ánh): `feedback.actions.fitting`.
UNFIT: dict[tuple[str, Status], type[OfficeError]] = {
    **{("suspend", status): NotSuspendable for status in workflow.sources("suspend")},
    ("request_extension", Status.NEW): WrongState,
}


@pytest.fixture
def cast(request: pytest.FixtureRequest, office: None) -> dict[str, User]:
    return {name: request.getfixturevalue(name) for name in CAST}


@pytest.mark.parametrize("sealed", [False, True])
def test_what_everybody_is_towards_a_case(sealed: bool, cast: dict[str, User], assigned: Case) -> None:
    assigned.sealed, assigned.handler = sealed, cast["handler"]
    assigned.save()
    wanted = SEALED if sealed else CAST
    assert {name: set(roles_towards(user, assigned)) for name, user in cast.items()} == wanted
    seen = {
        name for name, user in cast.items() if Case.objects.visible_to(user).filter(pk=assigned.pk).exists()
    }
    assert seen == {name for name, roles in wanted.items() if roles}


def test_every_cell_of_role_verb_status(cast: dict[str, User], assigned: Case) -> None:
    """The code decides each cell as the table says: allowed, not your verb (403), or not now (409)."""
    for name, status in itertools.product(cast, Status):
        assigned.status, assigned.handler = status, cast["handler"]
        for verb in workflow.VERBS:
            roles = CAST[name]
            row = workflow.find(verb, status)
            ever = any(r.verb == verb and roles.intersection(r.roles) for r in workflow.TRANSITIONS)
            if (verb, status) in UNFIT and row is not None and roles.intersection(row.roles):
                with pytest.raises(UNFIT[verb, status]):
                    permit(assigned, verb, cast[name])
            elif row is not None and roles.intersection(row.roles):
                assert permit(assigned, verb, cast[name])[0] is row
            elif ever and row is None:
                with pytest.raises(WrongState):
                    permit(assigned, verb, cast[name])
            else:
                with pytest.raises(NotAllowed):
                    permit(assigned, verb, cast[name])


def test_buttons_and_permission_agree(cast: dict[str, User], assigned: Case) -> None:
    for name, status in itertools.product(cast, Status):
        assigned.status, assigned.handler = status, cast["handler"]
        buttons = {row.verb for row in actions.allowed_actions(assigned, cast[name])}
        assert buttons == {v for v in workflow.VERBS if actions.may(assigned, v, cast[name])}


def test_auditors_and_administrators_change_nothing() -> None:
    writers = {role for row in workflow.TRANSITIONS for role in row.roles}
    assert not writers & {Role.AUDITOR, Role.ADMINISTRATOR}


def test_every_status_can_be_reached_and_can_end() -> None:
    assert workflow.reachable(Status.NEW) == frozenset(Status)
    for status in Status:
        assert workflow.reachable(status) & (workflow.FINAL | {Status.ANSWERED})


def test_a_case_about_an_officer_is_invisible_to_that_officer(
    subject_officer: User, handler: User, manager: User, assigned: Case
) -> None:
    assert Case.objects.visible_to(subject_officer).filter(pk=assigned.pk).exists()
    actions.set_subject(assigned, unit=None, officer=subject_officer, by=manager, at=WEDNESDAY)
    assert not Case.objects.visible_to(subject_officer).filter(pk=assigned.pk).exists()
    assert roles_towards(subject_officer, assigned) == frozenset()
    with pytest.raises(CannotAssign):
        actions.assign(assigned, handler=subject_officer, by=manager, at=WEDNESDAY)


def test_a_case_about_a_unit_leaves_that_unit(cast: dict[str, User], assigned: Case) -> None:
    actions.set_subject(assigned, unit="STP.HCTP", officer=None, by=cast["manager"], at=WEDNESDAY)
    assert assigned.unit_id != "STP.HCTP"
    assert (assigned.handler, assigned.needs_triage, assigned.status) == (None, True, "new")
    for name in ("handler", "colleague", "leader"):
        assert not Case.objects.visible_to(cast[name]).filter(pk=assigned.pk).exists()
        assert roles_towards(cast[name], assigned) == frozenset()
    assert Case.objects.visible_to(cast["manager"]).filter(pk=assigned.pk).exists()


def test_the_assignment_rule_passes_over_the_officer_complained_about(
    subject_officer: User, send: Send, triage_officer: User
) -> None:
    case = send().case
    if case.handler_id is None:
        actions.classify(
            case, topic="HT.KS", issue="TD", kind="PHAN_ANH", by=triage_officer, at=WEDNESDAY, dispatch=True
        )
    actions.set_subject(case, unit=None, officer=subject_officer, by=triage_officer, at=WEDNESDAY)
    assert case.handler is None
    other = hire("can-bo-3", "Chuyên viên 3", ("STP.HCTP", "handler"))
    actions.classify(
        case,
        topic="HT.KS",
        issue="TD",
        kind="PHAN_ANH",
        by=triage_officer,
        at=WEDNESDAY,
        unit="STP.HCTP",
        dispatch=True,
    )
    assert case.handler == other


def test_a_suspected_denunciation_is_sealed_at_once(
    send: Send, handler: User, leader: User, integrity_officer: User
) -> None:
    case = send(
        text="Tôi tố cáo cán bộ hộ tịch xã đã nhận hối lộ 5 triệu đồng của tôi để làm khai sinh, đề nghị xử lý nghiêm."
    ).case
    assert case.sealed
    assert case.kind_id is None  # only suggested: a person confirms
    assert case.handler is None
    assert not Case.objects.visible_to(leader).exists()
    assert Case.objects.visible_to(integrity_officer).filter(pk=case.pk).exists()
    assert roles_towards(SYSTEM, case) == {Role.SYSTEM}


def test_a_citizen_can_ask_for_secrecy(
    send: Send, handler: User, triage_officer: User, integrity_officer: User
) -> None:
    case = send(visibility="sealed").case
    assert case.sealed
    assert not Case.objects.visible_to(triage_officer).exists()
    with pytest.raises(NotAllowed):
        actions.unseal(case, reason="thử", by=integrity_officer, at=WEDNESDAY)


def test_who_leads_the_directorate_leads_the_whole_agency(assigned: Case) -> None:
    director = hire("giam-doc-so", "Giám đốc Sở", ("STP.LD", "leader"))
    assert Case.objects.visible_to(director).filter(pk=assigned.pk).exists()
    assert Role.LEADER in roles_towards(director, assigned)
