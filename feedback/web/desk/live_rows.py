"""Single rows of a list as HTML, for an open list whose letters change: `…/viec/<queue>/hang/`.

The address carries the list's own filters. `shown`: the letters on the page; those missing from the answer have left
the list. `other`: letters of which the page has heard; those in the answer are new on it. `end`: the position of the
last row on the page, beyond which a letter is not new but merely further down.
"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from feedback.models import Case, parse_reference
from feedback.web.account.middleware import background
from feedback.web.desk import keyset
from feedback.web.desk.base import DeskRequest, desk_page
from feedback.web.desk.bulk import offered
from feedback.web.desk.listing import Listing

MOST = 300  # letters asked for at once; a page asks for no more


@background
@require_safe
@desk_page
def rows(request: DeskRequest, code: str) -> HttpResponse:
    """At most five queries, whatever is asked."""
    listing = Listing.asked(request, code, request.GET, timezone.now())
    shown, other = _asked(request.GET.get("shown", "")), _asked(request.GET.get("other", ""))
    cases = list(listing.drawn().filter(pk__in=shown | other)[:MOST])
    cases = [case for case in cases if case.pk in shown or _before_the_end(listing, case, request)]
    context = {
        "queue": listing.queue,
        "rows": [listing.row(case) for case in cases],
        "verbs": offered(request.user.scope()),
    }
    return render(request, "feedback/desk/_live_rows.html", context)


def _asked(words: str) -> set[int]:
    found = (parse_reference(word) for word in words.split(",")[:MOST])
    return {reference[1] for reference in found if reference}


def _before_the_end(listing: Listing, case: Case, request: DeskRequest) -> bool:
    end = keyset.read_position(request.GET.get("end", ""))
    if end is None:
        return True
    here = (getattr(case, listing.field), case.pk)
    return here > end if listing.newest_first else here < end
