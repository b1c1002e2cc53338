"""Keeping the classifier as right as the office wants: a manager's target, and the weekly look at the sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

import classifier
from classifier.risk import NEVER, wilson
from classifier.suggestion import HEADS
from feedback import errors
from feedback.models import Suggestion, User
from feedback.models.quality import AuditSample, QualityTarget, Target, forget_targets, targets

RECENT = timedelta(weeks=12)
FEWEST = 20  # checked letters below which nothing is concluded
LEAST, MOST = 0.5, 0.999  # precisions that may be asked for; 1 can be promised by nobody

Checked = tuple[float, bool]  # probability of the answer, and whether it was right


def stand_back(suggestion: classifier.Suggestion, floors: Mapping[str, float]) -> classifier.Suggestion:
    """The suggestion, abstaining in every head that is less sure than its floor."""
    topic, issue, kind = (
        replace(head, abstained=True) if head.confidence < floors.get(head.name, 0.0) else head
        for head in suggestion.heads
    )
    return replace(suggestion, topic=topic, issue=issue, kind=kind)


# --- a manager's decision


def set_target(
    head: str, *, precision: float, threshold: float | None, why: str, by: User, at: datetime
) -> QualityTarget:
    """Ask a head for a precision and, if wanted, a least probability of its answers (None: the model's own).

    Both in [0, 1]. Raises NotAllowed for anybody but a manager, InvalidInput for figures out of range or no reason.
    """
    if not by.scope().manager:
        raise errors.NotAllowed
    wrong: dict[str, errors.OfficeError] = {}
    if head not in HEADS:
        wrong["head"] = errors.UnknownCode("head", value=head[:40])
    if not LEAST <= precision <= MOST:
        wrong["precision"] = OutOfRange("precision", least=LEAST * 100, most=MOST * 100)
    if threshold is not None and not 0 <= threshold <= NEVER:
        wrong["threshold"] = OutOfRange("threshold", least=0, most=100)
    if not why.strip():
        wrong["why"] = errors.FieldRequired("why")
    if wrong:
        raise errors.InvalidInput(wrong)
    row = QualityTarget.objects.create(
        head=head, precision=precision, threshold=threshold, set_by=by, set_at=at, why=why.strip()
    )
    transaction.on_commit(forget_targets)
    return row


class OutOfRange(errors.OfficeError):
    code = "out_of_range"
    status = 422
    vi = "Nhập số từ {least:g} đến {most:g}."
    en = "Enter a number from {least:g} to {most:g}."


# --- once a week


@dataclass(frozen=True)
class Finding:
    """What the sample of one head says. `why`: a code of QualityTarget.WHY."""

    threshold: float | None
    why: str
    right: int
    checked: int


def look_at_week(at: datetime) -> int:
    """Once a week, hold every head's sample against its target; raise its threshold where it fell short.

    Returns how many heads were looked at: none when this week's look has been taken.
    """
    today = timezone.localtime(at).date()
    monday = today - timedelta(days=today.weekday())
    if QualityTarget.objects.filter(week=monday).exists():
        return 0
    held = targets()
    with transaction.atomic():
        rows = [_row(head, held[head], monday, at) for head in HEADS]
        # A worker that looked in the same moment has written the same rows.
        QualityTarget.objects.bulk_create(rows, ignore_conflicts=True)
    forget_targets()
    return len(rows)


def _row(head: str, target: Target, monday: date, at: datetime) -> QualityTarget:
    found = conclude(recent(head, at), target)
    return QualityTarget(
        head=head,
        precision=target.precision,
        threshold=found.threshold,
        set_at=at,
        why=found.why,
        week=monday,
        right=found.right,
        checked=found.checked,
    )


def recent(head: str, at: datetime) -> list[Checked]:
    """The checked letters of the last weeks that the model in use answered in this head; sealed ones are left out."""
    newest = Suggestion.objects.order_by("-pk").values_list("engine", "engine_version").first()
    if newest is None:
        return []
    model, plus, _catalogue = newest[1].partition("+")
    same = (
        {"startswith": f"{model}+"} if plus else {"exact": model}
    )  # an edit of the catalogue is no new model
    rows = AuditSample.objects.filter(
        **{f"{head}_right__isnull": False},
        **{f"suggestion__engine_version__{how}": name for how, name in same.items()},
        suggestion__engine=newest[0],
        checked_at__gte=at - RECENT,
        case__sealed=False,
    )
    return list(rows.values_list(f"suggestion__data__{head}__confidence", f"{head}_right"))


def conclude(sample: Sequence[Checked], target: Target) -> Finding:
    """What becomes of the threshold. Letters that would no longer be answered do not count any more.

    Where the lower Wilson bound falls short of the target, the least threshold is taken whose letters reach it; where
    none does, the one that is surest among those right often enough; where there is none either, nothing is answered.
    A sample without a mistake is no reason to raise anything: it is only too small to prove more.
    """
    floor = target.threshold or 0.0
    counted = sorted((sure, right) for sure, right in sample if sure >= floor)
    right, checked = sum(ok for _, ok in counted), len(counted)
    if checked < FEWEST:
        return Finding(target.threshold, "too_few", right, checked)
    if wilson(right, checked).low >= target.precision:
        return Finding(target.threshold, "held", right, checked)
    if right == checked:
        return Finding(target.threshold, "unproven", right, checked)
    return Finding(_supported(counted, target.precision), "raised", right, checked)


def _supported(counted: Sequence[Checked], precision: float) -> float:
    """The threshold (a probability that occurs in the sample, which is in rising order), or NEVER."""
    best, best_low = NEVER, 0.0
    for limit in sorted({sure for sure, _ in counted}):
        above = [right for sure, right in counted if sure >= limit]
        bounds = wilson(sum(above), len(above))
        if bounds.low >= precision:
            return limit
        if bounds.share >= precision and bounds.low > best_low:
            best, best_low = limit, bounds.low
    return best
