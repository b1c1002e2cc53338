"""`/can-bo/chat-luong/mo-hinh/`: the model in use beside its challengers; put in use, taken back, or read silently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from feedback import actions
from feedback.errors import OfficeError
from feedback.models import ModelAct, ModelVersion
from feedback.reports.models import HEADS, reason_in_words
from feedback.web import charts
from feedback.web.desk.base import DeskRequest, pick, show
from feedback.web.errors import add_to_form
from feedback.web.words import language

State = ModelVersion.State
SHOWN = 8  # models beside the one in use
ACTS = 15  # rows of the history
# Figures of an examination: name, words, and whether more is better.
MEASURES: tuple[tuple[str, Any, bool], ...] = (
    ("accuracy", gettext_lazy("Right"), True),
    ("log_loss", gettext_lazy("Log-loss (less is better)"), False),
    ("calibration_error", gettext_lazy("Confidence off by"), False),
)
STATES: dict[str, Any] = {
    State.TRAINING: gettext_lazy("Being trained"),
    State.CHAMPION: gettext_lazy("In use"),
    State.CHALLENGER: gettext_lazy("Waits for a decision"),
    State.RETIRED: gettext_lazy("Replaced"),
    State.REFUSED: gettext_lazy("Cannot be used"),
}
WHAT: dict[str, Any] = {
    "trained": gettext_lazy("Trained"),
    "promoted": gettext_lazy("Put in use"),
    "rolled_back": gettext_lazy("Gone back to"),
    "shadowed": gettext_lazy("Reads silently"),
    "unshadowed": gettext_lazy("No longer reads silently"),
    "exported": gettext_lazy("Labelled letters exported"),
}


class WhyForm(forms.Form):
    """A decision needs its reason."""

    why = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


@never_cache
@login_required
def models_page(request: DeskRequest) -> HttpResponse:
    """Managers decide; administrators may let a challenger read silently; auditors read. At most ten queries."""
    scope = request.user.scope()
    prepares = scope.manager or scope.administrator
    if not (prepares or (scope.auditor and request.method != "POST")):
        raise PermissionDenied
    form = WhyForm(request.POST or None)
    if request.method == "POST" and (response := _decide(request, form)):
        return response
    champion = (
        ModelVersion.objects.filter(state=State.CHAMPION).select_related("replaced", "promoted_by").first()
    )
    others = list(ModelVersion.objects.exclude(state=State.CHAMPION)[:SHOWN])
    asked = request.POST.get("model", "") if request.method == "POST" else ""
    context = {
        "champion": _card(champion, None) if champion else None,
        "before": champion.replaced if champion else None,
        "others": [_card(row, champion, form if asked == row.name else None) for row in others],
        "form": form if form.is_bound else None,
        "asked": asked,
        "decides": scope.manager,
        "prepares": prepares,
        "trouble": actions.standing().trouble,
        "taken_back": actions.rolled_back(),
        "acts": [
            {"row": act, "what": WHAT.get(act.what, act.what)}
            for act in ModelAct.objects.select_related("model", "by")[:ACTS]
        ],
    }
    return show(request, "quality/models", context, 422 if form.is_bound else 200)


def _decide(request: DeskRequest, form: WhyForm) -> HttpResponse | None:
    """Do what the button says; None when the page has to be shown again with what was typed."""
    what, name = request.POST.get("what", ""), request.POST.get("model", "")
    who: dict[str, Any] = {"by": request.user, "at": timezone.now()}
    if what not in ("promote", "roll_back", "shadow", "unshadow"):
        raise Http404
    if what in ("promote", "roll_back") and not form.is_valid():
        if not request.user.scope().manager:
            raise PermissionDenied
        return None
    try:
        if what == "promote":
            actions.promote(name, why=form.cleaned_data["why"], only_if_good=True, **who)
            done = _("Letters are read with %(name)s from now on.") % {"name": name}
        elif what == "roll_back":
            row = actions.roll_back(why=form.cleaned_data["why"], **who)
            done = _("Letters are read with %(name)s again.") % {"name": row.name}
        else:
            actions.set_shadow(name, what == "shadow", **who)
            done = _("It reads new letters silently.") if what == "shadow" else _("It no longer reads along.")
    except OfficeError as error:
        if error.code == "not_allowed":
            raise PermissionDenied from error
        add_to_form(form, error)
        return None
    messages.success(request, done)
    return redirect("desk_models")


# --- figures


def _card(row: ModelVersion, champion: ModelVersion | None, form: WhyForm | None = None) -> dict[str, Any]:
    """One model; its figures beside those the champion had on the very same letters, where both were examined."""
    beside = row.figures.get("champion") or {}
    same = champion is not None and beside.get("name") == champion.name
    return {
        "row": row,
        "state": STATES[row.state],
        "heads": _heads(row.figures.get("heads", {}), beside.get("heads", {})),
        "guarded": _guarded(row.figures.get("guarded", {}), beside.get("guarded", {})),
        "beside": beside.get("name", ""),
        "outdated": bool(beside) and champion is not None and not same,
        "lessons": row.figures.get("lessons"),
        "questions": row.figures.get("questions"),
        "learned_more": _more(row, champion),
        "reasons": [reason_in_words(reason, language()) for reason in row.reasons],
        "against": [reason_in_words(reason, language()) for reason in actions.speaks_against(row)],
        "shadow": _shadow(row) if row.shadow_after is not None else None,
        "usable": bool(row.sha256) and row.state in (State.CHALLENGER, State.RETIRED),
        "form": form or WhyForm(auto_id=f"{row.name}_%s"),
    }


def _more(row: ModelVersion, champion: ModelVersion | None) -> int | None:
    """Letters of the office it learned from beyond those of the model in use."""
    return None if champion is None or row.pk == champion.pk else row.examples - champion.examples


def _heads(mine: Mapping[str, Any], other: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "label": pick(HEADS[head]),
            "letters": figures["letters"],
            "rows": [
                _measure(name, words, more, figures["all"], other.get(head, {}).get("all", {}))
                for name, words, more in MEASURES
            ],
        }
        for head, figures in mine.items()
        if head in HEADS and "all" in figures
    ]


def _measure(
    name: str, words: Any, more: bool, now: Mapping[str, float], before: Mapping[str, float]
) -> dict[str, Any]:
    value, held = now.get(name), before.get(name)
    change = 0.0 if value is None or held is None else (value - held if more else held - value)
    return {
        "words": words,
        "now": _figure(name, value),
        "before": _figure(name, held),
        "tone": "better" if change > 0 else "worse" if change < 0 else "",
    }


def _figure(name: str, value: float | None) -> str:
    if name == "log_loss":
        text = "–" if value is None else f"{value:.3f}"
        return text if language() == "en" else text.replace(".", ",")
    return charts.percent(value, language(), 1)


def _guarded(mine: Mapping[str, Any], other: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "label": pick(HEADS.get(flag, (flag, flag))),
            "letters": one["letters"],
            "now": one["found"],
            "before": other.get(flag, {}).get("found"),
        }
        for flag, one in mine.items()
    ]


def _shadow(row: ModelVersion) -> list[dict[str, Any]]:
    """How it has done beside the model in use on letters people have labelled since."""
    return [
        {
            "label": pick(HEADS[head]),
            "letters": one.letters,
            "champion": f"{one.champion_right}/{one.champion_answered}",
            "challenger": f"{one.challenger_right}/{one.challenger_answered}",
        }
        for head, one in actions.beside_champion(row).items()
    ]
