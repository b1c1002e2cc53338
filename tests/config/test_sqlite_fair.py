"""The writers' queue: nobody is refused, nobody waits for long, nobody holds a turn after the end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from config.sqlite_fair.base import DatabaseWrapper, FairCursor
from config.sqlite_fair.queue import WriterQueue

WRITERS = 8
SECONDS = 2.0


@pytest.fixture(autouse=True)
def own_databases(django_db_blocker: Any) -> Iterator[None]:
    """These tests open databases of their own, so Django's test database need not be asked for."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "office.sqlite3"
    wrapper = open_database(path)
    with wrapper.cursor() as cursor:
        cursor.execute("CREATE TABLE letter (id integer PRIMARY KEY, writer integer)")
    wrapper.close()
    return path


@pytest.fixture
def wrapper(database: Path) -> Iterator[DatabaseWrapper]:
    opened = open_database(database)
    yield opened
    opened.close()


def open_database(path: Path | str, *, timeout: float = 30) -> DatabaseWrapper:
    """A connection of its own, outside Django's registry, as another process would have it."""
    settings = {**connection.settings_dict, "NAME": str(path)}
    settings["OPTIONS"] = {"timeout": timeout, "synchronous": "FULL"}
    settings["ENGINE"] = "config.sqlite_fair"
    return DatabaseWrapper(settings, alias=f"fair-{threading.get_ident()}")


def write(wrapper: DatabaseWrapper, writer: int = 0) -> None:
    with wrapper.cursor() as cursor:
        cursor.execute("INSERT INTO letter (writer) VALUES (%s)", [writer])


def count(wrapper: DatabaseWrapper) -> int:
    with wrapper.cursor() as cursor:
        return int(cursor.execute("SELECT count(*) FROM letter").fetchone()[0])


def holds_turn(wrapper: DatabaseWrapper) -> bool:
    return bool(wrapper.connection.turn.inside)


def fair_writer(path: str, writer: int, start: Any, results: Any) -> None:
    wrapper = open_database(path)
    wrapper.ensure_connection()
    _race(wrapper.connection.cursor(factory=FairCursor), "%s", writer, start, results)


def plain_writer(path: str, writer: int, start: Any, results: Any) -> None:
    plain = sqlite3.connect(path, timeout=30, isolation_level=None)
    plain.execute("PRAGMA synchronous = FULL")
    _race(plain.cursor(), "?", writer, start, results)


def _race(cursor: sqlite3.Cursor, mark: str, writer: int, start: Any, results: Any) -> None:
    """Write for SECONDS as fast as possible; report (letters, refusals, longest wait for BEGIN in seconds)."""
    letters = refusals = 0
    longest = 0.0
    start.wait()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        asked = time.monotonic()
        try:
            cursor.execute("BEGIN IMMEDIATE")
            longest = max(longest, time.monotonic() - asked)
            cursor.execute(f"INSERT INTO letter (writer) VALUES ({mark})", [writer])
            cursor.connection.commit()
            letters += 1
        except sqlite3.OperationalError:
            refusals += 1
    results.put((letters, refusals, longest))


def race(target: Callable[..., None], path: Path) -> list[tuple[int, int, float]]:
    """Run `target` in WRITERS processes at once and collect their reports."""
    spawn = multiprocessing.get_context("spawn")
    start, results = spawn.Barrier(WRITERS), spawn.Queue()
    processes = [
        spawn.Process(target=target, args=(str(path), number, start, results)) for number in range(WRITERS)
    ]
    for process in processes:
        process.start()
    reports = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(timeout=30)
    return reports


def test_eight_processes_share_the_pen(database: Path, wrapper: DatabaseWrapper) -> None:
    reports = race(fair_writer, database)
    letters = [report[0] for report in reports]

    assert sum(report[1] for report in reports) == 0, "no writer may see 'database is locked'"
    assert count(wrapper) == sum(letters), "every acknowledged letter is there"
    # Alone it is 0.02 to 0.05 s; the bound leaves room for other work on the same two cores.
    assert max(report[2] for report in reports) < 0.5
    assert min(letters) > max(letters) / 2, "nobody gets less than half of another's share"


@pytest.mark.bench
def test_waits_beside_plain_immediate(database: Path, tmp_path: Path) -> None:
    """`make bench`: our queue beside SQLite's own waiting, same machine, same minute."""
    fair = race(fair_writer, database)
    with sqlite3.connect(tmp_path / "plain.sqlite3") as plain:
        plain.execute("PRAGMA journal_mode = WAL")
        plain.execute("CREATE TABLE letter (id integer PRIMARY KEY, writer integer)")
    control = race(plain_writer, tmp_path / "plain.sqlite3")
    for name, reports in (("fair", fair), ("plain IMMEDIATE", control)):
        rate = sum(report[0] for report in reports) / SECONDS
        print(f"\n{name}: {rate:.0f} writes/s, longest wait {max(report[2] for report in reports):.3f} s")
    assert max(report[2] for report in fair) < max(report[2] for report in control)
    assert sum(report[1] for report in fair) == 0


