"""The room for changes: planned, counted, looked at, confirmed; who may, and what nobody gets to see."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from feedback import actions
from feedback.calendar import differences
from feedback.models import CalendarVersion, Case, Change, User, catalogue
from tests.cast import WEDNESDAY, later
from tests.feedback.web.desk.conftest import Open

Send = Callable[..., actions.Receipt]
ROOM = "/can-bo/thay-doi/"
DAYS = f"{ROOM}lich/"
RULES = f"{ROOM}quy-tac/"
UNITS = f"{ROOM}don-vi/"
WEEK = {f"hours_{day}": "07:30-11:30, 13:00-17:00" for day in ("mon", "tue", "wed", "thu", "fri")}
STORM = {
    "first": "2026-11-05",
    "name": "Nghỉ tránh bão số 12",
    "source": "Công điện 88/CĐ-UBND ngày 04/11/2026",
}


def fields(*days: dict[str, str], **more: Any) -> dict[str, Any]:
    """The calendar's form as it is shown, with these lines typed in."""
    rows = {
        f"day-{number}-{name}": value
        for number, day in enumerate(days)
        for name, value in {"kind": "off", **day}.items()
    }
    held = {"base": catalogue().calendar.version, "last_year": "2031", "version": "vn-2026.3"}
    count = {"day-TOTAL_FORMS": str(len(days)), "day-INITIAL_FORMS": "0"}
    return {**WEEK, **rows, **count, **held, "note": "Cả tỉnh nghỉ tránh bão.", **more}


def storm(client: Client) -> Change:
    """Plan the day off, look at what came of it."""
    answer = client.post(DAYS, fields(STORM))
    assert answer.status_code == 302, page_text(answer)
    return Change.objects.latest("pk")


def page_text(answer: Any) -> str:
    """What a person reads on the page."""
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def rules_of(change: Change) -> dict[str, Any]:
    """The rules a change brings, by code."""
    assert change.rules is not None
    return {one["id"]: one for one in change.rules.data}


def table_of(client: Client, change: Change) -> str:
    """The downloaded list."""
    answer: Any = client.get(address(change, "danh-sach.csv"))
    assert answer["Content-Type"].startswith("text/csv")
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def address(change: Change, step: str = "") -> str:
    return f"{ROOM}{change.pk}/{step}"


# --- who may --------------------------------------------------------------------------------------
def test_only_managers_and_administrators_enter(
    handler: User, leader: User, auditor: User, manager: User, administrator: User, desk_of: Open
) -> None:
    for person in (handler, leader, auditor):
        assert [desk_of(person).get(url).status_code for url in (ROOM, DAYS, RULES, UNITS)] == [403] * 4
        assert ROOM not in desk_of(person).get("/can-bo/").content.decode()
    for person in (manager, administrator):
        assert [desk_of(person).get(url).status_code for url in (ROOM, DAYS, RULES, UNITS)] == [200] * 4
    assert Client().get(ROOM)["Location"].startswith("/can-bo/dang-nhap/")


def test_an_administrator_without_letters_finds_the_room(administrator: User, desk_of: Open) -> None:
    assert f'href="{ROOM}"' in desk_of(administrator).get("/can-bo/", follow=True).content.decode()
    administrator.is_staff = True
    administrator.save()
    assert f'href="{ROOM}"' in desk_of(administrator).get("/quan-tri/").content.decode()


def test_an_administrator_plans_and_only_a_manager_confirms(
    administrator: User, manager: User, assigned: Case, desk_of: Open
) -> None:
    change = storm(desk_of(administrator))
    assert str(manager) in page_text(desk_of(administrator).get(address(change)))
    assert desk_of(administrator).get(address(change, "xac-nhan/")).status_code == 403
    assert desk_of(administrator).post(address(change, "xac-nhan/")).status_code == 403
    change.refresh_from_db()
    assert change.state == Change.State.READY


# --- a day off, from the form to the letter --------------------------------------------------------
def test_a_day_off_moves_the_open_letter_once_it_is_confirmed(
    manager: User, assigned: Case, desk_of: Open
) -> None:
    client, due = desk_of(manager), assigned.due_at
    change = storm(client)
    shown = page_text(client.get(address(change)))
    assert "1 đơn đang mở đổi hạn: 1 muộn hơn, 0 sớm hơn." in shown
    assert assigned.reference in shown
    assert "Nghỉ tránh bão số 12" in shown
    assert "Công điện 88/CĐ-UBND" in shown
    assigned.refresh_from_db()
    assert assigned.due_at == due, "nothing moves before the decision"
    assert "1 đơn đang mở đổi hạn" in page_text(client.get(address(change, "xac-nhan/")))
    assert client.post(address(change, "xac-nhan/")).status_code == 302
    assigned.refresh_from_db()
    assert assigned.due_at > due
    assert assigned.calendar_version == "vn-2026.3"
    change.refresh_from_db()
    assert (change.state, change.confirmed_by) == (Change.State.CONFIRMED, manager)


