"""Reports for programs: within the scope, as the person may read them, refusing what is not asked rightly."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from api.v1 import reports
from feedback.models import Case, User
from tests.api.conftest import Caller
from tests.api.test_verbs import done, refused

Calling = Callable[..., Caller]


def test_what_there_is_to_read(calling: Calling, manager: User, leader: User, handler: User) -> None:
    codes = [row["code"] for row in done(calling(manager).get("/reports"))]
    assert codes[0] == "petitions"
    assert "sorting" in codes
    assert "sorting" not in [row["code"] for row in done(calling(leader).get("/reports"))]
    assert done(calling(handler).get("/reports")) == []
    refused(calling(handler).get("/reports/units"), 404, "not_found")
    refused(calling(leader).get("/reports/sorting"), 404, "not_found")


def test_a_token_needs_the_scope(calling: Calling, manager: User) -> None:
    refused(calling(manager, "cases:read").get("/reports"), 403, "insufficient_scope")
    done(calling(manager, "reports:read").get("/reports/backlog"))
    refused(Caller().get("/reports"), 401, "not_authenticated")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"period": "fortnight"}, "period"),
        ({"day": "hôm qua"}, "day"),
        ({"day": "0099-01-01"}, "day"),
        ({"period": "custom", "first": "2026-02-02", "last": "2026-02-01"}, "last"),
        ({"unit": "KHONG_CO"}, "unit"),
        ({"columns": "x"}, "columns"),
    ],
)
def test_wrong_questions(calling: Calling, manager: User, query: dict[str, str], field: str) -> None:
    answer = calling(manager).get("/reports/units", query)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_long_one_is_refused(
    submitted: Case, calling: Calling, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "LONG", 0)
    question = {"period": "month", "day": "2026-11-04"}
    refused(calling(manager).get("/reports/units", question), 409, "report_too_long")
