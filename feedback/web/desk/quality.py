"""/can-bo/chat-luong/: how right the classifier is, by week and by model; what a manager asks of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classifier.risk import NEVER, Interval
from feedback import actions
from feedback.errors import OfficeError
from feedback.models import QualityTarget, catalogue
from feedback.models.quality import Target, targets
from feedback.reports import quality
from feedback.web import charts
from feedback.web.desk.base import DeskRequest, desk_page, show
from feedback.web.desk.queues import queue_url
from feedback.web.errors import add_to_form
from feedback.web.words import language, name_of

LABELS: dict[str, Any] = {
    "topic": gettext_lazy("Topic"),
    "issue": gettext_lazy("Issue"),
    "kind": gettext_lazy("Kind"),
}
WHY: dict[str, Any] = {
    "raised": gettext_lazy(
        "Checked letters fell short of the target; the threshold was raised to what they support."
    ),
    "held": gettext_lazy("The target is met."),
    "unproven": gettext_lazy("No mistake was found, but too few letters are checked to prove the target."),
    "too_few": gettext_lazy("Too few letters are checked to conclude anything."),
}
LATELY = 4  # weeks held against those before
MIXED = 6  # pairs shown
CHANGED = 10  # topics shown


def percent(share: float | None, digits: int = 0) -> str:
    return charts.percent(share, language(), digits)


class TargetForm(forms.Form):
    """What a manager asks of one head."""

    head = forms.ChoiceField(label=gettext_lazy("Which label"), choices=list(LABELS.items()))
    precision = forms.FloatField(  # localize: a Vietnamese types 97,5
        label=gettext_lazy("Of a hundred answers, how many must be right"),
        min_value=50,
        max_value=99.9,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    threshold = forms.FloatField(
        label=gettext_lazy("Answer only when at least this sure (%)"),
        help_text=gettext_lazy(
            "Leave empty for the model's own threshold; 100 leaves every letter to people."
        ),
        required=False,
        min_value=0,
        max_value=100,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    why = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


@desk_page
def quality_page(request: DeskRequest) -> HttpResponse:
    scope = request.user.scope()
    if not (scope.manager or (scope.auditor and request.method != "POST")):
        raise PermissionDenied
    at = timezone.now()
    form = TargetForm(request.POST if request.method == "POST" else None, initial={"precision": 95})
    if form.is_bound and form.is_valid() and _set(request, form):
        messages.success(request, _("The new target holds from now on."))
        return redirect("desk_quality")
    report = quality.report(at)
    context = figures(report) | {
        "at": report.counted_at,
        "form": form if scope.manager else None,
        "progress": quality.progress(report.total.start),
        "audit_url": queue_url("audit") if scope.manager else "",
        "decisions": [_decision(row) for row in quality.decisions()],
    }
    return show(request, "quality/page", context, 422 if form.is_bound else 200)


def _set(request: DeskRequest, form: TargetForm) -> bool:
    """Write the decision; False when it was refused."""
    asked = form.cleaned_data
    threshold = None if asked["threshold"] is None else asked["threshold"] / 100
    try:
        actions.set_target(
            asked["head"],
            precision=asked["precision"] / 100,
            threshold=NEVER if threshold == 1 else threshold,
            why=asked["why"],
            by=request.user,
            at=timezone.now(),
        )
    except OfficeError as error:
        add_to_form(form, error)
        return False
    return True


def figures(report: quality.Report) -> dict[str, Any]:
    """Everything of the page that comes from letters."""
    held = targets()
    looked = {row.head: row for row in quality.looked(report.total.start)}
    return {
        "total": report.total,
        "alone": percent(report.total.alone_share),
        "heads": [_head(head, report, held[head], looked.get(head)) for head in LABELS],
        "weeks": [_week(week) for week in reversed(report.weeks) if week.letters],
        "drift": drift(report.weeks),
        "models": _models(report.models),
        "overrides": _overrides(report.by_topic),
        "mix": _mix(report.weeks),
    }


# --- one head


@dataclass(frozen=True)
class HeadCard:
    """One question the classifier answers, in figures ready to be shown."""

    name: str
    label: Any
    tally: quality.Tally
    coverage: str
    share: str
    bounds: str
    target: str
    threshold: str
    met: bool | None
    looked: str
    chart: charts.Trend
    confusion: charts.Confusion
    pairs: list[tuple[str, str, int]]


def _head(name: str, report: quality.Report, target: Target, looked: QualityTarget | None) -> HeadCard:
    tally, names, pairs = report.total.heads[name], _names(name), report.confusion[name]
    found = tally.realised
    mixed = [(one, other, n) for (one, other), n in pairs.most_common() if one != other]
    return HeadCard(
        name=name,
        label=LABELS[name],
        tally=tally,
        coverage=percent(tally.coverage),
        share=percent(found.share if found else None),
        bounds=_bounds(found),
        target=percent(target.precision, 0 if round(target.precision * 100, 1).is_integer() else 1),
        threshold=threshold_words(target.threshold),
        met=found.low >= target.precision if found else None,
        looked=str(WHY[looked.why]) if looked and looked.why in WHY else "",
        chart=charts.trend(
            _("Right, by week"),
            [week.start for week in report.weeks],
            [week.heads[name].realised for week in report.weeks],
            level=target.precision,
        ),
        confusion=charts.confusion(pairs, names),
        pairs=[(names.get(one, one), names.get(other, other), n) for one, other, n in mixed[:MIXED]],
    )


def _bounds(found: Interval | None) -> str:
    return f"{percent(found.low)} – {percent(found.high)}" if found else ""


def threshold_words(threshold: float | None) -> str:
    if threshold is None:
        return str(_("the model's own"))
    return str(_("answers nothing")) if threshold > 1 else percent(threshold, 1)


def _names(head: str) -> dict[str, str]:
    rows: dict[str, Any] = getattr(catalogue(), f"{head}s")
    return {code: name_of(row) for code, row in rows.items()}


# --- by week


@dataclass(frozen=True)
class WeekLine:
    start: Any
    letters: int
    alone: str
    unknown: str
    unaccented: str
    heads: list[dict[str, Any]]


def _week(week: quality.Group) -> WeekLine:
    return WeekLine(
        start=week.start,
        letters=week.letters,
        alone=percent(week.alone_share),
        unknown=percent(week.unknown_share, 1),
        unaccented=percent(week.unaccented_share),
        heads=[_head_line(head, tally) for head, tally in week.heads.items()],
    )


def _head_line(head: str, tally: quality.Tally) -> dict[str, Any]:
    found = tally.realised
    return {
        "label": LABELS[head],
        "coverage": percent(tally.coverage),
        "confidence": percent(tally.confidence),
        "checked": tally.checked,
        "right": tally.right,
        "overruled": tally.overruled,
        "share": percent(found.share if found else None),
        "bounds": _bounds(found),
    }


def drift(weeks: Sequence[quality.Group]) -> list[charts.Trend]:
    """Four small charts: what changes before mistakes are seen."""
    days = [week.start for week in weeks]

    def sure(week: quality.Group) -> float | None:
        known = [c for tally in week.heads.values() if (c := tally.confidence) is not None]
        return sum(known) / len(known) if known else None

    return [
        charts.trend(_("Sorted without a person"), days, [week.alone_share for week in weeks], level=None),
        charts.trend(_("How sure on average"), days, [sure(week) for week in weeks]),
        charts.trend(_("Words the model does not know"), days, [week.unknown_share for week in weeks]),
        charts.trend(_("Letters without accents"), days, [week.unaccented_share for week in weeks]),
    ]


def _mix(weeks: Sequence[quality.Group]) -> list[dict[str, Any]]:
    """Share of each family of topics lately and before, the largest change first."""
    limit = weeks[-1].start - timedelta(weeks=LATELY - 1)
    lately, before = quality.Group("", timezone.localdate()), quality.Group("", timezone.localdate())
    for week in weeks:
        (lately if week.start >= limit else before).topics.update(week.topics)
    now, then = sum(lately.topics.values()), sum(before.topics.values())
    names, found = _names("topic"), []
    for code in {*lately.topics, *before.topics}:
        one = lately.topics[code] / now if now else None
        other = before.topics[code] / then if then else None
        change = None if one is None or other is None else round(100 * (one - other))
        found.append(
            {
                "name": names.get(code, code),
                "lately": percent(one),
                "before": percent(other),
                "change": f"{change:+d}".replace("-", "−") if change else "0" if change == 0 else "–",
                "weeks": [week.topics[code] for week in weeks],
                "total": lately.topics[code] + before.topics[code],
                "order": abs(change or 0),
            }
        )
    return sorted(found, key=lambda row: (-row["order"], -row["total"], row["name"]))


# --- by model, by topic


def _models(groups: Sequence[quality.Group]) -> dict[str, Any] | None:
    """The two newest models side by side; None while there has been one only."""
    if len(groups) < 2:
        return None
    before, after = groups[-2:]
    return {
        "before": before,
        "after": after,
        "rows": [
            {
                "label": LABELS[head],
                "before": _head_line(head, before.heads[head]),
                "after": _head_line(head, after.heads[head]),
            }
            for head in LABELS
        ],
        "alone": (percent(before.alone_share), percent(after.alone_share)),
    }


def _overrides(by_topic: dict[str, tuple[int, int]]) -> list[dict[str, Any]]:
    """Topics a person changed, the most often changed first."""
    names = _names("topic")
    changed = [(code, number, put_right) for code, (number, put_right) in by_topic.items() if put_right]
    changed.sort(key=lambda row: (-row[2], -row[2] / row[1], row[0]))
    return [
        {
            "name": names.get(code, code),
            "answered": number,
            "changed": put_right,
            "share": percent(put_right / number, 1),
        }
        for code, number, put_right in changed[:CHANGED]
    ]


def _decision(row: QualityTarget) -> dict[str, Any]:
    return {
        "at": row.set_at,
        "by": row.set_by or _("Weekly look"),
        "label": LABELS[row.head],
        "target": percent(row.precision, 1 if row.precision * 100 % 1 else 0),
        "threshold": threshold_words(row.threshold),
        "why": WHY[row.why] if row.set_by_id is None and row.why in WHY else row.why,
        "counted": _("%(right)d of %(checked)d right") % {"right": row.right, "checked": row.checked}
        if row.checked is not None
        else "",
    }
