"""The answer: written from a template, saved while it grows, looked at as the citizen will see it, handed in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback import actions
from feedback.errors import OfficeError
from feedback.models import Case, Identity, Publication, Reply, ReplyTemplate, User, catalogue
from feedback.web.desk import checklist, drafts
from feedback.web.desk.acts import page_for, perform
from feedback.web.desk.base import DeskRequest, act_url, case_url, seen_version, show
from feedback.web.desk.compare import changes
from feedback.web.desk.forms import ActForm, words
from feedback.web.desk.similar import answers_to_start_from
from feedback.web.words import language, name_of
from feedback.workflow import Transition

__all__ = ["changes", "editor", "filled", "templates_for"]

# A reply that still holds "[…]" was not finished; the templates mark so what only the handler knows.
MOST_GAPS = 20
_GAP = re.compile(r"\[[^\]\n]{3,200}\]")
_FIELD = re.compile(r"\{(reference|citizen|received_date|unit|handler|due_date|procedure)\}")


def templates_for(case: Case) -> list[ReplyTemplate]:
    """Templates that fit, the most telling first: topic and issue before either, either before neither."""
    topics, issues = _with_parent(case.topic_id, "topics"), _with_parent(case.issue_id, "issues")
    fitting = ReplyTemplate.objects.filter(
        Q(topic=None) | Q(topic__in=topics),
        Q(issue=None) | Q(issue__in=issues),
        Q(kind=None) | Q(kind=case.kind_id),
    )
    return sorted(fitting, key=lambda t: (-sum(map(bool, (t.topic_id, t.issue_id, t.kind_id))), t.name_vi))


def _with_parent(code: str | None, head: str) -> list[str]:
    row = getattr(catalogue(), head).get(code or "")
    return [c for c in (row.code, row.parent_id) if c] if row else []


def filled(template: ReplyTemplate, case: Case, user: User) -> str:
    """The template with its fields filled in; anything else in braces stays as it is."""
    book = catalogue()
    procedure = book.procedures.get(case.procedure_id or "")
    unit = book.units.get(case.unit_id or "")
    values = {
        "reference": case.reference,
        "citizen": _citizen(case, user),
        "received_date": f"{timezone.localtime(case.received_at):%d/%m/%Y}",
        "unit": unit.name_vi if unit else "",
        "handler": str(user),
        "due_date": f"{timezone.localtime(case.due_at):%d/%m/%Y}",
        "procedure": procedure.name_vi if procedure else "[tên thủ tục]",
    }
    return _FIELD.sub(lambda match: values[match[1]], template.body_vi)


def _citizen(case: Case, user: User) -> str:
    """ "ông/bà", with the name only if this person has already read the identity of this case, on record."""
    if case.sealed or not case.events.filter(verb="read_identity", actor=user).exists():
        return "ông/bà"
    identity = Identity.objects.filter(case=case).first()
    name = str(identity.details.get("name", "")) if identity else ""
    return f"ông/bà {name}".strip()


class Draft(ActForm):
    body = words(
        gettext_lazy("Reply"),
        gettext_lazy("Dear reader first: what was found, what is done, by which day."),
        rows=18,
    )


@dataclass(frozen=True)
class Gap:
    """One place of a template that only the handler can fill: a field of its own beside the text."""

    name: str
    words: str  # as it stands in the text, brackets included
    value: str = ""

    @property
    def label(self) -> str:
        inside = self.words[1:-1].strip()
        return inside[:1].upper() + inside[1:]


def gaps_of(body: str, posted: QueryDict | None = None) -> list[Gap]:
    """Each blank of the text once, in its order; what was typed for it stays in the field."""
    typed = _typed_gaps(posted) if posted is not None else {}
    found = list(dict.fromkeys(_GAP.findall(body)))[:MOST_GAPS]
    return [Gap(f"gap-{place}", blank, typed.get(blank, "")) for place, blank in enumerate(found)]


def _typed_gaps(posted: QueryDict) -> dict[str, str]:
    names = [name.removesuffix("-of") for name in posted if name.startswith("gap-") and name.endswith("-of")]
    return {str(posted[f"{name}-of"]): posted.get(name, "").strip() for name in names}


def fill_in(body: str, posted: QueryDict) -> str:
    """The text with every blank replaced by what was typed for it; an empty field leaves its blank standing."""
    for blank, value in _typed_gaps(posted).items():
        if value and _GAP.fullmatch(blank):
            body = body.replace(blank, value[:1000])
    return body


def _editor(
    request: DeskRequest,
    case: Case,
    form: Draft,
    status: int = 200,
    *,
    preview: str = "",
    started_from: Publication | None = None,
    errors: Sequence[dict[str, str]] = (),
) -> HttpResponse:
    replies = list(case.replies.select_related("author", "approver").order_by("-number"))
    returned = next((r for r in replies if r.state == Reply.State.RETURNED), None)
    verbs = {t.verb for t in actions.allowed_actions(case, request.user)}
    posted = request.POST if request.method == "POST" else None
    versions = actions.draft_versions(case)
    draft = replies[0] if replies and replies[0].state == Reply.State.DRAFT else None
    context = {
        "case": case,
        "case_url": case_url(case),
        "form": form,
        "errors": errors,
        "version": request.POST.get("version") or case.version,
        "mark": request.POST.get("mark", "")[: drafts.MARK]
        or actions.mark_of(replies[0] if replies else None),
        "window": request.POST.get("window", "")[: drafts.MARK] or drafts.new_window(),
        "templates": [{"code": t.code, "name": t.name_vi} for t in templates_for(case)],
        "chosen_template": request.GET.get("template", ""),
        "gaps": gaps_of(str(form["body"].value() or ""), posted),
        "questions": checklist.lines(case, posted),
        "can_submit": "submit_reply" in verbs,
        "can_draft": "draft_reply" in verbs,
        "returned": returned if _still_answers(replies, returned) else None,
        "unit": name_of(catalogue().units.get(case.unit_id or "")),
        "preview": preview,
        "draft": draft,
        "unsaved": posted is not None or started_from is not None or "template" in request.GET,
        "drafts_url": drafts.address(case) if versions else "",
        "aside": [v for v in versions if v.aside and v.author_id != request.user.pk],
        "starts": answers_to_start_from(case),
        "started_from": started_from,
    }
    return show(request, "reply", context, status)


def _still_answers(replies: list[Reply], returned: Reply | None) -> bool:
    """The remarks of a returned version matter until the next one is handed in."""
    if returned is None:
        return False
    newest = replies[0]
    return newest == returned or (newest.state == Reply.State.DRAFT and newest.number == returned.number + 1)


@page_for("draft_reply", "submit_reply")
def editor(request: DeskRequest, case: Case, row: Transition) -> HttpResponse:
    """Write, save, look, hand in. The button decides: draft_reply, submit_reply, or only a look."""
    if request.method != "POST":
        earlier = _earlier_answer(request)
        form = Draft(case=case, user=request.user, initial={"body": _start(request, case, earlier)})
        return _editor(request, case, form, started_from=earlier)
    wanted = request.POST.get("act", row.verb)
    if wanted == "fill":
        body = fill_in(request.POST.get("body", ""), request.POST)
        return _editor(request, case, Draft(case=case, user=request.user, initial={"body": body}))
    if wanted == "add_question":
        return _add_question(request, case)
    form = Draft(request.POST, case=case, user=request.user)
    if not form.is_valid():
        return _editor(request, case, form, 422)
    if wanted == "preview":
        return _editor(request, case, form, preview=form.cleaned_data["body"])
    return _save(request, case, row, form, submitting=wanted == "submit_reply")


def _save(
    request: DeskRequest, case: Case, row: Transition, form: Draft, *, submitting: bool
) -> HttpResponse:
    body = form.cleaned_data["body"]
    if submitting and (gaps := _GAP.findall(body)):
        form.add_error(
            "body",
            _("Please fill in what still stands in brackets: %(gaps)s") % {"gaps": ", ".join(gaps[:5])},
        )
        return _editor(request, case, form, 422)
    moved: list[OfficeError] = []

    def run() -> object:
        try:
            return _hand_over(request, case, body, submitting=submitting)
        except actions.DraftMoved as error:
            moved.append(error)
            raise

    done = _("The reply was handed in for approval.") if submitting else _("The draft is saved.")
    to = "" if submitting else act_url(case, "draft_reply")
    answer = perform(
        request, case, row, form, run, lambda status: _editor(request, case, form, status), done=done, to=to
    )
    return drafts.both(request, case, form, moved[0]) if moved else answer


def _hand_over(request: DeskRequest, case: Case, body: str, *, submitting: bool) -> object:
    """The act itself. When a question stands in the way of handing in, words and ticks are kept all the same."""
    verb = actions.submit_reply if submitting else actions.draft_reply
    said: dict[str, Any] = checklist.said(request)
    upon: dict[str, Any] = drafts.written_upon(request)
    common: dict[str, Any] = {"by": request.user, "at": timezone.now()}
    try:
        return verb(case, body=body, seen=seen_version(request), **said, **upon, **common)
    except (actions.UnansweredQuestions, actions.StrikeWithoutReason) as error:
        actions.keep_draft(case, body=body, **upon, **common)
        if isinstance(error, actions.UnansweredQuestions):
            actions.settle_questions(case, **said, **common)
        raise


def _add_question(request: DeskRequest, case: Case) -> HttpResponse:
    """A question the finder did not see; the text typed so far stays in the page."""
    form = Draft(case=case, user=request.user, initial={"body": request.POST.get("body", "")})
    try:
        actions.settle_questions(case, by=request.user, at=timezone.now(), **checklist.said(request))
    except OfficeError as error:
        problem = {"href": "#questions", "message": error.sentence(language())}
        return _editor(request, case, form, 422, errors=[problem])
    return _editor(request, case, form)


def _start(request: DeskRequest, case: Case, earlier: Publication | None) -> str:
    """What the editor opens with: an earlier answer or the chosen template, else the draft (or the returned version)
    at hand."""
    if earlier is not None:
        return earlier.answer
    template = ReplyTemplate.objects.filter(code=request.GET.get("template", "")[:40]).first()
    if template is not None:
        return filled(template, case, request.user)
    draft = actions.current_draft(case)
    return draft.body if draft else ""


def _earlier_answer(request: DeskRequest) -> Publication | None:
    """The published answer the page was asked to start from, as published: what was hidden stays a gap to fill."""
    number = request.GET.get("start", "")
    if not number.isdecimal() or len(number) > 18:
        return None
    return Publication.objects.published().filter(pk=int(number)).first()
