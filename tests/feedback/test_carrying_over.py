"""From the schema before versions were kept: what was in force becomes an edition, letters keep their dates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from feedback import actions
from feedback.actions import changes
from feedback.management import loading
from feedback.models import CalendarVersion, Case, CaseClock, Change, RulesVersion
from feedback.models.catalogue_cache import catalogue, forget
from feedback.models.clocks import clocks_of
from tests.cast import WEDNESDAY
from tests.feedback.test_changes import AFTER, consistent, moves, plan_day_off

pytestmark = pytest.mark.django_db(transaction=True)
OLD = [("feedback", "0002_event_log_append_only"), ("notifications", "0001_who_was_told")]


@pytest.fixture
def old_schema() -> Iterator[Any]:
    """The models of the schema before; afterwards the database is as every other test wants it."""
    call_command("flush", interactive=False, verbosity=0)
    executor = MigrationExecutor(connection)
    executor.migrate(OLD)
    yield executor.loader.project_state(OLD).apps
    forward()
    call_command("flush", interactive=False, verbosity=0)
    loading.load()


def forward() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    forget()


def old_rows(old: Any) -> tuple[int, int]:
    """An office with the calendar and rules of then, one open letter and one answered."""

    def get(name: str) -> Any:
        return old.get_model("feedback", name)

    data = loading.plain(loading.read("calendar.yaml"))
    get("CalendarVersion").objects.create(version="vn-2026.2", data=data)
    for entry in loading.one_by_one(loading.plain(loading.read("deadlines.yaml"))["rules"]):
        row = get("DeadlineRule")(code=entry["id"], kind_code=entry["kind"], clock=entry["clock"], data=entry)
        row.law, row.confidence = entry["law"], entry["conf"]
        row.save()
    numbers = []
    for status, verbs in (
        ("processing", ("submit", "accept")),
        ("answered", ("submit", "accept", "approve_reply")),
    ):
        due = WEDNESDAY + timedelta(days=14, hours=8)
        case = get("Case").objects.create(
            received_at=WEDNESDAY, channel="web", secret_hash="x", text="Thư cũ", search_text="thu cu",
            status=status, due_at=due, accepted_at=WEDNESDAY + timedelta(hours=1), event_seq=len(verbs),
        )  # fmt: skip
        for seq, verb in enumerate(verbs, start=1):
            event = get("CaseEvent")(case=case, seq=seq, verb=verb, at=WEDNESDAY + timedelta(hours=seq - 1))
            event.role, event.status_to, event.is_public, event.hash = "system", status, True, "x"
            event.save()
        get("CaseClock").objects.create(
            case=case, name="reply", rule_code="pakn.reply.phan_anh", calendar_version="vn-2026.2",
            started_at=WEDNESDAY + timedelta(hours=1), due_at=due, original_due_at=due,
        )  # fmt: skip
        numbers.append(case.pk)
    return numbers[0], numbers[1]


def test_what_was_in_force_becomes_the_first_edition(old_schema: Any) -> None:
    opened, answered = old_rows(old_schema)
    forward()
    calendar, rules = CalendarVersion.objects.get(), RulesVersion.objects.get()
    assert calendar.data["public_days"]["off"]["2026-09-02"]
    assert calendar.in_force_from is not None
    assert rules.version == "vn-2026.0"
    assert catalogue().rules_in_force == "vn-2026.0"
    assert set(Case.objects.values_list("calendar_version", "rules_version")) == {("vn-2026.2", "vn-2026.0")}
    assert set(CaseClock.objects.values_list("rules_version", flat=True)) == {"vn-2026.0"}
    assert "deadlinerule" not in apps.all_models["feedback"]
    assert "feedback_deadlinerule" not in connection.introspection.table_names()

    loading.load()  # the same files under the new name are no change, and the office opens
    assert not Change.objects.exists()
    before = {pk: clocks_of(Case.objects.get(pk=pk)) for pk in (opened, answered)}
    change = carry(plan_day_off())
    case = Case.objects.get(pk=opened)
    assert (change.moved, moves(case)) == (1, ["redate"])
    consistent(case)
    after = clocks_of(case)
    assert after["accept"].calendar.version == "vn-2026.2"  # decided before anybody recorded versions
    assert after["accept"] == before[opened]["accept"]
    assert clocks_of(Case.objects.get(pk=answered)) == before[answered]
    old = Case.objects.get(pk=answered)
    actions.reopen(old, text="Tôi chưa rõ.", by=actions.CITIZEN, at=AFTER + timedelta(days=1))
    assert clocks_of(old)["reply"] == before[answered]["reply"]
    assert clocks_of(old)["reply-2"].calendar.version == "thu-1"


def carry(change: Change) -> Change:
    """As `carry_through`; the made-up events of this file have no hashes to verify."""
    changes.confirm(change, by=actions.SYSTEM, at=AFTER - timedelta(minutes=2))
    changes.carry_out(change, at=AFTER)
    changes.carry_out(change, at=AFTER + timedelta(minutes=1))
    change.refresh_from_db()
    assert change.state == Change.State.DONE
    return change


def test_an_office_without_anything_is_carried_over_too(old_schema: Any) -> None:
    forward()
    assert not RulesVersion.objects.exists()
    loading.load()
    assert catalogue().rules_in_force == "vn-2026.1"
