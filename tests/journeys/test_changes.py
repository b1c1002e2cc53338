"""A manager changes the calendar in a browser: planned, looked at, dropped or confirmed – with and without scripts.

The office is shared with the other journeys: what is confirmed here lies so far ahead that no letter's date moves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.journeys.people import MANAGER, NARROW, SIGN_IN, Visits, press

pytestmark = pytest.mark.browser

ROOM = "/can-bo/thay-doi/"
PLAN = "main form .button--big"


def sign_in_without_script(visit: Visits) -> Page:
    page = visit(script=False)
    page.goto("/can-bo/dang-nhap/")
    page.fill("[name=username]", MANAGER)
    page.fill("[name=password]", visit.office.passwords[MANAGER])
    press(page, SIGN_IN)
    return page


def type_day(page: Page, number: int, first: str, last: str, name: str) -> None:
    page.fill(f"[name=day-{number}-first]", first)
    page.fill(f"[name=day-{number}-last]", last)
    page.fill(f"[name=day-{number}-name]", name)
    page.fill(f"[name=day-{number}-source]", "Thông báo 15/TB-STP ngày 20/11/2026")


@pytest.fixture
def tidy(visit: Visits) -> Iterator[None]:
    """Whatever was planned and not decided is dropped: the next story starts with nothing waiting."""
    yield
    page = sign_in_without_script(visit)
    page.goto(ROOM)
    links = page.locator(".changes h3", has_text=re.compile("Chờ xác nhận|Đang tính thử")).locator("a")
    for address in [link.get_attribute("href") or "" for link in links.all()]:
        page.goto(address)
        press(page, f"form[action='{address}bo/'] button")


def test_a_holiday_is_planned_looked_at_and_dropped(visit: Visits, tidy: None) -> None:
    page = visit.sign_in(MANAGER)
    press(page, f".site-nav a[href='{ROOM}']")
    press(page, f"a[href='{ROOM}lich/']")
    press(page, PLAN)
    assert page.locator("#error-summary").evaluate("box => box === document.activeElement")
    type_day(page, 0, "2026-11-30", "2026-12-04", "Nghỉ tránh bão")
    press(page, "[name=more]")
    type_day(page, 1, "2027-02-04", "2027-02-10", "Nghỉ Tết Nguyên đán 2027")
    page.fill("[name=note]", "Cả tỉnh nghỉ tránh bão; Tết theo thông báo.")
    press(page, PLAN)
    text = page.locator("main").inner_text()
    assert "Thứ Hai, 30/11/2026 – Thứ Sáu, 04/12/2026" in text
    assert re.search(r"\d+ đơn đang mở đổi hạn: \d+ muộn hơn, 0 sớm hơn", text)
    assert page.locator("table.queue a[href^='/can-bo/don/']").count()
    with page.expect_download() as download:
        page.click("a[href$='danh-sach.csv']")
    assert download.value.suggested_filename.endswith(".csv")
    assert page.goto("/can-bo/tong-quan/")
    assert page.locator(f"main .notice a[href='{ROOM}']").count() == 1
    press(page, f"main .notice a[href='{ROOM}']")
    press(page, ".changes h3 a >> nth=0")
    press(page, "form[action$='/bo/'] button")
    assert "Đã bỏ" in page.locator("main").inner_text()


def test_confirmed_without_scripts(visit: Visits, tidy: None) -> None:
    page = sign_in_without_script(visit)
    page.goto(f"{ROOM}lich/")
    type_day(page, 0, "2030-05-06", "", "Nghỉ hoán đổi 2030")
    page.fill("[name=note]", "Thông báo lịch nghỉ năm 2030.")
    press(page, PLAN)
    address = page.url
    press(page, "a[href$='/xac-nhan/']")
    assert "Không đơn đang mở nào bị ảnh hưởng" in page.locator("main").inner_text()
    press(page, "main form.actions button")
    assert page.url == address
    assert page.locator("main progress").count() == 1
    press(page, "main .progress a")
    assert "Đang thực hiện" in page.locator("main").inner_text()
    visit.office.server.python("manage.py", "shell", "-c", FINISH)
    page.goto(address)
    assert page.locator("main progress").count() == 0
    assert "Đã thực hiện" in page.locator("main").inner_text()
    page.goto(f"{ROOM}lich/?nam=2030")
    assert page.locator("table.queue", has_text="Nghỉ hoán đổi 2030").count() == 1


# What the worker does a minute later; no worker runs beside the journeys.
FINISH = """from datetime import timedelta
from django.utils import timezone
from feedback import actions
actions.carry_on(at=timezone.now() + timedelta(minutes=2))"""


def test_the_page_notices_by_itself_that_the_count_is_complete(visit: Visits, tidy: None) -> None:
    page = visit.sign_in(MANAGER)
    page.goto(f"{ROOM}lich/")
    type_day(page, 0, "2030-05-07", "", "Nghỉ hoán đổi 2030")
    page.fill("[name=note]", "Thông báo lịch nghỉ năm 2030.")
    press(page, PLAN)
    number = page.url.rstrip("/").rpartition("/")[2]
    recount = f"from feedback.models import Change; Change.objects.filter(pk={number}).update(state='{{}}')"
    visit.office.server.python("manage.py", "shell", "-c", recount.format("counting"))
    page.reload()
    assert page.locator("main progress").count() == 1
    visit.office.server.python("manage.py", "shell", "-c", recount.format("ready"))
    page.wait_for_selector("a[href$='/xac-nhan/']")
    assert page.locator("main progress").count() == 0


def test_a_narrow_screen_is_enough(visit: Visits, tidy: None) -> None:
    page = visit.sign_in(MANAGER, NARROW)
    page.goto(f"{ROOM}quy-tac/hoidap.reply/")
    page.fill("[name=on]", "2030-12-01")
    page.fill("[name=value]", "4")
    page.fill("[name=note]", "Sở rút ngắn thời hạn.")
    press(page, PLAN)
    rooms = (
        "",
        "lich/",
        "lich/?don-vi=STP.HCTP",
        "quy-tac/",
        "quy-tac/moi/",
        "quy-tac/red_line.phan_anh/",
        "don-vi/",
    )
    for address in (page.url, *(ROOM + room for room in rooms)):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW, address
