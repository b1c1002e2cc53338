"""The health sign for load balancers and systemd: does this process reach its database, its model, its live screens?"""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from feedback import actions
from notifications.live.hub import hub
from notifications.live.wire import socket_address


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponseBase:
    """200 "ok" or 503 "database"; nothing else is told to strangers. 200 "ok, classifier": the office works, but its
    model is missing or damaged, and people sort every letter (the log says what is wrong).

    A second line "live": pages have a socket; "live, redis": for the moment without what is named. No second line: no
    socket is served, pages ask once a minute."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
        trouble = actions.standing().trouble
    except DatabaseError:
        return HttpResponse("database\n", status=503, content_type="text/plain")
    said = "ok, classifier" if trouble is actions.Trouble.UNUSABLE else "ok"
    lines = [said, ", ".join(["live", *sorted(hub.troubles)])] if socket_address() else [said]
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type="text/plain")
