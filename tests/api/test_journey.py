"""One letter walked through the API alone: from POST to the published answer and the rating, and what may go astray."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from feedback import actions
from feedback.models import User
from feedback.reports.log import verify
from tests.api.conftest import Caller
from tests.cast import later

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
Calling = Callable[..., Caller]
Send = Callable[..., actions.Receipt]


def test_from_post_to_published_to_rated(
    anybody: Caller, calling: Calling, letter: dict[str, Any], handler: User, leader: User, manager: User
) -> None:
    sent = anybody.post("/cases", letter)
    assert sent.status_code == 201, sent.content
    receipt = sent.json()
    path = f"/cases/{receipt['reference']}"
    assert receipt["unit"]["code"] == "STP.HCTP"
    assert receipt["explanation"]
    assert sent["Location"].endswith(path)
    citizen, officer, head = Caller(code=receipt["secret_code"]), calling(handler), calling(leader)

    assert receipt["received_at"].endswith("+07:00")
    seen = officer.get(path)
    assert seen.json()["received_at"] == receipt["received_at"]
    case = seen.json()
    assert case["handler"]["id"] == handler.pk
    assert "accept" in verbs(case)
    assert seen["ETag"] == f'"{case["version"]}"'
    assert officer.post(f"{path}/accept", If_Match='"999"').status_code == 409
    case = done(officer.post(f"{path}/accept", If_Match=seen["ETag"]))
    assert case["status"] == "processing"

    case = done(officer.post(f"{path}/ask-citizen", {"question": "Xin cho biết ngày hẹn trên giấy hẹn?"}))
    assert case["status"] == "need_info"
    mine = citizen.get(path).json()
    assert "handler" not in mine
    assert set(verbs(mine)) == {"answer_info", "add_information", "withdraw"}
    file = SimpleUploadedFile("giay-hen.pdf", PDF, "application/pdf")
    case = done(citizen.upload(f"{path}/answer-info", {"text": "Ngày hẹn là 12/10/2026.", "files": [file]}))
    assert case["status"] == "processing"

    reply = "Kính gửi ông/bà, giấy khai sinh đã có tại bộ phận một cửa, xin mời ông/bà đến nhận."
    done(officer.post(f"{path}/draft-reply", {"body": "Kính gửi ông/bà, …"}))
    case = done(officer.post(f"{path}/submit-reply", {"body": reply}))
    assert case["status"] == "pending_approval"
    assert citizen.get(f"{path}/replies").json() == []
    done(head.post(f"{path}/return-reply", {"remarks": "Nêu địa chỉ."}))
    done(officer.post(f"{path}/submit-reply", {"body": f"{reply} Địa chỉ: số 1 đường Thử."}))
    case = done(head.post(f"{path}/approve-reply"))
    assert case["status"] == "answered"
    [answer] = citizen.get(f"{path}/replies").json()
    assert answer["body"].startswith(reply)
    assert "author" not in answer

    done(officer.post(f"{path}/prepare-publication", {"title": "Chậm trả kết quả đăng ký khai sinh"}))
    prepared = officer.get(f"{path}/publication").json()
    assert prepared["prepared"]["state"] == "prepared"
    assert prepared["published"] is None
    assert citizen.get(f"{path}/publication").json() == {"published": None}
    done(calling(manager).post(f"{path}/publish"))
    [shown] = anybody.get("/published", {"q": "khai sinh cham"}).json()["results"]
    assert anybody.get(f"/published/{shown['id']}").json()["title"] == "Chậm trả kết quả đăng ký khai sinh"

    case = done(citizen.post(f"{path}/rate", {"score": 3, "words": "Trả lời rõ ràng."}))
    [answer] = citizen.get(f"{path}/replies").json()
    assert (answer["rating"], answer["rating_words"]) == (3, "Trả lời rõ ràng.")
    told = [event["verb"] for event in citizen.get(f"{path}/events").json()]
    assert told[0] == "submit"
    assert "draft_reply" not in told
    assert [c["state"] for c in citizen.get(f"{path}/deadlines").json() if c["clock"] == "reply"] == ["met"]

    done(calling(manager).post(f"{path}/withdraw-publication", {"reason": "Cần sửa thông tin."}))
    gone = anybody.get(f"/published/{shown['id']}")
    assert (gone.status_code, gone.json()["code"]) == (410, "gone")
    assert "Cần sửa thông tin." in gone.json()["detail"]
    assert list(verify()) == []


def done(response: Any) -> Any:
    assert response.status_code == 200, response.content.decode()
    return response.json()


def verbs(case: dict[str, Any]) -> list[str]:
    return [action["verb"] for action in case["allowed_actions"]]


@pytest.mark.usefixtures("handler")
def test_the_receipt_is_the_same_through_both_languages(anybody: Caller, letter: dict[str, Any]) -> None:
    sent = anybody.post("/cases", letter, Accept_Language="en").json()
    assert sent["unit"]["name"] != ""
    assert sent["status_name"] == "Assigned"


def test_deadlines_say_how_long_it_took_and_by_which_editions(
    send: Send, handler: User, leader: User, calling: Calling
) -> None:
    """The citizen reads the same facts as the office, without the 45-day mark and the alarms."""
    receipt = send()
    case = receipt.case
    actions.accept(case, by=handler, at=later(hours=1))
    actions.sweep_deadlines(at=later(days=13, hours=3))
    actions.submit_reply(case, body="Kính gửi ông/bà, việc đã xong.", by=handler, at=later(days=15))
    actions.approve_reply(case, by=leader, at=later(days=15))
    path = f"/cases/{case.reference}"
    seen = {row["clock"]: row for row in done(Caller(code=receipt.secret).get(f"{path}/deadlines"))}
    held = {row["clock"]: row for row in done(calling(leader).get(f"{path}/deadlines"))}
    assert set(held) - set(seen) == {"red_line"}
    assert not any("alarms" in row for row in seen.values())
    assert [alarm["level"] for alarm in held["reply"]["alarms"]] == ["half", "soon"]
    facts = seen["reply"]["facts"]
    assert facts == held["reply"]["facts"]
    assert (facts["ended_by"], facts["met"], facts["counts"]) == ("approve_reply", False, True)
    assert (facts["late_working_seconds"], facts["late_calendar_seconds"]) == (5400, 16 * 3600)
    assert seen["reply"]["versions"]["calendar"]["version"] == case.calendar_version
    assert seen["reply"]["versions"]["rules"]["version"] == case.rules_version
    assert "red_line" not in {row["clock"] for row in done(Caller(code=receipt.secret).get(path))["clocks"]}
    assert "red_line" in {row["clock"] for row in done(calling(leader).get(path))["clocks"]}
