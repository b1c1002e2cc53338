"""Refusals in page dress: beside the field they belong to, or as a page that says what happened and what to do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from feedback.errors import InvalidInput, OfficeError, TooManyRequests
from feedback.web.words import sentence

# Fields that are never shown back, whatever form they came from.
_SECRET_FIELDS = frozenset({"csrfmiddlewaretoken", "password", "code", "otp", "altcha", "website"})
# What Django says of a field by itself; gathered here so that it is said in the office's words.
FROM_DJANGO = (
    gettext_noop("This field is required."),
    gettext_noop("Enter a valid date."),
    gettext_noop("Enter a whole number."),
    gettext_noop("Ensure this value is greater than or equal to %(limit_value)s."),
    gettext_noop("Ensure this value is less than or equal to %(limit_value)s."),
)
_WORTH_KEEPING = 20  # characters: shorter answers are quickly typed again


def problems_of(error: OfficeError) -> dict[str | None, OfficeError]:
    """The errors by field; None stands for the form as a whole."""
    if isinstance(error, InvalidInput):
        by_field: dict[str | None, OfficeError] = {}
        by_field.update(error.errors)
        return by_field
    return {error.field: error}


def add_to_form(form: forms.Form, error: OfficeError) -> None:
    """Show each refusal beside its field; what belongs to no field of this form stands above it."""
    for field, problem in problems_of(error).items():
        name = field if field in form.fields else None
        if name is None or name not in form.errors:
            form.add_error(name, sentence(problem))


def error_page(request: HttpRequest, error: OfficeError) -> HttpResponse:
    """A whole page for one refusal, with its status; 429 also says when to come back."""
    problems = [sentence(problem) for problem in problems_of(error).values()]
    response = _page(request, error.status, titles().get(error.status, _("This could not be done")), problems)
    if isinstance(error, TooManyRequests):
        response["Retry-After"] = str(error.data.get("wait", 60))
    return response


def titles() -> dict[int, str]:
    return {
        403: _("You may not open this"),
        404: _("We found nothing here"),
        409: _("Something changed in the meantime"),
        429: _("Too many requests, please wait a little"),
    }


def _page(request: HttpRequest, status: int, title: str, sentences: list[str], **extra: Any) -> HttpResponse:
    context = {"title": title, "sentences": sentences, "typed": [], "back": "", **extra}
    return render(request, "feedback/errors/error.html", context, status=status)


# --- What Django calls when a request goes wrong (config/urls.py) ---------------------------------
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A body that cannot be read: broken multipart, too many fields, too much text."""
    return _page(
        request,
        400,
        _("We could not read what was sent"),
        [_("The data was cut off or too large. Go back, check the size of your files and send again.")],
    )


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 403, titles()[403], [_("This page is for people with another task in the office.")])


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 404, titles()[404], [_("The address may be mistyped, or the page was moved.")])


def too_many(request: HttpRequest) -> HttpResponse:
    return _page(request, 429, titles()[429], [_("Please wait a minute, then open the page again.")])


def server_error(request: HttpRequest) -> HttpResponse:
    """Nothing may be trusted here: no database, no session, only the template."""
    office = {"name": settings.OFFICE_NAME, "parent": settings.OFFICE_PARENT, "phone": settings.OFFICE_PHONE}
    return HttpResponse(render_to_string("feedback/errors/500.html", {"office": office}), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's security mark is missing or old. What was typed is not lost.

    A view that keeps drafts says how in its attribute `keep_typed`; otherwise the page shows the longer texts
    to be copied. Nothing is carried out: the request may have come from another site.
    """
    match = request.resolver_match
    keep = getattr(match.func, "keep_typed", None) if match else None
    if match is not None and keep is not None:
        response: HttpResponse = keep(request, *match.args, **match.kwargs)
        return response
    typed = [
        value
        for name, value in request.POST.items()
        if isinstance(value, str) and name not in _SECRET_FIELDS and len(value) >= _WORTH_KEEPING
    ]
    return _page(
        request,
        403,
        _("This page had become too old"),
        [
            _(
                "Nothing was sent. Open the page again and repeat; your browser must accept cookies of this site."
            )
        ],
        typed=typed,
        back=request.path,
    )
