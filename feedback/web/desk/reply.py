"""The answer: written from a template, looked at as the citizen will see it, approved by a second person."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback import actions
from feedback.models import Case, Identity, Publication, Reply, ReplyTemplate, User, catalogue
from feedback.web.desk.acts import page_for, perform
from feedback.web.desk.base import DeskRequest, act_url, case_url, pick, seen_version, show
from feedback.web.desk.forms import ActForm, words
from feedback.web.desk.similar import answers_to_start_from
from feedback.web.words import name_of
from feedback.workflow import Transition

# A reply that still holds "[…]" was not finished; the templates mark so what only the handler knows.
_GAP = re.compile(r"\[[^\]\n]{3,200}\]")
_FIELD = re.compile(r"\{(reference|citizen|received_date|unit|handler|due_date|procedure)\}")
_TOKEN = re.compile(r"\S+\s*|\s+")


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


def changes(old: str, new: str) -> list[tuple[str, str]]:
    """(“same” | “ins” | “del”, text) from the old version to the new one, word by word."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    result: list[tuple[str, str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            result.append(("same", "".join(before[a:b])))
            continue
        result += [("del", "".join(before[a:b]))] if b > a else []
        result += [("ins", "".join(after[c:d]))] if d > c else []
    return result


class Draft(ActForm):
    body = words(
        gettext_lazy("Reply"),
        gettext_lazy("Dear reader first: what was found, what is done, by which day."),
        rows=18,
    )


def _editor(
    request: DeskRequest,
    case: Case,
    row: Transition,
    form: Draft,
    status: int,
    preview: str = "",
    started_from: Publication | None = None,
) -> HttpResponse:
    replies = list(case.replies.select_related("author", "approver").order_by("-number"))
    returned = next((r for r in replies if r.state == Reply.State.RETURNED), None)
    verbs = {t.verb for t in actions.allowed_actions(case, request.user)}
    context = {
        "case": case,
        "case_url": case_url(case),
        "form": form,
        "version": request.POST.get("version") or case.version,
        "templates": [{"code": t.code, "name": t.name_vi} for t in templates_for(case)],
        "chosen_template": request.GET.get("template", ""),
        "can_submit": "submit_reply" in verbs,
        "can_draft": "draft_reply" in verbs,
        "returned": returned if _still_answers(replies, returned) else None,
        "unit": name_of(catalogue().units.get(case.unit_id or "")),
        "preview": preview,
        "draft": replies[0] if replies and replies[0].state == Reply.State.DRAFT else None,
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
        return _editor(request, case, row, form, 200, started_from=earlier)
    form, wanted = Draft(request.POST, case=case, user=request.user), request.POST.get("act", row.verb)
    if not form.is_valid():
        return _editor(request, case, row, form, 422)
    body = form.cleaned_data["body"]
    if wanted == "preview":
        return _editor(request, case, row, form, 200, preview=body)
    if wanted == "submit_reply" and (gaps := _GAP.findall(body)):
        form.add_error(
            "body",
            _("Please fill in what still stands in brackets: %(gaps)s") % {"gaps": ", ".join(gaps[:5])},
        )
        return _editor(request, case, row, form, 422)
    verb = actions.submit_reply if wanted == "submit_reply" else actions.draft_reply

    def run() -> object:
        return verb(case, body=body, by=request.user, at=timezone.now(), seen=seen_version(request))

    def again(status: int) -> HttpResponse:
        return _editor(request, case, row, form, status)

    if verb is actions.submit_reply:
        return perform(request, case, row, form, run, again, done=_("The reply was handed in for approval."))
    done = _("The draft is saved.")
    return perform(request, case, row, form, run, again, done=done, to=act_url(case, "draft_reply"))


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


class Remarks(ActForm):
    remarks = words(
        gettext_lazy("Remarks"), gettext_lazy("Only needed for returning. The handler reads them."), rows=4
    )

    def prepare(self) -> None:
        self.fields["remarks"].required = False


@page_for("approve_reply", "return_reply")
def approval(request: DeskRequest, case: Case, row: Transition) -> HttpResponse:
    """The leader's page: the letter, the reply as the citizen will read it, what changed since it was returned."""
    posted = request.POST if request.method == "POST" else None
    form = Remarks(posted, case=case, user=request.user)
    versions = list(case.replies.select_related("author").order_by("-number")[:2])
    submitted = versions[0] if versions else None
    earlier = versions[1] if len(versions) > 1 else None

    def draw(status: int = 200) -> HttpResponse:
        context: dict[str, Any] = {
            "case": case,
            "case_url": case_url(case),
            "label": pick(row.label),
            "form": form,
            "version": request.POST.get("version") or case.version,
            "reply": submitted,
            "earlier": earlier if earlier and earlier.state == Reply.State.RETURNED else None,
            "changes": changes(earlier.body, submitted.body) if earlier and submitted else [],
            "own": submitted is not None and submitted.author_id == request.user.pk,
            "unit": name_of(catalogue().units.get(case.unit_id or "")),
        }
        return show(request, "approval", context, status)

    if posted is None or not form.is_valid():
        return draw(200 if posted is None else 422)
    returning = posted.get("act") == "return_reply"

    def run() -> object:
        common: dict[str, Any] = {"by": request.user, "at": timezone.now(), "seen": seen_version(request)}
        if returning:
            return actions.return_reply(case, remarks=form.cleaned_data["remarks"], **common)
        return actions.approve_reply(case, **common)

    done = _("The reply was returned to the handler.") if returning else _("The reply was approved and sent.")
    return perform(request, case, row, form, run, draw, done=done)
