"""The case page: the letter, what may be done, and everything that has happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback import actions
from feedback.models import Attachment, Case, Publication, Reply, Suggestion, User, catalogue
from feedback.reports.clock import ClockView, clock_views
from feedback.reports.timeline import Entry, timeline
from feedback.web.desk import around
from feedback.web.desk.acts import ACTS, BUTTONS, PAGES
from feedback.web.desk.base import DeskRequest, act_url, desk_page, find_case, pick, show
from feedback.web.desk.deadline import is_presumed, particulars, summary
from feedback.web.desk.evidence import FlagLine, flag_lines
from feedback.web.desk.words import time_left, why_assigned
from feedback.web.words import language, name_of
from feedback.workflow import Status, Transition, status_name

# What a person most often came to do stands first and large; what ends a case stands last and red.
FIRST = (
    "take",
    "accept",
    "draft_reply",
    "approve_reply",
    "resume",
    "give_opinion",
    "approve_extension",
    "refuse_extension",
    "publish",
    "classify",
)
OFTEN = (
    "ask_citizen",
    "note",
    "coordinate",
    "request_extension",
    "suspend",
    "prepare_publication",
    "assign",
    "route",
    "close",
)
# One page does both; the second would only repeat the button.
SAME_PAGE = {"submit_reply": "draft_reply", "return_reply": "approve_reply"}


@dataclass(frozen=True)
class Button:
    """One verb as the page draws it: a link to its form, or a form of one button."""

    verb: str
    label: str
    url: str
    posts: bool
    tone: str


@dataclass(frozen=True)
class Facts:
    """What the log of this case says has happened, read once for the whole page."""

    entries: list[Entry]
    publication: Publication | None
    case: Case

    def has(self, verb: str) -> bool:
        return any(entry.verb == verb for entry in self.entries)

    @property
    def extension_waits(self) -> bool:
        asked = [e.verb for e in self.entries if e.verb.endswith("_extension")]
        return bool(asked) and asked[-1] == "request_extension"

    @property
    def publication_state(self) -> str:
        return self.publication.state if self.publication else ""


def buttons(case: Case, user: User, facts: Facts) -> list[Button]:
    """From the workflow table; a verb that has nothing to act on (nothing prepared, nothing asked) is left out."""
    rows = [row for row in actions.allowed_actions(case, user) if row.verb in ACTS or row.verb in PAGES]
    verbs = {row.verb for row in rows}
    rows = [row for row in rows if _useful(row.verb, facts) and SAME_PAGE.get(row.verb) not in verbs]
    rows.sort(key=lambda row: _rank(row, case))
    return [_button(case, row, place) for place, row in enumerate(rows)]


def _rank(row: Transition, case: Case) -> int:
    if row.verb in FIRST and not (row.verb == "classify" and not case.needs_triage):
        return FIRST.index(row.verb)
    if row.verb in OFTEN:
        return 100 + OFTEN.index(row.verb)
    return 1000 if row.verb in ACTS and ACTS[row.verb].tone else 500


def _useful(verb: str, facts: Facts) -> bool:
    state, status = facts.publication_state, facts.case.status
    if verb == "publish":
        return state == Publication.State.PREPARED
    if verb == "withdraw_publication":
        return state == Publication.State.PUBLISHED
    if verb == "prepare_publication":
        return state != Publication.State.PUBLISHED
    if verb in ("approve_extension", "refuse_extension"):
        return facts.extension_waits
    if verb == "request_extension":
        return not facts.extension_waits
    if verb == "seal":
        return not facts.case.sealed
    if verb == "unseal":
        return facts.case.sealed
    return not (verb == "return_reply" and status != Status.PENDING_APPROVAL)


def _button(case: Case, row: Transition, place: int) -> Button:
    tone = ACTS[row.verb].tone if row.verb in ACTS else ""
    main = place == 0 and (row.verb in FIRST)
    label = _("Write the reply") if row.verb == "draft_reply" else pick(row.label)
    return Button(
        row.verb, label, act_url(case, row.verb), row.verb in BUTTONS, tone or ("" if main else "secondary")
    )


@desk_page
def case_page(request: DeskRequest, reference: str) -> HttpResponse:
    """`/can-bo/don/<reference>/`. At most twelve queries."""
    case = find_case(request.user, reference)
    at = timezone.now()
    entries = timeline(case, staff=True, language=language())
    facts = Facts(entries, getattr(case, "publication", None), case)
    shown = buttons(case, request.user, facts)
    verbs, mine = {button.verb for button in shown}, case.handler_id == request.user.pk
    context: dict[str, Any] = {
        "case": case,
        "facts": facts,
        "status_label": status_name(case.status, language()),
        "labels": labels(case),
        "primary": [b for b in shown if b.tone == ""],
        "secondary": [b for b in shown if b.tone == "secondary"],
        "danger": [b for b in shown if b.tone == "danger"],
        "clocks": [ClockLine(view, at) for view in clock_views(case, at=at, language=language())],
        "events": [event_row(entry) for entry in reversed(entries)],
        "notes": around.notes(entries, request.user),
        "may_note": "note" in verbs,
        "files": [file_row(case, file) for file in case.attachments.all()],
        # What is only being typed yet is its writer's; the others see it once it was saved or handed in.
        "replies": _replies(case) if facts.has("draft_reply") or facts.has("submit_reply") or mine else [],
        "coordinations": around.coordinations(case, at, may_remind="coordinate" in verbs)
        if facts.has("coordinate")
        else [],
        "extension": case.extensions.order_by("-pk").first() if facts.has("request_extension") else None,
        "rating": case.ratings.order_by("-pk").first() if facts.has("rate") else None,
        "related": related(case, request.user),
        "assigned_because": _assigned_because(entries),
        "flags": _flags(case) if case.needs_triage or (case.urgent and case.is_open) else [],
        "drafting": Reply.State.DRAFT,
    }
    return show(request, "case", context)


@dataclass(frozen=True)
class ClockLine:
    """A clock with its badge words; the explanation is opened in place."""

    view: ClockView
    at: datetime

    @property
    def left(self) -> str:
        return (
            time_left(self.view.due_at, self.at)
            if self.view.state in ("running", "due_soon", "overdue")
            else ""
        )

    @property
    def sentences(self) -> list[str]:
        return self.view.sentences(language())

    @property
    def summary(self) -> str:
        """How long it took, or has taken, and whether that was in time."""
        return summary(self.view.facts(self.at), presumed=is_presumed(self.view))


def labels(case: Case) -> list[dict[str, str]]:
    """The facts beside the letter, names from the catalogue in memory."""
    book = catalogue()
    pairs = [
        (_("Topic"), name_of(book.topics.get(case.topic_id or ""))),
        (_("Issue"), name_of(book.issues.get(case.issue_id or ""))),
        (_("Kind"), _kind(case)),
        *particulars(case),
        (_("Unit"), name_of(book.units.get(case.unit_id or ""))),
        (_("Handler"), str(case.handler) if case.handler else _("Nobody yet")),
        (_("Procedure"), name_of(book.procedures.get(case.procedure_id or ""))),
        (_("Place"), name_of(book.units.get(case.place_id or ""))),
        (_("Dossier code"), case.dossier_code),
        (_("Transferred to"), name_of(book.units.get(case.transferred_to_id or ""))),
        (_("About the unit"), name_of(book.units.get(case.subject_unit_id or ""))),
        (_("About the officer"), str(case.subject_officer) if case.subject_officer else ""),
        (_("Came by"), case.get_channel_display()),
        (_("Sender"), case.get_visibility_display()),
    ]
    return [{"key": str(key), "value": value} for key, value in pairs if value]


def _kind(case: Case) -> str:
    name = name_of(catalogue().kinds.get(case.kind_id or ""))
    return name if case.kind_confirmed or not name else _("%(kind)s (not confirmed)") % {"kind": name}


CITIZENS = frozenset({"submit", "answer_info", "add_information", "rate", "reopen", "withdraw"})
# What was said to the citizen carries facts of its own here: a unit, an agency, a reason, references.
TOLD = frozenset(
    {"route", "coordinate", "approve_extension", "suspend", "resume", "transfer", "reject", "merge", "split"}
)
ALARMS = frozenset({"due_soon", "overdue", "escalate", "unassignable", "waiting"})


def event_row(entry: Entry) -> dict[str, Any]:
    """A line of the history for `components/timeline.html`."""
    kind = "citizen" if entry.verb in CITIZENS else "alarm" if entry.verb in ALARMS else "office"
    if entry.verb == "approve_reply":
        kind = "answer"
    why = why_assigned(entry.internal.get("why")) if entry.verb == "assign" else ""
    told = _("The citizen reads: “%(sentence)s”") % {"sentence": entry.sentence} if entry.verb in TOLD else ""
    found = sorted_as(entry.internal) if entry.verb == "classify" else ""
    text = "\n".join(filter(None, (found, told, entry.message, why, _to_be_sent(entry.internal))))
    return {"at": entry.at, "title": entry.label, "actor": entry.who, "text": text, "kind": kind}


def sorted_as(internal: dict[str, Any]) -> str:
    """Topic · issue · kind of a "classify" event, by name; "" for one that tells none."""
    book = catalogue()
    rows = (("topic", book.topics), ("issue", book.issues), ("kind", book.kinds))
    names = [name_of(known.get(str(internal.get(head) or ""))) for head, known in rows]
    names += [_("second instance") if internal.get("instance") == 2 else ""]
    names += [_("remote area") if internal.get("remote") else ""]
    return " · ".join(filter(None, dict.fromkeys(names)))  # praise is called so in two catalogues


def _to_be_sent(internal: dict[str, Any]) -> str:
    """The day by which a decision (suspended, going on) must have reached the sender."""
    last = internal.get("send_by")
    if not last:
        return ""
    return _("The decision reaches the sender by %(last)s.") % {
        "last": f"{date.fromisoformat(last):%d/%m/%Y}"
    }


def _assigned_because(entries: list[Entry]) -> str:
    last = next((e for e in reversed(entries) if e.verb in ("assign", "take")), None)
    return why_assigned(last.internal.get("why")) if last else ""


def _replies(case: Case) -> list[Reply]:
    return list(case.replies.select_related("author", "approver").order_by("-number"))


def related(case: Case, user: User) -> list[dict[str, str]]:
    """Parts, the letter it was split from, duplicates – only those this person may see."""
    wanted = Q(split_from=case) | Q(merged_into=case)
    for key in (case.split_from_id, case.merged_into_id):
        if key:
            wanted |= Q(pk=key)
    rows = Case.objects.visible_to(user).filter(wanted).order_by("pk")[:20]
    return [
        {"reference": r.reference, "url": reverse("desk_case", args=[r.reference]), "how": _how(case, r)}
        for r in rows
    ]


def _how(case: Case, other: Case) -> str:
    if other.pk == case.split_from_id:
        return _("this letter is a part of it")
    if other.pk == case.merged_into_id:
        return _("this letter was merged into it")
    return (
        _("split from this letter") if other.split_from_id == case.pk else _("the same matter, merged here")
    )


def latest_suggestion(case: Case) -> Suggestion | None:
    return case.suggestions.order_by("-pk").first()


def _flags(case: Case) -> list[FlagLine]:
    """The classifier's warnings until somebody sorted the letter; that it is urgent, as long as it is."""
    lines = flag_lines(case, latest_suggestion(case))
    return lines if case.needs_triage else [line for line in lines if line.code == "urgent"]


def file_row(case: Case, file: Attachment) -> dict[str, Any]:
    return {
        "name": file.name,
        "url": reverse("desk_file", args=[case.reference, file.pk]),
        "size": file.size,
        "note": _("from the citizen") if file.by_citizen else _("added by the office"),
    }


@desk_page
def download(request: DeskRequest, reference: str, number: int) -> HttpResponseBase:
    """An attachment, as a download only: it is never shown from this address."""
    case = find_case(request.user, reference)
    row = get_object_or_404(case.attachments, pk=number)
    try:
        stream = row.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(stream, as_attachment=True, filename=row.name, content_type=row.media_type)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
