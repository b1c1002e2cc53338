"""An officer clears ten letters without touching the mouse; and whoever works another way is not disturbed by keys."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page

from tests.journeys.people import PATIENCE, PHONE, Visits
from tests.journeys.test_comfort import SHOWS_FOCUS

pytestmark = pytest.mark.browser

OFFICER, TEN, TEMPLATE = "can-bo-hctp-1", 10, "CHUNG"
# Ten letters in this officer's hands, through the verbs like all others of the demo.
GIVE = f"""
from django.utils import timezone
from feedback import actions
from feedback.models import Membership, User
officer, at = User.objects.get(username="{OFFICER}"), timezone.now()
Membership.objects.filter(unit="STP.HCTP").update(capacity=1000)
head = User.objects.get(username="lanh-dao-hctp")
for number in range({TEN}):
    text = f"Tôi nộp hồ sơ đăng ký khai sinh cho con quá hẹn {{number + 2}} tuần mà chưa có giấy. Bao giờ xong?"
    case = actions.submit(actions.Letter(text=text), by=actions.CITIZEN, at=at).case
    if case.handler != officer:
        actions.assign(case, handler=officer, by=head, at=at)
"""
REFERENCE = re.compile(r"/don/(HA-\d{4}-\d{7})/")


def letter_of(page: Page) -> str:
    found = REFERENCE.search(page.url)
    assert found, page.url
    return found[1]


def key(page: Page, name: str) -> None:
    """Press it and wait for the page it leads to; an address touched up in place is no page."""
    page.evaluate("window.stillHere = true")
    page.keyboard.press(name)
    for _ in range(PATIENCE // 50):
        page.wait_for_timeout(50)
        with suppress(Error):  # between two pages there is nothing to ask
            if not page.evaluate("window.stillHere"):
                break
    page.wait_for_load_state()


def to_letter(page: Page, name: str, *, not_this: str = "") -> str:
    """Press a key that opens a letter; the address of the list is touched up on the way out, so wait for the letter."""

    def another(url: str) -> bool:
        found = REFERENCE.search(url)
        return found is not None and found[1] != not_this

    page.keyboard.press(name)
    page.wait_for_url(another)
    page.wait_for_load_state()
    return letter_of(page)


def tab_to(page: Page, selector: str, presses: int = 60) -> None:
    """As in test_comfort, but whatever lies on the way and wants an answer gets one: blanks, ticks."""
    for _ in range(presses):
        page.keyboard.press("Tab")
        here = page.locator(":focus")
        if here.count() == 0:  # past the last link: the next Tab begins at the top again
            continue
        assert here.evaluate(SHOWS_FOCUS), here.evaluate("element => element.outerHTML.slice(0, 200)")
        if here.evaluate("(element, wanted) => element.matches(wanted)", selector):
            return
        if here.evaluate("element => element.matches('[name=answered]:not(:checked)')"):
            page.keyboard.press("Space")
        if here.evaluate("element => element.matches('[name^=gap-]') && !element.value"):
            page.keyboard.type("ngày 30/11/2026, theo giấy hẹn")
    raise AssertionError(f"{presses} times Tab did not lead to {selector}")


def answer(page: Page) -> None:
    """From the page of an accepted letter: reply from the general template, fill its blanks, hand in."""
    key(page, "r")
    tab_to(page, "#template")
    for _ in range(20):
        if page.input_value("#template") == TEMPLATE:
            break
        page.keyboard.press("ArrowDown")
    tab_to(page, "form:has(#template) button")
    key(page, "Enter")
    if page.locator("[value=fill]").count():  # a template without blanks has none
        tab_to(page, "[value=fill]")
        key(page, "Enter")
    tab_to(page, "[value=submit_reply]")
    key(page, "Enter")
    assert page.locator("#error-summary").count() == 0, page.locator("#error-summary").inner_text()


def test_ten_letters_without_a_mouse(visit: Visits) -> None:
    visit.office.server.python("manage.py", "shell", "-v0", "-c", GIVE)
    page = visit.sign_in(OFFICER)
    page.goto("/can-bo/viec/mine/?status=assigned")
    assert page.locator("tr[data-reference]").count() >= TEN
    for _ in range(page.locator("tr[data-reference]").count() - TEN):
        page.keyboard.press("j")
    page.keyboard.press("j")
    cleared = [to_letter(page, "o")]
    for number in range(TEN):
        key(page, "t")
        answer(page)
        assert letter_of(page) == cleared[-1]
        if number < TEN - 1:
            cleared.append(to_letter(page, "n", not_this=cleared[-1]))
    assert len(set(cleared)) == TEN
    page.keyboard.press("n")
    page.wait_for_url("**/viec/mine/?status=assigned")
    assert "đơn cuối" in page.locator("main").inner_text()
    page.goto("/can-bo/viec/mine/?status=pending_approval")
    handed_in = page.locator("tr[data-reference]").evaluate_all(
        "rows => rows.map(row => row.dataset.reference)"
    )
    assert set(cleared) <= set(handed_in)


def test_keys_can_be_looked_up_and_switched_off(visit: Visits) -> None:
    page = visit.sign_in("can-bo-nhan-long-1")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    assert page.locator("dialog").get_attribute("aria-labelledby") == "keys-title"
    page.keyboard.press("j")  # the dialog is asked for an answer; nothing moves below it
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")
    page.keyboard.press("j")
    assert page.locator("#list tr[data-reference]:focus-within").count() == 1
    page.goto("/can-bo/phim-tat/")
    page.uncheck("[data-keys-switch] input")
    page.goto("/can-bo/")
    page.keyboard.press("j")
    page.keyboard.press("?")
    page.wait_for_timeout(300)
    assert page.locator("#list tr:focus-within, dialog[open]").count() == 0
    page.goto("/can-bo/phim-tat/")
    page.check("[data-keys-switch] input")
    page.goto("/can-bo/")
    page.keyboard.press("j")
    assert page.locator("#list tr[data-reference]:focus-within").count() == 1


def test_no_key_acts_while_somebody_types_or_holds_control(visit: Visits) -> None:
    page = visit.sign_in("can-bo-nhan-long-1")
    page.keyboard.press("/")
    page.keyboard.type("jx?ko")
    assert page.input_value("#filter_q") == "jx?ko"
    assert page.locator("dialog[open]").count() == 0
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement === document.body")
    page.keyboard.press("Control+j")
    page.keyboard.press("Alt+x")
    assert page.locator("#list tr:focus-within, [name=letter]:checked").count() == 0


def test_chosen_with_x_and_done_for_many(visit: Visits) -> None:
    page = visit.sign_in("can-bo-nhan-long-1")
    for name in ("j", "x", "j", "x"):
        page.keyboard.press(name)
    assert page.locator("[data-chosen]").inner_text().endswith("2")
    page.select_option("#many_verb", "note")
    with page.expect_event("load"):
        page.locator("#many button").press("Enter")
    page.fill("[name=text]", "Đã gọi điện hỏi phường.")
    for _step in ("look", "do"):
        with page.expect_event("load"):
            page.locator("main form .actions button").press("Enter")
    assert "2 trên 2" in page.locator("h1").inner_text()


def test_the_next_page_comes_by_itself_and_back_comes_to_the_row(visit: Visits) -> None:
    for width in (PHONE, 1280):
        page = visit.sign_in("pho-giam-doc-1", width)
        page.goto("/can-bo/viec/all/")
        shown = page.locator("tr[data-reference]")
        first = shown.count()
        page.locator(".queue__more").scroll_into_view_if_needed()
        shown.nth(first).wait_for()
        last = shown.last.get_attribute("data-reference")
        page.locator(f"#row-{last} .queue__title a").click()
        page.wait_for_url(f"**/don/{last}/")
        page.go_back()
        page.wait_for_selector(f"#row-{last} a:focus")
        assert page.locator(f"#row-{last}").evaluate(
            "row => row.getBoundingClientRect().top >= 0 && row.getBoundingClientRect().top < innerHeight"
        )


def test_without_script_the_pages_are_links(visit: Visits) -> None:
    office = visit.sign_in("pho-giam-doc-1")
    page = visit(script=False)
    for one in office.context.cookies():
        page.context.add_cookies([{"name": one["name"], "value": one["value"], "url": visit.office.address}])
    page.goto("/can-bo/viec/all/?state=")
    with page.expect_event("load"):
        page.locator("a[rel=next]").click()
    with page.expect_event("load"):
        page.locator("a[rel=prev]").click()
    with page.expect_event("load"):
        page.locator("a[data-keys]").click()
    assert page.locator("table.keys").count() == 1
