"""The door: account and password, then the second factor of those who have one; or a passkey, or single sign-on."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import LoginWebAuthnView
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache

from feedback.web.account import brake
from feedback.web.account.forms import SignInForm

# Chromium holds `form-action` against the page a form's answer leads to, so the provider must be named here.
_PROVIDER = "{0.scheme}://{0.netloc}".format(urlsplit(settings.OIDC_ISSUER)) if settings.OIDC_ISSUER else ""


def _next(request: HttpRequest) -> str:
    """Where to go afterwards, if it is a page of ours; ""."""
    url = str(request.POST.get("next") or request.GET.get("next") or "")
    ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if ours else ""


@method_decorator(never_cache, name="dispatch")
class SignIn(LoginView):
    """`/can-bo/dang-nhap/`"""

    template_name = "feedback/account/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """The password is right: allauth leads on to the second factor, if there is one, and signs in."""
        user = form.get_user()
        login = Login(user=user, redirect_url=_next(self.request) or None)
        response = perform_password_login(self.request, {}, login)
        brake.remember_device(self.request, response, user.get_username())
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 429 if getattr(form, "locked", False) else 422
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        after = urlencode({"next": _next(self.request)}) if _next(self.request) else ""
        extra = {
            "single_sign_on": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
            "passkey_url": f"{reverse('mfa_login_webauthn')}{'?' + after if after else ''}",
            "kept": "/tai-khoan/da-go/" in _next(self.request),
            "next": _next(self.request),
        }
        return {**super().get_context_data(**kwargs), **extra}


_sign_in = SignIn.as_view()
sign_in = csp_update({"form-action": _PROVIDER})(_sign_in) if _PROVIDER else _sign_in


class SignOut(LogoutView):
    """By POST only; also leaves the second step of a sign-in that was begun, and takes the words js/draft.js kept in
    this browser along."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"storage"'
        return response


sign_out = SignOut.as_view()


@method_decorator(never_cache, name="dispatch")
class SecondFactor(AuthenticateView):
    """`/can-bo/dang-nhap/ma/`: code or passkey, after the password."""

    template_name = "feedback/account/second_factor.html"

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        response.status_code = 422
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        held = Authenticator.objects.filter(user_id=self.stage.login.user.pk)
        types = set(held.values_list("type", flat=True))
        extra = {"passkeys": "webauthn" in types, "codes": bool(types - {"webauthn"}), "app": "totp" in types}
        context = {**super().get_context_data(**kwargs), **extra}
        passkey_errors = context["webauthn_form"].errors.get("credential", [])
        context["errors"] = [{"href": "", "message": said} for said in passkey_errors]
        return context


second_factor = SecondFactor.as_view()


class PasskeySignIn(LoginWebAuthnView):
    """`/can-bo/dang-nhap/khoa/`: a passkey alone, which has asked for finger, face or PIN."""

    def form_valid(self, form: Any) -> HttpResponse:
        authenticator = form.cleaned_data["credential"]
        if not authenticator.user.is_active:
            return redirect("account_login")
        response: HttpResponse = super().form_valid(form)
        after = _next(self.request)
        return redirect(after) if after and self.request.user.is_authenticated else response


passkey_sign_in = never_cache(PasskeySignIn.as_view())
