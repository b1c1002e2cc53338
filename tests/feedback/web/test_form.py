"""The letter form: the whole way, and what may go wrong on it. Nothing typed is lost, nothing is sent twice."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from altcha import v1 as altcha
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from feedback import errors
from feedback.models import Attachment, Case, Identity, IntakeDraft, User
from feedback.models.vault import decrypt
from feedback.web.citizen import drafts, limits
from tests.cast import BIRTH
from tests.feedback.web.walk import (
    CHECK,
    SENT,
    START,
    WHERE,
    WHO,
    leads_to,
    picture,
    said,
    send_letter,
    type_letter,
)

pytestmark = pytest.mark.django_db


def test_the_whole_way_without_script(office: None, handler: User, client: Client) -> None:
    for address in (START, "/"):
        assert client.get(address).status_code == 200
    reference, code = send_letter(
        client,
        place="XA.SEN_HONG",
        procedure="STP-HT-001",
        dossier_code="H00-12",
        name="Công dân 12",
        phone="0100 000 012",
        email="congdan12@example.vn",
        address="Thôn 1",
        visibility="hidden",
        files=[picture()],
    )
    case = Case.objects.get()
    assert (case.reference, case.fits_secret(code), case.text) == (reference, True, BIRTH)
    assert (case.place_id, case.procedure_id, case.dossier_code) == ("XA.SEN_HONG", "STP-HT-001", "H00-12")
    assert case.visibility == "hidden"
    assert Identity.objects.get().details["name"] == "Công dân 12"
    assert [a.case for a in Attachment.objects.all()] == [case]
    assert not IntakeDraft.objects.exists()
    confirmation = said(client.get(SENT))
    assert timezone.localtime(case.due_at).strftime("%d/%m/%Y") in confirmation
    assert "Căn cứ" in confirmation  # why that day, with the article
    assert 'src="data:image/svg+xml' in confirmation
    page = client.get(f"/don/{reference}/")
    assert page.status_code == 200
    assert BIRTH in said(page)


def test_the_code_stands_in_no_address_and_no_qr(office: None, client: Client) -> None:
    _, code = send_letter(client)
    response = client.get(SENT)
    assert said(response).count(code) == 1
    assert response["Cache-Control"].find("no-store") >= 0


def test_reload_back_and_second_click_change_nothing(office: None, client: Client) -> None:
    type_letter(client)
    first = client.post(CHECK)
    again = client.post(CHECK)  # a second click, or the page found again by "back"
    assert leads_to(first) == leads_to(again) == SENT
    codes = [client.get(SENT).context["secret"] for _ in range(2)]
    assert codes[0] == codes[1] != ""
    assert leads_to(client.get(CHECK)) == SENT
    assert Case.objects.count() == 1


def test_two_clicks_at_once_give_one_letter(
    office: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second request read the draft before the first one had dropped it."""
    type_letter(client)
    draft = IntakeDraft.objects.get()
    monkeypatch.setattr(drafts, "drop", lambda draft: None)
    client.post(CHECK)
    assert IntakeDraft.objects.get() == draft
    client.post(CHECK)
    assert Case.objects.count() == 1


def test_a_new_letter_after_the_first_is_a_second_letter(office: None, client: Client) -> None:
    one, _ = send_letter(client)
    other, _ = send_letter(client, BIRTH + " Đây là việc thứ hai.")
    assert one != other
    assert Case.objects.count() == 2


def test_the_draft_outlives_the_session(office: None, client: Client) -> None:
    client.post(START, {"text": BIRTH, "files": [picture()]})
    client.session.flush()
    client.cookies.pop("sessionid", None)
    page = said(client.get(START))
    assert BIRTH in page
    assert "giay-hen.png" in page
    assert said(client.get(WHERE))


