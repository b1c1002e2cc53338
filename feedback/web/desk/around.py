"""What stands round a letter: notes that name people, opinions with their clock, other letters of the sender,
what the classifier proposed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from feedback import actions
from feedback.actions.mentions import MENTION
from feedback.models import Case, Coordination, Suggestion, User, catalogue
from feedback.reports import sender
from feedback.reports.timeline import Entry
from feedback.web.desk.base import DeskRequest, act_url, case_url, desk_page, find_case, show
from feedback.web.desk.words import SOON_DAYS, time_left
from feedback.web.words import language, name_of, shortened, working_days
from feedback.workflow import status_name


@require_safe
@desk_page
def more_page(request: DeskRequest, reference: str) -> HttpResponse:
    """What the case page draws a moment later: the suggestion, and the sender's other letters. A page of its own
    without script."""
    case = find_case(request.user, reference)
    context = {
        "case": case,
        "case_url": case_url(case),
        "proposed": proposed(case, case.suggestions.order_by("-pk").first()),
        "may_classify": actions.may(case, "classify", request.user),
        "others": others_of_the_sender(case, request.user),
    }
    if request.headers.get("HX-Request"):
        return render(request, "feedback/desk/_more.html", context)
    return show(request, "more", context)


@dataclass(frozen=True)
class NoteLine:
    """An internal note: who, when, and whether it calls upon the reader."""

    text: SafeString
    who: str
    at: datetime
    told: list[str]  # names of those it calls upon
    mine: bool


def notes(entries: list[Entry], user: User) -> list[NoteLine]:
    """The notes in the order they were written. One query when somebody is named in them."""
    rows = [entry for entry in entries if entry.verb == "note"]
    wanted = {pk for entry in rows for pk in _named(entry)}
    names = {person.pk: str(person) for person in User.objects.filter(pk__in=wanted)} if wanted else {}
    return [
        NoteLine(
            _with_names(entry.message),
            entry.who,
            entry.at,
            [names[pk] for pk in _named(entry) if pk in names],
            user.pk in _named(entry),
        )
        for entry in rows
    ]


def _named(entry: Entry) -> list[int]:
    found = entry.internal.get("mentions")
    return [pk for pk in found if isinstance(pk, int)] if isinstance(found, list) else []


def _with_names(text: str) -> SafeString:
    """The note, escaped, with every @name marked."""
    parts, here = [], 0
    for match in MENTION.finditer(text):
        parts.append(format_html("{}", text[here : match.start()]))
        parts.append(format_html('<mark class="mention">{}</mark>', match[0]))
        here = match.end()
    parts.append(format_html("{}", text[here:]))
    return format_html_join("", "{}", ((part,) for part in parts))


@dataclass(frozen=True)
class Asked:
    """A question to another unit, with the clock of its own."""

    row: Coordination
    unit: str
    state: str
    left: str
    remind_url: str


def coordinations(case: Case, at: datetime, *, may_remind: bool) -> list[Asked]:
    """Newest last. A reminder is a note that names the unit's handlers."""
    units = catalogue().units
    rows = case.coordinations.select_related("answered_by", "asked_by").order_by("pk")
    remind = act_url(case, "note") if may_remind else ""
    return [_asked(row, name_of(units.get(row.unit_id)), remind, at) for row in rows]


def _asked(row: Coordination, unit: str, remind: str, at: datetime) -> Asked:
    if row.answered_at is not None or row.due_at is None:
        late = row.answered_at is not None and row.due_at is not None and row.answered_at > row.due_at
        state = "" if row.due_at is None else "missed" if late else "met"
        return Asked(row, unit, state if row.answered_at else "", "", "")
    left = time_left(row.due_at, at)
    days = working_days(at.date(), row.due_at.date())
    state = (
        "overdue" if row.due_at < at else "due_soon" if days is not None and days < SOON_DAYS else "running"
    )
    return Asked(row, unit, state, left, f"{remind}?remind={row.pk}" if remind else "")


def others_of_the_sender(case: Case, user: User) -> list[dict[str, Any]]:
    """For whoever may ask who wrote: the same person's other named letters."""
    if not actions.may(case, "read_identity", user):
        return []
    return [
        {
            "reference": other.reference,
            "url": case_url(other),
            "received_at": other.received_at,
            "status": other.status,
            "status_label": status_name(other.status, language()),
            "topic": name_of(catalogue().topics.get(other.topic_id or "")),
            "excerpt": shortened(other.text),
        }
        for other in sender.other_letters(case, user)
    ]


@dataclass(frozen=True)
class Proposed:
    """One head of the suggestion: the likeliest label, how sure, and whether the case now carries another."""

    label: str
    name: str
    percent: int
    abstained: bool
    differs: bool


def proposed(case: Case, stored: Suggestion | None) -> list[Proposed]:
    """Topic, issue and kind as the classifier proposed them when the letter came."""
    if stored is None:
        return []
    book = catalogue()
    heads: tuple[tuple[str, str, Any, str | None], ...] = (
        ("topic", _("Topic"), book.topics, case.topic_id),
        ("issue", _("Issue"), book.issues, case.issue_id),
        ("kind", _("Kind"), book.kinds, case.kind_id),
    )
    lines = []
    for name, label, rows, now in heads:
        head = stored.data.get(name) or {}
        guess = next((one for one in head.get("guesses", ()) if one.get("code") in rows), None)
        if guess is not None:
            percent = round(min(float(guess["probability"]), 0.99) * 100)
            differs = bool(now) and now != guess["code"]
            known = name_of(rows[guess["code"]])
            lines.append(Proposed(str(label), known, percent, bool(head.get("abstained", True)), differs))
    return lines
