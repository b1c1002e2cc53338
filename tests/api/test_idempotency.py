"""The same Idempotency-Key: one letter, one answer, however often and however many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from feedback import actions
from feedback.models import Case, User
from tests.api.conftest import Caller
from tests.api.test_verbs import done, refused

KEY = "0b6f2c1e-5d0f-4c55-9a53-0d6d3f0a7c11"


def test_the_same_answer_again_even_when_the_case_has_moved_on(
    anybody: Caller,
    letter: dict[str, Any],
    handler: User,
    triage_officer: User,
    calling: Callable[..., Caller],
) -> None:
    first = anybody.post("/cases", letter, Idempotency_Key=KEY)
    assert "Idempotency-Replayed" not in first
    path = f"/cases/{first.json()['reference']}"
    done(calling(handler).post(f"{path}/accept"))
    moved = {"unit": "STP.BTTP", "reason": "Việc bổ trợ tư pháp."}
    done(calling(triage_officer).post(f"{path}/route", moved))
    again = anybody.post("/cases", letter, Idempotency_Key=KEY)
    assert again.status_code == first.status_code == 201
    assert again["Idempotency-Replayed"] == "true"
    assert again.content == first.content
    assert again["Location"] == first["Location"]
    assert Case.objects.count() == 1


@pytest.mark.usefixtures("handler")
def test_another_body_under_the_key_is_refused(anybody: Caller, letter: dict[str, Any]) -> None:
    done(anybody.post("/cases", letter, Idempotency_Key=KEY), 201)
    other = letter | {"text": letter["text"] + " Xin cảm ơn."}
    refused(anybody.post("/cases", other, Idempotency_Key=KEY), 409, "idempotency_conflict")
    refused(anybody.post("/cases", letter | {"name": ""}, Idempotency_Key=KEY), 409, "idempotency_conflict")
    assert Case.objects.count() == 1


@pytest.mark.usefixtures("handler")
def test_keys_of_different_callers_do_not_meet(
    anybody: Caller, letter: dict[str, Any], token_for: Callable[..., str]
) -> None:
    one, other = (Caller(token=token_for(None, "cases:submit")) for _ in range(2))
    references = {
        c.post("/cases", letter, Idempotency_Key=KEY).json()["reference"] for c in (one, other, anybody)
    }
    assert len(references) == 3
    done(one.post("/cases", letter, Idempotency_Key="1"), 201)


@pytest.mark.parametrize("key", ["", "ngắn", "short", "x" * 256, "có dấu cách và dấu tiếng Việt", "a b" * 10])
def test_keys_that_are_no_keys(anybody: Caller, letter: dict[str, Any], key: str) -> None:
    sent = key.encode().decode("latin1")
    refused(anybody.post("/cases", letter, Idempotency_Key=sent), 400, "wrong_idempotency_key")
    assert not Case.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_make_one_letter(office: None, letter: dict[str, Any]) -> None:
    start = threading.Barrier(8)

    def send(_: int) -> tuple[int, bytes]:
        caller = Caller()
        start.wait()
        try:
            response = caller.post("/cases", letter, Idempotency_Key=KEY)
            return response.status_code, response.content
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(8)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 201
    assert Case.objects.count() == 1
    assert actions.allowed_actions(Case.objects.get(), actions.CITIZEN)
