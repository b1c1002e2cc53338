"""`make screenshots`: every page of a demo office at 390 and 1280 px into docs/screenshots/<name>-<width>.png.

`python -m tests.screenshots changes calculator` takes only those whose name begins so.

A few acts are done first (a letter is sent, a reply handed in, a public version prepared), so that every page has
something true to show. Demo letters only: nothing here was ever a real person's.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.journeys.people import (
    ADMINISTRATOR,
    CONTINUE,
    MANAGER,
    TRIAGE,
    Visits,
    approver_of,
    chromium_running,
    codes,
    do,
    handler_of,
    open_office,
    press,
    sort_if_unsure,
)

TARGET = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
WIDTHS = (390, 1280)
TALLEST = 2400  # CSS pixels of a page that are shown
COLOURS = 96  # a palette of so many is a quarter of the size, and text stays sharp
LETTER = (
    "Tôi nộp hồ sơ đăng ký lại khai sinh cho mẹ ở bộ phận một cửa của phường Nhãn Lồng từ ngày 20/10, giấy hẹn "
    "ghi trả kết quả ngày 27/10. Đến nay đã quá hẹn gần bốn tuần mà chưa có kết quả, hỏi thì được bảo chờ tiếp. "
    "Xin cho biết hồ sơ vướng ở đâu và bao giờ mẹ tôi nhận được giấy."
)
PHONE_NUMBER = "0100 000 012"
REPLY = f"""Kính gửi ông/bà,

Hồ sơ đăng ký lại khai sinh của mẹ ông/bà chậm vì phải chờ nơi đăng ký trước đây xác nhận việc còn lưu sổ. Ngày 20/11 \
chúng tôi đã nhận được xác nhận. Giấy khai sinh được trả tại bộ phận một cửa từ sáng 25/11; cán bộ sẽ gọi trước vào số \
{PHONE_NUMBER}.

Chúng tôi xin lỗi vì để ông/bà phải chờ mà không được báo lý do."""


def main() -> None:
    """Start an office of its own, walk through it, take the pictures, stop it."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hoiam-screenshots-") as home:
        office = open_office(Path(home), HOIAM_DEMO="1")
        try:
            with chromium_running() as browser:
                visits = Visits(browser, office)
                citizen, reference = write_a_letter(visits)
                work_on_it(visits, citizen, reference)
                read_in_public(visits)
                change_the_world(visits)
        finally:
            office.server.stop()
    total = sum(path.stat().st_size for path in TARGET.glob("*.png"))
    print(
        f"{len(list(TARGET.glob('*.png')))} pictures, {total / 1e6:.1f} MB, in {TARGET.relative_to(Path.cwd())}"
    )


