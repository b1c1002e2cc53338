"""Changing the world: planned, counted, confirmed – and then every open case follows, once each."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback import actions, deadlines, errors
from feedback.actions import changes, spine
from feedback.actions.change_effects import effect_of
from feedback.actions.clocks import recompute
from feedback.models import (
    CalendarVersion,
    Case,
    CaseClock,
    Change,
    RulesVersion,
    User,
    catalogue,
    catalogue_cache,
)
from feedback.models.catalogue_cache import Catalogue
from feedback.models.clocks import clocks_of, main_clock
from feedback.reports import log
from feedback.reports.clock import clock_views
from tests.cast import HANOI, WEDNESDAY, hire, later

Send = Callable[..., actions.Receipt]
AFTER = later(minutes=5)  # the confirmation is settled: a pass from here on may be the last
DAY_OFF = "2026-11-18"
pytestmark = pytest.mark.usefixtures("office")


def at(day: int, month: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=HANOI)


def with_day_off(*days: str, base: dict[str, Any] | None = None) -> dict[str, Any]:
    """The calendar in force with more days off."""
    data = copy.deepcopy(base or catalogue().calendars[catalogue().calendars_in_force[None]].data)
    data["overrides"] += [{"date": day, "working": False, "name": "Nghỉ theo quyết định"} for day in days]
    return data


def with_reply_in(days: int, *, since: str | None = None, kind: str = "PHAN_ANH") -> list[dict[str, Any]]:
    """The rules in force, with other days for the reply to ordinary letters; `since`: to those begun later only."""
    entries = copy.deepcopy(catalogue().rule_books[catalogue().rules_in_force or ""].data)
    mine = [e for e in entries if (e["kind"], e["clock"]) == (kind, "reply") and not e.get("to")]
    assert len(mine) == 1
    new = {**mine[0], "value": days, "id": mine[0]["id"] + ".new"}
    if since is None:
        mine[0]["value"] = days
        return entries
    mine[0]["to"] = (datetime.fromisoformat(since) - timedelta(days=1)).date().isoformat()
    return [*entries, {**new, "from": since}]


def plan_day_off(
    *days: str,
    by: Any = actions.SYSTEM,
    version: str = "thu-1",
    when: datetime = WEDNESDAY,
    unit: str | None = None,
) -> Change:
    change = changes.plan_calendar(
        with_day_off(*(days or (DAY_OFF,))),
        version=version,
        note="Quyết định nghỉ",
        by=by,
        at=when,
        unit=unit,
    )
    changes.count(change, at=when)
    change.refresh_from_db()
    return change


def finish(change: Change, when: datetime = AFTER) -> Change:
    """Confirm, let everything follow, and wait out the minute after it."""
    change.refresh_from_db()
    if change.state == Change.State.READY:
        changes.confirm(change, by=actions.SYSTEM, at=when - timedelta(minutes=2))
    for minute in range(10):
        changes.carry_out(change, at=when + timedelta(minutes=minute))
        change.refresh_from_db()
        if change.state == Change.State.DONE:
            break
    return change


def carry_through(change: Change, when: datetime = AFTER) -> Change:
    change = finish(change, when)
    assert change.state == Change.State.DONE
    assert list(log.verify()) == []
    return change


def moves(case: Case) -> list[str]:
    """The verbs by which changes reached the case, in order."""
    return list(
        case.events.filter(verb__in=("redate", "keep_date")).order_by("seq").values_list("verb", flat=True)
    )


COLUMNS = (
    "due_at",
    "original_due_at",
    "stopped_at",
    "verdict",
    "late_seconds",
    "calendar_version",
    "rules_version",
)


def cached(case: Case) -> dict[str, tuple[Any, ...]]:
    return {row["name"]: tuple(row[c] for c in COLUMNS) for row in case.clocks.values("name", *COLUMNS)}


def replayed(case: Case) -> dict[str, tuple[Any, ...]]:
    """The same from the log alone."""
    found = {}
    for name, clock in clocks_of(case).items():
        verdict = deadlines.verdict(clock)
        found[name] = (
            deadlines.due(clock),
            deadlines.original_due(clock),
            verdict.stopped_at if verdict else None,
            ("met" if verdict.met else "missed") if verdict else "",
            verdict.late_working_seconds if verdict else 0,
            clock.calendar.version,
            clock.rules_version,
        )
    return found


def consistent(case: Case) -> None:
    case.refresh_from_db()
    assert cached(case) == replayed(case)
    main = main_clock(clocks_of(case))
    assert main is not None
    assert case.due_at == deadlines.due(main)
    if case.is_open:
        assert (case.calendar_version, case.rules_version) == (main.calendar.version, main.rules_version)


# --- Planned and counted -------------------------------------------------------------------------
def test_a_dry_run_lists_exactly_the_cases_whose_date_moves(send: Send, processing: Case) -> None:
    urgent = send(at=at(2, 11)).case  # by 18 November too
    later_on = send(at=at(20, 11)).case  # begins after the day off
    before = {case.pk: case.due_at for case in Case.objects.all()}
    change = plan_day_off()
    assert (change.state, change.looked_at, change.moved, change.failed) == (Change.State.READY, 3, 2, 0)
    lines = {line.case_id: (line.due_before, line.due_after) for line in change.lines.all()}
    assert lines == {
        processing.pk: (at(18, 11, 17), at(19, 11, 17)),
        urgent.pk: (before[urgent.pk], lines[urgent.pk][1]),
    }
    assert lines[urgent.pk][1] > before[urgent.pk]
    assert later_on.pk not in lines
    assert {case.pk: case.due_at for case in Case.objects.all()} == before
    assert all(moves(case) == [] for case in Case.objects.all())


def test_nothing_moves_before_somebody_confirms(
    send: Send, processing: Case, handler: User, leader: User
) -> None:
    """Not through another verb, a new letter, a page or the calculator's clocks."""
    in_force = catalogue().calendar.version
    plan_day_off()
    changes.count(
        changes.plan_rules(
            with_reply_in(3), version="quy-tac-1", note="Thử", by=actions.SYSTEM, at=WEDNESDAY
        ),
        at=WEDNESDAY,
    )
    actions.ask_citizen(processing, question="Ngày nào?", by=handler, at=later(hours=2))
    actions.answer_info(processing, text="Ngày 12.", by=actions.CITIZEN, at=later(hours=3))
    actions.carry_on(at=AFTER)
    processing.refresh_from_db()
    assert processing.due_at == at(18, 11, 17)  # what the pause took lay within the working day
    assert send().case.calendar_version == in_force == catalogue().calendar.version
    assert clock_views(processing, at=AFTER)[0].due_at == at(18, 11, 17)
    assert Case.objects.exclude(calendar_version=in_force).count() == 0


