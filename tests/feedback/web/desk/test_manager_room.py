"""The manager's room: every number leads to its letters, nobody learns of a letter they may not see, twelve queries."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from feedback import actions
from feedback.models import Absence, Case, HandlerDay, LogPosition, User
from feedback.reports import room, spans
from tests.cast import BIRTH, hire
from tests.feedback.web.desk.conftest import Open, moment

Send = Callable[..., actions.Receipt]
ROOM = "/can-bo/tong-quan/"


def answer(case: Case, handler: User, leader: User, at: Any) -> None:
    if case.accepted_at is None:
        actions.accept(case, by=handler, at=at)
    actions.submit_reply(case, body="Kính gửi ông/bà, giấy đã sẵn sàng.", by=handler, at=at)
    actions.approve_reply(case, by=leader, at=at)


@pytest.fixture
def busy(send: Send, handler: User, leader: User, triage_officer: User) -> dict[str, Case]:
    """A little history: answered in time and late, reopened, rated, transferred, open and overdue."""
    named: dict[str, Case] = {}
    for name, days in (
        ("in_time", 9),
        ("late", 33),
        ("rated", 12),
        ("open", 1),
        ("overdue", 30),
        ("gone", 8),
    ):
        case = send(at=moment() - timedelta(days=days)).case
        if case.handler != handler:
            actions.assign(case, handler=handler, by=triage_officer, at=moment() - timedelta(days=days))
        named[name] = case
    actions.accept(named["late"], by=handler, at=moment() - timedelta(days=32))
    answer(named["in_time"], handler, leader, moment() - timedelta(days=2))
    answer(named["late"], handler, leader, moment() - timedelta(days=1))
    answer(named["rated"], handler, leader, moment() - timedelta(days=2))
    actions.rate(named["rated"], score=3, at=moment() - timedelta(days=1))
    actions.reopen(
        named["late"], text="Xin làm rõ thêm.", by=actions.CITIZEN, at=moment() - timedelta(hours=2)
    )
    actions.transfer(
        named["gone"], agency="CA_TINH", reason="Việc của công an.", by=triage_officer, at=moment()
    )
    return named


def figures(client: Client, **asked: str) -> Any:
    return client.get(ROOM, asked).context


def listed(client: Client, url: str) -> list[str]:
    return [row.reference for row in client.get(url).context["rows"]]


def links(html: str) -> list[tuple[int, str]]:
    """(the number, the address) of every link to a list."""
    found = re.findall(r'<a[^>]*href="(/can-bo/viec/all/\?[^"]*)"[^>]*>(.*?)</a>', html, re.S)
    texts = ((re.sub(r"\d+ %", "", strip_tags(text)), url) for url, text in found)  # "33 % 1/3": one of three
    numbers = ((re.search(r"\d+", text), url) for text, url in texts)
    return [(int(number[0]), url.replace("&amp;", "&")) for number, url in numbers if number]


@pytest.mark.parametrize("period", ["week", "month", "quarter", "year"])
@pytest.mark.parametrize("heat", ["received", "overdue"])
def test_every_number_leads_to_its_letters(
    busy: dict[str, Case], manager: User, desk_of: Open, period: str, heat: str
) -> None:
    client = desk_of(manager)
    page = client.get(ROOM, {"period": period, "map": heat, "trend": "month"})
    rates = r'<table class="queue">\s*<caption[^>]*>Tỷ lệ và thời gian.*?</table>'
    numbers = links(re.sub(rates, "", page.content.decode(), flags=re.S))
    assert len(numbers) > 12
    for number, url in numbers:
        assert len(listed(client, url)) == number, url


def test_the_figures_of_the_month(busy: dict[str, Case], manager: User, desk_of: Open) -> None:
    client = desk_of(manager)
    shown = figures(client, period="quarter")
    numbers = shown["total"].numbers
    assert numbers == {
        "open": 3,
        "overdue": 1,
        "soon": 0,
        "received": 6,
        "answered": 3,
        "met": 2,
        "missed": 1,
    }
    assert shown["total"].rate == "67 %"
    values = {row["label"]: row for row in shown["facts"]}
    assert values["Đơn yêu cầu làm rõ, trên số trả lời đã gửi"]["value"] == "33 %"
    assert values["Đánh giá của người dân, trên thang 3"]["value"] == "3,0 từ 1 lượt đánh giá"
    late = next(row for row in shown["trend"]["rows"] if row["late"])
    assert listed(client, late["late_url"]) == [busy["late"].reference]
    assert sum(row["number"] for row in shown["ageing"]["rows"]) == 3


def test_a_red_cell_leads_to_the_late_letters(busy: dict[str, Case], manager: User, desk_of: Open) -> None:
    client = desk_of(manager)
    heat = figures(client, period="quarter", map="late")["heat"]
    cells = [cell for row in heat["rows"] for cell in row["cells"] if cell["url"]]
    assert [(cell["text"], cell["share"], cell["level"]) for cell in cells] == [("1/3", "33 %", 4)]
    assert listed(client, cells[0]["url"]) == [busy["late"].reference]


def test_a_month_is_held_against_as_many_days(busy: dict[str, Case], manager: User, desk_of: Open) -> None:
    shown = figures(desk_of(manager), period="month")
    cell = next(c for c in shown["total"].cells if c["name"] == "received")
    assert cell["number"] == 1
    assert "trước: 0" in cell["change"] or "(trước: " in cell["change"]
    assert shown["previous"] == "tháng 10/2026"


def test_a_sealed_letter_is_in_no_number_and_in_no_list_behind_one(
    busy: dict[str, Case], manager: User, auditor: User, leader: User, desk_of: Open
) -> None:
    before = figures(desk_of(auditor), period="quarter")["total"].numbers["received"]
    actions.seal(busy["open"], reason="Có dấu hiệu trả thù.", by=leader, at=moment())
    for who in (manager, auditor):
        client = desk_of(who)
        total = figures(client, period="quarter")["total"]
        assert total.numbers["received"] == before - 1
        for cell in total.cells:
            assert len(listed(client, cell["url"])) == cell["number"], (who, cell)


def test_nobody_counts_a_letter_about_themselves(
    busy: dict[str, Case], leader: User, manager: User, triage_officer: User, desk_of: Open
) -> None:
    actions.set_subject(busy["open"], unit=None, officer=leader, by=triage_officer, at=moment())
    assert figures(desk_of(manager), period="quarter")["total"].numbers["received"] == 6
    client = desk_of(leader)
    shown = figures(client, period="quarter")
    assert shown["total"].numbers["received"] == 5
    for cell in shown["total"].cells:
        assert len(listed(client, cell["url"])) == cell["number"], cell


def test_leaders_see_their_units_only(busy: dict[str, Case], send: Send, desk_of: Open) -> None:
    other = hire("truong-phong-2", "Trưởng phòng Bổ trợ tư pháp", ("STP.BTTP", "leader"))
    client = desk_of(other)
    shown = figures(client, period="quarter")
    assert not any(shown["total"].numbers.values())
    assert shown["lines"] == []
    assert shown["heat"]["rows"] == []


def test_the_fragment_is_the_room_alone(busy: dict[str, Case], manager: User, desk_of: Open) -> None:
    client = desk_of(manager)
    page = client.get(ROOM).content.decode()
    assert 'hx-trigger="every 30s"' in page
    piece = client.get(ROOM, headers={"HX-Request": "true"}).content.decode()
    assert piece.startswith('<div class="room" id="room"')
    assert "<html" not in piece
    still = client.get(ROOM, {"live": "no"}).content.decode()
    assert "every 30s" not in still


def test_an_old_or_broken_address_still_opens(manager: User, desk_of: Open) -> None:
    client = desk_of(manager)
    for asked in (
        {"period": "century", "day": "gestern", "map": "?", "trend": "0"},
        {"period": "custom", "since": "2026-12-31", "until": "1999-01-01"},
        {"period": "custom", "since": "0001-01-01"},
        {"period": "year", "day": "9999-12-31"},
        {"period": "month", "day": "2026-02-11"},
    ):
        page = client.get(ROOM, asked)
        assert page.status_code == 200, asked
        for address in (page.context["choice"].earlier, page.context["choice"].later):
            assert client.get(ROOM + address).status_code == 200


def test_behind_is_said(busy: dict[str, Case], manager: User, desk_of: Open, monkeypatch: Any) -> None:
    client = desk_of(manager)
    client.get(ROOM)
    LogPosition.objects.update(event_id=1, gaps=[])
    monkeypatch.setattr("feedback.actions.statistics.LITTLE", 2)
    assert "chưa được tính vào số liệu" in client.get(ROOM).content.decode()


@pytest.mark.parametrize("heat", ["received", "late", "overdue"])
def test_the_room_takes_twelve_queries(
    busy: dict[str, Case], manager: User, desk_of: Open, heat: str, django_assert_max_num_queries: Any
) -> None:
    client = desk_of(manager)
    client.get(ROOM)
    LogPosition.objects.update(gaps=[])  # ids used up by earlier tests are no acts still on their way
    with django_assert_max_num_queries(12):
        client.get(ROOM, {"period": "month", "map": heat})
    with django_assert_max_num_queries(12):
        client.get(
            ROOM, {"period": "custom", "since": "2026-09-03", "map": heat}, headers={"HX-Request": "1"}
        )


# --- what will be late


@pytest.fixture
def queue_of_four(send: Send, handler: User, triage_officer: User) -> list[Case]:
    """Four letters due on the same day in the hands of somebody who answers half a letter a day."""
    cases = []
    for number in range(4):
        case = send(BIRTH, at=moment() - timedelta(days=12, minutes=number)).case
        actions.assign(case, handler=handler, by=triage_officer, at=moment() - timedelta(days=12))
        cases.append(case)
    for days in range(1, 29):
        day = (moment() - timedelta(days=days)).date()
        if day.weekday() < 5 and days % 2:
            HandlerDay.objects.create(handler=handler, day=day, answered=1)
    return cases


def test_the_forecast_names_the_letters_and_the_reason(
    queue_of_four: list[Case], manager: User, handler: User, desk_of: Open
) -> None:
    client = desk_of(manager)
    shown = figures(client)["forecast"]
    page = client.get(ROOM + "du-bao/")
    assert len(page.context["rows"]) == shown["total"] == page.context["total"] > 0
    assert {row["reference"] for row in page.context["rows"]} <= {case.reference for case in queue_of_four}
    assert "ở vị trí" in page.context["rows"][0]["why"]
    for row in shown["rows"]:
        assert client.get(row["url"]).context["total"] == row["total"]
        for cell in row["cells"]:
            if cell["number"]:
                assert client.get(cell["url"]).context["total"] == cell["number"]


def test_leave_makes_more_of_them_late(
    queue_of_four: list[Case], manager: User, handler: User, desk_of: Open
) -> None:
    client = desk_of(manager)
    before = figures(client)["forecast"]["total"]
    first = moment().date()
    Absence.objects.create(user=handler, first_day=first, last_day=first + timedelta(days=7))
    assert figures(client)["forecast"]["total"] > before
    page = client.get(ROOM + "du-bao/")
    assert "Nghỉ phép: " in page.context["rows"][0]["why"]


def test_a_letter_nobody_holds_will_be_late(queue_of_four: list[Case], manager: User, desk_of: Open) -> None:
    Case.objects.filter(pk=queue_of_four[0].pk).update(handler=None)
    rows = desk_of(manager).get(ROOM + "du-bao/").context["rows"]
    assert "Chưa ai giữ đơn này." in [row["why"] for row in rows]


def test_the_forecast_page_takes_few_queries(
    queue_of_four: list[Case], manager: User, desk_of: Open, django_assert_max_num_queries: Any
) -> None:
    client = desk_of(manager)
    client.get(ROOM)
    with django_assert_max_num_queries(10):
        client.get(ROOM + "du-bao/")


def test_the_forecast_is_for_those_who_lead(handler: User, desk_of: Open) -> None:
    for page in ("", "du-bao/", "nguyen-nhan/"):
        assert desk_of(handler).get(ROOM + page).status_code == 403


def test_room_reads_only_what_visible_to_shows(busy: dict[str, Case], leader: User, manager: User) -> None:
    actions.keep_statistics(at=moment())
    today = moment().date()
    for who in (leader, manager):
        found = room.read(who, spans.of(spans.Length.YEAR, today), today, "month")
        assert found.total["received"] == room.counted_for(who).filter(received_at__year=2026).count()
