"""Where a letter stands, for the person who wrote it: what is going on, and what happens next."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from feedback.models import Case
from feedback.web.words import unit_name
from feedback.workflow import Status


class Standing(NamedTuple):
    """`now` says what is going on, `next` what happens next; "{unit}" names the unit that holds the letter."""

    now: str | Promise
    next: str | Promise


STANDINGS: dict[Status, Standing] = {
    Status.NEW: Standing(
        _("Your letter is with us and waits to be accepted by {unit}."),
        _("An officer reads it and accepts it, or tells you who is competent instead."),
    ),
    Status.NEED_INFO: Standing(
        _("We need more information from you."),
        _("Please read our question below and answer it. Until then the clock stands still."),
    ),
    Status.ACCEPTED: Standing(
        _("{unit} has accepted your letter."), _("An officer is given your letter and begins to work on it.")
    ),
    Status.REJECTED: Standing(
        _("We could not take your letter."),
        _("The reason, and where you may turn instead, stand below. You may write again at any time."),
    ),
    Status.TRANSFERRED: Standing(
        _("Another agency is competent; we passed your letter on."),
        _("That agency answers you. Its name and the reason stand below."),
    ),
    Status.ASSIGNED: Standing(
        _("An officer of {unit} has your letter."), _("The officer accepts it and begins to work on it.")
    ),
    Status.PROCESSING: Standing(
        _("{unit} is working on your letter."),
        _("The officer writes the answer, a leader checks it, then it is sent to you here."),
    ),
    Status.COORDINATING: Standing(
        _("{unit} is asking other units for their opinion."),
        _("When they have answered, the reply to you is written. The clock runs on meanwhile."),
    ),
    Status.PENDING_APPROVAL: Standing(
        _("The answer is written; a leader of {unit} is checking it."),
        _("Once approved it appears on this page at once."),
    ),
    Status.RETURNED: Standing(
        _("The leader asked for the answer to be improved."),
        _("The officer completes it and hands it in again. The clock runs on."),
    ),
    Status.SUSPENDED: Standing(
        _("The handling of your letter is suspended; the reason stands below. The clock stands still."),
        _(
            "As soon as that reason is gone, {unit} goes on, tells you at once, and the time runs on from that day. "
            "You need not do anything; you may still send information."
        ),
    ),
    Status.ANSWERED: Standing(
        _("Your answer is here."),
        _("Please tell us whether it helped. If something is unclear you may ask once for clarification."),
    ),
    Status.REOPENED: Standing(
        _("You asked for clarification; {unit} is looking at it again."),
        _("A second answer is written and checked. It has a time limit of its own."),
    ),
    Status.WITHDRAWN: Standing(
        _("You withdrew your letter."), _("Nothing more happens. You may write again at any time.")
    ),
    Status.CLOSED: Standing(
        _("This letter is closed."), _("You can read everything here; you may write again.")
    ),
}


def standing(case: Case) -> Standing:
    """The two sentences for this case."""
    if case.merged_into_id:
        return Standing(
            _("Your letter says the same as one that is already being handled."),
            _("When that one is answered and published, you can read the answer here."),
        )
    unit = unit_name(case.unit_id) or str(_("the office"))
    found = STANDINGS[Status(case.status)]
    now, following = (str(sentence).format(unit=unit) for sentence in found)
    return Standing(now[:1].upper() + now[1:], following)
