"""Hints between the parts of the office: "event 12 was recorded". A hint wakes somebody who then reads the log.

In one process a hint is a call; between processes it goes through Redis when REDIS_URL is set. A hint that is lost
costs two seconds (notifications/live/hub.py looks by itself), never an event.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.core.cache import cache as shared

log = logging.getLogger(__name__)

EVENT, INBOX, PRESENCE = (
    "event",
    "inbox",
    "presence",
)  # number: the event, the person told, the case looked at
ADDRESS = "/ws/"
HERALD_EVERY, HERALD_LIFE = 20, 60  # seconds
QUIET_AFTER_FAILURE = (
    10.0  # seconds in which a Redis that failed is not asked again: nobody's click waits for it
)
_HERALD = "live:served"
_ME = f"{os.getpid()}-{time.monotonic_ns()}"  # what comes back to the process that said it is not heard twice

Ear = Callable[[str, int], None]


class Wire:
    """This process's end: who listens here, and whether sockets are served here."""

    def __init__(self) -> None:
        self.ear: Ear | None = None
        self.served = False
        self._silent_until = 0.0
        self._lock = threading.Lock()

    def tell(self, kind: str, number: int) -> None:
        """Say it to the listener in this process and, with Redis, to those in others. Never fails, never waits long."""
        if self.ear is not None:
            self.ear(kind, number)
        if not settings.REDIS_ADDRESS or time.monotonic() < self._silent_until:
            return
        try:
            _redis(settings.REDIS_ADDRESS).publish(channel(), f"{_ME} {kind} {number}")
        except redis.RedisError as error:
            with self._lock:
                self._silent_until = time.monotonic() + QUIET_AFTER_FAILURE
            log.warning("live: Redis does not take a hint (%s)", type(error).__name__)


wire = Wire()


@cache
def _redis(address: str) -> redis.Redis:
    return redis.Redis.from_url(address, socket_timeout=1, socket_connect_timeout=1)


def channel() -> str:
    """Offices (and test runs) that share a Redis do not hear each other."""
    return f"{settings.CACHES['default'].get('KEY_PREFIX', 'hoiam')}:live"


def heard(data: bytes) -> tuple[str, int] | None:
    """(kind, number) of what came through Redis; None for our own words and for anything else."""
    parts = data.decode("ascii", "replace").split(" ")
    if len(parts) != 3 or parts[0] == _ME or parts[1] not in (EVENT, INBOX, PRESENCE):
        return None
    return (parts[1], int(parts[2])) if parts[2].isdigit() and len(parts[2]) < 19 else None


def herald() -> None:
    """Tell processes that serve only pages that sockets are served somewhere; repeated every HERALD_EVERY."""
    wire.served = True
    if settings.REDIS_ADDRESS:
        shared.set(_HERALD, 1, HERALD_LIFE)


def socket_address() -> str:
    """Where a page may open its socket; "" where nobody would answer, and the page asks now and then instead."""
    if wire.served:
        return ADDRESS
    try:
        return ADDRESS if settings.REDIS_ADDRESS and shared.get(_HERALD) else ""
    except redis.RedisError:
        return ""


def on_event(event_id: int, **_: Any) -> None:
    """Listens to `event_recorded`."""
    wire.tell(EVENT, event_id)


def on_presence(case_id: int, **_: Any) -> None:
    """Listens to `presence_changed`."""
    wire.tell(PRESENCE, case_id)


def on_inbox(instance: Any, created: bool, **_: Any) -> None:
    """Listens to the saving of inbox items."""
    if created:
        wire.tell(INBOX, instance.user_id)
