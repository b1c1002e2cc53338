"""The citizen's page: who may open it, what it says, what can be done on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from feedback import actions, links, workflow
from feedback.errors import NotFound
from feedback.models import Case, Rating, User, hash_secret
from feedback.web.citizen import access, limits
from feedback.web.citizen.status import STANDINGS
from tests.cast import BIRTH, WEDNESDAY
from tests.feedback.web.walk import leads_to, picture, said, send_letter

pytestmark = pytest.mark.django_db
Send = Callable[..., actions.Receipt]


def later(**span: float) -> Any:
    return WEDNESDAY + timedelta(**span)


@pytest.fixture
def mine(send: Send, client: Client) -> Case:
    """A case opened in this browser with its two codes."""
    receipt = send()
    opened = client.post("/tra-cuu/", {"reference": receipt.case.reference, "code": receipt.secret})
    assert leads_to(opened) == f"/don/{receipt.case.reference}/"
    return receipt.case


def page_of(case: Case, *parts: str) -> str:
    return "/".join(["/don", case.reference, *parts, ""])


def answered(case: Case, handler: User, leader: User) -> Case:
    if case.handler_id != handler.pk:
        actions.take(case, by=handler, at=later(minutes=5))
    actions.accept(case, by=handler, at=later(hours=1))
    actions.submit_reply(case, body="Kính gửi ông/bà, đã có giấy khai sinh.", by=handler, at=later(hours=2))
    actions.approve_reply(case, by=leader, at=later(hours=3))
    return case


# --- Doors -----------------------------------------------------------------------------------------------
def test_codes_as_people_type_them(send: Send, client: Client) -> None:
    receipt = send()
    typed = {
        "reference": f" {receipt.case.reference.lower()} ",
        "code": receipt.secret.lower().replace("-", " "),
    }
    assert leads_to(client.post("/tra-cuu/", typed)) == page_of(receipt.case)


def test_wrong_reference_and_wrong_code_get_the_same_answer(send: Send, client: Client) -> None:
    case = send().case
    wrong = "0000-0000-0000-0000"
    attempts = [
        case.reference,
        "HA-2026-0999999",
        f"HA-1999-{case.pk:07d}",
        "xin chào",
        "",
        "HA-2026-" + "9" * 30,
    ]
    answers = set()
    for reference in attempts:
        response = client.post("/tra-cuu/", {"reference": reference, "code": wrong})
        assert response.status_code == 422
        assert NotFound().sentence("vi") in said(response)
        text = said(response).replace(f'value="{reference}"', "")
        answers.add(text.replace(str(response.context["csrf_token"]), ""))
    assert len(answers) <= 2  # an empty field is drawn without a value attribute; nothing else differs
    assert wrong not in "".join(answers)


def test_both_comparisons_are_made(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference without a case costs a hash as well."""
    hashed: list[str] = []

    def counted(code: str) -> str:
        hashed.append(code)
        return hash_secret(code)

    monkeypatch.setattr(access, "hash_secret", counted)
    assert access.proved("HA-2026-0999999", "AAAA") is None
    assert "AAAA" in hashed


def test_without_the_code_nothing_opens(send: Send) -> None:
    case = send().case
    for reference in (case.reference, "HA-2026-0999999"):
        for part in ("", "thoi-han/", "tep/1/", "rut-don/"):
            assert leads_to(Client().get(f"/don/{reference}/{part}")) == f"/tra-cuu/{reference}/"
    assert Client().post(page_of(case, "rut-don")).status_code == 302
    assert Case.objects.get().status != "withdrawn"


def test_attempts_are_limited_by_address_and_by_reference(send: Send, client: Client) -> None:
    receipt = send()
    right = {"reference": receipt.case.reference, "code": receipt.secret}
    cache.set(limits.place("secret", "127.0.0.1"), [timezone.now().timestamp()] * 30, 3600)
    refused = client.post("/tra-cuu/", right)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 3000
    other = Client(REMOTE_ADDR="192.0.2.7")
    assert other.post("/tra-cuu/", right).status_code == 302
    cache.set(limits.place("secret-of", f"2026-{receipt.case.pk}"), [timezone.now().timestamp()] * 100, 3600)
    assert other.post("/tra-cuu/", right).status_code == 429


def test_the_door_closes_after_two_idle_hours_and_on_leaving(mine: Case, client: Client) -> None:
    assert client.get(page_of(mine)).status_code == 200
    session = client.session
    session["cases"] = {pk: used - access.IDLE - 1 for pk, used in session["cases"].items()}
    session.save()
    assert client.get(page_of(mine)).status_code == 302


def test_leaving(mine: Case, client: Client) -> None:
    assert leads_to(client.post("/don/roi/")) == "/tra-cuu/"
    assert client.get(page_of(mine)).status_code == 302


