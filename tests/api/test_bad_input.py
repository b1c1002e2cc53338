"""Everything a stranger may send: a clear refusal or an acceptance, never a 500, nothing lost."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError

from api.v1.examples import EXAMPLES
from api.v1.verbs import VERBS, Verb
from feedback import actions
from feedback.models import Case, User
from tests.api.conftest import Caller
from tests.api.test_journey import PDF
from tests.api.test_verbs import done, refused, undone
from tests.cast import BIRTH, WEDNESDAY

pytestmark = pytest.mark.usefixtures("handler")


def codes(body: dict[str, Any]) -> dict[str, str]:
    return {e["field"]: e["code"] for e in body["errors"]}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "required"),
        ("   \n ", "required"),
        ("a", "text_too_short"),
        ("á" * 100_000, "text_too_long"),
        ("\x00\x01\x02", None),
        (None, "required"),
        (["a", "b"], "wrong_value"),
        ({"a": 1}, "wrong_value"),
        (True, "wrong_value"),
    ],
)
def test_texts_that_are_refused(anybody: Caller, text: Any, code: str | None) -> None:
    body = refused(anybody.post("/cases", {"text": text}), 400, "invalid")
    if code is not None:
        assert codes(body) == {"text": code}
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        unicodedata.normalize("NFD", BIRTH),
        "toi nop ho so dang ky khai sinh cho con da qua ngay hen",
        "Hồ sơ của tôi chậm quá 😡😡😡 xin giúp với 🙏",
        "\u202eđảo chiều\u202c Tôi hỏi về hồ sơ khai sinh. مرحبا שלום",
        "Dòng một\r\n\r\n\tDòng hai \x07 có ký tự điều khiển \x1b[31m.",
        "Lẻ loi \ud83d một nửa chữ, vẫn là thư của tôi.",
        "Có ký tự rỗng \x00 ở giữa thư của tôi.",
    ],
    ids=["nfd", "unsigned", "emoji", "rtl", "control", "surrogate", "nul"],
)
def test_texts_that_are_taken(anybody: Caller, text: str) -> None:
    receipt = done(anybody.post("/cases", {"text": text}), 201)
    citizen = Caller(code=receipt["secret_code"])
    kept = done(citizen.get(f"/cases/{receipt['reference']}"))["text"]
    assert kept == text.replace("\x00", "").encode("utf-8", "replace").decode()


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "0912 345 678", "wrong_name"),
        ("name", "\x00", "wrong_value"),
        ("phone", "không có", "wrong_phone"),
        ("phone", "0" * 5000, "wrong_phone"),
        ("email", "a@", "wrong_email"),
        ("place", "KHONG_CO", "unknown_code"),
        ("place", "\ud800", "wrong_value"),
        ("procedure", "KHONG_CO", "unknown_code"),
        ("visibility", "bí mật", "unknown_code"),
        ("language", "fr", "wrong_value"),
        ("address", "x" * 5000, "text_too_long"),
        ("dossier_code", "x" * 500, "text_too_long"),
        ("files", ["abc"], "wrong_value"),
        ("tieu_de", "x", "unknown_field"),
        ("\ud800", "x", "unknown_field"),
    ],
)
def test_fields_that_are_refused(
    anybody: Caller, letter: dict[str, Any], field: str, value: Any, code: str
) -> None:
    body = refused(anybody.post("/cases", letter | {field: value}), 400, "invalid")
    assert list(codes(body).values()) == [code]
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "received", ["31/02/2026", "2026-02-31", "2999-01-01T00:00:00+07:00", "1999-01-01", "hôm qua"]
)
def test_wrong_dates(
    calling: Callable[..., Caller], triage_officer: User, letter: dict[str, Any], received: str
) -> None:
    body = letter | {"channel": "paper", "received_at": received}
    assert (
        refused(calling(triage_officer).post("/cases", body), 400, "invalid")["errors"][0]["field"]
        == "received_at"
    )


def test_all_errors_at_once_in_two_languages(anybody: Caller) -> None:
    bad = {"text": "", "phone": "x", "email": "y", "name": "0912345678"}
    vietnamese = anybody.post("/cases", bad).json()
    english = anybody.post("/cases", bad, Accept_Language="en").json()
    assert codes(vietnamese) == codes(english)
    assert set(codes(english)) == {"text", "phone", "email", "name"}
    assert vietnamese["detail"] != english["detail"]
    assert "0912345678" not in json.dumps(vietnamese) + json.dumps(english)


@pytest.mark.parametrize(
    ("body", "media", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed_body"),
        (b"\xff\xfe", "application/json", 400, "malformed_body"),
        (b'{"text": NaN}', "application/json", 400, "malformed_body"),
        (b"[" * 200_000, "application/json", 400, "malformed_body"),
        (b"[]", "application/json", 400, "invalid"),
        (b'"x"', "application/json", 400, "invalid"),
        (b"null", "application/json", 400, "invalid"),
        (b'{"text": "' + b"a" * 3_000_000 + b'"}', "application/json", 413, "body_too_large"),
        (b"text=abc", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"<a/>", "application/xml", 415, "unsupported_media_type"),
        (b"x", "text/plain", 415, "unsupported_media_type"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x", 400, None),
        (b"abc", "multipart/form-data", 400, "malformed_body"),
        (b"abc", "multipart/form-data; boundary=\xc3\xa9".encode().decode("latin1"), 400, None),
        (b"{}", "application/json; charset=khong-co", 400, None),
    ],
)
def test_broken_bodies(anybody: Caller, body: bytes, media: str, status: int, code: str | None) -> None:
    response = anybody.client.generic("POST", "/api/v1/cases", body, content_type=media)
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert code in (None, response.json()["code"])


def test_a_multipart_letter_with_too_many_parts(anybody: Caller, letter: dict[str, Any]) -> None:
    many = [SimpleUploadedFile(f"{n}.pdf", PDF + b"\n" * n, "application/pdf") for n in range(6)]
    assert codes(refused(anybody.upload("/cases", letter | {"files": many}), 400, "too_many_files")) == {
        "files": "too_many_files"
    }
    crowd = [SimpleUploadedFile(f"{n}.pdf", PDF, "application/pdf") for n in range(11)]
    refused(anybody.upload("/cases", letter | {"files": crowd}), 400, "malformed_body")
    fields = {f"f{n}": "x" for n in range(600)}
    refused(anybody.upload("/cases", letter | fields), 400, "malformed_body")


def test_files_are_judged_by_what_they_are(anybody: Caller, letter: dict[str, Any]) -> None:
    lying = SimpleUploadedFile("anh.jpg", b"MZ\x90\x00 program", "image/jpeg")
    empty = SimpleUploadedFile("trong.pdf", b"", "application/pdf")
    page = SimpleUploadedFile("trang.html", b"<script>alert(1)</script>", "image/png")
    body = refused(anybody.upload("/cases", letter | {"files": [lying, empty, page]}), 400, "invalid")
    assert codes(body) == {
        "files[0]": "file_type_refused",
        "files[1]": "file_empty",
        "files[2]": "file_type_refused",
    }
    assert not Case.objects.exists()


def test_the_same_file_twice_is_one_file_and_comes_back_as_a_download(
    anybody: Caller, letter: dict[str, Any]
) -> None:
    def pdf() -> SimpleUploadedFile:
        return SimpleUploadedFile("giấy hẹn.pdf", PDF, "text/html")

    receipt = done(anybody.upload("/cases", letter | {"files": [pdf(), pdf()]}), 201)
    citizen, path = Caller(code=receipt["secret_code"]), f"/cases/{receipt['reference']}/attachments"
    [row] = done(citizen.get(path))
    assert row["media_type"] == "application/pdf"
    assert len(done(citizen.upload(path, {"files": [pdf()]}), 201)) == 1
    got = citizen.get(row["href"])
    assert b"".join(got.streaming_content) == PDF
    assert got["Content-Disposition"].startswith("attachment")
    assert got["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert got["X-Content-Type-Options"] == "nosniff"
    refused(citizen.get(f"{path}/999999999999999999999"), 404, "not_found")
    refused(Caller(code="0000-0000-0000-0000").get(row["href"]), 404, "not_found")


@pytest.mark.parametrize("value", ['"x"', '"-1"', "1e3", '"99999999999999999999"', '"²"'])
def test_versions_that_are_no_numbers(
    assigned: Case, handler: User, calling: Callable[..., Caller], value: str
) -> None:
    header = value.encode().decode("latin1")
    refused(
        calling(handler).post(f"/cases/{assigned.reference}/accept", If_Match=header), 400, "wrong_version"
    )


def test_old_versions_are_refused_for_every_verb(
    assigned: Case, handler: User, calling: Callable[..., Caller], send: Callable[..., actions.Receipt]
) -> None:
    officer, path = calling(handler), f"/cases/{assigned.reference}"
    refused(officer.post(f"{path}/accept", {"seen": 999}), 409, "stale_version")
    refused(officer.post(f"{path}/note", {"text": "x", "seen": 999}), 409, "stale_version")
    receipt = send()
    citizen = Caller(code=receipt.secret)
    refused(
        citizen.post(f"/cases/{receipt.case.reference}/withdraw", If_Match='W/"999"'), 409, "stale_version"
    )
    done(officer.post(f"{path}/accept", If_Match="*"))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "x"}, "status"),
        ({"topic": "KHONG_CO"}, "topic"),
        ({"unit": "\x00"}, "unit"),
        ({"due_before": "hôm qua"}, "due_before"),
        ({"due_before": "9999-12-31T23:59:59-14:00"}, "due_before"),
        ({"received_after": "0001-01-01"}, "received_after"),
        ({"page_size": "0"}, "page_size"),
        ({"page_size": "²"}, "page_size"),
        ({"page_size": "9" * 50}, "page_size"),
        ({"order": "text"}, "order"),
        ({"cursor": "abc"}, "cursor"),
        ({"cursor": "W10"}, "cursor"),
        ({"cursor": "é"}, "cursor"),
        ({"q": "a" * 301}, "q"),
        ({"trang": "2"}, "trang"),
    ],
)
def test_wrong_questions(
    calling: Callable[..., Caller], manager: User, query: dict[str, str], field: str
) -> None:
    response = calling(manager).get("/cases", query)
    assert response.status_code == 400, response.content
    assert field in codes(response.json())


def test_right_questions(
    calling: Callable[..., Caller],
    manager: User,
    handler: User,
    assigned: Case,
    send: Callable[..., actions.Receipt],
) -> None:
    boss = calling(manager)

    def number(**query: Any) -> int:
        return len(done(boss.get("/cases", query))["results"])

    send(text="Xin hỏi.....")
    assert number() == 2
    assert number(status=["assigned", "processing"]) == 1
    assert number(topic="HT") == number(topic="HT.KS") == 1
    assert number(handler=handler.pk) == 1
    assert number(handler="me") == 0
    assert number(handler="none") == number(needs_triage="true") == 1
    assert number(handler="x") == 0
    assert number(open="true") == 2
    assert number(open="false") == 0
    assert number(overdue="true") + number(overdue="false") == 2
    assert number(q="KHAI SINH tre hen") == 0
    assert number(q="khai sinh") == 1
    assert number(due_before="2026-12-31", received_after="2026-11-01") == 2
    assert number(received_before="2026-11-01T00:00:00Z") == 0
    assert number(order="due", page_size=1) == 1


def test_addresses_that_do_not_exist(anybody: Caller) -> None:
    for path in ("/khong-co", "/cases/HA-2026-0000001/dance", "/", "/cases/"):
        response = anybody.client.get(f"/api/v1{path}")
        assert (response.status_code, response.json()["code"]) == (404, "no_such_address"), path
    refused(anybody.get("/published/999"), 404, "not_found")
    refused(anybody.get("/published/99999999999999999999999"), 404, "not_found")


def test_wrong_methods_and_media(anybody: Caller) -> None:
    response = anybody.client.delete("/api/v1/published")
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert response["Allow"]
    refused(anybody.get("/published", Accept="application/xml"), 406, "not_acceptable")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "kind=KHONG_CO",
        "kind=PHAN_ANH&received=x",
        "kind=PHAN_ANH&received=1950-01-01",
        "kind=PHAN_ANH&received=2150-01-01",
        "kind=PHAN_ANH&received=2026-11-04T25:00",
        "kind=KHIEU_NAI&received=2026-11-04&accepted=2026-11-03",
        "kind=KHIEU_NAI&received=2026-11-04&accepted=x",
        "kind=KHIEU_NAI&received=2026-11-04&instance=3",
        "kind=KHIEU_NAI&received=2026-11-04&remote=maybe",
    ],
)
def test_impossible_calculations(anybody: Caller, query: str) -> None:
    assert anybody.get(f"/deadlines/calculate?{query}").status_code == 400


def test_possible_calculations(anybody: Caller) -> None:
    clocks = done(anybody.get("/deadlines/calculate?kind=PHAN_ANH&received=2026-11-04T09:00:00%2B07:00"))
    main = clocks[0]
    assert main["main"]
    assert main["due_at"].startswith("2026-11-20T17:00")
    assert main["sentences"]
    assert (
        done(anybody.get("/deadlines/calculate?kind=PHAN_ANH&received=2026-11-04"))[0]["due_at"]
        == main["due_at"]
    )


@pytest.mark.parametrize(
    ("query", "due"),
    [
        ("", "2026-12-14T17:00"),  # accepted at the latest on 13 November, 30 days: 13 December is a Sunday
        ("accepted=2026-11-05", "2026-12-07T17:00"),
        ("accepted=2026-11-05&instance=2", "2026-12-21T17:00"),
        ("accepted=2026-11-05&remote=TRUE", "2026-12-21T17:00"),
        ("accepted=2026-11-05&instance=2&remote=1", "2027-01-04T17:00"),
        ("accepted=2026-11-04&instance=1&remote=false", "2026-12-04T17:00"),  # accepted the day it came
    ],
)
def test_a_complaint_is_calculated_as_asked(anybody: Caller, query: str, due: str) -> None:
    main = done(anybody.get(f"/deadlines/calculate?kind=khieu_nai&received=2026-11-04T09:00&{query}"))[0]
    assert (main["clock"], main["due_at"][:16]) == ("reply", due)


JUNK: list[Any] = [None, " ", "\x00", "\ud800", "x" * 100_001, -1, 10**30, 1.5, True, [], [None], {"a": 1}]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_no_junk_breaks_a_verb(
    assigned: Case, handler: User, leader: User, calling: Callable[..., Caller], verb: Verb
) -> None:
    """Every field of every body with values of every wrong kind: refused or taken, never an accident."""
    actions.accept(assigned, by=handler, at=WEDNESDAY)
    path = f"/cases/{assigned.reference}/{verb.slug}"
    who = next((user for user in (leader, handler) if actions.may(assigned, verb.name, user)), handler)
    caller = calling(who)
    for field in verb.body().fields:
        for junk in JUNK:
            with undone():
                body = EXAMPLES.get(verb.name, {}) | {field: junk}
                assert caller.post(path, body).status_code < 500, (field, junk)


def test_a_letter_older_than_the_calendar(
    calling: Callable[..., Caller], triage_officer: User, letter: dict[str, Any]
) -> None:
    paper = letter | {"channel": "paper", "received_at": "2022-11-04T09:00:00+07:00"}
    response = calling(triage_officer).post("/cases", paper)
    assert response.status_code == 201 or response.json()["code"] == "beyond_horizon"


def test_a_database_that_does_not_answer(anybody: Caller, letter: dict[str, Any]) -> None:
    with patch("feedback.actions.submit", side_effect=OperationalError("gone")):
        response = anybody.post("/cases", letter)
    refused(response, 503, "unavailable")
    assert response["Retry-After"] == "5"
