"""What allauth and Django tell of sign-ins and factors: rows of the account's history, stamps in the session."""

from __future__ import annotations

import time
from typing import Any

from allauth.account import signals as account_signals
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as mfa_signals
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils import timezone

from feedback import actions
from feedback.models import AccountEvent, User

Act = AccountEvent.Act
SINCE, SEEN = "staff_since", "staff_seen"  # in the session, unix time

_ADDED = {"totp": Act.APP_ADDED, "webauthn": Act.PASSKEY_ADDED, "recovery_codes": Act.CODES_MADE}
_REMOVED = {"totp": Act.APP_REMOVED, "webauthn": Act.PASSKEY_REMOVED, "recovery_codes": Act.CODES_REMOVED}


def connect() -> None:
    """Called once, when the app is ready."""
    user_logged_in.connect(stamp, dispatch_uid="account.stamp")
    account_signals.user_logged_in.connect(signed_in, dispatch_uid="account.signed_in")
    account_signals.authentication_step_completed.connect(stepped_up, dispatch_uid="account.stepped_up")
    mfa_signals.authenticator_added.connect(factor_added, dispatch_uid="account.added")
    mfa_signals.authenticator_reset.connect(factor_added, dispatch_uid="account.reset")
    mfa_signals.authenticator_removed.connect(factor_removed, dispatch_uid="account.removed")
    mfa_signals.authenticator_used.connect(factor_used, dispatch_uid="account.used")


def stamp(request: HttpRequest, **_: Any) -> None:
    """A session begins: when it did, and when its person was last here."""
    request.session[SINCE] = request.session[SEEN] = int(time.time())


def signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    records = get_authentication_records(request, user)
    _note(user, Act.SIGNED_IN, str(records[-1].get("type") or records[-1]["method"]) if records else "")


def stepped_up(user: User, method: str, **data: Any) -> None:
    if data.get("reauthenticated"):
        _note(user, Act.STEPPED_UP, str(data.get("type") or method))


def factor_added(user: User, authenticator: Authenticator, **_: Any) -> None:
    _note(user, _ADDED[authenticator.type])


def factor_removed(user: User, authenticator: Authenticator, **_: Any) -> None:
    _note(user, _REMOVED[authenticator.type])


def factor_used(user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        _note(user, Act.CODE_USED)


def _note(user: User, act: AccountEvent.Act, method: str = "") -> None:
    actions.note_on_account(user, act, by=user, at=timezone.now(), method=method)