def test_several_days_taken_away_and_added_are_one_change(manager: User, desk_of: Open) -> None:
    client, before = desk_of(manager), catalogue().calendars[catalogue().calendar.version].data
    holiday = {
        "first": "2027-02-04",
        "last": "2027-02-10",
        "name": "Nghỉ Tết Nguyên đán 2027",
        "source": "Thông báo 1/TB",
        "provisional": "on",
    }
    half = {
        "first": "2026-12-31",
        "kind": "hours",
        "hours": "7:30 - 11:30",
        "name": "Làm buổi sáng",
        "source": "Thông báo 2/TB",
    }
    answer = client.post(DAYS, fields(holiday, half, remove="2026-11-24"))
    assert answer.status_code == 302, page_text(answer)
    after = CalendarVersion.objects.get(version="vn-2026.3").data
    changed = {one.key: one.after for one in differences(before, after)}
    assert sorted(changed) == ["2026-11-24", "2026-12-31", *(f"2027-02-{day:02}" for day in range(4, 11))]
    assert changed["2026-11-24"] is None
    assert changed["2026-12-31"]["hours"] == ["07:30-11:30"]
    assert changed["2027-02-10"]["provisional"] is True
    assert changed["2027-02-10"]["author"] == manager.username


def test_mistakes_stand_beside_their_fields_and_nothing_typed_is_lost(manager: User, desk_of: Open) -> None:
    client = desk_of(manager)
    wrong = {"first": "2026-12-10", "last": "2026-12-01", "name": "Nghỉ", "kind": "hours", "hours": "sáng"}
    answer = client.post(DAYS, fields(wrong, note="", hours_mon="17:00-13:00"))
    assert answer.status_code == 422
    page = answer.content.decode()
    for field in ("id_day-0-last", "id_day-0-hours", "id_day-0-source", "id_note", "id_hours_mon"):
        assert f'href="#{field}"' in page, field
    assert 'value="sáng"' in page
    assert 'value="17:00-13:00"' in page
    assert not Change.objects.exists()
    assert "Chưa có gì thay đổi" in page_text(client.post(DAYS, fields()))
    taken = client.post(DAYS, fields(STORM, version=catalogue().calendar.version))
    assert 'href="#id_version"' in taken.content.decode()
    outside = client.post(DAYS, fields({**STORM, "first": "2040-01-02"}))
    assert "Ngày 02/01/2040 nằm ngoài các năm của lịch, 2019 đến 2031." in page_text(outside)
    assert not Change.objects.exists()


def test_one_line_more_keeps_what_was_typed(manager: User, desk_of: Open) -> None:
    answer = desk_of(manager).post(DAYS, fields(STORM, more="1", remove="2026-11-24", note="Lý do đang gõ"))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="day-1-first"' in page
    assert STORM["source"] in page
    assert "Lý do đang gõ" in page
    assert re.search(r'value="2026-11-24"\s+checked', page)
    assert "error-summary" not in page


def test_the_years_and_the_announcement(manager: User, desk_of: Open) -> None:
    assert (
        desk_of(manager)
        .post(DAYS, fields(last_year="2033", decide="on", refresh="on", version="vn-2033.1"))
        .status_code
        == 302
    )
    calendar = catalogue().calendar_of("vn-2033.1")
    assert calendar.last == date(2033, 12, 31)
    assert not calendar.is_provisional(date(2027, 4, 30))
    assert calendar.is_provisional(date(2028, 4, 28))
    assert not calendar.is_working_day(date(2032, 4, 30)), "public holidays of the years that are new"
    assert desk_of(manager).post(DAYS, fields(last_year="2030")).status_code == 422


