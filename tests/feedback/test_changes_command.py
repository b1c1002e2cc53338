"""`manage.py changes`: a decree on holidays, new rules, from the plan to the last case, at the command line."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from feedback.management import loading
from feedback.models import CalendarVersion, Case, Change, RulesVersion, catalogue
from tests.feedback.test_changes import consistent, moves

pytestmark = pytest.mark.usefixtures("office")
DAY_OFF = "overrides:\n  - {date: 2026-11-18, working: false, name: Nghỉ theo quyết định}\n"


def run(*words: Any) -> str:
    out = StringIO()
    call_command("changes", *map(str, words), stdout=out)
    return out.getvalue()


@pytest.fixture
def days(tmp_path: Path) -> Path:
    path = tmp_path / "nghi.yaml"
    path.write_text(DAY_OFF, encoding="utf-8")
    return path


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute passes at each look at the clock: nobody waits in a test."""
    start, minutes = timezone.now(), count()
    monkeypatch.setattr(timezone, "now", lambda: start + timedelta(minutes=next(minutes)))


def nobody_answers(_: str) -> str:
    raise EOFError


def test_from_the_decree_to_the_last_case(
    days: Path, processing: Case, settled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run("plan-calendar", days, "--note", "Quyết định nghỉ")
    number = Change.objects.get().pk
    assert f"{processing.reference}: 18/11/2026 17:00 → 19/11/2026 17:00" in said
    assert "sớm hơn / earlier: 0; muộn hơn / later: 1" in said
    assert f"manage.py changes confirm {number}" in said
    assert catalogue().calendar.version == "vn-2026.2"
    monkeypatch.setattr("builtins.input", lambda _: "n")
    with pytest.raises(CommandError, match="Nothing was put in force"):
        run("confirm", number)
    monkeypatch.setattr("builtins.input", nobody_answers)
    with pytest.raises(CommandError, match="Nothing was put in force"):
        run("confirm", number)
    monkeypatch.setattr("builtins.input", lambda _: "y")
    assert "vn-2026.3 is in force" in run("confirm", number)
    assert "Đã xong" in run("carry-out", number)
    assert moves(processing) == ["redate"]
    consistent(processing)
    assert "Đã xong" in run("list")
    assert CalendarVersion.objects.get(version="vn-2026.3").note == "Quyết định nghỉ"


def test_as_data(days: Path, processing: Case) -> None:
    planned = json.loads(run("plan-calendar", days, "--note", "Nghỉ", "--version", "sở-1", "--json"))
    assert (planned["brings"], planned["replaces"], planned["moved"]) == ("sở-1", "vn-2026.2", 1)
    assert planned["cases"][0]["due_after"] == "2026-11-19T10:00:00+00:00"
    assert json.loads(run("confirm", planned["number"], "--yes", "--json"))["state"] == "confirmed"
    assert [one["number"] for one in json.loads(run("list", "--json"))] == [planned["number"]]


def test_a_unit_gets_its_own_calendar_and_follows_again(days: Path, processing: Case, settled: None) -> None:
    run("plan-calendar", days, "--unit", "STP.HCTP", "--note", "Lịch riêng")
    own = Change.objects.get()
    run("confirm", own.pk, "--yes")
    run("carry-out", own.pk)
    assert own.calendar is not None
    assert own.calendar.version.startswith("stp.hctp-")
    with pytest.raises(CommandError, match="--end"):
        run("plan-calendar", "--note", "Bỏ")
    run("plan-calendar", "--unit", "STP.HCTP", "--end", "--note", "Theo lịch chung")
    end = Change.objects.first()
    assert end is not None
    run("confirm", end.pk, "--yes")
    run("carry-out", end.pk)
    assert moves(processing) == ["redate", "redate"]


def test_rules_from_the_file_of_the_catalogue(tmp_path: Path, submitted: Case) -> None:
    path = tmp_path / "deadlines.yaml"
    text = (loading.FILES / "deadlines.yaml").read_text(encoding="utf-8")
    path.write_text(
        text.replace("vn-2026.1", "vn-2026.9").replace("value: 2\n", "value: 3\n"), encoding="utf-8"
    )
    run("plan-rules", path, "--note", "Quy chế mới")
    assert RulesVersion.objects.get(version="vn-2026.9").in_force_from is None
    change = Change.objects.get()
    assert change.state == Change.State.READY
    run("count", change.pk)
    assert "Đã bỏ" in run("drop", change.pk)
    with pytest.raises(CommandError, match="cannot be done"):
        run("confirm", change.pk, "--yes")
    with pytest.raises(CommandError):
        run("carry-out", change.pk)


@pytest.mark.parametrize(
    "text",
    ["", "[", "a: 1", "overrides: []", "overrides: [{date: 2026-13-40, working: false}]", "weekly: {}"],
)
@pytest.mark.parametrize("what", ["plan-calendar", "plan-rules", "plan-units"])
def test_a_file_that_cannot_be_used_is_refused_in_words(what: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError):
        run(what, path, "--note", "Thử")
    assert not Change.objects.exists()
    assert CalendarVersion.objects.count() == RulesVersion.objects.count() == 1


def test_refusals_are_sentences(days: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is a version"):
        run("plan-calendar", days, "--note", "Nghỉ", "--version", "vn-2026.2")
    with pytest.raises(CommandError, match="no such change"):
        run("show", 999)
    with pytest.raises(CommandError, match="cannot be used"):
        run("plan-calendar", tmp_path / "khong-co.yaml", "--note", "Nghỉ")
