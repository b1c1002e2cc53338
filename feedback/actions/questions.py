"""Every question answered: what the letter asks, ticked by the handler before the reply is handed in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from classifier import questions
from feedback import errors
from feedback.actions.spine import permit, storable
from feedback.models import Case, Message, Question, Reply, User

MAIN = "main"  # the one item of a letter in which no question was recognised
MOST_ADDED = 20
LONGEST = 500  # characters of an added question
LONGEST_REMARK = 300
S = Question.State
_SPOKEN = (Message.Purpose.ANSWER, Message.Purpose.ADDITION, Message.Purpose.CLARIFICATION)


class UnansweredQuestions(errors.OfficeError):
    """`keys` name the open ones as `checklist` does; the words of the letter enter no error."""

    code = "unanswered_questions"
    status = 400
    vi = "Còn {count} câu hỏi trong đơn chưa được đánh dấu đã trả lời. Xin xem từng câu rồi trình lại."
    en = "{count} questions of the letter are not ticked yet. Look at each of them, then hand in again."


class StrikeWithoutReason(errors.OfficeError):
    code = "strike_without_reason"
    vi = "Câu hỏi được bỏ khỏi danh sách phải có lý do. Xin ghi vì sao không phải trả lời."
    en = "A question struck off the list needs a reason. Say why it need not be answered."


@dataclass(frozen=True)
class Item:
    """One line of the checklist."""

    key: str
    text: str  # "" for the main request
    state: str = S.OPEN
    remark: str = ""
    added: bool = False
    row: Question | None = None

    @property
    def settled(self) -> bool:
        return self.state != S.OPEN

    @property
    def struck(self) -> bool:
        return self.state == S.STRUCK


@dataclass(frozen=True)
class Tick:
    """What the handler says of one line."""

    key: str
    state: str = S.ANSWERED
    remark: str = ""


@dataclass(frozen=True)
class _Source:
    message: int | None
    text: str


def checklist(case: Case) -> list[Item]:
    """What the reply must answer now, in the order it was written. Three queries.

    After an answer went out only what was written since counts: the rest was answered before.
    """
    number, since = _round(case)
    sources = _sources(case, since)
    rows = {_place(row): row for row in case.questions.filter(round=number).select_related("by")}
    texts = {source.message: source.text for source in sources}
    places = {(s.message, one.start, one.end, "") for s in sources for one in questions.find(s.text)}
    stored = {
        place for place in rows if place[2] > 0 and place[0] in texts and place[2] <= len(texts[place[0]])
    }
    order = {source.message: number for number, source in enumerate(sources)}
    spans = sorted(places | stored, key=lambda place: (order[place[0]], place[1], place[2]))
    items = [_item(place, texts[place[0]][place[1] : place[2]], rows.get(place)) for place in spans]
    items += [_item(place, row.words, row) for place, row in rows.items() if row.words]
    if all(item.struck for item in items):
        first = (sources[0].message, 0, 0, "")
        items.append(_item(first, "", rows.get(first)))
    return items


def _round(case: Case) -> tuple[int, datetime | None]:
    """How many answers have gone out, and when the last did."""
    sent = list(
        case.replies.filter(state=Reply.State.APPROVED)
        .order_by("approved_at")
        .values_list("approved_at", flat=True)
    )
    return len(sent), sent[-1] if sent else None


def _sources(case: Case, since: datetime | None) -> list[_Source]:
    said = case.messages.filter(purpose__in=_SPOKEN)
    rows = [
        _Source(pk, body) for pk, body, at in said.values_list("pk", "body", "at") if not since or at >= since
    ]
    return rows if since and rows else [_Source(None, case.text), *rows]


_Place = tuple[int | None, int, int, str]


def _place(row: Question) -> _Place:
    """Message, start, end; an added question is told by its number."""
    return row.message_id, row.start, row.end, f"a{row.pk}" if row.words else ""


def _key(place: _Place) -> str:
    message, start, end, added = place
    if added:
        return added
    if end == 0:
        return MAIN
    return f"t{start}-{end}" if message is None else f"m{message}-{start}-{end}"


def _item(place: _Place, text: str, row: Question | None) -> Item:
    text = re.sub(r"\s+", " ", text).strip()
    if row is None:
        return Item(_key(place), text)
    return Item(_key(place), text, row.state, row.remark, bool(row.words), row)


def settle_questions(
    case: Case, *, ticks: Sequence[Tick] | None, by: User, at: datetime, added: Sequence[str] = ()
) -> list[Item]:
    """Keep what the handler says of the questions while the reply is written; no event, `submit_reply` counts them.

    Raises StrikeWithoutReason.
    """
    with transaction.atomic():
        locked = Case.objects.select_for_update().get(pk=case.pk)
        permit(locked, "draft_reply", by)
        return settle(locked, ticks or (), by, at, added)


def settle(
    case: Case, ticks: Sequence[Tick], by: User, at: datetime, added: Sequence[str] = ()
) -> list[Item]:
    """The same on a locked case, inside the transaction of an act. Ticks of lines that are gone are ignored."""
    known = {item.key: item for item in checklist(case)}
    news = [tick for tick in map(_tidy, ticks) if _is_news(tick, known.get(tick.key))]
    if not news and not added:
        return list(known.values())
    number, since = _round(case)
    for tick in news:
        item, remark = known[tick.key], tick.remark
        if tick.state == S.STRUCK and not remark:
            raise StrikeWithoutReason("questions")
        row = item.row or _new(case, number, since, tick.key)
        row.state, row.remark, row.by, row.at = tick.state, remark, by, at
        row.save()
    room = MOST_ADDED - sum(item.added for item in known.values())
    for words in [words.strip() for words in added if words.strip()][: max(0, room)]:
        Question.objects.create(case=case, round=number, words=storable(words)[:LONGEST], by=by, at=at)
    return checklist(case)


def _tidy(tick: Tick) -> Tick:
    return Tick(tick.key, tick.state, storable(tick.remark).strip()[:LONGEST_REMARK])


def _is_news(tick: Tick, item: Item | None) -> bool:
    if item is None or tick.state not in S.values:
        return False
    return (tick.state, tick.remark) != (item.state, item.remark)


def _new(case: Case, number: int, since: datetime | None, key: str) -> Question:
    row = Question(case=case, round=number)
    if key == MAIN:
        row.message_id = _sources(case, since)[0].message
        return row
    numbers = [int(number) for number in re.findall(r"\d+", key)]
    row.message_id = numbers[0] if len(numbers) == 3 else None
    row.start, row.end = numbers[-2:]
    return row


def all_answered(
    case: Case, ticks: Sequence[Tick] | None, by: User, at: datetime, added: Sequence[str] = ()
) -> dict[str, int]:
    """Settle the last ticks and count: {"answered": 3, "struck": 1}. Raises UnansweredQuestions.

    A door without a checklist (`ticks` None) says by handing in that the main request is answered; a question that
    was recognised must be ticked through any door.
    """
    items = settle(case, ticks or (), by, at, added)
    if ticks is None and [item.key for item in items if not item.settled] == [MAIN]:
        items = settle(case, [Tick(MAIN)], by, at)
    unsettled = [item.key for item in items if not item.settled]
    if unsettled:
        raise UnansweredQuestions("answered", count=len(unsettled), keys=unsettled)
    struck = sum(item.struck for item in items)
    return {"answered": len(items) - struck, "struck": struck}
