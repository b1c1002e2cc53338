"""What a careful office owes everybody: nothing typed is lost, the keyboard is enough, a narrow screen is enough."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.journeys.people import CONTINUE, NARROW, PHONE, TRIAGE, Visits, access_key, press, send_letter

pytestmark = pytest.mark.browser

LETTER = "Tôi đăng ký nhận cha cho con, nộp đủ giấy từ đầu tháng mà chưa được hẹn ngày trả kết quả."
FORGET_SESSIONS = "from django.contrib.sessions.models import Session; print(Session.objects.all().delete())"


# --- Nothing typed is lost --------------------------------------------------------------------------------
def test_a_letter_half_typed_outlives_the_session(visit: Visits) -> None:
    page = visit(PHONE)
    page.goto("/gui-phan-anh/")
    page.fill("[name=text]", LETTER)
    press(page, CONTINUE)
    page.fill("[name=dossier_code]", "H00.00.00-261123-0042")
    visit.office.server.python("manage.py", "shell", "-c", FORGET_SESSIONS)
    page.context.clear_cookies(name="sessionid")
    page.context.clear_cookies(name="csrftoken")  # an expired form: the hardest case
    press(page, "main form button.button")
    assert page.input_value("[name=dossier_code]") == "H00.00.00-261123-0042"
    press(page, "main form button.button")
    press(page, "main form button.button")
    answers = page.locator(".summary-list").inner_text()
    assert LETTER in answers
    assert "H00.00.00-261123-0042" in answers


def test_an_error_keeps_every_word(visit: Visits) -> None:
    page = visit(PHONE)
    page.goto("/gui-phan-anh/")
    press(page, CONTINUE)
    assert page.locator("#error-summary a[href='#id_text']").count() == 1
    page.fill("[name=text]", LETTER)
    press(page, CONTINUE)
    press(page, "main form button.button")
    page.check("[name=visibility][value=sealed]")
    given = {"name": "Công dân 12", "phone": "khong-phai-so", "address": "Thôn Đông, xã Lúa Vàng"}
    for name, value in given.items():
        page.fill(f"[name={name}]", value)
    press(page, "main form button.button")
    assert page.locator("#error-summary").evaluate("box => box === document.activeElement")
    assert page.locator("[name=phone]").evaluate("field => !!field.closest('.field--error')")
    assert {name: page.input_value(f"[name={name}]") for name in given} == given
    assert page.is_checked("[name=visibility][value=sealed]")


# --- The keyboard is enough -------------------------------------------------------------------------------
def tab_to(page: Page, selector: str, presses: int = 40) -> None:
    """Press Tab until the element has the focus, looking at every stop whether the focus can be seen."""
    for _ in range(presses):
        page.keyboard.press("Tab")
        here = page.locator(":focus")
        assert here.evaluate(SHOWS_FOCUS), here.evaluate("element => element.outerHTML.slice(0, 200)")
        if here.evaluate("(element, wanted) => element.matches(wanted)", selector):
            return
    raise AssertionError(f"{presses} times Tab did not lead to {selector}")


# An outline or a shadow, on the element or on the label drawn around it.
SHOWS_FOCUS = """element => [element, element.closest('label')].some(one => one && (
    (getComputedStyle(one).outlineStyle !== 'none' && parseFloat(getComputedStyle(one).outlineWidth) >= 2)
    || getComputedStyle(one).boxShadow !== 'none'))"""


def test_the_first_page_of_the_form(visit: Visits) -> None:
    page = visit()
    page.goto("/gui-phan-anh/")
    tab_to(page, ".skip-link")
    page.keyboard.press("Enter")
    tab_to(page, "[name=text]")
    page.keyboard.type(LETTER)
    tab_to(page, CONTINUE)
    with page.expect_event("load"):
        page.keyboard.press("Enter")
    assert page.url.endswith("/noi-lien-quan/")


def from_the_list(page: Page, head: str, code: str) -> None:
    """Answer a question of the triage page by keyboard: down to the last button, which opens the list."""
    if page.locator(f"input[name={head}]").count():
        tab_to(page, f"input[name={head}]")
        for _ in range(6):
            if page.evaluate("document.activeElement.value") == "*":
                break
            page.keyboard.press("ArrowDown")
    tab_to(page, f"[name={head}_other]")
    for _ in range(80):
        if page.input_value(f"[name={head}_other]").startswith(code):
            break
        page.keyboard.press("ArrowDown")


def test_triage_is_one_key(visit: Visits) -> None:
    reference, _code = send_letter(visit(PHONE), "Tôi có một việc muốn hỏi mà không biết gửi cho ai.")
    page = visit.sign_in(TRIAGE)
    page.goto("/can-bo/viec/triage/")
    address = f"/can-bo/don/{reference}/classify/"
    tab_to(page, f"table.queue a[href='{address}']", presses=80)
    with page.expect_navigation(url=f"**{address}"):  # the list marks its place in its own address first
        page.keyboard.press("Enter")
    from_the_list(page, "topic", "HT")
    from_the_list(page, "kind", "HOI_DAP")
    access_key(page, "d")
    assert not page.url.endswith(address), "the next letter comes by itself"
    assert page.locator(".notice--success, .toast, [role=status]", has_text=reference).count()
    page.goto("/can-bo/viec/triage/")
    assert page.locator(f"table.queue a[href='{address}']").count() == 0


# --- A narrow screen is enough ----------------------------------------------------------------------------
def reflows(page: Page, address: str) -> None:
    """Nothing on the page is wider than the window (WCAG 2.2, 1.4.10)."""
    page.goto(address)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= NARROW, f"{address}: {width} px; {page.evaluate(WIDEST)}"


WIDEST = f"""[...document.body.querySelectorAll('*')].filter(one => one.getBoundingClientRect().right > {NARROW})
    .slice(0, 3).map(one => one.outerHTML.slice(0, 120)).join(' | ')"""


def test_nobody_scrolls_sideways(visit: Visits) -> None:
    page = visit(NARROW)
    for address in ("/", "/cong-khai/", "/tra-cuu/", "/thoi-han/?kind=PHAN_ANH&day=2026-11-20&hour="):
        reflows(page, address)
    reflows(page, "/gui-phan-anh/")
    page.fill("[name=text]", LETTER + " W" + "w" * 200)  # a word without a place to break it
    press(page, CONTINUE)
    for step in ("noi-lien-quan", "lien-he", "kiem-tra"):
        reflows(page, f"/gui-phan-anh/{step}/")
    press(page, "main form button.button")
    reflows(page, "/gui-phan-anh/da-gui/")
    link = page.locator("a.button[href^='/don/']").get_attribute("href") or ""
    reference = re.sub(r"^/don/|/$", "", link)
    reflows(page, link)
    reflows(page, f"{link}thoi-han/")
    for account, address in (
        (TRIAGE, "/can-bo/viec/triage/"),
        (TRIAGE, f"/can-bo/don/{reference}/"),
        ("can-bo-nhan-long-1", "/can-bo/"),
    ):
        reflows(visit.sign_in(account, NARROW), address)


# --- And the watch itself ---------------------------------------------------------------------------------
def test_the_watch_hears_what_goes_wrong(visit: Visits) -> None:
    """Else every journey could pass by not listening."""
    page = visit()
    page.goto("/")
    wrongs = {
        "console: ": "document.body.setAttribute('style', 'color: red')",  # what the CSP forbids
        "script: ": "setTimeout(() => { throw new Error('broken') })",
        "404: ": "fetch('/no-such-page')",
        "another host: ": "void (location.href = 'https://example.vn/')",
    }
    for wrong in wrongs.values():
        page.evaluate(wrong)
        page.wait_for_timeout(200)
    heard = list(visit.complaints)
    visit.complaints.clear()
    assert [kind for kind in wrongs if not any(said.startswith(kind) for said in heard)] == []
