"""What stands before every view: headers, the size of a request, the health sign."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils.translation import get_language

from config.middleware import ChosenLanguage, Guards


@pytest.mark.django_db
def test_health_sign(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert "no-store" in answer["Cache-Control"]

    monkeypatch.setattr("notifications.live.wire.wire.served", True)
    assert client.get("/healthz").content == b"ok\nlive\n"
    monkeypatch.setattr("notifications.live.hub.hub.troubles", {"redis", "reading"})
    assert client.get("/healthz").content == b"ok\nlive, reading, redis\n"

    def unreachable() -> None:
        raise OperationalError("no database at 10.0.0.7")

    monkeypatch.setattr(connection, "cursor", unreachable)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (503, b"database\n"), "strangers learn no more than that"


@pytest.mark.django_db
def test_every_answer_carries_the_headers(client: Client) -> None:
    headers = client.get("/healthz").headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert not re.search("unsafe|http:|https:|\\*", headers["Content-Security-Policy"])
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize(
    ("path", "asked", "cookie", "spoken"),
    [
        ("/healthz", "en-US,en", None, "vi"),
        ("/healthz", "vi", "en", "en"),
        ("/healthz", "vi", "../../x", "vi"),
        ("/api/v1/", "en-US,en", None, "en"),
        ("/api/v1/", "fr", None, "vi"),
    ],
)
def test_the_language_spoken(path: str, asked: str, cookie: str | None, spoken: str) -> None:
    request = RequestFactory(headers={"accept-language": asked}).get(path)
    if cookie:
        request.COOKIES["django_language"] = cookie
    answer = ChosenLanguage(lambda _: HttpResponse(get_language()))(request)
    assert answer.content.decode() == answer.headers["Content-Language"] == spoken  # type: ignore[attr-defined]  # plain


def test_a_body_beyond_five_attachments_is_refused_unread() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        raise ImproperlyConfigured("the view must not run")

    request = RequestFactory().post("/", data=b"", content_type="multipart/form-data; boundary=x")
    request.META["CONTENT_LENGTH"] = str(54 * 1024 * 1024)
    answer = Guards(view)(request)
    assert answer.status_code == 413
    assert "10 MB" in answer.content.decode()  # type: ignore[attr-defined]  # HttpResponseBase of a plain answer


@pytest.mark.parametrize("length", ["", "abc", "52428800"])
def test_other_lengths_pass(length: str) -> None:
    request = RequestFactory().get("/")
    request.META["CONTENT_LENGTH"] = length
    assert Guards(lambda _: HttpResponse("in"))(request).status_code == 200
