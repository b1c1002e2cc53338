"""What a citizen checks a date by: the calculator's details, the working calendar, every rule in force."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from feedback.models import CalendarVersion, RulesVersion, User, catalogue
from feedback.web.public import ics, year
from tests.cast import WEDNESDAY
from tests.feedback.clock_worlds import CALENDAR_DATA, OFFICE
from tests.feedback.web.walk import said

pytestmark = pytest.mark.django_db
YEAR_2026 = "/lich-lam-viec/2026/"


def after(model: type[CalendarVersion] | type[RulesVersion]) -> datetime:
    """A day after the edition that came into force last."""
    newest = model.objects.in_force().first()
    assert newest
    assert newest.in_force_from
    return newest.in_force_from + timedelta(days=1)


def edition(version: str, unit: str | None, *days: dict[str, Any], draft: bool = False) -> CalendarVersion:
    """A calendar with more days in it; without days and for a unit: it follows the one above again."""
    plain = json.loads(json.dumps(CALENDAR_DATA, default=str))
    content = {**plain, "version": version, "overrides": plain["overrides"] + list(days)}
    return CalendarVersion.objects.create(
        version=version,
        unit_id=unit,
        data=content if days else {},
        note="Vì có ngày truyền thống.",
        in_force_from=None if draft else after(CalendarVersion),
    )


PARTY = {"date": "2026-12-24", "working": True, "hours": ["07:30-11:30"], "name": "Nghỉ buổi chiều"}
HOLIDAY = {
    "date": "2026-12-28",
    "working": False,
    "name": "Ngày truyền thống",
    "source": "QĐ 7",
    "author": "quan-tri-1",
}


# --- calculator ----------------------------------------------------------------------------------------------------
COMPLAINT = {"kind": "KHIEU_NAI", "day": "2026-11-02", "hour": "09:00"}


@pytest.mark.parametrize(
    ("details", "due"),
    [
        ({}, "2026-12-11"),  # nobody has accepted it yet: 30 days from the latest moment allowed
        ({"accepted": "05/11/2026"}, "2026-12-07"),
        ({"accepted": "2026-11-05", "instance": "2"}, "2026-12-21"),
        ({"accepted": "2026-11-05", "remote": "on"}, "2026-12-21"),
        ({"accepted": "2026-11-05", "instance": "2", "remote": "on"}, "2027-01-04"),
        ({"accepted": "2026-11-02"}, "2026-12-02"),  # the day it came
    ],
)
def test_the_calculator_knows_instance_area_and_acceptance(
    office: None, client: Client, details: dict[str, str], due: str
) -> None:
    response = client.get("/thoi-han/", COMPLAINT | details)
    view = response.context["clocks"][0]["view"]
    assert (view.name, view.due_at.date().isoformat()) == ("reply", due)
    assert ('<details class="disclosure" open>' in said(response)) == bool(details)


def test_the_details_need_not_be_there(office: None, client: Client) -> None:
    """Links from before the details existed still say what they said."""
    assert client.get("/thoi-han/", {"kind": "HOI_DAP", "day": "2026-02-12", "hour": "16:45"}).context[
        "clocks"
    ]
    assert client.get("/thoi-han/", {"kind": "HOI_DAP", "day": "2026-02-12"}).status_code == 200


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({"accepted": "2026-11-01"}, "accepted"),
        ({"accepted": "hôm qua"}, "accepted"),
        ({"instance": "3"}, "instance"),
        ({"accepted": "2031-12-31"}, "day"),  # the calendar ends before the answer is due
    ],
)
def test_what_is_wrong_in_the_details_is_said_there(
    office: None, client: Client, details: dict[str, str], field: str
) -> None:
    response = client.get("/thoi-han/", COMPLAINT | details)
    assert response.status_code == 422
    assert f'href="#id_{field}"' in said(response)
    assert 'disclosure" open' in said(response)


# --- the year ------------------------------------------------------------------------------------------------------
def test_every_special_day_with_its_source(office: None, client: Client) -> None:
    response = client.get(YEAR_2026)
    rows = {row["day"].day: row["day"] for row in response.context["days"]}
    assert rows[date(2026, 2, 17)].name == "Tết Nguyên Đán"
    assert (rows[date(2026, 1, 10)].what, rows[date(2026, 1, 10)].hours) == (
        "worked",
        "07:30–11:30, 13:00–17:00",
    )
    assert rows[date(2026, 11, 24)].source.startswith("Nghị quyết 80-NQ/TW")
    assert date(2026, 2, 14) not in rows  # a Saturday like any other
    text = said(response)
    assert "Công văn 12729/VPCP-KGVX" in text
    assert "danh mục kèm theo phần mềm" in text
    assert catalogue().calendar.version in text
    working = [day for day in year.days_of(2026) if OFFICE.is_working_day(day)]
    assert response.context["working_days"] == len(working) == 249
    assert "chưa công bố" not in text


def test_the_drawing_shows_each_day_once(office: None, client: Client) -> None:
    response = client.get(YEAR_2026)
    months = response.context["months"]
    drawn = [(m.first.month, n[2]) for m in months for shape in m.shapes for n in shape.numbers]
    assert len(months) == 12
    assert sorted(drawn) == [(day.month, day.day) for day in year.days_of(2026)]
    february = {shape.colour: sorted(n[2] for n in shape.numbers) for shape in months[1].shapes}
    assert february["red"] == [16, 17, 18, 19, 20]
    assert february["grey"] == [1, 7, 8, 14, 15, 21, 22, 28]
    assert len(response.content) < 60_000


def test_a_year_not_decided_yet_says_so(office: None, client: Client) -> None:
    text = said(client.get("/lich-lam-viec/2027/"))
    assert "chưa được công bố chính thức" in text
    assert "stroke-dasharray" in text


def test_this_year_and_the_years_there_are(office: None, client: Client) -> None:
    response = client.get("/lich-lam-viec/")
    assert response.status_code == 200
    assert list(response.context["years"]) == list(range(2019, 2032))
    for gone in (
        "/lich-lam-viec/2018/",
        "/lich-lam-viec/2032/",
        "/lich-lam-viec/99999999/",
        YEAR_2026 + "?don_vi=MA",
    ):
        assert client.get(gone).status_code == 404, gone
    assert client.get("/lich-lam-viec/2032.ics").status_code == 404


def test_a_unit_has_its_own_days(office: None, client: Client) -> None:
    edition("stp-hctp.1", "STP.HCTP", PARTY, HOLIDAY)
    response = client.get(YEAR_2026, {"don_vi": "STP.HCTP"})
    text = said(response)
    assert "Lịch làm việc của Phòng Hành chính tư pháp" in text
    assert "Nghỉ buổi chiều" in text
    assert "07:30–11:30)" in text
    assert "/lich-lam-viec/2027/?don_vi=STP.HCTP" in text
    assert "Nghỉ buổi chiều" not in said(client.get(YEAR_2026))
    assert 'href="/lich-lam-viec/?don_vi=STP.HCTP"' in said(client.get(YEAR_2026))
    other = said(client.get(YEAR_2026, {"don_vi": "STP.BTTP"}))
    assert "không có lịch riêng" in other


def test_a_unit_that_gave_its_calendar_up_follows_the_office_again(office: None, client: Client) -> None:
    edition("stp-hctp.1", "STP.HCTP", PARTY)
    edition("stp-hctp.2", "STP.HCTP")
    text = said(client.get(YEAR_2026, {"don_vi": "STP.HCTP"}))
    assert "không có lịch riêng" in text
    assert "Nghỉ buổi chiều" not in text
    old = client.get(YEAR_2026, {"phien_ban": "stp-hctp.1"})
    assert "Đây là phiên bản cũ" in said(old)


def test_earlier_editions_can_be_looked_at_and_drafts_cannot(office: None, client: Client) -> None:
    first = catalogue().calendar.version
    edition("office.2", None, HOLIDAY)
    edition("office.draft", None, PARTY, draft=True)
    response = client.get(YEAR_2026)
    text = said(response)
    assert [row.version for row in response.context["shown"].earlier()] == ["office.2", first]
    assert "Vì có ngày truyền thống." in text
    assert "phiên bản cũ" not in text
    before = said(client.get(YEAR_2026, {"phien_ban": first}))
    assert "Đây là phiên bản cũ" in before
    assert "Ngày truyền thống" not in before
    assert f"/lich-lam-viec/2027/?phien_ban={first}" in before
    assert client.get(YEAR_2026, {"phien_ban": "office.draft"}).status_code == 404
    assert client.get(YEAR_2026, {"phien_ban": "ma"}).status_code == 404


def test_who_entered_a_day_is_named_to_colleagues_only(office: None, client: Client, handler: User) -> None:
    edition("office.2", None, HOLIDAY)
    assert "quan-tri-1" not in said(client.get(YEAR_2026))
    assert "cán bộ quản trị của cơ quan" in said(client.get(YEAR_2026))
    client.force_login(handler)
    assert "quan-tri-1" in said(client.get(YEAR_2026))


def test_the_pages_cost_no_query_once_the_catalogue_is_read(office: None, client: Client) -> None:
    for address in (YEAR_2026, "/quy-tac-thoi-han/"):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        assert len(queries) == 0, address


# --- the file for telephones ---------------------------------------------------------------------------------------
def test_days_off_as_a_calendar_file(office: None, client: Client) -> None:
    edition("office.2", None, PARTY, HOLIDAY)
    response = client.get("/lich-lam-viec/2026.ics")
    text = response.content.decode()
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert "attachment" in response["Content-Disposition"]
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    whole = text.replace("\r\n ", "")
    assert whole.count("BEGIN:VEVENT") == len(client.get(YEAR_2026).context["days"])
    assert "DTSTART;VALUE=DATE:20260217\r\nDTEND;VALUE=DATE:20260218\r\nSUMMARY:Tết Nguyên Đán\r\n" in whole
    assert "SUMMARY:Nghỉ buổi chiều: làm việc 07:30–11:30\r\n" in whole
    assert "Nghị quyết 80-NQ/TW ngày 07/01/2026\\; Nghị quyết" in whole
    assert "quan-tri-1" not in whole
    assert len(set(re.findall("UID:(.*)", whole))) == whole.count("UID:")


def test_signs_with_a_meaning_are_escaped(office: None) -> None:
    day = year.SpecialDay(date(2027, 1, 1), "", "off", "Nghỉ, \\ vui;\nBEGIN:VEVENT", "", "", "", True)
    text = ics.written([day], name="Lịch", stamp=WEDNESDAY)
    assert "SUMMARY:Nghỉ\\, \\\\ vui\\; BEGIN:VEVENT (chưa công bố chính thức)" in text.replace("\r\n ", "")
    assert text.count("\r\nBEGIN:VEVENT") == 1
    assert "STATUS:TENTATIVE" in text


# --- rules ---------------------------------------------------------------------------------------------------------
def test_every_rule_in_force_stands_on_its_page(office: None, client: Client) -> None:
    response = client.get("/quy-tac-thoi-han/")
    shown = [rule for group in response.context["groups"] for rule in group["rules"]]
    assert len(shown) == len(catalogue().rules)
    text = said(response)
    for rule in catalogue().rules:
        assert rule.law in text, rule.id
    assert "Nghị định 155/2026/NĐ-CP, Điều 10" in text
    assert "30 ngày, đếm từ ngày sau ngày thụ lý" in text
    assert "lần thứ nhất tổng cộng không quá 60 ngày, lần thứ hai tổng cộng không quá 90 ngày" in text
    assert "đây là cam kết của cơ quan" in text
    assert str(catalogue().rules_in_force) in text
    assert response.context["groups"][0]["name"] == "Mọi loại đơn"


def test_rules_of_yesterday_and_of_tomorrow_are_marked(office: None, client: Client) -> None:
    held = RulesVersion.objects.get(version=catalogue().rules_in_force)
    coming = {**held.data[0], "id": "ack.new", "value": 1, "from": "2031-01-01"}
    ending = [{**one, "to": "2030-12-31"} if one["id"] == "ack" else one for one in held.data]
    RulesVersion.objects.create(version="r.2", data=[*ending, coming], in_force_from=after(RulesVersion))
    RulesVersion.objects.create(version="r.draft", data=[])
    response = client.get("/quy-tac-thoi-han/")
    standing = {rule["label"]: rule["standing"] for rule in response.context["groups"][0]["rules"][1:]}
    assert standing == {"Hạn báo đã nhận đơn": "coming"}
    assert "Từ 01/01/2031" in said(response)
    complaints = next(group for group in response.context["groups"] if group["code"] == "KHIEU_NAI")
    assert complaints["rules"][-1]["standing"] == "past"
    assert [row.version for row in response.context["versions"]] == ["r.2", held.version]
    assert "r.draft" not in said(response)


@pytest.mark.parametrize("address", ["/thoi-han/", YEAR_2026, "/lich-lam-viec/2027/", "/quy-tac-thoi-han/"])
def test_in_english_too(office: None, client: Client, address: str) -> None:
    client.cookies["django_language"] = "en"
    response = client.get(address)
    assert response.status_code == 200
    assert 'lang="en"' in said(response)


def test_the_pages_lead_to_one_another(office: None, client: Client) -> None:
    for address in ("/thoi-han/", YEAR_2026, "/quy-tac-thoi-han/"):
        text = said(client.get(address))
        assert {"/lich-lam-viec/", "/quy-tac-thoi-han/"} <= set(re.findall('href="([^"]+)"', text)), address
