"""The leader's page: what the letter asks, the reply as the citizen will read it, what changed since it came back."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback import actions
from feedback.models import Case, Reply, catalogue
from feedback.web.desk import checklist
from feedback.web.desk.acts import page_for, perform
from feedback.web.desk.base import DeskRequest, case_url, pick, seen_version, show
from feedback.web.desk.compare import changes
from feedback.web.desk.forms import ActForm, words
from feedback.web.words import name_of
from feedback.workflow import Transition


class Remarks(ActForm):
    remarks = words(
        gettext_lazy("Remarks"), gettext_lazy("Only needed for returning. The handler reads them."), rows=4
    )

    def prepare(self) -> None:
        self.fields["remarks"].required = False


@page_for("approve_reply", "return_reply")
def approval(request: DeskRequest, case: Case, row: Transition) -> HttpResponse:
    """The leader's page: the letter, the reply as the citizen will read it, what changed since it was returned."""
    posted = request.POST if request.method == "POST" else None
    form = Remarks(posted, case=case, user=request.user)
    versions = list(case.replies.select_related("author").order_by("-number")[:2])
    submitted = versions[0] if versions else None
    earlier = versions[1] if len(versions) > 1 else None

    def draw(status: int = 200) -> HttpResponse:
        context: dict[str, Any] = {
            "case": case,
            "case_url": case_url(case),
            "label": pick(row.label),
            "form": form,
            "version": request.POST.get("version") or case.version,
            "reply": submitted,
            "earlier": earlier if earlier and earlier.state == Reply.State.RETURNED else None,
            "changes": changes(earlier.body, submitted.body) if earlier and submitted else [],
            "questions": checklist.lines(case),
            "own": submitted is not None and submitted.author_id == request.user.pk,
            "unit": name_of(catalogue().units.get(case.unit_id or "")),
        }
        return show(request, "approval", context, status)

    if posted is None or not form.is_valid():
        return draw(200 if posted is None else 422)
    returning = posted.get("act") == "return_reply"

    def run() -> object:
        common: dict[str, Any] = {"by": request.user, "at": timezone.now(), "seen": seen_version(request)}
        if returning:
            return actions.return_reply(case, remarks=form.cleaned_data["remarks"], **common)
        return actions.approve_reply(case, **common)

    done = _("The reply was returned to the handler.") if returning else _("The reply was approved and sent.")
    return perform(request, case, row, form, run, draw, done=done)
