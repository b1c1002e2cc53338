"""What a lawyer and a saboteur asked of versions and changes. The dates of 2026 and 2027 were counted by hand."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback import actions, deadlines
from feedback.actions import assignment, changes, unit_plans
from feedback.actions.replanning import next_version, plan_again
from feedback.management import loading
from feedback.models import CalendarVersion, Case, Change, User, catalogue
from feedback.models.clocks import clocks_of
from feedback.reports import log
from feedback.reports.imagined import Question
from feedback.reports.imagined import clocks_of as imagined
from feedback.web.desk import changes_list as listing
from notifications import digests
from notifications.models import Digest
from tests.cast import HANOI, WEDNESDAY, hire, later
from tests.feedback import test_carrying_over as before_versions
from tests.feedback.test_changes import (
    AFTER,
    at,
    carry_through,
    consistent,
    finish,
    moves,
    plan_day_off,
    remember,
    snapshot,
    with_day_off,
    with_reply_in,
)
from tests.feedback.test_review_races import together

Send = Callable[..., actions.Receipt]
pytestmark = pytest.mark.usefixtures("office")


old_schema = before_versions.old_schema  # a fixture of theirs


def in_force() -> list[dict[str, Any]]:
    return copy.deepcopy(catalogue().rule_books[catalogue().rules_in_force or ""].data)


def plan_rules(entries: list[dict[str, Any]], version: str, when: datetime = WEDNESDAY) -> Change:
    change = changes.plan_rules(entries, version=version, note="Quy định mới", by=actions.SYSTEM, at=when)
    assert changes.count(change, at=when)
    change.refresh_from_db()
    return change


def plan_calendar(data: dict[str, Any], version: str, when: datetime, unit: str | None = None) -> Change:
    change = changes.plan_calendar(
        data, version=version, note="Lịch mới", by=actions.SYSTEM, at=when, unit=unit
    )
    assert changes.count(change, at=when)
    change.refresh_from_db()
    return change


# --- A date that can no longer be computed --------------------------------------------------------
def test_a_rule_that_is_taken_away_leaves_nobody_with_the_date_of_another_clock(processing: Case) -> None:
    before = processing.due_at
    without = [e for e in in_force() if (e["kind"], e["clock"]) != ("PHAN_ANH", "reply")]
    change = plan_rules(without, "khong-han")
    assert (change.moved, change.failed) == (0, 1)
    finish(change)
    processing.refresh_from_db()
    assert (processing.due_at, moves(processing)) == (before, [])
    consistent(processing)


def test_a_calendar_that_ends_too_early_moves_no_date_to_another_clock(send: Send, handler: User) -> None:
    case = actions.accept(send(at=at(17, 12)).case, by=handler, at=at(18, 12))
    before = case.due_at
    short = with_day_off() | {"last_year": 2026, "decided_until": 2026}
    change = plan_calendar(short, "ngan", at(18, 12, 10))
    assert (change.moved, change.failed) == (0, 1)
    finish(change, at(18, 12, 11))
    case.refresh_from_db()
    assert (case.due_at, moves(case)) == (before, [])


def test_a_longer_calendar_brings_the_date_back(send: Send, handler: User) -> None:
    short = with_day_off() | {"last_year": 2026, "decided_until": 2026}
    carry_through(plan_calendar(short, "ngan", WEDNESDAY))
    long = with_day_off() | {"last_year": 2027, "decided_until": 2026}
    case = actions.accept(send(at=at(20, 12)).case, by=handler, at=at(21, 12))
    assert "reply" not in clocks_of(case)
    change = carry_through(plan_calendar(long, "dai", at(21, 12, 10)), at(21, 12, 11))
    case.refresh_from_db()
    assert change.moved == 1
    assert case.due_at == datetime(2027, 1, 5, 17, tzinfo=HANOI)
    consistent(case)


# --- Whose calendar ------------------------------------------------------------------------------
def test_the_second_edition_of_a_units_calendar_leaves_alone_what_was_promised_by_the_offices(
    send: Send, manager: User, handler: User
) -> None:
    """ADR 10: accepted elsewhere, the promised date stands, whoever handles the letter."""
    other = "STP.BTTP"
    carry_through(plan_calendar(with_day_off("2026-11-10"), "bttp-1", WEDNESDAY, unit=other))
    case = actions.accept(send(at=AFTER).case, by=handler, at=later(hours=2))
    promised = case.due_at
    actions.route(case, unit=other, reason="Việc của phòng đó.", by=manager, at=later(hours=3))
    assert (case.unit_id, case.due_at) == (other, promised)
    change = plan_calendar(with_day_off("2026-11-10", "2026-11-12"), "bttp-2", later(hours=4), unit=other)
    assert change.moved == 0
    carry_through(change, later(hours=5))
    case.refresh_from_db()
    assert (case.due_at, moves(case)) == (promised, [])
    carry_through(plan_day_off("2026-11-13", version="thu-9", when=later(hours=6)), later(hours=7))
    assert moves(case) == ["redate"]  # the office's own next edition reaches it
    consistent(case)


def test_a_merger_moves_no_date_although_the_successor_has_its_own_calendar(
    send: Send, manager: User, handler: User
) -> None:
    """The citizen reads "by the same date"; so it must be."""
    with time_machine.travel(WEDNESDAY, tick=False) as clock:
        heir = "STP.BTTP"
        colleague = hire("can-bo-moi", "Chuyên viên", (heir, "handler"))
        carry_through(plan_calendar(with_day_off("2026-11-10"), "bttp-1", WEDNESDAY, unit=heir))
        case = send(at=later(hours=1)).case
        before = case.due_at
        assert (case.handler, case.accepted_at) == (handler, None)
        plan = {"units": {"STP.HCTP": {"valid_to": "2026-11-04", "successors": [heir]}}}
        change = changes.plan_units(plan, note="Sáp nhập", by=manager, at=later(hours=1))
        assert changes.count(change, at=later(hours=1))
        changes.confirm(change, by=manager, at=later(hours=1))
        clock.move_to(later(days=1))
        actions.carry_on(at=later(days=1))
        case.refresh_from_db()
        assert case.unit_id == heir
        assert case.events.filter(verb="assign").count() == 2
        assert case.due_at == before
        actions.assign_waiting(at=later(days=1, hours=1))
        leader = hire("truong-phong", "Trưởng phòng", (heir, "leader"))
        actions.assign(case, handler=colleague, by=leader, at=later(days=1, hours=2))
        assert case.due_at == before
        consistent(case)


# --- What was granted ------------------------------------------------------------------------------
def test_an_extension_granted_stays_as_far_as_the_new_rule_goes(
    processing: Case, handler: User, leader: User
) -> None:
    actions.request_extension(processing, reason="Cần xác minh.", by=handler, at=later(days=1))
    actions.approve_extension(processing, by=leader, at=later(days=1))
    assert processing.due_at == at(3, 12, 17)  # 20 working days from 04/11, 24/11 being off
    entries = in_force()
    next(e for e in entries if (e["kind"], e["clock"]) == ("PHAN_ANH", "reply"))["extend_to"] = 15
    carry_through(plan_rules(entries, "it-hon", later(days=2)), later(days=3))
    processing.refresh_from_db()
    assert processing.due_at == at(26, 11, 17)  # 15 working days
    assert actions.extension_offer(processing, later(days=4)) is None
    consistent(processing)


def test_an_extension_granted_in_time_is_not_lost_to_a_rule_that_came_afterwards(
    processing: Case, handler: User, leader: User
) -> None:
    """Granted on 16/11 in time for 18/11; by the new rule the unextended date would have been 11/11."""
    actions.request_extension(processing, reason="Cần xác minh.", by=handler, at=at(16, 11))
    actions.approve_extension(processing, by=leader, at=at(16, 11))
    assert processing.due_at == at(3, 12, 17)
    carry_through(plan_rules(with_reply_in(5), "ngan-hon", at(16, 11, 10)), at(16, 11, 11))
    processing.refresh_from_db()
    assert processing.due_at == at(3, 12, 17)
    consistent(processing)


def test_what_was_late_when_it_was_answered_stays_late_whatever_comes_in_force(
    processing: Case, handler: User, leader: User
) -> None:
    """Sorted anew, the letter had five working days, to 11/11; more time given on 16/11 came too late for that."""
    carry_through(plan_rules(with_reply_in(5, kind="KIEN_NGHI"), "nam-ngay"))
    actions.request_extension(processing, reason="Cần xác minh.", by=handler, at=at(16, 11))
    actions.approve_extension(processing, by=leader, at=at(16, 11))
    actions.classify(processing, topic="HT.KS", issue="CH", kind="KIEN_NGHI", by=handler, at=at(16, 11, 10))
    actions.submit_reply(processing, body="Kính gửi ông/bà.", by=handler, at=at(17, 11))
    actions.approve_reply(processing, by=leader, at=at(17, 11))
    assert processing.clocks.get(name="reply").verdict == "missed"
    carry_through(plan_day_off(when=at(17, 11, 10)), at(17, 11, 11))
    actions.reopen(processing, text="Tôi chưa rõ.", by=actions.CITIZEN, at=at(18, 11))
    assert processing.clocks.get(name="reply").verdict == "missed"
    consistent(processing)


def test_a_question_asked_in_time_still_stops_the_clock_after_a_date_came_closer(
    processing: Case, handler: User
) -> None:
    """Asked on 16/11 in time for 18/11; afterwards a rule makes it 11/11: late by the rule, yet nothing breaks."""
    actions.ask_citizen(processing, question="Ngày nào?", by=handler, at=at(16, 11))
    carry_through(plan_rules(with_reply_in(5), "ngan-hon", at(16, 11, 10)), at(16, 11, 11))
    actions.sweep_deadlines(at=at(17, 11))
    actions.answer_info(processing, text="Ngày 12.", by=actions.CITIZEN, at=at(18, 11))
    consistent(processing)


def test_a_date_moved_into_the_past_rings_once(processing: Case) -> None:
    actions.sweep_deadlines(at=at(16, 11))
    carry_through(plan_rules(with_reply_in(5), "ngan-hon", at(16, 11, 10)), at(16, 11, 11))
    for minute in range(3):
        actions.sweep_deadlines(at=at(16, 11, 12, minute))
    verbs = list(processing.events.values_list("verb", flat=True))
    assert verbs.count("overdue") == 1
    assert list(log.verify()) == []


# --- Clocks of machines ----------------------------------------------------------------------------
def test_a_watch_set_back_does_not_end_the_second_round_with_the_answer_of_the_first(
    answered: Case, handler: User
) -> None:
    actions.reopen(answered, text="Tôi chưa rõ.", by=actions.CITIZEN, at=later(days=1, hours=12))
    second = clocks_of(answered)["reply-2"]
    assert second.stopped_at is None
    assert answered.clocks.get(name="reply").verdict == "met"
    consistent(answered)


def test_two_acts_at_the_same_instant_keep_their_own_verbs(
    assigned: Case, handler: User, leader: User
) -> None:
    now = later(hours=1)
    actions.accept(assigned, by=handler, at=now)
    actions.submit_reply(assigned, body="Kính gửi ông/bà.", by=handler, at=now)
    carry_through(plan_day_off(when=later(minutes=10)), later(minutes=20))
    assigned.refresh_from_db()
    actions.approve_reply(assigned, by=leader, at=now)
    found = {row.name: (row.stopped_by, row.calendar_version) for row in assigned.clocks.all()}
    assert found["accept"][0] == "accept"
    assert found["accept"][1] != "thu-1"
    assert found["reply"] == ("approve_reply", "thu-1")
    consistent(assigned)


def test_an_extension_imagined_too_late_still_means_nothing() -> None:
    """The calculator: accepted on 05/11, ten working days end on 19/11; more time given on 20/11 is given to nobody."""
    late = deadlines.Extension(at(20, 11), 20, "wd")
    asked = Question("PHAN_ANH", WEDNESDAY, accepted=at(5, 11), extensions=(("reply", late),))
    assert deadlines.due(imagined(asked)["reply"]) == at(19, 11, 17)


def test_a_date_beyond_the_calendar_is_not_replaced_by_that_of_another_clock(
    send: Send, handler: User
) -> None:
    """Asked on Monday 28/12 and answered on 31/12 the ten days end in 2027, which the short calendar does not know."""
    carry_through(
        plan_calendar(with_day_off() | {"last_year": 2026, "decided_until": 2026}, "ngan", WEDNESDAY)
    )
    case = actions.accept(send(at=at(15, 12)).case, by=handler, at=at(16, 12))
    promised = case.due_at
    assert promised == at(30, 12, 17)
    actions.ask_citizen(case, question="Ngày nào?", by=handler, at=at(28, 12))
    actions.answer_info(case, text="Ngày 12.", by=actions.CITIZEN, at=at(31, 12))
    assert case.due_at == promised


# --- Received in the past -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("received", "code", "accept_by"),
    [
        (datetime(2026, 6, 30, 16, tzinfo=HANOI), "kn.accept.2012", datetime(2026, 7, 14, 17, tzinfo=HANOI)),
        (datetime(2026, 7, 1, 8, tzinfo=HANOI), "kn.accept.2026", datetime(2026, 7, 10, 17, tzinfo=HANOI)),
    ],
)
def test_an_imported_complaint_goes_by_the_law_of_the_day_it_came(
    received: datetime, code: str, accept_by: datetime, send: Send, handler: User
) -> None:
    """Entered on 04/11/2026 from paper: ten working days before 01/07/2026, seven since."""
    case = send(received_at=received).case
    actions.classify(case, topic="HT.KS", issue="CH", kind="KHIEU_NAI", by=handler, at=later(hours=1))
    clock = clocks_of(case)["accept"]
    assert (clock.rule.id, deadlines.due(clock)) == (code, accept_by)
    assert ("red_line" in clocks_of(case)) == (received.month == 7)
    carry_through(plan_day_off("2026-07-08", when=later(hours=2)), later(hours=3))
    moved = clocks_of(Case.objects.get(pk=case.pk))["accept"]
    assert deadlines.due(moved) == accept_by + timedelta(days=1 if received.month == 6 else 3)
    consistent(case)


def test_a_part_split_off_goes_by_the_same_versions_as_the_whole(
    send: Send, processing: Case, handler: User
) -> None:
    carry_through(plan_day_off())
    processing.refresh_from_db()
    (child,) = actions.split(processing, parts=[(0, 60)], by=handler, at=later(hours=2))
    assert (child.calendar_version, child.rules_version) == (
        processing.calendar_version,
        processing.rules_version,
    )
    assert {c.calendar.version for c in clocks_of(child).values()} == {"thu-1"}
    consistent(child)
    change = carry_through(plan_day_off("2026-11-12", version="thu-2", when=later(hours=3)), later(hours=4))
    assert {line.case for line in change.lines.all()} == {processing, child}
    assert moves(child) == ["redate"]


def test_merged_across_a_change_and_handled_by_itself_again(
    send: Send, processing: Case, triage_officer: User, manager: User
) -> None:
    other = send(at=later(hours=1)).case
    actions.merge(other, into=processing, by=triage_officer, at=later(hours=2))
    carry_through(plan_day_off(when=later(hours=3)), later(hours=4))
    other.refresh_from_db()
    assert (moves(other), other.calendar_version) == ([], "vn-2026.2")
    actions.withdraw(processing, at=later(hours=5))
    assert actions.release_duplicates(at=later(hours=6)) == 1
    other.refresh_from_db()
    assert other.calendar_version == "thu-1"
    assert other.clocks.get(name="reply").stopped_at is None
    consistent(other)


# --- By hand --------------------------------------------------------------------------------------
def counted_by_hand(kind: str, steps: list[tuple[str, datetime]], send: Send, **labels: Any) -> Case:
    """A letter of the kind, received on 04/11/2026, walked through `steps`; extensions are granted on the same day."""
    one, two = (hire(f"liem-chinh-{n}", f"Liêm chính {n}", ("STP.VP", "integrity")) for n in (1, 2))
    case = send(visibility="sealed").case
    actions.classify(case, topic="HT.KS", issue="CH", kind=kind, by=one, at=WEDNESDAY, **labels)
    actions.assign(case, handler=one, by=two, at=WEDNESDAY)
    for verb, when in steps:
        if verb == "accept":
            actions.accept(case, by=one, at=when)
        elif verb == "extend":
            actions.request_extension(case, reason="Vụ việc phức tạp.", by=one, at=when)
            actions.approve_extension(case, by=two, at=when)
        elif verb == "ask":
            actions.ask_citizen(case, question="Ngày nào?", by=one, at=when)
        elif verb == "answer":
            actions.answer_info(case, text="Ngày 12.", by=actions.CITIZEN, at=when)
        else:
            getattr(actions, verb)(case, reason="Chờ giám định.", by=two, at=when)
    consistent(case)
    return case


def day(number: int, month: int, year: int = 2026, hour: int = 9) -> datetime:
    return datetime(year, month, number, hour, tzinfo=HANOI)


@pytest.mark.parametrize(
    ("kind", "labels", "steps", "due"),
    [
        # 05/11 + 30 = 05/12. Suspended 10/11 to 20/11: ten dates (11–20). 15/12, a Tuesday.
        (
            "KHIEU_NAI",
            {},
            [("accept", day(5, 11)), ("suspend", day(10, 11)), ("resume", day(20, 11))],
            day(15, 12, hour=17),
        ),
        # Extended on 07/12 (30 days end on Saturday 05/12, hence on 07/12): 45 = 20/12. Suspended 14/12 to 18/12:
        # four dates, 24/12, a Thursday.
        (
            "KHIEU_NAI",
            {},
            [
                ("accept", day(5, 11)),
                ("extend", day(7, 12)),
                ("suspend", day(14, 12)),
                ("resume", day(18, 12)),
            ],
            day(24, 12, hour=17),
        ),
        # Second instance, remote: 05/11 + 60 = 04/01/2027; suspended 24/11 (a day off) to 04/12: ten dates; then
        # extended to 70: 14/01 + 10 = 24/01, a Sunday, hence Monday 25/01.
        (
            "KHIEU_NAI",
            {"instance": 2, "remote": True},
            [
                ("accept", day(5, 11)),
                ("suspend", day(24, 11)),
                ("resume", day(4, 12)),
                ("extend", day(10, 12)),
            ],
            day(25, 1, 2027, 17),
        ),
        # Accepted on 13/11, the last of seven working days: 13/12, a Sunday. Extended: 60 = 12/01. Suspended 01/12 to
        # 02/12: one date, 13/01, a Wednesday.
        (
            "TO_CAO",
            {},
            [
                ("accept", day(13, 11)),
                ("suspend", day(1, 12)),
                ("resume", day(2, 12)),
                ("extend", day(3, 12)),
            ],
            day(13, 1, 2027, 17),
        ),
        # Asked before the acceptance, 06/11 09:00 to 10/11 09:00: two working days, so it may be accepted until
        # 17/11. Accepted on 16/11; twice extended: 90 days end on Sunday 14/02/2027, hence Monday 15/02 (Tết is over).
        (
            "TO_CAO",
            {},
            [
                ("ask", day(6, 11)),
                ("answer", day(10, 11)),
                ("accept", day(16, 11)),
                ("extend", day(1, 12)),
                ("extend", day(4, 1, 2027)),
            ],
            day(15, 2, 2027, 17),
        ),
    ],
)
def test_five_cases_counted_on_paper(
    kind: str, labels: dict[str, Any], steps: list[tuple[str, datetime]], due: datetime, send: Send
) -> None:
    case = counted_by_hand(kind, steps, send, **labels)
    assert case.due_at == due
    if steps[0][0] == "ask":
        assert case.clocks.get(name="accept").due_at == day(17, 11, hour=17)
        assert case.clocks.get(name="accept").verdict == "met"


# --- Who may see ------------------------------------------------------------------------------------
def test_sealed_letters_are_on_nobodys_list_but_theirs(
    send: Send, processing: Case, manager: User, administrator: User, integrity_officer: User
) -> None:
    sealed = send(visibility="sealed").case
    change = plan_day_off()
    assert {line.case for line in change.lines.all()} == {processing, sealed}
    assert [line.case for line in listing.seen(manager, change)] == [processing]
    assert not listing.seen(administrator, change).exists()


def test_a_letter_costs_at_most_twelve_questions_although_versions_are_recorded(
    send: Send, handler: User
) -> None:
    carry_through(plan_calendar(with_day_off("2026-11-10"), "hctp-1", WEDNESDAY, unit="STP.HCTP"))
    send(at=AFTER)
    with CaptureQueriesContext(connection) as asked:
        case = send(at=AFTER).case
    assert case.calendar_version == "hctp-1"
    statements = [
        q["sql"] for q in asked if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))
    ]
    assert len(statements) <= 12, statements


# --- At once ---------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_a_letter_that_arrives_while_its_unit_is_merged_is_not_lost(
    handler: User, manager: User, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The letter holds the desks of the unit and then names the unit; the merger holds the unit and then moves them."""
    plan = {"units": {"STP.HCTP": {"valid_to": "2027-12-31", "successors": ["STP.BTTP"]}}, "people": True}
    change = changes.plan_units(plan, note="Sáp nhập", by=manager, at=WEDNESDAY)
    assert changes.count(change, at=WEDNESDAY)
    desks_held, unit_held = threading.Event(), threading.Event()
    choose, move = assignment.choose_handler, unit_plans._move_people

    def chosen(case: Case, when: datetime) -> Any:
        found = choose(case, when)
        desks_held.set()
        unit_held.wait(5)
        return found

    def moved(code: str, last: Any) -> None:
        unit_held.set()
        move(code, last)

    def confirm() -> Any:
        desks_held.wait(5)
        return changes.confirm(change, by=manager, at=later(minutes=1))

    monkeypatch.setattr(assignment, "choose_handler", chosen)
    monkeypatch.setattr(unit_plans, "_move_people", moved)
    receipt, confirmed = together(lambda: send(at=later(minutes=1)), confirm)
    assert isinstance(receipt, actions.Receipt), receipt
    assert isinstance(confirmed, Change), confirmed
    assert receipt.case.handler == handler