def test_a_unit_gets_hours_of_its_own_and_gives_them_up(manager: User, assigned: Case, desk_of: Open) -> None:
    client, due = desk_of(manager), assigned.due_at
    mine = f"{DAYS}?don-vi=STP.HCTP"
    saturday = fields(version="hctp-2026.1", hours_sat="07:30-11:30")
    assert client.post(mine, saturday).status_code == 302
    change = Change.objects.latest("pk")
    assert "1 sớm hơn" in page_text(client.get(address(change)))
    client.post(address(change, "xac-nhan/"))
    assigned.refresh_from_db()
    assert assigned.due_at < due
    assert 'name="follow"' in client.get(mine).content.decode()
    back = fields(base="hctp-2026.1", version="hctp-2026.2", follow="on")
    assert client.post(mine, back).status_code == 302
    change.refresh_from_db()
    actions.carry_out(change, at=later(hours=2))
    again = Change.objects.latest("pk")
    actions.count(again, at=later(hours=2))
    assert "theo lịch chung" in page_text(client.get(address(again)))
    client.post(address(again, "xac-nhan/"))
    assigned.refresh_from_db()
    assert assigned.due_at == due


# --- rules ----------------------------------------------------------------------------------------
def new_reply(**more: str) -> dict[str, str]:
    """Answers to questions in four days instead of five, from December on."""
    held = {
        "base": catalogue().rules_in_force or "",
        "on": "2026-12-01",
        "value": "4",
        "unit": "wd",
        "start": "received",
        "law": "Cam kết phục vụ của Sở",
        "conf": "policy",
        "chosen_by": "start",
        "version": "vn-2026.2",
        "note": "Sở rút ngắn thời hạn.",
    }
    return {**held, **more}


def test_a_rule_of_the_future_leaves_what_has_begun(
    manager: User, send: Send, handler: User, desk_of: Open
) -> None:
    client = desk_of(manager)
    assert client.get(f"{RULES}hoidap.reply/").status_code == 200
    assert client.post(f"{RULES}hoidap.reply/", new_reply()).status_code == 302
    change = Change.objects.latest("pk")
    found = rules_of(change)
    assert found["hoidap.reply"]["to"] == "2026-11-30"
    assert found["hoidap.reply.2026-12-01"]["value"] == 4
    shown = page_text(client.get(address(change)))
    assert "5 ngày làm việc" in shown
    assert "4 ngày làm việc" in shown
    assert "Không đơn đang mở nào bị ảnh hưởng" in shown


def test_rules_that_cannot_be_are_refused_in_words(manager: User, desk_of: Open) -> None:
    client = desk_of(manager)
    rule = f"{RULES}kn.accept.2026/"
    early = client.post(rule, new_reply(on="2026-06-15"))
    assert "01/07/2026" in page_text(early)
    steps = client.post(rule, new_reply(steps="3, 9"))
    assert 'href="#id_steps"' in steps.content.decode()
    twin = new_reply(kind="HOI_DAP", clock="reply", instance="", remote="")
    tie = client.post(f"{RULES}moi/", twin)
    assert "hoidap.reply" in page_text(tie)
    assert client.get(f"{RULES}khong-co/").status_code == 404
    assert not Change.objects.exists()


def test_a_rule_added_and_a_rule_ended_in_one_change(manager: User, desk_of: Open) -> None:
    client = desk_of(manager)
    fresh = new_reply(kind="HOI_DAP", clock="transfer", value="3")
    assert client.post(f"{RULES}moi/", fresh).status_code == 302
    first = Change.objects.latest("pk")
    end = {
        "do": "end",
        "end-base": "vn-2026.2",
        "end-last": "2026-12-31",
        "end-note": "Bỏ cam kết.",
        "end-version": "vn-2026.3",
    }
    assert client.post(f"{RULES}khen.reply/?tiep={first.pk}", end).status_code == 302
    both = Change.objects.latest("pk")
    changed = rules_of(both)
    assert changed["khen.reply"]["to"] == "2026-12-31"
    assert changed["hoi_dap.transfer.2026-12-01"]["value"] == 3
    first.refresh_from_db()
    assert first.state == Change.State.DROPPED


