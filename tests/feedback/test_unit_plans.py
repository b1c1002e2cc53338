"""Plans for units: what is refused, what an ended unit left behind, interruptions, two workers at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection

from feedback import actions, checks, errors
from feedback.actions import replanning, succession, unit_plans
from feedback.actions.actor import SYSTEM
from feedback.models import Case as CaseModel
from feedback.models import CaseEvent, Change, Unit, User
from feedback.models.catalogue_cache import catalogue
from feedback.reports import log
from feedback.workflow import Status
from tests.cast import BIRTH, WEDNESDAY, later
from tests.feedback.rearrangements import (  # noqa: F401 - the clock is used by every story
    MERGED,
    NEW_UNIT,
    NEXT_DAY,
    NOW,
    OLD,
    carried,
    ends,
    planned,
    stopped_clock,
    verbs,
)

Send = Callable[..., actions.Receipt]


# --- interrupted, and at once --------------------------------------------------------------------


@pytest.fixture
def five(send: Send, handler: User) -> list[CaseModel]:
    return [send(text=f"{BIRTH} Biên nhận số {n}.").case for n in range(5)]


def ready(manager: User, clock: Any) -> Change:
    change = actions.confirm(planned(MERGED, manager), by=manager, at=WEDNESDAY)
    clock.move_to(NEXT_DAY)
    return change


def each_moved_once(cases: list[CaseModel]) -> bool:
    moved = CaseModel.objects.filter(pk__in=[c.pk for c in cases], unit="STP.DS").count() == len(cases)
    return moved and all(verbs(case).count("succeed") == 1 for case in cases)


@pytest.mark.parametrize("accident", [RuntimeError, KeyboardInterrupt])
def test_interrupted_in_the_third_case(
    accident: type[BaseException], five: list[CaseModel], manager: User, clock: Any, monkeypatch: Any
) -> None:
    """A case that fails waits for the next round; a process that dies leaves its batch as it was."""
    change, whole, seen = ready(manager, clock), succession.succeed, []

    def breaks(case: CaseModel, **more: Any) -> bool:
        seen.append(case.pk)
        done = whole(case, **more)
        if len(seen) == 3:
            raise accident
        return done

    monkeypatch.setattr(succession, "succeed", breaks)
    try:
        actions.carry_out(change, at=NEXT_DAY)
    except KeyboardInterrupt:
        assert not CaseEvent.objects.filter(verb="succeed").exists()
    else:
        assert CaseEvent.objects.filter(verb="succeed").count() == 4
    for _ in range(2):
        actions.carry_out(change, at=NEXT_DAY)
    change.refresh_from_db()
    assert change.state == Change.State.DONE
    assert each_moved_once(five)
    assert list(log.verify()) == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once(five: list[CaseModel], manager: User, clock: Any) -> None:
    change, failures = ready(manager, clock), []
    gate = threading.Barrier(4)

    def work() -> None:
        try:
            gate.wait(10)
            actions.carry_on(at=NEXT_DAY)
        except Exception as error:  # the test looks at it
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    actions.carry_on(at=NEXT_DAY)
    change.refresh_from_db()
    assert change.state == Change.State.DONE
    assert each_moved_once(five)
    assert Change.objects.count() == 1
    assert list(log.verify()) == []


# --- left behind ---------------------------------------------------------------------------------


@pytest.fixture
def forgotten(assigned: CaseModel) -> CaseModel:
    """Its unit was ended in the admin without a plan; so was the one that took over: A → B → C."""
    for code, last, heir in (
        ("STP.B", date(2026, 11, 9), "STP.VBPL"),
        (NOW, date(2026, 11, 6), "STP.B"),
    ):
        unit, _ = Unit.objects.get_or_create(
            code=code, defaults={"name_vi": code, "kind": "division", "valid_from": date(2025, 7, 1)}
        )
        unit.valid_to = last
        unit.save()
        unit.successors.add(Unit.objects.get(code=heir))
    return assigned


def test_the_worker_plans_what_an_ended_unit_left_behind(
    forgotten: CaseModel, manager: User, clock: Any
) -> None:
    """A manager only has to confirm; the case goes past the successor that has ended too."""
    at = later(days=9)
    clock.move_to(at)
    assert list(succession.orphans(at.date())) == [forgotten]
    actions.carry_on(at=at)
    actions.carry_on(at=at)
    change = Change.objects.get()
    assert (change.planned_by, change.state, list(change.units["units"])) == (None, "ready", [NOW])
    assert change.lines.get().unit_after_id == "STP.VBPL"
    actions.confirm(change, by=manager, at=at)
    actions.carry_on(at=at)
    forgotten.refresh_from_db()
    assert forgotten.unit_id == "STP.VBPL"
    assert not succession.orphans(at.date()).exists()
    assert Change.objects.count() == 1


def test_a_plan_somebody_dropped_comes_back_the_next_day(
    forgotten: CaseModel, manager: User, clock: Any
) -> None:
    at = later(days=9)
    clock.move_to(at)
    actions.carry_on(at=at)
    actions.drop(Change.objects.get(), by=manager)
    actions.carry_on(at=at.replace(hour=17))
    assert Change.objects.count() == 1
    actions.carry_on(at=later(days=10))
    assert Change.objects.count() == 2


def test_a_dropped_plan_can_be_planned_again_by_hand(forgotten: CaseModel, manager: User, clock: Any) -> None:
    at = later(days=9)
    clock.move_to(at)
    plan = succession.plan_for_ended(at.date())
    assert plan["units"] == {NOW: {"valid_to": "2026-11-06", "successors": ["STP.B"]}}
    change = planned(plan, manager, at)
    again = replanning.plan_again(change, by=manager, at=at)
    assert again.units == change.units


def test_a_clarification_asked_later_follows_by_itself(
    answered: CaseModel, leader: User, manager: User, clock: Any
) -> None:
    """The answer went out before the merger; the manager has confirmed once where such letters go."""
    other = send_somebody_else(answered)
    carried(MERGED, manager, clock)
    answered.refresh_from_db()
    assert answered.unit_id == NOW  # not open: it stays where it was answered
    actions.reopen(answered, text="Tôi chưa rõ nơi nhận giấy.", by=actions.CITIZEN, at=NEXT_DAY)
    assert actions.carry_on(at=NEXT_DAY) == 1
    answered.refresh_from_db()
    assert (answered.unit_id, answered.status) == ("STP.DS", Status.REOPENED)
    assert Change.objects.count() == 1
    assert verbs(answered)[-1] == "succeed"
    assert other.unit_id


def send_somebody_else(case: CaseModel) -> CaseModel:
    """Another open letter of the same unit, so that the merger has something to move."""
    return actions.submit(actions.Letter(text=BIRTH), by=actions.CITIZEN, at=later(days=3)).case


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "refusal", "field"),
    [
        ({"units": {}}, errors.FieldRequired, "units"),
        (ends("KHONG_CO"), errors.UnknownCode, "units"),
        (ends(OLD, on="2026-11-30", to=(NOW,)), unit_plans.UnitEnded, "units"),
        (ends(NOW, to=("KHONG_CO",)), errors.UnknownCode, "successors"),
        (ends(NOW, to=(OLD,)), unit_plans.CannotSucceed, "successors"),
        (ends(NOW, to=(NOW,)), unit_plans.CannotSucceed, "successors"),
        (ends(NOW, to=("UBND_XA",)), unit_plans.CannotSucceed, "successors"),
        (ends(NOW, "STP.BTTP", to=("STP.BTTP",)), unit_plans.CannotSucceed, "successors"),
        (ends(NOW, on="cuối năm", to=("STP.BTTP",)), errors.WrongDate, "valid_to"),
        (ends(NOW, on="2020-01-01", to=("STP.BTTP",)), unit_plans.NotYetThere, "valid_to"),
        (ends("STP", to=("STP.BTTP",)), unit_plans.UnitsBelow, "units"),
        (ends(NOW, new=[{**NEW_UNIT, "code": OLD}]), unit_plans.CodeTaken, "code"),
        (ends(NOW, new=[NEW_UNIT, NEW_UNIT]), unit_plans.CodeTaken, "code"),
        (ends(NOW, new=[{**NEW_UNIT, "code": "phòng mới"}]), unit_plans.CodeUnreadable, "code"),
        (ends(NOW, new=[{**NEW_UNIT, "kind": "phong"}]), errors.UnknownCode, "kind"),
        (ends(NOW, new=[{**NEW_UNIT, "parent": "KHONG_CO"}]), errors.UnknownCode, "parent"),
        (ends(NOW, new=[{**NEW_UNIT, "name_vi": " "}]), errors.FieldRequired, "name_vi"),
        (ends(NOW, new=[{**NEW_UNIT, "valid_from": "2027-02-01"}]), unit_plans.CannotSucceed, "successors"),
    ],
)
@pytest.mark.usefixtures("office")
def test_a_plan_that_cannot_be(plan: dict[str, Any], refusal: type[errors.OfficeError], field: str) -> None:
    with pytest.raises(refusal) as raised:
        actions.plan_units(plan, note="Sắp xếp", by=SYSTEM, at=WEDNESDAY)
    assert raised.value.field == field
    assert "{" not in raised.value.sentence("vi") + raised.value.sentence("en")


@pytest.mark.usefixtures("office")
def test_units_rearranged_together_end_on_one_day() -> None:
    plan = {
        "units": ends(NOW, to=("STP.VBPL",))["units"]
        | ends("STP.BTTP", on="2026-12-15", to=("STP.VBPL",))["units"]
    }
    with pytest.raises(unit_plans.NotOneDay):
        unit_plans.checked(plan)


def test_two_plans_for_one_unit(assigned: CaseModel, manager: User, clock: Any) -> None:
    """The second was right when it was planned; since then the unit has ended otherwise."""
    second = planned(ends(NOW, to=("STP.VBPL",), on="2026-12-15"), manager)
    carried(ends(NOW, to=("STP.BTTP",)), manager, clock)
    actions.recount(second, at=NEXT_DAY)
    actions.count(second, at=NEXT_DAY)
    second.refresh_from_db()
    with pytest.raises(unit_plans.UnitEnded):
        actions.confirm(second, by=manager, at=NEXT_DAY)


# --- the catalogue -------------------------------------------------------------------------------


@pytest.mark.usefixtures("office")
def test_the_first_successor_named_is_tried_first() -> None:
    unit_plans.put_in_force(ends(NOW, to=("STP.VBPL", "STP.BTTP")))
    assert catalogue().successors[NOW] == ["STP.VBPL", "STP.BTTP"]


@pytest.mark.usefixtures("office")
def test_a_role_goes_to_the_heir_of_the_unit_that_held_it() -> None:
    before, after = date(2026, 11, 30), date(2026, 12, 1)
    assert [u.code for u in catalogue().units_with_role("DEFAULT", before)] == ["STP.VP"]
    unit_plans.put_in_force(ends("STP.VP", to=("STP.VBPL",)))
    assert [u.code for u in catalogue().units_with_role("DEFAULT", before)] == ["STP.VP"]
    assert [u.code for u in catalogue().units_with_role("DEFAULT", after)] == ["STP.VBPL"]


@pytest.mark.usefixtures("office")
def test_a_unit_that_ended_without_an_heir_is_a_warning() -> None:
    assert not list(checks.units_without_heir(catalogue()))
    Unit.objects.create(
        code="STP.CU",
        kind="division",
        name_vi="Phòng cũ",
        valid_from=date(2025, 7, 1),
        valid_to=date(2026, 6, 30),
    )
    assert [found.id for found in checks.units_without_heir(catalogue())] == ["feedback.W001"]


def test_one_minute_of_the_chore_costs_little_when_nothing_is_left(
    assigned: CaseModel, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(2):
        assert succession.follow_late(WEDNESDAY) == 0
        assert succession.plan_orphans(WEDNESDAY) is None