# --- From the time before versions -----------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_rules_the_office_edited_before_there_were_versions_are_not_put_aside(old_schema: Any) -> None:
    """No letter is open, so a file would be in force at once; but here somebody had given ten days instead of five."""
    model = old_schema.get_model("feedback", "DeadlineRule")
    origin = old_schema.get_model("feedback", "CatalogueOrigin")
    for entry in loading.one_by_one(loading.plain(loading.read("deadlines.yaml"))["rules"]):
        values = {"kind_code": entry["kind"], "clock": entry["clock"], "data": entry, "law": entry["law"]}
        values |= {"valid_from": loading._day(entry.get("from")), "valid_to": loading._day(entry.get("to"))}
        values["confidence"] = entry["conf"]
        model.objects.create(code=entry["id"], **values)
        origin.objects.create(table="DeadlineRule", code=entry["id"], fingerprint=loading.fingerprint(values))
    row = model.objects.get(code="hoidap.reply")
    model.objects.filter(pk=row.pk).update(data={**row.data, "value": 10})
    before_versions.forward()
    tally = loading.load()
    assert "RulesVersion vn-2026.1" in tally.kept
    assert catalogue().rules_in_force == "vn-2026.0"
    asked = Question("HOI_DAP", WEDNESDAY)
    assert deadlines.due(imagined(asked)["reply"]) == at(18, 11, 17)


