"""SIGKILL in the middle of a sweep, another sweeper beside it: every alarm rings exactly once, none is missing.

The sweepers are processes of their own on the database of the test, SQLite or PostgreSQL. One is killed after it has
rung a few cases, in the middle of a batch; the other goes on. The next sweep finds what the dead one left.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import connection

from feedback import actions, deadlines
from feedback.models import Alarm, Case, CaseEvent, User, catalogue
from feedback.models.clocks import clocks_of
from feedback.reports import log
from tests.cast import WEDNESDAY
from tests.servers import ROOT

Send = Callable[..., actions.Receipt]
pytestmark = pytest.mark.django_db(transaction=True)

# What `manage.py sweep_deadlines` does, at a given moment, slowly, saying each case aloud.
SWEEPER = """
import sys, time
from datetime import datetime
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from feedback import actions
from feedback.actions import alarms
ring = alarms._ring_safely
def aloud(case, at):
    done = ring(case, at)
    print("rang", flush=True)
    time.sleep(0.01)
    return done
alarms._ring_safely = aloud
actions.sweep_deadlines(at=datetime.fromisoformat(sys.argv[2]))
"""


def sweeper(at: datetime) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SWEEPER, str(connection.settings_dict["NAME"]), at.isoformat()]
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def two_of_which_one_dies(at: datetime, after: int) -> bool:
    """Kill the first sweeper once it has rung `after` cases; True when it was still at work."""
    with sweeper(at) as one, sweeper(at) as other:
        for _ in range(after):
            one.stdout.readline()  # type: ignore[union-attr]  # a pipe, see above
        one.kill()  # SIGKILL; nothing when it has finished already
        one.communicate(timeout=60)
        other.communicate(timeout=60)
    assert other.returncode == 0
    return one.returncode == -signal.SIGKILL


def check(cases: list[Case], at: datetime) -> None:
    """Against the pure function: each alarm that ought to have rung has, once."""
    rows = Counter(Alarm.objects.values_list("case", "clock", "level", "due_at"))
    wanted = {
        (case.pk, name, alarm.level, deadlines.due(clock))
        for case in cases
        for name, clock in clocks_of(case).items()
        if clock.stopped_at is None
        for alarm in deadlines.alarms(clock, 60)
        if alarm.at <= at
    }
    assert set(rows) == wanted
    assert set(rows.values()) <= {1}
    told = Counter(CaseEvent.objects.filter(verb="overdue").values_list("case", flat=True))
    assert set(told.values()) <= {1}
    steps = [(e.case_id, e.internal["step"]) for e in CaseEvent.objects.filter(verb="escalate")]
    assert len(steps) == len(set(steps))
    assert list(log.verify()) == []


def campaign(send: Send, rounds: int, letters: int, seed: int) -> dict[str, int]:
    chance = random.Random(seed)
    cases = [send(at=WEDNESDAY + timedelta(minutes=n)).case for n in range(letters)]
    calendar = catalogue().calendar
    killed = 0
    for number in range(rounds):
        day = calendar.add_working_days(date(2026, 11, 19), number)
        at = calendar.opens(day) + timedelta(hours=10)  # past closing time: on the 20th the answer is due
        killed += two_of_which_one_dies(at, chance.randrange(1, letters // 5))
        actions.sweep_deadlines(at=at)
        check(cases, at)
    return {"rounds": rounds, "killed_at_work": killed, "alarms": Alarm.objects.count()}


def test_a_sweeper_is_killed(send: Send, handler: User) -> None:
    """The short variant every suite runs."""
    assert campaign(send, rounds=2, letters=40, seed=3)["alarms"] > 40


@pytest.mark.campaign
def test_sweepers_are_killed(send: Send, handler: User) -> None:
    rounds = int(os.environ.get("CAMPAIGN_ROUNDS", "20"))
    figures = campaign(send, rounds, letters=100, seed=20261123)
    print(figures)
    assert figures["killed_at_work"] >= rounds / 2
