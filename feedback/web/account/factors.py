"""Setting up, confirming and removing second factors: allauth's steps on the office's own pages."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.account.views import BaseReauthenticateView
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import ReauthenticateView as ReauthenticateByCode
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, ReauthenticateWebAuthnView, RemoveWebAuthnView
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from feedback.web.account.forms import BrakedPassword
from feedback.web.desk.base import menu


class _Page:
    """What the pages below share: never cached, the menu of the desk, 422 for a form sent back."""

    request: Any

    @method_decorator(never_cache)
    @method_decorator(login_required)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]  # the view this is mixed into

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]  # likewise
        return {**context, "nav_items": menu(self.request)}

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]  # likewise
        response.status_code = 422 if response.status_code == 200 else response.status_code
        return response


class _Shown(_Page):
    """Whoever has just set a factor up has shown it: the session is whole without signing in again."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]  # the view this is mixed into
        newest = Authenticator.objects.filter(user_id=self.request.user.pk).exclude(type="recovery_codes")
        factor = newest.latest("pk")
        record_authentication(self.request, self.request.user, "mfa", id=factor.pk, type=factor.type)
        return response


class NewApp(_Shown, ActivateTOTPView):
    """`ung-dung/`: a QR code and the secret in groups of four; the first code proves that it arrived."""

    template_name = "feedback/account/app.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        secret = context["form"].secret
        return {**context, "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))}


class RemoveApp(_Page, DeactivateTOTPView):
    """`ung-dung/bo/`"""

    template_name = "feedback/account/remove.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "passkey": ""}


class NewCodes(_Page, GenerateRecoveryCodesView):
    """`ma-du-phong/moi/`: the old codes end."""

    template_name = "feedback/account/new_codes.html"


class Codes(_Page, ViewRecoveryCodesView):
    """`ma-du-phong/`: the codes, once; afterwards only how many are left."""

    template_name = "feedback/account/codes.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        shown = [f"{code[:4]} {code[4:]}" for code in context["unused_codes"]]
        return {**context, "shown": shown if context["can_view_codes"] else [], "left": len(shown)}


class NewPasskey(_Shown, AddWebAuthnView):
    """`khoa/them/`"""

    template_name = "feedback/account/passkey.html"


class RemovePasskey(_Page, RemoveWebAuthnView):
    """`khoa/<number>/bo/`"""

    template_name = "feedback/account/remove.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "passkey": str(self.object)}

    def form_valid(self, form: Any) -> HttpResponse:
        """allauth asks before removing an app, not before removing a passkey."""
        if not get_adapter().can_delete_authenticator(self.object):
            form.add_error(None, get_adapter().validation_error("cannot_delete_authenticator"))
            return self.form_invalid(form)
        response: HttpResponse = super().form_valid(form)
        return response


class _Again(_Page):
    """Before a change the person shows once more who they are; the other ways to do so stand below."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        types = set(Authenticator.objects.filter(user_id=self.request.user.pk).values_list("type", flat=True))
        ways = {
            "account_reauthenticate": self.request.user.has_usable_password(),
            "mfa_reauthenticate": bool(types - {"webauthn"}),
            "mfa_reauthenticate_webauthn": "webauthn" in types,
        }
        here = self.request.path
        urls = {name: self.passthrough_next_url(reverse(name)) for name, has in ways.items() if has}  # type: ignore[attr-defined]  # allauth's NextRedirectMixin
        others = [{"name": name, "url": url} for name, url in urls.items() if reverse(name) != here]
        return {**context, "others": others}


class AgainByPassword(_Again, BaseReauthenticateView):
    """`xac-nhan/`"""

    form_class = BrakedPassword
    template_name = "feedback/account/again.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"js_data": None, **super().get_context_data(**kwargs)}

    def form_valid(self, form: Any) -> HttpResponse:
        reauthenticate_by_password(self.request)
        response: HttpResponse = super().form_valid(form)
        return response


class AgainByCode(_Again, ReauthenticateByCode):
    """`xac-nhan/ma/`"""

    template_name = "feedback/account/again.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"js_data": None, **super().get_context_data(**kwargs)}


class AgainByPasskey(_Again, ReauthenticateWebAuthnView):
    """`xac-nhan/khoa/`"""

    template_name = "feedback/account/again.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"form": self.get_form(), **super().get_context_data(**kwargs)}

    def form_invalid(self, form: Any) -> HttpResponse:
        super().form_invalid(form)  # says why, in a message
        return redirect(self.request.get_full_path())


new_app = NewApp.as_view()
remove_app = RemoveApp.as_view()
new_codes = NewCodes.as_view()
codes = Codes.as_view()
new_passkey = NewPasskey.as_view()
remove_passkey = RemovePasskey.as_view()
again_by_password = AgainByPassword.as_view()
again_by_code = AgainByCode.as_view()
again_by_passkey = AgainByPasskey.as_view()
