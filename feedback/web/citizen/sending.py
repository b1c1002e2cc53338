"""The last page of the form, the sending itself, and the confirmation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from feedback import actions, errors
from feedback.models import Case, IntakeDraft, catalogue
from feedback.models.vault import decrypt
from feedback.reports.clock import clock_views
from feedback.web.citizen import access, answered, drafts, limits, wizard
from feedback.web.citizen.forms import CheckForm, visibilities
from feedback.web.words import language, name_of, sentence, unit_name


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Check your answers; the button sends the letter."""
    draft = drafts.find(request)
    if draft is None:
        return redirect("submit_sent" if drafts.sent(request) else "submit")
    if (number := wizard.first_open(draft, wizard.CHECK)) < wizard.CHECK:
        return redirect(wizard.STEPS[number].url)
    if request.method == "POST":
        return _send(request, draft)
    if not draft.data.get("checked"):
        drafts.keep(draft, {}, checked=True)
    return _show(request, draft, CheckForm())


def _send(request: HttpRequest, draft: IntakeDraft) -> HttpResponse:
    at, form = timezone.now(), CheckForm(request.POST)
    form.full_clean()
    if request.POST.get("website"):
        form.add_error(None, _("A box that must stay empty was filled in. Please send once more."))
        return _show(request, draft, form, status=422)
    try:
        limits.gate(request, draft, at)
        receipt = _submit(draft, at)
    except errors.TooManyRequests as error:
        response = _show(request, draft, form, status=429, wait=error.data["wait"])
        response["Retry-After"] = str(error.data["wait"])
        return response
    except errors.IdempotencyConflict:
        return redirect("submit_sent")  # the first of two clicks has won while we were reading
    except errors.OfficeError as error:
        form.add_error(None, sentence(error))
        return _show(request, draft, form, status=422)
    if not receipt.replayed:
        limits.letter_sent(request)
    drafts.drop(draft)
    access.grant(request, receipt.case)
    return redirect("submit_sent")


def _submit(draft: IntakeDraft, at: datetime) -> actions.Receipt:
    letter = wizard.letter_of(draft)
    letter.files = actions.files_of_draft(draft)
    return actions.submit(letter, by=actions.CITIZEN, at=at, key=drafts.submit_key(draft))


def _show(
    request: HttpRequest, draft: IntakeDraft, form: CheckForm, status: int = 200, **extra: Any
) -> HttpResponse:
    alike = answered.answers_to(drafts.values(draft).get("text", ""))
    context = {"rows": answers(draft), "answered": alike, "wait": None, "challenge": "", **extra}
    if context["wait"] or limits.under_pressure(request):
        context["challenge"] = limits.challenge(timezone.now())
    return wizard.show(request, wizard.CHECK, form, draft, status=status, **context)


def answers(draft: IntakeDraft) -> list[dict[str, Any]]:
    """What was typed, row by row, each with the way back to its question."""
    book, letter = catalogue(), wizard.letter_of(draft)
    what, where, who = (step.url for step in wizard.STEPS[: wizard.CHECK])
    files = "\n".join(row.name for row in draft.attachments.all())
    rows = [
        (_("What happened"), letter.text, f"{what}#id_text"),
        (_("Files"), files, f"{what}#id_files"),
        (_("Commune or ward"), name_of(book.units.get(letter.place)), f"{where}#id_place"),
        (_("Procedure"), name_of(book.procedures.get(letter.procedure)), f"{where}#id_procedure"),
        (_("Dossier code"), letter.dossier_code, f"{where}#id_dossier_code"),
        (_("Your name"), letter.name, f"{who}#id_name"),
        (_("Telephone"), letter.phone, f"{who}#id_phone"),
        (_("E-mail"), letter.email, f"{who}#id_email"),
        (_("Address"), letter.address, f"{who}#id_address"),
        (_("What may be known about you"), visibilities()[letter.visibility], f"{who}#id_visibility_0"),
    ]
    return [{"key": key, "value": value, "change_url": url, "pre": True} for key, value, url in rows]


def keep_typed(request: HttpRequest) -> HttpResponse:
    """After a failed security check nothing is sent; the answers are in the draft anyway."""
    draft = drafts.find(request)
    if draft is None:
        return redirect("submit_sent" if drafts.sent(request) else "submit")
    form = CheckForm(request.POST)
    form.full_clean()
    form.add_error(
        None, _("The page had become too old. Nothing is lost: please press the button once more.")
    )
    return _show(request, draft, form, status=403)


check.keep_typed = keep_typed  # type: ignore[attr-defined]  # read by feedback.web.errors.csrf_failure


# --- Confirmation --------------------------------------------------------------------------------------
@never_cache
@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """Reference, secret code, who answers by when and why. The code is shown for an hour to this browser only."""
    row = drafts.sent(request)
    if row is None:
        return redirect("submit")
    fresh = timezone.now() - row.created_at < drafts.RECEIPT_SHOWN
    case = row.case
    clock = next(iter(clock_views(case, at=timezone.now(), language=language())), None)
    context = {
        "case": case,
        "secret": decrypt(row.sealed_secret)[0] if fresh else "",
        "unit": unit_name(case.unit_id),
        "qr": qr(case) if fresh else "",
        "lookup_address": lookup_address(case),
        "clock": clock,
        "sentences": clock.sentences(language()) if clock else [],
        "email_given": _mail_will_come(case),
    }
    return render(request, "feedback/citizen/sent.html", context)


def _mail_will_come(case: Case) -> bool:
    """Whether we may promise a mail; read for the sender's own browser only."""
    identity = getattr(case, "identity", None)
    return bool(identity and identity.notify and identity.details.get("email")) and not case.sealed


def lookup_address(case: Case) -> str:
    """Where the letter is followed; the reference is public, the secret never part of an address."""
    return settings.SITE_URL + reverse("lookup_reference", args=[case.reference])


def qr(case: Case) -> str:
    """A QR code of `lookup_address` as a data: image (no script, no second request)."""
    return str(segno.make(lookup_address(case), error="m", micro=False).svg_data_uri(scale=4, border=2))
