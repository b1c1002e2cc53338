"""Changes beside everything else: two carriers, people at work, a carrier that is killed. Each case follows once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from feedback import actions
from feedback.actions import changes
from feedback.models import Case, Change, User, catalogue
from feedback.reports import log
from tests.cast import WEDNESDAY, hire, later
from tests.feedback.test_changes import AFTER, consistent, moves, plan_day_off, with_day_off
from tests.feedback.test_review_races import together, won
from tests.servers import ROOT

Send = Callable[..., actions.Receipt]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("office")]

# `manage.py changes carry-out N` on the database of the test.
COMMAND = """
import sys
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from django.core.management import call_command
from feedback.management.commands import changes
changes.AT_ONCE = 25
call_command("changes", "carry-out", sys.argv[2])
"""


@pytest.fixture(autouse=True)
def the_log_is_whole() -> Iterator[None]:
    yield
    assert list(log.verify()) == []


def letters(send: Send, number: int) -> list[Case]:
    hire("can-bo-lo-viec", "Chuyên viên", ("STP.HCTP", "handler"), capacity=10_000)
    return [send().case for _ in range(number)]


def done(change: Change, when: timedelta = timedelta()) -> None:
    for minute in range(5, 12):
        changes.carry_out(change, at=later(minutes=minute) + when)
    change.refresh_from_db()
    assert change.state == Change.State.DONE


def test_two_carriers_at_once(send: Send) -> None:
    cases = letters(send, 60)
    change = plan_day_off()
    changes.confirm(change, by=actions.SYSTEM, at=WEDNESDAY)
    together(*[lambda: changes.carry_out(change, at=AFTER)] * 3)
    done(change)
    assert [moves(case) for case in cases] == [["redate"]] * 60
    assert (change.looked_at, change.moved, change.failed) == (60, 60, 0)


def test_two_counters_at_once(send: Send) -> None:
    letters(send, 5)
    change = changes.plan_calendar(
        with_day_off("2026-11-18"), version="thu-1", note="Nghỉ", by=actions.SYSTEM, at=WEDNESDAY
    )
    results = together(*[lambda: changes.count(change, at=WEDNESDAY)] * 3)
    assert results == [True] * 3
    change.refresh_from_db()
    assert (change.looked_at, change.moved, change.lines.count()) == (5, 5, 5)


def test_two_managers_confirm_at_once(send: Send, manager: User) -> None:
    letters(send, 1)
    one, other = plan_day_off("2026-11-12"), plan_day_off("2026-11-13", version="thu-2")
    acts = [lambda c=c: changes.confirm(c, by=manager, at=AFTER) for c in (one, one, other, other)]
    assert won(together(*acts)) == 1


def test_people_go_on_working_while_the_cases_follow(send: Send, leader: User) -> None:
    """Every act succeeds, none is lost, nobody waits in a circle; what was decided stays decided."""
    cases = letters(send, 40)
    officer = User.objects.get(username="can-bo-lo-viec")
    change = plan_day_off()
    changes.confirm(change, by=actions.SYSTEM, at=WEDNESDAY)

    def work(mine: list[Case]) -> None:
        for case in mine:
            actions.accept(case, by=officer, at=AFTER)
            actions.note(case, text="Đã gọi điện.", by=officer, at=AFTER)

    def duplicates() -> None:
        for case, into in zip(cases[30:35], cases[35:], strict=True):
            actions.accept(into, by=officer, at=AFTER)
            actions.merge(case, into=into, by=leader, at=AFTER)

    def carry() -> None:
        for _ in range(5):
            changes.carry_out(change, at=AFTER)

    results = together(lambda: work(cases[:15]), lambda: work(cases[15:30]), duplicates, carry, carry)
    assert results == [None] * 5
    done(change)
    for case in cases:
        consistent(case)
        assert moves(case) == ["redate"] or not case.is_open
        assert case.events.filter(verb="accept").count() == (case not in cases[30:35])


def test_the_command_is_killed_and_repeated(send: Send) -> None:
    """SIGKILL of the real command, twice; the third runs to the end."""
    cases = letters(send, 120)
    change = plan_day_off(when=timezone.now() - timedelta(minutes=5))
    changes.confirm(change, by=actions.SYSTEM, at=timezone.now() - timedelta(minutes=3))
    for lines in (1, 2):
        with command(change) as running:
            for _ in range(lines):
                running.stdout.readline()  # type: ignore[union-attr]  # a pipe, see below
            running.kill()
            running.communicate(timeout=60)
        assert running.returncode == -signal.SIGKILL
    change.refresh_from_db()
    assert 0 < change.looked_at < 120
    assert sum(len(moves(case)) for case in cases) == change.looked_at
    with command(change) as running:
        said, _ = running.communicate(timeout=120)
    assert running.returncode == 0, said
    change.refresh_from_db()
    assert (change.state, change.looked_at, change.failed) == (Change.State.DONE, 120, 0)
    assert [len(moves(case)) for case in cases] == [1] * 120
    for case in cases[::10]:
        consistent(case)


def test_interrupted_by_the_keyboard_it_says_how_to_go_on(send: Send) -> None:
    letters(send, 60)
    change = plan_day_off(when=timezone.now())
    changes.confirm(
        change, by=actions.SYSTEM, at=timezone.now()
    )  # a minute to wait: other processes must hear of it
    with command(change) as running:
        running.stdout.readline()  # type: ignore[union-attr]
        time.sleep(0.2)
        with suppress(ProcessLookupError):
            running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert "repeat it to go on" in said
    assert Change.objects.get(pk=change.pk).state == Change.State.CONFIRMED


def command(change: Change) -> subprocess.Popen[str]:
    line = [sys.executable, "-c", COMMAND, str(connection.settings_dict["NAME"]), str(change.pk)]
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        line, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_the_catalogue_is_as_it_was(submitted: Case) -> None:
    assert (
        catalogue().calendars_in_force[None] == "vn-2026.2"
    )  # transactions of this file leave nothing behind
