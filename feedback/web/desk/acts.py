"""Every verb of the workflow as a page: `/can-bo/don/<reference>/<verb>/`.

Verbs that need words get a form; the others are a button that posts here. Verbs with a page of their own
(classify, split, merge, replies, publication, identity) are looked up in `PAGES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback import actions, workflow
from feedback.errors import OfficeError
from feedback.models import Case
from feedback.reports.timeline import timeline
from feedback.web.desk import advice
from feedback.web.desk import forms as needs
from feedback.web.desk.base import (
    DeskRequest,
    case_url,
    desk_page,
    find_case,
    pick,
    seen_version,
    show,
    still_visible,
)
from feedback.web.errors import add_to_form
from feedback.web.words import language
from feedback.workflow import Transition


@dataclass(frozen=True)
class Act:
    """How one verb is asked for and called. `counts_version`: the verb refuses a page that went stale."""

    run: Callable[..., object]
    form: type[needs.ActForm] = needs.NoWords
    counts_version: bool = True
    tone: str = ""
    text: Any = ""
    advice: Callable[[Case], list[str]] | None = None  # sentences about this very case


ACTS: dict[str, Act] = {
    "seal": Act(
        actions.seal,
        needs.InternalReason,
        text=gettext_lazy("From now on only the integrity officers and the handler see this letter."),
    ),
    "unseal": Act(
        actions.unseal, needs.InternalReason, text=gettext_lazy("The letter returns to the ordinary desk.")
    ),
    "route": Act(actions.route, needs.Routing),
    "assign": Act(actions.assign, needs.Assignment),
    "take": Act(actions.take),
    "accept": Act(actions.accept),
    "ask_citizen": Act(actions.ask_citizen, needs.Question),
    "answer_info": Act(actions.answer_info, needs.Information),
    "note": Act(actions.note, needs.Note, counts_version=False),
    "coordinate": Act(
        actions.coordinate, needs.Coordination, text=gettext_lazy("The citizen's clock runs on meanwhile.")
    ),
    "give_opinion": Act(actions.give_opinion, needs.Opinion, counts_version=False),
    "end_coordination": Act(
        actions.end_coordination,
        text=gettext_lazy("Opinions that have not come yet are no longer waited for."),
    ),
    "request_extension": Act(
        actions.request_extension,
        needs.PublicReason,
        text=gettext_lazy(
            "A leader decides. When it is granted, the citizen is told the new date and this reason."
        ),
        advice=advice.of_extension,
    ),
    "approve_extension": Act(
        actions.approve_extension,
        text=gettext_lazy("The citizen is told the new date and the reason."),
        advice=advice.of_decision,
    ),
    "suspend": Act(
        actions.suspend,
        needs.PublicReason,
        text=gettext_lazy("The clock stands still until you decide to go on. The citizen is told at once."),
        advice=advice.of_suspension,
    ),
    "resume": Act(
        actions.resume,
        needs.PublicReason,
        text=gettext_lazy("The clock runs on from today. The citizen is told at once."),
        advice=advice.of_suspension,
    ),
    "refuse_extension": Act(actions.refuse_extension, needs.InternalReason),
    "transfer": Act(
        actions.transfer,
        needs.Transfer,
        tone="danger",
        text=gettext_lazy("The case ends here; the citizen is told where the letter went and why."),
    ),
    "reject": Act(
        actions.reject,
        needs.Rejection,
        tone="danger",
        text=gettext_lazy("The case ends here; the citizen is told why and where to go instead."),
    ),
    "withdraw_publication": Act(
        actions.withdraw_publication,
        needs.PublicReason,
        tone="danger",
        text=gettext_lazy("The public page disappears; the public and the citizen read this reason."),
    ),
    "reopen": Act(actions.reopen, needs.Reopening),
    "close": Act(actions.close, text=gettext_lazy("Nothing more will happen to this letter.")),
    "set_subject": Act(
        actions.set_subject,
        needs.Subject,
        text=gettext_lazy(
            "The unit and the officer named here no longer see the letter and cannot receive it."
        ),
    ),
}
# Verbs that may be sent by one button on a list or the case page, without a page between.
BUTTONS = ("take", "accept")

Page = Callable[[DeskRequest, Case, Transition], HttpResponse]
PAGES: dict[str, Page] = {}


def page_for(*verbs: str) -> Callable[[Page], Page]:
    """Register a verb's own page."""

    def register(page: Page) -> Page:
        PAGES.update(dict.fromkeys(verbs, page))
        return page

    return register


@desk_page
def act(request: DeskRequest, reference: str, verb: str) -> HttpResponse:
    """The door of every verb. A verb that is not permitted now answers 403 or 409, never silently."""
    if verb not in ACTS and verb not in PAGES:
        raise Http404
    case = find_case(request.user, reference)
    try:
        row, _role = actions.permit(case, verb, request.user)
    except OfficeError as error:
        return refused(request, case, verb, error)
    return PAGES[verb](request, case, row) if verb in PAGES else plain(request, case, row)