def test_the_draft_is_unreadable_in_the_database(office: None, client: Client) -> None:
    client.post(START, {"text": BIRTH})
    with connection.cursor() as cursor:
        cursor.execute("SELECT key_hash, data FROM feedback_intakedraft")
        key_hash, data = cursor.fetchone()
    assert "khai sinh" not in data
    assert decrypt(data)["values"]["text"] == BIRTH
    assert client.cookies[drafts.COOKIE].value.split(":")[0] != key_hash
    assert client.cookies[drafts.COOKIE]["httponly"]


def test_a_forged_draft_cookie_opens_nothing(office: None, client: Client) -> None:
    client.post(START, {"text": BIRTH})
    stranger = Client()
    stranger.cookies[drafts.COOKIE] = client.cookies[drafts.COOKIE].value[:-3] + "AAA"
    assert BIRTH not in said(stranger.get(START))


def test_beginning_anew_forgets_words_and_files(office: None, client: Client) -> None:
    client.post(START, {"text": BIRTH, "files": [picture()]})
    client.post("/gui-phan-anh/bo/")
    assert BIRTH not in said(client.get(START))
    assert not Attachment.objects.exists()


def test_old_drafts_go_with_their_files(office: None, client: Client) -> None:
    client.post(START, {"text": BIRTH, "files": [picture()]})
    file = Attachment.objects.get().file
    assert drafts.purge(timezone.now()) == 0
    assert drafts.purge(timezone.now() + timedelta(days=8)) == 1
    assert not file.storage.exists(str(file.name))
    assert client.get(WHERE).status_code == 302


def test_without_cookies_the_words_come_back(office: None) -> None:
    """No cookie, no security mark: nothing is sent, but the page holds what was typed."""
    client = Client(enforce_csrf_checks=True)
    response = client.post(START, {"text": BIRTH, "csrfmiddlewaretoken": "x" * 32})
    assert response.status_code == 403
    assert BIRTH in said(response)
    assert 'id="error-summary"' in said(response)
    assert not IntakeDraft.objects.exists()


def test_an_old_page_loses_neither_words_nor_files(office: None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get(START)
    client.post(START, {"text": "x", "csrfmiddlewaretoken": client.cookies["csrftoken"].value})
    response = client.post(START, {"text": BIRTH, "files": [picture()], "csrfmiddlewaretoken": "A" * 64})
    assert response.status_code == 403
    assert BIRTH in said(response)
    assert "giay-hen.png" in said(response)
    token = client.cookies["csrftoken"].value
    assert client.post(START, {"text": BIRTH, "csrfmiddlewaretoken": token}).status_code == 302


def test_pages_cannot_be_skipped(office: None, client: Client) -> None:
    for address in (WHERE, WHO, CHECK, SENT):
        assert leads_to(client.get(address)) == START
    client.post(START, {"text": "ngắn"})
    assert leads_to(client.get(CHECK)) == START


def test_a_change_asked_for_at_the_end_leads_back_to_the_end(office: None, client: Client) -> None:
    type_letter(client)
    client.get(CHECK)
    assert leads_to(client.post(WHERE, {"place": "XA.SEN_HONG"})) == CHECK
    assert "Phường Sen Hồng" in said(client.get(CHECK))


# --- Bad input -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", errors.FieldRequired()),
        ("   \n ", errors.FieldRequired()),
        ("a", errors.TextTooShort(minimum=10)),
        ("ă" * 100_000, errors.TextTooLong(length=100_000, maximum=20_000)),
    ],
)
def test_a_text_that_cannot_be_taken(
    office: None, client: Client, text: str, error: errors.OfficeError
) -> None:
    response = client.post(START, {"text": text})
    assert response.status_code == 422
    assert error.sentence("vi") in said(response)
    assert 'href="#id_text"' in said(response)
    assert text.strip() in said(response)  # nothing typed is lost
    assert drafts.values(IntakeDraft.objects.get())["text"].strip() == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "toi nop ho so khai sinh cho con qua han roi ma chua co ket qua",
        "😀😀😀😀😀😀😀😀😀😀😀",
        "\u202eTôi nộp hồ sơ khai sinh đã lâu\u202c مرحبا",
        "To\u0302i no\u0323\u0302p ho\u0302\u0300 so\u031b khai sinh cho con",
        "Tôi nộp\x00 hồ sơ \x07 khai sinh chưa có kết quả",
        "<script>alert(1)</script> {{ 7|add:7 }} '; DROP TABLE --",
    ],
)
def test_every_way_of_writing_arrives_as_typed(office: None, client: Client, text: str) -> None:
    reference, _ = send_letter(client, text)
    assert Case.objects.get().text == text.replace("\x00", "")
    page = said(client.get(f"/don/{reference}/"))
    assert "<script>" not in page


