"""`load_demo`: once only, and silent when asked to be."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from feedback.demo import people, play
from feedback.management.commands import load_demo
from feedback.models import Case, CaseEvent, Publication, User
from feedback.reports import log
from tests.cast import HANOI

pytestmark = pytest.mark.django_db


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An office of one clerk and no letters: what is printed does not depend on how many there are."""
    clerk = User(username="can-bo-1", display_name="Cán bộ 1")

    def hire(*args: Any, **kwargs: Any) -> list[tuple[User, str]]:
        clerk.save()
        return [(clerk, "một-mật-khẩu")]

    monkeypatch.setattr(people, "hire", hire)
    monkeypatch.setattr(play, "read", lambda name: {"staff": [], "letters": []})
    monkeypatch.setattr(play.Player, "play", lambda self, letters: 0)
    monkeypatch.setattr(load_demo, "ACCOUNTS", tmp_path / "accounts.txt")
    return tmp_path / "accounts.txt"


def said(verbosity: int) -> str:
    stream = io.StringIO()
    call_command("load_demo", verbosity=verbosity, stdout=stream)
    return stream.getvalue()


def test_passwords_are_printed_once_and_kept_in_a_private_file(accounts: Path) -> None:
    assert "một-mật-khẩu" in said(1)
    assert accounts.stat().st_mode & 0o077 == 0
    again = said(1)
    assert str(accounts) in again
    assert "một-mật-khẩu" not in again


def test_silent_when_asked(accounts: Path) -> None:
    assert said(0) == ""
    assert "một-mật-khẩu" in accounts.read_text(encoding="utf-8")
    assert said(0) == ""


@pytest.mark.parametrize("now", ["2026-11-23T20:00", "2027-02-14T03:00", "2026-12-26T12:00"])
@pytest.mark.usefixtures("office")
def test_the_demo_plays_on_any_day(now: str) -> None:
    """A working evening, a night in the Tết holidays, a Saturday: every letter of the file ends where it should."""
    moment = datetime.fromisoformat(now).replace(tzinfo=HANOI)
    people.hire(play.read("staff.yaml")["staff"], since=(moment - timedelta(days=100)).date())
    letters = play.read("letters.yaml")["letters"]
    assert play.Player(moment).play(letters) == len(letters)
    assert Publication.objects.published().count() >= 20
    assert Case.objects.filter(sealed=True).count() >= 4
    assert not CaseEvent.objects.filter(at__gt=moment + timedelta(hours=1)).exists()
    assert list(log.verify()) == []
