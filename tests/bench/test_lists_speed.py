"""`make bench`: lists and search of an office with 10 thousand letters, and of one with 1 million, on PostgreSQL.

A tenth of the letters is open; what one officer holds and what waits in a unit's queue, for sorting and for approval is
the same in both, as it is with officers of flesh and blood. A page is the whole view, template included, asked for by
the signed-in person. The law: at most 1.3 times as long for a list, twice as long for a search – beside a plain indexed
query. `HOIAM_TEST_BENCH_LISTS=20000` shows that it works.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from feedback import actions
from feedback.models import Case, User
from tests.bench import figures
from tests.bench.test_dashboard_speed import PLACES, TOPICS, UNITS, copy
from tests.bench.test_sweep_speed import connect, run, using, without_indexes
from tests.cast import HANOI, WEDNESDAY, hire

SMALL = 10_000
LARGE = int(os.environ.get("HOIAM_TEST_BENCH_LISTS", "1_000_000"))
ROUNDS = 25
NOW = datetime(2026, 11, 18, 10, tzinfo=HANOI)
HELD, WAITING, TRIAGE, APPROVAL = 60, 200, 300, 100  # of one officer, one unit, one desk, one leader
RARE = (
    "honhungdovan"  # a word that stands in one letter of the newest fifty thousand … and in few of the others
)
TEXT = "Tôi nộp hồ sơ đăng ký khai sinh cho con đã quá ngày hẹn mà chưa có kết quả."
QUEUES = {
    "my work": ("officer", "mine/"),
    "queue of the unit": ("officer", "unit/"),
    "the whole unit": ("officer", "unit_all/"),
    "the whole unit, overdue": ("officer", "unit_all/?state=overdue"),
    "triage": ("sorter", "triage/"),
    "awaiting approval": ("head", "approval/"),
    "all": ("sorter", "all/"),
    "all, deep": ("sorter", "all/?after={deep}"),
    "all, one topic": ("sorter", "all/?topic=HT.KS"),
    "next letter": ("officer", "mine/tiep/?after={mine}"),
}
SEARCHES = {
    "search, common words": ("sorter", "all/?q=khai+sinh"),
    "search, rare word": ("sorter", f"all/?q={RARE}"),
    "search, no such word": ("sorter", "all/?q=khongcotunao"),
    "search in the unit": ("officer", f"unit_all/?q={RARE}"),
    "search for a reference": ("sorter", "all/?q={reference}"),
}


@pytest.fixture
def letters(transactional_db: None, office: None) -> dict[str, Case]:
    """One letter of each sort: the patterns of all others."""
    if connection.vendor != "postgresql":
        pytest.skip("a million letters are measured on PostgreSQL")
    officer = hire("do-danh-sach", "Chuyên viên đo", ("STP.HCTP", "handler"))
    other = hire("do-dong-nghiep", "Chuyên viên khác", ("STP.HCTP", "handler"))
    head = hire("do-truong-phong", "Trưởng phòng", ("STP.HCTP", "leader"))
    hire("do-phan-loai", "Cán bộ phân loại", ("STP.VP", "triage"))
    sorts = ("closed", "open", "mine", "unit", "triage", "approval")
    found = {
        sort: actions.submit(actions.Letter(text=TEXT), by=actions.CITIZEN, at=WEDNESDAY).case
        for sort in sorts
    }
    for sort in ("closed", "open", "mine", "approval"):
        case = found[sort]
        actions.assign(case, handler=officer if sort == "mine" else other, by=head, at=WEDNESDAY)
        actions.accept(case, by=officer if sort == "mine" else other, at=WEDNESDAY)
    for sort in ("closed", "approval"):
        actions.submit_reply(found[sort], body="Kính gửi ông/bà, giấy đã sẵn sàng.", by=other, at=WEDNESDAY)
    actions.approve_reply(found["closed"], by=head, at=WEDNESDAY)
    actions.close(found["closed"], by=head, at=WEDNESDAY)
    Case.objects.filter(pk=found["unit"].pk).update(
        handler=None, status="new", unit="STP.HCTP", needs_triage=False
    )
    Case.objects.filter(pk=found["triage"].pk).update(
        handler=None, status="new", unit=None, needs_triage=True
    )
    return found


def grow(letters: dict[str, Case], size: int) -> None:
    """`size` letters: spread over three years, the units and the topics; each with words of its own."""
    first = max(case.pk for case in letters.values()) + 1
    numbers = {"mine": HELD, "unit": WAITING, "triage": TRIAGE, "approval": APPROVAL}
    numbers["open"] = size // 10
    numbers["closed"] = size - sum(numbers.values())
    with without_indexes(Case):
        for sort, number in numbers.items():
            own = {"id": "n", **_spread(spread_units=sort in ("open", "closed"), closed=sort == "closed")}
            copy(Case, "id", letters[sort].pk, first, first + number - 1, own)
            first += number


def _spread(*, spread_units: bool, closed: bool) -> dict[str, str]:
    years = 3 * 365 * 86400
    back = f"mod(n::bigint * 7919, {years if closed else 15 * 86400}) * interval '1 second'"
    words = f"' Vụ ' || n || CASE WHEN mod(n, 5000) = 17 THEN ' {RARE}' ELSE '' END || ' ' || md5(n::text)"
    own = {
        "received_at": f"timestamptz '2026-11-17 08:00+07' - {back}",
        "due_at": "timestamptz '2026-11-12 17:00+07' + mod(n, 12) * interval '1 day'",
        "text": f't."text" || {words}',
        "search_text": f't."search_text" || lower({words})',
        "topic_id": _one_of(TOPICS),
    }
    return {**own, "unit_id": _one_of((*UNITS, *PLACES))} if spread_units else own


def _one_of(codes: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{code}'" for code in codes)
    return f"(ARRAY[{listed}])[1 + mod(n, {len(codes)})]"


@pytest.fixture
def databases(letters: dict[str, Case]) -> Iterator[dict[int, Any]]:
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
            grow(letters, size)
            run("VACUUM ANALYZE")
    with using(admin):
        run("CHECKPOINT")
    yield found
    for wrapper in found.values():
        wrapper.close()
    with using(admin):
        run(f'DROP DATABASE IF EXISTS "{name}_large"')
    admin.close()


def positions() -> dict[str, str]:
    """Addresses that depend on the letters: a place in the middle of all, one in my work, a reference."""
    middle = Case.objects.order_by("-received_at", "-pk")[SMALL // 2 : SMALL // 2 + 1].get()
    mine = Case.objects.filter(handler__username="do-danh-sach").order_by("due_at", "pk")[10]
    step = timedelta(microseconds=1)
    epoch = datetime(1970, 1, 1, tzinfo=HANOI) + timedelta(hours=7)
    return {
        "deep": f"{(middle.received_at - epoch) // step}_{middle.pk}",
        "mine": f"{(mine.due_at - epoch) // step}_{mine.pk}",
        "reference": middle.reference,
    }


def opened(client: Client, address: str) -> float:
    begun = time.perf_counter()
    page = client.get(address)
    spent = (time.perf_counter() - begun) * 1000
    assert page.status_code in (200, 302), address
    return spent


def plain(number: int) -> float:
    begun = time.perf_counter()
    assert Case.objects.filter(pk=number).values_list("unit").first() is not None
    return (time.perf_counter() - begun) * 1000


def clients_of(wrapper: Any) -> dict[str, Client]:
    accounts = {"officer": "do-danh-sach", "head": "do-truong-phong", "sorter": "do-phan-loai"}
    found = {}
    with using(wrapper):
        for person, account in accounts.items():
            found[person] = Client()
            found[person].force_login(User.objects.get(username=account))
    return found


def paired_ratio(large: list[float], small: list[float]) -> float:
    """The middle of the ratios within each round: what else the machine does hits both sides of a round alike."""
    return round(statistics.median(one / other for one, other in zip(large, small, strict=True)), 2)


@pytest.mark.bench
@pytest.mark.postgres
def test_bench_lists(databases: dict[int, Any], letters: dict[str, Case], time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    clients = {size: clients_of(wrapper) for size, wrapper in databases.items()}
    places = {}
    for size, wrapper in databases.items():
        with using(wrapper):
            places[size] = positions()
    works = {**QUEUES, **SEARCHES}
    found: dict[str, dict[int, list[float]]] = {
        name: {SMALL: [], LARGE: []} for name in (*works, "one row by key")
    }
    for number in range(-2, ROUNDS):
        for size in (SMALL, LARGE) if number % 2 else (LARGE, SMALL):
            with using(databases[size]):
                for name, (person, path) in works.items():
                    spent = opened(clients[size][person], f"/can-bo/viec/{path.format(**places[size])}")
                    if number >= 0:
                        found[name][size].append(spent)
                row = plain(max(c.pk for c in letters.values()) + 1 + (number + 3) * 97)
                if number >= 0:
                    found["one row by key"][size].append(row)
    ratios = {name: paired_ratio(times[LARGE], times[SMALL]) for name, times in found.items()}
    flat = {f"{name}, {size:,}": times for name, sizes in found.items() for size, times in sizes.items()}
    figures.report(
        "lists",
        flat,
        f"one row by key, {SMALL:,}",
        measure="ms",
        sizes=[SMALL, LARGE],
        rounds=ROUNDS,
        ratios=ratios,
    )
    assert {name: ratio for name, ratio in ratios.items() if name in QUEUES and ratio > 1.3} == {}
    assert {name: ratio for name, ratio in ratios.items() if name in SEARCHES and ratio > 2} == {}
