"""`make bench`: the manager's room of an office with 10 thousand letters, and of one with 1 million, on PostgreSQL.

Both offices have the same people, the same units and the same letters open; what grows is what they have answered in
the last three years, a hundred times as much. The sums of `Facts` are written as the log would have them – as many rows
as so many letters fill – and the letters behind them stand in the table of cases, so that the planner has both sizes
before it; of the log the page asks for the newest number alone. A page is the whole view, template included. The law:
ratio at most 1.2, beside a plain indexed query.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client

from feedback import actions
from feedback.models import Case, CaseEvent, CountedCase, Facts, HandlerDay, LogPosition, User
from feedback.models.facts import Cell, Label, add_to, cells, row_of
from tests.bench import figures
from tests.bench.test_sweep_speed import connect, run, using, without_indexes
from tests.cast import HANOI, WEDNESDAY, hire

SMALL = 10_000
LARGE = int(os.environ.get("HOIAM_BENCH_DASHBOARD", "1_000_000"))  # fewer to see that it works
OPEN, ROUNDS = 1_000, 25
NOW = datetime(2026, 11, 18, 10, tzinfo=HANOI)
YEARS = 3
UNITS = ("STP.HCTP", "STP.BTTP", "STP.PBGDPL", "STP.VBPL", "STP.TGPL", "STP.PCC", "STP.DVDG", "STP.VP")
PLACES = ("XA.NHAN_LONG", "XA.SEN_HONG", "XA.BEN_LANH", "XA.LUA_VANG", "XA.DONG_LANG", "XA.SONG_EM")
TOPICS = (
    "HT.KS",
    "HT.KH",
    "HT.KT",
    "HT.TL",
    "CT.BS",
    "CT.CK",
    "CC.NV",
    "CC.PHI",
    "LLTP.CAP",
    "QT.NT",
    "NCN.TN",
)
KINDS = ("PHAN_ANH", "KIEN_NGHI", "HOI_DAP")


@pytest.fixture
def letters(transactional_db: None, office: None) -> list[Case]:
    """An answered letter and an open one: the patterns of all others."""
    if connection.vendor != "postgresql":
        pytest.skip("a million letters are measured on PostgreSQL")
    officer: User = hire("do-toc-do", "Chuyên viên đo", ("STP.HCTP", "handler"))
    hire("giam-doc-do", "Phó Giám đốc", ("STP.LD", "manager"))
    head = hire("truong-phong-do", "Trưởng phòng", ("STP.HCTP", "leader"))
    text = "Tôi nộp hồ sơ đăng ký khai sinh cho con đã quá ngày hẹn mà chưa có kết quả."
    found = [
        actions.submit(actions.Letter(text=text), by=actions.CITIZEN, at=WEDNESDAY).case for _ in range(2)
    ]
    for case in found:
        actions.accept(case, by=officer, at=WEDNESDAY)
    actions.submit_reply(found[0], body="Kính gửi ông/bà, giấy đã sẵn sàng.", by=officer, at=WEDNESDAY)
    actions.approve_reply(found[0], by=head, at=WEDNESDAY + timedelta(days=1))
    actions.close(found[0], by=head, at=WEDNESDAY + timedelta(days=2))
    for days in range(1, 30):
        HandlerDay.objects.create(handler=officer, day=(NOW - timedelta(days=days)).date(), answered=4)
    return found


def grow(letters: list[Case], first: int, size: int) -> None:
    """`size` answered letters of the last three years, and OPEN open ones."""
    spread = f"timestamptz '2026-11-17 08:00+07' - mod(n::bigint * 7919, {YEARS * 365 * 86400}) * interval '1 second'"
    ahead = "timestamptz '2026-11-12 17:00+07' + mod(n, 12) * interval '1 day'"
    with without_indexes(Case):
        last = first + size - 1
        copy(Case, "id", letters[0].pk, first, last, {"id": "n", "received_at": spread})
        copy(Case, "id", letters[1].pk, last + 1, last + OPEN, {"id": "n", "due_at": ahead})


def copy(model: type[Model], key: str, pk: int, first: int, last: int, own: dict[str, str]) -> None:
    """The rows of one letter, once for each number. The pattern is read once: joined with the table itself, a scan
    would have to pass over all that was just written, for every number again."""
    names = [str(f.column) for f in model._meta.concrete_fields if f.column != "id" or "id" in own]
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(own.get(name, f't."{name}"') for name in names)
    table = model._meta.db_table
    run(
        f"INSERT INTO {table} ({columns}) WITH t AS MATERIALIZED (SELECT * FROM {table} WHERE {key} = %s) "
        f"SELECT {values} FROM t, generate_series(%s, %s) n",
        pk,
        first,
        last,
    )


def sums(size: int) -> None:
    """What `Facts` holds of `size` letters, spread evenly over the days, units, topics and kinds."""
    labels = [Label(u, t, k) for u in (*UNITS, *PLACES) for t in TOPICS for k in KINDS]
    days = [NOW.date() - timedelta(days=n) for n in range(YEARS * 365)]
    held: dict[Cell, Facts] = {}
    cell_of_letter = 7919
    for day_number, day in enumerate(days):
        todays = size // len(days) + (day_number < size % len(days))
        for number in range(todays):
            label = labels[(day_number * 31 + number * cell_of_letter) % len(labels)]
            _count(held, label, day, number)
    Facts.objects.all().delete()
    Facts.objects.bulk_create(held.values(), batch_size=2000)


def _count(held: dict[Cell, Facts], label: Label, day: date, number: int) -> None:
    late = number % 11 == 0
    measures = {
        "received": 1,
        "answered": 1,
        "late" if late else "in_time": 1,
        "in_time_originally": 1,
        "first_responses": 1,
        f"first:{20 + number % 25}": 1,
        "replies": 1,
        f"reply:{60 + number % 31}": 1,
    }
    for cell in cells(label, day):
        add_to(held.setdefault(cell, row_of(cell)), measures)


@pytest.fixture
def databases(letters: list[Case]) -> Iterator[dict[int, Any]]:
    name = connection.settings_dict["NAME"]
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()
    admin = connect("postgres")
    found = {SMALL: connect(name), LARGE: connect(f"{name}_large")}
    with using(admin):
        run(f'DROP DATABASE IF EXISTS "{name}_large"')
        run(f'CREATE DATABASE "{name}_large" TEMPLATE "{name}"')
    for size, wrapper in found.items():
        with using(wrapper):
            grow(letters, letters[1].pk + 1, size)
            sums(size)
            CountedCase.objects.all().delete()
            newest = CaseEvent.objects.order_by("-pk").values_list("pk", flat=True)[0]
            LogPosition.objects.update_or_create(name="statistics", defaults={"event_id": newest, "gaps": []})
            run("VACUUM ANALYZE")
    with using(admin):
        run("CHECKPOINT")
    yield found
    for wrapper in found.values():
        wrapper.close()
    with using(admin):
        run(f'DROP DATABASE IF EXISTS "{name}_large"')
    admin.close()


def opened(client: Client, **asked: str) -> float:
    begun = time.perf_counter()
    page = client.get("/can-bo/tong-quan/", asked)
    spent = (time.perf_counter() - begun) * 1000
    assert page.status_code == 200
    assert page.context["total"].numbers["received"] > 0
    return spent


def plain(number: int) -> float:
    begun = time.perf_counter()
    assert Case.objects.filter(pk=number).values_list("unit").first() is not None
    return (time.perf_counter() - begun) * 1000


@pytest.mark.bench
@pytest.mark.postgres
def test_bench_dashboard(databases: dict[int, Any], letters: list[Case], time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    clients = {}
    for size, wrapper in databases.items():
        with using(wrapper):
            clients[size] = Client()
            clients[size].force_login(User.objects.get(username="giam-doc-do"))
    names = {SMALL: f"room, {SMALL:,}", LARGE: f"room, {LARGE:,}"}
    found: dict[str, list[float]] = {name: [] for name in names.values()}
    quarter: dict[str, list[float]] = {f"quarter, {size:,}": [] for size in names}
    control: dict[str, list[float]] = {f"one row by key, {size:,}": [] for size in names}
    for number in range(-3, ROUNDS):
        for size in (SMALL, LARGE) if number % 2 else (LARGE, SMALL):
            with using(databases[size]):
                month = opened(clients[size], period="month", map="late")
                longer = opened(clients[size], period="quarter", map="received", trend="month")
                row = plain(letters[1].pk + 1 + (number + 3) * 97)
            if number >= 0:
                found[names[size]].append(month)
                quarter[f"quarter, {size:,}"].append(longer)
                control[f"one row by key, {size:,}"].append(row)
    medians = {name: statistics.median(times) for name, times in (found | quarter).items()}
    ratio = medians[names[LARGE]] / medians[names[SMALL]]
    of_quarter = medians[f"quarter, {LARGE:,}"] / medians[f"quarter, {SMALL:,}"]
    figures.report(
        "dashboard",
        found | quarter | control,
        f"one row by key, {SMALL:,}",
        measure="ms",
        open=OPEN,
        rounds=ROUNDS,
        ratio=round(ratio, 2),
        ratio_of_a_quarter=round(of_quarter, 2),
    )
    assert ratio <= 1.2
    assert of_quarter <= 1.2
