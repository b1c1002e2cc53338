"""The worker: reads the log, sends what is due, and does the chores of the office, until it is told to stop.

Any number of workers may run, on one machine or on many: what must be done stands in the database, and every step is
claimed there. A failing step is logged by the kind of its error and tried again at the next turn.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import close_old_connections
from django.utils import timezone

from feedback.reports import jobs
from notifications import outbox
from notifications.chores import CHORES

log = logging.getLogger(__name__)

POLL = 2.0  # seconds between looks at the log
CHORE_EVERY = 60.0  # seconds

_wake = threading.Event()


def wake(**_: Any) -> None:
    """An event was recorded in this process: look at once. From other processes the poll finds it."""
    _wake.set()


class Worker:
    """`run` returns after `stop`, having finished the message in hand."""

    def __init__(self, clock: Callable[[], datetime] = timezone.now) -> None:
        self._clock = clock
        self._stopping = threading.Event()
        self._chores_at = 0.0

    def stop(self) -> None:
        self._stopping.set()
        _wake.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            _wake.clear()
            close_old_connections()  # a database that restarted gets a new connection at the next turn
            self.turn()
            _wake.wait(POLL)

    def turn(self) -> None:
        """One look around: chores when their minute has come, then the log, then the outbox."""
        if time.monotonic() >= self._chores_at:
            self._chores_at = time.monotonic() + CHORE_EVERY
            for name, chore in CHORES.items():
                self._try(name, partial(chore, self._clock()))
        self._try("reading the log", lambda: outbox.read_log(at=self._clock()))
        self._try("outbox", lambda: outbox.dispatch(at=self._clock(), stop=self._stopping.is_set))
        self._try(
            "report", lambda: jobs.make_next(self._clock)
        )  # last, and one a turn: mail never waits for two

    def _try(self, what: str, work: Callable[[], int]) -> None:
        """Never dies: the words of an exception may hold personal data, so only its kind is logged."""
        if self._stopping.is_set():
            return
        try:
            done = work()
        except Exception as error:  # the next turn tries again
            log.error("%s failed: %s", what, type(error).__name__)
        else:
            if done:
                log.info("%s: %s", what, done)
