"""`/can-bo/dang-nhap/lien-ket/…`: whom an administrator sent a link chooses a password, then signs in as always."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback import actions
from feedback.models import AccountEvent


class ChosenPassword(SetPasswordForm):
    """Django's, with the office's labels."""

    error_messages = {"password_mismatch": _("The two new passwords differ.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].label = _("New password")
        self.fields["new_password1"].help_text = _(
            "At least 12 characters; not your name, not a common password. Four unrelated words are good."
        )
        self.fields["new_password2"].label = _("New password once more")
        self.fields["new_password2"].help_text = ""


class ChoosePassword(PasswordResetConfirmView):
    """Django keeps the token in the session and out of the address of the form; a link opens once."""

    form_class = ChosenPassword
    template_name = "feedback/account/link.html"
    success_url = reverse_lazy("account_login")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        act = AccountEvent.Act.PASSWORD_CHANGED
        actions.end_sessions(form.user)
        actions.note_on_account(form.user, act, by=form.user, at=timezone.now(), method="link")
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 422
        return response


choose_password = ChoosePassword.as_view()
