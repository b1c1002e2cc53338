"""The register of root causes: repetitions found, an improvement planned, reported, and told to the public."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from feedback import actions, errors
from feedback.models import Case, Improvement, User
from tests.cast import BIRTH, hire
from tests.feedback.web.desk.conftest import Open, moment

Send = Callable[..., actions.Receipt]
REGISTER = "/can-bo/tong-quan/nguyen-nhan/"
PUBLIC = "/ban-noi-chung-toi-lam/"


@pytest.fixture
def repeats(send: Send, handler: User) -> list[Case]:
    """Six letters about late birth certificates this month, one the month before."""
    sent = [
        send(
            BIRTH, at=moment() - timedelta(minutes=number), name="Ngô Thị Thử Nghiệm", phone="0100 000 012"
        ).case
        for number in range(6)
    ]
    sent.append(send(BIRTH, at=moment() - timedelta(days=30)).case)
    Case.objects.filter(pk__in=[case.pk for case in sent]).update(issue="CH.TR")
    return sent


@pytest.fixture
def planned(repeats: list[Case], manager: User, handler: User) -> Improvement:
    cause = actions.Cause(
        unit="STP.HCTP",
        issue="CH.TR",
        procedure="",
        topic=repeats[0].topic_id or "",
        since=date(2026, 11, 1),
        until=date(2026, 11, 30),
        count=6,
        before=1,
    )
    plan = actions.Plan("Thiếu người trực quầy.", "Thêm một quầy buổi chiều.", handler, date(2026, 12, 1))
    return actions.plan_improvement(cause, plan, by=manager, at=moment())


def listed(client: Client, url: str) -> int:
    return len(client.get(url).context["rows"])


def test_repetitions_are_found_and_lead_to_their_letters(
    repeats: list[Case], manager: User, desk_of: Open
) -> None:
    client = desk_of(manager)
    found = client.get(REGISTER).context["clusters"]
    assert [(one["count"], len(one["examples"])) for one in found] == [(6, 3)]
    assert "▲ 5" in found[0]["change"] or "▲ 6" in found[0]["change"]
    assert listed(client, found[0]["url"]) == 6
    page = client.get(found[0]["plan_url"])
    assert page.context["count"] == 6


def test_two_letters_are_no_repetition_and_a_sealed_one_counts_for_nobody(
    repeats: list[Case], leader: User, manager: User, desk_of: Open
) -> None:
    for case in repeats[:4]:
        actions.seal(case, reason="Có dấu hiệu trả thù.", by=leader, at=moment())
    assert desk_of(manager).get(REGISTER).context["clusters"] == []


def test_an_improvement_is_planned_and_reported(
    repeats: list[Case], manager: User, handler: User, desk_of: Open
) -> None:
    client = desk_of(manager)
    url = client.get(REGISTER).context["clusters"][0]["plan_url"]
    wrong = client.post(url, {"cause": "", "action": "x", "owner": "", "due_on": ""})
    assert wrong.status_code == 422
    plan = {
        "cause": "Thiếu người.",
        "action": "Thêm quầy.",
        "owner": str(handler.pk),
        "due_on": "2026-12-01",
    }
    assert client.post(url, plan).status_code == 302
    row = Improvement.objects.get()
    assert (row.count, row.before, row.owner, row.state) == (6, 1, handler, "planned")
    assert "Thêm quầy." in client.get("/can-bo/tong-quan/").content.decode()
    own = desk_of(handler)
    page = f"{REGISTER}{row.pk}/"
    assert own.get(page).status_code == 200, "the owner reports"
    done = {"what": "report", "state": "done", "result": "", "version": "0"}
    assert own.post(page, done).status_code == 422, "what came of it?"
    assert own.post(page, done | {"result": "Hết xếp hàng."}).status_code == 302
    assert own.post(page, done | {"result": "Lần nữa."}).status_code == 422, "somebody saw version 0"
    row.refresh_from_db()
    assert (row.state, row.result, row.changed_by) == ("done", "Hết xếp hàng.", handler)


def test_who_may_what(
    planned: Improvement, handler: User, leader: User, stranger: User, desk_of: Open
) -> None:
    page = f"{REGISTER}{planned.pk}/"
    assert desk_of(stranger).get(page).status_code == 404
    assert desk_of(leader).get(page).status_code == 200
    who: Any = {"at": moment(), "seen": 0}
    plan = actions.Plan("a", "b", handler, date(2026, 12, 1))
    for person in (handler, stranger):
        with pytest.raises(errors.NotAllowed):
            actions.change_plan(planned, plan, by=person, **who)
    with pytest.raises(errors.NotAllowed):
        actions.report_improvement(planned, state="done", result="x", by=stranger, **who)
    for person in (handler, leader):
        with pytest.raises(errors.NotAllowed):
            actions.publish_improvement(planned, said="a", did="b", looked_at=True, by=person, **who)
    other = hire("truong-phong-2", "Trưởng phòng Bổ trợ tư pháp", ("STP.BTTP", "leader"))
    assert desk_of(other).get(page).status_code == 404


def publish(client: Client, row: Improvement, **words: str) -> Any:
    row.refresh_from_db()
    asked = {"what": "publish", "version": str(row.version), **words}
    return client.post(f"{REGISTER}{row.pk}/", asked)


def test_the_public_reads_only_what_a_manager_published(
    planned: Improvement, manager: User, desk_of: Open, client: Client
) -> None:
    assert "Chưa có nội dung" in client.get(PUBLIC).content.decode()
    desk = desk_of(manager)
    said, did = "Giấy khai sinh trả quá chậm.", "Chúng tôi mở thêm một quầy buổi chiều."
    assert publish(desk, planned, said=said, did=did).status_code == 302
    shown = client.get(PUBLIC).content.decode()
    assert said in shown
    assert did in shown
    assert "6 đơn từ" in shown
    for hidden in (planned.cause, str(planned.owner)):
        assert hidden not in shown
    planned.refresh_from_db()
    asked = {"what": "hide", "version": str(planned.version)}
    assert desk.post(f"{REGISTER}{planned.pk}/", asked).status_code == 302
    assert said not in client.get(PUBLIC).content.decode()


def test_no_small_number_is_shown(planned: Improvement, manager: User, desk_of: Open, client: Client) -> None:
    Improvement.objects.update(count=4)
    assert publish(desk_of(manager), planned, said="Chậm.", did="Thêm quầy.").status_code == 302
    shown = client.get(PUBLIC).content.decode()
    assert "Thêm quầy." in shown
    assert "4 đơn" not in shown


def test_what_a_sender_told_is_never_published(
    planned: Improvement, manager: User, desk_of: Open, client: Client
) -> None:
    desk = desk_of(manager)
    for said in ("Bà Ngô Thị Thử Nghiệm nói chậm.", "Xin gọi 0100.000.012."):
        refused = publish(desk, planned, said=said, did="Thêm quầy.", looked_at="on")
        assert refused.status_code == 422, said
    assert "Thêm quầy" not in client.get(PUBLIC).content.decode()


def test_what_looks_like_personal_data_is_looked_at_first(
    planned: Improvement, manager: User, desk_of: Open
) -> None:
    desk = desk_of(manager)
    did = "Gọi đường dây nóng 024 3733 6213 để hẹn giờ."
    assert publish(desk, planned, said="Chậm.", did=did).status_code == 422
    assert publish(desk, planned, said="Chậm.", did=did, looked_at="on").status_code == 302


def test_a_broken_address_is_not_found(repeats: list[Case], manager: User, desk_of: Open) -> None:
    client = desk_of(manager)
    for asked in ("", "?unit=NO", "?unit=STP.HCTP&since=x&until=y"):
        assert client.get(f"{REGISTER}moi/{asked}").status_code == 404


def test_queries(
    planned: Improvement, manager: User, desk_of: Open, client: Client, django_assert_max_num_queries: Any
) -> None:
    desk = desk_of(manager)
    desk.get(REGISTER)
    with django_assert_max_num_queries(10):
        desk.get(REGISTER)
    with django_assert_max_num_queries(8):
        desk.get(f"{REGISTER}{planned.pk}/")
    with django_assert_max_num_queries(2):
        client.get(PUBLIC)
