"""What a person should know before doing an act that moves a date: which date, from when to when, on what ground."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from feedback import actions
from feedback.deadlines import words
from feedback.models import Case
from feedback.querysets import COMPLAINT, DENUNCIATION
from feedback.web.words import language

# Since then the longer limit of a complaint needs its ground in writing (NĐ 155/2026/NĐ-CP, Điều 2).
GROUND_IN_WRITING = date(2026, 7, 1)


def of_extension(case: Case) -> list[str]:
    """The dates an extension would move, and what the law asks the reason to say."""
    offer = actions.extension_offer(case, timezone.now())
    if offer is None:
        return [_("The rule allows no further extension of this case.")]
    return [*_moves(offer), *_ground(case, offer)]


def of_decision(case: Case) -> list[str]:
    """The same for the leader, headed by the reason the handler gave."""
    row = case.extensions.filter(approved=None).order_by("pk").first()
    asked = [_("Reason given: “%(reason)s”") % {"reason": row.reason.strip()}] if row else []
    return [*asked, *of_extension(case)]


def _moves(offer: actions.Offer) -> list[str]:
    lines = []
    if offer.clock == "accept":
        lines.append(
            _("Acceptance: %(before)s becomes %(after)s.")
            % {"before": _day(offer.due_before), "after": _day(offer.due_after)}
        )
    lines.append(
        _("Answer: %(before)s becomes %(after)s.")
        % {"before": _day(offer.answer_before), "after": _day(offer.answer_after)}
    )
    period = words.UNITS[offer.unit][1 if language() == "en" else 0]
    total = {"value": offer.value, "unit": period, "law": offer.law}
    return [*lines, _("In total %(value)s %(unit)s from the start. Basis: %(law)s.") % total]


def _ground(case: Case, offer: actions.Offer) -> list[str]:
    if case.kind_id == COMPLAINT and timezone.localdate() >= GROUND_IN_WRITING:
        return [
            _(
                "A complicated complaint meets at least one of the criteria of Decree 155/2026/NĐ-CP, article 2; name "
                "it in the reason. Without that ground in writing the longer limit does not count."
            )
        ]
    if case.kind_id == DENUNCIATION and offer.clock == "reply":
        return [
            _(
                "A complicated denunciation is extended once, a specially complicated one (two criteria or "
                "more) twice, each time by written decision: Decree 31/2019/NĐ-CP, article 3. Name the criteria in "
                "the reason."
            )
        ]
    return []


def of_suspension(case: Case) -> list[str]:
    """The law the decision rests on, and until when it must reach the sender."""
    at = timezone.now()
    law, last = actions.law_of_suspension(case, at), actions.send_by(case, at)
    found = [_("Basis: %(law)s.") % {"law": law.en if language() == "en" else law.vi}] if law else []
    if law and last:
        found.append(
            _("The decision must reach the sender within %(days)d working days, by %(last)s.")
            % {"days": law.days, "last": f"{last:%d/%m/%Y}"}
            + " "
            + _("By e-mail it goes out at once; to whoever has none, send it on paper.")
        )
    return found


def _day(moment: datetime) -> str:
    return words.moment_en(moment) if language() == "en" else words.moment_vi(moment)
