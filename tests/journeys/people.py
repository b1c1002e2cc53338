"""People at browsers: a strict Chromium, what it complains about, and the few moves every journey makes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, Response, Route, sync_playwright

from tests.run_suite import chromium
from tests.servers import Server

# No sandbox: the browser only ever meets our own server. The rest keeps it from talking to its maker.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, DESKTOP, NARROW = 390, 1280, 320  # CSS pixels; 320 is what WCAG 2.2 asks for (1.4.10 Reflow)
PATIENCE = 15_000  # milliseconds; a page takes about 100 on an idle machine
SIGN_IN = "main form .button--big"  # beside it stands the button of the passkey
CONTINUE = "form[enctype] .actions button:not([name])"  # leads from page to page of the letter form
REFERENCE = re.compile(r"HA-\d{4}-\d{7}")
# Of the demo office.
MANAGER, TRIAGE, ADMINISTRATOR = "pho-giam-doc-1", "phan-loai-1", "quan-tri-1"
# The pages a person may be refused on answer so; the browser writes them into its console as errors.
REFUSALS = {403, 404, 409, 410, 422, 429}


@contextmanager
def chromium_running() -> Iterator[Browser]:
    """The system's Chromium. Raises RuntimeError where there is none."""
    path = chromium()
    if path is None:
        raise RuntimeError("Chromium was not found; name it with HOIAM_CHROMIUM.")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Office:
    """A running office with demo letters and its staff's passwords."""

    server: Server
    home: Path
    passwords: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)  # name on the screen → account

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def read_accounts(self) -> None:
        for line in (self.home / "demo-accounts.txt").read_text(encoding="utf-8").splitlines():
            account, password, name = line.split(maxsplit=2)
            self.passwords[account], self.people[name] = password, account


def open_office(home: Path, **variables: str) -> Office:
    """Start the server on `home` and play the demo letters. Takes about 15 seconds."""
    loose = {"HOIAM_THROTTLE_SUBMIT": "1000/hour", "HOIAM_THROTTLE_SECRET": "1000/hour"}
    loose["HOIAM_SECOND_FACTOR"] = "off"  # tests/journeys/test_sign_in.py turns it on
    office = Office(Server(home, HOIAM_WORKER="separate", **{**loose, **variables}), home)
    office.server.python("manage.py", "load_catalogue", "--verbosity=0")
    office.server.python("manage.py", "load_demo", "--verbosity=0")
    office.read_accounts()
    return office


