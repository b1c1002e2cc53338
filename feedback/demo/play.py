"""Sixty letters played through the real verbs under a moving clock, so that every screen has something true to show.

Each letter is a list of acts with their moments; all acts of all letters are carried out in the order of time, with a
sweep of the deadlines every working morning. Acts that would lie in the future are left out: those letters are open.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import yaml
from django.utils import timezone

from feedback import actions, privacy
from feedback.actions.audit import draw
from feedback.demo.people import Staff
from feedback.models import AuditSample, Case, Identity, catalogue
from feedback.models.cases import OFFICE_TIME
from feedback.workflow import Role, Status

HERE = Path(__file__).resolve().parent
Act = Callable[[datetime], None]
Step = tuple[datetime, Act]

# Per cent of the sorted letters that are drawn for a check: of sixty, the usual share would be one or two.
CHECKED = 50
# Paths on which the letter stays where the intake left it.
UNTOUCHED = {"new", "triage", "overdue"}
TO_HANDLER = {"assigned"}


def read(name: str) -> dict[str, Any]:
    with (HERE / name).open(encoding="utf-8") as stream:
        loaded: dict[str, Any] = yaml.safe_load(stream)
    return loaded


class Player:
    """Plays the letters up to `now`. `cases` maps a letter's id to the case it became."""

    def __init__(self, now: datetime) -> None:
        self.now, self.staff = now, Staff()
        self.cases: dict[str, Case] = {}
        self._queue: list[tuple[datetime, int, Act]] = []
        self._number = count()

    def play(self, letters: list[dict[str, Any]]) -> int:
        """Carry out every act in the order of time; returns the number of letters received."""
        for letter in letters:
            self._at(self._received(letter), partial(self._receive, letter))
        self._schedule_sweeps(min(self._received(letter) for letter in letters))
        while self._queue:
            at, _, do = heapq.heappop(self._queue)
            do(at)
        return len(self.cases)

    def _received(self, letter: dict[str, Any]) -> datetime:
        hour, minute = map(int, str(letter["time"]).split(":"))
        day = timezone.localtime(self.now, OFFICE_TIME) - timedelta(days=int(letter["days_ago"]))
        return day.replace(hour=hour, minute=minute, second=0, microsecond=0)

    def _at(self, when: datetime, do: Act) -> None:
        if when <= self.now:
            heapq.heappush(self._queue, (when, next(self._number), do))

    def _schedule_sweeps(self, first: datetime) -> None:
        calendar, day = catalogue().calendar, first.date()
        while day <= self.now.astimezone(OFFICE_TIME).date():
            if calendar.is_working_day(day):
                self._at(calendar.opens(day), sweep)
            day += timedelta(days=1)

    def _receive(self, row: dict[str, Any], at: datetime) -> None:
        who = row.get("citizen") or {}
        letter = actions.Letter(
            text=row["text"],
            channel=row["channel"],
            visibility=row["visibility"],
            name=who.get("name") or "",
            phone=str(who.get("phone") or ""),
            email=who.get("email") or "",
            place=row.get("place") or "",
            procedure=row.get("procedure") or "",
            dossier_code=row.get("dossier_code") or "",
        )
        by = (
            self.staff.one(Role.TRIAGE)
            if row["channel"] in ("paper", "phone", "counter")
            else actions.CITIZEN
        )
        case = self.cases[row["id"]] = actions.submit(letter, by=by, at=at).case
        for proposal in case.suggestions.filter(case__audit=None):
            draw(proposal, percent=CHECKED)
        for hours, act in self._steps(row):
            when = catalogue().calendar.add_working_seconds(at, int(hours * 3600))
            self._at(when, partial(act, row))

    # --- What happens to a letter, as working hours after its arrival ---------------------------
    def _steps(
        self, row: dict[str, Any]
    ) -> Iterator[tuple[float, Callable[[dict[str, Any], datetime], None]]]:
        path = row["path"]
        if path in UNTOUCHED and path != "overdue":
            return
        yield 2, self._sort
        if path in ("transferred", "rejected", "merged", "withdrawn", "split"):
            yield 5, getattr(self, f"_{path}")
            if path != "split":
                return
        if path in TO_HANDLER or path == "overdue":
            return
        yield 9, self._accept
        yield from self._middle(path)
        if path in ANSWERED:
            yield (24 if row["kind"] == "HOI_DAP" else 40), self._answer
        if path in ("published", "rated", "closed") and row.get("title"):
            yield 52, self._publish
        if row.get("rating"):
            yield 60, self._rate
        if path == "reopened":
            yield 64, self._reopen
        if path == "closed":
            yield 90, self._close

    def _middle(self, path: str) -> Iterator[tuple[float, Callable[[dict[str, Any], datetime], None]]]:
        if path.startswith("need_info"):
            yield 12, self._ask
        if path == "need_info_answered":
            yield 30, self._inform
        if path == "coordinating":
            yield 14, self._coordinate
        if path == "extended":
            yield 20, self._request_extension
            yield 24, self._approve_extension
        if path in ("pending_approval", "returned"):
            yield 30, self._submit_reply
        if path == "returned":
            yield 34, self._return_reply

    def _sort(self, row: dict[str, Any], at: datetime) -> None:
        """Triage confirms or corrects, as a person who knows the true labels would."""
        case = self.cases[row["id"]]
        right = (row["topic"], row.get("issue"), row["kind"])
        drawn = AuditSample.objects.filter(case=case, checked_at=None).exists()
        if case.needs_triage or drawn or (case.topic_id, case.issue_id, case.kind_id) != right:
            topic, issue, kind = right
            actions.classify(
                case, topic=topic, issue=issue, kind=kind, by=self.staff.sorter(case), at=at, dispatch=True
            )
        if case.handler_id is None and case.status == Status.NEW and row["path"] not in ENDED_EARLY:
            self._find_hands(case, at)

    def _find_hands(self, case: Case, at: datetime) -> None:
        """Nobody was eligible: the head gives it to a colleague by hand."""
        handler = self.staff.member(case.unit_id)
        if handler is not None:
            actions.assign(case, handler=handler, by=self.staff.sorter(case), at=at)

    def _accept(self, row: dict[str, Any], at: datetime) -> None:
        case = self.cases[row["id"]]
        if case.handler is not None and case.status in (Status.ASSIGNED, Status.REOPENED):
            actions.accept(case, by=case.handler, at=at)

    def _handled(self, row: dict[str, Any]) -> Case | None:
        case = self.cases[row["id"]]
        case.refresh_from_db()
        return case if case.handler_id and case.status in WORKED_ON else None

    def _ask(self, row: dict[str, Any], at: datetime) -> None:
        if (case := self._handled(row)) and case.handler:
            actions.ask_citizen(case, question=row["question"], by=case.handler, at=at)

    def _inform(self, row: dict[str, Any], at: datetime) -> None:
        case = self.cases[row["id"]]
        if case.status == Status.NEED_INFO:
            actions.answer_info(case, text=row["answer"], by=actions.CITIZEN, at=at)

    def _coordinate(self, row: dict[str, Any], at: datetime) -> None:
        if (case := self._handled(row)) and case.handler and row["opinion_unit"] != case.unit_id:
            question = row["question"]
            actions.coordinate(case, units=[row["opinion_unit"]], question=question, by=case.handler, at=at)

    def _request_extension(self, row: dict[str, Any], at: datetime) -> None:
        if (case := self._handled(row)) and case.handler:
            actions.request_extension(case, reason=row["reason"], by=case.handler, at=at)

    def _approve_extension(self, row: dict[str, Any], at: datetime) -> None:
        if case := self._handled(row):
            actions.approve_extension(case, by=self.staff.head(case, besides=case.handler), at=at)

    def _submit_reply(self, row: dict[str, Any], at: datetime) -> None:
        if (case := self._handled(row)) and case.handler and row.get("reply"):
            ticks = [actions.Tick(item.key) for item in actions.checklist(case)]
            actions.submit_reply(case, body=row["reply"], by=case.handler, at=at, ticks=ticks)

    def _return_reply(self, row: dict[str, Any], at: datetime) -> None:
        case = self.cases[row["id"]]
        if case.status == Status.PENDING_APPROVAL:
            head = self.staff.head(case, besides=case.handler)
            actions.return_reply(case, remarks=row["remarks"], by=head, at=at)

    def _answer(self, row: dict[str, Any], at: datetime) -> None:
        self._submit_reply(row, at)
        case = self.cases[row["id"]]
        case.refresh_from_db()
        if case.status == Status.PENDING_APPROVAL:
            later = catalogue().calendar.add_working_seconds(at, 3 * 3600)
            self._at(later, lambda moment: self._approve(case, moment))

    def _approve(self, case: Case, at: datetime) -> None:
        actions.approve_reply(case, by=self.staff.head(case, besides=case.handler), at=at)

    def _publish(self, row: dict[str, Any], at: datetime) -> None:
        case = self.cases[row["id"]]
        case.refresh_from_db()
        if case.status not in (Status.ANSWERED, Status.CLOSED) or case.handler is None or case.sealed:
            return
        question, answer = actions.suggest_spans(case)
        actions.prepare_publication(
            case,
            title=row["title"],
            question_spans=[*question, *_own_details(case)],
            answer_spans=answer,
            include_question=actions.letter_may_be_published(case),
            by=case.handler,
            at=at,
        )
        actions.publish(case, by=self.staff.head(case, besides=case.handler), at=at + timedelta(minutes=40))

    def _rate(self, row: dict[str, Any], at: datetime) -> None:
        case, verdict = self.cases[row["id"]], row["rating"]
        case.refresh_from_db()
        if case.status in (Status.ANSWERED, Status.CLOSED):
            actions.rate(case, score=int(verdict["score"]), words=verdict.get("words") or "", at=at)

    def _reopen(self, row: dict[str, Any], at: datetime) -> None:
        case = self.cases[row["id"]]
        case.refresh_from_db()
        if case.status == Status.ANSWERED:
            actions.reopen(case, text=row["clarification"], by=actions.CITIZEN, at=at)

    def _close(self, row: dict[str, Any], at: datetime) -> None:
        case = self.cases[row["id"]]
        case.refresh_from_db()
        if case.status == Status.ANSWERED:
            actions.close(case, by=actions.SYSTEM, at=at)

    def _transferred(self, row: dict[str, Any], at: datetime) -> None:
        case = self.cases[row["id"]]
        actions.transfer(case, agency=row["agency"], reason=row["reason"], by=self.staff.sorter(case), at=at)

    def _rejected(self, row: dict[str, Any], at: datetime) -> None:
        case = self.cases[row["id"]]
        actions.reject(case, code=row["hint"], reason=row["reason"], by=self.staff.sorter(case), at=at)

    def _merged(self, row: dict[str, Any], at: datetime) -> None:
        case, into = self.cases[row["id"]], self.cases[row["into"]]
        into.refresh_from_db()
        if not (case.sealed or into.sealed):
            actions.merge(case, into=into, by=self.staff.sorter(case), at=at)

    def _withdrawn(self, row: dict[str, Any], at: datetime) -> None:
        actions.withdraw(self.cases[row["id"]], at=at)

    def _split(self, row: dict[str, Any], at: datetime) -> None:
        case = self.cases[row["id"]]
        spans = [(case.text.index(part), case.text.index(part) + len(part)) for part in row["parts"]]
        actions.split(case, parts=spans, by=self.staff.sorter(case), at=at)


ENDED_EARLY = {"transferred", "rejected", "merged", "withdrawn"}
ANSWERED = {"answered", "published", "rated", "reopened", "closed", "need_info_answered"}
WORKED_ON = {Status.PROCESSING, Status.RETURNED}


def _own_details(case: Case) -> list[privacy.Span]:
    """The sender's own name and numbers wherever the letter repeats them, as a careful officer would mark."""
    identity = Identity.objects.filter(case=case).first()
    spans = []
    for kind, value in (identity.details if identity else {}).items():
        start = case.text.find(value) if value else -1
        while start >= 0:
            spans.append(
                privacy.Span(start, start + len(value), {"phone": "phone", "email": "email"}.get(kind, kind))
            )
            start = case.text.find(value, start + len(value))
    return [s for s in spans if s.kind in privacy.KINDS]


def sweep(at: datetime) -> None:
    actions.sweep_deadlines(at=at)
    actions.assign_waiting(at=at)