def plain(request: DeskRequest, case: Case, row: Transition) -> HttpResponse:
    """A verb whose form is made from `ACTS` alone."""
    spec = ACTS[row.verb]
    form = _form(request, spec, case)
    if request.method != "POST":
        return ask(request, case, row, form)
    if not form.is_valid():
        return ask(request, case, row, form, status=422)
    extra = {"seen": seen_version(request)} if spec.counts_version else {}

    def run() -> object:
        return spec.run(case, **form.arguments(), by=request.user, at=timezone.now(), **extra)

    return perform(request, case, row, form, run, lambda status: ask(request, case, row, form, status=status))


def _form(request: DeskRequest, spec: Act, case: Case) -> needs.ActForm:
    if request.method == "POST":
        return spec.form(request.POST, request.FILES, case=case, user=request.user, auto_id="act_%s")
    # A link may propose an answer (an agency, a unit); it is only a proposal, the person sends it.
    proposed = {
        name: request.GET[name] for name in ("agency", "unit", "code", "remind") if name in request.GET
    }
    return spec.form(case=case, user=request.user, auto_id="act_%s", initial=proposed)


def perform(
    request: DeskRequest,
    case: Case,
    row: Transition,
    form: forms.Form,
    run: Callable[[], object],
    again: Callable[[int], HttpResponse],
    *,
    done: str = "",
    to: str = "",
) -> HttpResponse:
    """Do it and go back to the case; on a refusal show the form again with what was typed.

    409 (somebody else was faster): the page that shows the newest state and keeps every word.
    """
    try:
        run()
    except OfficeError as error:
        if error.status == 409 and error.field is None:
            return refused(request, case, row.verb, error, form)
        add_to_form(form, error)
        return again(422 if error.status == 400 else error.status)
    messages.success(request, done or _("Done: %(verb)s.") % {"verb": pick(row.label)})
    return redirect(to or after(request, case))


def after(request: DeskRequest, case: Case) -> str:
    """Where to go next: where the form says, else the case, else (no longer visible) the desk."""
    wanted = request.POST.get("next", "")
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return wanted
    return case_url(case) if still_visible(request.user, case) else reverse("desk")


def ask(
    request: DeskRequest, case: Case, row: Transition, form: needs.ActForm, status: int = 200
) -> HttpResponse:
    spec = ACTS[row.verb]
    context = {
        "case": case,
        "label": pick(row.label),
        "form": form,
        "text": spec.text,
        "advice": spec.advice(case) if spec.advice else [],
        "tone": spec.tone,
        "version": request.POST.get("version") or case.version,
        "citizen_reads": pick(row.citizen_reads)
        if row.citizen_reads and "{" not in row.citizen_reads[0]
        else "",
        "case_url": case_url(case),
    }
    return show(request, "act", context, status)


def refused(
    request: DeskRequest, case: Case, verb: str, error: OfficeError, form: forms.Form | None = None
) -> HttpResponse:
    """The verb cannot be done: say why, show the newest state, and give back every word that was typed."""
    if not still_visible(request.user, case):
        raise Http404
    case = find_case(request.user, case.reference)
    seen = seen_version(request)
    news = timeline(case, staff=True, language=language())[-5:]
    context = {
        "case": case,
        "case_url": case_url(case),
        "sentence": error.sentence(language()),
        "stale": error.status == 409,
        "label": pick(next(row.label for row in workflow.TRANSITIONS if row.verb == verb)),
        "status_label": workflow.status_name(case.status, language()),
        "news": reversed(news),
        "typed": _typed(request, form),
        "hidden": _hidden(request),
        "can_repeat": request.method == "POST" and seen is not None and actions.may(case, verb, request.user),
        "version": case.version,
    }
    return show(request, "refused", context, error.status)


NOT_WORDS = frozenset({"csrfmiddlewaretoken", "version", "next", "act"})


def _typed(request: DeskRequest, form: forms.Form | None) -> list[tuple[str, str]]:
    """(label, words) of every free text of the form, to be copied or sent again."""
    texts = []
    for name, value in request.POST.items():
        if name in NOT_WORDS:
            continue
        field = form.fields.get(name) if form else None
        is_text = (
            isinstance(field.widget, forms.Textarea) if field else "\n" in str(value) or len(str(value)) > 60
        )
        if is_text and str(value).strip():
            texts.append((str(field.label) if field else "", str(value)))
    return texts


def _hidden(request: DeskRequest) -> list[tuple[str, str]]:
    """Everything that was sent, for sending it once more against the newest version."""
    names = [name for name in request.POST if name not in ("csrfmiddlewaretoken", "version")]
    return [(name, str(value)) for name in names for value in request.POST.getlist(name)]
