"""Starting with other environments, each in a process of its own, as an operator would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from config.settings_doc import document

ROOT = Path(settings.BASE_DIR)


def start(tmp_path: Path, expression: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Load config.settings in a fresh process with only these variables and print `expression`."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", f"from config import settings; print(({expression}))"],
        env={**kept, "HOIAM_DATA_DIR": str(tmp_path / "data"), **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_https_turns_the_locks(tmp_path: Path) -> None:
    shown = "settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SECURE_HSTS_SECONDS > 0"
    assert start(tmp_path, shown).stdout.strip() == "(False, False, False)"
    assert start(tmp_path, shown, SITE_URL="https://hoiam.example.vn").stdout.strip() == "(True, True, True)"


def test_the_first_start_makes_secrets_the_second_keeps_them(tmp_path: Path) -> None:
    shown = "settings.SECRET_KEY, settings.IDENTITY_KEY"
    first = start(tmp_path, shown).stdout
    assert len(first) > 100
    assert start(tmp_path, shown).stdout == first
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SITE_URL": "hoiam.example.vn"}, "SITE_URL must begin with http:// or https://."),
        ({"PORT": "http"}, "PORT must be a whole number."),
        ({"HOIAM_WORKER": "none"}, "HOIAM_WORKER must be one of: embedded, separate."),
        ({"DATABASE_URL": "mysql://db/x"}, "DATABASE_URL must begin with postgres://"),
    ],
)
def test_a_wrong_setting_stops_the_start(tmp_path: Path, variables: dict[str, str], sentence: str) -> None:
    outcome = start(tmp_path, "1", **variables)
    assert outcome.returncode != 0
    assert sentence in outcome.stderr


def test_profiles(tmp_path: Path) -> None:
    shown = "settings.DATABASES['default']['ENGINE'], settings.CACHES['default']['BACKEND']"
    assert "config.sqlite_fair" in start(tmp_path, shown).stdout
    distributed = {"DATABASE_URL": "postgres://db/hoiam", "REDIS_URL": "redis://cache"}
    outcome = start(tmp_path, shown, **distributed).stdout
    assert "postgresql" in outcome
    assert "RedisCache" in outcome


def test_a_stranger_cannot_choose_the_address_he_is_throttled_by() -> None:
    assert settings.REST_FRAMEWORK["NUM_PROXIES"] == 0


def test_every_setting_is_documented() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == document(), "run: make settings-doc"
