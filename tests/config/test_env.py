"""Wrong settings stop the start with a sentence that names the variable and never repeats its value."""

from __future__ import annotations

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from config import env


@pytest.fixture(autouse=True)
def own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry behind docs/settings.md does not learn the names used here."""
    monkeypatch.setattr(env, "VARIABLES", {})


@pytest.mark.parametrize(("word", "meant"), [("1", True), ("Yes", True), ("off", False), ("", False)])
def test_yes_and_no(monkeypatch: pytest.MonkeyPatch, word: str, meant: bool) -> None:
    monkeypatch.setenv("X", word)
    assert env.env_bool("X", not meant, "…") is meant


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: env.env_bool("X", False, "…"), "perhaps-hunter2"),
        (lambda: env.env_int("X", 1, "…", maximum=10), "hunter2"),
        (lambda: env.env_int("X", 1, "…", maximum=10), "11"),
        (lambda: env.env_int("X", 1, "…", maximum=10), "0"),
        (lambda: env.env_choice("X", "a", "…", choices=("a", "b")), "hunter2"),
        (lambda: env.env_url("X", "", "…", schemes=("redis",)), "https://user:hunter2@host"),
        (lambda: env.env_url("X", "", "…", schemes=("redis",)), "redis://user:hunter2@host:port"),
    ],
)
def test_a_wrong_value_is_named_not_repeated(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], object], value: str
) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(env.WrongSetting, match=r"^X ") as refusal:
        read()
    assert "hunter2" not in str(refusal.value)
    assert str(refusal.value).endswith(".")


def test_list_drops_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "a.example.vn, b.example.vn,,")
    assert env.env_list("X", [], "…") == ["a.example.vn", "b.example.vn"]


def test_a_value_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "value").write_text("redis://cache:6379/0\n")
    monkeypatch.setenv("X_FILE", str(tmp_path / "value"))
    url = env.env_url("X", "", "…", schemes=("redis",))
    assert url is not None
    assert url.hostname == "cache"

    monkeypatch.setenv("X", "redis://other")
    with pytest.raises(env.WrongSetting, match="both set"):
        env.env_str("X", "", "…")

    monkeypatch.delenv("X")
    monkeypatch.setenv("X_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(env.WrongSetting, match="X_FILE cannot be read"):
        env.env_str("X", "", "…")


def test_a_secret_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "key"
    with ThreadPoolExecutor(8) as starts:
        keys = set(starts.map(lambda _: env.kept_secret(path, env.new_secret_key), range(32)))
    assert len(keys) == 1, "processes that start together agree on one secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path], "nothing half-written is left"

    path.chmod(0o644)
    with pytest.raises(env.WrongSetting, match="can be read by others"):
        env.kept_secret(path, env.new_secret_key)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgres://an:m%40t@db.example.vn:5433/hoiam?sslmode=require",
            {"USER": "an", "PASSWORD": "m@t", "HOST": "db.example.vn", "PORT": "5433", "NAME": "hoiam"},
        ),
        ("postgres:///hoiam?host=/run/postgresql", {"USER": "", "HOST": "/run/postgresql", "NAME": "hoiam"}),
    ],
)
def test_database_addresses(url: str, expected: dict[str, Any]) -> None:
    entry = env.database_from(urlsplit(url), pool_size=7)
    assert expected.items() <= entry.items()
    assert entry["OPTIONS"]["pool"]["max_size"] == 7
    assert "host" not in entry["OPTIONS"]


def test_database_address_without_a_name() -> None:
    with pytest.raises(env.WrongSetting, match="name of a database"):
        env.database_from(urlsplit("postgres://db"), pool_size=1)


@pytest.mark.parametrize(
    ("url", "port", "ssl", "starttls"),
    [("smtp://u:p@mail.example.vn", 587, False, True), ("smtps://mail.example.vn", 465, True, False)],
)
def test_mail_addresses(tmp_path: Path, url: str, port: int, ssl: bool, starttls: bool) -> None:
    settings = env.email_from(urlsplit(url), tmp_path)
    assert (settings["EMAIL_PORT"], settings["EMAIL_USE_SSL"], settings["EMAIL_USE_TLS"]) == (
        port,
        ssl,
        starttls,
    )


def test_mail_into_files(tmp_path: Path) -> None:
    assert env.email_from(urlsplit("file:"), tmp_path)["EMAIL_FILE_PATH"] == str(tmp_path)
    with pytest.raises(env.WrongSetting, match="mail server"):
        env.email_from(urlsplit("smtp:"), tmp_path)
