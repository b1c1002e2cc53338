"""Has this been answered before? Asked while a citizen types, and by the officer who writes the answer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.people import CONTINUE, PHONE, TRIAGE, Visits, press, send_letter

pytestmark = pytest.mark.browser

# Much like a letter of the demo office that was answered and published; no accents, a slip.
QUESTION = (
    "cho em hoi con em sinh duoc 4 thang ma chua lam giay khai sinh vi chogn em di lam xa, gio lam co bi phat khong "
    "va can giay to gi a"
)
OFFER = re.compile("Có thể câu hỏi của ông/bà đã được trả lời")
PATIENCE = (
    30_000  # the index is built in a thread after the first question, beside everything else on this machine
)


def test_the_form_offers_an_answer_while_typing(visit: Visits) -> None:
    page = visit(PHONE)
    page.goto("/gui-phan-anh/")
    box, field = page.locator("[data-answered]"), page.locator("[name=text]")
    field.fill("cho em hoi con em")
    page.wait_for_timeout(1_500)
    assert box.inner_html() == ""  # too little to know what it is about
    with page.expect_request("**/da-tra-loi/") as asked:
        field.fill(QUESTION)
    assert asked.value.method == "POST"
    assert "khai" not in asked.value.url
    for _ in range(PATIENCE // 1_500):  # a citizen goes on typing while the index is being built
        page.wait_for_timeout(1_500)
        if box.inner_text():
            break
        field.press_sequentially(" ạ")
    expect(box).to_contain_text(OFFER)
    link = box.get_by_role("link").first
    with page.context.expect_page() as opened:
        link.click()
    opened.value.wait_for_load_state()
    assert "/cong-khai/" in opened.value.url
    assert field.input_value().startswith(QUESTION)  # the letter is still there, and may still be sent
    press(page, CONTINUE)
    assert page.url.endswith("/noi-lien-quan/")


def test_without_script_it_stands_on_the_last_page(visit: Visits) -> None:
    page = visit(PHONE, script=False)
    page.goto("/gui-phan-anh/")
    page.fill("[name=text]", QUESTION)
    for _step in range(3):
        press(page, CONTINUE)
    expect(page.locator("main")).to_contain_text(OFFER)
    press(page, "main form button.button")
    assert page.url.endswith("/da-gui/")


def test_the_desk_finds_the_letter_that_was_sent_twice(visit: Visits) -> None:
    for again in ("", "Tôi gửi lại vì chưa thấy ai trả lời. "):
        send_letter(visit(PHONE), again + QUESTION)
    desk = visit.sign_in(TRIAGE)
    desk.goto("/can-bo/viec/all/")
    desk.locator("table a[href*='/can-bo/don/']").first.click()
    card = desk.locator(".card", has_text="Có thể cùng một việc")
    for _ in range(PATIENCE // 1_000):
        desk.wait_for_timeout(1_000)
        if card.count():
            break
        desk.reload()
    expect(card.locator("mark.evidence").first).to_be_visible()
