"""One's own account: second factors, password, devices signed in on, what happened to it; and helping a colleague."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from feedback import actions
from feedback.errors import OfficeError
from feedback.models import AccountEvent, User
from feedback.web.account import policy, words
from feedback.web.account.forms import NewPassword, ResetForm
from feedback.web.account.middleware import over
from feedback.web.account.receivers import SEEN
from feedback.web.desk.base import DeskRequest, menu
from feedback.web.errors import add_to_form

HISTORY = 20  # rows shown


@dataclass(frozen=True)
class Device:
    """A place the account is signed in on."""

    name: str
    network: str
    since: datetime
    seen: datetime
    here: bool


def show(request: DeskRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Draw `feedback/account/<template>.html` with the menu of the desk."""
    shown = {"nav_items": menu(request), **context}
    return render(request, f"feedback/account/{template}.html", shown, status=status)


@never_cache
@login_required
def home(request: DeskRequest) -> HttpResponseBase:
    """`/can-bo/tai-khoan/`"""
    user = request.user
    factors = list(Authenticator.objects.filter(user_id=user.pk).order_by("pk"))
    by_type = {
        kind: [f for f in factors if f.type == kind] for kind in ("totp", "webauthn", "recovery_codes")
    }
    codes = by_type["recovery_codes"]
    context = {
        "app": next(iter(by_type["totp"]), None),
        "passkeys": by_type["webauthn"],
        "codes_left": len(codes[0].wrap().get_unused_codes()) if codes else None,
        "must": policy.must_have_second_factor(user),
        "devices": devices(request),
        "history": history(user),
        "kept": user.kept_texts.order_by("-pk"),
        "linked": bool(settings.OIDC_ISSUER) and SocialAccount.objects.filter(user_id=user.pk).exists(),
        "single_sign_on": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
        "helps": user.is_superuser or user.scope().administrator,
    }
    return show(request, "home", context)


def devices(request: DeskRequest) -> list[Device]:
    """Sessions of this person that still open something, this one first."""
    rows = UserSession.objects.filter(user_id=request.user.pk).order_by("-pk")[:50]
    stored = {
        row.session_key: SessionStore().decode(row.session_data)
        for row in SessionStore.get_model_class().objects.filter(
            session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now()
        )
    }
    hash_now, here = request.user.get_session_auth_hash(), request.session.session_key
    found = [
        Device(
            name=words.device(row.user_agent) or _("Another device"),
            network=row.ip,
            since=row.created_at,
            seen=datetime.fromtimestamp(stored[row.session_key].get(SEEN, 0), UTC),
            here=row.session_key == here,
        )
        for row in rows
        if row.session_key in stored
        and stored[row.session_key].get("_auth_user_hash") == hash_now
        and not over(stored[row.session_key])
    ]
    return sorted(found, key=lambda device: not device.here)


def history(user: User) -> list[dict[str, Any]]:
    """The newest rows about this account, in words."""
    rows = user.account_events.select_related("by").order_by("-pk")[:HISTORY]
    return [
        {
            "at": row.at,
            "act": words.ACTS[row.act],
            "method": words.METHODS.get(row.method, ""),
            "by": "" if row.by_id == user.pk else str(row.by),
            "reason": row.reason,
        }
        for row in rows
    ]


@require_POST
@login_required
def end_others(request: DeskRequest) -> HttpResponseBase:
    """Sign out everywhere else."""
    ended = actions.end_sessions(request.user, besides=request.session.session_key or "")
    if ended:
        act = AccountEvent.Act.SESSIONS_ENDED
        actions.note_on_account(request.user, act, by=request.user, at=timezone.now())
    messages.success(request, _("You are signed out on all other devices."))
    return redirect("account_home")


@never_cache
@login_required
def change_password(request: DeskRequest) -> HttpResponseBase:
    """The present password, the new one twice; every other session of the account ends with the old one."""
    form = NewPassword(request.user, request.POST or None)
    if form.is_bound and form.is_valid():
        form.save()
        update_session_auth_hash(request, request.user)
        actions.end_sessions(request.user, besides=request.session.session_key or "")
        act = AccountEvent.Act.PASSWORD_CHANGED
        actions.note_on_account(request.user, act, by=request.user, at=timezone.now())
        messages.success(request, _("The password is changed; on other devices you must sign in again."))
        return redirect("account_home")
    return show(request, "password", {"form": form}, 422 if form.is_bound else 200)


@never_cache
@login_required
def set_up(request: DeskRequest) -> HttpResponseBase:
    """Where a person who must have a second factor and has none is led; nothing else opens before."""
    if policy.is_whole(request, request.user):
        return redirect("desk")
    return show(request, "set_up", {"nav_items": []})


@never_cache
@login_required
def still_here(request: DeskRequest) -> HttpResponseBase:
    """“I am still here”: the click itself is what counts."""
    return HttpResponse(status=204)


# --- Helping a colleague --------------------------------------------------------------------------------
@never_cache
@login_required
def colleagues(request: DeskRequest) -> HttpResponseBase:
    """Administrators take away a lost second factor, with a reason its owner reads."""
    if not (request.user.is_superuser or request.user.scope().administrator):
        raise PermissionDenied
    form = ResetForm(request.POST or None)
    if form.is_bound and form.is_valid():
        person = get_object_or_404(User, pk=form.cleaned_data["person"])
        try:
            reason = form.cleaned_data["reason"]
            actions.reset_second_factor(person, by=request.user, reason=reason, at=timezone.now())
        except OfficeError as error:
            add_to_form(form, error)
        else:
            sentence = _("The second factor of %(name)s is reset; they are signed out and told by mail.")
            messages.success(request, sentence % {"name": person})
            return redirect("account_colleagues")
    asked = form.data.get("person", "") if form.is_bound else ""
    context = {"people": people(request.user, asked, form), "form": form}
    return show(request, "colleagues", context, 422 if form.is_bound else 200)


def people(by: User, asked: str, form: ResetForm) -> list[dict[str, Any]]:
    """Active colleagues who have a second factor, each with the form that takes it away."""
    held = Authenticator.objects.exclude(type="recovery_codes").values("user")
    found = User.objects.filter(pk__in=held, is_active=True).order_by("display_name", "username")
    rows = []
    for person in found:
        if actions.may_reset(by, person):
            own = form if asked == str(person.pk) else ResetForm(initial={"person": person.pk})
            own.auto_id = f"id_{person.pk}_%s"
            rows.append({"person": person, "form": cast(Any, own)})
    return rows
