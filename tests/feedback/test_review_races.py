"""Two people, two sweeps, sixteen taps on "send" at the same moment: each thing happens once, the log stays whole."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, transaction

from feedback import actions, errors
from feedback.actions import outcome
from feedback.models import Alarm, Case, Identity, Topic, User
from feedback.models.catalogue_cache import catalogue
from feedback.reports import log
from tests.cast import BIRTH, HANOI, hire, later

Send = Callable[..., actions.Receipt]
pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Run all at once, each in a thread and a connection of its own; what each returned or raised."""
    gate = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait(10)
            results[number] = act()
        except Exception as error:  # the test looks at it
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return results


def won(results: list[Any]) -> int:
    """How many succeeded; everybody else got a refusal in words, never a crash."""
    failed = [r for r in results if isinstance(r, Exception)]
    assert all(isinstance(error, errors.OfficeError) for error in failed), failed
    return len(results) - len(failed)


@pytest.fixture(autouse=True)
def the_log_is_whole() -> Iterator[None]:
    yield
    assert list(log.verify()) == []


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def test_one_of_two_colleagues_takes_the_case(send: Send, office: None) -> None:
    case = send().case
    people = [hire(f"can-bo-{n}", f"Chuyên viên {n}", ("STP.HCTP", "handler")) for n in range(4)]
    results = together(*(lambda p=p: actions.take(fresh(case), by=p, at=later(hours=1)) for p in people))
    assert won(results) == 1
    assert fresh(case).handler in people
    assert case.events.filter(verb="take").count() == 1


def test_one_of_two_heads_assigns_on_what_both_saw(
    assigned: Case, handler: User, colleague: User, leader: User, manager: User
) -> None:
    seen = assigned.version
    results = together(
        lambda: actions.assign(fresh(assigned), handler=colleague, by=leader, at=later(hours=1), seen=seen),
        lambda: actions.assign(fresh(assigned), handler=handler, by=manager, at=later(hours=1), seen=seen),
    )
    assert won(results) == 1


def test_one_of_two_leaders_approves(assigned: Case, handler: User, leader: User, manager: User) -> None:
    actions.accept(assigned, by=handler, at=later(hours=1))
    actions.submit_reply(assigned, body="Kính gửi ông/bà, đã xong.", by=handler, at=later(hours=2))
    results = together(
        lambda: actions.approve_reply(fresh(assigned), by=leader, at=later(days=1)),
        lambda: actions.approve_reply(fresh(assigned), by=manager, at=later(days=1)),
        lambda: actions.return_reply(fresh(assigned), remarks="Xem lại.", by=leader, at=later(days=1)),
    )
    assert won(results) == 1


