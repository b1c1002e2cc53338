"""A client that speaks the API as a stranger would, and checks every answer against the published schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # no stubs among our dependencies
import pytest
from django.test import Client
from django.utils import timezone

from api.models import SCOPES, ApiToken
from api.v1.docs import schema
from feedback.models import User
from tests.cast import BIRTH

ROOT = "/api/v1"


class Caller:
    """One who calls: with a token, with the secret code of a case, or with nothing."""

    def __init__(self, token: str = "", code: str = "") -> None:
        self.client = Client(raise_request_exception=True)
        self.headers: dict[str, str] = {}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"
        if code:
            self.headers["X-Case-Code"] = code

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        return self._checked("get", path, self.client.get(self._url(path), query, headers=self._all(headers)))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        response = self.client.post(
            self._url(path),
            json.dumps(body if body is not None else {}),
            content_type="application/json",
            headers=self._all(headers),
        )
        return self._checked("post", path, response)

    def upload(self, path: str, body: dict[str, Any], **headers: str) -> Any:
        return self._checked(
            "post", path, self.client.post(self._url(path), body, headers=self._all(headers))
        )

    def raw(self, path: str, body: bytes, content_type: str, **headers: str) -> Any:
        response = self.client.post(
            self._url(path), body, content_type=content_type, headers=self._all(headers)
        )
        return self._checked("post", path, response)

    def _all(self, headers: dict[str, str]) -> dict[str, str]:
        return self.headers | {name.replace("_", "-"): value for name, value in headers.items()}

    def _url(self, path: str) -> str:
        return path.removeprefix("http://127.0.0.1:8000") if path.startswith("http") else f"{ROOT}{path}"

    def _checked(self, method: str, path: str, response: Any) -> Any:
        check_against_schema(method, self._url(path).partition("?")[0], response)
        return response


def check_against_schema(method: str, path: str, response: Any) -> None:
    """The status is documented and the body has the documented shape."""
    operation = operation_of(path, method)
    if operation is None:
        assert response.status_code == 404, (path, response.status_code)
        return
    described = operation["responses"].get(str(response.status_code))
    assert described is not None, f"{method} {path} answered {response.status_code}, which is not documented"
    media = response.headers.get("Content-Type", "").partition(";")[0]
    content = described.get("content", {}).get(media)
    if not described.get("content"):
        assert response.content in (b"", b"null"), path
    elif media.endswith("json"):
        assert content is not None, (path, response.status_code, media)
        _validator(json.dumps(content["schema"])).validate(json.loads(response.content))


@cache
def _validator(text: str) -> Any:
    return jsonschema.Draft202012Validator({**json.loads(text), "components": schema()["components"]})


def operation_of(path: str, method: str) -> Any:
    parts = path.strip("/").split("/")
    fitting = []
    for template, methods in schema()["paths"].items():
        wanted = template.strip("/").split("/")
        if len(wanted) == len(parts) and all(
            w == p or w.startswith("{") for w, p in zip(wanted, parts, strict=True)
        ):
            fitting.append((sum(w.startswith("{") for w in wanted), methods))
    return min(fitting, key=lambda f: f[0])[1].get(method) if fitting else None


@pytest.fixture
def anybody(office: None) -> Caller:
    return Caller()


@pytest.fixture
def token_for(office: None) -> Callable[..., str]:
    """The text of a token: `token_for(user, "cases:read", …)`; all scopes when none are named."""

    def _token(user: User | None, *scopes: str) -> str:
        wanted = scopes or tuple(SCOPES)
        _, text = ApiToken.objects.issue(
            user=user, name="thử", scopes=wanted, expires_at=timezone.now() + timedelta(days=1)
        )
        return text

    return _token


@pytest.fixture
def calling(token_for: Callable[..., str]) -> Callable[..., Caller]:
    """`calling(leader)`: a caller with that person's token."""
    return lambda user, *scopes: Caller(token=token_for(user, *scopes))


@pytest.fixture
def letter() -> dict[str, Any]:
    return {"text": BIRTH, "name": "Công dân 12", "phone": "0100 000 012", "email": "congdan12@example.vn"}
