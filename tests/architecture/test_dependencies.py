"""Nothing is installed without a reason: requirements and docs/decisions/0004 name the same packages."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)


def asked_for(name: str) -> set[str]:
    """Names in requirements/<name>.in, without extras, versions and comments."""
    lines = (ROOT / "requirements" / f"{name}.in").read_text().splitlines()
    found = (re.match(r"[A-Za-z][\w.-]*", line) for line in lines)
    return {match.group() for match in found if match}


def explained() -> set[str]:
    """Names in the first column of the decision's tables."""
    page = (ROOT / "docs" / "decisions" / "0004-dependencies.md").read_text()
    cells = re.findall(r"^\| ([\w., -]+?) \| ", page, re.MULTILINE)
    return {name.strip() for cell in cells for name in cell.split(",")} - {"package"}


def test_every_dependency_has_its_reason() -> None:
    assert explained() == asked_for("base") | asked_for("dev")


def test_every_locked_package_carries_a_hash() -> None:
    for lock in ("base", "dev"):
        text = (ROOT / "requirements" / f"{lock}.txt").read_text()
        pinned = re.findall(r"^[\w.-]+(?:\[[\w,]+\])?==.*$", text, re.MULTILINE)
        assert len(pinned) > 10
        assert [line for line in pinned if not line.endswith("\\")] == []
