"""Signing in, with a brake on guessing passwords."""

from __future__ import annotations

import hashlib
from typing import Any, cast

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

# A person mistypes three or four times; a list of the thousand commonest passwords then takes more than two days.
ATTEMPTS, WINDOW = 5, 15 * 60  # per account and address; seconds
ADDRESS_ATTEMPTS = 30  # one address trying many accounts; an office behind one address still gets in


def _keys(request: HttpRequest, username: str) -> tuple[tuple[str, int], tuple[str, int]]:
    """Cache keys and their limits; fingerprints, so that no account name stands in the cache."""
    address = request.META.get("REMOTE_ADDR", "")
    pair = hashlib.sha256(f"{username.strip().lower()}|{address}".encode()).hexdigest()
    alone = hashlib.sha256(address.encode()).hexdigest()
    return (f"sign-in:{pair}", ATTEMPTS), (f"sign-in-from:{alone}", ADDRESS_ATTEMPTS)


def locked(request: HttpRequest, username: str) -> bool:
    return any(int(cache.get(key, 0)) >= limit for key, limit in _keys(request, username))


def _failed(request: HttpRequest, username: str) -> None:
    for key, _limit in _keys(request, username):
        if not cache.add(key, 1, WINDOW):
            try:
                cache.incr(key)
            except ValueError:  # it ran out between the two calls
                cache.add(key, 1, WINDOW)


class SignInForm(AuthenticationForm):
    """Account and password; refuses to look at the password while the brake is on."""

    error_messages = {
        "invalid_login": gettext_lazy("The account or the password is not right."),
        "inactive": gettext_lazy("This account is closed. Please ask the administrator."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = gettext_lazy("Account")
        self.fields["password"].label = gettext_lazy("Password")
        self.locked = False

    def clean(self) -> dict[str, Any]:
        username = self.cleaned_data.get("username", "")
        request = cast(HttpRequest, self.request)
        if locked(request, username):
            self.locked = True
            sentence = _(
                "Too many failed attempts. Please wait %(minutes)d minutes, or ask the administrator."
            )
            raise forms.ValidationError(sentence % {"minutes": WINDOW // 60})
        try:
            return super().clean()
        except forms.ValidationError:
            _failed(request, username)
            raise


@method_decorator(never_cache, name="dispatch")
class SignIn(LoginView):
    """`/can-bo/dang-nhap/`"""

    template_name = "feedback/desk/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        (key, _limit), _alone = _keys(self.request, form.cleaned_data["username"])
        cache.delete(key)
        return super().form_valid(form)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 429 if getattr(form, "locked", False) else 422
        return response


sign_in = SignIn.as_view()
sign_out = LogoutView.as_view(http_method_names=["post", "options"])
