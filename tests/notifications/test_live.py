"""The socket of an open page: who gets one, what it hears, when it is closed, how it catches up."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import channels.db
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from feedback import actions
from feedback.models import Absence, Case, Coordination, Membership, User
from feedback.signals import presence_changed
from notifications import consumers
from notifications.consumers import Live
from notifications.live import door, wire
from notifications.live import hub as hub_module
from notifications.live.changes import FAR, Change, since
from notifications.live.gate import sees
from notifications.live.hub import BACKLOG, Seat, hub
from notifications.models import InboxItem
from tests.cast import hire, later

pytestmark = pytest.mark.django_db

Send = Callable[..., actions.Receipt]
HOST = b"127.0.0.1:8000"
REDIS = settings.REDIS_ADDRESS
AS_IT_RUNS = hub_module.CHECK_EVERY
PATIENCE = 30  # seconds; a message takes a few milliseconds on an idle machine


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The hub looks often: what happens in a test's own transaction gives no hint."""
    monkeypatch.setattr(hub_module, "POLL", 0.05)
    monkeypatch.setattr(hub_module, "CHECK_EVERY", 0.05)
    monkeypatch.setattr(hub_module, "AFTER_FAILURE", 0.05)
    monkeypatch.setattr(settings, "REDIS_ADDRESS", "")
    # Everything here runs on the test's one connection, inside its transaction.
    monkeypatch.setattr(channels.db, "close_old_connections", lambda: None)
    looked.clear()
    monkeypatch.setattr(consumers, "_look", _counted)
    yield
    left = hub.seats.copy()
    for seat in left:
        hub.go(seat)  # the next test begins with an empty hub
    assert left == set(), "every socket of the test was closed"
    assert wire.wire.ear is None


looked: list[int] = []
_look = consumers._look


def _counted(*wish: Any) -> list[Change]:
    missed = _look(*wish)
    looked.append(len(missed))
    return missed


