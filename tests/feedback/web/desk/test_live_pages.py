"""What an open page asks by itself: rows, news of a letter, who else is here. Permission, silence, query counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from feedback import actions
from feedback.models import Case, User
from feedback.signals import presence_changed
from feedback.web.desk import presence
from tests.cast import later
from tests.feedback.web.desk.conftest import Open, at

Send = Callable[..., actions.Receipt]


def rows(client: Client, code: str = "all", **asked: str) -> Any:
    return client.get(reverse("desk_rows", args=[code]), asked)


def shown(client: Client, code: str = "all", **asked: str) -> list[str]:
    response = rows(client, code, **asked)
    assert response.status_code == 200
    return [row.reference for row in response.context["rows"]]


def here(client: Client, case: Case, **said: str) -> Any:
    return client.post(reverse("desk_case_here", args=[case.reference]), {"mode": "view", **said})


def news(client: Client, case: Case, after: int | str) -> Any:
    return client.get(reverse("desk_case_news", args=[case.reference]), {"after": after})


# --- Rows ----------------------------------------------------------------------------------------------
def test_a_row_is_drawn_as_on_the_page(assigned: Case, handler: User, desk_of: Open) -> None:
    client = desk_of(handler)
    page = client.get("/can-bo/viec/mine/").content.decode()
    fragment = rows(client, "mine", shown=assigned.reference).content.decode()
    row = fragment[fragment.index("<tr") : fragment.index("</tr>")]
    assert f'id="row-{assigned.reference}"' in row
    assert row.split("</td>")[1] in page


@pytest.mark.parametrize(
    ("who", "ordinary", "sealed"),
    [
        ("handler", True, False),
        ("leader", True, False),
        ("manager", True, False),
        ("triage_officer", True, False),
        ("integrity_officer", False, True),
        ("auditor", True, True),
        ("stranger", False, False),
    ],
)
def test_rows_pass_the_gate(
    who: str, ordinary: bool, sealed: bool, send: Send, request: pytest.FixtureRequest, desk_of: Open
) -> None:
    person, plain, secret = request.getfixturevalue(who), send().case, send(visibility="sealed").case
    wanted = {case.reference for case, seen in ((plain, ordinary), (secret, sealed)) if seen}
    both = f"{plain.reference},{secret.reference}"
    assert set(shown(desk_of(person), shown=both)) == wanted
    assert set(shown(desk_of(person), other=both)) == wanted
    client = desk_of(person)
    for case, seen in ((plain, ordinary), (secret, sealed)):
        assert here(client, case).status_code == (200 if seen else 404)
        assert news(client, case, 0).status_code == (200 if seen else 404)


def test_one_complained_about_gets_no_row(send: Send, manager: User, desk_of: Open) -> None:
    case = send().case
    Case.objects.filter(pk=case.pk).update(subject_officer=manager)
    assert shown(desk_of(manager), shown=case.reference) == []


def test_strangers_to_the_office_get_nothing(assigned: Case, administrator: User, desk_of: Open) -> None:
    for address in (reverse("desk_rows", args=["all"]), at(assigned) + "moi/"):
        assert Client().get(address).status_code == 302
        assert desk_of(administrator).get(address).status_code in (302, 403), "no desk"
    assert Client(enforce_csrf_checks=True).post(at(assigned) + "co-mat/").status_code == 403


def test_a_row_leaves_the_list_with_its_filters(
    assigned: Case, handler: User, leader: User, desk_of: Open
) -> None:
    client = desk_of(handler)
    assert shown(client, "mine", shown=assigned.reference, status="assigned") == [assigned.reference]
    actions.accept(assigned, by=handler, at=later(minutes=40))
    assert shown(client, "mine", shown=assigned.reference, status="assigned") == []
    assert shown(client, "mine", shown=assigned.reference) == [assigned.reference]
    assert shown(desk_of(leader), "unit", shown=assigned.reference) == [], (
        "taken: no longer in the unit's queue"
    )


def test_only_what_stands_above_the_last_row_is_new(send: Send, handler: User, desk_of: Open) -> None:
    early, late = send(at=later(days=-2)).case, send(at=later(minutes=1)).case
    client, both = desk_of(handler), {}
    for code, newest_first in (("unit_all", False), ("all", True)):
        response = rows(client, code, shown=f"{early.reference},{late.reference}")
        both = {row.reference: row.position for row in response.context["rows"]}
        first, last = (late, early) if newest_first else (early, late)
        assert shown(client, code, other=last.reference, end=both[first.reference]) == []
        assert shown(client, code, other=first.reference, end=both[last.reference]) == [first.reference]
        assert shown(client, code, other=last.reference, end="x") == [last.reference]


@pytest.mark.parametrize("asked", ["", ",,,", "HA-1,x", "HA-2026-99999999999", "x" * 5000])
def test_odd_questions_get_an_empty_answer(asked: str, handler: User, desk_of: Open) -> None:
    assert shown(desk_of(handler), shown=asked, other=asked) == []


def test_queries_of_the_fragments(
    send: Send, assigned: Case, handler: User, leader: User, desk_of: Open
) -> None:
    many = ",".join(send(f"Đơn thứ {n} về cấp giấy khai sinh.").case.reference for n in range(12))
    client = desk_of(handler)
    rows(client, "unit_all", shown=many)
    for most, ask in (
        (5, lambda: rows(client, "unit_all", shown=many, other=assigned.reference)),
        (6, lambda: rows(client, "mine", shown=many)),
        (6, lambda: news(client, assigned, 0)),
        (5, lambda: here(client, assigned)),
        (7, lambda: client.get(reverse("desk_live"), {"after": 0})),
        (6, lambda: client.get(reverse("desk_inbox_news"), {"after": 0})),
    ):
        with CaptureQueriesContext(connection) as asked:
            ask()
        assert len(asked) <= most, [query["sql"][:90] for query in asked]


def test_asking_in_the_background_keeps_no_session_alive(
    assigned: Case, handler: User, desk_of: Open
) -> None:
    client = desk_of(handler)
    session = client.session
    session["staff_seen"] = long_ago = session["staff_seen"] - 600
    session.save()
    rows(client, shown=assigned.reference)
    here(client, assigned)
    news(client, assigned, 0)
    client.get(reverse("desk_live"))
    client.get(reverse("desk_inbox_news"))
    assert client.session["staff_seen"] == long_ago


# --- News of one letter ----------------------------------------------------------------------------------
def test_the_case_page_is_told_who_changed_it_and_when(
    assigned: Case, handler: User, leader: User, desk_of: Open
) -> None:
    client, seen = desk_of(leader), assigned.event_seq
    assert news(client, assigned, seen).status_code == 204
    assert news(client, assigned, "x").status_code == 204
    actions.accept(assigned, by=handler, at=later(minutes=92))
    told = news(client, assigned, seen).content.decode()
    assert "Đơn này vừa được Chuyên viên Hành chính tư pháp 1 thay đổi lúc 10:32" in told
    assert assigned.text not in told
    page = client.get(at(assigned)).content.decode()
    assert f'data-seq="{assigned.event_seq}"' in page


def test_a_citizen_is_named_by_role(assigned: Case, handler: User, desk_of: Open) -> None:
    actions.withdraw(assigned, by=actions.CITIZEN, at=later(minutes=40))
    assert news(desk_of(handler), assigned, assigned.event_seq - 1).context["who"] == "Người gửi"


# --- Who else is here --------------------------------------------------------------------------------------
def test_two_officers_see_each_other(processing: Case, handler: User, leader: User, desk_of: Open) -> None:
    mine, theirs = desk_of(handler), desk_of(leader)
    assert "colleagues" not in mine.get(at(processing)).content.decode(), "alone"
    page = theirs.get(at(processing)).content.decode()
    assert "Chuyên viên Hành chính tư pháp 1 đang xem" in page, "without script, too"
    assert "Trưởng phòng Hành chính tư pháp đang xem" in here(mine, processing).content.decode()
    mine.get(at(processing, "draft_reply"))
    told = here(theirs, processing).content.decode()
    assert "Chuyên viên Hành chính tư pháp 1 đang viết" in told


def test_who_is_silent_for_a_minute_is_forgotten(
    assigned: Case, handler: User, leader: User, desk_of: Open, wednesday: Any
) -> None:
    mine, theirs = desk_of(handler), desk_of(leader)
    here(mine, assigned, mode="write")
    wednesday.shift(40)
    here(mine, assigned, mode="view")
    assert "đang viết" in here(theirs, assigned).content.decode()
    wednesday.shift(30)
    assert "đang xem" in here(theirs, assigned).content.decode()
    wednesday.shift(30)
    assert here(theirs, assigned).content.decode().strip() == ""


def test_who_closes_the_page_is_gone_soon(
    assigned: Case, handler: User, leader: User, desk_of: Open, wednesday: Any
) -> None:
    mine, theirs = desk_of(handler), desk_of(leader)
    here(mine, assigned)
    assert here(mine, assigned, gone="1").status_code == 204
    assert "đang xem" in here(theirs, assigned).content.decode(), "a page loaded anew is no news"
    wednesday.shift(presence.LINGER)
    assert here(theirs, assigned).content.decode().strip() == ""


def test_others_hear_of_it_only_when_it_is_news(assigned: Case, handler: User, desk_of: Open) -> None:
    told: list[int] = []

    def listen(case_id: int, **_: Any) -> None:
        told.append(case_id)

    presence_changed.connect(listen)
    try:
        client = desk_of(handler)
        for mode in ("view", "view", "write", "view", "nonsense"):
            here(client, assigned, mode=mode)
    finally:
        presence_changed.disconnect(listen)
    assert told == [assigned.pk, assigned.pk]


def test_presence_leaves_no_trace(assigned: Case, handler: User, desk_of: Open) -> None:
    before = assigned.events.count(), Case.objects.get(pk=assigned.pk).version
    here(desk_of(handler), assigned, mode="write")
    assert (assigned.events.count(), Case.objects.get(pk=assigned.pk).version) == before
    cache.clear()
    assert presence.colleagues(assigned.pk, besides=User()) == []


def test_a_sealed_letter_tells_its_readers_to_those_who_may_read_it(
    send: Send, integrity_officer: User, auditor: User, handler: User, desk_of: Open
) -> None:
    case = send(visibility="sealed").case
    here(desk_of(integrity_officer), case)
    assert "Cán bộ phụ trách đơn giữ kín đang xem" in here(desk_of(auditor), case).content.decode()
    refused = here(desk_of(handler), case)
    assert refused.status_code == 404
    assert "giữ kín đang xem" not in refused.content.decode()
    assert len(presence.colleagues(case.pk, besides=handler)) == 2, "and is not seen there"
