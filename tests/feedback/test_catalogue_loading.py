"""Loading is idempotent and keeps what the office edited; a catalogue that cannot work is refused by the checks."""

from __future__ import annotations

import datetime
from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.utils import timezone

from feedback import actions, checks
from feedback.actions import changes
from feedback.management import loading
from feedback.management.commands import load_catalogue
from feedback.models import (
    CalendarVersion,
    Case,
    Change,
    Procedure,
    Route,
    RulesVersion,
    Topic,
    Unit,
    User,
    catalogue,
)
from feedback.models.catalogue_cache import forget


@pytest.mark.usefixtures("office")
class TestLoading:
    def test_a_second_load_changes_nothing(self) -> None:
        tally = loading.load()
        assert tally.changes == []
        assert tally.kept == []
        assert CalendarVersion.objects.count() == 1

    def test_what_the_office_edited_is_kept_unless_forced(self) -> None:
        Topic.objects.filter(code="HT.KS").update(name_vi="Khai sinh (đã sửa)")
        assert "Topic HT.KS" in loading.load().kept
        assert Topic.objects.get(code="HT.KS").name_vi == "Khai sinh (đã sửa)"
        loading.load(force=True)
        assert Topic.objects.get(code="HT.KS").name_vi == "Khai sinh"

    def test_a_deleted_row_stays_deleted(self) -> None:
        Procedure.objects.filter(code=Procedure.objects.values_list("code", flat=True)[0]).delete()
        number = Procedure.objects.count()
        loading.load()
        assert Procedure.objects.count() == number

    def test_a_dry_run_says_and_does_nothing(self) -> None:
        Topic.objects.filter(code="HT.KS").update(name_vi="Khai sinh (đã sửa)")
        out = StringIO()
        call_command("load_catalogue", "--dry-run", "--force", stdout=out)
        assert "would: updated Topic HT.KS" in out.getvalue()
        assert Topic.objects.get(code="HT.KS").name_vi == "Khai sinh (đã sửa)"


@pytest.mark.usefixtures("office")
class TestChecks:
    def ids(self) -> set[str]:
        return {message.id or "" for message in checks.check_catalogue(None, ["default"])}

    def test_the_carried_catalogue_passes(self) -> None:
        assert self.ids() == set()

    def test_a_topic_without_a_competent_unit(self) -> None:
        Route.objects.filter(topic__in=["QT", "QT.NT"]).delete()
        assert self.ids() == {"feedback.E001"}

    def test_a_kind_without_a_deadline_rule(self) -> None:
        row = RulesVersion.objects.get()
        without = [entry for entry in row.data if entry["kind"] != "HOI_DAP"]
        RulesVersion.objects.create(version="thieu", data=without, in_force_from=timezone.now())
        assert self.ids() == {"feedback.E002"}

    def test_a_successor_cycle(self) -> None:
        Unit.objects.get(code="STP").successors.add(Unit.objects.get(code="STP_TB"))
        assert "feedback.E003" in self.ids()


@pytest.mark.usefixtures("office")
def test_units_are_followed_to_their_successors() -> None:
    book = catalogue()
    before, after = datetime.date(2025, 6, 30), datetime.date(2025, 7, 1)
    assert book.current_unit("STP_TB.HCTP", before) == book.units["STP_TB.HCTP"]
    assert book.current_unit("STP_TB.HCTP", after) == book.units["STP.HCTP"]
    assert book.current_unit("KHONG_CO", after) is None


@pytest.mark.usefixtures("office")
def test_a_change_is_seen_at_once_in_the_same_process() -> None:
    forget()
    unit = Unit.objects.get(code="STP.HCTP")
    unit.name_vi = "Phòng Hộ tịch"
    unit.save()
    assert catalogue().units["STP.HCTP"].name_vi == "Phòng Hộ tịch"


def plain_check() -> list[str]:
    """What `manage.py check`, without a word more, says of the catalogue."""
    return [m.msg for m in run_checks() if (m.id or "").startswith("feedback.")]


@pytest.mark.usefixtures("office")
def test_a_plain_check_refuses_a_broken_catalogue_and_loading_mends_it() -> None:
    assert plain_check() == []
    Route.objects.filter(topic__in=["QT", "QT.NT"]).delete()
    assert "Topic QT has no competent unit today." in plain_check()
    call_command("load_catalogue", "--force", verbosity=0)
    assert plain_check() == []
    assert not load_catalogue.Command.requires_system_checks  # the remedy is not refused with the rest


# --- New editions of calendar and rules ----------------------------------------------------------
REAL_LOAD = loading.load
DAY = "overrides:\n  - {date: 2026-11-18, working: false, name: Nghỉ theo quyết định}\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The files the product carries, to be edited."""
    for file in loading.FILES.glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def edit(folder: Path, name: str, *pairs: tuple[str, str]) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def new_calendar(files: Path) -> Path:
    edit(files, "calendar.yaml", ("version: vn-2026.2", "version: vn-2026.3"), ("overrides:\n", DAY))
    return files


