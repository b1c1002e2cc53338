"""Keys and doors: tokens, scopes, secret codes, sessions, what strangers learn."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib import admin
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from django.utils import timezone

from api.admin import ApiTokenAdmin
from api.models import ApiToken
from feedback import actions
from feedback.models import Case, User
from tests.api.conftest import ROOT, Caller
from tests.api.test_verbs import done, refused

Calling = Callable[..., Caller]
Send = Callable[..., actions.Receipt]


def test_a_wrong_code_is_a_wrong_reference(send: Send) -> None:
    receipt = send()
    path = f"/cases/{receipt.case.reference}"
    right = Caller(code=receipt.secret.lower().replace("-", " "))
    assert done(right.get(path))["reference"] == receipt.case.reference
    wrong = Caller(code="0000-0000-0000-0000").get(path)
    absent = Caller(code=receipt.secret).get("/cases/HA-2026-0999999")
    nonsense = Caller(code=receipt.secret).get("/cases/khong-phai-ma")
    other_year = Caller(code=receipt.secret).get(path.replace("HA-2026", "HA-2025"))
    answers = {r.content for r in (wrong, absent, nonsense, other_year)}
    assert len(answers) == 1
    refused(wrong, 404, "not_found")
    refused(Caller().get(path), 401, "not_authenticated")


def test_guessing_codes_is_slowed_but_reading_is_not(send: Send, settings: Any) -> None:
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "secret": "3/hour"},
    }
    receipt = send()
    path, citizen = f"/cases/{receipt.case.reference}", Caller(code=receipt.secret)
    for _ in range(6):
        done(citizen.get(path))
    burglar = Caller(code="0000-0000-0000-0001")
    assert [burglar.get(path).status_code for _ in range(5)] == [404, 404, 404, 429, 429]
    blocked = burglar.get(path)
    refused(blocked, 429, "too_many_requests")
    assert int(blocked["Retry-After"]) > 0


def test_letters_per_address(anybody: Caller, letter: dict[str, Any], settings: Any, token_for: Any) -> None:
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "submit": "2/hour"},
    }
    assert [anybody.post("/cases", letter).status_code for _ in range(4)] == [201, 201, 429, 429]
    portal = Caller(token=token_for(None, "cases:submit"))
    assert portal.post("/cases", letter).status_code == 201


def test_everybody_is_limited_in_general(anybody: Caller, settings: Any) -> None:
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "anon": "3/min"},
    }
    codes = [anybody.get("/published").status_code for _ in range(8)]
    assert codes.count(429) >= 2  # a new minute may begin in between
    assert codes[:3] == [200, 200, 200]


def test_guessing_tokens_is_slowed(office: None, settings: Any) -> None:
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "anon": "3/hour"},
    }
    guesser = Caller(token=f"hoiam_{'0' * 8}_{'0' * 40}")
    codes = [guesser.get("/me").status_code for _ in range(8)]
    assert codes[:3] == [401, 401, 401]
    assert codes.count(429) >= 2


def test_administrators_see_and_revoke_tokens(token_for: Callable[..., str], manager: User) -> None:
    text = token_for(manager, "cases:read")
    boss = User.objects.create_superuser("quan-tri-cao-nhat", password="mat-khau-thu-nghiem")
    row = ApiToken.objects.get()
    form = RequestFactory().post("/")
    form.user = boss
    page = ApiTokenAdmin(ApiToken, admin.site)
    assert not page.has_add_permission(form)
    assert not page.has_change_permission(form, row)
    assert not page.has_delete_permission(form, row)
    assert page.has_revoke_permission(form)
    assert "hash" in page.exclude
    page.revoke(form, ApiToken.objects.all())
    refused(Caller(token=text).get("/me"), 401, "token_revoked")


def test_tokens_die(token_for: Callable[..., str], manager: User) -> None:
    text = token_for(manager, "cases:read")
    assert done(Caller(token=text).get("/me"))["person"]["id"] == manager.pk
    for wrong in ("hoiam_x", text[:-1] + "0" if text[-1] != "0" else text[:-1] + "1", "abc", ""):
        refused(Caller(token=wrong or " ").get("/me"), 401, "token_invalid")
    refused(Caller().get("/me", Authorization="Basic YTpi"), 401, "token_invalid")
    row = ApiToken.objects.get()
    assert row.hash not in text
    ApiToken.objects.update(expires_at=timezone.now())
    refused(Caller(token=text).get("/me"), 401, "token_expired")
    ApiToken.objects.update(revoked_at=timezone.now())
    refused(Caller(token=text).get("/me"), 401, "token_revoked")
    ApiToken.objects.update(revoked_at=None, expires_at=timezone.now() + timedelta(days=1))
    User.objects.filter(pk=manager.pk).update(is_active=False)
    refused(Caller(token=text).get("/me"), 401, "token_revoked")


def test_the_use_of_a_token_is_noted_once_a_minute(token_for: Callable[..., str], manager: User) -> None:
    caller = Caller(token=token_for(manager, "cases:read"))
    caller.get("/me")
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    caller.get("/me")
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(seconds=61))
    caller.get("/me")
    again = ApiToken.objects.get().last_used_at
    assert again is not None
    assert again >= first


def test_scopes_bound_a_token(
    assigned: Case, handler: User, calling: Calling, token_for: Callable[..., str]
) -> None:
    path = f"/cases/{assigned.reference}"
    reader, actor = calling(handler, "cases:read"), calling(handler, "cases:act")
    assert done(reader.get(path))["reference"] == assigned.reference
    refused(reader.post(f"{path}/accept"), 403, "insufficient_scope")
    refused(actor.get(path), 403, "insufficient_scope")
    refused(reader.get("/catalogue/templates"), 403, "insufficient_scope")
    refused(reader.post("/cases", {"text": "Xin chào các anh chị."}), 403, "insufficient_scope")
    portal = Caller(token=token_for(None, "cases:submit"))
    refused(portal.get(path), 403, "insufficient_scope")
    refused(portal.get("/catalogue/templates"), 403, "insufficient_scope")
    with pytest.raises(ValueError, match="scopes"):
        token_for(None, "cases:read")


def test_a_channel_brings_letters_and_asks_for_labels(
    token_for: Callable[..., str], letter: dict[str, Any], handler: User
) -> None:
    portal = Caller(token=token_for(None, "cases:submit", "classify"))
    receipt = done(portal.post("/cases", letter), 201)
    own = Caller(token=portal.headers["Authorization"].removeprefix("Bearer "), code=receipt["secret_code"])
    assert done(own.get(f"/cases/{receipt['reference']}"))["channel"] == "api"
    assert done(portal.post("/classify", {"text": letter["text"]}))["topic"]["guesses"][0]["code"] == "HT.KS"
    assert done(portal.get("/me"))["person"] is None
    refused(Caller().post("/classify", {"text": "x"}), 401, "not_authenticated")


def test_staff_record_paper_letters_strangers_do_not(
    triage_officer: User, auditor: User, calling: Calling, anybody: Caller, letter: dict[str, Any]
) -> None:
    paper = letter | {"channel": "paper", "received_at": "2026-11-04T09:00:00+07:00"}
    receipt = done(calling(triage_officer).post("/cases", paper), 201)
    assert receipt["received_at"].startswith("2026-11-04")
    body = refused(anybody.post("/cases", paper), 400, "invalid")
    assert {e["code"] for e in body["errors"]} == {"staff_only_field"}
    refused(calling(auditor).post("/cases", letter), 403, "not_allowed")


def test_a_session_needs_its_csrf_token(handler: User, assigned: Case) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(handler)
    path = f"{ROOT}/cases/{assigned.reference}"
    assert browser.get(path).status_code == 200
    refused_ = browser.post(f"{path}/accept")
    assert (refused_.status_code, refused_.json()["code"]) == (403, "csrf_failed")


def test_lists_show_only_what_one_may_see(
    send: Send,
    assigned: Case,
    handler: User,
    stranger: User,
    administrator: User,
    auditor: User,
    calling: Calling,
) -> None:
    assert len(done(calling(handler).get("/cases"))["results"]) == 1
    assert done(calling(stranger).get("/cases"))["results"] == []
    assert done(calling(administrator).get("/cases"))["results"] == []
    assert len(done(calling(auditor).get("/cases"))["results"]) == 1
    refused(Caller().get("/cases"), 401, "not_authenticated")


def test_the_citizen_reads_no_names_and_no_marks(send: Send, handler: User, letter: dict[str, Any]) -> None:
    receipt = send(**{k: v for k, v in letter.items() if k != "text"})
    citizen, path = Caller(code=receipt.secret), f"/cases/{receipt.case.reference}"
    for part in ("", "/events", "/deadlines", "/replies", "/publication", "/attachments"):
        text = citizen.get(f"{path}{part}").content.decode()
        assert handler.display_name not in text
        for value in (letter["name"], letter["phone"], letter["email"], receipt.secret):
            assert value not in text
    assert not {"handler", "sealed", "suggestion", "subject"} & set(citizen.get(path).json())


def test_public_reading_is_open_to_other_sites_and_nothing_else_is(
    anybody: Caller, assigned: Case, handler: User, calling: Calling
) -> None:
    for path in ("/published", "/catalogue/topics", "/deadlines/calculate?kind=PHAN_ANH"):
        assert anybody.get(path)["Access-Control-Allow-Origin"] == "*"
    private = calling(handler).get(f"/cases/{assigned.reference}")
    assert "Access-Control-Allow-Origin" not in private
    assert private["Cache-Control"] == "no-store"


def test_create_token_prints_it_once(manager: User) -> None:
    out, err = StringIO(), StringIO()
    call_command(
        "create_token",
        "--user",
        manager.username,
        "--scopes",
        "cases:read",
        "--days",
        "7",
        stdout=out,
        stderr=err,
    )
    text = out.getvalue().strip()
    assert re.fullmatch(r"hoiam_[0-9a-f]{8}_[0-9a-f]{40}", text)
    assert text not in err.getvalue()
    assert done(Caller(token=text).get("/me"))["scopes"] == ["cases:read"]
    with pytest.raises(CommandError):
        call_command("create_token", "--scopes", "cases:read", stderr=err)
    with pytest.raises(CommandError):
        call_command("create_token", "--user", "khong-co", "--scopes", "cases:read", stderr=err)