def test_threads_of_one_process_queue_too(database: Path, wrapper: DatabaseWrapper) -> None:
    problems: list[Exception] = []

    def letters_of(writer: int) -> None:
        mine = open_database(database)
        try:
            for _ in range(20):
                with mine.cursor() as cursor:
                    cursor.execute("BEGIN IMMEDIATE")
                    write(mine, writer)
                    mine.connection.commit()
        except Exception as problem:  # reported below: an exception in a thread is otherwise lost
            problems.append(problem)
        finally:
            mine.close()

    threads = [threading.Thread(target=letters_of, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert problems == []
    assert count(wrapper) == WRITERS * 20


def test_a_single_statement_takes_and_returns_the_turn(wrapper: DatabaseWrapper) -> None:
    write(wrapper)
    assert not holds_turn(wrapper)


def test_reading_never_queues(database: Path, wrapper: DatabaseWrapper) -> None:
    busy = open_database(database)
    with busy.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")
    write(busy)
    assert holds_turn(busy)
    assert count(wrapper) == 0, "a reader sees the last committed state at once"
    busy.connection.rollback()
    busy.close()


def test_a_writer_who_stays_inside_is_reported(database: Path) -> None:
    busy, waiting = open_database(database), open_database(database, timeout=0.05)
    with busy.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="database is locked"):
        write(waiting)
    busy.connection.rollback()
    write(waiting)
    assert count(waiting) == 1
    busy.close()
    waiting.close()


def test_closing_in_mid_transaction_frees_the_turn(database: Path, wrapper: DatabaseWrapper) -> None:
    busy = open_database(database)
    with busy.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")
    busy.close()
    write(wrapper)
    assert count(wrapper) == 1


def hold_turn_forever(path: str, ready: Any) -> None:
    queue = WriterQueue(path, timeout=5)
    queue.enter()
    ready.set()
    time.sleep(60)


def test_a_killed_process_frees_the_turn(database: Path, wrapper: DatabaseWrapper) -> None:
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    process = spawn.Process(target=hold_turn_forever, args=(str(database), ready))
    process.start()
    assert ready.wait(timeout=30)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(timeout=10)
    write(wrapper)
    assert count(wrapper) == 1


def test_memory_databases_have_nobody_to_queue_with() -> None:
    wrapper = open_database(":memory:")
    with wrapper.cursor() as cursor:
        cursor.execute("CREATE TABLE letter (id integer PRIMARY KEY, writer integer)")
    write(wrapper)
    assert wrapper.connection.turn is None
    wrapper.connection.close()


def test_it_is_durable_and_readers_do_not_block(wrapper: DatabaseWrapper) -> None:
    with wrapper.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert cursor.execute("PRAGMA foreign_keys").fetchone() == (1,)
    full = DatabaseWrapper({**wrapper.settings_dict, "OPTIONS": {}}, alias="full")
    with full.cursor() as cursor:
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,), "2 is FULL, and FULL is the default"
    full.close()


needs_fair = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="Django's default database is not SQLite here"
)


@needs_fair
@pytest.mark.django_db(transaction=True)
def test_atomic_holds_one_turn_until_the_outermost_end() -> None:
    with transaction.atomic():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_session")
        assert holds_turn(connection), "an inner atomic is a savepoint, not an end"  # type: ignore[arg-type]  # proxy
    assert not holds_turn(connection)  # type: ignore[arg-type]  # proxy


@needs_fair
@pytest.mark.django_db(transaction=True)
def test_an_exception_gives_the_turn_back() -> None:
    def stumble() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_session")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stumble()
    assert not holds_turn(connection)  # type: ignore[arg-type]  # proxy


@needs_fair
@pytest.mark.django_db(transaction=True)
def test_a_refused_commit_keeps_the_turn_until_rollback() -> None:
    """A deferred foreign key is checked at COMMIT; the failed transaction is still open, so is the turn."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE house (id integer PRIMARY KEY)")
        cursor.execute(
            "CREATE TABLE door (house integer REFERENCES house (id) DEFERRABLE INITIALLY DEFERRED)"
        )
    try:
        with (
            pytest.raises(Exception, match="FOREIGN KEY"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("INSERT INTO door VALUES (7)")
        assert not holds_turn(connection)  # type: ignore[arg-type]  # proxy
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE door")
            cursor.execute("DROP TABLE house")
