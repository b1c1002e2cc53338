"""The unit at work: figures that lead to their letters, and letters handed over with open eyes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback import actions
from feedback.models import Absence, Case, Membership, OfficeAct, User
from tests.cast import BIRTH, WEDNESDAY, hire
from tests.feedback.web.desk.conftest import Open, moment

Send = Callable[..., actions.Receipt]
ROOM, GIVE = "/can-bo/phong/", "/can-bo/phong/giao/"


def key(case: Case) -> str:
    fresh = Case.objects.get(pk=case.pk)
    return f"{fresh.reference}:{fresh.version}"


def line_of(context: Any, person: User) -> Any:
    return next(line for line in context["lines"] if line.desk.person == person)


@pytest.fixture
def busy(send: Send, handler: User, colleague: User, leader: User) -> list[Case]:
    """Six letters of the first handler: overdue, due this week, due later, one handed in for approval."""
    cases = [
        send(f"{BIRTH} Lần {n}.", at=moment() - timedelta(days=days)).case
        for n, days in enumerate((30, 16, 15, 5, 1, 0))
    ]
    for case in cases:
        if case.handler != handler:
            actions.assign(case, handler=handler, by=leader, at=moment())
    actions.accept(cases[4], by=handler, at=moment())
    actions.submit_reply(cases[4], body="Kính gửi ông/bà, đã xong.", by=handler, at=moment())
    return cases


@pytest.mark.parametrize(
    ("who", "status"),
    [("leader", 200), ("manager", 200), ("handler", 403), ("triage_officer", 403), ("auditor", 403)],
)
def test_who_may_enter(who: str, status: int, desk_of: Open, request: pytest.FixtureRequest) -> None:
    client = desk_of(request.getfixturevalue(who))
    assert client.get(ROOM).status_code == status
    assert client.post(GIVE).status_code == (422 if status == 200 else 403)
    assert client.post("/can-bo/phong/suc-lam/").status_code == (404 if status == 200 else 403)


def test_administrators_have_no_letters(administrator: User, desk_of: Open) -> None:
    assert desk_of(administrator).get(ROOM)["Location"] == "/can-bo/quan-tri/"


def test_a_leader_sees_the_own_unit_only(
    busy: list[Case], stranger: User, leader: User, manager: User, desk_of: Open
) -> None:
    shown = {line.desk.person for line in desk_of(leader).get(ROOM).context["lines"]}
    assert stranger not in shown
    assert stranger not in {
        line.desk.person for line in desk_of(leader).get(f"{ROOM}?unit=STP.BTTP").context["lines"]
    }
    assert stranger in {line.desk.person for line in desk_of(manager).get(ROOM).context["lines"]}
    assert {line.desk.person for line in desk_of(manager).get(f"{ROOM}?unit=STP.BTTP").context["lines"]} == {
        stranger
    }


def test_every_figure_leads_to_its_letters(
    busy: list[Case], handler: User, leader: User, desk_of: Open
) -> None:
    client = desk_of(leader)
    line = line_of(client.get(ROOM).context, handler)
    numbers = {name: getattr(line.desk, name) for name in line.urls}
    assert numbers["open"] == 6
    assert numbers["approval"] == 1
    assert numbers["overdue"] >= 1
    assert (numbers["today"], numbers["week"]) == (1, 2)
    for name, url in line.urls.items():
        rows = {row.reference for row in client.get(url).context["rows"]}
        assert len(rows) == numbers[name], (name, url)


def test_load_capacity_and_leave(
    busy: list[Case], handler: User, colleague: User, leader: User, desk_of: Open
) -> None:
    client = desk_of(leader)
    before = line_of(client.get(ROOM).context, handler).desk
    assert before.capacity == 6, "Wednesday to Friday of a week of ten letters"
    week = Case.objects.filter(handler=handler, due_at__lt=moment() + timedelta(days=5)).exclude(
        status="pending_approval"
    )
    assert before.load == week.count()
    Case.objects.filter(pk=busy[0].pk).update(kind="KHIEU_NAI")
    Absence.objects.create(
        user=handler,
        first_day=moment().date(),
        last_day=moment().date() + timedelta(days=1),
        substitute=colleague,
    )
    page = client.get(ROOM)
    after = line_of(page.context, handler).desk
    assert (after.load, after.capacity) == (before.load + 2, 2)
    assert after.over
    assert str(colleague) in page.content.decode()


def test_sealed_letters_and_those_about_the_leader_are_not_counted(
    busy: list[Case], handler: User, leader: User, desk_of: Open
) -> None:
    Case.objects.filter(pk=busy[0].pk).update(sealed=True)
    Case.objects.filter(pk=busy[1].pk).update(subject_officer=leader)
    page = desk_of(leader).get(ROOM)
    assert line_of(page.context, handler).desk.open == 4
    text = page.content.decode()
    assert busy[0].reference not in text
    assert busy[1].reference not in text


def test_letters_are_handed_over(
    busy: list[Case], handler: User, colleague: User, leader: User, desk_of: Open
) -> None:
    client = desk_of(leader)
    asked = {"to": str(colleague.pk), "case": [key(busy[0]), key(busy[1])], "unit": ""}
    page = client.post(GIVE, asked)
    assert page.status_code == 200
    assert [move.refusal for move in page.context["moves"]] == ["", ""]
    assert (page.context["desk"].open, page.context["open_after"]) == (0, 2)
    assert Case.objects.filter(handler=colleague).count() == 0, "nothing moves before it is confirmed"
    done = client.post(GIVE, asked | {"confirm": "1"})
    assert {letter.reference for letter in done.context["done"]} == {busy[0].reference, busy[1].reference}
    assert Case.objects.filter(handler=colleague).count() == 2
    event = busy[0].events.filter(verb="assign").latest("seq")
    assert (event.actor, event.internal["handler"]) == (leader, colleague.pk)


def test_each_letter_by_itself_what_moved_meanwhile_stays(
    busy: list[Case], handler: User, colleague: User, leader: User, desk_of: Open
) -> None:
    client = desk_of(leader)
    asked = {"to": str(colleague.pk), "case": [key(busy[0]), key(busy[1])], "confirm": "1"}
    actions.accept(busy[0], by=handler, at=moment())
    page = client.post(GIVE, asked)
    assert [letter.reference for letter in page.context["done"]] == [busy[1].reference]
    assert [letter.reference for letter, _why in page.context["not_done"]] == [busy[0].reference]
    assert "người khác cập nhật" in page.content.decode()
    busy[0].refresh_from_db()
    assert busy[0].handler == handler


def test_a_letter_without_a_version_is_not_moved(
    busy: list[Case], colleague: User, leader: User, desk_of: Open
) -> None:
    page = desk_of(leader).post(GIVE, {"to": str(colleague.pk), "case": [busy[0].reference], "confirm": "1"})
    assert page.context["done"] == []


def test_conflicts_leave_and_skills_are_said_before(
    busy: list[Case], colleague: User, leader: User, desk_of: Open
) -> None:
    Case.objects.filter(pk=busy[1].pk).update(subject_officer=colleague)
    due = Case.objects.get(pk=busy[3].pk).due_at.date()
    Absence.objects.create(user=colleague, first_day=due - timedelta(days=1), last_day=due)
    Membership.objects.filter(user=colleague).update(skills=["CT"])
    keys = [key(busy[1]), key(busy[3])]
    client = desk_of(leader)
    page = client.post(GIVE, {"to": str(colleague.pk), "case": keys})
    moves = {move.letter.reference: move for move in page.context["moves"]}
    assert "nói về người đó" in moves[busy[1].reference].refusal
    assert len(moves[busy[3].reference].remarks) == 2
    assert "Nghỉ" in moves[busy[3].reference].remarks[0]
    done = client.post(GIVE, {"to": str(colleague.pk), "case": keys, "confirm": "1"})
    assert [letter.reference for letter in done.context["done"]] == [busy[3].reference]
    assert "nói về người đó" in done.content.decode()


def test_nothing_ticked_nobody_chosen_keeps_the_choice(
    busy: list[Case], colleague: User, leader: User, desk_of: Open
) -> None:
    client = desk_of(leader)
    page = client.post(GIVE, {"to": str(colleague.pk)})
    assert page.status_code == 422
    assert page.context["to"] == str(colleague.pk)
    page = client.post(GIVE, {"case": [key(busy[0])]})
    assert page.status_code == 422
    assert [one.reference for one in page.context["letters"] if one.chosen] == [busy[0].reference]


def test_not_from_or_to_another_unit(
    busy: list[Case], send: Send, stranger: User, colleague: User, leader: User, desk_of: Open
) -> None:
    client = desk_of(leader)
    assert (
        client.post(GIVE, {"to": str(stranger.pk), "case": [key(busy[0])], "confirm": "1"}).status_code == 422
    )
    Case.objects.filter(pk=busy[0].pk).update(unit="STP.BTTP", handler=stranger)
    page = client.post(GIVE, {"to": str(colleague.pk), "case": [key(busy[0])], "confirm": "1"})
    assert (page.context["done"], page.context["gone"]) == ([], 1)


def test_who_left_is_listed_with_what_still_lies_there(
    busy: list[Case], handler: User, colleague: User, leader: User, desk_of: Open
) -> None:
    handler.is_active = False
    handler.save()
    client = desk_of(leader)
    line = line_of(client.get(ROOM).context, handler)
    assert (line.desk.units, line.desk.open) == ([], 6)
    assert handler not in {desk.person for desk in client.get(ROOM).context["people"]}
    page = client.get(f"{ROOM}?person={handler.pk}")
    assert len(page.context["letters"]) == 5, "the one in wait of approval cannot be moved now"


def test_the_leader_says_how_much_fits(handler: User, leader: User, stranger: User, desk_of: Open) -> None:
    client, url = desk_of(leader), "/can-bo/phong/suc-lam/"
    assert client.post(url, {"person": handler.pk, "weekly": "nhiều"}).status_code == 422
    assert client.post(url, {"person": handler.pk, "weekly": "15"}).status_code == 302
    handler.refresh_from_db()
    assert handler.weekly_capacity == 15
    act = OfficeAct.objects.get()
    assert (act.what, act.by, act.changes) == ("capacity", leader, {"weekly_capacity": [10, 15]})
    assert client.post(url, {"person": stranger.pk, "weekly": "15"}).status_code == 404


def test_as_many_queries_for_twenty_people_as_for_two(
    send: Send, handler: User, colleague: User, leader: User, desk_of: Open
) -> None:
    counts = []
    for more in (2, 30):
        for n in range(more):
            send(f"{BIRTH} Đơn {more}-{n}.", at=WEDNESDAY - timedelta(minutes=n))
        if more == 30:
            for n in range(18):
                hire(f"can-bo-them-{n}", f"Chuyên viên {n}", ("STP.HCTP", "handler"))
        client = desk_of(leader)
        client.get(ROOM)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(ROOM).status_code == 200
        counts.append(len(asked))
        cases = [key(case) for case in Case.objects.filter(unit="STP.HCTP")[:more]]
        with CaptureQueriesContext(connection) as asked:
            assert client.post(GIVE, {"to": str(colleague.pk), "case": cases}).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[2] <= 9
    assert counts[1] == counts[3] <= 10


def test_the_room_counts_as_asked(busy: list[Case], leader: User, desk_of: Open) -> None:
    """What a substitute is told stands above the letters of the leader on leave."""
    other = hire("duyet-thay", "Trưởng phòng Bổ trợ", ("STP.BTTP", "leader"))
    Absence.objects.create(
        user=leader, first_day=moment().date(), last_day=moment().date(), substitute=other, approves=True
    )
    page = desk_of(other).get("/can-bo/viec/approval/")
    assert [row.reference for row in page.context["rows"]] == [busy[4].reference]
    assert f"Ông/bà đang duyệt thay {leader}" in page.content.decode()
    approving = desk_of(other).get(f"/can-bo/don/{busy[4].reference}/approve_reply/")
    assert f"Ông/bà đang duyệt thay {leader}" in approving.content.decode()


@pytest.mark.parametrize("substitute", ["", "self", "away"])
def test_approving_is_handed_on_to_somebody_who_is_there(
    leader: User, manager: User, desk_of: Open, substitute: str
) -> None:
    day = moment().date()
    if substitute == "away":
        Absence.objects.create(user=manager, first_day=day, last_day=day)
    chosen = {"": "", "self": str(leader.pk), "away": str(manager.pk)}[substitute]
    fields = {"person": leader.pk, "first_day": day, "last_day": day, "approves": "on"}
    client = desk_of(leader)
    page = client.post("/can-bo/nghi-phep/", fields | {"substitute": chosen})
    assert page.status_code == 422
    assert "substitute" in page.context["form"].errors
    if substitute == "":
        assert client.post("/can-bo/nghi-phep/", fields | {"substitute": manager.pk}).status_code == 302
        assert Absence.objects.get().approves


def test_a_handler_has_nothing_to_approve(handler: User, leader: User, desk_of: Open) -> None:
    assert "approves" not in desk_of(handler).get("/can-bo/nghi-phep/").context["form"].fields
    day = moment().date()
    page = desk_of(leader).post(
        "/can-bo/nghi-phep/",
        {"person": handler.pk, "first_day": day, "last_day": day, "substitute": leader.pk, "approves": "on"},
    )
    assert "approves" in page.context["form"].errors