def load_command(folder: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> str:
    monkeypatch.setattr(loading, "load", partial(REAL_LOAD, folder=folder))
    out = StringIO()
    call_command("load_catalogue", *options, stdout=out)
    return out.getvalue()


@pytest.mark.usefixtures("office")
class TestEditions:
    def test_in_an_office_without_open_letters_a_new_file_is_in_force_at_once(
        self, new_calendar: Path
    ) -> None:
        tally = loading.load(folder=new_calendar)
        assert "created CalendarVersion vn-2026.3" in tally.changes
        assert catalogue().calendar.version == "vn-2026.3"
        assert not Change.objects.exists()
        assert loading.load(folder=new_calendar).changes == []

    def test_where_letters_are_open_it_waits_for_a_person(
        self, new_calendar: Path, submitted: Case, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said = load_command(new_calendar, monkeypatch, "--verbosity=0")
        change = Change.objects.get()
        assert f"manage.py changes confirm {change.pk}" in said
        assert "vn-2026.3 chưa áp dụng" in said
        assert "vn-2026.3 is not in force yet" in said
        assert catalogue().calendar.version == "vn-2026.2"
        again = load_command(new_calendar, monkeypatch, "--force")
        assert f"manage.py changes confirm {change.pk}" in again  # reminded at every start, planned once
        assert (Change.objects.count(), CalendarVersion.objects.count()) == (1, 2)

    def test_a_dry_run_leaves_nothing(
        self, new_calendar: Path, submitted: Case, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said = load_command(new_calendar, monkeypatch, "--dry-run")
        assert "would: planned CalendarVersion vn-2026.3" in said
        assert "Somebody has to look and confirm." in said
        assert not Change.objects.exists()
        assert CalendarVersion.objects.count() == 1
        assert set(catalogue().calendars) == {"vn-2026.2"}

    def test_new_rules_wait_too_and_the_newest_file_takes_the_place_of_the_one_before(
        self, files: Path, submitted: Case
    ) -> None:
        edit(files, "deadlines.yaml", ("version: vn-2026.1", "version: vn-2026.2"), ("value: 2", "value: 3"))
        first = loading.load(folder=files).waiting
        edit(files, "deadlines.yaml", ("version: vn-2026.2", "version: vn-2026.3"), ("value: 3", "value: 4"))
        second = loading.load(folder=files).waiting
        states = {c.target: c.state for c in Change.objects.all()}
        assert states == {"vn-2026.2": Change.State.DROPPED, "vn-2026.3": Change.State.COUNTING}
        assert [c.target for c in (*first, *second)] == ["vn-2026.2", "vn-2026.3"]
        assert catalogue().rules_in_force == "vn-2026.1"

    def test_the_same_content_under_another_name_is_no_change(self, files: Path, submitted: Case) -> None:
        edit(files, "calendar.yaml", ("version: vn-2026.2", "version: vn-2026.3"))
        edit(files, "deadlines.yaml", ("version: vn-2026.1", "version: vn-2026.2"))
        tally = loading.load(folder=files)
        assert (tally.changes, tally.waiting) == ([], [])
        assert (CalendarVersion.objects.count(), RulesVersion.objects.count()) == (1, 1)

    @pytest.mark.parametrize(
        ("name", "old", "new"), [("calendar", "13:00", "13:30"), ("deadlines", "value: 2", "value: 3")]
    )
    def test_changed_content_under_the_same_name_is_refused(
        self, name: str, old: str, new: str, files: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        edit(files, f"{name}.yaml", (old, new))
        with pytest.raises(
            CommandError, match="in use with another content; give the changed file a new version"
        ):
            load_command(files, monkeypatch)

    def test_a_change_the_office_decided_against_is_not_planned_again(
        self, new_calendar: Path, submitted: Case
    ) -> None:
        loading.load(folder=new_calendar)
        changes.drop(Change.objects.get(), by=actions.SYSTEM)
        tally = loading.load(folder=new_calendar)
        assert (tally.changes, tally.waiting) == ([], [])
        assert catalogue().calendar.version == "vn-2026.2"

    def test_a_name_the_office_took_first_does_not_stop_the_office_from_opening(
        self, new_calendar: Path, manager: User
    ) -> None:
        """The desk proposes the next free name, which the next file of the software may bear as well."""
        data = CalendarVersion.objects.get().data
        changes.plan_calendar(data, version="vn-2026.3", note="Của Sở", by=manager, at=timezone.now())
        assert "CalendarVersion vn-2026.3" in loading.load(folder=new_calendar).kept
        with pytest.raises(ValueError, match="another content"):
            loading.load(folder=new_calendar, force=True)

    def test_the_offices_own_edition_is_kept_and_only_planned_over_when_forced(
        self, new_calendar: Path, submitted: Case, manager: User
    ) -> None:
        data = CalendarVersion.objects.get().data | {"decided_until": 2027}
        own = changes.plan_calendar(data, version="cua-so-1", note="Của Sở", by=manager, at=timezone.now())
        changes.count(own, at=timezone.now())
        changes.confirm(own, by=manager, at=timezone.now())
        assert "CalendarVersion vn-2026.3" in loading.load(folder=new_calendar).kept
        assert [c.target for c in loading.load(folder=new_calendar, force=True).waiting] == ["vn-2026.3"]
        assert catalogue().calendar.version == "cua-so-1"
