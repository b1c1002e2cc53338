"""`make bench`: firing 100 alarms among 10 thousand and among 1 million open cases, on PostgreSQL.

Two databases, alike but for their size, swept in turns by the same process. Figures are time on the wall: most of the
work is the database's. The law is their ratio: a sweep costs what is due, not what is open.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, connections, models

from feedback import actions
from feedback.models import Alarm, Case, CaseEvent, User
from tests.bench import figures
from tests.cast import HANOI, WEDNESDAY, hire

SMALL, LARGE = 10_000, 1_000_000
DUE, ROUNDS = 100, 15
HALF_RANG = datetime(2026, 11, 12, 9, tzinfo=HANOI)
SWEPT = datetime(
    2026, 11, 17, 9, tzinfo=HANOI
)  # past 80 % of ten working days: each case due has one alarm to ring


def run(sql: str, *values: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)


def multiply(case: Case, first: int, last: int) -> None:
    """Rows `first`…`last` like `case`: the case, its log, what has rung. Their next alarms lie ahead."""
    ahead = "timestamptz '2026-11-18 08:00+07' + mod(n, 100000) * interval '20 seconds'"
    with without_indexes(Case, CaseEvent, Alarm):
        _copy(Case, "id", case.pk, first, last, {"id": "n", "next_alarm_at": ahead})
        for model in (CaseEvent, Alarm):
            _copy(model, "case_id", case.pk, first, last, {"case_id": "n"})


@contextmanager
def without_indexes(*kinds: type[models.Model]) -> Iterator[None]:
    """Millions of rows go in without indexes and foreign keys being asked row by row; the indexes are built after."""
    tables = [model._meta.db_table for model in kinds]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexname NOT IN "
            "(SELECT conname FROM pg_constraint)",
            [tables],
        )
        known = cursor.fetchall()
        for name, _ in known:
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute("SELECT current_setting('is_superuser')")
        triggers = "ALL" if cursor.fetchone() == ("on",) else "USER"  # only a superuser skips foreign keys
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {triggers}")
        yield
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {triggers}")
        for _, definition in known:
            cursor.execute(definition.replace("%", "%%"))


def _copy(model: type[models.Model], key: str, pk: int, first: int, last: int, own: dict[str, str]) -> None:
    names = [str(f.column) for f in model._meta.concrete_fields if f.column != "id" or "id" in own]
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(own.get(name, f't."{name}"') for name in names)
    table = model._meta.db_table
    run(
        f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} t, generate_series(%s, %s) n WHERE t.{key} = %s",
        first,
        last,
        pk,
    )


def connect(name: str) -> Any:
    """A connection of its own to one of the two databases, outside the pool."""
    wrapper = connections.create_connection("default")
    options = {key: value for key, value in wrapper.settings_dict["OPTIONS"].items() if key != "pool"}
    wrapper.settings_dict = {**wrapper.settings_dict, "NAME": name, "OPTIONS": options}
    return wrapper


@contextmanager
def using(wrapper: Any) -> Iterator[None]:
    """Everything in here asks the database behind `wrapper`."""
    usual = connections["default"]
    connections["default"] = wrapper
    try:
        yield
    finally:
        connections["default"] = usual


@pytest.fixture
def one_case(transactional_db: None, office: None) -> Case:
    """A case in somebody's hands, half of whose time is over."""
    if connection.vendor != "postgresql":
        pytest.skip("a million open cases are measured on PostgreSQL")
    officer: User = hire("do-toc-do", "Chuyên viên đo", ("STP.HCTP", "handler"))
    text = "Tôi nộp hồ sơ đăng ký khai sinh cho con đã quá ngày hẹn mà chưa có kết quả."
    case = actions.submit(actions.Letter(text=text), by=actions.CITIZEN, at=WEDNESDAY).case
    actions.accept(case, by=officer, at=WEDNESDAY)
    actions.sweep_deadlines(at=HALF_RANG)
    Case.objects.filter(pk=case.pk).update(next_alarm_at=None)  # the pattern itself is not measured
    return case


@pytest.fixture
def databases(one_case: Case) -> Iterator[dict[int, Any]]:
    """Two databases: SMALL and LARGE open cases."""
    name = connection.settings_dict["NAME"]
    base = one_case.pk + 1
    multiply(one_case, base, base + SMALL - 1)
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()
    admin, found = connect("postgres"), {SMALL: connect(name), LARGE: connect(f"{name}_large")}
    with using(admin):
        run(f'DROP DATABASE IF EXISTS "{name}_large"')
        run(f'CREATE DATABASE "{name}_large" TEMPLATE "{name}"')
    with using(found[LARGE]):
        multiply(one_case, base + SMALL, base + LARGE - 1)
    for wrapper in found.values():
        with using(wrapper):
            run("VACUUM ANALYZE")
    with using(admin):
        run("CHECKPOINT")
    yield found
    for wrapper in found.values():
        wrapper.close()
    with using(admin):
        run(f'DROP DATABASE IF EXISTS "{name}_large"')
    admin.close()


def make_due(first: int, size: int, number: int) -> None:
    """Other cases every round, spread over the whole table."""
    chosen = [first + step * (size // DUE) + number for step in range(DUE)]
    assert Case.objects.filter(pk__in=chosen).update(next_alarm_at=SWEPT) == DUE


def swept(expected: int) -> float:
    begun = time.perf_counter()
    rung = actions.sweep_deadlines(at=SWEPT)
    spent = (time.perf_counter() - begun) * 1000
    assert rung == expected
    return spent


@pytest.mark.bench
@pytest.mark.postgres
def test_bench_sweep(databases: dict[int, Any], one_case: Case) -> None:
    first = one_case.pk + 1
    names = {SMALL: "100 of 10 thousand", LARGE: "100 of 1 million"}
    found: dict[str, list[float]] = {name: [] for name in (*names.values(), "none of 1 million")}
    for number in range(-2, ROUNDS):  # two rounds to warm up
        for size in (SMALL, LARGE) if number % 2 else (LARGE, SMALL):
            with using(databases[size]):
                make_due(first, size, number + 2)
                spent = swept(DUE)
                idle = swept(0)
            if number >= 0:
                found[names[size]].append(spent)
                found["none of 1 million"] += [idle] if size == LARGE else []
    medians = {size: statistics.median(found[name]) for size, name in names.items()}
    ratio = medians[LARGE] / medians[SMALL]
    figures.report(
        "sweep", found, names[SMALL], measure="ms", alarms=DUE, rounds=ROUNDS, ratio=round(ratio, 2)
    )
    assert ratio < 1.5