@pytest.mark.parametrize(
    ("answers", "field", "error"),
    [
        ({"name": "0100 000 012"}, "name", errors.WrongName()),
        ({"phone": "không có"}, "phone", errors.WrongPhone()),
        ({"email": "toi@"}, "email", errors.WrongEmail()),
        ({"address": "x" * 301}, "address", errors.TextTooLong(length=301, maximum=300)),
        ({"visibility": "tuyệt mật"}, "visibility_0", errors.UnknownCode(value="tuyệt mật")),
        ({"place": "XA.KHONG_CO"}, "place", errors.UnknownCode(value="XA.KHONG_CO")),
        ({"procedure": "STP-KHONG"}, "procedure", errors.UnknownCode(value="STP-KHONG")),
        ({"dossier_code": "H" * 61}, "dossier_code", errors.TextTooLong(length=61, maximum=60)),
    ],
)
def test_an_answer_that_cannot_be_taken(
    office: None, client: Client, answers: dict[str, str], field: str, error: errors.OfficeError
) -> None:
    response = type_letter(client, **answers)
    assert response.status_code == 422
    assert f'href="#id_{field}"' in said(response)
    assert error.sentence("vi") in said(response)
    typed = drafts.values(IntakeDraft.objects.get())
    assert all(typed[name] == value for name, value in answers.items())


def test_secrecy_is_never_guessed_away(office: None, client: Client) -> None:
    response = type_letter(client, visibility="")
    assert response.status_code == 422
    assert 'href="#id_visibility_0"' in said(response)


def test_broken_bodies_get_a_page(office: None, client: Client) -> None:
    broken = client.generic("POST", START, b"--x\r\nkaputt", "multipart/form-data; boundary=x")
    assert broken.status_code in (400, 422)
    no_boundary = client.generic("POST", START, b"text=abc", "multipart/form-data")
    assert no_boundary.status_code == 400
    assert "<h1>" in said(no_boundary)
    as_json = client.generic("POST", START, b'{"text": "abc"}', "application/json")
    assert as_json.status_code == 422
    large = client.post(START, {"text": "x" * (2 * 1024 * 1024 + 10)})
    assert large.status_code == 400
    assert "<h1>" in said(large)


# --- Files ---------------------------------------------------------------------------------------------
def test_a_refused_file_is_named_and_the_good_one_stays(office: None, client: Client) -> None:
    bad = SimpleUploadedFile("hoa-don.exe", b"MZ\x90\x00" * 20, "image/png")
    empty = SimpleUploadedFile("trang.pdf", b"", "application/pdf")
    response = client.post(START, {"text": BIRTH, "files": [picture("tot.png"), bad, empty]})
    assert response.status_code == 422
    assert "hoa-don.exe" in said(response)
    assert 'href="#id_files"' in said(response)
    assert [a.name for a in Attachment.objects.all()] == ["tot.png"]
    assert client.post(START, {"text": BIRTH}).status_code == 302


