"""An auditor sets up the second step and signs in with it, then with a passkey alone; a late note is not lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.feedback.web.account.conftest import digits
from tests.journeys.people import NARROW, Office, Visits, press

pytestmark = pytest.mark.browser

WHO = "kiem-tra-1"  # no other journey signs in as this account
HOME, DOOR = "/can-bo/tai-khoan/", "/can-bo/dang-nhap/"
AGED = (
    "from django.contrib.sessions.models import Session; from django.contrib.sessions.backends.db import SessionStore\n"
    "for row in Session.objects.all():\n"
    "    store = SessionStore(row.session_key)\n"
    "    if 'staff_seen' in store:\n"
    "        store['staff_seen'] -= 3600; store.save()\n"
)


class Localhost(Office):
    """Browsers give passkeys to https, and to this one name."""

    @property
    def address(self) -> str:
        return f"http://localhost:{self.server.port}"


@pytest.fixture
def at_home(browser: Browser, running_office: Office) -> Iterator[Visits]:
    office = Localhost(
        running_office.server, running_office.home, running_office.passwords, running_office.people
    )
    visits = Visits(browser, office)
    yield visits
    for context in browser.contexts:
        context.close()
    assert visits.complaints == []


def with_key(page: Page) -> Page:
    """This computer has a sensor that always says yes."""
    keys = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    sensor: dict[str, Any] = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    keys.send("WebAuthn.addVirtualAuthenticator", {"options": sensor})
    return page


def confirm_again(page: Page, password: str) -> None:
    if "/xac-nhan/" in page.url:
        page.fill("[name=password]", password)
        press(page, "main form .button--big")


def test_app_then_passkey(at_home: Visits) -> None:
    password = at_home.office.passwords[WHO]
    page = with_key(at_home.sign_in(WHO))
    page.goto(f"{HOME}ung-dung/")
    confirm_again(page, password)
    secret = page.locator(".code-box .code").inner_text()
    assert page.locator(".qr svg").bounding_box()["width"] > 150  # type: ignore[index]  # it is there
    page.fill("[name=code]", digits(secret))
    press(page, "main form .button--big")
    assert page.locator(".codes .code").count() == 10
    press(page, "main .actions .button")

    page.goto(HOME)
    press(page, "main a[href$='/khoa/them/']")
    confirm_again(page, password)
    page.fill("[name=name]", "Máy ở phòng kiểm tra")
    press(page, "main form[data-passkey] button")
    page.goto(HOME)
    assert "Máy ở phòng kiểm tra" in page.locator("main").inner_text()
    press(page, ".account form button")

    page.goto(f"{DOOR}?next={HOME}")
    press(page, "main form[data-passkey] button")
    assert page.url.endswith(HOME), "the passkey alone opens, and leads where one wanted to go"
    press(page, ".account form button")

    page.goto(DOOR)
    page.fill("[name=username]", WHO)
    page.fill("[name=password]", password)
    press(page, "main form .button--big")
    assert page.url.endswith("/ma/")
    press(page, "main form[data-passkey] button")
    assert page.url.endswith("/can-bo/")

    other = at_home(NARROW, script=False)
    other.goto(DOOR)
    other.fill("[name=username]", WHO)
    other.fill("[name=password]", password)
    press(other, "main form .button--big")
    assert other.locator("form[data-passkey]:visible").count() == 0, "nobody is offered what cannot work"
    other.fill("[name=code]", digits(secret, steps=1))
    press(other, "main form:not([data-passkey]) .button--big")
    assert other.url.endswith("/can-bo/")
    other.goto(HOME)
    assert other.evaluate("document.documentElement.scrollWidth") <= NARROW


def test_a_note_typed_before_lunch(visit: Visits) -> None:
    words = "Đã gọi điện cho người gửi, hẹn sáng thứ Hai mang giấy hẹn tới bộ phận một cửa."
    page = visit.sign_in("can-bo-hctp-1")
    case = page.locator("table.queue a[href*='/can-bo/don/HA-']").first.get_attribute("href") or ""
    page.goto(f"{case.partition('?')[0]}note/")
    page.fill("main textarea", words)
    visit.office.server.python("manage.py", "shell", "-c", AGED)
    press(page, "main form[method=post] button.button")
    assert page.url.startswith(f"{visit.office.address}{DOOR}")
    page.fill("[name=username]", "can-bo-hctp-1")
    page.fill("[name=password]", visit.office.passwords["can-bo-hctp-1"])
    press(page, "main form .button--big")
    assert page.input_value("main textarea") == words
    press(page, "main form .button--big")
    assert "/don/HA-" in page.url
    assert words in page.content()
