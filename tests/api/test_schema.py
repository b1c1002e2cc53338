"""The published description: valid, complete, in both languages; and the page drawn from it."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # no stubs among our dependencies
import pytest
from django.conf import settings
from django.core.management import call_command
from django.http import JsonResponse
from django.test import Client
from django.urls import get_resolver

from api.models import ApiToken
from api.v1.docs import refusals, schema
from api.v1.verbs import VERBS
from tests.api.conftest import check_against_schema


@pytest.mark.ignore_template_errors
def test_the_schema_is_valid_and_complete() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())
    routes = {
        re.sub(r"<\w+:(\w+)>", r"{\1}", f"/api/v1/{pattern.pattern}")
        for pattern in get_resolver("api.v1.urls").url_patterns
        if str(pattern.pattern) not in ("schema", "docs", "")
    }
    assert set(schema()["paths"]) == routes


def test_every_operation_is_named_in_both_languages_and_says_how_it_refuses() -> None:
    seen = set()
    for path, methods in schema()["paths"].items():
        for method, one in methods.items():
            where = f"{method} {path}"
            assert " · " in one["summary"], where
            assert one["operationId"] not in seen, where
            seen.add(one["operationId"])
            needed = {"400", "401", "404", "405", "406", "429", "503"}
            if method == "post":
                needed |= {"403", "409", "413", "415"}
            assert needed <= set(one["responses"]), where
            for status, response in one["responses"].items():
                if status >= "400":
                    assert list(response["content"]) == ["application/problem+json"], where
    assert len(seen) == len(schema()["paths"]) + 2  # /cases and /attachments are read and written


def test_the_checker_of_these_tests_notices_a_drift() -> None:
    published: dict[str, Any] = {"next": None, "results": []}
    drifted: list[dict[str, Any]] = [
        {"results": []},
        {"next": 1, "results": []},
        {"next": None, "results": [{"id": 1}]},
    ]
    check_against_schema("get", "/api/v1/published", JsonResponse(published))
    for wrong in drifted:
        with pytest.raises(jsonschema.ValidationError):
            check_against_schema("get", "/api/v1/published", JsonResponse(wrong))
    with pytest.raises(AssertionError):
        check_against_schema("get", "/api/v1/published", JsonResponse({}, status=418))


def test_security_is_said_per_operation() -> None:
    paths = schema()["paths"]
    assert {} in paths["/api/v1/cases"]["post"]["security"]
    assert paths["/api/v1/cases/{reference}/rate"]["post"]["security"][0] == {"caseCode": []}
    assert {"token": []} in paths["/api/v1/cases/{reference}/accept"]["post"]["security"]
    assert {"caseCode": []} not in paths["/api/v1/cases/{reference}/accept"]["post"]["security"]
    assert paths["/api/v1/published"]["get"].get("security", [{}]) == [{}]


@pytest.mark.django_db
def test_schema_and_documentation_are_served(client: Client) -> None:
    answer = client.get("/api/v1/schema")
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.1")
    assert client.get("/api/v1/schema", headers={"Accept": "application/yaml"}).status_code == 200
    for language, word in (("vi", "Tài liệu API"), ("en", "API documentation")):
        page = client.get("/api/v1/docs", headers={"Accept-Language": language})
        text = page.content.decode()
        assert page.status_code == 200
        assert language == "vi" or word in text
        for verb in VERBS:
            assert f'id="{verb.name}"' in text
        assert 'id="error-stale_version"' in text
        assert not re.search(r"<script|style=|https?://(?!127\.0\.0\.1)", text)
        assert "script-src 'self'" in page["Content-Security-Policy"]
    assert not ApiToken.objects.exists()


def test_every_refusal_stands_in_the_handbook() -> None:
    handbook = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()
    missing = [
        error.code for error in refusals() if error.status != 500 and f"`{error.code}`" not in handbook
    ]
    assert missing == []
