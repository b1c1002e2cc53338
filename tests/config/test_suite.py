"""`make test` leaves nothing out in silence, and nothing at all in CI."""

from __future__ import annotations

from typing import Any

import pytest

from tests import run_suite


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Every part `make test` would run, instead of running it."""
    ran: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(
        run_suite, "run", lambda title, command, **env: ran.append((title, {"command": command, **env}))
    )
    for service in ("postgres_url", "redis_url", "chromium"):
        monkeypatch.setattr(run_suite, service, lambda name=service: f"there:{name}")
    monkeypatch.delenv("CI", raising=False)
    return ran


@pytest.mark.parametrize(
    ("probe", "name"), [("postgres_url", "PostgreSQL"), ("redis_url", "Redis"), ("chromium", "Chromium")]
)
def test_a_missing_service(
    parts: list[tuple[str, dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    probe: str,
    name: str,
) -> None:
    monkeypatch.setattr(run_suite, probe, lambda: None)
    run_suite.main()
    assert f"{name} does not answer" in capsys.readouterr().out
    parts.clear()

    monkeypatch.setenv("CI", "true")
    with pytest.raises(SystemExit, match=name):
        run_suite.main()
    assert parts == [], "nothing is run when not everything can be"


def test_the_same_suite_runs_on_both_profiles(parts: list[tuple[str, dict[str, Any]]]) -> None:
    run_suite.main()
    (_, law), (_, sqlite), (_, postgres) = parts
    assert law["command"][0].endswith("lint-imports")
    assert sqlite["command"] == postgres["command"]
    assert (sqlite["DATABASE_URL"], sqlite["REDIS_URL"]) == ("", "")
    assert (postgres["DATABASE_URL"], postgres["REDIS_URL"]) == ("there:postgres_url", "there:redis_url")


def test_without_chromium_only_the_journeys_in_a_browser_are_left_out(
    parts: list[tuple[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_suite, "chromium", lambda: None)
    run_suite.main()
    assert parts[1][1]["command"][-2:] == ["-m", "not browser and not campaign and not bench"]


def test_services_that_do_not_answer_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIAM_TEST_POSTGRES", "postgres://nobody@127.0.0.1:9/nothing")
    monkeypatch.setenv("HOIAM_TEST_REDIS", "redis://127.0.0.1:9/0")
    assert run_suite.postgres_url() is None
    assert run_suite.redis_url() is None
