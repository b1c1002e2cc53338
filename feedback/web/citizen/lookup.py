"""Two doors to a letter: reference and secret code, or the link in a mail."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from feedback import errors, links
from feedback.models import Case, parse_reference
from feedback.web.citizen import access, limits
from feedback.web.citizen.fields import PageForm, Typed
from feedback.web.words import sentence


class Unechoed(forms.TextInput):
    """Readable while it is typed, never sent back."""

    def format_value(self, value: object) -> None:
        """Nothing."""


class LookupForm(PageForm):
    reference = Typed(
        required=True,
        label=gettext_lazy("Reference"),
        help_text=gettext_lazy("For example HA-2026-0000123"),
        widget=forms.TextInput(
            {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    code = Typed(
        required=True,
        label=gettext_lazy("Secret code"),
        help_text=gettext_lazy("16 signs on your receipt; dashes and capitals do not matter."),
        # Not dotted out: it is copied from paper, sign by sign.
        widget=Unechoed({"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, reference: str = "") -> HttpResponse:
    """Ask for reference and code. A wrong reference and a wrong code get one and the same answer."""
    if request.method != "POST":
        form = LookupForm(initial={"reference": reference[:40]})
        return render(request, "feedback/citizen/lookup.html", {"form": form})
    form = LookupForm(request.POST)
    form.full_clean()
    typed, code = form.typed()["reference"].strip(), form.typed()["code"]
    try:
        case = _prove(request, typed, code)
    except errors.TooManyRequests as error:
        form.add_error(None, sentence(error))
        response = render(request, "feedback/citizen/lookup.html", {"form": form}, status=error.status)
        response["Retry-After"] = str(error.data["wait"])
        return response
    except errors.NotFound as error:
        form.add_error(None, sentence(error))
        return render(request, "feedback/citizen/lookup.html", {"form": form}, status=422)
    access.grant(request, case)
    return redirect("case", reference=case.reference)


def _prove(request: HttpRequest, typed: str, code: str) -> Case:
    parsed = parse_reference(typed)
    ident = "{}-{}".format(*parsed) if parsed else "unreadable"
    limits.code_tried(request, ident)
    case = access.proved(typed, code)
    if case is None:
        limits.code_wrong(ident)
        raise errors.NotFound
    return case


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mailed_link(request: HttpRequest, token: str) -> HttpResponse:
    """The link in a mail. Opening asks for one press of a button: programs that follow links in mails do not press."""
    number = links.case_of_token(token)
    case = Case.objects.filter(pk=number, sealed=False).first() if number else None
    if case is None:
        message = _(
            "This link is no longer valid. You can open your letter with the reference and the secret code."
        )
        form = LookupForm()
        return render(request, "feedback/citizen/lookup.html", {"form": form, "notice": message}, status=404)
    if request.method == "POST":
        access.grant(request, case)
        return redirect("case", reference=case.reference)
    return render(request, "feedback/citizen/mailed_link.html", {"case": case, "at": timezone.now()})
