"""The forms at the door and around the account, in the office's words; codes and passwords under the brake."""

from __future__ import annotations

import hashlib
import time
from datetime import datetime, timedelta
from typing import Any, cast

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.models import User
from feedback.web.account import brake


def locked_sentence(until: datetime) -> str:
    """The refusal of a shut door: until when, rounded up to the minute."""
    return _("Too many failed attempts. You can try again at %(time)s.") % {
        "time": f"{localtime(until) + timedelta(minutes=1):%H:%M}"
    }


class SignInForm(AuthenticationForm):
    """Account and password; does not look at the password while the brake is on."""

    error_messages = {
        "invalid_login": gettext_lazy("The account or the password is not right."),
        "inactive": gettext_lazy("The account or the password is not right."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = gettext_lazy("Account")
        self.fields["password"].label = gettext_lazy("Password")
        self.locked = False

    def clean(self) -> dict[str, Any]:
        username = self.cleaned_data.get("username", "")
        own, network = brake.places(cast(HttpRequest, self.request), username)
        at = timezone.now()
        until = brake.shut_until(own, at) or brake.shut_until(network, at)
        until = until or brake.take(network, at) or brake.take(own, at)
        if until:
            self.locked = True
            raise forms.ValidationError(locked_sentence(until))
        cleaned = (
            super().clean()
        )  # Django hashes a password for an unknown account, too: both take the same time
        brake.forgive(own)
        brake.give_back(network)
        return cleaned


class BrakedPassword(forms.Form):
    """Asks for the password once more."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        place = brake.factor_place(self.user.pk)
        if until := brake.take(place, timezone.now()):
            raise forms.ValidationError(locked_sentence(until))
        if not self.user.check_password(password):
            raise forms.ValidationError(_("The password is not right."))
        brake.forgive(place)
        return password


CODE = forms.CharField(
    label=gettext_lazy("Code"),
    max_length=20,
    help_text=gettext_lazy("Six digits from the app, or one of your recovery codes."),
    widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
)


class _Braked:
    """Codes are counted by account, and one code opens once, in every process."""

    user: User

    def clean_code(self) -> str:
        place = brake.factor_place(self.user.pk)
        if until := brake.take(place, timezone.now()):
            raise forms.ValidationError(locked_sentence(until))
        code: str = super().clean_code()  # type: ignore[misc]  # the form this is mixed into
        found = getattr(self, "authenticator", None)
        if found is not None and found.type == Authenticator.Type.TOTP:
            _spend(found, code)
        brake.forgive(place)
        return code


def _spend(app: Authenticator, code: str) -> None:
    """allauth keeps used codes in the cache for one step of 30 s; with the neighbours allowed they live for three."""
    mark = hashlib.sha256(f"{settings.SECRET_KEY}|{app.pk}|{code.strip()}".encode()).hexdigest()
    last, at = app.data.get("spent", ["", 0])
    if constant_time_compare(last, mark) and time.time() - at < 3 * 30:
        raise forms.ValidationError(_("This code was used already. Wait for the next one."))
    app.data["spent"] = [mark, time.time()]
    app.save(update_fields=["data"])


class CodeForm(_Braked, AuthenticateForm):
    """The second factor at sign-in."""

    code = CODE


class CodeAgainForm(_Braked, ReauthenticateForm):
    """The second factor before a change."""

    code = CODE


class NewAppForm(_Braked, ActivateTOTPForm):
    """The first code of a new app: proof that the secret arrived."""

    code = forms.CharField(
        label=gettext_lazy("Code from the app"),
        max_length=20,
        help_text=gettext_lazy("Six digits; they change every 30 seconds."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class NewPasskeyForm(AddWebAuthnForm):
    """A passkey always asks for finger, face or PIN, so it may open the account alone."""

    name = forms.CharField(
        label=gettext_lazy("Name of the passkey"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("For example: office computer, my telephone."),
    )
    passwordless = forms.BooleanField(widget=forms.HiddenInput, initial=True, required=False)


class NewPassword(PasswordChangeForm):
    """Django's, with the office's labels."""

    error_messages = {
        "password_mismatch": gettext_lazy("The two new passwords differ."),
        "password_incorrect": gettext_lazy("The password is not right."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = gettext_lazy("Present password")
        self.fields["new_password1"].label = gettext_lazy("New password")
        self.fields["new_password1"].help_text = gettext_lazy(
            "At least 12 characters; not your name, not a common password. Four unrelated words are good."
        )
        self.fields["new_password2"].label = gettext_lazy("New password once more")
        self.fields["new_password2"].help_text = ""


class ResetForm(forms.Form):
    """Why a colleague's second factor is taken away."""

    person = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        help_text=gettext_lazy(
            "For example: telephone lost; identity checked in person. The colleague reads it."
        ),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
