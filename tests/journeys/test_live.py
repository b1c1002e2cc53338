"""Together: two officers see each other on one letter, rows follow what colleagues do, and a restart loses nothing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.people import MANAGER, PATIENCE, PHONE, Office, Visits, handler_of, press, send_letter

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)

WITH_CASE = (
    "from django.utils import timezone; from feedback import actions; from feedback.models import Case, User\n"
    "case, manager = Case.objects.get(pk={pk}), User.objects.get(username='{manager}')\n"
)
ACCEPT = WITH_CASE + "actions.accept(case, by=case.handler, at=timezone.now())"
SEAL = WITH_CASE + "actions.seal(case, reason='Có nội dung tố cáo.', by=manager, at=timezone.now())"
LIST = "/can-bo/viec/all/"
WITHOUT_SOCKET = """
delete window.WebSocket;
const wait = setTimeout;
window.setTimeout = (work, pause) => wait(work, pause / 20);  // a minute is three seconds
"""


def first_letter(page: Page) -> str:
    row = page.locator("tr[data-reference]").first
    return row.get_attribute("data-reference") or ""


def in_office(office: Office, code: str, reference: str) -> None:
    """Something done by another process, as the worker or an import would."""
    said = code.format(pk=int(reference[-7:]), manager=MANAGER)
    office.server.python("manage.py", "shell", "-v0", "-c", said)


def connected(page: Page) -> None:
    """The socket is open; the page says so only to us."""
    page.wait_for_function("() => document.documentElement.dataset.live === 'on'")


def name_of(office: Office, account: str) -> str:
    return next(name for name, known in office.people.items() if known == account)


def test_two_officers_see_each_other(visit: Visits) -> None:
    manager = visit.sign_in(MANAGER)
    manager.goto(f"{LIST}?status=processing")
    reference = first_letter(manager)
    account = handler_of(visit, reference)
    writer, chief = (name_of(visit.office, one) for one in (account, MANAGER))
    handler = visit.sign_in(account)
    handler.goto(f"/can-bo/don/{reference}/")
    connected(handler)
    manager.goto(f"/can-bo/don/{reference}/")
    connected(manager)
    expect(manager.locator(".colleagues")).to_contain_text(f"{writer} đang xem")
    expect(handler.locator(".colleagues")).to_contain_text(f"{chief} đang xem")
    handler.goto(f"/can-bo/don/{reference}/draft_reply/")
    expect(manager.locator(".colleagues")).to_contain_text(f"{writer} đang viết")
    connected(handler)
    handler.fill("main textarea[name=body]", "Kính gửi ông/bà, ")
    manager.goto(f"/can-bo/don/{reference}/note/")
    manager.fill("main textarea", "Xin ưu tiên đơn này.")
    press(manager, "main form[method=post] button.button:not([name])")
    expect(handler.locator(".live-news")).to_contain_text(re.compile(rf"{chief} thay đổi lúc \d\d:\d\d"))
    assert handler.input_value("main textarea[name=body]") == "Kính gửi ông/bà, ", "nothing typed is touched"


def test_the_server_restarts_under_an_open_desk(visit: Visits) -> None:
    office = visit.office
    page = visit.sign_in(MANAGER)
    page.goto(f"{LIST}?state=open")
    connected(page)
    reference = first_letter(page)
    before = page.locator("tr[data-reference]").count()
    pixel = page.locator(f"#row-{reference}").bounding_box()
    office.server.stop()
    in_office(office, SEAL, reference)
    office.server.start()
    row = page.locator(f"#row-{reference}")
    expect(row).to_contain_text("Không còn trong danh sách này", timeout=30_000)
    assert page.locator("tr[data-reference]").count() == before, "nothing vanishes under the reader's finger"
    assert row.bounding_box()["y"] == pixel["y"]  # type: ignore[index]  # they are on the page
    connected(page)
    other, _code = send_letter(
        visit(), "Tôi nộp hồ sơ đăng ký khai sinh đã quá hẹn ba tuần mà chưa có kết quả."
    )
    expect(page.locator("#toasts .live-new")).to_contain_text("1 đơn mới", timeout=15_000)
    assert page.locator(f"#row-{other}").count() == 0
    press(page, "#toasts .live-new a")
    assert page.locator(f"#row-{other}").count() == 1


def test_a_row_follows_a_colleague(visit: Visits) -> None:
    phone = visit.sign_in(MANAGER, PHONE)
    phone.goto(f"{LIST}?status=assigned")
    reference = first_letter(phone)
    phone.goto(f"{LIST}?q={reference}")
    connected(phone)
    in_office(visit.office, ACCEPT, reference)
    expect(phone.locator(f"#row-{reference} .live-mark")).to_be_visible()
    expect(phone.locator(f"#row-{reference}")).to_contain_text("Đang xử lý")
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE


def test_without_a_socket_the_page_asks(visit: Visits) -> None:
    page = visit.sign_in(MANAGER)
    page.add_init_script(WITHOUT_SOCKET)
    page.goto(f"{LIST}?state=open")
    reference = first_letter(page)
    in_office(visit.office, SEAL, reference)
    expect(page.locator(f"#row-{reference}")).to_contain_text("Không còn trong danh sách này")