def test_a_planted_session_is_not_opened(send: Send, client: Client) -> None:
    client.get("/tra-cuu/")
    session = client.session
    session["planted"] = 1
    session.save()
    before = session.session_key
    receipt = send()
    client.post("/tra-cuu/", {"reference": receipt.case.reference, "code": receipt.secret})
    assert client.session.session_key != before


def test_pages_with_a_letter_are_stored_nowhere(mine: Case, client: Client) -> None:
    assert "no-store" in client.get(page_of(mine))["Cache-Control"]


# --- The mailed link -----------------------------------------------------------------------------------------
def test_a_mailed_link_opens_by_a_press_only(send: Send, client: Client) -> None:
    case = send().case
    link = links.case_link(case).removeprefix("http://127.0.0.1:8000")
    assert client.get(link).status_code == 200
    assert client.get(page_of(case)).status_code == 302  # a program that followed the link opened nothing
    assert leads_to(client.post(link)) == page_of(case)
    assert client.get(page_of(case)).status_code == 200


def test_a_link_dies_is_not_forged_and_never_opens_a_sealed_letter(send: Send, client: Client) -> None:
    case, sealed = send().case, send(visibility="sealed").case
    token = links.case_link(case).rstrip("/").rsplit("/", 1)[1]
    assert links.case_link(sealed) == ""
    assert client.get(f"/lien-ket/{token}x/").status_code == 404
    assert client.get(f"/lien-ket/{links._signer().sign(str(sealed.pk))}/").status_code == 404
    assert links.case_of_token(token) == case.pk


# --- What it says ----------------------------------------------------------------------------------------------
def test_every_status_is_said_in_plain_words() -> None:
    assert set(STANDINGS) == set(workflow.Status)


def test_the_page_within_its_queries(mine: Case, handler: User, leader: User, client: Client) -> None:
    answered(mine, handler, leader)
    actions.rate(mine, score=3, at=later(hours=4))
    client.get(page_of(mine))
    for address in (page_of(mine), page_of(mine, "thoi-han")):
        with CaptureQueriesContext(connection) as queries:
            response = client.get(address)
        assert response.status_code == 200
        assert len(queries) <= 12, "\n".join(q["sql"] for q in queries)


def test_letter_reply_and_clock_are_there_and_notes_are_not(
    mine: Case, handler: User, leader: User, client: Client
) -> None:
    answered(mine, handler, leader)
    actions.note(mine, text="Chỉ nội bộ đọc.", by=handler, at=later(hours=4))
    text = said(client.get(page_of(mine)))
    assert BIRTH in text
    assert "đã có giấy khai sinh" in text
    assert "Chỉ nội bộ đọc" not in text
    assert str(handler) not in text  # people appear by role


def test_the_computed_date_step_by_step(mine: Case, client: Client) -> None:
    response = client.get(page_of(mine, "thoi-han"))
    text = said(response)
    # Received Wed 4 Nov, accepted by Fri 6 Nov at the latest, ten working days later: Fri 20 Nov 2026.
    assert "17:00 20/11/2026" in text
    assert "17:00 06/11/2026" in text
    assert "45 ngày theo quy định" not in text  # between the office and its people
    main = response.context["clocks"][0]
    squares = [square for month in main["months"] for square in month.squares]
    assert [square.number for square in squares if square.mark == "counted"] == list(range(1, 11))
    assert [square.day.day for square in squares if square.mark == "off"] == [7, 8, 14, 15]
    assert squares[-1].last
    assert "Lúc đó ngoài giờ" not in text  # nobody has accepted it yet; the date assumes the latest moment


# --- What can be done --------------------------------------------------------------------------------------------
def test_answer_a_question_with_a_file(mine: Case, handler: User, client: Client) -> None:
    actions.take(mine, by=handler, at=later(minutes=5))
    actions.ask_citizen(mine, question="Xin cho biết ngày hẹn.", by=handler, at=later(hours=1))
    page = said(client.get(page_of(mine)))
    assert page.index("Xin cho biết ngày hẹn.") < page.index('/tra-loi/"')
    assert "Hạn sẽ lùi theo thời gian tạm dừng." in page
    assert "Xin cho biết ngày hẹn." in said(client.get(page_of(mine, "tra-loi")))
    empty = client.post(page_of(mine, "tra-loi"), {"text": " "})
    assert empty.status_code == 422
    assert 'href="#id_text"' in said(empty)
    given = {"text": "Ngày 12/10/2026.", "files": [picture()], "once": "một-lần"}
    assert leads_to(client.post(page_of(mine, "tra-loi"), given)) == page_of(mine)
    mine.refresh_from_db()
    assert mine.status != "need_info"
    assert "giay-hen.png" in said(client.get(page_of(mine)))


