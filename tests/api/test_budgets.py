"""How many questions the database is asked: the promises of the house, counted through the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback import actions
from feedback.models import Case, User
from tests.api.conftest import Caller
from tests.cast import WEDNESDAY

TRANSACTION = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT")


def questions(captured: CaptureQueriesContext) -> list[str]:
    return [q["sql"] for q in captured.captured_queries if not q["sql"].startswith(TRANSACTION)]


@pytest.mark.usefixtures("handler")
def test_submit_asks_little(anybody: Caller, letter: dict[str, Any]) -> None:
    anybody.post("/cases", letter)  # the catalogue and the classifier are warm from here on
    with CaptureQueriesContext(connection) as captured:
        assert anybody.post("/cases", letter).status_code == 201
    plain = questions(captured)
    with CaptureQueriesContext(connection) as captured:
        assert anybody.post("/cases", letter, Idempotency_Key="0b6f2c1e-5d0f-4c55").status_code == 201
    keyed = questions(captured)
    assert len(plain) <= 12, "\n".join(plain)
    assert len(keyed) <= 15, "\n".join(keyed)


def test_a_list_of_fifty_asks_six_times_at_most(
    send: Callable[..., actions.Receipt], manager: User, handler: User, calling: Callable[..., Caller]
) -> None:
    for number in range(55):
        send(
            text=f"Đơn thứ {number}: hồ sơ đăng ký khai sinh của con tôi quá hẹn.",
            at=WEDNESDAY + timedelta(minutes=number),
        )
    caller = calling(manager)
    caller.get("/cases")  # remembers the use of the token
    with CaptureQueriesContext(connection) as captured:
        page = caller.get("/cases").json()
    assert len(page["results"]) == 50
    assert len(questions(captured)) <= 6
    assert not [sql for sql in questions(captured) if "COUNT(" in sql or "OFFSET" in sql]
    rest = caller.get(page["next"]).json()
    assert rest["next"] is None
    seen = [row["reference"] for row in page["results"] + rest["results"]]
    assert len(set(seen)) == Case.objects.count() == 55
    assert seen == sorted(seen, reverse=True)


def test_one_case_asks_twelve_times_at_most(
    assigned: Case, handler: User, calling: Callable[..., Caller], send: Callable[..., actions.Receipt]
) -> None:
    caller = calling(handler)
    caller.get("/cases")
    with CaptureQueriesContext(connection) as captured:
        assert caller.get(f"/cases/{assigned.reference}").status_code == 200
    assert len(questions(captured)) <= 12
    receipt = send()
    citizen = Caller(code=receipt.secret)
    with CaptureQueriesContext(connection) as captured:
        assert citizen.get(f"/cases/{receipt.case.reference}").status_code == 200
    assert len(questions(captured)) <= 12
