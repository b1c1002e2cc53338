"""What a citizen may do with a letter already sent. Each act is one form; errors keep what was typed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from feedback import actions, errors, uploads
from feedback.models import Case
from feedback.web.citizen import access, limits
from feedback.web.citizen.case import asked, open_case
from feedback.web.citizen.fields import Area, Files, PageForm, Typed, cleaned
from feedback.web.errors import add_to_form
from feedback.web.words import sentence

Clean = list[uploads.CleanFile]


class ActForm(PageForm):
    """`once` is a number used once: the second of two clicks does nothing."""

    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)


class AnswerForm(ActForm):
    text = Typed(required=True, strip=False, label=_("Your answer"), widget=Area(6))
    files = Files(label=_("Papers or pictures"), help_text=_("Up to 5 files of 10 MB: JPG, PNG or PDF."))  # type: ignore[assignment]  # a field, as the office names it


class AddForm(ActForm):
    text = Typed(strip=False, label=_("What would you like to add?"), widget=Area(6))
    files = Files(label=_("Papers or pictures"), help_text=_("Up to 5 files of 10 MB: JPG, PNG or PDF."))  # type: ignore[assignment]  # a field, as the office names it


class ReopenForm(ActForm):
    text = Typed(required=True, strip=False, label=_("What is still unclear?"), widget=Area(6))


class WithdrawForm(ActForm):
    """A question without fields."""


@dataclass(frozen=True)
class Act:
    """One page: its verb, form, words, and how the verb is called."""

    verb: str
    form: type[ActForm]
    title: str | Promise
    text: str | Promise
    button: str | Promise
    done: str | Promise
    call: Callable[[Case, dict[str, str], Clean], object]
    tone: str = ""


def _answer(case: Case, given: dict[str, str], files: Clean) -> object:
    return actions.answer_info(case, text=given["text"], files=files, by=actions.CITIZEN, at=timezone.now())


def _add(case: Case, given: dict[str, str], files: Clean) -> object:
    return actions.add_information(case, text=given["text"], files=files, at=timezone.now())


def _reopen(case: Case, given: dict[str, str], files: Clean) -> object:
    return actions.reopen(case, text=given["text"], by=actions.CITIZEN, at=timezone.now())


def _withdraw(case: Case, given: dict[str, str], files: Clean) -> object:
    return actions.withdraw(case, at=timezone.now())


ACTS: dict[str, Act] = {
    "tra-loi": Act(
        "answer_info",
        AnswerForm,
        _("Answer our question"),
        _("As soon as your answer arrives the clock runs on."),
        _("Send the answer"),
        _("Thank you. Your answer has arrived and the clock runs on."),
        _answer,
    ),
    "gui-them": Act(
        "add_information",
        AddForm,
        _("Add information or a document"),
        _("What you sent before stays as it is; this is put beside it."),
        _("Send"),
        _("Thank you. What you added has arrived."),
        _add,
    ),
    "lam-ro": Act(
        "reopen",
        ReopenForm,
        _("Ask for clarification"),
        _(
            "You may ask once. The same unit answers again, within a time limit of its own. If you disagree "
            "after that, the law gives you the right of complaint."
        ),
        _("Ask for clarification"),
        _("Your question has arrived. A new time limit begins."),
        _reopen,
    ),
    "rut-don": Act(
        "withdraw",
        WithdrawForm,
        _("Withdraw the letter?"),
        _(
            "We stop working on it and no answer is written. This cannot be undone; you may write a new letter. "
            "A denunciation may be looked into all the same, as the law demands."
        ),
        _("Yes, withdraw my letter"),
        _("Your letter was withdrawn."),
        _withdraw,
        tone="danger",
    ),
}


@open_case
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, case: Case, act: str) -> HttpResponse:
    """Ask, then do. A verb the table does not allow now leads back to the letter with a sentence."""
    if act not in ACTS:
        raise Http404
    row = ACTS[act]
    if request.method != "POST":
        actions.permit(case, row.verb, actions.CITIZEN)
        form = row.form(initial={"once": secrets.token_urlsafe(12)})
        return _show(request, case, row, form)
    form = row.form(request.POST, request.FILES)
    form.full_clean()
    once = f"once-{case.pk}-{form.cleaned_data.get('once') or secrets.token_urlsafe(12)}"
    if not cache.add(once, 1, 24 * 3600):
        return _back(request, case, row)  # pressed twice: the first one was heard
    try:
        row.call(case, form.typed(), _clean_files(request))
    except errors.OfficeError as error:
        cache.delete(once)
        add_to_form(form, error)
        return _show(request, case, row, form, status=error.status if error.status != 400 else 422)
    return _back(request, case, row)


def _clean_files(request: HttpRequest) -> Clean:
    """The uploads, cleaned. Raises InvalidInput naming every file refused."""
    clean: Clean = []
    for upload in request.FILES.getlist("files"):
        limits.file_held(request)
        try:
            clean.append(cleaned(upload))
        except errors.FileRefused as error:
            raise errors.InvalidInput({"files": error}) from error
    if len(clean) > uploads.MAX_FILES:
        raise errors.TooManyFiles("files", maximum=uploads.MAX_FILES)
    return clean


def _show(request: HttpRequest, case: Case, row: Act, form: ActForm, status: int = 200) -> HttpResponse:
    question = asked(case) if row.verb == "answer_info" else ""
    context = {"case": case, "act": row, "form": form, "question": question}
    return render(request, "feedback/citizen/act.html", context, status=status)


def _back(request: HttpRequest, case: Case, row: Act) -> HttpResponse:
    messages.success(request, str(row.done))
    return redirect("case", reference=case.reference)


@open_case
@require_POST
def rate(request: HttpRequest, case: Case) -> HttpResponseBase:
    """One tap gives the score; words may follow on the same page."""
    score = request.POST.get("score", "")
    try:
        actions.rate(
            case,
            score=int(score) if score.isdecimal() and len(score) < 3 else 0,
            words=request.POST.get("words", "").strip(),
            at=timezone.now(),
        )
    except errors.OfficeError as error:
        messages.error(request, sentence(error))
    else:
        messages.success(request, str(_("Thank you for your verdict.")))
    return HttpResponseRedirect(reverse("case", args=[case.reference]) + "#danh-gia")


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Forget every letter opened in this browser: for shared telephones and computers."""
    access.leave(request)
    messages.success(request, str(_("You have left. Nobody can open your letter here without the code.")))
    return redirect("lookup")
