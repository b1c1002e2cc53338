"""The second step: who must have one, how it is set up, used, lost and given back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from feedback import actions
from feedback.errors import FieldRequired
from feedback.models import AccountEvent, User
from notifications import outbox
from tests.cast import WEDNESDAY
from tests.feedback.web.account.conftest import (
    APP,
    CODES,
    DESK,
    HOME,
    SECOND,
    confirm,
    digits,
    enter,
    set_up_app,
)
from tests.feedback.web.walk import said

WithApp = Callable[[User], str]
MUST = f"{HOME}bat-buoc/"
CODE = re.compile(r'<li class="code">(\d{4}) (\d{4})</li>')


# --- Who must -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("setting", "who", "led"),
    [
        ("off", "manager", False),
        ("leaders", "handler", False),
        ("leaders", "auditor", False),
        ("leaders", "leader", True),
        ("leaders", "manager", True),
        ("leaders", "integrity_officer", True),
        ("leaders", "administrator", True),
        ("all", "handler", True),
    ],
)
def test_whom_the_office_asks(
    setting: str, who: str, led: bool, settings: Any, request: pytest.FixtureRequest
) -> None:
    settings.SECOND_FACTOR = setting
    person, client = request.getfixturevalue(who), Client()
    enter(client, person)
    assert (client.get(DESK).headers.get("Location") == MUST) is led


def test_nothing_else_opens_before_it_is_set_up(must: None, leader: User, submitted: Any) -> None:
    client = Client()
    assert enter(client, leader)["Location"] == DESK
    for address in (DESK, f"/can-bo/don/{submitted.reference}/", "/can-bo/thong-bao/", HOME, "/quan-tri/"):
        assert client.get(address)["Location"] == MUST, address
    assert client.post(f"/can-bo/don/{submitted.reference}/note/", {"text": "x"})["Location"] == MUST
    assert client.get("/api/v1/me").status_code == 401
    assert client.get("/").status_code == 200
    assert said(client.get(MUST)).count("card--link") == 2
    set_up_app(client, leader)
    assert client.get(DESK).status_code == 200
    assert client.post("/can-bo/dang-xuat/").status_code == 302


def test_signing_out_is_always_possible(must: None, leader: User) -> None:
    client = Client()
    enter(client, leader)
    assert client.post("/can-bo/dang-xuat/")["Location"] == "/"
    assert client.get(DESK)["Location"].startswith("/can-bo/dang-nhap/")


def test_the_administrators_room_has_the_same_door(must: None, administrator: User) -> None:
    User.objects.filter(pk=administrator.pk).update(is_staff=True)
    client = Client()
    client.force_login(administrator)
    assert client.get("/quan-tri/")["Location"] == MUST


# --- Setting it up --------------------------------------------------------------------------------------
def test_the_app_and_its_codes(leader: User) -> None:
    client = Client()
    enter(client, leader)
    page = said(confirm(client, leader, APP))
    assert "<svg" in page
    assert "style=" not in page.split("<svg")[1].split("</svg>")[0]
    secret = set_up_app(client, leader)
    shown = CODE.findall(said(client.get(CODES)))
    assert len(shown) == 10
    assert CODE.findall(said(client.get(CODES))) == [], "shown once"
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert [row.act for row in AccountEvent.objects.filter(user=leader).order_by("pk")][:2] == [
        "signed_in",
        "stepped_up",
    ]
    assert {"app_added", "codes_made"} <= set(AccountEvent.objects.values_list("act", flat=True))


def test_a_wrong_first_code_sets_nothing_up(leader: User) -> None:
    client = Client()
    enter(client, leader)
    confirm(client, leader, APP)
    answer = client.post(APP, {"code": "000000"})
    assert answer.status_code == 422
    assert not Authenticator.objects.exists()


def test_a_desk_left_unlocked_is_not_enough(leader: User, with_app: WithApp, clock: Any) -> None:
    secret = with_app(leader)
    client = Client()
    enter(client, leader)
    client.post(SECOND, {"code": digits(secret)})
    assert "/xac-nhan/" in client.get(CODES)["Location"]
    for address in (f"{APP}bo/", f"{CODES}moi/", f"{HOME}khoa/them/"):
        assert "/xac-nhan/" in client.get(address)["Location"], address
        assert client.post(address)["Location"].startswith(f"{HOME}xac-nhan/"), address


# --- Using it -------------------------------------------------------------------------------------------
def test_password_then_code(leader: User, with_app: WithApp) -> None:
    secret, client = with_app(leader), Client()
    assert enter(client, leader)["Location"] == SECOND
    assert client.get(DESK).status_code == 302, "half a sign-in opens nothing"
    assert 'autocomplete="one-time-code"' in said(client.get(SECOND))
    assert client.post(SECOND, {"code": "000000"}).status_code == 422
    assert client.post(SECOND, {"code": digits(secret)})["Location"] == DESK
    assert client.get(DESK).status_code == 200


def test_a_code_opens_once_even_within_its_ninety_seconds(
    leader: User, with_app: WithApp, clock: Any
) -> None:
    secret, first, second = with_app(leader), Client(), Client()
    seen = digits(secret)
    enter(first, leader)
    assert first.post(SECOND, {"code": seen}).status_code == 302
    clock.shift(31)
    enter(second, leader)
    assert second.post(SECOND, {"code": seen}).status_code == 422
    assert second.post(SECOND, {"code": digits(secret)}).status_code == 302


def test_a_telephone_half_a_minute_wrong(leader: User, with_app: WithApp) -> None:
    secret, client = with_app(leader), Client()
    enter(client, leader)
    assert client.post(SECOND, {"code": digits(secret, steps=-2)}).status_code == 422
    assert client.post(SECOND, {"code": digits(secret, steps=-1)}).status_code == 302


def test_guessing_codes_is_stopped_and_a_new_session_does_not_help(
    leader: User, with_app: WithApp, clock: Any
) -> None:
    secret = with_app(leader)
    for _guess in range(5):
        client = Client()
        enter(client, leader)
        client.post(SECOND, {"code": "000000"})
    client = Client()
    enter(client, leader)
    locked = client.post(SECOND, {"code": digits(secret)})
    assert locked.status_code == 422
    assert "09:03" in said(locked), "says until when"
    clock.shift(61)
    assert client.post(SECOND, {"code": digits(secret)}).status_code == 302


def test_a_recovery_code_opens_once(leader: User) -> None:
    client = Client()
    enter(client, leader)
    set_up_app(client, leader)
    code = "".join(CODE.findall(said(client.get(CODES)))[0])
    for times, status in enumerate((302, 422)):
        again = Client()
        enter(again, leader)
        assert again.post(SECOND, {"code": code}).status_code == status, times
    assert AccountEvent.objects.filter(user=leader, act="code_used").count() == 1


def test_who_must_have_one_cannot_give_up_the_last(must: None, leader: User, with_app: WithApp) -> None:
    secret, client = with_app(leader), Client()
    enter(client, leader)
    client.post(SECOND, {"code": digits(secret)})
    confirm(client, leader, f"{APP}bo/")
    assert client.post(f"{APP}bo/").status_code == 422
    assert Authenticator.objects.filter(user=leader, type="totp").exists()


def test_who_need_not_may_remove_it(handler: User, with_app: WithApp) -> None:
    secret, client = with_app(handler), Client()
    enter(client, handler)
    client.post(SECOND, {"code": digits(secret)})
    assert confirm(client, handler, f"{APP}bo/").status_code == 200
    assert client.post(f"{APP}bo/")["Location"] == HOME
    assert not Authenticator.objects.filter(user=handler).exists()
    assert {"app_removed", "codes_removed"} <= set(AccountEvent.objects.values_list("act", flat=True))


# --- Losing it ------------------------------------------------------------------------------------------
def test_an_administrator_resets_with_a_reason(
    administrator: User,
    leader: User,
    with_app: WithApp,
    django_capture_on_commit_callbacks: Any,
    mailoutbox: Any,
) -> None:
    User.objects.filter(pk=leader.pk).update(email="truong-phong-1@example.vn")
    secret, client, helper = with_app(leader), Client(), Client()
    enter(client, leader)
    client.post(SECOND, {"code": digits(secret)})
    enter(helper, administrator)
    room = f"{HOME}dong-nghiep/"
    assert leader.display_name in said(helper.get(room))
    assert helper.post(room, {"person": leader.pk, "reason": " "}).status_code == 422
    with django_capture_on_commit_callbacks(execute=True):
        assert helper.post(room, {"person": leader.pk, "reason": "Mất điện thoại."}).status_code == 302
    assert client.get(DESK).status_code == 302, "signed out"
    assert enter(Client(), leader)["Location"] == DESK
    row = AccountEvent.objects.get(act="factors_reset")
    assert (row.user, row.by, row.reason) == (leader, administrator, "Mất điện thoại.")
    outbox.dispatch(at=WEDNESDAY.replace(hour=12))
    (letter,) = [mail for mail in mailoutbox if "đã được xóa" in mail.subject]
    assert letter.to == ["truong-phong-1@example.vn"]
    assert "Mất điện thoại." in letter.body
    assert administrator.display_name in letter.body


def test_nobody_else_may(
    handler: User, leader: User, manager: User, administrator: User, with_app: WithApp
) -> None:
    with_app(leader)
    for person in (handler, manager, leader):
        with pytest.raises(actions.NotYourAccount):
            actions.reset_second_factor(leader, by=person, reason="x", at=WEDNESDAY)
        client = Client()
        client.force_login(person)
        assert client.get(f"{HOME}dong-nghiep/").status_code == 403
    with pytest.raises(actions.NotYourAccount):
        actions.reset_second_factor(administrator, by=administrator, reason="x", at=WEDNESDAY)
    boss = User.objects.create_superuser("chu-may", password="x")
    with pytest.raises(actions.NotYourAccount):
        actions.reset_second_factor(boss, by=administrator, reason="x", at=WEDNESDAY)
    with pytest.raises(FieldRequired):
        actions.reset_second_factor(leader, by=administrator, reason=" ", at=WEDNESDAY)
    assert Authenticator.objects.filter(user=leader).exists()


def test_no_page_of_allauth_can_be_reached(leader: User, client: Client) -> None:
    client.force_login(leader)
    for address in ("accounts/login/", "accounts/signup/", "accounts/password/reset/", "accounts/2fa/"):
        assert client.get(f"/{address}").status_code == 404
    for address in ("signup/", "quen-mat-khau/", "email/", "social/connections/"):
        assert client.get(f"{HOME}{address}").status_code == 404
