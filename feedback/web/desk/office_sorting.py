"""`/can-bo/quan-tri/phan-loai/`: what the classifier would sort at which threshold, and the share that is checked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from feedback import actions
from feedback.actions.catalogue_edits import LEAST_SHARE, MOST_SHARE
from feedback.models.office_log import audit_percent
from feedback.models.quality import targets
from feedback.reports import consequences, thresholds
from feedback.web.desk.base import DeskRequest
from feedback.web.desk.office import Follows, history, two_steps
from feedback.web.desk.quality import LABELS, percent, threshold_words


class ShareForm(forms.Form):
    """Of a hundred letters sorted without a person, how many are looked at afterwards."""

    percent = forms.IntegerField(
        label=gettext_lazy("Of a hundred letters sorted without a person, so many are checked"),
        min_value=LEAST_SHARE,
        max_value=MOST_SHARE,
    )
    why = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class LookForm(forms.Form):
    """A threshold to be looked at; nothing is set by it."""

    at_least = forms.FloatField(
        label=gettext_lazy("Look at another threshold (%)"),
        min_value=0,
        max_value=100,
        required=False,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )


@never_cache
@login_required
def sorting(request: DeskRequest) -> HttpResponse:
    """Administrators and managers. At most eight queries."""
    scope = request.user.scope()
    if not (scope.manager or actions.administers(request.user)):
        raise PermissionDenied
    at, now = timezone.now(), audit_percent()
    form = ShareForm(request.POST or None, initial={"percent": now})
    look = LookForm(request.GET or None)
    also = look.cleaned_data.get("at_least") if look.is_bound and look.is_valid() else None

    def follows() -> Follows:
        wanted, letters = form.cleaned_data["percent"], consequences.received_lately(at)
        sentences = [
            _(
                "For as many letters as in the last 30 days (%(letters)s): at most %(before)s checks now, "
                "%(after)s then."
            )
            % {
                "letters": letters,
                "before": round(letters * now / 100),
                "after": round(letters * wanted / 100),
            },
            _("More checks show sooner what goes wrong; no letter is delayed by one."),
        ]
        return Follows(_("Change the share?"), sentences)

    def do() -> None:
        given = form.cleaned_data
        actions.set_audit_share(given["percent"], why=given["why"], by=request.user, at=at)

    return two_steps(
        request,
        form,
        template="office/sorting",
        context={
            "look": look,
            "heads": _heads(None if also is None else also / 100),
            "share": now,
            "history": history("audit_share"),
            "manager": scope.manager,
            "administers": actions.administers(request.user),
        },
        follows=follows,
        do=do,
        done=_("The new share holds from now on."),
        to=reverse("desk_office_sorting"),
    )


def _heads(also: float | None) -> list[dict[str, Any]]:
    held, counted = targets(), thresholds.counts(timezone.now())
    return [
        {
            "label": LABELS[head],
            "threshold": threshold_words(held[head].threshold),
            "target": percent(held[head].precision),
            "rows": [_row(row, held[head].precision, also) for row in thresholds.table(counted[head], also)],
        }
        for head in LABELS
    ]


def _row(row: thresholds.Row, target: float, also: float | None) -> dict[str, Any]:
    found = row.precision
    return {
        "threshold": percent(row.threshold, 0 if row.threshold * 100 % 1 == 0 else 1)
        if row.threshold
        else _("as now"),
        "answered": row.answered,
        "coverage": percent(row.coverage),
        "width": round(100 * (row.coverage or 0)),
        "checked": row.checked,
        "right": row.right,
        "share": percent(found.share if found else None),
        "bounds": f"{percent(found.low)} – {percent(found.high)}" if found else "",
        "met": found.low >= target if found else None,
        "asked": also is not None and row.threshold == also,
    }