# --- units ----------------------------------------------------------------------------------------
def test_a_unit_goes_into_a_new_one(
    manager: User, assigned: Case, handler: User, desk_of: Open, wednesday: Any
) -> None:
    client = desk_of(manager)
    plan = {
        "units": "STP.HCTP",
        "last_day": "2026-11-10",
        "successor": "new",
        "new_name": "Phòng Hộ tịch và Bổ trợ",
        "new_code": "stp.htbt",
        "new_kind": "division",
        "new_parent": "STP",
        "people": "on",
        "note": "Quyết định 15/QĐ-STP ngày 02/11/2026.",
    }
    wrong = client.post(UNITS, {**plan, "new_name": "", "units": ""})
    assert wrong.status_code == 422
    assert 'href="#id_new_name"' in wrong.content.decode()
    assert "Xin điền mục này." in page_text(client.post(UNITS, {"note": "Giải thể."}))
    assert "“BỘ PHẬN!” không dùng làm mã được" in page_text(
        client.post(UNITS, {**plan, "new_code": "bộ phận!"})
    )
    assert client.post(UNITS, plan).status_code == 302
    change = Change.objects.latest("pk")
    shown = page_text(client.get(address(change)))
    assert "Phòng Hộ tịch và Bổ trợ" in shown
    assert "1 đơn đang mở chuyển sang đơn vị khác" in shown
    assert "Cán bộ đang xử lý đi theo" in shown
    client.post(address(change, "xac-nhan/"))
    assigned.refresh_from_db()
    assert assigned.unit_id == "STP.HCTP", "it moves on the day after"
    assert "Thực hiện vào ngày 11/11/2026" in page_text(client.get(address(change)))
    wednesday.move_to(later(days=7))
    change.refresh_from_db()
    actions.carry_out(change, at=later(days=7))
    assigned.refresh_from_db()
    assert (assigned.unit_id, assigned.handler) == ("STP.HTBT", handler)


def test_without_a_successor_nobody_moves_along(manager: User, assigned: Case, desk_of: Open) -> None:
    client = desk_of(manager)
    client.post(UNITS, {"units": "STP.HCTP", "last_day": "2026-11-10", "people": "on", "note": "Giải thể."})
    shown = page_text(client.get(address(Change.objects.latest("pk"))))
    assert "không có đơn vị kế thừa" in shown
    assert "chuyển theo sang đơn vị kế thừa" not in shown


# --- what is kept back ----------------------------------------------------------------------------
@pytest.fixture
def sealed(send: Send, integrity_officer: User) -> Case:
    case = send(text="Cán bộ một cửa đòi tiền bồi dưỡng mới trả hồ sơ.", visibility="sealed").case
    case.refresh_from_db()
    assert case.sealed
    return case


def test_a_sealed_letter_is_counted_and_not_named(
    manager: User, assigned: Case, sealed: Case, integrity_officer: User, desk_of: Open
) -> None:
    client = desk_of(manager)
    change = storm(client)
    assert set(change.lines.values_list("case", flat=True)) == {assigned.pk, sealed.pk}
    shown = client.get(address(change)).content.decode()
    table = table_of(client, change)
    for text in (shown, table):
        assert assigned.reference in text
        assert sealed.reference not in text
    assert "2 đơn đang mở đổi hạn" in shown
    assert "1 đơn trong số đó được giữ kín" in shown
    assert assigned.text not in shown + table


def test_the_table_downloads_without_formulas(manager: User, assigned: Case, desk_of: Open) -> None:
    client = desk_of(manager)
    head, line = table_of(client, storm(client)).splitlines()
    assert head.startswith('"Mã đơn","Đơn vị"')
    assert line.startswith(f'"{assigned.reference}","')


def test_an_administrator_sees_numbers_only(administrator: User, assigned: Case, desk_of: Open) -> None:
    client = desk_of(administrator)
    shown = client.get(address(storm(client))).content.decode()
    assert "1 đơn đang mở đổi hạn" in shown
    assert assigned.reference not in shown


# --- deciding -------------------------------------------------------------------------------------
def test_a_plan_made_before_another_came_into_force_is_planned_again(
    manager: User, assigned: Case, desk_of: Open
) -> None:
    client = desk_of(manager)
    first = storm(client)
    second = {**STORM, "first": "2026-11-06", "name": "Nghỉ khắc phục sau bão"}
    client.post(DAYS, fields(second, version="vn-2026.4"))
    late = Change.objects.latest("pk")
    client.post(address(first, "xac-nhan/"))
    actions.carry_out(Change.objects.get(pk=first.pk), at=WEDNESDAY + timedelta(minutes=40))
    assert "Lập lại trên phiên bản mới" in page_text(client.get(address(late)))
    assert client.get(address(late, "xac-nhan/")).status_code == 302
    refused = client.post(address(late, "xac-nhan/"))
    assert refused.status_code == 409
    assert client.post(address(late, "lap-lai/")).status_code == 302
    again = Change.objects.latest("pk")
    late.refresh_from_db()
    assert late.state == Change.State.DROPPED
    calendar = catalogue().calendar_of(again.target)
    assert [calendar.is_working_day(date(2026, 11, day)) for day in (4, 5, 6)] == [True, False, False]
    assert again.based_on == "vn-2026.3"


