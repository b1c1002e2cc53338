"""What every page of the desk shares: who may enter, how a case is found, the menu, and the words of errors."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from feedback import actions
from feedback.models import Case, User, parse_reference
from feedback.web.words import language


class DeskRequest(HttpRequest):
    """A request of a signed-in member of staff."""

    user: User


View = Callable[..., HttpResponseBase]


def pick(pair: tuple[str, str]) -> str:
    """One of (Vietnamese, English)."""
    return pair[1 if language() == "en" else 0]


def desk_page(view: View) -> View:
    """Only for people with a desk; never cached, so that the back button after signing out shows nothing."""

    @never_cache
    @login_required
    @wraps(view)
    def page(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.scope().works_here:
            return view(request, *args, **kwargs)
        if actions.administers(request.user):
            return redirect("desk_office")
        return show(request, "no_desk", status=403)

    return page


def show(
    request: DeskRequest, template: str, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """Draw `feedback/desk/<template>.html` with the menu of the desk."""
    shown = {"nav_items": menu(request), **(context or {})}
    return render(request, f"feedback/desk/{template}.html", shown, status=status)


def menu(request: DeskRequest) -> list[dict[str, Any]]:
    scope = request.user.scope()
    entries: list[tuple[str, Any, bool]] = [
        ("desk", _("Work"), scope.works_here),
        ("desk_intake", _("Enter a letter"), may_enter_letters(request.user)),
        ("desk_unit", _("The unit at work"), scope.manager or bool(scope.leads)),
        ("desk_overview", _("Overview"), scope.manager or bool(scope.leads) or scope.auditor),
        ("desk_reports", _("Reports"), scope.manager or bool(scope.leads) or scope.auditor),
        ("desk_quality", _("Sorting quality"), scope.manager or scope.auditor),
        ("desk_leave", _("Leave"), scope.works_here),
        ("desk_changes", _("Rules and days off"), scope.manager or scope.administrator),
        ("desk_office", _("Administration"), actions.administers(request.user)),
    ]
    here = request.path
    return [
        {"url": url, "label": label, "current": here == url or (name != "desk" and here.startswith(url))}
        for name, label, wanted in entries
        if wanted
        for url in [reverse(name)]
    ]


def may_enter_letters(user: User) -> bool:
    """Whom `actions.submit` takes a letter from as an officer."""
    scope = user.scope()
    return scope.triage or bool(scope.units) or scope.integrity


def find_case(user: User, reference: str) -> Case:
    """The case behind a reference, if this person may see it. Raises Http404 otherwise: no hint that it exists."""
    found = parse_reference(reference)
    if found is None:
        raise Http404
    cases = Case.objects.visible_to(user).select_related("handler", "publication", "subject_officer")
    case = cases.filter(pk=found[1]).first()
    if case is None or int(case.reference[3:7]) != found[0]:
        raise Http404
    return case


def still_visible(user: User, case: Case) -> bool:
    return Case.objects.visible_to(user).filter(pk=case.pk).exists()


def case_url(case: Case) -> str:
    return reverse("desk_case", args=[case.reference])


def act_url(case: Case, verb: str) -> str:
    return reverse("desk_act", args=[case.reference, verb])


def seen_version(request: HttpRequest) -> int | None:
    """The version of the case the person looked at, from the form."""
    value = request.POST.get("version", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