# --- Another process --------------------------------------------------------------------------------
def test_a_plan_made_from_an_old_snapshot_cannot_put_a_day_off_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Confirmed in one process a second ago; another, yet to hear of it, plans on what it knows."""
    old = snapshot()
    carry_through(plan_day_off("2026-11-12", version="thu-1"))
    with monkeypatch.context() as then:
        remember(old, then)
        data = with_day_off("2026-11-13")
        assert next_version(CalendarVersion, WEDNESDAY) != "thu-1"
        change = changes.plan_calendar(data, version="thu-2", note="Nghỉ", by=actions.SYSTEM, at=AFTER)
    changes.count(change, at=later(hours=1))
    with pytest.raises(changes.ChangeOutdated):
        changes.confirm(change, by=actions.SYSTEM, at=later(hours=1))
    again = plan_again(change, by=actions.SYSTEM, at=later(hours=1))
    assert again.calendar is not None
    assert {"2026-11-12", "2026-11-13"} <= {day["date"] for day in again.calendar.data["overrides"]}


def test_two_processes_find_two_names(monkeypatch: pytest.MonkeyPatch) -> None:
    old = snapshot()
    name = next_version(None, WEDNESDAY)
    changes.plan_rules(in_force(), version=name, note="Một", by=actions.SYSTEM, at=WEDNESDAY)
    remember(old, monkeypatch)
    assert next_version(None, WEDNESDAY) != name


def test_who_has_left_the_office_is_told_nothing_of_its_changes(
    processing: Case, handler: User, manager: User
) -> None:
    handler.is_active = False
    handler.save()
    change = carry_through(plan_day_off())
    assert change.moved == 1
    digests.tell(change, at=AFTER)
    assert [one.user for one in Digest.objects.filter(change=change)] == [manager]
