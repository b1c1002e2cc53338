"""A leader hands letters over by keyboard, by mouse and without script; an administrator takes somebody on."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.journeys.people import ADMINISTRATOR, NARROW, PHONE, Visits, press, send_letter, sort_if_unsure

pytestmark = pytest.mark.browser

LEADER = "lanh-dao-hctp"
FIRST, SECOND = "Chuyên viên Hành chính tư pháp 1", "Chuyên viên Hành chính tư pháp 2"
ROOM, OFFICE = "/can-bo/phong/", "/can-bo/quan-tri/"


def enter(visit: Visits, account: str, *, script: bool = True, width: int = 1280) -> Page:
    """Sign in, wherever that person is led afterwards."""
    page = visit(width, script=script)
    page.goto("/can-bo/dang-nhap/")
    page.fill("[name=username]", account)
    page.fill("[name=password]", visit.office.passwords[account])
    press(page, "main form .button--big")
    return page


LETTER = (
    "Tôi nộp hồ sơ đăng ký khai sinh cho con đã quá ngày hẹn trả kết quả ba tuần mà vẫn chưa nhận được giấy. "
    "Lần hỏi thứ {number}, xin cho biết bao giờ có."
)


@pytest.fixture(autouse=True)
def letters(visit: Visits) -> None:
    """Each of the two officers holds a letter at least."""
    page = visit.sign_in(LEADER)
    for number in range(2, 8):
        if all(letters_of(page, name) for name in (FIRST, SECOND)):
            return
        reference, _code = send_letter(visit(), LETTER.format(number=number))
        sort_if_unsure(visit, reference, topic="HT.KS", kind="PHAN_ANH")
        page.goto(ROOM)
        free = next((name for name in (FIRST, SECOND) if not letters_of(page, name)), "")
        page.goto(ROOM)
        box = page.locator(f"tr[data-letter='{reference}']")
        if free and box.count() and free not in box.inner_text():
            box.locator("input").check()
            option = page.locator("#to option", has_text=free).get_attribute("value")
            page.select_option("#to", option)
            press(page, "#handing button")
            press(page, "main form button.button")


def letters_of(page: Page, name: str) -> list[str]:
    """References of the letters of one person that may be handed over."""
    page.goto(ROOM)
    with page.expect_event("load"):
        page.get_by_role("link", name=name).first.click()
    rows = page.locator("tr[data-letter]")
    return list(rows.evaluate_all("rows => rows.map(r => r.dataset.letter)"))


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(120):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached by Tab")


def give(page: Page, letter: str, down: int) -> None:
    """Choose the person so many lines down, tick, look, confirm, with nothing but the keyboard."""
    tab_to(page, "#to")
    for _ in range(down):
        page.keyboard.press("ArrowDown")
    tab_to(page, f"tr[data-letter='{letter}'] input[type=checkbox]")
    page.keyboard.press("Space")
    with page.expect_event("load"):
        page.keyboard.press("Enter")
    assert "Giao 1 đơn cho" in page.locator("h1").inner_text()
    with page.expect_event("load"):
        page.keyboard.press("Enter")  # the button that confirms has the focus


def test_a_letter_is_handed_over_by_keyboard(visit: Visits) -> None:
    page = visit.sign_in(LEADER)
    before = letters_of(page, SECOND)
    mine = letters_of(page, FIRST)
    assert mine, "the demo gives this officer letters"
    give(page, mine[0], 2)
    assert mine[0] in page.locator("main").inner_text()
    assert set(letters_of(page, SECOND)) == {*before, mine[0]}


def test_a_letter_is_dragged_onto_a_person(visit: Visits) -> None:
    page = visit.sign_in(LEADER)
    theirs = letters_of(page, SECOND)
    page.goto(ROOM)
    target = page.locator("tr[data-person]", has_text=FIRST)
    with page.expect_event("load"):
        page.locator(f"tr[data-letter='{theirs[0]}']").drag_to(target)
    assert FIRST in page.locator("h1").inner_text()
    press(page, "main form button.button")
    assert theirs[0] in letters_of(page, FIRST)


def test_it_works_without_script_on_a_telephone(visit: Visits) -> None:
    page = enter(visit, LEADER, script=False, width=PHONE)
    mine = letters_of(page, FIRST)
    page.check(f"tr[data-letter='{mine[0]}'] input")
    page.select_option("#to", index=2)
    press(page, "#handing button")
    press(page, "main form button.button")
    assert mine[0] in page.locator("main").inner_text()


@pytest.mark.parametrize("width", [NARROW, PHONE])
def test_nothing_is_wider_than_the_screen(visit: Visits, width: int) -> None:
    page = visit.sign_in(LEADER, width)
    page.goto(ROOM)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page = enter(visit, ADMINISTRATOR, width=width)
    for address in ("", "nguoi/", "nguoi/moi/", "danh-muc/", "thu-tuc/", "mau/CHUNG/", "phan-loai/"):
        page.goto(f"{OFFICE}{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    page.goto("/can-bo/chat-luong/mo-hinh/")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_somebody_new_can_be_given_letters(visit: Visits) -> None:
    page = enter(visit, ADMINISTRATOR)
    assert page.url.endswith(OFFICE)
    press(page, f"main a[href='{OFFICE}nguoi/']")
    press(page, f"a[href='{OFFICE}nguoi/moi/']")
    page.fill("[name=username]", "can-bo-hctp-8")
    page.fill("[name=display_name]", "Chuyên viên mới nhận việc")
    page.fill("[name=email]", "can-bo-hctp-8@example.vn")
    page.select_option("[name=role]", "handler")
    page.select_option("[name=unit]", "STP.HCTP")
    press(page, "main form button.button")
    assert "Thêm người này?" in page.locator("#follows").inner_text()
    press(page, "[name=confirm]")
    assert "Chuyên viên mới nhận việc" in page.locator("h1").inner_text()
    leader = visit.sign_in(LEADER)
    leader.goto(ROOM)
    assert leader.locator("#to option", has_text="Chuyên viên mới nhận việc").count() == 1
    assert leader.locator("tr[data-person]", has_text="Chuyên viên mới nhận việc").count() == 1
    press(page, "main a.button--danger")  # and goes again: nothing may land with somebody who cannot sign in here
    press(page, "main form .button--danger")
    leader.goto(ROOM)
    assert leader.locator("#to option", has_text="Chuyên viên mới nhận việc").count() == 0
