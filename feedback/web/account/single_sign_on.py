"""Single sign-on with OpenID Connect: by POST, state and PKCE by allauth, the identity token checked to the end."""

from __future__ import annotations

from typing import Any

import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from feedback.web.account.adapters import refuse

PROVIDER = "office"


class CheckedTokens(OpenIDConnectOAuth2Adapter):
    """allauth trusts the connection the token came by; here its signature is checked as well, and that the page of
    claims (userinfo) speaks of the same person (OpenID Connect Core 1.0, 5.3.2)."""

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> SocialLogin:
        claims = self._checked(app, kwargs["response"].get("id_token") or "")
        data: dict[str, Any] = {"id_token": claims}
        if self.openid_config.get("userinfo_endpoint"):
            userinfo = self._fetch_user_info(token.token)
            if userinfo.get("sub") != claims["sub"]:
                raise OAuth2Error("userinfo speaks of somebody else")
            data["userinfo"] = {**claims, **userinfo}
        login: SocialLogin = self.get_provider().sociallogin_from_response(request, data)
        login.account.extra_data = {}  # the subject is enough; no copy of what the provider knows is kept
        return login

    def _checked(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        if self.openid_config["issuer"].rstrip("/") != settings.OIDC_ISSUER:
            raise OAuth2Error("the provider calls itself by another name")
        try:
            claims: dict[str, Any] = jwtkit.verify_and_decode(
                credential=id_token,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                lookup_kid=jwtkit.lookup_kid_jwk,
            )
        except (KeyError, ValueError) as error:  # no such key, a header that cannot be read
            raise OAuth2Error("id_token") from error
        return claims


def _adapter(request: HttpRequest) -> CheckedTokens:
    if not settings.OIDC_ISSUER:
        raise Http404
    return CheckedTokens(request, PROVIDER)


@never_cache
def begin(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """`/can-bo/dang-nhap/co-quan/`: to the provider. By POST, so that no other site can begin it."""
    if request.method != "POST":
        return redirect("account_login")
    return _answered(request, OAuth2LoginView.adapter_view(_adapter(request)))


@never_cache
def come_back(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """`/can-bo/dang-nhap/co-quan/tra-ve/`: from the provider."""
    return _answered(request, OAuth2CallbackView.adapter_view(_adapter(request)))


def _answered(request: HttpRequest, view: Any) -> HttpResponseBase:
    try:
        response: HttpResponseBase = view(request)
    except requests.RequestException:
        try:
            refuse(request, _("Single sign-on does not answer. Please use your account and password."))
        except ImmediateHttpResponse as back:
            return back.response
    return response


def cancelled(request: HttpRequest) -> HttpResponseBase:
    """Where allauth sends somebody who turned back at the provider."""
    return redirect("account_login")
