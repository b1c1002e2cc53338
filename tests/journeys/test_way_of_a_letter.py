"""A real matter, in our own words, from the telephone of a mother to an answer everybody may read."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.journeys.people import (
    CONTINUE,
    PHONE,
    Visits,
    approver_of,
    codes,
    do,
    handler_of,
    look_up,
    press,
    sort_if_unsure,
)

pytestmark = pytest.mark.browser

NUMBER = "0100 000 012"
LETTER = f"""Con tôi được cấp lại bản chính giấy khai sinh nhưng họ của cháu bị ghi nhầm so với sổ gốc.
Từ mùa hè tôi nộp hồ sơ đề nghị cải chính hộ tịch, đến nay đã hơn bảy tháng, quá ngày hẹn từ lâu. Lần nào ra một cửa \
cũng được bảo về chờ, không ai nói rõ còn thiếu giấy gì.
Đề nghị Sở cho biết bao giờ cháu có giấy đúng họ. Số điện thoại của tôi là {NUMBER}."""
QUESTION = "Xin cho biết số ghi trên giấy hẹn trả kết quả để chúng tôi tra hồ sơ."
ANSWER = "Giấy hẹn ghi số H00.00.00-261123-0077, hẹn trả ngày 15/9."
REPLY = f"""Kính gửi bà,
Hồ sơ cải chính phần họ trên giấy khai sinh của cháu đã được giải quyết. Bà nhận kết quả tại bộ phận một cửa; cán bộ \
sẽ gọi trước vào số {NUMBER}. Chúng tôi xin lỗi vì để bà phải chờ."""
REMARKS = "Ghi rõ giờ làm việc của bộ phận một cửa."
HOURS = "Giờ làm việc: 7 giờ 30 đến 17 giờ, từ thứ Hai đến thứ Sáu."
TITLE = "Cải chính họ ghi nhầm trên giấy khai sinh cấp lại"


def test_from_the_form_to_the_public_list(visit: Visits) -> None:
    citizen = visit(PHONE)
    reference, code = send(citizen)

    sort_if_unsure(visit, reference, topic="HT.CC", kind="PHAN_ANH")
    handler = visit.sign_in(handler_of(visit, reference))
    do(handler, reference, "accept")
    do(handler, reference, "ask_citizen", question=QUESTION)

    look_up(citizen := visit(PHONE), reference, code)
    press(citizen, f"a[href='/don/{reference}/tra-loi/']")
    assert QUESTION in citizen.locator("main").inner_text()
    citizen.fill("[name=text]", ANSWER)
    press(citizen, "main form .button")
    assert ANSWER in citizen.locator("main").inner_text()

    do(handler, reference, "draft_reply", "[name=act][value=draft_reply]", body=REPLY)
    do(handler, reference, "draft_reply", "[name=act][value=submit_reply]")
    leader = visit.sign_in(approver_of(visit, reference))
    do(leader, reference, "approve_reply", "[name=act][value=return_reply]", remarks=REMARKS)
    handler.goto(f"/can-bo/don/{reference}/draft_reply/")
    assert REMARKS in handler.locator("main").inner_text()
    do(handler, reference, "draft_reply", "[name=act][value=submit_reply]", body=f"{REPLY}\n{HOURS}")
    leader.goto(f"/can-bo/don/{reference}/approve_reply/")
    assert HOURS in leader.locator(".diff ins").inner_text()
    do(leader, reference, "approve_reply", "[name=act][value=approve_reply]")

    prepare_public_version(handler, reference)
    do(leader, reference, "publish")

    citizen.goto(f"/don/{reference}/")
    assert HOURS in citizen.locator("#tra-loi").inner_text()
    press(citizen, "#danh-gia [name=score][value='3']")
    citizen.fill("#danh-gia [name=words]", "Rõ ràng, cảm ơn cán bộ.")
    press(citizen, "#danh-gia form .button")
    assert "Rõ ràng, cảm ơn cán bộ." in citizen.locator("#danh-gia").inner_text()

    the_public_reads_it_without_the_number(visit)


def send(citizen: Page) -> tuple[str, str]:
    """Through the four pages of the form; (reference, secret code)."""
    citizen.goto("/")
    press(citizen, ".hero a[href='/gui-phan-anh/']")
    citizen.fill("[name=text]", LETTER)
    press(citizen, CONTINUE)
    citizen.fill("[name=dossier_code]", "H00.00.00-261123-0077")
    press(citizen, "main form .button")
    citizen.check("[name=visibility][value=hidden]")
    citizen.fill("[name=phone]", NUMBER)
    press(citizen, "main form .button")
    assert NUMBER in citizen.locator(".summary-list").inner_text()
    press(citizen, "main form .button")
    assert citizen.url.endswith("/gui-phan-anh/da-gui/")
    return codes(citizen)


def prepare_public_version(handler: Page, reference: str) -> None:
    """The number is proposed for hiding in letter and answer; the preview shows neither."""
    handler.goto(f"/can-bo/don/{reference}/prepare_publication/")
    for side in ("question", "answer"):
        ticked = handler.locator(f"[name={side}_span]:checked + .choice__text").all_inner_texts()
        assert any(NUMBER in text for text in ticked), ticked
    handler.fill("[name=title]", TITLE)
    press(handler, "[name=act][value=preview]")
    shown = handler.locator("#preview + section").inner_text()
    assert NUMBER not in shown
    assert HOURS in shown
    press(handler, "[name=act][value=save]")
    assert handler.locator("#error-summary").count() == 0


def the_public_reads_it_without_the_number(visit: Visits) -> None:
    stranger = visit(PHONE)
    stranger.goto("/cong-khai/")
    stranger.fill("[name=q]", "cai chinh ho ghi nham")
    press(stranger, "form[role=search] .search .button")
    assert TITLE in stranger.locator(".results").inner_text()
    pages = [stranger.content()]
    with stranger.expect_event("load"):
        stranger.locator(".results a", has_text=TITLE).click()
    number = stranger.url.rstrip("/").rpartition("/")[2]
    assert HOURS in stranger.locator(".letter--reply").inner_text()
    pages += [stranger.content()]
    for address in ("/", "/api/v1/published?q=cai+chinh", f"/api/v1/published/{number}"):
        stranger.goto(address)
        pages.append(stranger.content())
    assert TITLE in pages[-1]
    digits = NUMBER.replace(" ", "")
    assert [page for page in pages if digits in re.sub(r"[\s.\-]", "", page)] == []
