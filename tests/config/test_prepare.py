"""Static files are collected once, and again only when one of them changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config import prepare


def test_static_files_are_collected_only_when_they_changed(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "office.css").write_text("body { line-height: 1.5 }")
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATICFILES_DIRS = [source]
    settings.STATIC_ROOT = tmp_path / "collected"

    assert prepare.collect_static() is True
    assert (tmp_path / "collected" / "office.css").exists()
    assert prepare.collect_static() is False

    (source / "office.css").write_text("body { line-height: 1.6; color: black }")
    assert prepare.collect_static() is True
    assert "1.6" in (tmp_path / "collected" / "office.css").read_text()
