"""The words of the account pages that stand in no template."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from feedback.models import AccountEvent

Act = AccountEvent.Act

ACTS: dict[str, Any] = {
    Act.SIGNED_IN: _("Signed in"),
    Act.STEPPED_UP: _("Confirmed again before a change"),
    Act.APP_ADDED: _("Authenticator app added"),
    Act.APP_REMOVED: _("Authenticator app removed"),
    Act.PASSKEY_ADDED: _("Passkey added"),
    Act.PASSKEY_REMOVED: _("Passkey removed"),
    Act.CODES_MADE: _("Recovery codes made"),
    Act.CODES_REMOVED: _("Recovery codes removed"),
    Act.CODE_USED: _("A recovery code was used"),
    Act.LINKED: _("Linked with the office's single sign-on"),
    Act.PASSWORD_CHANGED: _("Password changed"),
    Act.SESSIONS_ENDED: _("Signed out on the other devices"),
    Act.FACTORS_RESET: _("Second factor reset by an administrator"),
    Act.LINK_SENT: _("Sign-in link sent by an administrator"),
}
METHODS: dict[str, Any] = {
    "password": _("password"),
    "totp": _("authenticator app"),
    "webauthn": _("passkey"),
    "recovery_codes": _("recovery code"),
    "socialaccount": _("single sign-on"),
}
# What allauth would say in messages of its own, in the office's words; what is not here is not said.
MESSAGES: dict[str, Any] = {
    "mfa/messages/totp_activated.txt": _("The authenticator app is set up."),
    "mfa/messages/totp_deactivated.txt": _("The authenticator app is removed."),
    "mfa/messages/webauthn_added.txt": _("The passkey is added."),
    "mfa/messages/webauthn_removed.txt": _("The passkey is removed."),
}
# Refusals of allauth by its own code.
ERRORS: dict[str, Any] = {
    "incorrect_code": _("This code or passkey is not right. Wait for the next code and try again."),
    "incorrect_password": _("The password is not right."),
    "too_many_login_attempts": _("Too many failed attempts. Please wait a while and try again."),
    "rate_limited": _("Too many failed attempts. Please wait a while and try again."),
    "cannot_delete_authenticator": _(
        "Your task in the office needs a second factor. Add another one first, then remove this one."
    ),
    "cannot_generate_recovery_codes": _("Set up an app or a passkey first; then there are recovery codes."),
    "unverified_email": _("This could not be done"),
}

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def device(user_agent: str) -> str:
    """“Firefox, Windows”: enough to know one's own; "" when neither is recognised."""
    named = (
        next((name for mark, name in pairs if mark in user_agent), "") for pairs in (_BROWSERS, _SYSTEMS)
    )
    return ", ".join(name for name in named if name)
