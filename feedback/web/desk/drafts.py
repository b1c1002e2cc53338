"""The draft between two acts: saved while it is typed, its earlier states compared and brought back."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from feedback import actions
from feedback.errors import OfficeError
from feedback.models import Case, Reply
from feedback.web.desk import checklist
from feedback.web.desk.base import DeskRequest, act_url, case_url, desk_page, find_case, show
from feedback.web.desk.compare import changes
from feedback.web.words import language

MARK = 30  # characters of a mark or a window's name; longer ones are not ours


def new_window() -> str:
    """A name for one open page, so that its own savings never stand against each other."""
    return secrets.token_hex(8)


def written_upon(request: DeskRequest) -> dict[str, str]:
    """The state of the draft the page was opened with, and which page it is. A form without them checks nothing."""
    mark = request.POST.get("mark", "")[:MARK]
    return {"mark": mark, "window": request.POST.get("window", "")[:MARK]} if mark else {}


def newest(case: Case) -> Reply | None:
    return case.replies.select_related("author").order_by("-number").first()


def address(case: Case) -> str:
    return reverse("desk_drafts", args=[case.reference])


@require_POST
@desk_page
def autosave(request: DeskRequest, reference: str) -> HttpResponse:
    """Save while somebody types: `{"mark", "saved"}`, or `{"sentence", "url"}` with the status of the refusal."""
    case, at = find_case(request.user, reference), timezone.now()
    try:
        reply = actions.keep_draft(
            case, body=request.POST.get("body", ""), by=request.user, at=at, **written_upon(request)
        )
    except OfficeError as error:
        answer = {"sentence": error.sentence(language()), "url": address(case)}
        return JsonResponse(answer, status=error.status)
    told = {"mark": actions.mark_of(reply), "saved": f"{timezone.localtime(at):%H:%M}"}
    try:
        actions.settle_questions(case, by=request.user, at=at, ticks=checklist.said(request)["ticks"])
    except OfficeError as error:  # a question struck out whose reason is still being typed
        told["sentence"] = error.sentence(language())
    return JsonResponse(told)


@desk_page
def drafts(request: DeskRequest, reference: str) -> HttpResponse:
    """Earlier states of the draft, and what others wrote beside it."""
    case = find_case(request.user, reference)
    context = {
        "case": case,
        "case_url": case_url(case),
        "draft": newest(case),
        "versions": actions.draft_versions(case),
        "editor": act_url(case, "draft_reply") if actions.may(case, "draft_reply", request.user) else "",
    }
    return show(request, "drafts", context)


@desk_page
def draft_version(request: DeskRequest, reference: str, number: int) -> HttpResponse:
    """One earlier state beside the draft of today, word by word; POST brings it back."""
    case = find_case(request.user, reference)
    version = get_object_or_404(case.draft_versions.select_related("author"), pk=number)
    status, sentence = 200, ""
    if request.method == "POST":
        mark = request.POST.get("mark", "")[:MARK]
        try:
            actions.restore_draft(case, version, by=request.user, at=timezone.now(), mark=mark)
        except OfficeError as error:
            status, sentence = error.status, error.sentence(language())
        else:
            messages.success(request, _("The earlier text is the draft again; the one before is kept."))
            return redirect(act_url(case, "draft_reply"))
    draft = newest(case)
    context = {
        "case": case,
        "case_url": case_url(case),
        "drafts_url": address(case),
        "version": version,
        "draft": draft,
        "changes": changes(version.body, draft.body) if draft else [],
        "mark": actions.mark_of(draft),
        "may_restore": actions.may(case, "draft_reply", request.user),
        "sentence": sentence,
    }
    return show(request, "draft_version", context, status)


def both(request: DeskRequest, case: Case, form: forms.Form, error: OfficeError) -> HttpResponse:
    """409: the draft that is saved and the words just sent, side by side. Both are kept, whatever is chosen."""
    case = find_case(request.user, case.reference)
    draft, mine = newest(case), form.cleaned_data["body"]
    context: dict[str, Any] = {
        "case": case,
        "case_url": case_url(case),
        "drafts_url": address(case),
        "editor": act_url(case, "draft_reply"),
        "sentence": error.sentence(language()),
        "draft": draft,
        "form": form,
        "changes": changes(draft.body if draft else "", mine),
        "mark": actions.mark_of(draft),
        "window": new_window(),
        "version": case.version,
        "questions": [
            (name, value)
            for name in request.POST
            if _of_checklist(name)
            for value in request.POST.getlist(name)
        ],
        "may_write": actions.may(case, "draft_reply", request.user),
    }
    return show(request, "draft_both", context, 409)


def _of_checklist(name: str) -> bool:
    return name in ("question", "answered", "struck", "new_question") or name.startswith("why-")
