"""Loading is idempotent and keeps what the office edited; a catalogue that cannot work is refused by the checks."""

from __future__ import annotations

import datetime
from io import StringIO

import pytest
from django.core.checks import run_checks
from django.core.management import call_command

from feedback import checks
from feedback.management import loading
from feedback.management.commands import load_catalogue
from feedback.models import CalendarVersion, DeadlineRule, Procedure, Route, Topic, Unit, catalogue
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
        DeadlineRule.objects.filter(kind_code="HOI_DAP").delete()
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
