"""What uvicorn serves: HTTP goes through Django's WSGI handler on threads; WebSockets will stand beside it.

One DRF POST costs 0.70 ms of CPU this way and 1.62 ms through Django's own ASGI handler (docs/decisions/0002).
"""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from typing import Any

from a2wsgi import WSGIMiddleware
from django.conf import settings

from config.wsgi import application as http

# a2wsgi types the WSGI environment as its own TypedDict, Django as a plain dict; they are the same thing.
wsgi: Any = http
application = WSGIMiddleware(wsgi, workers=settings.WEB_THREADS)