def test_a_second_look_counts_what_arrived_meanwhile(send: Send, processing: Case) -> None:
    change = plan_day_off()
    send()
    assert change.lines.count() == 1
    changes.recount(change, at=later(hours=1))
    changes.count(change, at=later(hours=1))
    change.refresh_from_db()
    assert (change.lines.count(), change.moved, change.looked_at) == (2, 2, 2)


def test_a_case_that_cannot_be_computed_does_not_stop_the_count(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = send().case, send().case
    refuse(monkeypatch, broken)
    change = plan_day_off()
    assert (change.failed, change.moved, change.state) == (1, 1, Change.State.READY)
    assert change.lines.get().case == sound


def refuse(monkeypatch: pytest.MonkeyPatch, *broken: Case) -> None:
    """From now on the clocks of these cases cannot be computed."""
    real = effect_of

    def effect_or_error(change: Change, case: Case, *rest: Any) -> Any:
        if case in broken:
            raise ValueError("a rule that contradicts itself")
        return real(change, case, *rest)

    monkeypatch.setattr(changes, "effect_of", effect_or_error)


@pytest.mark.parametrize("who", ["handler", "leader", "auditor"])
def test_only_managers_and_administrators_plan(who: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(errors.NotAllowed):
        plan_day_off(by=request.getfixturevalue(who))


def test_only_managers_confirm(administrator: User, manager: User) -> None:
    change = plan_day_off(by=administrator)
    with pytest.raises(errors.NotAllowed):
        changes.confirm(change, by=administrator, at=AFTER)
    assert changes.confirm(change, by=manager, at=AFTER).confirmed_by == manager


def test_names_reasons_and_content(submitted: Case) -> None:
    in_force = catalogue().calendars_in_force[None]
    with pytest.raises(changes.VersionTaken):
        plan_day_off(version=in_force)
    with pytest.raises(changes.VersionTaken):
        plan_day_off(version="x" * 81)
    for unreadable in ("a b", "a/b", "<script>", "-1"):
        with pytest.raises(changes.VersionUnreadable):
            plan_day_off(version=unreadable)
    with pytest.raises(errors.FieldRequired):
        plan_day_off(version=" ")
    with pytest.raises(errors.ReasonRequired):
        changes.plan_calendar(with_day_off(), version="a", note=" ", by=actions.SYSTEM, at=WEDNESDAY)
    with pytest.raises(errors.UnknownCode):
        plan_day_off(unit="KHONG_CO")
    with pytest.raises(errors.FieldRequired):  # the office cannot be without a calendar
        changes.plan_calendar({}, version="a", note="Bỏ", by=actions.SYSTEM, at=WEDNESDAY)
    with pytest.raises(changes.NoOwnCalendar):  # there is nothing to give up
        changes.plan_calendar({}, version="a", note="Bỏ", by=actions.SYSTEM, at=WEDNESDAY, unit="STP.HCTP")
    with pytest.raises(ValueError, match="same date"):
        plan_day_off(DAY_OFF, DAY_OFF)
    assert not Change.objects.exists()


def test_the_same_content_under_another_name_moves_nothing(submitted: Case) -> None:
    data = catalogue().calendars[catalogue().calendars_in_force[None]].data
    change = changes.plan_calendar(data, version="ten-khac", note="Đổi tên", by=actions.SYSTEM, at=WEDNESDAY)
    changes.count(change, at=WEDNESDAY)
    change.refresh_from_db()
    assert (change.looked_at, change.moved) == (1, 0)
    carry_through(change)
    assert moves(submitted) == ["keep_date"]
    consistent(submitted)
    assert submitted.calendar_version == "ten-khac"


# --- Confirmed -----------------------------------------------------------------------------------
def test_after_confirmation_new_letters_take_it_and_open_ones_follow_once(
    send: Send, processing: Case, handler: User
) -> None:
    unmoved = send(at=at(20, 11)).case
    change = plan_day_off()
    changes.confirm(change, by=actions.SYSTEM, at=later(hours=2))
    new = send(at=later(hours=2)).case
    assert new.calendar_version == "thu-1"
    carry_through(change, later(hours=3))
    assert (moves(processing), moves(unmoved), moves(new)) == (["redate"], ["keep_date"], [])
    event = processing.events.get(verb="redate")
    assert event.is_public
    assert event.public == {
        "due_before": at(18, 11, 17).isoformat(),
        "due_at": at(19, 11, 17).isoformat(),
        "change": "Quyết định nghỉ",
    }
    assert not unmoved.events.get(verb="keep_date").is_public
    for case in (processing, unmoved, new):
        consistent(case)
    change.refresh_from_db()
    assert (change.looked_at, change.moved, change.failed) == (2, 1, 0)
    assert actions.carry_on(at=later(days=1)) == 0


def test_an_open_form_goes_stale_only_when_the_date_moves(
    processing: Case, send: Send, handler: User
) -> None:
    unmoved = send(at=at(20, 11)).case
    seen, other = processing.version, unmoved.version
    carry_through(plan_day_off())
    processing.refresh_from_db()
    unmoved.refresh_from_db()
    assert (processing.version, unmoved.version) == (seen + 1, other)


def test_what_is_decided_stays_decided(answered: Case, send: Send, handler: User, leader: User) -> None:
    """Answered and closed letters keep verdict, date and versions, also when they are computed anew later."""
    closed = send().case
    actions.withdraw(closed, at=later(hours=4))
    before = [(case.pk, case.due_at, cached(case)) for case in (answered, closed)]
    carry_through(plan_day_off("2026-11-05", "2026-11-06"), later(days=3))
    actions.rate(answered, score=2, words="", at=later(days=4))
    recompute(answered, later(days=5), new_events=())
    recompute(closed, later(days=5), new_events=())
    for case, (pk, due, clocks) in zip((answered, closed), before, strict=True):
        case.refresh_from_db()
        assert (case.pk, case.due_at, cached(case)) == (pk, due, clocks)
        assert moves(case) == []
        consistent(case)
        assert clock_views(case, at=later(days=9))[0].due_at == due


def test_a_stopped_clock_of_an_open_case_keeps_its_verdict(assigned: Case, handler: User) -> None:
    """Accepted on the last day; a day off decided afterwards makes nobody a day earlier, nor later."""
    actions.accept(assigned, by=handler, at=at(6, 11, 16))
    before = cached(assigned)["accept"]
    carry_through(plan_day_off("2026-11-05", DAY_OFF), at(9, 11))
    after = cached(assigned)
    assert after["accept"] == before
    assert after["acknowledge"][-2] == before[-2] != after["reply"][-2] == "thu-1"
    consistent(assigned)


def test_the_order_of_the_log_counts_not_the_watches_of_two_machines(assigned: Case, handler: User) -> None:
    """The worker's clock is slow: its change is dated before the acceptance it came after."""
    actions.accept(assigned, by=handler, at=at(6, 11, 16))
    before = cached(assigned)["accept"]
    change = plan_day_off("2026-11-05", DAY_OFF)
    changes.confirm(change, by=actions.SYSTEM, at=at(6, 11, 15))
    changes.carry_out(change, at=at(6, 11, 15, 59))
    changes.carry_out(change, at=at(6, 11, 16))  # and once in the same instant
    assert moves(assigned) == ["redate"]
    assert cached(assigned)["accept"] == before
    consistent(assigned)


def test_extension_and_pause_survive(processing: Case, handler: User, leader: User) -> None:
    actions.request_extension(processing, reason="Cần xác minh.", by=handler, at=later(days=1))
    actions.approve_extension(processing, by=leader, at=later(days=1))
    actions.ask_citizen(processing, question="Ngày nào?", by=handler, at=later(days=2))
    before = processing.due_at
    change = carry_through(plan_day_off("2026-11-25"), later(days=3))
    processing.refresh_from_db()
    actions.answer_info(processing, text="Ngày 12.", by=actions.CITIZEN, at=later(days=5))
    assert processing.clocks.get(name="reply").extensions == 1
    assert processing.clocks.get(name="reply").paused_seconds == 0  # counted once it has stopped
    assert processing.due_at > before
    assert change.moved == 1
    consistent(processing)


def test_a_reopened_case_takes_what_is_in_force(answered: Case) -> None:
    first = cached(answered)["reply"]
    carry_through(plan_day_off("2026-11-12"), later(days=3))
    actions.reopen(answered, text="Tôi chưa rõ.", by=actions.CITIZEN, at=later(days=4))
    assert answered.calendar_version == "thu-1"
    assert cached(answered)["reply"] == first
    assert cached(answered)["reply-2"][-2] == "thu-1"
    consistent(answered)


def test_alarms_that_rang_do_not_ring_again(processing: Case) -> None:
    actions.sweep_deadlines(at=at(18, 11, 18))
    rung = processing.events.filter(verb__in=("due_soon", "overdue")).count()
    assert rung >= 1
    carry_through(plan_day_off("2026-11-05"), at(18, 11, 19))  # the new date, 19 November, is not over yet
    actions.sweep_deadlines(at=at(18, 11, 19))
    assert processing.events.filter(verb__in=("due_soon", "overdue")).count() == rung
    actions.sweep_deadlines(at=at(19, 11, 18))
    assert processing.events.filter(verb="overdue").count() == 2  # it is late by the new date as well


# --- One after another ---------------------------------------------------------------------------
def test_several_changes_one_after_another(processing: Case, send: Send) -> None:
    carry_through(plan_day_off("2026-11-12"), AFTER)
    second = changes.plan_calendar(
        with_day_off("2026-11-13"),
        version="thu-2",
        note="Thêm ngày nghỉ",
        by=actions.SYSTEM,
        at=later(hours=1),
    )
    changes.count(second, at=later(hours=1))
    second.refresh_from_db()
    carry_through(second, later(hours=2))
    rules = changes.plan_rules(
        with_reply_in(9), version="qt-2", note="Rút ngắn", by=actions.SYSTEM, at=later(hours=3)
    )
    changes.count(rules, at=later(hours=3))
    rules.refresh_from_db()
    carry_through(rules, later(hours=4))
    assert moves(processing) == ["redate", "redate", "redate"]
    processing.refresh_from_db()
    assert processing.due_at == at(19, 11, 17)  # nine working days and two days off
    assert [
        e.internal["world_before"]["calendar"]
        for e in processing.events.filter(verb="redate").order_by("seq")
    ] == [
        "vn-2026.2",
        "thu-1",
        "thu-2",
    ]
    consistent(processing)


def test_a_change_planned_on_an_older_version_is_refused(submitted: Case) -> None:
    first, second = plan_day_off("2026-11-12"), plan_day_off("2026-11-13", version="thu-2")
    changes.confirm(first, by=actions.SYSTEM, at=AFTER)
    with pytest.raises(changes.ChangeOutdated):
        changes.confirm(second, by=actions.SYSTEM, at=AFTER)
    assert catalogue().calendar.version == "thu-1"


def test_a_list_made_before_another_change_is_made_again(submitted: Case) -> None:
    """Rules and calendar do not exclude each other, but what was counted is no longer true."""
    day_off = plan_day_off()
    rules = changes.plan_rules(
        with_reply_in(3), version="qt-1", note="Rút ngắn", by=actions.SYSTEM, at=WEDNESDAY
    )
    changes.count(rules, at=WEDNESDAY)
    assert day_off.moved == 1
    changes.confirm(rules, by=actions.SYSTEM, at=later(minutes=1))
    with pytest.raises(changes.ChangeNotReady):
        changes.confirm(day_off, by=actions.SYSTEM, at=later(minutes=1))
    assert not changes.count(day_off, at=later(minutes=1))  # waits for the dates to settle
    carry_through(rules)
    assert changes.count(day_off, at=AFTER)
    day_off.refresh_from_db()
    assert (day_off.state, day_off.moved) == (Change.State.READY, 0)  # due long before the day off now


@pytest.mark.parametrize("state", ["counting", "confirmed", "done", "dropped"])
def test_only_a_counted_change_is_confirmed(state: str) -> None:
    change = plan_day_off()
    Change.objects.filter(pk=change.pk).update(state=state)
    with pytest.raises(changes.ChangeNotReady):
        changes.confirm(change, by=actions.SYSTEM, at=AFTER)
    assert catalogue().calendar.version == "vn-2026.2"


def test_a_dropped_change_leaves_no_trace_in_the_dates(submitted: Case) -> None:
    change = changes.drop(plan_day_off(), by=actions.SYSTEM)
    assert change.state == Change.State.DROPPED
    for step in (changes.drop, changes.confirm):
        with pytest.raises(changes.ChangeNotReady):
            step(change, by=actions.SYSTEM, **({"at": AFTER} if step is changes.confirm else {}))
    with pytest.raises(changes.ChangeNotReady):
        changes.recount(change, at=AFTER)
    assert actions.carry_on(at=AFTER) == 0
    assert moves(submitted) == []


# --- Rules ---------------------------------------------------------------------------------------
def test_only_letters_of_the_new_rules_days_get_other_dates(send: Send, processing: Case) -> None:
    young = send(at=at(11, 11)).case
    change = changes.plan_rules(
        with_reply_in(5, since="2026-11-10"),
        version="qt-1",
        note="Quy chế mới",
        by=actions.SYSTEM,
        at=WEDNESDAY,
    )
    changes.count(change, at=at(12, 11))
    change.refresh_from_db()
    assert list(change.lines.values_list("case", flat=True)) == [young.pk]
    carry_through(change, at(12, 11, 10))
    assert (moves(processing), moves(young)) == (["keep_date"], ["redate"])
    consistent(processing)
    consistent(young)
    assert RulesVersion.objects.in_force().first() == change.rules


# --- A unit's own calendar -----------------------------------------------------------------------
def test_a_unit_gets_a_calendar_of_its_own_and_gives_it_up_again(
    send: Send, processing: Case, manager: User
) -> None:
    other = send(
        "Tôi muốn hỏi về thủ tục công chứng hợp đồng mua bán nhà, phòng công chứng thu phí sai."
    ).case
    assert (processing.unit_id, other.unit_id) == ("STP.HCTP", other.unit_id)
    assert other.unit_id != "STP.HCTP"
    own = plan_day_off(unit="STP.HCTP", version="hctp-1")
    assert [line.case for line in own.lines.all()] == [processing]
    carry_through(own)
    assert (moves(processing), moves(other)) == (["redate"], [])
    assert send(at=AFTER).case.calendar_version == "hctp-1"
    processing.refresh_from_db()
    assert processing.due_at == at(19, 11, 17)

    office = plan_day_off("2026-11-12", version="thu-2", when=later(hours=1))
    carry_through(office, later(hours=2))
    assert (moves(processing), len(moves(other))) == (["redate"], 1)  # the office's day off is not the unit's

    ended = changes.plan_calendar(
        {}, version="hctp-0", note="Theo lịch chung", by=manager, at=later(hours=3), unit="STP.HCTP"
    )
    changes.count(ended, at=later(hours=3))
    ended.refresh_from_db()
    carry_through(ended, later(hours=4))
    processing.refresh_from_db()
    assert processing.calendar_version == "thu-2"
    assert moves(processing)[-1] in ("redate", "keep_date")
    for case in Case.objects.all():
        consistent(case)


def test_units_below_follow_unless_they_have_their_own(send: Send, processing: Case) -> None:
    above = plan_day_off(unit="STP", version="stp-1")
    carry_through(above)
    processing.refresh_from_db()
    assert processing.calendar_version == "stp-1"
    own = changes.plan_calendar(
        with_day_off("2026-11-12"),
        version="hctp-1",
        note="Lịch riêng",
        by=actions.SYSTEM,
        at=AFTER,
        unit="STP.HCTP",
    )
    changes.count(own, at=later(hours=1))
    own.refresh_from_db()
    carry_through(own, later(hours=1))
    again = plan_day_off("2026-11-13", unit="STP", version="stp-2", when=later(hours=2))
    assert again.looked_at == 0
    carry_through(again, later(hours=3))
    processing.refresh_from_db()
    assert processing.calendar_version == "hctp-1"
    consistent(processing)


def test_a_letter_without_a_version_does_not_fall_into_a_units_calendar(send: Send) -> None:
    other = send(
        "Tôi muốn hỏi về thủ tục công chứng hợp đồng mua bán nhà, phòng công chứng thu phí sai."
    ).case
    Case.objects.filter(pk=other.pk).update(calendar_version="")
    carry_through(plan_day_off(unit="STP.HCTP", version="hctp-1"))
    other.refresh_from_db()
    assert other.calendar_version == ""


# --- Interrupted ---------------------------------------------------------------------------------
@pytest.mark.parametrize("broken_at", [0, 1, 26, 29])
def test_interrupted_anywhere_each_case_follows_once(
    broken_at: int, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power goes while case k is being saved; the next round goes on."""
    hire("can-bo-1", "Chuyên viên", ("STP.HCTP", "handler"), capacity=500)
    cases = [send().case for _ in range(30)]
    change = plan_day_off()
    changes.confirm(change, by=actions.SYSTEM, at=later(minutes=1))
    real, seen = spine.Work.finish, iter(range(1000))

    def finish_or_die(work: spine.Work) -> None:
        real(work)
        if next(seen) == broken_at:
            raise KeyboardInterrupt

    monkeypatch.setattr(spine.Work, "finish", finish_or_die)
    with pytest.raises(KeyboardInterrupt):
        changes.carry_out(change, at=AFTER)
    monkeypatch.undo()
    change = carry_through(change)
    assert [moves(case) for case in cases] == [["redate"]] * 30
    assert (change.looked_at, change.moved) == (30, 30)


def test_a_case_that_fails_does_not_stop_the_others(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [send().case for _ in range(4)]
    change = plan_day_off()
    refuse(monkeypatch, cases[1])
    change = finish(change)
    assert (change.state, change.moved, change.failed) == (Change.State.DONE, 3, 1)
    assert [moves(case) for case in cases] == [["redate"], [], ["redate"], ["redate"]]
    assert list(log.verify()) == []


def test_one_that_failed_and_is_mended_follows_in_the_next_round(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [send().case for _ in range(2)]
    change = plan_day_off()
    changes.confirm(change, by=actions.SYSTEM, at=WEDNESDAY)
    refuse(monkeypatch, cases[0])
    changes.carry_out(change, at=AFTER)
    change.refresh_from_db()
    assert change.state == Change.State.CONFIRMED
    monkeypatch.undo()
    carry_through(change)
    assert (change.moved, change.failed) == (2, 0)
    assert [moves(case) for case in cases] == [["redate"]] * 2


def test_a_change_is_not_done_before_every_process_has_heard_of_it(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process with the old catalogue in memory receives a letter in the minute after the confirmation."""
    early = send().case
    change = plan_day_off()
    changes.confirm(change, by=actions.SYSTEM, at=later(minutes=1))
    changes.carry_out(change, at=later(minutes=1))
    late = old_snapshot_submits(send, monkeypatch)
    change.refresh_from_db()
    assert change.state == Change.State.CONFIRMED
    assert moves(early) == ["redate"]
    carry_through(change, later(minutes=3))
    assert (moves(early), moves(late)) == (["redate"], ["redate"])
    consistent(late)


def remember(old: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on this process works by an old snapshot."""
    monkeypatch.setattr(catalogue_cache, "_own_changes", lambda: 0)
    monkeypatch.setattr(catalogue_cache, "_snapshot", old)


def snapshot(**columns: Any) -> Catalogue:
    """The catalogue of this moment, whatever comes."""
    fresh = catalogue()
    held: dict[str, Any] = {"calendars": dict(fresh.calendars), "loaded_at": float("inf")}
    return dataclasses.replace(fresh, **held | columns)


def old_snapshot_submits(send: Send, monkeypatch: pytest.MonkeyPatch) -> Case:
    """What a process does that has not looked at the catalogue since before the confirmation."""
    versions = {"vn-2026.2": catalogue().calendars["vn-2026.2"]}
    with monkeypatch.context() as then:
        remember(snapshot(calendars=versions, calendars_in_force={None: "vn-2026.2"}), then)
        return send(at=later(minutes=1)).case


def test_an_old_snapshot_computes_a_case_that_already_follows_by_what_it_follows(
    assigned: Case, handler: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accepted by a process that has yet to hear of the calendar the case goes by: the row is fetched, not guessed."""
    old = snapshot()
    carry_through(plan_day_off())
    with monkeypatch.context() as then:
        remember(old, then)
        assert catalogue().calendar.version == "vn-2026.2"
        actions.accept(assigned, by=handler, at=later(minutes=10))
    assert assigned.due_at == at(19, 11, 17)
    consistent(assigned)


# --- How much it asks of the database ------------------------------------------------------------
def test_counting_asks_the_same_few_questions_for_many_cases(send: Send) -> None:
    hire("can-bo-1", "Chuyên viên", ("STP.HCTP", "handler"), capacity=500)

    def queries() -> int:
        changes.recount(change, at=WEDNESDAY)
        catalogue()
        with CaptureQueriesContext(connection) as seen:
            changes.count(change, at=WEDNESDAY)
        return len(seen)

    send()
    change = plan_day_off()
    few = queries()
    for _ in range(20):
        send()
    assert queries() == few


def test_a_batch_asks_at_most_a_dozen_questions_a_case(send: Send) -> None:
    hire("can-bo-1", "Chuyên viên", ("STP.HCTP", "handler"), capacity=500)
    for _ in range(20):
        send()
    change = plan_day_off()
    changes.confirm(change, by=actions.SYSTEM, at=WEDNESDAY)
    catalogue()
    with CaptureQueriesContext(connection) as seen:
        assert changes.carry_out(change, at=AFTER) == 20
    assert len(seen) <= 40 + 20 * 12


def test_versions_are_never_edited_or_lost(submitted: Case) -> None:
    carry_through(plan_day_off())
    assert set(CalendarVersion.objects.values_list("version", flat=True)) == {"vn-2026.2", "thu-1"}
    assert set(CaseClock.objects.values_list("calendar_version", flat=True)) <= {"vn-2026.2", "thu-1"}
