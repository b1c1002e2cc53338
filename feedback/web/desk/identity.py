"""Who wrote: shown once, on the answer to a stated motive, and never kept in the page's address or session."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback import actions
from feedback.errors import OfficeError
from feedback.models import Case
from feedback.web.desk.acts import page_for
from feedback.web.desk.base import DeskRequest, case_url, pick, show
from feedback.web.desk.forms import Motive
from feedback.web.errors import add_to_form
from feedback.workflow import Transition


@page_for("read_identity")
def identity(request: DeskRequest, case: Case, row: Transition) -> HttpResponse:
    form = Motive(request.POST if request.method == "POST" else None, case=case, user=request.user)
    details: dict[str, str] | None = None
    status = 200
    if form.is_bound and form.is_valid():
        try:
            details = actions.read_identity(
                case, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
            )
        except OfficeError as error:
            add_to_form(form, error)
            status = error.status
    elif form.is_bound:
        status = 422
    context = {
        "case": case,
        "case_url": case_url(case),
        "label": pick(row.label),
        "form": form,
        "details": None if details is None else _rows(details),
    }
    return show(request, "identity", context, status)


def _rows(details: dict[str, str]) -> list[dict[str, str]]:
    names = {"name": _("Name"), "phone": _("Telephone"), "email": _("E-mail"), "address": _("Address")}
    return [{"key": label, "value": details.get(key, "")} for key, label in names.items()]
