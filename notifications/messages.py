"""From a delivery to words: language, template, and only what this reader may be told.

No template is ever given the sender's identity. A sealed case has one neutral text per reader, whatever happened.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.template import Context, Engine, Template
from django.urls import reverse

from feedback import workflow
from feedback.deadlines import words
from feedback.links import case_link
from feedback.models import Case, CaseEvent, Identity, User, catalogue
from feedback.models import Message as Said
from feedback.models.cases import OFFICE_TIME
from feedback.reports.clock import ClockView, clock_views
from notifications.models import Delivery

LANGUAGES = ("vi", "en")
SEALED = {True: "citizen/sealed", False: "staff/sealed"}


@dataclass(frozen=True)
class Text:
    subject: str
    body: str


@dataclass(frozen=True)
class Recipient:
    """Where it goes. `address` lives in memory for the time of one sending."""

    address: str
    language: str
    user: User | None


def recipient(delivery: Delivery) -> Recipient | str:
    """Whom to write to now, or the code of the reason why nobody is written to any more."""
    if delivery.user is not None:
        user = delivery.user
        if delivery.event is None and not user.is_active:
            return "not_active"
        if (
            delivery.event is not None
            and not Case.objects.visible_to(user).filter(pk=delivery.event.case_id).exists()
        ):
            return "not_visible"
        return Recipient(user.email.strip(), known_language(user.language), user)
    if delivery.event is None:
        return "not_wanted"  # digests are for members of staff
    identity = Identity.objects.filter(case=delivery.event.case_id).first()
    if identity is None or not identity.notify:
        return "not_wanted"
    address = str(identity.details.get("email") or "").strip()
    return Recipient(address, known_language(identity.language), None)


def known_language(code: str) -> str:
    return code if code in LANGUAGES else "vi"


def compose(event: CaseEvent, name: str, *, language: str, at: datetime) -> Text:
    """Subject and plain text of one event for one kind of reader, as things stand at `at`."""
    to_citizen = name.startswith("citizen/")
    if event.case.sealed:
        return render(SEALED[to_citizen], office(language), language)
    facts = _citizen_facts if to_citizen else _staff_facts
    return render(name, facts(event, language, at), language)


def headline(event: CaseEvent, name: str, language: str) -> str:
    """The subject alone: what the inbox shows."""
    name = SEALED[False] if event.case.sealed else name
    context = Context({"reference": event.case.reference}, autoescape=False)
    return _subject(name, language).render(context).strip()


@cache
def _subject(name: str, language: str) -> Template:
    """The first line of a text: it knows the reference and nothing else."""
    return Template(template(name, language).source.partition("\n")[0])


def template(name: str, language: str) -> Template:
    """The text file itself: first line the subject, the rest the body."""
    return Engine.get_default().get_template(f"notifications/{name}.{language}.txt")


def render(name: str, facts: dict[str, Any], language: str) -> Text:
    """A text file filled in, as subject and body."""
    text = template(name, language).render(Context(facts, autoescape=False))
    subject, _, body = text.partition("\n")
    return Text(subject.strip(), re.sub(r"\n{3,}", "\n\n", body).strip() + "\n")


def office(language: str) -> dict[str, Any]:
    """What every text may say of the office itself."""
    return {
        "office": settings.OFFICE_NAME,
        "phone": settings.OFFICE_PHONE,
        "lookup": settings.SITE_URL + reverse("lookup"),
        "inbox": settings.SITE_URL + reverse("desk_inbox"),
    }


def _common(event: CaseEvent, language: str, at: datetime) -> dict[str, Any]:
    case = event.case
    return {
        **office(language),
        "reference": case.reference,
        "unit": _name(catalogue().units.get(case.unit_id or ""), language),
        "due": day(case.due_at, language),
        "open": case.is_open,
        "paused": case.status in workflow.WAITING,
    }


def _citizen_facts(event: CaseEvent, language: str, at: datetime) -> dict[str, Any]:
    """What the citizen's own page says as well: public data of the event, never anything internal."""
    case, public = event.case, event.public
    clock = _main_clock(case, language, at) if event.verb in _DATED else None
    return {
        **_common(event, language, at),
        "link": case_link(case),
        "why": clock.sentences(language) if clock else [],
        "said": _said(event),
        "change": _public(public, "change", language),
        "due_before": _told_day(public, "due_before", language),
        "due_after": _told_day(public, "due_at", language),
        "agency": _public(public, "agency", language),
        "law": _public(public, "law", language),
        "hint": _public(public, "hint", language),
        "part_of": case.split_from.reference if case.split_from else "",
    }


def _staff_facts(event: CaseEvent, language: str, at: datetime) -> dict[str, Any]:
    case = event.case
    return {
        **_common(event, language, at),
        "link": settings.SITE_URL + reverse("desk_case", args=[case.reference]),
        "topic": _name(catalogue().topics.get(case.topic_id or ""), language),
        "held": case.handler_id is not None,
        "days_late": event.internal.get("step", 0),
        "days_waiting": event.internal.get("days", 0),
    }


# The mails that name a day also say how it was computed.
_DATED = {"submit", "approve_extension", "redate", "resume", "reopen", "unmerge"}


def _main_clock(case: Case, language: str, at: datetime) -> ClockView | None:
    return next((view for view in clock_views(case, at=at, language=language) if view.main), None)


def _said(event: CaseEvent) -> str:
    """The question or reason an officer wrote to the citizen; "" when erased or when the text is internal."""
    found = Said.objects.filter(pk=event.public.get("message") or 0, case=event.case_id).first()
    return found.body.strip() if found and found.purpose not in Said.INTERNAL else ""


def _told_day(public: dict[str, Any], name: str, language: str) -> str:
    """A moment the event itself names, as its day; "" when it names none."""
    return day(datetime.fromisoformat(public[name]), language) if public.get(name) else ""


def _public(data: dict[str, Any], name: str, language: str) -> str:
    english = data.get(f"{name}_en") if language == "en" else ""
    return str(english or data.get(name, ""))


def _name(row: Any, language: str) -> str:
    if row is None:
        return ""
    return (row.name_en if language == "en" else "") or row.name_vi


def day(moment: datetime, language: str) -> str:
    """thứ Sáu, 20/11/2026 – the day in the office's own time zone."""
    local = moment.astimezone(OFFICE_TIME).date()
    return words.day_en(local) if language == "en" else words.day_vi(local)
