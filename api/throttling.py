"""How often one may ask. Fixed windows counted with the cache's atomic `incr`: many processes, one exact limit."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from api.models import ApiToken
from feedback.web.citizen import limits

if TYPE_CHECKING:
    from rest_framework.views import APIView  # views import us, by way of the settings


def address_of(request: Request) -> str:
    """The caller's address, hashed: the cache holds no list of citizens' addresses."""
    return limits.hidden(limits.address(request))


class Window(BaseThrottle):
    """`number` requests of one caller per fixed window of the scope's rate."""

    def __init__(self, scope: str, who: Callable[[Request], str] = address_of) -> None:
        self.scope, self.who = scope, who
        self.number, self.seconds = limits.rate(scope)

    def allow_request(self, request: Request, view: APIView) -> bool:
        return self.count(request) <= self.number

    def count(self, request: Request) -> int:
        """Count this request and say how many there are in the window now."""
        key = self._key(request)
        cache.add(key, 0, self.seconds + 1)
        try:
            return cache.incr(key)
        except ValueError:  # the window ended between the two lines
            return 1

    def wait(self) -> float:
        return self.seconds - time.time() % self.seconds + 1

    def _key(self, request: Request) -> str:
        window = int(time.time()) // self.seconds
        return f"throttle:{self.scope}:{self.who(request)}:{window}"


class Caller(BaseThrottle):
    """The general limit: per token or person when known, else per address."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        known = request.auth is not None or request.user.is_authenticated
        self.window = Window("user", caller_of) if known else Window("anon")
        return self.window.allow_request(request, view)

    def wait(self) -> float:
        return self.window.wait()


def caller_of(request: Request) -> str:
    """`token:<prefix>` or `user:<id>`."""
    if isinstance(request.auth, ApiToken):
        return f"token:{request.auth.prefix}"
    return f"user:{request.user.pk}"