def shoot(page: Page, name: str) -> None:
    """The page as it stands, once per width, its height capped at TALLEST."""
    if not name.startswith(tuple(sys.argv[1:]) or ""):
        return
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844 if width < 600 else 800})
        tall = page.evaluate("document.documentElement.scrollHeight")
        raw = page.screenshot(
            full_page=True,
            clip={"x": 0, "y": 0, "width": width, "height": min(tall, TALLEST)},
            animations="disabled",
        )
        picture = Image.open(io.BytesIO(raw)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        picture.save(TARGET / f"{name}-{width}.png", optimize=True)


def go(page: Page, address: str, name: str) -> None:
    page.goto(address)
    shoot(page, name)


# --- The citizen -----------------------------------------------------------------------------------------
def write_a_letter(visits: Visits) -> tuple[Page, str]:
    """The form from its first page to the confirmation; the citizen's window and the reference."""
    page = visits(390)
    go(page, "/", "home")
    go(page, "/gui-phan-anh/", "form-1-what")
    page.fill("[name=text]", LETTER)
    press(page, CONTINUE)
    page.select_option("[name=place]", "XA.NHAN_LONG")
    shoot(page, "form-2-where")
    press(page, "main form button.button")
    page.fill("[name=phone]", PHONE_NUMBER)
    shoot(page, "form-3-who")
    press(page, "main form button.button")
    shoot(page, "form-4-check")
    press(page, "main form button.button")
    shoot(page, "confirmation")
    reference, _code = codes(page)
    go(page, f"/don/{reference}/", "citizen-new")
    go(page, f"/don/{reference}/thoi-han/", "citizen-deadline")
    return page, reference


def read_in_public(visits: Visits) -> None:
    """What everybody may see."""
    page = visits(390)
    go(page, "/cong-khai/", "public-list")
    go(page, str(page.locator(".results a").first.get_attribute("href")), "public-answer")
    go(page, "/thoi-han/?kind=PHAN_ANH&day=2026-11-20&hour=09:30", "calculator")
    go(page, "/lich-lam-viec/2026/", "working-calendar")
    go(page, "/quy-tac-thoi-han/", "deadline-rules")
    go(page, "/chat-luong/", "public-quality")
    go(page, "/tra-cuu/", "lookup")
    go(page, "/can-bo/dang-nhap/", "login")
    go(page, "/api/v1/docs", "api-docs")


# --- The desk --------------------------------------------------------------------------------------------
def work_on_it(visits: Visits, citizen: Page, reference: str) -> None:
    """Triage, question, reply, approval, publication of the letter just written."""
    case = f"/can-bo/don/{reference}/"
    officer = visits.sign_in(TRIAGE)
    go(officer, "/can-bo/viec/triage/", "triage-queue")
    go(
        officer,
        str(officer.locator("table.queue a[href$='/classify/']").first.get_attribute("href")),
        "triage-case",
    )
    sort_if_unsure(visits, reference, topic="HT.DL", kind="PHAN_ANH")
    handler = visits.sign_in(handler_of(visits, reference))
    go(handler, "/can-bo/", "desk-queue")
    do(handler, reference, "accept")
    do(handler, reference, "ask_citizen", question="Xin cho biết số ghi trên giấy hẹn trả kết quả.")
    go(citizen, f"/don/{reference}/", "citizen-need-info")
    citizen.goto(f"/don/{reference}/tra-loi/")
    citizen.fill("[name=text]", "Giấy hẹn ghi số H00.00.00-201026-0012.")
    press(citizen, "main form button.button")
    go(handler, case, "case")
    go(handler, f"{case}thoi-han/", "deadline")
    handler.goto(f"{case}draft_reply/")
    handler.fill("[name=body]", REPLY)
    for question in handler.locator("[name=answered]").all():
        question.check()
    shoot(handler, "reply")
    press(handler, "[name=act][value=submit_reply]")
    leader = visits.sign_in(approver_of(visits, reference))
    go(leader, f"{case}approve_reply/", "approval")
    press(leader, "[name=act][value=approve_reply]")
    go(citizen, f"/don/{reference}/", "citizen-answered")
    go(handler, f"{case}prepare_publication/", "publication")
    go(handler, "/can-bo/phim-tat/", "desk-keys")
    go(handler, "/can-bo/cach-xem/", "desk-views")
    go(handler, "/can-bo/tai-khoan/", "account")
    go(leader, "/can-bo/phong/", "unit-room")
    look_from_above(visits)


def look_from_above(visits: Visits) -> None:
    """The manager's room, the reports and the administration."""
    manager = visits.sign_in(MANAGER)
    go(manager, "/can-bo/tong-quan/", "overview")
    go(manager, "/can-bo/tong-quan/du-bao/", "forecast")
    go(manager, "/can-bo/tong-quan/nguyen-nhan/", "causes")
    go(manager, "/can-bo/bao-cao/", "reports")
    go(manager, "/can-bo/bao-cao/petitions/", "report-petitions")
    go(manager, "/can-bo/chat-luong/", "desk-quality")
    go(manager, "/can-bo/chat-luong/mo-hinh/", "desk-models")
    page = visits.sign_in(ADMINISTRATOR, lands="/can-bo/quan-tri/")
    go(page, "/can-bo/quan-tri/", "administration")
    go(page, "/can-bo/quan-tri/nguoi/", "administration-people")


def change_the_world(visits: Visits) -> None:
    """A day off is planned, looked at and left to be decided; the rules and the units as they stand."""
    page, room = visits.sign_in(MANAGER), "/can-bo/thay-doi/"
    go(page, f"{room}lich/", "changes-calendar")
    page.fill("[name=day-0-first]", "2026-11-30")
    page.fill("[name=day-0-last]", "2026-12-02")
    page.fill("[name=day-0-name]", "Nghỉ tránh bão số 12")
    page.fill("[name=day-0-source]", "Công điện số 88/CĐ-UBND ngày 27/11/2026")
    page.fill("[name=note]", "Toàn tỉnh nghỉ tránh bão số 12.")
    press(page, "main form .button--big")
    shoot(page, "change")
    go(page, f"{page.url}xac-nhan/", "change-confirm")
    go(page, f"{room}quy-tac/", "changes-rules")
    go(page, f"{room}quy-tac/hoidap.reply/", "changes-rule")
    go(page, f"{room}don-vi/", "changes-units")
    go(page, room, "changes")


if __name__ == "__main__":
    main()