def test_two_letters_merged_crosswise_do_not_close_each_other(
    send: Send, triage_officer: User, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = outcome._end

    def slowly(work: Any) -> None:
        time.sleep(0.3)  # both have looked at the other letter by now, unless one had to wait
        end(work)

    monkeypatch.setattr(outcome, "_end", slowly)
    one, two = send().case, send().case
    results = together(
        lambda: actions.merge(fresh(one), into=fresh(two), by=triage_officer, at=later(hours=1)),
        lambda: actions.merge(fresh(two), into=fresh(one), by=manager, at=later(hours=1)),
    )
    assert won(results) == 1
    assert sorted([fresh(one).status, fresh(two).status])[0] == "closed"
    assert {fresh(one).status, fresh(two).status} != {"closed"}


def test_two_sweeps_ring_each_alarm_once(send: Send, handler: User) -> None:
    cases = [send().case for _ in range(12)]
    at = datetime(2026, 11, 20, 17, 1, tzinfo=HANOI)
    results = together(*(lambda: actions.sweep_deadlines(at=at) for _ in range(4)))
    assert not [r for r in results if isinstance(r, Exception)]
    for case in cases:
        verbs = Counter(case.events.values_list("verb", flat=True))
        assert (verbs["overdue"], verbs["escalate"]) == (1, 1)
        ringing = fresh(case).next_alarm_at
        assert ringing is None or ringing > at
    assert (
        Alarm.objects.values("case", "clock", "level", "due_at").distinct().count() == Alarm.objects.count()
    )


def test_a_sweep_beside_people_at_work_loses_nothing(send: Send, handler: User) -> None:
    cases = [send().case for _ in range(6)]
    at = datetime(2026, 11, 20, 17, 1, tzinfo=HANOI)
    acts = [lambda c=c: actions.note(fresh(c), text="Ghi chú", by=handler, at=at) for c in cases]
    results = together(lambda: actions.sweep_deadlines(at=at), *acts)
    assert not [r for r in results if isinstance(r, Exception)]
    actions.sweep_deadlines(at=at)
    for case in cases:
        verbs = Counter(case.events.values_list("verb", flat=True))
        assert (verbs["overdue"], verbs["note"]) == (1, 1)


def test_sixteen_taps_on_send_are_one_letter(send: Send, office: None) -> None:
    key = actions.SubmitKey("form", "mot-lan")
    results = together(*(lambda: send(key=key, phone="0100 000 012") for _ in range(16)))
    assert not [r for r in results if isinstance(r, Exception)]
    assert Case.objects.count() == Identity.objects.count() == 1
    assert len({r.secret for r in results}) == 1
    assert sum(not r.replayed for r in results) == 1


def test_the_capacity_of_a_unit_holds_under_a_rush(send: Send, office: None) -> None:
    for n in range(2):
        hire(f"can-bo-{n}", f"Chuyên viên {n}", ("STP.HCTP", "handler"), capacity=3)
    results = together(*(lambda: send() for _ in range(10)))
    assert not [r for r in results if isinstance(r, Exception)]
    loads = Counter(Case.objects.exclude(handler=None).values_list("handler", flat=True))
    assert sorted(loads.values()) == [3, 3]


def test_a_person_in_two_units_is_not_overloaded_from_both_sides(send: Send, office: None) -> None:
    hire("hai-noi", "Chuyên viên hai nơi", ("STP.HCTP", "handler"), ("STP.BTTP", "handler"), capacity=3)
    notary = (
        "Văn phòng công chứng thu thêm phí công chứng hợp đồng mua bán nhà mà không đưa biên lai cho tôi."
    )
    assert {send(text=notary).case.unit_id, send().case.unit_id} == {"STP.BTTP", "STP.HCTP"}
    results = together(*(lambda t=t: send(text=t) for t in [BIRTH, notary] * 4))
    assert not [r for r in results if isinstance(r, Exception)]
    assert Case.objects.exclude(handler=None).count() == 3


def test_the_waiting_cases_are_handed_out_once(send: Send, office: None) -> None:
    cases = [send().case for _ in range(4)]
    hire("can-bo-moi", "Chuyên viên mới", ("STP.HCTP", "handler"))
    results = together(*(lambda: actions.assign_waiting(at=later(days=1)) for _ in range(3)))
    assert sum(results) == 4
    for case in cases:
        assert case.events.filter(verb="assign").count() == 1


def test_many_hands_on_one_case_make_one_chain(assigned: Case, handler: User) -> None:
    at = later(hours=1)

    def write(number: int) -> Case:
        if number % 2:
            return actions.note(fresh(assigned), text=f"Ghi chú {number}", by=handler, at=at)
        return actions.add_information(fresh(assigned), text=f"Thêm {number}", at=at)

    results = together(*(lambda n=n: write(n) for n in range(16)))
    assert not [r for r in results if isinstance(r, Exception)]
    seqs = list(assigned.events.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, len(seqs) + 1))


def test_a_change_of_the_catalogue_is_seen_by_others_only_when_it_is_true(office: None) -> None:
    seen: list[bool] = []

    def look() -> None:
        seen.append("THU" in catalogue().topics)
        connection.close()

    def ask_another() -> None:
        thread = threading.Thread(target=look)
        thread.start()
        thread.join(10)

    with transaction.atomic():
        Topic.objects.create(code="THU", name_vi="Thử")
        assert "THU" in catalogue().topics
        ask_another()
        transaction.set_rollback(True)
    ask_another()
    assert "THU" not in catalogue().topics
    Topic.objects.create(code="THU", name_vi="Thử")
    ask_another()
    assert seen == [False, False, True]
