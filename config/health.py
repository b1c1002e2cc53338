"""The health sign for load balancers and systemd: can this process reach its database, and read its letters?"""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from feedback import actions


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponseBase:
    """200 "ok" or 503 "database"; nothing else is told to strangers. 200 "ok, classifier": the office works, but its
    model is missing or damaged, and people sort every letter (the log says what is wrong)."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
        trouble = actions.standing().trouble
    except DatabaseError:
        return HttpResponse("database\n", status=503, content_type="text/plain")
    said = "ok, classifier\n" if trouble is actions.Trouble.UNUSABLE else "ok\n"
    return HttpResponse(said, content_type="text/plain")
