"""Who else is looking at this letter, or writing on it. Never a lock, never an event: kept in the cache for a minute.

A page says every twenty seconds that it is still open; who has not been heard of for FORGOTTEN seconds is gone. Only
pages of people who may see the letter say or ask, and only names of staff are kept.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest

from feedback.models import User, parse_reference
from feedback.signals import presence_changed

FORGOTTEN = 60  # seconds; js/live.js says every twenty that it is open
LINGER = 5  # seconds somebody who closed the page is still there: loading it anew is no news to the others
VIEWING, WRITING = "view", "write"
MODES = (VIEWING, WRITING)
WRITING_VERBS = frozenset({"draft_reply", "submit_reply"})

Seen = dict[str, Any]  # name of the person, and for each mode the moment last heard of

_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Colleague:
    """Somebody else on the same letter."""

    name: str
    writing: bool


def _key(case: int) -> str:
    return f"presence:{case}"


def _alive(seen: Seen, now: float) -> list[str]:
    return [mode for mode in MODES if now - seen.get(mode, 0) < FORGOTTEN]


def beat(case: int, user: User, mode: str) -> None:
    """This person's page is open. Others hear at once only when that is news."""
    _change(case, user, {mode: time.time()})


def leave(case: int, user: User, mode: str) -> None:
    """This person's page was closed."""
    _change(case, user, {mode: time.time() - FORGOTTEN + LINGER})


def _change(case: int, user: User, change: Seen) -> None:
    now = time.time()
    # Two processes may lose one heartbeat to each other; the next one is twenty seconds away.
    with _one_at_a_time:
        here: dict[int, Seen] = cache.get(_key(case)) or {}
        before = _alive(here.get(user.pk, {}), now)
        here[user.pk] = {**here.get(user.pk, {}), "name": str(user), **change}
        after = _alive(here[user.pk], now)
        cache.set(_key(case), {pk: seen for pk, seen in here.items() if _alive(seen, now)}, FORGOTTEN)
    if before != after:
        presence_changed.send_robust(None, case_id=case)


def colleagues(case: int, besides: User) -> list[Colleague]:
    """Who else is there now, those writing first, then by name."""
    now = time.time()
    here: dict[int, Seen] = cache.get(_key(case)) or {}
    found = [
        Colleague(seen["name"], WRITING in modes)
        for pk, seen in here.items()
        if pk != besides.pk and (modes := _alive(seen, now))
    ]
    return sorted(found, key=lambda one: (not one.writing, one.name))


class Together:
    """For the head of a case page, `together` in every template: asks and tells only when a template prints it.

    The page around it has already been let through `find_case`; it is the address that says which letter.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def mode(self) -> str:
        match = self._request.resolver_match
        return WRITING if match and match.kwargs.get("verb") in WRITING_VERBS else VIEWING

    @property
    def colleagues(self) -> list[Colleague]:
        """The others; and, without script, the only sign that this page was opened."""
        match, user = self._request.resolver_match, self._request.user
        found = parse_reference(match.kwargs.get("reference", "")) if match else None
        if found is None or not isinstance(user, User):
            return []
        beat(found[1], user, self.mode)
        return colleagues(found[1], besides=user)


def together(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    return {"together": Together(request)}
