"""What uvicorn serves: HTTP goes through Django's WSGI handler on threads, /ws/ to the one consumer beside it.

One DRF POST costs 0.70 ms of CPU this way and 1.62 ms through Django's own ASGI handler (docs/decisions/0002).
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from typing import Any

from a2wsgi import WSGIMiddleware
from asgiref.sync import sync_to_async
from django.conf import settings

from config.wsgi import application as http
from notifications.consumers import Live
from notifications.live.wire import ADDRESS, HERALD_EVERY, herald

# a2wsgi types the WSGI environment as its own TypedDict, Django as a plain dict; they are the same thing.
wsgi: Any = http
pages: Any = WSGIMiddleware(wsgi, workers=settings.WEB_THREADS)
sockets: Any = Live.as_asgi()


async def application(scope: Any, receive: Any, send: Any) -> None:
    """One address for everything: `make run` needs no second server."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] != "websocket":
        await pages(scope, receive, send)
    elif scope["path"] == ADDRESS:
        await sockets(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1000})


async def _live(receive: Any, send: Any) -> None:
    """From start to end of the server: say that sockets are served here."""
    await receive()
    saying = asyncio.create_task(_say_so())
    await send({"type": "lifespan.startup.complete"})
    await receive()
    saying.cancel()
    with suppress(asyncio.CancelledError):
        await saying
    await send({"type": "lifespan.shutdown.complete"})


async def _say_so() -> None:
    while True:
        with suppress(Exception):  # Redis is away: said again at the next turn
            await sync_to_async(herald)()
        await asyncio.sleep(HERALD_EVERY)
