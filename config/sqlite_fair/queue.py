"""One writer at a time, in order of arrival, across threads and processes. Plain Python.

SQLite lets one connection write at a time, but it does not queue the others: each sleeps and tries again, so a newcomer
overtakes those who have waited longest (with 8 writers we saw waits of 6.8 s). Here they queue before SQLite is asked.

Two locks, as in a surgery with a waiting room. `-queue` is the chair by the door: one person sits in it, those behind
stand in the kernel's line. `-writer` is the room itself. Who leaves the room and wants to come back must first pass the
chair, where the next person already sits, so nobody overtakes. Both are `flock` locks on files beside the database:
each connection opens its own, so threads queue like processes do, and the kernel frees the locks of a killed process.
"""

from __future__ import annotations

import fcntl
import sqlite3
import time
from typing import IO

# How long the one person in the chair waits between two looks into the room, in seconds: a small write takes 0.1 to
# 2 ms with its fsync, so at first look often; behind a long import do not burn a core. (`flock` has no time limit.)
FIRST_LOOK, LAST_LOOK = 0.00002, 0.002


class WriterQueue:
    """The place of one connection in the line of writers of one database file."""

    def __init__(self, database: str, timeout: float) -> None:
        self.timeout = timeout
        self.inside = False
        self._chair: IO[bytes] = open(f"{database}-queue", "ab")  # noqa: SIM115 - lives as long as the connection
        self._room: IO[bytes] = open(f"{database}-writer", "ab")  # noqa: SIM115 - lives as long as the connection

    def enter(self) -> None:
        """Wait for the turn. Raises sqlite3.OperationalError when one writer stays inside longer than `timeout`."""
        if self.inside:
            return
        fcntl.flock(self._chair, fcntl.LOCK_EX)
        try:
            self._wait_for_room()
        finally:
            fcntl.flock(self._chair, fcntl.LOCK_UN)
        self.inside = True

    def leave(self) -> None:
        """Let the next one in. Harmless when not inside."""
        if self.inside:
            self.inside = False
            fcntl.flock(self._room, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give up the place and the files."""
        self.inside = False
        self._chair.close()
        self._room.close()  # closing frees the lock

    def _wait_for_room(self) -> None:
        give_up = time.monotonic() + self.timeout
        pause = FIRST_LOOK
        while True:
            try:
                return fcntl.flock(self._room, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > give_up:
                    raise sqlite3.OperationalError(
                        "database is locked: a writer holds its turn too long"
                    ) from None
                time.sleep(pause)
                pause = min(pause * 1.1, LAST_LOOK)
