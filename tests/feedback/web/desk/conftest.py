"""Doors for the desk: a client signed in as somebody, and the hidden version a form carries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from feedback.models import Case, User, catalogue
from tests.cast import WEDNESDAY

Open = Callable[[User], Client]


@pytest.fixture(autouse=True)
def wednesday() -> Any:
    """Everything at the desk happens on the cast's Wednesday morning, half an hour after the letter came."""
    with time_machine.travel(WEDNESDAY.replace(minute=30), tick=False) as clock:
        yield clock


@pytest.fixture
def desk_of() -> Open:
    """`desk_of(handler)` is a browser in which the handler has signed in."""

    def _open(user: User) -> Client:
        client = Client()
        client.force_login(user)
        catalogue()
        return client

    return _open


def at(case: Case, verb: str = "") -> str:
    return (
        reverse("desk_act", args=[case.reference, verb])
        if verb
        else reverse("desk_case", args=[case.reference])
    )


def do(client: Client, case: Case, verb: str, **fields: Any) -> Any:
    """Send the verb's form as a person would who has just read the newest state."""
    fresh = Case.objects.get(pk=case.pk)
    response = client.post(at(case, verb), {"version": fresh.version, **fields})
    case.refresh_from_db()
    return response


def moment() -> datetime:
    return WEDNESDAY.replace(minute=30)