async def until(question: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not question():
            await asyncio.sleep(0.01)


def cookie_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


class Page:
    """An open page, as far as the socket knows it (channels.testing would want a second server installed)."""

    def __init__(self, cookie: str, origin: bytes | None = b"http://" + HOST) -> None:
        headers = [(b"host", HOST), (b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode())]
        headers += [(b"origin", origin)] if origin is not None else []
        scope = {"type": "websocket", "path": "/ws/", "query_string": b"", "headers": headers}
        line: Any = ApplicationCommunicator
        self.line = line(Live.as_asgi(), scope)

    async def open(self) -> bool:
        await self.line.send_input({"type": "websocket.connect"})
        if (await self.line.receive_output(PATIENCE))["type"] == "websocket.accept":
            return True
        await self.close()
        return False

    async def shows(self, *cases: Case, lists: bool = False, after: int | None = None) -> None:
        wish: dict[str, Any] = {"watch": [case.reference for case in cases], "list": lists}
        await self.says(json.dumps(wish if after is None else {**wish, "after": after}))

    async def says(self, text: str) -> None:
        """Send it, and wait until the office has taken it in."""
        before = len(looked)
        await self.line.send_input({"type": "websocket.receive", "text": text})
        await until(lambda: len(looked) > before or not hub.seats)

    async def hears(self) -> dict[str, Any]:
        said = await self.line.receive_output(PATIENCE)
        assert said["type"] == "websocket.send", said
        return json.loads(said["text"])

    async def silent(self) -> bool:
        return await self.line.receive_nothing(0.3, 0.05)

    async def closed_with(self) -> int:
        while True:
            said = await self.line.receive_output(PATIENCE)
            if said["type"] == "websocket.close":
                await self.close()
                return int(said["code"])

    async def close(self) -> None:
        await self.line.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.line.wait(PATIENCE)


def story(work: Callable[[], Awaitable[None]]) -> None:
    async_to_sync(work)()


async def office(work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Something that happens in the office, on the thread of the test's database connection."""
    return await sync_to_async(work)(*args, **kwargs)


def test_a_page_hears_of_the_letter_it_shows_and_of_no_word_of_it(assigned: Case, handler: User) -> None:
    cookie = cookie_of(handler)

    async def work() -> None:
        page = Page(cookie)
        assert await page.open()
        await page.shows(assigned)
        await office(actions.accept, assigned, by=handler, at=later(hours=1))
        heard = await page.hears()
        assert heard == {"id": assigned.reference, "version": assigned.version, "seq": heard["seq"]}
        assert heard["seq"] == await office(lambda: assigned.events.order_by("-seq")[0].pk)
        await page.close()

    story(work)


def test_only_a_list_hears_of_letters_it_does_not_show(assigned: Case, handler: User, send: Send) -> None:
    cookie = cookie_of(handler)

    async def work() -> None:
        page, leave_page = Page(cookie), Page(cookie)
        assert await page.open()
        assert await leave_page.open()
        await page.shows(lists=True)
        receipt = await office(send, "Tôi hỏi lệ phí cấp bản sao giấy khai sinh tại bộ phận một cửa.")
        assert (await page.hears())["id"] == receipt.case.reference
        assert await leave_page.silent()
        await page.close()
        await leave_page.close()

    story(work)


@pytest.mark.parametrize("origin", [None, b"http://xau.example.vn", b"null", b"http://127.0.0.1:9000"])
def test_a_page_of_another_site_gets_no_socket(handler: User, origin: bytes | None) -> None:
    page = Page(cookie_of(handler), origin)

    async def work() -> None:
        assert not await page.open()

    story(work)


def test_a_trusted_origin_and_an_unknown_host(handler: User, settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://phananh.example.vn"]
    assert door.same_origin({"origin": "https://phananh.example.vn", "host": "10.0.0.3:8000"})
    assert (
        door.same_origin({"origin": "http://[::1]:8000", "host": "[::1]:8000"}) is False
    )  # not among the hosts
    assert not door.same_origin({"origin": "http://xau.example.vn", "host": "xau.example.vn"})
    assert not door.same_origin({})


def test_who_is_not_wholly_signed_in_gets_no_socket(
    handler: User, leader: User, administrator: User, settings: Any
) -> None:
    settings.SECOND_FACTOR = "leaders"
    cookies = {
        name: cookie_of(user) for name, user in [("leader", leader), ("without a desk", administrator)]
    }
    gone = cookie_of(handler)
    User.objects.filter(pk=handler.pk).update(is_active=False)
    cookies |= {"left": gone, "nobody": "", "invented": "x" * 32}

    async def work() -> None:
        for who, cookie in cookies.items():
            assert not await Page(cookie).open(), who

    story(work)


def _sign_out(user: User) -> None:
    from importlib import import_module

    import_module(settings.SESSION_ENGINE).SessionStore.get_model_class().objects.all().delete()


def _deactivate(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def _new_password(user: User) -> None:
    user.set_password("mot-mat-khau-khac-han")
    user.save()


def _idle(user: User) -> None:
    from django.contrib.sessions.backends.db import SessionStore

    for row in SessionStore.get_model_class().objects.all():
        session = SessionStore(row.session_key)
        session["staff_seen"] = int(timezone.now().timestamp()) - 24 * 3600
        session.save()


def _take_role(user: User) -> None:
    Membership.objects.filter(user=user).delete()


def _end_role(user: User) -> None:
    Membership.objects.filter(user=user).update(valid_to=later(days=-400).date())


@pytest.mark.parametrize(
    ("revoke", "code"),
    [
        (_sign_out, door.SIGNED_OUT),
        (_deactivate, door.SIGNED_OUT),
        (_new_password, door.SIGNED_OUT),
        (_idle, door.SIGNED_OUT),
        (_take_role, door.AGAIN),
        (_end_role, door.AGAIN),
    ],
)
def test_a_revocation_closes_the_socket(
    assigned: Case, colleague: User, revoke: Callable[[User], None], code: int
) -> None:
    cookie = cookie_of(colleague)

    async def work() -> None:
        page = Page(cookie)
        assert await page.open()
        await page.shows(assigned)
        await office(revoke, colleague)
        assert await page.closed_with() == code
        assert not await Page(cookie).open(), "and does not open again"

    story(work)


def test_the_looks_are_close_enough_together() -> None:
    """Five seconds from revocation to closing: one pause, one look, with room for a slow database."""
    assert AS_IT_RUNS <= 2


def test_a_colleagues_new_role_disturbs_nobody_else(assigned: Case, handler: User, colleague: User) -> None:
    cookie = cookie_of(handler)

    async def work() -> None:
        page = Page(cookie)
        assert await page.open()
        await page.shows(assigned)
        await office(_take_role, colleague)
        assert await page.silent()
        await page.close()

    story(work)


def test_a_letter_sealed_meanwhile_is_gone_and_silent(
    send: Send, handler: User, colleague: User, integrity_officer: User, manager: User
) -> None:
    case = send().case
    cookies = [cookie_of(user) for user in (colleague, integrity_officer)]

    async def work() -> None:
        page, guardian = Page(cookies[0]), Page(cookies[1])
        assert await page.open()
        assert await guardian.open()
        await page.shows(case)
        await guardian.shows(lists=True)
        await office(actions.seal, case, by=manager, reason="Có nội dung tố cáo.", at=later(hours=1))
        heard = await page.hears()
        assert (heard["id"], heard["version"]) == (case.reference, 0)
        assert (await guardian.hears())["id"] == case.reference
        await office(_note, case, integrity_officer)
        assert (await guardian.hears())["id"] == case.reference
        assert await page.silent(), "said once, then nothing more"
        await page.close()
        await guardian.close()

    story(work)


def _note(case: Case, user: User) -> None:
    actions.note(Case.objects.get(pk=case.pk), text="Đã đọc.", by=user, at=later(hours=2))


def test_nobody_hears_of_what_they_may_not_see(assigned: Case, handler: User, stranger: User) -> None:
    cookie = cookie_of(stranger)

    async def work() -> None:
        page = Page(cookie)
        assert await page.open()
        await page.shows(assigned, lists=True)
        await office(actions.accept, assigned, by=handler, at=later(hours=1))
        presence_changed.send_robust(None, case_id=assigned.pk)
        assert await page.silent()
        await page.close()

    story(work)


# --- Catching up --------------------------------------------------------------------------------------
def test_what_was_missed_is_told_on_coming_back(assigned: Case, handler: User, send: Send) -> None:
    cookie = cookie_of(handler)
    seen = assigned.events.order_by("-seq")[0].pk
    actions.accept(assigned, by=handler, at=later(hours=1))
    other = send("Tôi hỏi lệ phí cấp bản sao giấy khai sinh tại bộ phận một cửa.").case

    async def work() -> None:
        page, list_page = Page(cookie), Page(cookie)
        assert await page.open()
        assert await list_page.open()
        await page.shows(assigned, after=seen)
        assert (await page.hears())["id"] == assigned.reference
        assert await page.silent(), "the other letter is not on this page"
        await list_page.shows(lists=True, after=seen)
        assert [(await list_page.hears())["id"] for _ in range(2)] == [assigned.reference, other.reference]
        await page.close()
        await list_page.close()

    story(work)


def test_a_page_just_drawn_hears_of_the_moments_before(assigned: Case, handler: User) -> None:
    (change,) = since(handler, -1)
    assert (change.id, change.version) == (assigned.reference, assigned.version)


def test_recent_events_are_told_twice_rather_than_never(assigned: Case, handler: User) -> None:
    """On PostgreSQL an event may appear after one with a higher number."""
    last = assigned.events.order_by("-seq")[0].pk
    assert since(handler, last) == []
    actions.accept(assigned, by=handler, at=timezone.now())
    newer = assigned.events.order_by("-seq")[0].pk
    assert [change.seq for change in since(handler, newer)] == [newer]


def test_too_much_is_one_word(assigned: Case, handler: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.live.changes.FAR", 1)
    last = assigned.events.order_by("-seq")[0].pk
    assert since(handler, last - 2) == [Change("", 0, last)]
    assert FAR >= 1000


def test_catching_up_asks_little(assigned: Case, handler: User, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(5):  # the scope (two) among them
        since(User.objects.get(pk=handler.pk), -1)


# --- Inbox and presence -------------------------------------------------------------------------------
def test_the_inbox_of_this_person_alone(assigned: Case, handler: User, colleague: User) -> None:
    cookies = [cookie_of(handler), cookie_of(colleague)]

    async def work() -> None:
        page, other = Page(cookies[0]), Page(cookies[1])
        assert await page.open()
        assert await other.open()
        item = await office(InboxItem.objects.create, user=handler, event=await office(assigned.events.first))
        assert await page.hears() == {"id": "inbox", "version": 0, "seq": item.pk}
        assert await other.silent()
        await page.close()
        await other.close()

    story(work)


def test_who_comes_is_told_to_pages_that_show_the_letter(
    assigned: Case, handler: User, manager: User
) -> None:
    cookies = [cookie_of(handler), cookie_of(manager)]

    async def work() -> None:
        page, elsewhere = Page(cookies[0]), Page(cookies[1])
        assert await page.open()
        assert await elsewhere.open()
        await page.shows(assigned)
        await elsewhere.shows(lists=True)
        presence_changed.send_robust(None, case_id=assigned.pk)
        assert await page.hears() == {"id": "presence", "version": 0, "seq": assigned.pk}
        assert await elsewhere.silent()
        await page.close()
        await elsewhere.close()

    story(work)


# --- Bad readers, bad days ----------------------------------------------------------------------------
def test_a_slow_reader_is_sent_to_catch_up_and_delays_nobody(assigned: Case, handler: User) -> None:
    person = door.Person(handler.pk, "slow", handler.scope())
    left: list[int] = []

    async def work() -> None:
        slow, quick_one = Seat(person, left.append), Seat(person, left.append)
        for seat in (slow, quick_one):
            seat.shown = {assigned.pk}
            hub.seats.add(seat)
        read = 0
        for _ in range(BACKLOG + 1):
            hub._present(assigned.pk)
            quick_one.queue.get_nowait()
            read += 1
        assert left == [door.CATCH_UP]
        assert (slow in hub.seats, quick_one in hub.seats, read) == (False, True, BACKLOG + 1)
        hub.go(quick_one)

    story(work)


@pytest.mark.parametrize(
    "said",
    ["", "x", "[]", "{}", '{"watch": 1}', json.dumps({"watch": ["HA-2026-0000001"] * 301}), "[" * 9000],
)
def test_nonsense_closes_the_socket(handler: User, said: str) -> None:
    cookie = cookie_of(handler)

    async def work() -> None:
        page = Page(cookie)
        assert await page.open()
        await page.says(said)
        assert await page.closed_with() == door.TOO_MANY

    story(work)


def test_odd_wishes_are_read_kindly(assigned: Case, handler: User) -> None:
    cookie = cookie_of(handler)

    async def work() -> None:
        page = Page(cookie)
        assert await page.open()
        wish = {
            "watch": ["", 7, None, "HA-2026-99999999999999", assigned.reference],
            "list": "yes",
            "after": True,
        }
        await page.says(json.dumps(wish))
        (seat,) = hub.seats
        assert (seat.shown, seat.lists) == ({assigned.pk}, False)
        await page.close()

    story(work)


def test_one_session_has_so_many_windows(handler: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.consumers.MOST_SOCKETS", 1)
    cookie = cookie_of(handler)

    async def work() -> None:
        first, second = Page(cookie), Page(cookie)
        assert await first.open()
        assert await second.open()
        assert await second.closed_with() == door.TOO_MANY
        await first.close()

    story(work)


def test_a_database_away_for_a_moment(
    assigned: Case, handler: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from notifications.live.reading import Reader

    cookie, look, failures = cookie_of(handler), Reader.look, iter([True, True])

    def shaky(reader: Reader) -> Any:
        if next(failures, False):
            raise DatabaseError("server at 10.0.0.7 closed the connection")
        return look(reader)

    monkeypatch.setattr(Reader, "look", shaky)

    async def work() -> None:
        page = Page(cookie)
        assert await page.open()
        await page.shows(assigned)
        await office(actions.accept, assigned, by=handler, at=later(hours=1))
        assert (await page.hears())["id"] == assigned.reference
        assert hub.troubles == set()
        await page.close()

    story(work)
    assert "10.0.0.7" not in caplog.text


# --- Between processes --------------------------------------------------------------------------------
def test_hints_of_others_are_understood_and_nothing_else() -> None:
    assert wire.heard(b"4711-1 presence 12") == ("presence", 12)
    nonsense = (b"", b"a b", b"x event -1", b"x delete 1", b"x event 1 2", "x event ١".encode())
    for data in (f"{wire._ME} event 1".encode(), b"x event " + b"9" * 30, *nonsense):
        assert wire.heard(data) is None


def test_a_dead_redis_costs_nobody_a_click(settings: Any) -> None:
    settings.REDIS_ADDRESS = "redis://127.0.0.1:1/0"
    post = wire.Wire()
    post.tell(wire.EVENT, 1)
    asked = post._silent_until
    post.tell(wire.EVENT, 2)
    assert asked > 0
    assert post._silent_until == asked, "not asked again for a while"


@pytest.mark.redis
@pytest.mark.skipif(not settings.REDIS_ADDRESS, reason="REDIS_URL is not set")
def test_another_process_is_heard_through_redis(
    assigned: Case, handler: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie, address = cookie_of(handler), REDIS
    monkeypatch.setattr(settings, "REDIS_ADDRESS", address)
    says = (
        "import os, sys, django; from django.conf import settings; django.setup()\n"
        f"settings.CACHES['default']['KEY_PREFIX'] = {settings.CACHES['default']['KEY_PREFIX']!r}\n"
        f"from notifications.live.wire import wire; wire.tell('presence', {assigned.pk})"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}

    async def work() -> None:
        page = Page(cookie)
        assert await page.open()
        await page.shows(assigned)
        await asyncio.sleep(0.2)  # the subscription stands
        await asyncio.to_thread(subprocess.run, [sys.executable, "-c", says], env=environment, check=True)
        assert await page.hears() == {"id": "presence", "version": 0, "seq": assigned.pk}
        await page.close()

    story(work)


def test_where_no_socket_is_served_none_is_offered(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire.wire, "served", False)
    assert wire.socket_address() == ""
    wire.herald()
    assert wire.socket_address() == "/ws/"


# --- The gate in memory ---------------------------------------------------------------------------------
def test_the_gate_in_memory_answers_as_the_one_in_the_database(
    send: Send,
    handler: User,
    colleague: User,
    leader: User,
    manager: User,
    triage_officer: User,
    integrity_officer: User,
    auditor: User,
    administrator: User,
    stranger: User,
    subject_officer: User,
) -> None:
    """Every person of the cast before every kind of case; a new condition in `visible_to` fails here."""
    away = hire("truong-phong-2", "Trưởng phòng Bổ trợ tư pháp", ("STP.BTTP", "leader"))
    today = timezone.localdate()
    Absence.objects.create(user=away, first_day=today, last_day=today, substitute=colleague, approves=True)
    case = send().case
    people = [handler, colleague, leader, manager, triage_officer, integrity_officer, auditor, administrator]
    people = [User.objects.get(pk=user.pk) for user in (*people, stranger, subject_officer, away)]
    Coordination.objects.create(
        case=case, unit_id="STP.BTTP", question="?", asked_at=later(), asked_by=handler
    )
    wide = itertools.product(
        (True, False),
        (None, "STP.HCTP", "STP.BTTP", "STP.LD"),
        (None, handler, colleague, manager),
        (None, "KHIEU_NAI", "TO_CAO", "PHAN_ANH"),
        (None, "STP.HCTP", "STP.VP", "STP.BTTP"),
        (None, subject_officer, integrity_officer, away, handler),
        ("processing", "pending_approval"),
    )
    differ, asked, seen = [], {case.pk: frozenset({"STP.BTTP"})}, 0
    for sealed, unit, holder, kind, about, whom, status in wide:
        changed: dict[str, Any] = {
            "sealed": sealed,
            "unit_id": unit,
            "kind_id": kind,
            "subject_unit_id": about,
            "status": status,
        }
        changed |= {"handler_id": holder and holder.pk, "subject_officer_id": whom and whom.pk}
        for name, value in changed.items():
            setattr(case, name, value)
        if random.random() > 0.04:  # about 200 of 5,120 a run, other ones each time
            continue
        Case.objects.filter(pk=case.pk).update(**changed)
        for user in people:
            truth = Case.objects.visible_to(user).filter(pk=case.pk).exists()
            seen += truth
            if sees(user.pk, user.scope(), case, asked[case.pk]) != truth:
                differ.append((user.username, changed, truth))
    assert differ == []
    assert seen > 100
