"""The reply while it is written: two officers on one letter, a network that fails, a leader with a telephone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.people import (
    MANAGER,
    NARROW,
    PHONE,
    Visits,
    approver_of,
    do,
    handler_of,
    press,
    send_letter,
    sort_if_unsure,
)

pytestmark = pytest.mark.browser

LETTER = """Tôi nộp hồ sơ đăng ký khai sinh cho con đã quá ngày hẹn trả kết quả ba tuần mà vẫn chưa nhận được giấy.
Bao giờ cháu có giấy khai sinh? Tôi có phải nộp thêm lệ phí không?
Số điện thoại của tôi là 0100 000 012, tên tôi là Công Dân Mười Hai."""
SAVED = re.compile(r"Đã lưu lúc \d\d:\d\d")


def written_on(visit: Visits) -> tuple[str, str, Page]:
    """(reference, account of the handler, their window) of a letter that is being worked on."""
    reference, _code = send_letter(visit(PHONE), LETTER)
    sort_if_unsure(visit, reference, topic="HT.KS", kind="PHAN_ANH")
    account = handler_of(visit, reference)
    officer = visit.sign_in(account)
    do(officer, reference, "accept")
    officer.goto(f"/can-bo/don/{reference}/draft_reply/")
    return reference, account, officer


def type_in(page: Page, words: str) -> None:
    page.locator("[name=body]").press("Control+End")
    page.locator("[name=body]").press_sequentially(words)


def saved(page: Page) -> None:
    expect(page.locator("#draft-state")).to_have_text(SAVED)


def tick_all(page: Page) -> None:
    for box in page.locator("[name=answered]").all():
        box.check()


def test_two_officers_and_a_leader_with_a_telephone(visit: Visits) -> None:
    reference, account, first = written_on(visit)
    type_in(first, "Kính gửi ông/bà, phần của người thứ nhất.")
    saved(first)
    again = visit.sign_in(account)  # the same person at another desk
    again.goto(f"/can-bo/don/{reference}/draft_reply/")
    assert again.input_value("[name=body]") == "Kính gửi ông/bà, phần của người thứ nhất."

    # The leader gives the letter to somebody else while the first officer's window is still open.
    leader = visit.sign_in(MANAGER)
    leader.goto(f"/can-bo/don/{reference}/assign/")
    others = leader.locator("[name=handler]:not(:checked)")
    names = {visit.office.people[label.inner_text().split("\n")[0]]: box for box, label in zip(
        others.all(), leader.locator("label.choice:has([name=handler])").all(), strict=True
    )}  # fmt: skip
    other = next(name for name in names if name != account)
    names[other].check()
    press(leader, "main form button.button")

    second = visit.sign_in(other)
    do(second, reference, "accept")
    second.goto(f"/can-bo/don/{reference}/draft_reply/")
    type_in(second, " Phần của người thứ hai: giấy có ngày 12/12, không thu thêm lệ phí.")
    saved(second)

    # What the first one types now cannot become the draft; nothing of it is lost, and nothing is written over.
    type_in(first, " Phần viết sau khi đơn đã giao cho người khác.")
    expect(first.locator("#draft-state")).to_contain_text("Xem hai bản cạnh nhau")
    visit.complaints.remove(f"403: {visit.office.address}/can-bo/don/{reference}/du-thao/luu/")
    first.locator("#draft-state a").click()
    first.wait_for_url("**/du-thao/")
    first.locator(".results a").first.click()
    for words in ("Phần viết sau khi đơn đã giao", "Phần của người thứ hai"):
        expect(first.locator(".both")).to_contain_text(words)

    second.reload()
    expect(second.locator("main")).to_contain_text("cũng có viết cho trả lời này")
    assert "Phần của người thứ hai" in second.input_value("[name=body]")

    # Handing in waits for the questions; the words stay.
    press(second, "[name=act][value=submit_reply]")
    expect(second.locator("#error-summary")).to_contain_text("2 câu hỏi")
    assert "Phần của người thứ hai" in second.input_value("[name=body]")
    tick_all(second)
    press(second, "[name=act][value=submit_reply]")
    expect(second.locator(".case-head")).to_contain_text("Chờ duyệt trả lời")

    approve_by_telephone(visit, reference)


def approve_by_telephone(visit: Visits, reference: str) -> None:
    """390 px wide: question beside question, what will be sent, one button under the thumb."""
    telephone = visit.sign_in(approver_of(visit, reference), PHONE)
    telephone.goto(f"/can-bo/don/{reference}/approve_reply/")
    expect(telephone.locator(".asked .is-answered")).to_have_count(2)
    assert telephone.evaluate("document.documentElement.scrollWidth") <= PHONE
    button = telephone.locator("[name=act][value=approve_reply]")
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    with telephone.expect_event("load"):
        button.tap() if telephone.evaluate("'ontouchstart' in window") else button.click()
    telephone.goto(f"/can-bo/don/{reference}/")
    expect(telephone.locator(".case-head")).to_contain_text("Đã trả lời")


def test_two_windows_of_one_person_meet_on_a_page_with_both_texts(visit: Visits) -> None:
    reference, account, one = written_on(visit)
    two = visit.sign_in(account)
    two.goto(f"/can-bo/don/{reference}/draft_reply/")
    type_in(one, "Bản viết ở bàn một.")
    saved(one)
    two.locator("[name=body]").evaluate(
        "box => { box.value = 'Bản viết ở bàn hai.' }"
    )  # without the script hearing of it
    press(two, "[name=act][value=draft_reply]")
    assert "Bản viết ở bàn một." in two.locator(".both").inner_text()
    assert two.input_value("[name=body]") == "Bản viết ở bàn hai."
    two.fill("[name=body]", "Bản viết ở bàn một. Và bản viết ở bàn hai.")
    press(two, "[name=act][value=draft_reply]")
    assert two.input_value("[name=body]") == "Bản viết ở bàn một. Và bản viết ở bàn hai."
    two.goto(f"/can-bo/don/{reference}/du-thao/")
    kept = two.locator(".results").inner_text()
    assert "Bản viết ở bàn một." in kept
    assert "Bản viết ở bàn hai." in kept


def test_the_network_fails_and_the_words_are_offered_again(visit: Visits) -> None:
    reference, _account, officer = written_on(visit)
    officer.context.set_offline(True)
    type_in(officer, "Viết khi mất mạng.")
    expect(officer.locator("#draft-state")).to_contain_text("vẫn được giữ trong trình duyệt này")
    visit.complaints.clear()  # the browser says that it is offline
    officer.context.set_offline(False)
    saved(officer)
    assert (
        officer.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('hoiam-draft:')).length")
        == 0
    )

    # The window is closed before anything reached the server.
    officer.evaluate("() => { window.fetch = () => Promise.reject(new TypeError('no network')); }")
    type_in(officer, " Câu cuối chưa kịp lưu.")
    again = officer.context.new_page()
    officer.close()
    again.goto(f"/can-bo/don/{reference}/draft_reply/")
    expect(again.locator("#draft-kept")).to_contain_text("Câu cuối chưa kịp lưu.")
    again.locator("#draft-kept [data-use]").click()
    saved(again)
    again.reload()
    assert again.input_value("[name=body]") == "Viết khi mất mạng. Câu cuối chưa kịp lưu."

    again.locator("[name=body]").evaluate(
        "box => localStorage.setItem('hoiam-draft:1:HA-2026-0000001', '{}')"
    )
    press(again, "form[action$='/dang-xuat/'] button")
    left = again.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('hoiam-draft:'))")
    assert left == []


def test_words_are_hidden_by_selecting_them(visit: Visits) -> None:
    reference, _account, officer = written_on(visit)
    officer.fill("[name=body]", "Kính gửi ông Công Dân Mười Hai, giấy có ngày 12/12 🙂 tại số 1.")
    tick_all(officer)
    press(officer, "[name=act][value=submit_reply]")
    leader = visit.sign_in(approver_of(visit, reference))
    do(leader, reference, "approve_reply", "[name=act][value=approve_reply]")

    officer.goto(f"/can-bo/don/{reference}/prepare_publication/")
    expect(officer.locator("#as-public")).to_contain_text("giấy có ngày 12/12")
    officer.locator("#text-answer").evaluate(SELECT, "tại số 1")
    expect(officer.locator(".hide-bar")).to_contain_text("tại số 1")
    officer.select_option("#hide-kind", "address")
    officer.locator(".hide-bar [data-all]").click()
    expect(officer.locator("#as-public")).to_contain_text("🙂 [địa chỉ].")
    officer.fill("[name=title]", "Bao giờ có giấy khai sinh")
    expect(officer.locator("#as-public h3")).to_have_text("Bao giờ có giấy khai sinh")
    press(officer, "[name=act][value=save]")
    leader.goto(f"/can-bo/don/{reference}/publish/")
    shown = leader.locator("main").inner_text()
    assert "🙂 [địa chỉ]." in shown
    assert "0100 000 012" not in shown


# Selects the words inside an element as a mouse would.
SELECT = """(body, words) => {
  const walk = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const at = node.data.indexOf(words);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + words.length);
    const picked = document.getSelection();
    picked.removeAllRanges();
    picked.addRange(range);
    return;
  }
  throw new Error("not there");
}"""


def test_the_pages_fit_a_narrow_window(visit: Visits) -> None:
    reference, _account, officer = written_on(visit)
    type_in(officer, "Kính gửi ông/bà.")
    saved(officer)
    officer.set_viewport_size({"width": NARROW, "height": 640})
    for place in ("", "draft_reply/", "du-thao/", "note/", "them/"):
        officer.goto(f"/can-bo/don/{reference}/{place}")
        assert officer.evaluate("document.documentElement.scrollWidth") <= NARROW, place
