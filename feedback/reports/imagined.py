"""The clocks of a letter that exists only in a question: the calculator, the API and `explain_deadline` ask here.

The question is told as the events a real letter would have left; what they mean is decided where it always is, in
`models.clocks`. Reading only; nothing is stored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils.dateparse import parse_datetime

from feedback import deadlines, errors
from feedback.models import Case, CaseEvent, clocks
from feedback.models.cases import OFFICE_TIME
from feedback.models.catalogue_cache import Catalogue

OPENING = time(7, 30)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)


class BeforeReceipt(errors.WrongDate):
    code = "before_receipt"
    vi = "Thời điểm này sớm hơn lúc nhận đơn. Xin kiểm tra lại hai ngày."
    en = "This is earlier than the receipt of the letter. Please check both dates."


@dataclass(frozen=True)
class Question:
    """What is asked: a letter of `kind` received then. `calendar`, `rules`: versions; empty means those in force.

    `pauses` are ordered and do not overlap. `extensions`: the clock each was granted for ("reply", "accept") with it.
    """

    kind: str
    received: datetime
    accepted: datetime | None = None
    answered: datetime | None = None
    instance: int = 1
    remote: bool = False
    pauses: tuple[deadlines.Pause, ...] = ()
    extensions: tuple[tuple[str, deadlines.Extension], ...] = ()
    calendar: str = ""
    rules: str = ""

    def check(self) -> None:
        """Raises BeforeReceipt when the letter is accepted or answered before it came."""
        for name in ("accepted", "answered"):
            moment = getattr(self, name)
            if moment is not None and moment < self.received:
                raise BeforeReceipt(name)


def clocks_of(
    question: Question, *, elsewhere: bool = False, book: Catalogue | None = None
) -> dict[str, deadlines.Clock]:
    """Every clock by name, as `models.clocks.build`; `elsewhere` adds the one for passing the letter on.

    Raises BeforeReceipt, BeyondHorizon.
    """
    question.check()
    imagined = Case(
        kind_id=question.kind,
        received_at=question.received,
        instance=question.instance,
        remote=question.remote,
        transferred_to_id="elsewhere" if elsewhere else None,
    )
    return clocks.build(imagined, clocks.gather(question.received, _told(question)), book=book)


def _told(question: Question) -> list[CaseEvent]:
    """The log such a letter would have, oldest first."""
    versions = {"calendar": question.calendar, "rules": question.rules}
    events = [CaseEvent(verb="submit", at=question.received, internal=versions)]
    if question.accepted:
        events.append(CaseEvent(verb="accept", at=question.accepted))
    for pause in question.pauses:
        events.append(CaseEvent(verb="suspend", at=pause.start))
        events += [CaseEvent(verb="resume", at=pause.end)] if pause.end else []
    for clock, one in question.extensions:
        granted = {"clock": clock, "value": one.value, "unit": one.unit}
        events.append(CaseEvent(verb="approve_extension", at=one.at, internal=granted))
    if question.answered:
        events.append(CaseEvent(verb="approve_reply", at=question.answered))
    return sorted(events, key=lambda event: event.at)


def read_moment(text: str, field: str, since: datetime | None = None) -> datetime:
    """An ISO 8601 date or moment; a naive one is in the office's zone. A date alone: see `on_day`.

    Raises WrongDate naming `field`, BeforeReceipt when it lies before `since`.
    """
    text = text.strip()
    if not _MOMENT.fullmatch(text):
        raise errors.WrongDate(field)
    try:
        found = (
            on_day(date.fromisoformat(text), since)
            if len(text) == len("2026-02-12")
            else parse_datetime(text)
        )
    except ValueError as error:
        raise errors.WrongDate(field) from error
    if found is None or not 1900 < found.year < 2200:  # beyond that the zones cannot be computed
        raise errors.WrongDate(field)
    found = found if found.tzinfo else found.replace(tzinfo=OFFICE_TIME)
    if since is not None and found < since:
        raise BeforeReceipt(field)
    return found


def on_day(day: date, since: datetime | None = None) -> datetime:
    """The office's opening on `day`; on the day of `since` that moment, before which nothing can have happened."""
    opening = datetime.combine(day, OPENING, OFFICE_TIME)
    return (
        since
        if since is not None and since.astimezone(OFFICE_TIME).date() == day and since > opening
        else opening
    )
