"""Whatever people and changes do, in whatever order: the log alone gives the same clocks as the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback import actions
from feedback.actions import changes
from feedback.actions.change_plans import NoOwnCalendar
from feedback.calendar import with_days
from feedback.errors import OfficeError
from feedback.models import Case, User
from feedback.models.catalogue_cache import forget
from feedback.reports import log
from tests.cast import BIRTH, WEDNESDAY, hire
from tests.feedback.test_changes import cached, carry_through, consistent, moves, with_day_off, with_reply_in

Send = Callable[..., actions.Receipt]


@dataclass
class Office:
    """One run: the people, two letters, the hour, and what was planned."""

    handler: User
    leader: User
    officer: User
    cases: list[Case]
    now: datetime = WEDNESDAY
    number: int = 0
    planned: list[int] = field(default_factory=list)

    def act(self, verb: str, which: int, number: int) -> None:
        case, at = self.cases[which % len(self.cases)], self.now
        case.refresh_from_db()
        citizen, handler, leader = actions.CITIZEN, self.handler, self.leader
        if verb == "accept":
            actions.accept(case, by=handler, at=at)
        elif verb == "ask":
            actions.ask_citizen(case, question="Ngày nào?", by=handler, at=at)
        elif verb == "answer":
            actions.answer_info(case, text="Ngày 12.", by=citizen, at=at)
        elif verb == "extend":
            actions.request_extension(case, reason="Cần xác minh.", by=handler, at=at)
            actions.approve_extension(case, by=leader, at=at)
        elif verb == "reply":
            actions.submit_reply(case, body="Kính gửi ông/bà.", by=handler, at=at)
            actions.approve_reply(case, by=leader, at=at)
        elif verb == "reopen":
            actions.reopen(case, text="Tôi chưa rõ.", by=citizen, at=at)
        elif verb == "classify":
            kind = ("PHAN_ANH", "KIEN_NGHI", "HOI_DAP")[number % 3]
            actions.classify(case, topic="HT.KS", issue=None, kind=kind, by=self.officer, at=at)
        elif verb == "send":
            self.cases.append(actions.submit(actions.Letter(text=BIRTH), by=citizen, at=at).case)
        elif verb == "sweep":
            actions.sweep_deadlines(at=at)

    def change(self, verb: str, number: int) -> None:
        """Plan, confirm and carry out; what is decided stays as it was, each open case follows at most once."""
        self.number += 1
        name, note, day = f"thu-{self.number}", "Thử", date(2026, 11, 4) + timedelta(days=number % 40)
        if verb == "rules":
            entries = with_reply_in(3 + number % 15)
            change = changes.plan_rules(entries, version=name, note=note, by=actions.SYSTEM, at=self.now)
        else:
            unit = "STP.HCTP" if verb == "unit" else None
            free = {"date": day.isoformat(), "working": False}
            data = with_days(with_day_off(), [free]) if number % 5 or unit is None else {}
            try:
                change = changes.plan_calendar(
                    data, version=name, note=note, by=actions.SYSTEM, at=self.now, unit=unit
                )
            except NoOwnCalendar:  # what it does not have it cannot give up
                assert not data
                return
        changes.count(change, at=self.now)
        expected = {line.case_id: line.due_after for line in change.lines.all()}
        before = {case.pk: (decided(case), len(moves(case)), case.due_at) for case in Case.objects.all()}
        carry_through(change, self.now + timedelta(minutes=3))
        for case in Case.objects.all():
            verdicts, events, due = before[case.pk]
            assert verdicts.items() <= decided(case).items()
            assert len(moves(case)) - events <= (1 if case.is_open else 0)
            assert case.due_at == expected.get(case.pk, due)  # the dry run told the truth, for every case


def decided(case: Case) -> dict[str, tuple[object, ...]]:
    return {name: row for name, row in cached(case).items() if row[3]}


VERBS = ("accept", "ask", "answer", "extend", "reply", "reopen", "classify", "send", "sweep")
STEPS = st.tuples(
    st.sampled_from((*VERBS, "day off", "rules", "unit")),
    st.integers(0, 5),
    st.integers(0, 60),
    st.integers(1, 40),
)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    forget()


@settings(max_examples=12)
@given(steps=st.lists(STEPS, min_size=4, max_size=12))
def test_the_log_replays_to_the_cache(office: None, steps: list[tuple[str, int, int, int]]) -> None:
    with undone():
        desk = Office(
            hire("can-bo-1", "Chuyên viên", ("STP.HCTP", "handler")),
            hire("truong-phong-1", "Trưởng phòng", ("STP.HCTP", "leader")),
            hire("phan-loai-1", "Cán bộ phân loại", ("STP.VP", "triage")),
            [
                actions.submit(actions.Letter(text=BIRTH), by=actions.CITIZEN, at=WEDNESDAY).case
                for _ in range(2)
            ],
        )
        for verb, which, number, hours in steps:
            desk.now += timedelta(hours=hours)
            if verb in VERBS:
                with suppress(OfficeError), transaction.atomic():
                    desk.act(verb, which, number)
            else:
                desk.change(verb, number)
        for case in Case.objects.all():
            consistent(case)
        assert list(log.verify()) == []
