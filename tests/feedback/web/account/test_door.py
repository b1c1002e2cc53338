"""The door: guessing is slowed, nobody shuts a colleague out, strangers learn nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from feedback import actions
from feedback.models import SignInBrake, User
from feedback.web.account import brake
from tests.cast import later
from tests.feedback.web.account.conftest import DESK, LOGIN, PASSWORD, SECOND, digits, enter
from tests.feedback.web.walk import said

HERE, ELSEWHERE = "10.0.0.1", "10.0.0.9"


def attempt(
    user: str,
    password: str = "sai",  # noqa: S107 - the wrong one
    address: str = HERE,
    client: Client | None = None,
) -> Any:
    form = {"username": user, "password": password, "next": ""}
    return (client or Client()).post(LOGIN, form, REMOTE_ADDR=address)


def shut(user: str, address: str = HERE) -> None:
    for _slip in range(5):
        assert attempt(user, address=address).status_code == 422


def test_the_sixth_attempt_waits_and_says_until_when(handler: User, clock: Any) -> None:
    shut(handler.username)
    locked = attempt(handler.username, PASSWORD)
    assert locked.status_code == 429
    assert "09:02" in said(locked)
    assert attempt(handler.username.upper(), PASSWORD).status_code == 429, "the name in capitals is the same"
    clock.shift(61)
    assert attempt(handler.username, PASSWORD).status_code == 302


def test_each_further_failure_waits_longer_but_never_long(handler: User, clock: Any) -> None:
    shut(handler.username)
    waited = []
    for _failure in range(6):
        until = SignInBrake.objects.exclude(until=None).get().until
        assert until is not None
        waited.append(int((until - timezone.now()).total_seconds() / 60))
        clock.move_to(until)
        assert attempt(handler.username).status_code == 422
    assert waited == [1, 2, 4, 8, 15, 15]


def test_knocking_while_it_is_shut_does_not_lengthen_it(handler: User, clock: Any) -> None:
    shut(handler.username)
    for _knock in range(20):
        assert attempt(handler.username, PASSWORD).status_code == 429
    clock.shift(61)
    assert attempt(handler.username, PASSWORD).status_code == 302


def test_nobody_shuts_a_colleague_out(handler: User) -> None:
    """Neither from another network, nor, where the person has signed in before, from the same one."""
    desk = Client()
    assert attempt(handler.username, PASSWORD, client=desk).status_code == 302
    desk.post("/can-bo/dang-xuat/")
    shut(handler.username)
    assert attempt(handler.username, PASSWORD).status_code == 429
    assert attempt(handler.username, PASSWORD, ELSEWHERE).status_code == 302
    assert attempt(handler.username, PASSWORD, client=desk).status_code == 302


def test_the_mark_of_a_known_browser_is_of_no_use_to_others(handler: User, colleague: User) -> None:
    thief = Client()
    attempt(colleague.username, PASSWORD, client=thief)
    thief.post("/can-bo/dang-xuat/")
    for _slip in range(5):
        attempt(handler.username, client=thief)
    assert attempt(handler.username, PASSWORD, client=thief).status_code == 429
    assert attempt(handler.username, PASSWORD).status_code == 429, "counted by network, as for any stranger"
    forged = Client()
    forged.cookies[brake.COOKIE] = '{"mark": "x", "accounts": ["y"]}'
    assert attempt(handler.username, PASSWORD, client=forged).status_code == 429


def test_one_network_cannot_try_every_account(handler: User, clock: Any) -> None:
    for number in range(30):
        attempt(f"khong-co-{number}")
    assert attempt(handler.username, PASSWORD).status_code == 429
    assert attempt(handler.username, PASSWORD, ELSEWHERE).status_code == 302
    clock.shift(20 * 60)
    assert attempt(handler.username, PASSWORD).status_code == 302


def test_an_office_behind_one_address_signs_in_all_morning(handler: User) -> None:
    for _colleague in range(31):
        assert attempt(handler.username, PASSWORD).status_code == 302


def test_success_forgets_the_slips(handler: User) -> None:
    for _round in range(3):
        for _slip in range(4):
            attempt(handler.username)
        assert attempt(handler.username, PASSWORD).status_code == 302


@pytest.mark.parametrize(
    ("address", "network"),
    [("10.0.0.1", "10.0.0.1"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("", ""), ("unix:", "unix:")],
)
def test_networks(address: str, network: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR=address)
    assert brake.network_of(request) == network


def test_strangers_learn_nothing(handler: User, colleague: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown, wrong and closed: the same sentence, the same number of hashes, the same questions to the database."""
    User.objects.filter(pk=colleague.pk).update(is_active=False)
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counting(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    seen = []
    for name, password in (("khong-co", "sai"), (handler.username, "sai"), (colleague.username, PASSWORD)):
        SignInBrake.objects.all().delete()
        hashed.clear()
        with CaptureQueriesContext(connection) as asked:
            page = said(attempt(name, password)).replace(name, "X")
        seen.append((page.split("<main")[1].split("csrf")[0], len(hashed), len(asked)))
    assert seen[0] == seen[1] == seen[2]


def test_no_name_and_no_address_stands_in_the_table(handler: User) -> None:
    attempt(handler.username)
    rows = str(list(SignInBrake.objects.values()))
    assert handler.username not in rows
    assert HERE not in rows


def test_old_counts_are_thrown_away(handler: User) -> None:
    attempt(handler.username)
    actions.forget_old_attempts(later(hours=23))
    assert SignInBrake.objects.exists()
    actions.forget_old_attempts(later(hours=25))
    assert not SignInBrake.objects.exists()


def test_sign_in_leads_nowhere_else(handler: User, leader: User, with_app: Callable[[User], str]) -> None:
    for target, leads in (
        ("//example.vn/", DESK),
        ("https://example.vn/", DESK),
        ("/can-bo/nghi-phep/",) * 2,
    ):
        form = {"username": handler.username, "password": PASSWORD, "next": target}
        assert Client().post(LOGIN, form)["Location"] == leads
    secret, client = with_app(leader), Client()
    form = {"username": leader.username, "password": PASSWORD, "next": "/can-bo/nghi-phep/"}
    assert client.post(LOGIN, form)["Location"] == SECOND
    assert client.post(SECOND, {"code": digits(secret)})["Location"] == "/can-bo/nghi-phep/"


def test_sign_out_is_a_post_and_forgets_half_a_sign_in(leader: User, with_app: Callable[[User], str]) -> None:
    client = Client()
    enter(client, leader)
    assert client.get("/can-bo/dang-xuat/").status_code == 405
    secret = with_app(leader)
    half = Client()
    enter(half, leader)
    half.post("/can-bo/dang-xuat/")
    assert half.post(SECOND, {"code": digits(secret)})["Location"] == LOGIN


def test_how_often_the_database_is_asked(handler: User) -> None:
    client = Client()
    with CaptureQueriesContext(connection) as asked:
        assert client.get(LOGIN).status_code == 200
    assert len(asked) == 0
    with CaptureQueriesContext(connection) as asked:
        assert attempt(handler.username, PASSWORD, client=client).status_code == 302
    assert len(asked) <= 45, [query["sql"][:80] for query in asked]