def test_the_second_click_adds_nothing(mine: Case, client: Client) -> None:
    once = client.get(page_of(mine, "gui-them")).context["form"]["once"].value()
    for _ in range(2):
        assert (
            client.post(page_of(mine, "gui-them"), {"text": "Thêm một điều.", "once": once}).status_code
            == 302
        )
    assert mine.messages.count() == 1


def test_a_refused_file_keeps_the_words(mine: Case, client: Client) -> None:
    bad = SimpleUploadedFile("x.exe", b"MZ" * 50)
    response = client.post(page_of(mine, "gui-them"), {"text": "Thêm một điều.", "files": [bad], "once": "a"})
    assert response.status_code == 422
    assert "Thêm một điều." in said(response)
    assert "x.exe" in said(response)
    again = client.post(page_of(mine, "gui-them"), {"text": "Thêm một điều.", "once": "a"})
    assert again.status_code == 302


def test_withdraw_asks_first(mine: Case, client: Client) -> None:
    assert client.get(page_of(mine, "rut-don")).status_code == 200
    mine.refresh_from_db()
    assert mine.is_open
    client.post(page_of(mine, "rut-don"))
    mine.refresh_from_db()
    assert mine.status == "withdrawn"
    assert client.get(page_of(mine)).status_code == 200
    assert client.get(page_of(mine, "gui-them")).status_code == 409


def test_rate_with_one_tap_then_words(mine: Case, handler: User, leader: User, client: Client) -> None:
    client.post(page_of(mine, "danh-gia"), {"score": "3"})
    assert not Rating.objects.exists()  # nothing to rate yet
    answered(mine, handler, leader)
    for nonsense in ("", "9", "ba", "-1", "3" * 50):
        client.post(page_of(mine, "danh-gia"), {"score": nonsense})
    assert not Rating.objects.exists()
    client.post(page_of(mine, "danh-gia"), {"score": "3"})
    client.post(page_of(mine, "danh-gia"), {"score": "3", "words": "Rõ ràng."})
    rating = Rating.objects.get()
    assert (rating.score, rating.words) == (3, "Rõ ràng.")


def test_ask_for_clarification_once(mine: Case, handler: User, leader: User, client: Client) -> None:
    answered(mine, handler, leader)
    asked = client.post(page_of(mine, "lam-ro"), {"text": "Nhận ở cửa số mấy?", "once": "1"})
    assert leads_to(asked) == page_of(mine)
    mine.refresh_from_db()
    assert mine.status == "reopened"
    assert client.get(page_of(mine, "lam-ro")).status_code == 409
    assert "Nhận ở cửa số mấy?" in said(client.get(page_of(mine)))


def test_an_unknown_act_is_not_found(mine: Case, client: Client) -> None:
    assert client.get(page_of(mine, "xoa")).status_code == 404


def test_files_come_as_downloads_from_a_sandbox(office: None, client: Client) -> None:
    reference, _ = send_letter(client, files=[picture()])
    case = Case.objects.get()
    row = case.attachments.get()
    response = client.get(f"/don/{reference}/tep/{row.pk}/")
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert b"".join(response.streaming_content).startswith(b"\x89PNG")  # type: ignore[attr-defined]  # a FileResponse
    assert client.get(f"/don/{reference}/tep/{row.pk + 1}/").status_code == 404


def test_parts_open_with_their_letter(mine: Case, triage_officer: User, client: Client) -> None:
    text = mine.text
    middle = text.index(" mà ")
    parts = actions.split(
        mine, parts=[(0, middle), (middle, len(text))], by=triage_officer, at=later(hours=1)
    )
    page = said(client.get(page_of(mine)))
    for part in parts:
        assert part.reference in page
        assert client.get(page_of(part)).status_code == 200


def test_a_merged_letter_shows_the_public_answer_of_the_other(
    mine: Case, send: Send, handler: User, leader: User, manager: User, triage_officer: User, client: Client
) -> None:
    main = answered(send().case, handler, leader)
    actions.merge(mine, into=main, by=triage_officer, at=later(hours=4))
    assert "đã có giấy khai sinh" not in said(client.get(page_of(mine)))
    actions.prepare_publication(
        main,
        title="Trả kết quả chậm",
        question_spans=[],
        answer_spans=[],
        include_question=True,
        by=handler,
        at=later(hours=5),
    )
    actions.publish(main, by=manager, at=later(hours=6))
    assert "đã có giấy khai sinh" in said(client.get(page_of(mine)))


def test_in_english_too(mine: Case, client: Client) -> None:
    client.cookies["django_language"] = "en"
    text = said(client.get(page_of(mine)))
    assert "What happened so far" in text
    assert "We have received your letter." in text
