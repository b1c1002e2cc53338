"""Changing the world: a new calendar, new rules, other units → count → confirm → open cases follow, one event each.

A change is planned (a new version, nothing in force yet), counted over the open cases, looked at, and confirmed by
a manager. Only then is the version in force; the worker carries the change out in batches that may be interrupted
anywhere. Clocks that have stopped keep the versions they were decided by (`models.clocks.Facts.world`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection, models, transaction
from django.utils import timezone

from feedback import errors
from feedback.actions import succession, unit_plans
from feedback.actions.actor import SYSTEM, Actor, as_actor
from feedback.actions.change_effects import Effect, as_if, effect_of, effects, logs_of, target, touched
from feedback.actions.change_plans import (
    NoOwnCalendar,
    VersionTaken,
    VersionUnreadable,
    bring_in_force,
    introduce,
    is_outdated,
    may_confirm,
    plan_calendar,
    plan_rules,
    plan_units,
    require_planner,
)
from feedback.actions.spine import Work
from feedback.models import Case, CaseEvent, Change, ChangeLine, User
from feedback.models.catalogue_cache import Catalogue, forget
from feedback.signals import change_finished

log = logging.getLogger(__name__)

BATCH = 25  # cases moved in one transaction: the one writer of SQLite is not held longer than a page takes
COUNTED_AT_ONCE = 200
SETTLE = timedelta(
    seconds=60
)  # other processes may date a new letter by the old version until their cache is renewed
TURN = 20.0  # seconds of a worker's minute that one change may take; mail waits meanwhile
IN_ONE_STEP = 10 * BATCH
MAX_PASSES = 5  # after that, cases that still fail are left for a person to look at

_PLANNED = (Change.State.COUNTING, Change.State.READY)


class ChangeNotReady(errors.OfficeError):
    code = "change_not_ready"
    status = 409
    vi = "Không làm được việc này: thay đổi còn đang tính thử, hoặc đã được xác nhận hay đã bỏ."
    en = "This cannot be done: the change is still being counted, or was confirmed or dropped already."


class ChangeOutdated(errors.OfficeError):
    code = "change_outdated"
    status = 409
    vi = "Trong lúc chờ, một phiên bản khác đã được áp dụng. Xin lập lại thay đổi này trên phiên bản mới."
    en = "Meanwhile another version came into force. Please plan this change again on the new one."


# --- counting ------------------------------------------------------------------------------------


def count(change: Change, *, at: datetime, limit: int = 100_000) -> bool:
    """Go on counting which open cases would move; True when the list is complete. Safe to interrupt and repeat.

    While another change is being carried out it waits (False): the dates it would start from are still moving.
    """
    forget()  # another process may have planned it a second ago
    while limit > 0:
        change = Change.objects.get(pk=change.pk)
        if change.state != Change.State.COUNTING or under_way(at) is not None:
            break
        cases = list(touched(change).filter(pk__gt=change.cursor).order_by("pk")[:COUNTED_AT_ONCE])
        lines, failed = _lines(change, cases, at)
        with transaction.atomic():
            held = Change.objects.select_for_update(of=("self",)).get(pk=change.pk)
            if (held.state, held.cursor) == (change.state, change.cursor) and under_way(at) is None:
                _add(held, cases, lines, failed, at)
        limit -= COUNTED_AT_ONCE
    return change.state != Change.State.COUNTING


def _add(
    change: Change, cases: Sequence[Case], lines: Sequence[ChangeLine], failed: int, at: datetime
) -> None:
    ChangeLine.objects.bulk_create(lines)
    change.looked_at += len(cases)
    change.moved += len(lines)
    change.failed += failed
    change.cursor = cases[-1].pk if cases else change.cursor
    if len(cases) < COUNTED_AT_ONCE:
        change.state, change.counted_at, change.cursor = Change.State.READY, at, 0
    change.save()


def recount(change: Change, *, at: datetime) -> None:
    """Throw the list away and count again. Raises ChangeNotReady for a change already confirmed or dropped."""
    with transaction.atomic():
        change = Change.objects.select_for_update(of=("self",)).get(pk=change.pk)
        if change.state not in _PLANNED:
            raise ChangeNotReady
        _count_anew(change)


def _count_anew(change: Change) -> None:
    change.lines.all().delete()
    change.state, change.counted_at = Change.State.COUNTING, None
    _from_the_start(change)
    change.save()


def _from_the_start(change: Change) -> None:
    change.cursor = change.looked_at = change.moved = change.failed = change.passes = 0


def _lines(change: Change, cases: Sequence[Case], at: datetime) -> tuple[list[ChangeLine], int]:
    """(lines of those that would move, number of those that cannot be computed)."""
    if change.what == Change.What.UNITS:
        return succession.lines(change, cases), 0
    book, logs, lines, failed = as_if(change), logs_of(cases), [], 0
    for case in cases:
        try:
            effect = effect_of(change, case, logs.get(case.pk, ()), book, at)
        except Exception as error:  # its words may hold what a person wrote; its kind does not
            log.error("case %s cannot be counted for change %s: %s", case.pk, change.pk, type(error).__name__)
            failed += 1
        else:
            if effect is not None and effect.moves:
                lines.append(_line(change, case, effect.due_before, effect.due_after, case.unit_id))
    return lines, failed


def _line(change: Change, case: Case, before: datetime, after: datetime, unit: str | None) -> ChangeLine:
    line = ChangeLine(change=change, case=case, due_before=before, due_after=after)
    line.unit_before_id, line.unit_after_id = unit, case.unit_id
    return line


# --- deciding ------------------------------------------------------------------------------------


def confirm(change: Change, *, by: User | Actor, at: datetime) -> Change:
    """Put it in force. Raises NotAllowed, ChangeNotReady, ChangeOutdated.

    Other planned changes are counted again: their lists were made from the dates of before.
    """
    if not may_confirm(by):
        raise errors.NotAllowed
    with transaction.atomic():
        # All that live are locked, in one order: one confirmation at a time, and none beside a count.
        live = Change.objects.select_for_update(of=("self",)).filter(
            state__in=(*_PLANNED, Change.State.CONFIRMED)
        )
        rows = {one.pk: one for one in live.order_by("pk")}
        found = rows.pop(change.pk, None)
        if found is None or found.state not in _PLANNED:
            raise ChangeNotReady
        forget()  # what another process put in force a second ago counts
        if is_outdated(found):
            raise ChangeOutdated
        if found.state != Change.State.READY:
            raise ChangeNotReady
        _put_in_force(found, by, at)
        if _due_now(found, at):
            for other in rows.values():
                if other.state in _PLANNED:
                    _count_anew(other)
    forget()
    return found


def _put_in_force(change: Change, by: User | Actor, at: datetime) -> None:
    if change.what == Change.What.UNITS:
        unit_plans.put_in_force(change.units)
    for version in (change.calendar, change.rules):
        if version is not None:
            bring_in_force(version, at)
    change.state, change.confirmed_by, change.confirmed_at = Change.State.CONFIRMED, as_actor(by).user, at
    _from_the_start(change)
    change.save()


def drop(change: Change, *, by: User | Actor) -> Change:
    """Give a planned change up. What it would have brought stays as a draft nobody uses. Raises ChangeNotReady."""
    require_planner(by)
    with transaction.atomic():
        change = Change.objects.select_for_update(of=("self",)).get(pk=change.pk)
        if change.state not in _PLANNED:
            raise ChangeNotReady
        change.state = Change.State.DROPPED
        change.save(update_fields=["state"])
    return change


# --- carrying out --------------------------------------------------------------------------------


def under_way(at: datetime) -> Change | None:
    """The oldest confirmed change whose cases are following now."""
    today = timezone.localtime(at).date()
    due = models.Q(carry_out_on=None) | models.Q(carry_out_on__lte=today)
    return Change.objects.filter(due, state=Change.State.CONFIRMED).order_by("pk").first()


def carry_out(change: Change, *, at: datetime, limit: int = 1_000) -> int:
    """Let up to about `limit` cases follow a confirmed change; returns how many did. Interrupted anywhere it goes on
    there: the cases of a batch and how far it came are one transaction."""
    forget()  # another process may have planned and confirmed it a second ago
    followed = 0
    while limit > 0:
        change = Change.objects.get(pk=change.pk)
        if not _due_now(change, at):
            break
        keys, limit = _next(change), limit - BATCH
        with transaction.atomic():
            held = Change.objects.select_for_update(of=("self",)).get(pk=change.pk)
            if (held.state, held.cursor) != (change.state, change.cursor):
                continue  # another carrier took this batch
            change = held
            done, more = _batch(change, keys, at)
            change.save()
        followed += done
        if change.state == Change.State.DONE:
            change_finished.send_robust(Change, change_id=change.pk)
        if not more:
            break  # the next round, a minute later, sees what other processes still wrote
    return followed


def _due_now(change: Change, at: datetime) -> bool:
    if change.state != Change.State.CONFIRMED:
        return False
    return change.carry_out_on is None or change.carry_out_on <= timezone.localtime(at).date()


def _next(change: Change) -> list[int]:
    """The cases of the next batch. Read before the transaction, which nobody should hold while a table is searched."""
    rows = touched(change).filter(pk__gt=change.cursor).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:BATCH])


def _batch(change: Change, keys: Sequence[int], at: datetime) -> tuple[int, bool]:
    """(cases that followed, whether this pass goes on). A case that fails is counted, logged and tried in the next
    pass; one that somebody holds at this moment is left for it too, so that nobody ever waits in a circle."""
    begins = change.cursor == 0
    cases = _locked(touched(change).filter(pk__in=keys).order_by("pk"))
    followed, lines, failed = _follow_all(change, cases, at)
    ChangeLine.objects.bulk_create(
        lines,
        update_conflicts=True,
        unique_fields=["change", "case"],
        update_fields=["due_before", "due_after", "unit_before", "unit_after"],
    )
    change.looked_at += followed
    change.moved += len(lines)
    change.failed += failed
    if len(keys) == BATCH:
        change.cursor = keys[-1]
        return followed, True
    _end_pass(change, at, clean=begins and not failed and len(cases) == len(keys))
    return followed, False


def _locked(cases: models.QuerySet[Case]) -> list[Case]:
    if connection.features.has_select_for_update_skip_locked:
        cases = cases.select_for_update(skip_locked=True)
    return list(cases)


def _end_pass(change: Change, at: datetime, *, clean: bool) -> None:
    """Done after a pass in one piece, begun when every process knew of the change, that left nothing over."""
    assert change.confirmed_at is not None  # noqa: S101 - only confirmed changes are carried out
    settled = at >= change.confirmed_at + SETTLE
    change.passes += settled
    if settled and (clean or change.passes >= MAX_PASSES):
        change.state, change.finished_at = Change.State.DONE, at
    else:
        change.cursor = change.failed = 0


def _follow_all(change: Change, cases: Sequence[Case], at: datetime) -> tuple[int, list[ChangeLine], int]:
    """(how many followed, a line for each whose date or unit moved, how many failed)."""
    units = change.what == Change.What.UNITS
    book, logs = as_if(change), {} if units else logs_of(cases)
    followed, failed, lines = 0, 0, []
    for case in cases:
        before = case.due_at, case.unit_id
        try:
            with transaction.atomic():
                if units:
                    done = succession.succeed(case, change=change, at=at)
                else:
                    done = _redate(change, case, logs.get(case.pk, ()), book, at)
        except Exception as error:  # its words may hold what a person wrote; its kind does not
            log.error("case %s cannot follow change %s: %s", case.pk, change.pk, type(error).__name__)
            failed += 1
            continue
        followed += done
        if (case.due_at, case.unit_id) != before:
            lines.append(_line(change, case, before[0], case.due_at, before[1]))
    return followed, lines, failed


def _redate(change: Change, case: Case, events: Iterable[CaseEvent], book: Catalogue, at: datetime) -> bool:
    """One case under the new versions. Public only when the date of the answer moves."""
    effect = effect_of(change, case, events, book, at)
    if effect is None:
        return False
    work = Work(case, SYSTEM, at)
    before = {"calendar": case.calendar_version, "rules": case.rules_version}
    work.internal = effect.world.as_dict() | {"world_before": before, "change": change.pk}
    case.calendar_version, case.rules_version = effect.world.calendar, effect.world.rules
    if effect.moves:
        work.public = {
            "due_before": effect.due_before.isoformat(),
            "due_at": effect.due_after.isoformat(),
            "change": change.note,
        }
    work.do("redate" if effect.moves else "keep_date")
    work.finish()
    return True


def carry_on(*, at: datetime) -> int:
    """The worker's chore: go on with whatever is being carried out or counted; returns how many cases followed or
    were counted. A change that fails does not hold up the others."""
    done = succession.follow_late(at)
    succession.plan_orphans(at)
    for change in Change.objects.filter(state=Change.State.CONFIRMED).order_by("pk"):
        done += _attempt(change, lambda one: _carried(one, at))
    for change in Change.objects.filter(state=Change.State.COUNTING).order_by("pk"):
        done += _attempt(change, lambda one: _counted(one, at))
    return done


def _carried(change: Change, at: datetime) -> int:
    followed, until = 0, time.monotonic() + TURN
    while time.monotonic() < until:
        step = carry_out(change, at=at, limit=IN_ONE_STEP)
        followed += step
        if step < IN_ONE_STEP:
            break  # the pass is over, or some failed: the next one comes a minute later
    return followed


def _counted(change: Change, at: datetime) -> int:
    before = change.looked_at
    count(change, at=at, limit=5 * COUNTED_AT_ONCE)
    change.refresh_from_db()
    return change.looked_at - before


def _attempt(change: Change, step: Callable[[Change], int]) -> int:
    try:
        return step(change)
    except Exception as error:  # as above: only its kind is written down
        log.error("change %s: %s", change.pk, type(error).__name__)
        return 0


__all__ = [
    "ChangeNotReady",
    "ChangeOutdated",
    "Effect",
    "NoOwnCalendar",
    "VersionTaken",
    "VersionUnreadable",
    "carry_on",
    "carry_out",
    "confirm",
    "count",
    "drop",
    "effects",
    "introduce",
    "is_outdated",
    "may_confirm",
    "plan_calendar",
    "plan_rules",
    "plan_units",
    "recount",
    "target",
    "touched",
    "under_way",
]
