"""The worker goes on whatever happens, stops when asked, and does the chores of the office."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.core.management import call_command

from feedback import actions
from feedback.models import Case, IntakeDraft, User
from notifications import chores, outbox, worker
from notifications.worker import Worker
from tests.cast import WEDNESDAY


def later(**span: float) -> datetime:
    return WEDNESDAY + timedelta(**span)


@pytest.fixture
def answered(assigned: Case, handler: User, leader: User) -> Case:
    """Answered a day after WEDNESDAY."""
    actions.accept(assigned, by=handler, at=later(hours=1))
    actions.submit_reply(assigned, body="Kính gửi ông/bà, đã có kết quả.", by=handler, at=later(hours=2))
    actions.approve_reply(assigned, by=leader, at=later(days=1))
    return assigned


def test_a_turn_delivers_and_does_the_chores(written: Case) -> None:
    """The letter was due on 20 November; ten days on the alarms ring and the citizen gets an apology."""
    Worker(clock=lambda: later(hours=1)).turn()
    assert mail.outbox[0].subject.startswith("Đã nhận đơn")
    Worker(clock=lambda: later(days=20)).turn()
    assert mail.outbox[-1].subject == f"Xin lỗi ông/bà: đơn {written.reference} trả lời chậm"


def test_chores_run_once_a_minute(written: Case, monkeypatch) -> None:
    rounds: list[datetime] = []

    def count(at: datetime) -> int:
        rounds.append(at)
        return 0

    monkeypatch.setattr(worker, "CHORES", {"count": count})
    one = Worker(clock=lambda: WEDNESDAY)
    one.turn()
    one.turn()
    assert len(rounds) == 1
    one._chores_at -= worker.CHORE_EVERY
    one.turn()
    assert len(rounds) == 2


def test_nothing_kills_it_and_the_log_names_only_the_kind(written: Case, monkeypatch, caplog) -> None:
    def broken(**_: object) -> int:
        raise RuntimeError("cong-dan-12@example.vn")

    monkeypatch.setattr(outbox, "read_log", broken)
    monkeypatch.setattr(worker, "CHORES", {"alarms": lambda at: broken()})
    with caplog.at_level("INFO"):
        Worker(clock=lambda: WEDNESDAY).turn()
    assert "reading the log failed: RuntimeError" in caplog.text
    assert "alarms failed: RuntimeError" in caplog.text
    assert "example.vn" not in caplog.text


def test_an_event_wakes_it_and_stop_ends_it(monkeypatch) -> None:
    turns = threading.Semaphore(0)
    one = Worker()
    monkeypatch.setattr(worker, "POLL", 60.0)
    monkeypatch.setattr(one, "turn", turns.release)
    thread = threading.Thread(target=one.run)
    thread.start()
    assert turns.acquire(timeout=5)
    worker.wake(event_id=1, case_id=1, verb="submit")
    assert turns.acquire(timeout=5)
    one.stop()
    thread.join(timeout=5)
    assert not thread.is_alive()


def test_recorded_events_wake_the_worker_of_this_process(send) -> None:
    from feedback.models import CaseEvent
    from feedback.signals import event_recorded

    worker._wake.clear()
    event_recorded.send_robust(CaseEvent, event_id=1, case_id=1, verb="submit")
    assert worker._wake.is_set()


# --- Chores ------------------------------------------------------------------------------------------
def test_a_case_answered_a_month_ago_is_closed_and_the_citizen_told(answered: Case) -> None:
    assert chores.close_settled(later(days=30, hours=23)) == 0
    assert chores.close_settled(later(days=31)) == 1
    answered.refresh_from_db()
    assert answered.status == "closed"
    assert answered.events.latest("seq").role == "system"


def test_a_clarified_answer_has_a_month_of_its_own(answered: Case, handler: User, leader: User) -> None:
    actions.reopen(answered, text="Xin nói rõ nơi nhận.", by=actions.CITIZEN, at=later(days=20))
    assert chores.close_settled(later(days=40)) == 0
    actions.accept(answered, by=handler, at=later(days=20, hours=1))
    ticks = [actions.Tick(item.key) for item in actions.checklist(answered)]
    at = later(days=20, hours=2)
    actions.submit_reply(answered, body="Kính gửi ông/bà, tại số 1.", by=handler, at=at, ticks=ticks)
    actions.approve_reply(answered, by=leader, at=later(days=21))
    assert chores.close_settled(later(days=40)) == 0
    assert chores.close_settled(later(days=51)) == 1


def test_a_refusal_does_not_stop_the_round(answered: Case, monkeypatch) -> None:
    from feedback.errors import StaleVersion

    def refuse(*_: object, **__: object) -> None:
        raise StaleVersion

    monkeypatch.setattr(actions, "close", refuse)
    assert chores.close_settled(later(days=40)) == 0


def test_forgotten_drafts_are_dropped(db: None) -> None:
    IntakeDraft.objects.create(key_hash="a" * 64)
    assert chores.CHORES["old drafts"](datetime.now(WEDNESDAY.tzinfo) + timedelta(days=6)) == 0
    assert chores.CHORES["old drafts"](datetime.now(WEDNESDAY.tzinfo) + timedelta(days=8)) == 1


# --- The process -------------------------------------------------------------------------------------
def test_one_turn_by_command(written: Case) -> None:
    call_command("run_worker", "--once")
    assert not list(outbox.claim(at=later(days=-1)))


@contextmanager
def process(arguments: list[str], home: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "HOIAM_DATA_DIR": str(home), "DATABASE_URL": "", "REDIS_URL": ""}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def wait_for_trouble(child: subprocess.Popen[bytes]) -> str:
    """The worker runs once it complains that this empty data directory has no tables."""
    assert child.stderr is not None
    return child.stderr.readline().decode()


@pytest.mark.parametrize("ending", ["SIGTERM", "pipe"])
def test_the_process_survives_a_missing_database_and_ends_in_order(ending: str, tmp_path: Path) -> None:
    whole = ["-m", "config.worker"] if ending == "pipe" else ["manage.py", "run_worker"]
    with process(whole, tmp_path) as child:
        assert "failed: OperationalError" in wait_for_trouble(child)
        began = time.monotonic()
        if ending == "pipe":
            assert child.stdin is not None
            child.stdin.close()
        else:
            child.send_signal(signal.SIGTERM)
        assert child.wait(timeout=10) == 0
        assert time.monotonic() - began < 5
