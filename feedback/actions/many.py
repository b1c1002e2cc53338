"""One verb on many letters: first what would happen, then each letter through its own verb in its own transaction.

`foresee` changes nothing and asks the database a handful of times for any number of letters. `begin` writes down what
was confirmed; `carry_on` does it, letter by letter, and may be called again – by a second click, or after a restart –
without doing anything twice: the line of a letter is written in the transaction of its verb.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import transaction

from feedback.actions.assignment import assign, desks_of, route, take, unfit_handler
from feedback.actions.handling import accept, note
from feedback.actions.outcome import close
from feedback.actions.routing import destination
from feedback.actions.spine import permit
from feedback.errors import NotAllowed, OfficeError, StaleVersion
from feedback.models import Batch, BatchLine, Case, User

MOST = 500  # letters in one go: what a person can still answer for
Answers = Mapping[str, Any]
Fit = Callable[[Case], OfficeError | None]


class AlreadySo(OfficeError):
    """The letter is already where it would be brought."""

    code = "already_so"
    status = 409
    vi = "Đơn đã ở đúng đơn vị hoặc đúng người được chọn; không cần làm gì thêm."
    en = "The letter is already with this unit or person; nothing needs to be done."


class OutOfSight(OfficeError):
    """Meanwhile the letter went where this person does not see it, or the chosen person left."""

    code = "out_of_sight"
    status = 404
    vi = "Đơn này không còn trong phạm vi ông/bà được xem, hoặc người được chọn không còn làm việc."
    en = "You no longer see this letter, or the chosen person no longer works here."


@dataclass(frozen=True)
class Manner:
    """How a verb is done to one of many: `fits` is made once for all letters, with what the verb was given."""

    run: Callable[..., object]
    fits: Callable[[Answers, datetime], Fit] = lambda answers, at: lambda case: None
    counts_version: bool = True


def _fits_assign(answers: Answers, at: datetime) -> Fit:
    handler = answers.get("handler")
    if handler is None:
        return lambda case: None
    desks = desks_of(handler, at)

    def fit(case: Case) -> OfficeError | None:
        return AlreadySo() if case.handler_id == handler.pk else unfit_handler(case, handler, desks)

    return fit


def _fits_route(answers: Answers, at: datetime) -> Fit:
    unit = answers.get("unit")

    def fit(case: Case) -> OfficeError | None:
        if not unit:
            return None
        if case.unit_id == unit:
            return AlreadySo()
        try:
            destination(unit, case, at)
        except OfficeError as error:
            return error
        return None

    return fit


# What makes sense for many. Not here: whatever tells a citizen a reason that must fit the single letter (not accepting,
# transferring, asking, suspending), and the answer itself.
VERBS: Mapping[str, Manner] = {
    "take": Manner(take),
    "accept": Manner(accept),
    "assign": Manner(assign, _fits_assign),
    "route": Manner(route, _fits_route),
    "note": Manner(note, counts_version=False),
    "close": Manner(close),
}


@dataclass
class Forecast:
    """What one verb would do to these letters now."""

    possible: list[Case] = field(default_factory=list)
    refused: list[tuple[Case, OfficeError]] = field(default_factory=list)


def foresee(
    verb: str,
    letters: Sequence[tuple[Case, int | None]],
    answers: Answers,
    *,
    by: User,
    at: datetime,
) -> Forecast:
    """`letters`: cases with the version the person saw (None: the present one). Prefetch their coordinations."""
    manner, found = VERBS[verb], Forecast()
    fits = manner.fits(answers, at)
    for case, seen in letters:
        error = _refusal(manner, verb, case, seen, fits, by)
        if error is None:
            found.possible.append(case)
        else:
            found.refused.append((case, error))
    return found


def _refusal(
    manner: Manner, verb: str, case: Case, seen: int | None, fits: Fit, by: User
) -> OfficeError | None:
    try:
        permit(case, verb, by)
    except OfficeError as error:
        return error
    if manner.counts_version and seen is not None and seen != case.version:
        return StaleVersion()
    return fits(case)


def begin(
    verb: str,
    letters: Sequence[tuple[int, int]],
    answers: Answers,
    *,
    key: UUID,
    by: User,
    at: datetime,
) -> Batch:
    """Write down what was confirmed: (case, version seen) of each letter. The same key again finds the same batch."""
    if verb not in VERBS or len(letters) > MOST:
        raise NotAllowed
    with transaction.atomic():
        batch, new = Batch.objects.get_or_create(
            by=by, key=key, defaults={"verb": verb, "arguments": _kept(answers), "asked_at": at}
        )
        if new:
            lines = (
                BatchLine(batch=batch, case_id=case, version=seen) for case, seen in dict(letters).items()
            )
            BatchLine.objects.bulk_create(lines)
    return batch


def _kept(answers: Answers) -> Any:
    """As JSON holds them: people by their number."""
    return {name: value.pk if isinstance(value, User) else value for name, value in answers.items()}


def _given(kept: Answers) -> dict[str, Any]:
    """The arguments as the verb takes them; whoever left the office meanwhile is nobody's handler."""
    answers = dict(kept)
    if "handler" in answers:
        answers["handler"] = User.objects.filter(pk=answers["handler"], is_active=True).first()
        if answers["handler"] is None:
            raise OutOfSight
    return answers


def carry_on(batch: Batch, *, by: User, at: Callable[[], datetime], seconds: float) -> int:
    """Do what is still to be done for at most so many seconds; returns how many letters remain."""
    if batch.by_id != by.pk:
        raise NotAllowed
    waiting = list(batch.lines.filter(outcome="").order_by("pk").values_list("pk", flat=True))
    give_up = monotonic() + seconds
    for number, line in enumerate(waiting):
        if monotonic() > give_up:
            return len(waiting) - number
        _one(line, batch, by, at())
    if batch.finished_at is None:
        Batch.objects.filter(pk=batch.pk, finished_at=None).update(finished_at=at(), arguments=None)
    return 0


def _one(number: int, batch: Batch, by: User, at: datetime) -> None:
    """One letter: verb and line together, or the line alone with the reason."""
    try:
        with transaction.atomic():
            line = BatchLine.objects.select_for_update().get(pk=number)
            if line.outcome:  # another window was faster
                return
            _do(line, batch, by, at)
            line.outcome = BatchLine.Outcome.DONE
            line.save(update_fields=["outcome"])
    except OfficeError as error:
        BatchLine.objects.filter(pk=number, outcome="").update(
            outcome=BatchLine.Outcome.REFUSED,
            why_vi=error.sentence("vi"),
            why_en=error.sentence("en"),
        )


def _do(line: BatchLine, batch: Batch, by: User, at: datetime) -> None:
    manner = VERBS[batch.verb]
    case = Case.objects.visible_to(by).filter(pk=line.case_id).first()
    if case is None:
        raise OutOfSight
    answers = _given(batch.arguments or {})
    problem = _refusal(manner, batch.verb, case, line.version, manner.fits(answers, at), by)
    if problem is not None:
        raise problem
    seen = {"seen": line.version} if manner.counts_version else {}
    manner.run(case, **answers, by=by, at=at, **seen)
