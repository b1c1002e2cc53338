"""An old telephone, JavaScript off: the citizen's whole part works all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.feedback.web.walk import PNG
from tests.journeys.people import CONTINUE, PHONE, Visits, codes, look_up, press

pytestmark = pytest.mark.browser

LETTER = (
    "Toi di chung thuc chu ky o phuong, can bo bao phai co ho khau giay, trong khi ho khau giay da bo tu lau. "
    "Xin hoi doi nhu vay co dung khong."
)


def test_write_attach_look_up_withdraw(visit: Visits, tmp_path: Path) -> None:
    slip = tmp_path / "giay-hen.png"
    slip.write_bytes(PNG)
    page = visit(PHONE, script=False)
    page.goto("/gui-phan-anh/")
    page.fill("[name=text]", LETTER)
    page.set_input_files("[name=files]", slip)
    press(page, "main form [name=stay]")
    assert slip.name in page.locator("ul.files").inner_text()
    press(page, CONTINUE)
    press(page, "main form button.button")
    press(page, "main form button.button")
    answers = page.locator(".summary-list").inner_text()
    assert LETTER in answers
    assert slip.name in answers
    press(page, "main form button.button")
    reference, code = codes(page)

    later = visit(PHONE, script=False)
    later.goto(f"/tra-cuu/{reference}/")
    later.fill("[name=code]", "0000-0000-0000-0000")
    press(later, "main form button.button")
    assert LETTER not in later.content(), "a wrong code opens nothing"
    look_up(later, reference, code.lower().replace("-", " "))
    assert LETTER in later.locator(".letter").last.inner_text()
    with later.expect_download() as download:
        later.locator("ul.files a", has_text=slip.name).click()
    assert Path(download.value.path()).read_bytes().startswith(PNG[:8])

    press(later, f"a[href='/don/{reference}/rut-don/']")
    press(later, "main form button.button")
    assert later.locator("a[href$='/rut-don/']").count() == 0
    assert later.locator(".tag--withdrawn").count() == 1