def test_a_form_filled_in_on_an_older_version_is_looked_at_again(manager: User, desk_of: Open) -> None:
    client = desk_of(manager)
    old = fields(STORM, version="vn-2026.9")
    client.post(address(storm(client), "xac-nhan/"))
    answer = client.post(DAYS, old)
    assert answer.status_code == 422
    assert "vn-2026.3" in page_text(answer)
    assert 'name="base" value="vn-2026.3"' in answer.content.decode()


def test_counted_again_and_dropped(manager: User, assigned: Case, send: Send, desk_of: Open) -> None:
    client = desk_of(manager)
    change = storm(client)
    send(at=WEDNESDAY)
    assert client.get(address(change, "tinh-lai/")).status_code == 405
    assert client.post(address(change, "tinh-lai/")).status_code == 302
    change.refresh_from_db()
    assert (change.state, change.moved) == (Change.State.READY, 2)
    assert client.post(address(change, "bo/")).status_code == 302
    assert "Đã bỏ" in page_text(client.get(ROOM))
    assert client.post(address(change, "bo/")).status_code == 409
    assert client.post(address(change, "tinh-lai/")).status_code == 409
    assert client.post(address(change, "xac-nhan/")).status_code == 409


def test_no_button_works_without_its_token(manager: User, assigned: Case, desk_of: Open) -> None:
    change = storm(desk_of(manager))
    client = Client(enforce_csrf_checks=True)
    client.force_login(manager)
    for step in ("xac-nhan/", "tinh-lai/", "bo/", "lap-lai/"):
        assert client.post(address(change, step)).status_code == 403
    change.refresh_from_db()
    assert change.state == Change.State.READY


def test_the_overview_says_that_a_decision_waits(
    manager: User, leader: User, assigned: Case, desk_of: Open
) -> None:
    assert ROOM + '">1 ' not in desk_of(manager).get("/can-bo/tong-quan/").content.decode()
    storm(desk_of(manager))
    assert f'href="{ROOM}">1 ' in desk_of(manager).get("/can-bo/tong-quan/").content.decode()
    assert f'href="{ROOM}">1 ' not in desk_of(leader).get("/can-bo/tong-quan/").content.decode()


def test_a_letter_that_cannot_follow_is_named(
    manager: User, assigned: Case, desk_of: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = desk_of(manager)
    change = storm(client)

    def broken(*_args: Any) -> None:
        raise RuntimeError("Nội dung đơn không được lộ ra đây")

    monkeypatch.setattr("feedback.actions.changes._redate", broken)
    client.post(address(change, "xac-nhan/"))
    for minute in range(2, 10):
        actions.carry_out(change, at=WEDNESDAY + timedelta(minutes=30 + minute))
    shown = client.get(address(change)).content.decode()
    assert "1 đơn chưa theo được" in shown
    assert shown.count(assigned.reference) == 2 + shown.count(f"{assigned.reference}/"), "in both lists"
    assert "không được lộ" not in shown


def test_progress_asks_for_itself_and_reloads_the_page_when_it_is_over(
    manager: User, assigned: Case, desk_of: Open
) -> None:
    client = desk_of(manager)
    change = storm(client)
    over = client.get(address(change), headers={"HX-Request": "true"})
    assert over["HX-Refresh"] == "true"
    client.post(address(change, "xac-nhan/"))
    part = client.get(address(change), headers={"HX-Request": "true"})
    assert "HX-Refresh" not in part
    assert "<progress" in part.content.decode()
    assert "<html" not in part.content.decode()
    assert "1 đơn đang mở đã theo" in part.content.decode()


def test_the_list_turns_its_pages(
    manager: User, assigned: Case, desk_of: Open, django_assert_max_num_queries: Any
) -> None:
    client = desk_of(manager)
    for _more in range(51):
        actions.submit(actions.Letter(text=assigned.text), by=actions.CITIZEN, at=WEDNESDAY)
    change = storm(client)
    with django_assert_max_num_queries(20):
        first = client.get(address(change)).content.decode()
    (query,) = re.findall(r'rel="next" href="(\?after=\d+)#list"', first)
    second = client.get(address(change) + query).content.decode()
    seen = [re.findall(r">(HA-2026-\d{7})</a>", page) for page in (first, second)]
    assert [len(page) for page in seen] == [50, 2]
    assert not set(seen[0]) & set(seen[1])
    (back,) = re.findall(r'rel="prev" href="(\?before=\d+)#list"', second)
    assert re.findall(r">(HA-2026-\d{7})</a>", client.get(address(change) + back).content.decode()) == seen[0]
