"""Small answers for an open case page: who else is here, and what has happened since it was drawn.

They are asked by the page itself, so they do not prove that somebody sits there (`background`). Who may not see the
letter gets 404, as from its page.
"""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from feedback import workflow
from feedback.models import CaseEvent
from feedback.web.account.middleware import background
from feedback.web.desk import presence
from feedback.web.desk.base import DeskRequest, desk_page, find_case, pick
from feedback.workflow import Role

GONE = "gone"


@background
@require_POST
@desk_page
def here(request: DeskRequest, reference: str) -> HttpResponse:
    """`…/co-mat/`: a heartbeat; answers with the others. `gone=1`: the page was closed."""
    case = find_case(request.user, reference)
    mode = request.POST.get("mode", "")
    mode = mode if mode in presence.MODES else presence.VIEWING
    if request.POST.get(GONE):
        presence.leave(case.pk, request.user, mode)
        return HttpResponse(status=204)
    presence.beat(case.pk, request.user, mode)
    others = presence.colleagues(case.pk, besides=request.user)
    return render(request, "feedback/desk/_colleagues.html", {"colleagues": others})


@background
@require_safe
@desk_page
def news(request: DeskRequest, reference: str) -> HttpResponseBase:
    """`…/moi/?after=<seq>`: one notice about the newest act after that one; 204 when there is none."""
    case = find_case(request.user, reference)
    after = request.GET.get("after", "")
    seen = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else case.event_seq
    event = case.events.filter(seq__gt=seen).select_related("actor").order_by("-seq").first()
    if event is None:
        return HttpResponse(status=204)
    context = {"case": case, "event": event, "who": _who(event), "what": _what(event.verb)}
    return render(request, "feedback/desk/_news.html", context)


def _who(event: CaseEvent) -> str:
    """A colleague by name, everybody else by role: as in the history."""
    return str(event.actor) if event.actor is not None else pick(workflow.ROLE_NAMES[Role(event.role)])


def _what(verb: str) -> str:
    row = next((row for row in workflow.TRANSITIONS if row.verb == verb), None)
    return pick(row.label) if row is not None else ""
