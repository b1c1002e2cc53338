"""The figures kept from the log: what they count, and that a rebuild from the log alone gives the very same."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Sum

from feedback import actions, workflow
from feedback.actions import statistics
from feedback.errors import OfficeError
from feedback.models import Case, CaseClock, CaseEvent, CountedCase, Facts, HandlerDay, LogPosition, User
from feedback.models.facts import NUMBERS, day_of
from feedback.models.histogram import ERROR, bucket, middle, quantile
from feedback.models.log_reading import GAP_LIFE, unread
from feedback.reports.response import on_time
from tests.cast import BIRTH, HANOI, WEDNESDAY, hire, later

Send = Callable[..., actions.Receipt]
SUMS = (*NUMBERS, "first_histogram", "reply_histogram")


def everything() -> dict[str, Any]:
    rows = {row.key: [getattr(row, name) for name in SUMS] for row in Facts.objects.all()}
    hands = {(row.handler_id, row.day): row.answered for row in HandlerDay.objects.all()}
    letters = {row.case_id: (row.unit, row.topic, row.kind, row.data) for row in CountedCase.objects.all()}
    return {"rows": rows, "hands": hands, "letters": letters}


def total(span: str = "day") -> dict[str, int]:
    sums = Facts.objects.filter(span=span).aggregate(**{f"n_{name}": Sum(name) for name in NUMBERS})
    return {name: sums[f"n_{name}"] or 0 for name in NUMBERS}


def fold(at: datetime | None = None) -> int:
    return statistics.catch_up(at=at or later(days=20))


# --- one letter


def test_a_letter_from_arrival_to_rating(answered: Case, manager: User, handler: User, leader: User) -> None:
    actions.rate(answered, score=2, at=later(days=3))
    actions.reopen(answered, text="Xin nói rõ hơn về ngày trả.", by=actions.CITIZEN, at=later(days=4))
    assert fold() == CaseEvent.objects.count()
    found = total()
    assert {
        name: found[name] for name in ("received", "answered", "reopened", "in_time", "ratings", "late")
    } == {
        "received": 1,
        "answered": 1,
        "reopened": 1,
        "in_time": 1,
        "ratings": 1,
        "late": 0,
    }
    assert found["rating_sum"] == 2
    assert found["first_responses"] == found["replies"] == 1
    clock = CaseClock.objects.get(case=answered, name="reply")
    assert found["reply_seconds"] == clock.taken_seconds
    row = Facts.objects.get(span="day", answered=1)
    assert (row.start, row.unit) == (later(days=2).date(), "STP.HCTP")
    assert row.reply_histogram == {str(bucket(clock.taken_seconds or 0)): 1}
    assert HandlerDay.objects.get().handler == handler
    assert fold() == 0, "everything is read"


def test_every_span_sums_the_same(answered: Case) -> None:
    fold()
    assert total("cell") == total("day") == total("week") == total("month")
    assert total("week_topic") == total("month_topic") == total("day")


def test_words_after_a_rating_do_not_make_two(answered: Case) -> None:
    actions.rate(answered, score=1, at=later(days=3))
    actions.rate(answered, score=3, words="Cảm ơn.", at=later(days=3, hours=1))
    fold()
    assert (total()["ratings"], total()["rating_sum"]) == (1, 3)


def test_figures_move_with_the_letter(answered: Case, submitted: Case, triage_officer: User) -> None:
    fold()
    assert Facts.objects.get(span="month", unit="STP.HCTP").received == 2
    actions.route(
        submitted, unit="STP.BTTP", reason="Việc của phòng kia.", by=triage_officer, at=later(days=3)
    )
    actions.classify(
        submitted, topic="CC.NV", issue=None, kind="PHAN_ANH", by=triage_officer, at=later(days=3)
    )
    fold()
    assert Facts.objects.get(span="month", unit="STP.HCTP").received == 1
    moved = Facts.objects.get(span="cell", unit="STP.BTTP")
    assert (moved.received, moved.topic, moved.start) == (1, "CC.NV", WEDNESDAY.date())
    assert not Facts.objects.filter(
        span="cell", received=0, answered=0, first_responses=0, replies=0
    ).exists()


def test_a_sealed_letter_is_in_no_figure(answered: Case, leader: User, integrity_officer: User) -> None:
    fold()
    assert total()["answered"] == 1
    actions.seal(answered, reason="Có dấu hiệu trả thù.", by=leader, at=later(days=3))
    fold()
    assert not Facts.objects.exists()
    assert not HandlerDay.objects.exists()
    assert list(CountedCase.objects.values_list("unit", "topic", "data")) == [("", "", {})]
    actions.unseal(answered, reason="Đã rõ.", by=integrity_officer, at=later(days=4))
    fold()
    assert total()["answered"] == 1


def test_verdicts_are_those_of_the_response_report(answered: Case, processing: Case, manager: User) -> None:
    fold()
    found, judged = total(), on_time(Case.objects.all(), at=later(days=20))
    assert (found["in_time"] + found["late"], found["in_time"]) == (judged.done, judged.on_time)
    assert found["in_time_originally"] == judged.on_time_originally


# --- nothing is missed, nothing twice


def test_an_event_whose_transaction_was_in_flight_is_found(submitted: Case, handler: User) -> None:
    first, *rest = CaseEvent.objects.order_by("pk").values_list("pk", flat=True)
    seen, gaps = unread(first - 2, [], at=WEDNESDAY, most=100)
    assert [pk for pk, _ in seen] == [first, *rest]
    assert gaps == [[first - 1, int(WEDNESDAY.timestamp())]], "not committed yet, or rolled back"
    again, still = unread(rest[-1], [[first, int(WEDNESDAY.timestamp())]], at=later(seconds=5), most=100)
    assert ([pk for pk, _ in again], still) == ([first], [])
    assert unread(rest[-1], gaps, at=later(seconds=GAP_LIFE), most=100) == ([], [])


def test_a_second_worker_writes_nothing(answered: Case) -> None:
    stale = statistics.position()
    fold()
    before = everything()
    rows, gaps = unread(0, [], at=later(days=20), most=500)
    assert not statistics._fold(stale, {answered.pk}, rows[-1][0], gaps, later(days=20))
    assert everything() == before
    LogPosition.objects.update(event_id=0)
    assert fold() > 0
    assert everything() == before, "an event read twice changes nothing"


def test_folding_costs_the_same_for_one_letter_and_for_ten(
    send: Send, django_assert_max_num_queries: Any
) -> None:
    for number in range(10):
        send(at=later(minutes=number))
    statistics.position()
    with django_assert_max_num_queries(18) as found:
        fold()
    assert not [q for q in found.captured_queries if "FOR UPDATE" in q["sql"] and "feedback_case" in q["sql"]]


def test_a_page_folds_what_is_little_and_leaves_the_rest(
    answered: Case, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    statistics.position()
    first = CaseEvent.objects.earliest("pk").pk  # ids of letters before this test are no gap to wait for
    LogPosition.objects.update(event_id=first - 1)
    assert actions.freshen_statistics(at=later(days=3)) == 0
    assert total()["answered"] == 1
    with django_assert_num_queries(1):
        assert actions.freshen_statistics(at=later(days=3)) == 0
    LogPosition.objects.update(event_id=0, gaps=[])
    monkeypatch.setattr(statistics, "LITTLE", 3)
    assert actions.freshen_statistics(at=later(days=3)) == CaseEvent.objects.latest("pk").pk


# --- the rebuild


# How often a verb is tried, so that letters reach their answer before they are sealed or withdrawn.
WEIGHTS = {
    "accept": 12,
    "submit_reply": 12,
    "approve_reply": 12,
    "take": 8,
    "rate": 6,
    "seal": 0.5,
    "withdraw": 0.5,
}


class Walk:
    """Anybody does anything the table allows, at random; refusals are part of life."""

    def __init__(self, seed: int, staff: dict[str, User]) -> None:
        self.dice, self.staff, self.at = random.Random(seed), staff, WEDNESDAY
        self.done: Counter[str] = Counter()

    def step(self) -> None:
        self.at += timedelta(minutes=self.dice.choice((7, 45, 200, 1500)))
        cases = list(Case.objects.all())
        if len(cases) < 4 or self.dice.random() < 0.1:
            actions.submit(actions.Letter(text=BIRTH), by=actions.CITIZEN, at=self.at)
            self.done["submit"] += 1
            return
        case = self.dice.choice(cases)
        open_verbs = [row.verb for row in workflow.allowed(case.status, frozenset(workflow.Role))]
        verbs = [v for v in dict.fromkeys(open_verbs) if hasattr(self, f"_{v}")]
        verb = self.dice.choices(verbs, [WEIGHTS.get(v, 2) for v in verbs])[0]
        try:
            for person in self.dice.sample(sorted(self.staff), len(self.staff)):
                if actions.may(case, verb, self.staff[person]) or verb in ("rate", "withdraw", "reopen"):
                    getattr(self, f"_{verb}")(case, {"by": self.staff[person], "at": self.at})
                    self.done[verb] += 1
                    return
        except OfficeError:
            self.done["refused"] += 1

    def _take(self, case: Case, who: Any) -> None:
        actions.take(case, **who)

    def _accept(self, case: Case, who: Any) -> None:
        actions.accept(case, **who)

    def _submit_reply(self, case: Case, who: Any) -> None:
        actions.submit_reply(case, body="Kính gửi ông/bà, giấy đã sẵn sàng.", **who)

    def _return_reply(self, case: Case, who: Any) -> None:
        actions.return_reply(case, remarks="Xin nói rõ ngày.", **who)

    def _approve_reply(self, case: Case, who: Any) -> None:
        actions.approve_reply(case, **who)

    def _ask_citizen(self, case: Case, who: Any) -> None:
        actions.ask_citizen(case, question="Xin cho biết mã hồ sơ?", **who)

    def _answer_info(self, case: Case, who: Any) -> None:
        actions.answer_info(case, text="Mã hồ sơ 12.", **who)

    def _classify(self, case: Case, who: Any) -> None:
        topic = self.dice.choice(("HT.KS", "CC.NV", "LLTP.CAP"))
        kind = self.dice.choice(("PHAN_ANH", "KIEN_NGHI", "KHIEU_NAI", "TO_CAO"))
        actions.classify(case, topic=topic, issue=None, kind=kind, **who)

    def _route(self, case: Case, who: Any) -> None:
        actions.route(case, unit=self.dice.choice(("STP.HCTP", "STP.BTTP")), reason="Đúng việc.", **who)

    def _reject(self, case: Case, who: Any) -> None:
        code = self.dice.choice(list(actions_grounds()))
        actions.reject(case, code=code, reason="Không thuộc thẩm quyền.", **who)

    def _transfer(self, case: Case, who: Any) -> None:
        actions.transfer(case, agency="CA_TINH", reason="Thuộc thẩm quyền công an.", **who)

    def _merge(self, case: Case, who: Any) -> None:
        others = Case.objects.exclude(pk=case.pk).order_by("?")
        actions.merge(case, into=others[0], **who)

    def _withdraw(self, case: Case, who: Any) -> None:
        actions.withdraw(case, at=who["at"])

    def _reopen(self, case: Case, who: Any) -> None:
        actions.reopen(case, text="Xin làm rõ thêm.", by=actions.CITIZEN, at=who["at"])

    def _rate(self, case: Case, who: Any) -> None:
        actions.rate(case, score=self.dice.choice((1, 2, 3)), at=who["at"])

    def _close(self, case: Case, who: Any) -> None:
        actions.close(case, **who)

    def _seal(self, case: Case, who: Any) -> None:
        actions.seal(case, reason="Cần giữ kín.", **who)

    def _unseal(self, case: Case, who: Any) -> None:
        actions.unseal(case, reason="Đã rõ.", **who)

    def _set_subject(self, case: Case, who: Any) -> None:
        if self.dice.random() < 0.2:
            actions.set_subject(case, unit="STP.BTTP", officer=None, **who)


def actions_grounds() -> Iterator[str]:
    from feedback.models import RejectReason

    yield from RejectReason.objects.order_by("code").values_list("code", flat=True)


@pytest.fixture
def staff(
    handler: User, colleague: User, leader: User, triage_officer: User, manager: User, integrity_officer: User
) -> dict[str, User]:
    people = (handler, colleague, leader, triage_officer, manager, integrity_officer)
    other = hire("can-bo-bttp", "Chuyên viên BTTP", ("STP.BTTP", "handler"))
    head = hire("truong-phong-bttp", "Trưởng phòng BTTP", ("STP.BTTP", "leader"))
    return {user.username: user for user in (*people, other, head)}


@pytest.mark.parametrize("seed", range(3))
def test_a_rebuild_from_the_log_alone_gives_identical_figures(seed: int, staff: dict[str, User]) -> None:
    walk = Walk(seed, staff)
    for number in range(150):
        walk.step()
        if number % 9 == 0:
            fold(walk.at)
        if number % 40 == 39:
            actions.release_duplicates(at=walk.at)
            actions.assign_waiting(at=walk.at)
    fold(walk.at)
    kept = everything()
    assert statistics.differences(at=walk.at) == []
    for model in (Facts, CountedCase, HandlerDay):
        model._default_manager.all().delete()
    assert statistics.rebuild(at=walk.at) == Case.objects.count()
    assert everything() == kept
    assert fold(walk.at) == 0
    seen = CaseEvent.objects.filter(case__sealed=False, verb="approve_reply")
    assert total()["answered"] == seen.count()
    assert total()["received"] == Case.objects.filter(sealed=False).count()
    judged = on_time(Case.objects.filter(sealed=False), at=walk.at)
    assert (total()["in_time"], total()["late"]) == (judged.on_time, judged.late)


def test_the_walk_goes_everywhere(staff: dict[str, User]) -> None:
    done: Counter[str] = Counter()
    for seed in range(3):
        walk = Walk(seed, staff)
        for _ in range(150):
            walk.step()
        done += walk.done
    wanted = {"approve_reply", "reject", "transfer", "withdraw", "merge", "reopen", "close", "rate", "route"}
    assert wanted | {"classify", "seal", "set_subject", "ask_citizen"} <= done.keys(), done


def test_check_names_what_differs_and_changes_nothing(answered: Case) -> None:
    fold()
    out = StringIO()
    call_command("rebuild_statistics", "--check", stdout=out)
    assert "those of the log" in out.getvalue()
    Facts.objects.filter(span="month").update(answered=7)
    HandlerDay.objects.update(answered=9)
    with pytest.raises(CommandError, match="2 figures"):
        call_command("rebuild_statistics", "--check", stdout=out)
    assert "answered is 7, by the log 1" in out.getvalue()
    call_command("rebuild_statistics", stdout=out)
    call_command("rebuild_statistics", "--check", stdout=out)


def test_a_rebuild_ends_where_the_log_ended_when_it_began(
    answered: Case, handler: User, leader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = statistics.counted

    def meanwhile(cases: Any) -> Any:
        found = counted(cases)
        actions.close(answered, by=leader, at=later(days=5))
        monkeypatch.setattr(statistics, "counted", counted)
        return found

    monkeypatch.setattr(statistics, "counted", meanwhile)
    statistics.rebuild(at=later(days=5))
    assert total()["closed"] == 0
    assert fold() == 1
    assert total()["closed"] == 1


# --- the histogram


@pytest.mark.parametrize("seed", range(3))
def test_a_quantile_is_five_percent_off_at_most(seed: int) -> None:
    dice = random.Random(seed)
    times = sorted(dice.lognormvariate(10, 1.6) + 60 for _ in range(2000))
    counts = Counter(bucket(time) for time in times)
    for share in (0.5, 0.9, 0.99):
        true = times[max(1, -(-int(share * 2000 * 1000) // 1000)) - 1]
        found = quantile(counts, share)
        assert found is not None
        assert abs(found - true) <= ERROR * true * 1.0001
    assert quantile({}, 0.5) is None
    assert max(counts) < 124, "two working years"
    assert middle(bucket(5)) < 60


def test_the_day_is_the_offices() -> None:
    assert str(day_of(datetime(2026, 11, 4, 23, 30, tzinfo=HANOI))) == "2026-11-04"
    assert connection.vendor
