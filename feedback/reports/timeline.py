"""The history of a case in plain words, read from the log: what the citizen sees, and what staff see."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from feedback import workflow
from feedback.models import Case, CaseEvent, Message, User
from feedback.models.cases import OFFICE_TIME
from feedback.workflow import Role


class _Blank(defaultdict[str, str]):
    """A sentence never fails on a missing word."""


@dataclass(frozen=True)
class Entry:
    """One line of the history. `sentence` is for people; `message` is what was written in that act, if anything."""

    seq: int
    verb: str
    at: datetime
    label: str
    sentence: str
    who: str
    message: str
    public: bool
    status_to: str
    internal: dict[str, object]


def timeline(case: Case, *, staff: bool = False, language: str = "vi") -> list[Entry]:
    """Oldest first. Without `staff` only public events, and people appear by role, never by name. Two queries."""
    events = case.events.select_related("actor").order_by("seq")
    if not staff:
        events = events.public()
    rows = list(events)
    messages = {m.pk: m for m in Message.objects.filter(case=case)}
    absent = {
        int(event.internal["on_behalf_of"]) for event in rows if staff and "on_behalf_of" in event.internal
    }
    names = {one.pk: str(one) for one in User.objects.filter(pk__in=absent)} if absent else {}
    return [_entry(event, messages, staff, language, names) for event in rows]


def _entry(
    event: CaseEvent, messages: dict[int, Message], staff: bool, language: str, absent: dict[int, str]
) -> Entry:
    row = _row(event)
    i = 1 if language == "en" else 0
    data = {**event.internal, **event.public} if staff else event.public
    found = messages.get(int(data.get("message") or 0))
    body = found.body if found and (staff or found.purpose not in Message.INTERNAL) else ""
    reads = row.citizen_reads[i] if row.citizen_reads else ""
    return Entry(
        seq=event.seq,
        verb=event.verb,
        at=event.at,
        label=row.label[i],
        sentence=_filled(reads, event.public, body, i),
        who=_who(event, staff, i, absent),
        message="" if "{reason}" in reads else body,
        public=event.is_public,
        status_to=event.status_to,
        internal=event.internal if staff else {},
    )


def _row(event: CaseEvent) -> workflow.Transition:
    row = workflow.find(event.verb, event.status_from or None)
    # A row of the table may have gone since; the event stays readable.
    return row or next(r for r in workflow.TRANSITIONS if r.verb == event.verb)


def _filled(template: str, public: dict[str, object], reason: str, i: int) -> str:
    words = _Blank(str)
    for name, value in public.items():
        words[name] = str(value)
    words.update(_dates(public))
    if i == 1:
        words.update({n.removesuffix("_en"): str(v) for n, v in public.items() if n.endswith("_en") and v})
    words["reason"] = reason.strip()
    return template.format_map(words).strip()


def _dates(public: dict[str, object]) -> dict[str, str]:
    """The moments an event tells, as people write dates; with the hour where the day alone would tell nothing."""
    known = {n: datetime.fromisoformat(str(public[n])) for n in ("due_before", "due_at") if public.get(n)}
    local = {name: moment.astimezone(OFFICE_TIME) for name, moment in known.items()}
    same_day = len({moment.date() for moment in local.values()}) < len(local)
    return {
        name: f"{moment:%H:%M %d/%m/%Y}" if same_day else f"{moment:%d/%m/%Y}"
        for name, moment in local.items()
    }


def _who(event: CaseEvent, staff: bool, i: int, absent: dict[int, str]) -> str:
    if staff and event.actor is not None:
        other = absent.get(int(event.internal.get("on_behalf_of", 0)))
        return f"{event.actor} ({('thay', 'for')[i]} {other})" if other else str(event.actor)
    return workflow.ROLE_NAMES[Role(event.role)][i]
