"""Who calls: `Authorization: Bearer hoiam_…`, compared in constant time, refused with a reason only to its owner."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from api.models import ApiToken, fingerprint, split_token
from api.problems import TokenExpired, TokenInvalid, TokenRevoked
from api.throttling import Window
from feedback.errors import TooManyRequests

_NOBODY = fingerprint("nobody")
_USED_EVERY = timedelta(minutes=1)  # a busy portal writes one row a minute, not one a request


class TokenAuthentication(BaseAuthentication):
    """Sets `request.auth` to the ApiToken; `request.user` stays anonymous for a channel."""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        """None without an Authorization header. Raises TokenInvalid, TokenRevoked, TokenExpired (401)."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        scheme, _, text = header.partition(" ")
        if scheme.lower() != "bearer":
            raise TokenInvalid
        token, now = self._find(text.strip(), request), timezone.now()
        if token.revoked_at is not None or (token.user is not None and not token.user.is_active):
            raise TokenRevoked
        if token.expires_at <= now:
            raise TokenExpired
        self._remember_use(token, now)
        return token.user or AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'

    def _find(self, text: str, request: Request) -> ApiToken:
        """The row, or TokenInvalid; an unknown prefix costs the same comparison as a wrong secret."""
        prefix, secret = split_token(text) or ("", "")
        token = ApiToken.objects.select_related("user").filter(prefix=prefix).first()
        fits = hmac.compare_digest(token.hash if token else _NOBODY, fingerprint(secret))
        if token is None or not fits:
            self._limit_guesses(request)
            raise TokenInvalid
        return token

    def _limit_guesses(self, request: Request) -> None:
        """A refused caller never reaches the general limit, so guesses are counted here. Raises TooManyRequests."""
        window = Window("anon")
        if window.count(request) > window.number:
            raise TooManyRequests(wait=int(window.wait()))

    def _remember_use(self, token: ApiToken, now: datetime) -> None:
        before = now - _USED_EVERY
        if token.last_used_at is None or token.last_used_at < before:
            stale = Q(last_used_at=None) | Q(last_used_at__lt=before)
            ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