@dataclass
class Visits:
    """Opens browsers windows on one office and remembers everything that should not have happened in them."""

    browser: Browser
    office: Office
    complaints: list[str] = field(default_factory=list)

    def __call__(self, width: int = DESKTOP, *, script: bool = True, height: int = 844) -> Page:
        """A new window of a person who was never here: no cookies, Vietnamese, Hanoi time."""
        context = self.browser.new_context(
            base_url=self.office.address,
            viewport={"width": width, "height": height},
            java_script_enabled=script,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        context.route("**/*", self._only_here)
        page = context.new_page()
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("response", self._answered)
        return page

    def sign_in(self, account: str, width: int = DESKTOP, lands: str = "/can-bo/") -> Page:
        """A member of staff at the desk."""
        page = self(width)
        page.goto("/can-bo/dang-nhap/")
        page.fill("[name=username]", account)
        page.fill("[name=password]", self.office.passwords[account])
        press(page, SIGN_IN)
        assert page.url == f"{self.office.address}{lands}", page.url
        return page

    def _only_here(self, route: Route) -> None:
        url = route.request.url
        if url.startswith((self.office.address + "/", "data:")):
            return route.continue_()
        self.complaints.append(f"another host: {url}")
        return route.abort()

    def _said(self, message: ConsoleMessage) -> None:
        # A refused page is counted in _answered, where its status is known.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(f"console: {message.text}")

    def _answered(self, response: Response) -> None:
        allowed = REFUSALS if response.request.resource_type == "document" else set()
        if response.status >= 400 and response.status not in allowed:
            self.complaints.append(f"{response.status}: {response.url}")


def press(page: Page, selector: str) -> None:
    """Click what must be there exactly once, and wait for the page it leads to."""
    with page.expect_event("load"):
        page.locator(selector).click()


def access_key(page: Page, letter: str) -> None:
    """Alt + letter as a keyboard sends it; Playwright's press() omits the text an access key is found by."""
    keys = page.context.new_cdp_session(page)
    pressed = {"modifiers": 1, "key": letter, "text": letter, "unmodifiedText": letter}
    with page.expect_event("load"):
        for kind in ("keyDown", "keyUp"):
            keys.send("Input.dispatchKeyEvent", {"type": kind, **pressed})


def send_letter(page: Page, text: str) -> tuple[str, str]:
    """Write a letter through the form, answering nothing that may be left out; (reference, secret code)."""
    page.goto("/gui-phan-anh/")
    page.fill("[name=text]", text)
    for _step in range(4):
        press(page, CONTINUE)
    return codes(page)


def do(page: Page, reference: str, verb: str, button: str = "main form button.button", **fields: str) -> None:
    """Open the case, follow the button of `verb`, fill in what it asks for, send it.

    The way a person goes: a verb whose button the case page does not show cannot be done.
    """
    page.goto(f"/can-bo/don/{reference}/")
    address = f"/can-bo/don/{reference}/{verb}/"
    posts = page.locator(f"form[action='{address}'] button")
    if posts.count():
        with page.expect_event("load"):
            posts.click()
    else:
        link = page.locator(f".acts a[href='{address}']")
        if not link.is_visible():
            page.locator(".acts").locator("xpath=ancestor::section").locator("summary").click()
        with page.expect_event("load"):
            link.click()
        for name, value in fields.items():
            page.fill(f"main [name={name}]", value)
        for question in page.locator("main [name=answered]").all():
            question.check()
        press(page, button)
    assert page.locator("#error-summary").count() == 0, page.locator("#error-summary").inner_text()


def codes(page: Page) -> tuple[str, str]:
    """(reference, secret code) as the confirmation shows them."""
    reference, code = page.locator(".code-box .code").all_inner_texts()
    assert REFERENCE.fullmatch(reference)
    return reference, code


def look_up(page: Page, reference: str, code: str) -> None:
    page.goto("/tra-cuu/")
    page.fill("[name=reference]", reference)
    page.fill("[name=code]", code)
    press(page, "main form .button")
    assert page.url.endswith(f"/don/{reference}/"), page.locator("main").inner_text()


def sort_if_unsure(visit: Visits, reference: str, *, topic: str, kind: str) -> None:
    """Confirm the labels if the engine was not sure of them, as the officer in triage would."""
    officer = visit.sign_in(TRIAGE)
    officer.goto(f"/can-bo/viec/triage/?q={reference}")
    if officer.locator(f"a[href='/can-bo/don/{reference}/classify/']").count() == 0:
        return
    officer.goto(f"/can-bo/don/{reference}/classify/")
    answer(officer, "topic", topic)
    answer(officer, "kind", kind)
    press(officer, "[accesskey=d]")


def answer(officer: Page, head: str, code: str) -> None:
    """One question of the triage page: by the button of a guess, or else from the list."""
    button = officer.locator(f"[name={head}][value='{code}']")
    if button.count():
        button.check()
        return
    another = officer.locator(f"[name={head}][value='*']")
    if another.count():
        another.check()
    officer.select_option(f"[name={head}_other]", code)


def facts(page: Page, reference: str) -> dict[str, str]:
    """What the case page says about the letter: label → value, in both languages' order of the page."""
    page.goto(f"/can-bo/don/{reference}/")
    names, values = (page.locator(f".facts {tag}").all_inner_texts() for tag in ("dt", "dd"))
    return dict(zip(names, values, strict=True))


def handler_of(visit: Visits, reference: str) -> str:
    """The account of the person the case page names as handler."""
    known = visit.office.people
    (account,) = {
        known[value] for value in facts(visit.sign_in(MANAGER), reference).values() if value in known
    }
    return account


def approver_of(visit: Visits, reference: str) -> str:
    """The first leader whose queue of replies to approve holds the letter."""
    for account in (name for name in visit.office.passwords if name.startswith("lanh-dao")):
        page = visit.sign_in(account)
        page.goto(f"/can-bo/viec/approval/?q={reference}")
        if page.locator("table.queue").count() and reference in page.locator("table.queue").inner_text():
            return account
    return MANAGER
