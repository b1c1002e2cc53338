"""Walking the event log: is every chain whole, does it end where the case says, does it vouch for the texts?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from feedback.models import Case, CaseEvent, Message, Reply, fingerprint


@dataclass(frozen=True)
class Break:
    """The first broken link of one case: which event, and what does not fit."""

    case: int
    seq: int
    what: str


def verify() -> Iterator[Break]:
    """Yield the first break of every broken case, in case order. Reads each event once, streamed."""
    heads = {c[0]: c[1:] for c in Case.objects.values_list("pk", "event_seq", "event_head")}
    current: int | None = None
    last_seq, last_hash, broken = 0, "", False
    for event in CaseEvent.objects.order_by("case_id", "seq").iterator(chunk_size=2000):
        if event.case_id != current:
            if current is not None and not broken:
                yield from _end(current, heads.pop(current, None), last_seq, last_hash)
            elif current is not None:
                heads.pop(current, None)
            current, last_seq, last_hash, broken = event.case_id, 0, "", False
        if broken:
            continue
        what = _fault(event, last_seq, last_hash)
        if what:
            broken = True
            yield Break(event.case_id, event.seq, what)
        last_seq, last_hash = event.seq, event.hash
    if current is not None and not broken:
        yield from _end(current, heads.pop(current, None), last_seq, last_hash)
    elif current is not None:
        heads.pop(current, None)
    for case in sorted(heads):
        yield Break(case, 1, "every event of this case is missing")


def _fault(event: CaseEvent, last_seq: int, last_hash: str) -> str:
    if event.seq != last_seq + 1:
        return f"event {last_seq + 1} is missing"
    if event.previous_hash != last_hash:
        return "does not follow the event before it"
    if event.hash != event.compute_hash():
        return "was changed after it was written"
    return ""


def _end(case: int, head: tuple[int, str] | None, seq: int, digest: str) -> Iterator[Break]:
    if head != (seq, digest):
        head, seq, digest = _settled(case)
    if head is None:
        yield Break(case, 1, "events of a case that does not exist")
    elif head != (seq, digest):
        yield Break(
            case,
            seq + 1,
            "the last events are missing" if seq < head[0] else "the case does not know its last events",
        )


def _settled(case: int) -> tuple[tuple[int, str] | None, int, str]:
    """Head and last event of a case read anew: the office goes on writing while the log is walked."""
    while True:
        head = Case.objects.filter(pk=case).values_list("event_seq", "event_head").first()
        last = CaseEvent.objects.filter(case=case).order_by("-seq").values_list("seq", "hash").first()
        if head == Case.objects.filter(pk=case).values_list("event_seq", "event_head").first():
            return head, *(last or (0, ""))


def verify_texts() -> Iterator[Break]:
    """Letters, messages and replies whose text is no longer the one the log vouches for (erased ones are empty)."""
    wanted = CaseEvent.objects.filter(verb__in=("submit", *_WITH_MESSAGE, *_WITH_REPLY)).select_related(
        "case"
    )
    for event in wanted.order_by("case_id", "seq").iterator(chunk_size=1000):
        data = event.internal | event.public
        text, salt = _text_of(event, data)
        if text and data.get("sha256") and fingerprint(text, salt) != data["sha256"]:
            yield Break(event.case_id, event.seq, "the text it vouches for was changed")


_WITH_REPLY = ("submit_reply", "approve_reply")
_WITH_MESSAGE = (
    "ask_citizen",
    "answer_info",
    "add_information",
    "note",
    "route",
    "transfer",
    "reject",
    "return_reply",
    "reopen",
    "seal",
    "unseal",
    "read_identity",
    "approve_extension",
    "refuse_extension",
    "withdraw_publication",
)


def _text_of(event: CaseEvent, data: dict[str, Any]) -> tuple[str, str]:
    """(text, salt) of what the event points to; two empty strings when it is gone."""
    if event.verb == "submit":
        return event.case.text, event.case.salt
    if event.verb in _WITH_REPLY:
        return Reply.objects.filter(pk=data.get("reply", 0)).values_list("body", "salt").first() or ("", "")
    return Message.objects.filter(pk=data.get("message", 0)).values_list("body", "salt").first() or ("", "")