def test_the_same_file_twice_is_one_and_the_sixth_is_refused(office: None, client: Client) -> None:
    client.post(START, {"text": BIRTH, "files": [picture(), picture("ban-sao.png")]})
    assert Attachment.objects.count() == 1
    pdfs = [SimpleUploadedFile(f"{n}.pdf", b"%PDF-1.4 " + bytes([65 + n]) + b" %%EOF") for n in range(5)]
    response = client.post(START, {"text": BIRTH, "files": pdfs})
    assert errors.TooManyFiles(maximum=5).sentence("vi") in said(response)
    assert Attachment.objects.count() == 5


def test_a_file_can_be_taken_back(office: None, client: Client) -> None:
    client.post(START, {"text": BIRTH, "files": [picture()]})
    row = Attachment.objects.get()
    assert client.post(START, {"text": BIRTH, "remove": str(row.pk)}).status_code == 302
    assert not Attachment.objects.exists()
    assert not row.file.storage.exists(str(row.file.name))
    for nonsense in ("x", "-1", "9" * 30, "999"):
        assert client.post(START, {"text": BIRTH, "remove": nonsense}).status_code == 302


# --- Robots ----------------------------------------------------------------------------------------------
def test_the_trap_refuses_and_a_person_can_go_on(office: None, client: Client) -> None:
    type_letter(client)
    assert client.post(CHECK, {"website": "spam"}).status_code == 422
    assert Case.objects.count() == 0
    assert client.post(CHECK, {"website": ""}).status_code == 302


def test_many_letters_from_one_address_take_the_slow_road(office: None, client: Client) -> None:
    cache.set(limits.place("submit", "127.0.0.1"), [timezone.now().timestamp()] * 20, 3600)
    type_letter(client)
    refused = client.post(CHECK)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) == 45
    assert Case.objects.count() == 0
    assert client.post(CHECK).status_code == 429
    draft = IntakeDraft.objects.get()
    draft.data = {**draft.data, "waiting_until": timezone.now().timestamp() - 1}
    draft.save()
    assert client.post(CHECK).status_code == 302
    assert Case.objects.count() == 1


def test_far_too_many_letters_have_to_wait(office: None, client: Client) -> None:
    cache.set(limits.place("submit", "127.0.0.1"), [timezone.now().timestamp()] * 100, 3600)
    type_letter(client)
    refused = client.post(CHECK)
    assert refused.status_code == 429
    assert 3500 < int(refused["Retry-After"]) <= 3601


def test_disks_are_finite_but_the_words_stay_on_the_page(office: None, client: Client) -> None:
    now = timezone.now().timestamp()
    cache.set(limits.place("drafts", "127.0.0.1"), [now] * limits.DRAFTS_AN_HOUR, 3600)
    response = client.post(START, {"text": BIRTH})
    assert response.status_code == 429
    assert BIRTH in said(response)
    assert not IntakeDraft.objects.exists()
    cache.clear()
    cache.set(limits.place("files", "127.0.0.1"), [now] * limits.FILES_AN_HOUR, 3600)
    response = client.post(START, {"text": BIRTH, "files": [picture()]})
    assert response.status_code == 422
    assert 'href="#id_files"' in said(response)
    assert not Attachment.objects.exists()


def test_a_browser_that_works_passes_once(office: None, client: Client) -> None:
    cache.set(limits._minute(), 10_000, 120)
    type_letter(client)
    page = client.get(CHECK)
    puzzle = json.loads(page.context["challenge"])
    solution = altcha.solve_challenge(puzzle["challenge"], puzzle["salt"], "SHA-256", puzzle["maxNumber"], 0)
    assert solution
    answer = {key: puzzle[key] for key in ("algorithm", "challenge", "salt", "signature")}
    payload = base64.b64encode(json.dumps({**answer, "number": solution.number}).encode()).decode()
    assert client.post(CHECK, {"altcha": "bm9uc2Vuc2U="}).status_code == 429
    assert client.post(CHECK, {"altcha": payload}).status_code == 302
    assert not limits.solved(payload)
