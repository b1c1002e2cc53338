"""People at the door: passwords, an authenticator app on a telephone, and the clock of a Wednesday morning."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client, TestCase

from feedback.models import User
from tests.cast import WEDNESDAY
from tests.feedback.web.walk import said

LOGIN, DESK, HOME = "/can-bo/dang-nhap/", "/can-bo/", "/can-bo/tai-khoan/"
SECOND, APP, CODES = f"{LOGIN}ma/", f"{HOME}ung-dung/", f"{HOME}ma-du-phong/"
PASSWORD = "mat-khau-thu-nghiem"
KEY = re.compile(r'class="code">((?:[A-Z2-7]{4} ?){8})<')


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(WEDNESDAY, tick=False) as travelling:
        yield travelling


@pytest.fixture(autouse=True)
def stopped(clock: Any) -> None:
    """Every test of this folder stands still in time until it shifts the clock."""


@pytest.fixture
def must(settings: Any) -> None:
    """Leaders and those above must have a second factor."""
    settings.SECOND_FACTOR = "leaders"


def digits(secret: str, *, steps: int = 0) -> str:
    """What an authenticator app shows (RFC 6238), written down again so that the test is not allauth's own word."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    mac = hmac.new(base64.b32decode(secret.replace(" ", "")), counter, hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(int.from_bytes(mac[at : at + 4], 'big') & 0x7FFFFFFF) % 10**6:06d}"


def enter(client: Client, user: User, password: str = PASSWORD, **extra: Any) -> Any:
    """Account and password; the answer."""
    return client.post(LOGIN, {"username": user.username, "password": password, "next": ""}, **extra)


def confirm(client: Client, user: User, address: str, password: str = PASSWORD) -> Any:
    """Open a page that asks for the password once more, and give it."""
    asked = client.get(address)
    if asked.status_code == 302 and "/xac-nhan/" in asked["Location"]:
        client.post(asked["Location"], {"password": password})
        asked = client.get(address)
    return asked


def set_up_app(client: Client, user: User) -> str:
    """Set up an app as a person would; its secret."""
    page = said(confirm(client, user, APP))
    found = KEY.search(page)
    assert found, page
    secret = found[1].replace(" ", "")
    with TestCase.captureOnCommitCallbacks(execute=True):  # there the history is written
        assert client.post(APP, {"code": digits(secret)})["Location"] == CODES
    return secret


@pytest.fixture
def with_app(clock: Any) -> Callable[[User], str]:
    """`with_app(leader)`: an app is set up, and a minute has passed."""

    def _set_up(user: User) -> str:
        client = Client()
        enter(client, user)
        secret = set_up_app(client, user)
        clock.shift(90)
        return secret

    return _set_up
