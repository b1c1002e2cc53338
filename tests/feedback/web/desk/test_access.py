"""Who gets in, who sees what, and how much the database is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from feedback import actions
from feedback.models import Case, User
from tests.cast import BIRTH, WEDNESDAY, hire
from tests.feedback.web.desk.conftest import Open, at, do, moment

Send = Callable[..., actions.Receipt]


def test_no_form_of_the_desk_works_without_its_token(assigned: Case, handler: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(handler)
    assert client.post(at(assigned, "accept"), {"version": 1}).status_code == 403
    assigned.refresh_from_db()
    assert assigned.status == "assigned"


def test_people_without_a_task(administrator: User, office: None, desk_of: Open) -> None:
    assert desk_of(administrator).get("/can-bo/")["Location"] == "/can-bo/quan-tri/"
    nobody = hire("chua-co-viec", "Người chưa có vai trò")
    assert desk_of(nobody).get("/can-bo/").status_code == 403


def test_strangers_see_nothing(assigned: Case, stranger: User, desk_of: Open) -> None:
    client = desk_of(stranger)
    for url in (at(assigned), at(assigned, "note"), at(assigned, "read_identity"), f"{at(assigned)}tep/1/"):
        assert client.get(url).status_code == 404
    assert assigned.reference not in client.get("/can-bo/viec/all/").content.decode()
    assert client.get("/can-bo/don/HA-2025-0000001/").status_code == 404
    assert client.get("/can-bo/don/xyz/").status_code == 404


def test_a_sealed_letter_is_for_the_integrity_officer(
    send: Send,
    handler: User,
    leader: User,
    manager: User,
    integrity_officer: User,
    auditor: User,
    desk_of: Open,
) -> None:
    case = send(visibility="sealed").case
    for person, status in (
        (handler, 404),
        (leader, 404),
        (manager, 404),
        (integrity_officer, 200),
        (auditor, 200),
    ):
        assert desk_of(person).get(at(case)).status_code == status


def test_tabs_are_those_of_the_person(
    handler: User, integrity_officer: User, triage_officer: User, desk_of: Open
) -> None:
    def tabs(user: User) -> list[str]:
        return [t["url"].split("/")[3] for t in desk_of(user).get("/can-bo/").context["tabs"]]

    assert tabs(handler) == ["mine", "unit", "unit_all", "opinion", "all"]
    assert tabs(triage_officer) == ["triage", "audit", "all"]
    assert "sealed" in tabs(integrity_officer)
    assert desk_of(handler).get("/can-bo/viec/sealed/").context["queue"].code == "mine"


@pytest.fixture
def sixty(send: Send, handler: User) -> list[Case]:
    return [send(f"{BIRTH} Lần {n}.", at=WEDNESDAY - timedelta(minutes=n)).case for n in range(60)]


def test_pages_of_a_list_join_without_gap_or_repeat(
    sixty: list[Case], triage_officer: User, desk_of: Open
) -> None:
    client = desk_of(triage_officer)
    first = client.get("/can-bo/viec/all/").context
    second = client.get("/can-bo/viec/all/" + first["next_url"]).context
    assert (len(first["rows"]), len(second["rows"])) == (50, 10)
    assert not first["previous_url"]
    assert not second["next_url"]
    references = [r.reference for r in (*first["rows"], *second["rows"])]
    assert references == [c.reference for c in sixty]
    back = client.get("/can-bo/viec/all/" + second["previous_url"]).context
    assert [r.reference for r in back["rows"]] == references[:50]
    assert not back["previous_url"]
    assert len(client.get("/can-bo/viec/all/?after=abc_9").context["rows"]) == 50


def test_a_list_of_fifty_asks_at_most_six_times(
    sixty: list[Case], handler: User, triage_officer: User, desk_of: Open
) -> None:
    for client, url in (
        (desk_of(triage_officer), "/can-bo/viec/all/?q=khai+sinh&topic=HT"),
        (desk_of(handler), "/can-bo/"),
        (desk_of(handler), "/can-bo/viec/opinion/"),
    ):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(url).status_code == 200
        assert len(asked) <= 6, [q["sql"][:90] for q in asked]


def test_a_case_page_asks_at_most_twelve_times(
    assigned: Case, handler: User, leader: User, desk_of: Open
) -> None:
    actions.accept(assigned, by=handler, at=moment())
    actions.note(assigned, text="Đã gọi.", by=handler, at=moment())
    actions.request_extension(assigned, reason="Xác minh.", by=handler, at=moment())
    actions.coordinate(assigned, units=["STP.BTTP"], question="Ý kiến?", by=handler, at=moment())
    client = desk_of(leader)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(at(assigned)).status_code == 200
    assert len(asked) <= 12, [q["sql"][:90] for q in asked]


def test_search_and_filters(send: Send, handler: User, triage_officer: User, desk_of: Open) -> None:
    late, other = send().case, send("Xin hỏi thủ tục nhận con nuôi trong nước cần giấy tờ gì?").case
    client = desk_of(triage_officer)

    def found(query: str) -> list[str]:
        return [r.reference for r in client.get(f"/can-bo/viec/all/?{query}").context["rows"]]

    assert found("q=khai+sinh") == found("q=KHAI+SINH") == [late.reference]
    assert found("q=giay+khai+sinh") == [late.reference]
    assert found(f"q={other.reference.lower()}") == [other.reference]
    assert found("topic=NCN") == [other.reference]
    assert found("topic=khong-co") == [other.reference, late.reference]
    assert found("state=overdue") == []
    assert set(found("state=open")) == {late.reference, other.reference}
    assert found("unit=-") == [c.reference for c in (other, late) if c.unit_id is None]


def test_downloads_are_downloads(assigned: Case, handler: User, stranger: User, desk_of: Open) -> None:
    from feedback.actions.intake import attach
    from feedback.uploads import CleanFile

    row = attach(
        assigned, [CleanFile("giay-hen.pdf", b"%PDF-1.4 thu", "application/pdf", "0" * 64)], at=moment()
    )[0]
    url = f"{at(assigned)}tep/{row.pk}/"
    answer = desk_of(handler).get(url)
    assert answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert b"".join(cast(Any, answer).streaming_content) == b"%PDF-1.4 thu"
    assert url in desk_of(handler).get(at(assigned)).content.decode()
    assert desk_of(stranger).get(url).status_code == 404


def test_the_citizens_words_are_shown_as_words(
    send: Send, handler: User, triage_officer: User, desk_of: Open
) -> None:
    case = send("<script>alert(1)</script> Hồ sơ khai sinh <b>quá hạn</b> trả kết quả ba tuần rồi.").case
    client = desk_of(triage_officer)
    for url in (at(case), at(case, "classify"), at(case, "split"), "/can-bo/viec/all/"):
        page = client.get(url).content.decode()
        assert "<script>alert" not in page
        assert "<b>quá hạn" not in page


def test_a_button_sent_twice_does_it_once(assigned: Case, handler: User, desk_of: Open) -> None:
    client, seen = desk_of(handler), assigned.version
    assert client.post(at(assigned, "accept"), {"version": seen}).status_code == 302
    assert client.post(at(assigned, "accept"), {"version": seen}).status_code == 409
    assert do(client, assigned, "note", text="Vẫn làm được việc khác.").status_code == 302
    assert list(assigned.events.values_list("verb", flat=True)).count("accept") == 1


def test_the_badge_of_a_row_says_only_what_is_true(submitted: Case) -> None:
    from feedback.web.desk.words import badge

    due = submitted.due_at
    assert badge(submitted, due - timedelta(days=7)).state == "running"
    assert badge(submitted, due - timedelta(hours=3)).state == "due_soon"
    assert badge(submitted, due + timedelta(minutes=1)).state == "overdue"
    submitted.status = "need_info"
    assert badge(submitted, due - timedelta(days=7)).state == "paused"
    submitted.status = "rejected"
    assert badge(submitted, due).state == ""
    submitted.status, submitted.answered_at = "answered", due
    assert badge(submitted, due).state == "met"
    submitted.answered_at = due + timedelta(seconds=1)
    assert badge(submitted, due).state == "missed"
    submitted.clarifications = 1
    assert badge(submitted, due).state == ""
