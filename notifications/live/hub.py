"""One hub per process: reads the log once, encodes a change once, hands it to every socket that may know.

The log is the source, not the hint: the hub reads on from where it stood whenever a hint comes and every two seconds
anyway, so an event recorded in another process (the worker, an import) is seen too. Each socket has a short queue of
its own; who does not read is sent away to catch up and delays nobody. Without sockets the hub sleeps.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

import redis.asyncio
from channels.db import database_sync_to_async
from django.conf import settings

from feedback.models import Case
from notifications.live import door, wire
from notifications.live.changes import INBOX, Change
from notifications.live.door import Person, Watch
from notifications.live.gate import sees
from notifications.live.reading import News, Reader

log = logging.getLogger(__name__)

POLL = 2.0  # seconds between looks at the log when no hint comes
CHECK_EVERY = 2.0  # seconds between looks at who may stay; a revocation must close the socket within five
BACKLOG = 200  # changes a socket may lie behind: twenty seconds of a busy office
AFTER_FAILURE = 1.0  # seconds before a database or Redis that failed is asked again


class Seat:
    """One socket: who sits there, what the page shows, what still has to be sent."""

    def __init__(self, person: Person, leave: Callable[[int], None]) -> None:
        self.person = person
        self.leave = leave  # closes the socket with a code
        self.shown: set[int] = set()  # cases on the page
        self.lists = False  # the page is a list: changes of other cases matter too
        self.queue: asyncio.Queue[str] = asyncio.Queue(BACKLOG)


class Hub:
    """Lives in one event loop, from the first socket to the last."""

    def __init__(self) -> None:
        self.seats: set[Seat] = set()
        self.troubles: set[str] = set()  # what does not work at the moment; empty when all is well
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop
        self._woken: asyncio.Event
        self._ready: asyncio.Event
        self._reader: Reader
        self._watch: Watch

    # --- Coming and going ---------------------------------------------------------------------------
    async def join(self, seat: Seat) -> None:
        """From now on the seat hears of changes. The first one starts the hub."""
        self.seats.add(seat)
        if not self._tasks:
            self._start()
        await self._ready.wait()

    def go(self, seat: Seat) -> None:
        """The socket has closed. The last one stops the hub."""
        self.seats.discard(seat)
        if not self.seats:
            self._stop()

    def _start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._woken, self._ready, self._watch = asyncio.Event(), asyncio.Event(), Watch()
        works = [self._read(), self._look_who_stays()]
        works += [self._listen()] if settings.REDIS_ADDRESS else []
        self._tasks = [asyncio.create_task(work) for work in works]
        wire.wire.ear = self._hear

    def _stop(self) -> None:
        wire.wire.ear = None
        for task in self._tasks:
            task.cancel()
        self._tasks = []
        self.troubles.clear()

    # --- Hints, from any thread ---------------------------------------------------------------------
    def _hear(self, kind: str, number: int) -> None:
        with suppress(RuntimeError):  # the loop has just ended
            self._loop.call_soon_threadsafe(self._heard, kind, number)

    def _heard(self, kind: str, number: int) -> None:
        if kind == wire.PRESENCE:
            self._present(number)
        else:
            self._woken.set()

    async def _listen(self) -> None:
        """Hints of other processes. While Redis is away the two-second look replaces them."""
        while True:
            await self._carefully("redis", self._listen_once)

    async def _listen_once(self) -> None:
        async with redis.asyncio.Redis.from_url(settings.REDIS_ADDRESS) as link, link.pubsub() as ears:
            await ears.subscribe(wire.channel())
            self.troubles.discard("redis")
            async for message in ears.listen():
                if message["type"] == "message" and (hint := wire.heard(message["data"])):
                    self._heard(*hint)

    # --- The log ------------------------------------------------------------------------------------
    async def _read(self) -> None:
        while not self._ready.is_set():
            await self._carefully("reading", self._begin)
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL)
            self._woken.clear()
            await self._carefully("reading", self._read_on)

    async def _begin(self) -> None:
        self._reader = await database_sync_to_async(Reader)()
        self._ready.set()

    async def _read_on(self) -> None:
        more = True
        while more:
            news = await database_sync_to_async(self._reader.look)()
            self._spread(news)
            more = news.more

    def _spread(self, news: News) -> None:
        for case, change in news.changes:
            self._changed(case, change, news.asked.get(case.pk, frozenset()))
        for item, person in news.items:
            seats = (seat for seat in self.seats if seat.person.pk == person)
            self._each(seats, Change(INBOX, 0, item))

    def _changed(self, case: Case, change: Change, asked: frozenset[str]) -> None:
        """To who may see the case; to who showed it and may no longer, once, that it is gone."""
        known, gone = change.encoded(), Change(change.id, 0, change.seq).encoded()
        for seat in list(self.seats):
            shown = case.pk in seat.shown
            if not shown and not seat.lists:
                continue
            if sees(seat.person.pk, seat.person.scope, case, asked):
                self._put(seat, known)
            elif shown:
                seat.shown.discard(case.pk)
                self._put(seat, gone)

    def _present(self, case: int) -> None:
        """Somebody came to a case or left it: pages that show it ask who is there."""
        seats = (seat for seat in self.seats if case in seat.shown)
        self._each(seats, Change(wire.PRESENCE, 0, case))

    def _each(self, seats: Iterable[Seat], change: Change) -> None:
        text = change.encoded()
        for seat in list(seats):
            self._put(seat, text)

    def _put(self, seat: Seat, text: str) -> None:
        try:
            seat.queue.put_nowait(text)
        except asyncio.QueueFull:
            self._send_away(seat, door.CATCH_UP)

    # --- Who may stay -------------------------------------------------------------------------------
    async def _look_who_stays(self) -> None:
        while True:
            await asyncio.sleep(CHECK_EVERY)
            await self._carefully("sessions", self._check)

    async def _check(self) -> None:
        people = {seat.person for seat in self.seats}
        codes = await database_sync_to_async(self._watch.leaving)(people)
        for seat in list(self.seats):
            if code := codes.get(seat.person):
                self._send_away(seat, code)

    def _send_away(self, seat: Seat, code: int) -> None:
        self.go(seat)
        seat.leave(code)

    async def _carefully(self, what: str, work: Callable[[], Awaitable[None]]) -> None:
        """A database or Redis that is away for a moment ends no task; the next turn tries again."""
        try:
            await work()
        except Exception as error:  # whatever it was: only its kind is logged, its words may hold data
            self.troubles.add(what)
            log.warning("live: %s failed (%s)", what, type(error).__name__)
            await asyncio.sleep(AFTER_FAILURE)
        else:
            self.troubles.discard(what)


hub = Hub()
