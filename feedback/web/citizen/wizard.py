"""The letter form: four pages, no script, nothing typed is lost.

Every POST first saves what was typed, then judges it, then leads on (Post/Redirect/Get), so that back, reload and a
second click are harmless. The judging is `actions.intake.check`; a page shows the errors of its own questions only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from feedback import actions, errors
from feedback.actions import intake
from feedback.models import IntakeDraft
from feedback.web.citizen import answered, drafts, limits
from feedback.web.citizen.fields import PageForm, cleaned
from feedback.web.citizen.forms import CheckForm, WhatForm, WhereForm, WhoForm
from feedback.web.errors import add_to_form
from feedback.web.words import language, sentence


@dataclass(frozen=True)
class Step:
    slug: str
    label: str | Promise
    form: type[PageForm]

    @property
    def url(self) -> str:
        return reverse("submit_step", args=[self.slug]) if self.slug else reverse("submit")

    @property
    def template(self) -> str:
        return f"feedback/citizen/form_{self.form.__name__.removesuffix('Form').lower()}.html"


STEPS = (
    Step("", gettext_lazy("What happened"), WhatForm),
    Step("noi-lien-quan", gettext_lazy("Place and procedure"), WhereForm),
    Step("lien-he", gettext_lazy("How to reach you"), WhoForm),
    Step("kiem-tra", gettext_lazy("Check your answers"), CheckForm),
)
CHECK = len(STEPS) - 1
BY_SLUG = {step.slug: number for number, step in enumerate(STEPS)}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str = "") -> HttpResponse:
    """One question page of the form."""
    number = BY_SLUG[slug]
    draft = drafts.find(request)
    if number and draft is None:
        # Sent already (back, reload, a second click), or the draft has expired.
        return redirect("submit_sent" if drafts.sent(request) else "submit")
    if request.method == "POST":
        return _answered(request, number, draft)
    if number and (open_step := first_open(draft, number)) < number:
        return redirect(STEPS[open_step].url)
    form = STEPS[number].form(initial=drafts.values(draft))
    return show(request, number, form, draft)


def _answered(request: HttpRequest, number: int, draft: IntakeDraft | None) -> HttpResponse:
    form, key = STEPS[number].form(request.POST, request.FILES), ""
    if draft is None:
        try:
            limits.draft_begun(request)
        except errors.TooManyRequests as error:
            form.full_clean()
            form.add_error(None, sentence(error))
            return show(request, number, form, None, status=error.status)
        draft, key = drafts.begin(timezone.now())
    refused = _keep(request, form, draft)
    response = _judged(request, number, form, draft, refused)
    if key:
        drafts.remember(response, key)
    return response


def _keep(request: HttpRequest, form: PageForm, draft: IntakeDraft) -> list[errors.OfficeError]:
    """Save words and files before anything is judged; the refusals of single files, each naming its file."""
    drafts.keep(draft, form.typed())
    if gone := request.POST.get("remove", ""):
        _remove_file(draft, gone)
    refused: list[errors.OfficeError] = []
    for upload in request.FILES.getlist("files"):
        try:
            limits.file_held(request)
            actions.hold_for_draft(draft, cleaned(upload), at=timezone.now())
        except errors.OfficeError as error:
            refused.append(error)
    return list({sentence(error): error for error in refused}.values())


def _remove_file(draft: IntakeDraft, number: str) -> None:
    for row in draft.attachments.filter(pk=int(number)) if number.isdecimal() and len(number) < 19 else ():
        row.file.delete(save=False)
        row.delete()


def _judged(
    request: HttpRequest, number: int, form: PageForm, draft: IntakeDraft, refused: list[errors.OfficeError]
) -> HttpResponse:
    form.full_clean()
    for error in refused:
        form.add_error("files", sentence(error))
    if request.POST.get("website"):
        form.add_error(None, _("A box that must stay empty was filled in. Please send once more."))
    if not refused and {"remove", "stay"} & request.POST.keys():
        return HttpResponseRedirect(STEPS[number].url + "#id_files")
    for field, error in problems(draft).items():
        if field in form.fields:
            add_to_form(form, errors.InvalidInput({field: error}))
    if form.errors:
        return show(request, number, form, draft, status=422)
    return redirect(_next(number, draft))


def _next(number: int, draft: IntakeDraft) -> str:
    """The next page; after a change asked for on the last page, back to it."""
    target = CHECK if draft.data.get("checked") else number + 1
    return STEPS[first_open(draft, target)].url


def letter_of(draft: IntakeDraft | None) -> actions.Letter:
    """The letter as far as it is typed, without its files."""
    typed = drafts.values(draft)
    names = ("visibility", "name", "phone", "email", "address", "place", "procedure", "dossier_code")
    given: dict[str, Any] = {name: typed[name].strip() for name in names if typed.get(name)}
    return actions.Letter(text=typed.get("text", ""), language=language(), **given)


def problems(draft: IntakeDraft | None) -> dict[str, errors.OfficeError]:
    """Everything the office would refuse in this draft, by field."""
    try:
        intake.check(letter_of(draft), timezone.now())
    except errors.InvalidInput as error:
        return error.errors
    return {}


def first_open(draft: IntakeDraft | None, wanted: int) -> int:
    """`wanted`, or an earlier page whose answers the office would refuse."""
    wrong = problems(draft).keys()
    earlier = (n for n in range(wanted) if wrong & STEPS[n].form.base_fields.keys())
    return next(earlier, wanted)


def show(
    request: HttpRequest,
    number: int,
    form: PageForm,
    draft: IntakeDraft | None,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    """Draw one page of the form."""
    step = STEPS[number]
    context = {
        "form": form,
        "steps": [s.label for s in STEPS],
        "current": number + 1,
        "back": STEPS[number - 1].url if number else "",
        "action": step.url,
        "enough": answered.ENOUGH,
        "held": list(draft.attachments.all()) if draft and draft.pk and number in (0, CHECK) else [],
        "kept_since": draft.updated_at
        if draft and draft.pk and not number and request.method == "GET"
        else None,
        **extra,
    }
    return render(request, step.template, context, status=status)


@require_http_methods(["POST"])
def forget(request: HttpRequest) -> HttpResponse:
    """The citizen wants to begin anew."""
    if draft := drafts.find(request):
        drafts.drop(draft)
    return redirect("submit")


def keep_typed(request: HttpRequest, slug: str = "") -> HttpResponse:
    """After a failed security check: keep, do not send, show the page again with everything in it.

    A browser that sent the draft's cookie is on our own page (SameSite), so its draft may take the words over.
    Without the cookie they are only shown back: the browser refuses cookies, or the request came from elsewhere.
    """
    number = BY_SLUG[slug]
    form = STEPS[number].form(request.POST, request.FILES)
    form.full_clean()
    draft = drafts.find(request)
    if draft is None:
        no_cookies = _(
            "Your browser does not keep cookies of this site, so we cannot lead you on. "
            "Please allow them, then press the button again; your words are still here."
        )
        form.add_error(None, no_cookies)
    else:
        for error in _keep(request, form, draft):
            form.add_error("files", sentence(error))
        form.add_error(
            None, _("The page had become too old. Nothing is lost: please press the button once more.")
        )
    return show(request, number, form, draft, status=403)


page.keep_typed = keep_typed  # type: ignore[attr-defined]  # read by feedback.web.errors.csrf_failure
