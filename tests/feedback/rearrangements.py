"""Words of the stories about units that merge or end: what is planned, and what became of a case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine

from feedback import actions
from feedback.models import Case as CaseModel
from feedback.models import Change, User
from feedback.reports.timeline import timeline
from tests.cast import HANOI, WEDNESDAY, later

OLD, NOW = "STP_TB.HCTP", "STP.HCTP"
NEW_UNIT = {"code": "STP.DS", "name_vi": "Phòng Dân sự", "name_en": "Civil Division", "kind": "division"}
NEW_UNIT["parent"] = "STP"
NEXT_DAY = datetime(2026, 12, 1, 0, 5, tzinfo=HANOI)  # the day after the units of these stories end


def day(month: int, number: int, hour: int = 9, minute: int = 0, year: int = 2025) -> datetime:
    return datetime(year, month, number, hour, minute, tzinfo=HANOI)


@pytest.fixture(name="clock", autouse=True)
def stopped_clock() -> Iterator[Any]:
    with time_machine.travel(WEDNESDAY, tick=False) as traveller:
        yield traveller


def ends(
    *units: str, to: tuple[str, ...] = ("STP.DS",), on: str = "2026-11-30", **more: Any
) -> dict[str, Any]:
    return {"units": {unit: {"valid_to": on, "successors": list(to)} for unit in units}, **more}


MERGED = ends(NOW, "STP.BTTP", new=[NEW_UNIT], people=True)


def planned(plan: dict[str, Any], manager: User, at: datetime = WEDNESDAY) -> Change:
    change = actions.plan_units(plan, note="Sắp xếp tổ chức bộ máy", by=manager, at=at)
    assert actions.count(change, at=at)
    change.refresh_from_db()
    return change


def carried(plan: dict[str, Any], manager: User, clock: Any, *, on: datetime = NEXT_DAY) -> Change:
    """Plan, count, confirm, and wait for the day."""
    change = actions.confirm(planned(plan, manager, later(days=10)), by=manager, at=later(days=10))
    clock.move_to(on)
    actions.carry_on(at=on)
    change.refresh_from_db()
    assert change.state == Change.State.DONE
    return change


def remarks(change: Change) -> dict[int, str]:
    return dict(change.lines.values_list("case", "remark"))


def sees(user: User, case: CaseModel) -> bool:
    fresh = User.objects.get(pk=user.pk)
    return CaseModel.objects.visible_to(fresh).filter(pk=case.pk).exists()


def verbs(case: CaseModel) -> list[str]:
    return list(case.events.order_by("seq").values_list("verb", flat=True))


def told(case: CaseModel) -> list[str]:
    return [entry.sentence for entry in timeline(case)]
