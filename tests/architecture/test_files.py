"""Habits a reader relies on: nothing of one machine in the files, telling names, readable sizes, no loose ends."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from functools import cache
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PACKAGES = ("config", "api", "notifications", "feedback", "classifier")
# Spelled in pieces, so that this file does not find itself.
MACHINE_PATHS = re.compile(r"(?<![\w.>}-])/(?:wo" r"rk|ro" r"ot|ho" r"me/\w+|fa" r"rm)/[\w.]")
REGISTRIES = re.compile(
    r"index[-_]u" r"rl|registry\s*=|files\.pyth" r"onhosted|https?://\S+\.(?:whl|tgz|tar\.gz)"
)
# One table, one row a line: cutting it would hide what it is for.
LONG_FOR_A_REASON = {"feedback/workflow.py"}
LOOSE_ENDS = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
SILENCED = re.compile(r"#\s*(?:no" r"qa|type:\s*ig" r"nore)\b(.*)")
REASON = re.compile(r"^(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|\[[\w, -]+\])?\W{1,5}\w+\W+\w+")


@cache
def tracked() -> tuple[Path, ...]:
    """Every text file git has or would take (ignored files are not ours to judge)."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    paths = [ROOT / name for name in listing.split("\0") if name]
    return tuple(path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8000])


@cache
def python_files() -> tuple[Path, ...]:
    return tuple(path for path in tracked() if path.suffix == ".py" and "migrations" not in path.parts)


def places(pattern: re.Pattern[str], files: tuple[Path, ...]) -> list[str]:
    """`file:line` of every line that matches."""
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]


def vendored(path: Path) -> bool:
    return "vendor" in path.parts


def test_nothing_of_one_machine() -> None:
    assert places(MACHINE_PATHS, tracked()) == []


def test_no_package_addresses() -> None:
    assert places(REGISTRIES, tuple(path for path in tracked() if not vendored(path))) == []


def test_nothing_left_for_later() -> None:
    assert places(LOOSE_ENDS, tuple(path for path in tracked() if not vendored(path))) == []


def test_a_silenced_checker_says_why() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in python_files()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (found := SILENCED.search(line)) and not REASON.match(found.group(1))
    ]
    assert silent == []


def test_migrations_have_telling_names() -> None:
    named = [path.name for package in PACKAGES for path in (ROOT / package).rglob("migrations/0*.py")]
    assert [name for name in named if re.search(r"_auto_|_alter_\w+_and_more|\d{8}", name)] == []


def test_modules_are_one_thought_each() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in python_files()
        if path.relative_to(ROOT).parts[0] in PACKAGES and (lines := len(path.read_text().splitlines())) > 400
    }
    assert long.keys() <= LONG_FOR_A_REASON, long


def test_modules_say_what_they_are() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in python_files()
        if path.relative_to(ROOT).parts[0] in PACKAGES
        and path.name not in {"__init__.py", "apps.py"}
        and "commands" not in path.parts  # a command says it in its `help`
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_the_two_programs_can_be_started() -> None:
    for name in ("manage.py", ".ci/run"):
        assert os.access(ROOT / name, os.X_OK), name


def test_only_settings_read_the_environment() -> None:
    """A variable read elsewhere would be missing from docs/settings.md."""
    readers = places(
        re.compile(r"os\.environ(?!\.setdefault\(\"DJANGO_SETTINGS_MODULE)|getenv\("), python_files()
    )
    assert [place for place in readers if not place.startswith(("tests/", "config/env.py"))] == []
