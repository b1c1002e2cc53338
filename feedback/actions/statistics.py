"""Keeping the figures of the manager's room: folded from the log after the fact, never inside a verb.

Nobody waits for anybody: what a batch of letters adds is worked out without a transaction, and then written in one
short one that begins by moving the position. Whoever comes second finds it moved and writes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Subquery

from feedback.models import Case, CaseEvent, CountedCase, Facts, HandlerDay, LogPosition, facts
from feedback.models.facts import Counted, Label, Ledger
from feedback.models.log_reading import Gaps, end_of_log, unread

NAME = "statistics"
BATCH = 200  # events folded at once
AT_ONCE = 20_000  # events in one round of the worker; the rest follows a minute later
LITTLE = BATCH  # events a page folds by itself
CASES = 500  # letters counted at once by a rebuild
_SUMS = (*facts.NUMBERS, *facts.HISTOGRAMS.values())


def position() -> LogPosition:
    return LogPosition.objects.get_or_create(name=NAME)[0]


def catch_up(*, at: datetime, most: int = AT_ONCE, held: LogPosition | None = None) -> int:
    """Fold what the log has gained into the figures; returns how many events were read. Safe to run twice at once.

    `held`: the position as a page has just read it.
    """
    done = 0
    while done < most:
        where = held or position()
        events, gaps = unread(where.event_id, where.gaps, at=at, most=BATCH)
        if not events and gaps == where.gaps:
            break
        newest = max([where.event_id, *(pk for pk, _ in events)])
        if not _fold(where, {case for _, case in events}, newest, gaps, at):
            break  # another worker is at it
        done, held = done + len(events), None
    return done


def freshen(*, at: datetime) -> int:
    """For a page: fold what is new if it is little; returns how many events the figures are behind, about.

    One query while nothing happens. After a long standstill the worker catches up, not whoever looks first.
    """
    ids = CaseEvent.objects.order_by("-pk").values("pk")
    mine = LogPosition.objects.filter(pk=NAME).annotate(newest=Subquery(ids[:1]))
    where = mine.first() or (position() and mine.get())
    behind = max(0, (getattr(where, "newest", None) or 0) - where.event_id)
    # Ids are not given out without a break: many of them may be few events.
    if behind > LITTLE and len(ids.filter(pk__gt=where.event_id)[: LITTLE + 1]) > LITTLE:
        return behind
    if behind or where.gaps:
        catch_up(at=at, most=BATCH, held=where)
    return 0


def _fold(where: LogPosition, cases: Iterable[int], newest: int, gaps: Gaps, at: datetime) -> bool:
    new = {row.case_id: row for row in counted(sorted(cases))}
    old = CountedCase.objects.in_bulk(list(new))
    ledger = Ledger()
    for pk, row in new.items():
        if pk in old:
            ledger.add(facts.label_of(old[pk]), old[pk].data, -1)
        ledger.add(facts.label_of(row), row.data)
    rows, hands = _rows(ledger), _hands(ledger)
    with transaction.atomic():
        if not _move(where, newest, gaps, at):
            return False
        _write(rows, hands)
        _keep(list(new.values()))
    return True


def counted(cases: Sequence[int]) -> list[CountedCase]:
    """What these letters add, by their log as it stands."""
    logs: defaultdict[int, list[CaseEvent]] = defaultdict(list)
    for event in CaseEvent.objects.filter(case__in=cases).order_by("case_id", "seq"):
        logs[event.case_id].append(event)
    found = Case.objects.filter(pk__in=cases).only(*facts.COLUMNS).order_by("pk")
    return [_counted(case, facts.label_of(case), facts.count_case(case, logs[case.pk])) for case in found]


def _counted(case: Case, label: Label, data: Counted) -> CountedCase:
    return CountedCase(case_id=case.pk, data=data, **(label if data else Label())._asdict())


def _move(where: LogPosition, newest: int, gaps: Gaps, at: datetime) -> bool:
    mine = LogPosition.objects.filter(pk=where.pk, version=where.version)
    return bool(mine.update(event_id=newest, gaps=gaps, version=F("version") + 1, moved_at=at))


def _rows(ledger: Ledger) -> list[Facts]:
    """The rows that change, as they will be. Whoever wrote to them meanwhile has moved the position."""
    changed = ledger.changed()
    held = {row.key: row for row in Facts.objects.filter(key__in=[cell.key for cell in changed])}
    rows = []
    for cell, measures in changed.items():
        row = held.get(cell.key) or facts.row_of(cell)
        facts.add_to(row, measures)
        rows.append(row)
    return rows


def _hands(ledger: Ledger) -> list[HandlerDay]:
    changed = {key: number for key, number in ledger.hands.items() if number}
    people, days = {handler for handler, _ in changed}, {day for _, day in changed}
    known = HandlerDay.objects.filter(handler__in=people, day__in=days) if changed else ()
    held = {(row.handler_id, row.day): row for row in known}
    rows = []
    for (handler, day), number in changed.items():
        row = held.get((handler, day)) or HandlerDay(handler_id=handler, day=day)
        row.answered += number
        rows.append(row)
    return rows


def _write(rows: list[Facts], hands: list[HandlerDay]) -> None:
    gone = [row.pk for row in rows if row.pk and facts.empty(row)]
    kept = [row for row in rows if not facts.empty(row)]
    Facts.objects.filter(pk__in=gone).delete()
    Facts.objects.bulk_create([row for row in kept if not row.pk], batch_size=500)
    Facts.objects.bulk_update([row for row in kept if row.pk], _SUMS, batch_size=40)
    HandlerDay.objects.filter(pk__in=[one.pk for one in hands if one.pk and not one.answered]).delete()
    HandlerDay.objects.bulk_create([one for one in hands if not one.pk and one.answered])
    HandlerDay.objects.bulk_update([one for one in hands if one.pk and one.answered], ["answered"])


def _keep(rows: list[CountedCase]) -> None:
    columns = [f.name for f in CountedCase._meta.concrete_fields if f.name != "case"]
    CountedCase.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["case"], update_fields=columns, batch_size=500
    )


# --- from the log alone


def everything() -> Iterator[list[CountedCase]]:
    """What every letter adds, CASES at a time."""
    last = 0
    while keys := list(Case.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CASES]):
        yield counted(keys)
        last = keys[-1]


def rebuild(*, at: datetime) -> int:
    """Throw the figures away and make them again from the log; returns how many letters were counted.

    The office goes on meanwhile: what is recorded after the start is folded in again afterwards, which changes nothing
    of what was already counted. Holds every cell of the office in memory, about a kilobyte each.
    """
    position()
    newest, gaps = end_of_log(at=at)
    letters, ledger = [], Ledger()
    for batch in everything():
        letters += batch
        for row in batch:
            ledger.add(facts.label_of(row), row.data)
    rows = [_filled(cell, measures) for cell, measures in ledger.changed().items()]
    hands = [HandlerDay(handler_id=who, day=day, answered=n) for (who, day), n in ledger.hands.items() if n]
    with transaction.atomic():
        LogPosition.objects.filter(pk=NAME).update(
            event_id=newest, gaps=gaps, version=F("version") + 1, moved_at=at
        )
        for model in (Facts, CountedCase, HandlerDay):
            model._default_manager.all().delete()
        Facts.objects.bulk_create(rows, batch_size=500)
        HandlerDay.objects.bulk_create(hands, batch_size=500)
        CountedCase.objects.bulk_create(letters, batch_size=500)
    return len(letters)


def _filled(cell: facts.Cell, measures: dict[str, int]) -> Facts:
    row = facts.row_of(cell)
    facts.add_to(row, measures)
    return row


def differences(*, at: datetime) -> list[str]:
    """What the kept figures say otherwise than the log, a line each; the log is read to its end first."""
    catch_up(at=at)
    ledger = Ledger()
    for batch in everything():
        for row in batch:
            ledger.add(facts.label_of(row), row.data)
    wanted = {cell.key: _filled(cell, m) for cell, m in ledger.changed().items()}
    found = []
    for held in Facts.objects.order_by("key").iterator():
        found += _unlike(held, wanted.pop(held.key, None))
    found += [f"{key}: missing" for key in sorted(wanted)]
    hands = {key: number for key, number in ledger.hands.items() if number}
    return found + _other_hands(hands)


def _unlike(held: Facts, wanted: Facts | None) -> list[str]:
    if wanted is None:
        return [f"{held.key}: not in the log"]
    pairs: list[tuple[str, Any, Any]] = [(n, getattr(held, n), getattr(wanted, n)) for n in _SUMS]
    return [f"{held.key}: {name} is {a}, by the log {b}" for name, a, b in pairs if a != b]


def _other_hands(wanted: dict[tuple[int, date], int]) -> list[str]:
    held = {(row.handler_id, row.day): row.answered for row in HandlerDay.objects.filter(~Q(answered=0))}
    return [
        f"handler {who} on {day}: {held.get((who, day), 0)} answers, by the log {wanted.get((who, day), 0)}"
        for who, day in sorted(held.keys() | wanted.keys())
        if held.get((who, day)) != wanted.get((who, day))
    ]
