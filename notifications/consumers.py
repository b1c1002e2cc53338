"""The office's one WebSocket, /ws/: tells an open page which letters changed. `{id, version, seq}`, no word of any.

A page says first what it shows: `{"watch": [references], "list": true, "after": 123}`, and again when that changes
(`after` -1: it knows no change yet; left out: nothing was missed). It hears of the letters it shows, of every letter
its reader may see if it is a list, of the reader's inbox, and of who comes to a letter it shows. docs/live.md has the
table.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from feedback.models import Case, User, parse_reference
from notifications.live import door
from notifications.live.changes import Change, since
from notifications.live.hub import Seat, hub

MOST_SHOWN = 300  # letters on one page
MOST_BYTES = 8192  # of one message from a page: 300 references
MOST_SOCKETS = 30  # of one session: windows of one person
MOST_MESSAGES = 60  # a page may send in a minute


class Live(AsyncWebsocketConsumer):
    """One open page of a member of staff."""

    seat: Seat | None = None
    pump: asyncio.Task[None] | None = None
    ending: asyncio.Task[None] | None = None
    sent_by_page = 0

    async def connect(self) -> None:
        """Refused unseen: another site's page, and who is not signed in with a desk of their own."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in self.scope["headers"]}
        if not door.same_origin(headers):
            return await self.close()
        person = await database_sync_to_async(door.let_in)(door.session_key(headers))
        if person is None:
            return await self.close()
        await self.accept()
        if sum(seat.person.session == person.session for seat in hub.seats) >= MOST_SOCKETS:
            return await self.close(door.TOO_MANY)
        self.seat = Seat(person, self.leave)
        await hub.join(self.seat)
        self.pump = asyncio.create_task(self._pump(self.seat))
        return None

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """What the page shows, and from where it wants to catch up. Anything else closes the socket."""
        if self.seat is None:
            return
        self.sent_by_page += 1
        wish = _wish(text_data or "")
        if wish is None or self.sent_by_page > MOST_MESSAGES:
            self.leave(door.TOO_MANY)
            return
        asyncio.get_running_loop().call_later(60, self._forget_one)
        watch, self.seat.lists, after = wish
        missed = await database_sync_to_async(_look)(self.seat, watch, after)
        for change in missed:
            await self.send(text_data=change.encoded())

    async def disconnect(self, code: int) -> None:
        self._sit_down_no_more()

    def leave(self, code: int) -> None:
        """Close with a code that tells the page what to do; called by the hub."""
        self._sit_down_no_more()
        self.ending = asyncio.create_task(self.close(code))

    def _sit_down_no_more(self) -> None:
        if self.seat is not None:
            hub.go(self.seat)
            self.seat = None
        if self.pump is not None:
            self.pump.cancel()

    def _forget_one(self) -> None:
        self.sent_by_page -= 1

    async def _pump(self, seat: Seat) -> None:
        """A reader who is slow holds up this task and its own queue, nobody else."""
        while True:
            await self.send(text_data=await seat.queue.get())


def _wish(text: str) -> tuple[set[int], bool, int | None] | None:
    """(cases shown, is it a list, last event known) as the page said it; None when it is not a wish of ours."""
    try:
        said: Any = json.loads(text) if len(text) <= MOST_BYTES else None
    except ValueError:
        return None
    shown = said.get("watch") if isinstance(said, dict) else None
    if not isinstance(shown, list) or len(shown) > MOST_SHOWN:
        return None
    found = [parse_reference(one) for one in shown if isinstance(one, str)]
    after = said.get("after")
    known = after if type(after) is int and -1 <= after < 2**62 else None
    return {reference[1] for reference in found if reference}, said.get("list") is True, known


def _look(seat: Seat, watch: set[int], after: int | None) -> list[Change]:
    """Remember what the page shows of what its reader may see; returns what it missed."""
    user = User.objects.get(pk=seat.person.pk)
    seat.shown = set(Case.objects.visible_to(user).filter(pk__in=watch).values_list("pk", flat=True))
    missed = since(user, after) if after is not None else []
    shown = {
        change.id
        for change in missed
        if seat.lists or (parse_reference(change.id) or (0, 0))[1] in seat.shown
    }
    return [change for change in missed if not change.id or change.id in shown]
