"""Sessions of staff: they run out when nobody is there, without losing a word; they open nothing before they are whole.

A session ends after HOIAM_IDLE_MINUTES without a click, and after twelve hours in any case. A form that arrives
afterwards is not carried out; its texts are kept, encrypted, for the person whose session it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from feedback.web.account import kept
from feedback.web.account.policy import is_whole
from feedback.web.account.receivers import SEEN, SINCE

GRAIN = 60  # seconds: the session is written once a minute, not at every click
STAFF_PAGES = ("/can-bo/", "/quan-tri/")
# What opens before the second factor is set up, and is never worth keeping a text for.
DOORS = frozenset(
    {
        "account_login",
        "desk_login",
        "logout",
        "mfa_authenticate",
        "mfa_login_webauthn",
        "openid_connect_login",
        "openid_connect_callback",
        "set_language",
        "healthz",
    }
)
SETTING_UP = frozenset(
    {
        "account_set_up",
        "account_still_here",
        "account_reauthenticate",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_view_recovery_codes",
    }
)

SAVES_ITSELF = "draft"  # js/draft.js keeps its words in the browser until it may send them again
V = TypeVar("V", bound=Callable[..., Any])


def background(view: V) -> V:
    """Mark a view that a page asks by itself (polling, presence): it does not prove that somebody is there."""
    view.background = True  # type: ignore[attr-defined]  # a mark on a function
    return view


def over(session: Mapping[str, Any]) -> bool:
    """Has this session of a member of staff run out?"""
    now = time.time()
    idle = now - session.get(SEEN, now) > settings.IDLE_MINUTES * 60 + GRAIN
    return idle or now - session.get(SINCE, now) > settings.LONGEST_SESSION


class StaffSessions:
    """After AuthenticationMiddleware; its `process_view` runs after the CSRF check, so what is kept was meant."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and over(request.session):
            whose = request.session.get(SESSION_KEY)
            if whose is not None:
                setattr(request, "ran_out", int(whose))  # noqa: B010 - no attribute of Django's class
                request.session.flush()
                request.user = AnonymousUser()
        response = self.get_response(request)
        if request.path.startswith(STAFF_PAGES):
            kept.done_with(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        name = request.resolver_match.url_name if request.resolver_match else ""
        if name in DOORS:
            return None
        if (whose := getattr(request, "ran_out", None)) is not None:
            return _too_late(request, whose)
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return None
        if not is_whole(request, request.user):
            return _not_whole(request, name)
        if not getattr(view, "background", False) and time.time() - request.session.get(SEEN, 0) > GRAIN:
            request.session[SEEN] = int(time.time())
        return None


def _too_late(request: HttpRequest, whose: int) -> HttpResponseBase | None:
    """A page of the desk asks to sign in again by itself; a form is kept first, a fragment sends its page there."""
    if not request.path.startswith(STAFF_PAGES):
        return None
    if request.method == "POST" and request.headers.get("X-Requested-With") != SAVES_ITSELF:
        row = kept.keep(request, whose)
        if row is not None:
            return _to_sign_in(request, reverse("account_kept", args=[row.pk]))
    if request.headers.get("HX-Request"):
        return _to_sign_in(request, str(request.headers.get("HX-Current-URL", "")))
    return None


def _to_sign_in(request: HttpRequest, after: str) -> HttpResponseBase:
    address = f"{settings.LOGIN_URL}?{urlencode({'next': after})}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _not_whole(request: HttpRequest, name: str | None) -> HttpResponseBase | None:
    """Setting up the second factor, signing out; every page for the public; nothing else."""
    if name in SETTING_UP:
        return None
    if request.path.startswith(STAFF_PAGES):
        return redirect("account_set_up")
    request.user = AnonymousUser()  # the API and the public pages: as somebody not signed in
    return None
