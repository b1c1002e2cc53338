"""The catalogue in memory: small, read by every request, changed a few times a year.

Each process keeps one snapshot. A change in the same process drops it at once; other processes follow
within `TTL` seconds, which no rule of law notices (rules are dated by day).
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models.signals import m2m_changed, post_delete, post_save

from classifier import Taxonomy
from feedback import deadlines
from feedback.calendar import WorkingCalendar, calendar_from
from feedback.models.catalogue import Issue, Kind, Procedure, Route, RouteOverride, Signal, Topic
from feedback.models.deadlines import CalendarVersion, DeadlineRule
from feedback.models.units import Unit

TTL = 15.0  # seconds


@dataclass
class Catalogue:
    """One consistent snapshot. Missing calendar: `calendar` raises LookupError when first used."""

    units: dict[str, Unit]
    successors: dict[str, list[str]]
    topics: dict[str, Topic]
    issues: dict[str, Issue]
    kinds: dict[str, Kind]
    signals: dict[str, Signal]
    procedures: dict[str, Procedure]
    routes: list[Route]
    overrides: list[RouteOverride]
    rules: tuple[deadlines.Rule, ...]
    calendar_row: CalendarVersion | None
    loaded_at: float
    _children: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _calendar: WorkingCalendar | None = None
    _taxonomy: Taxonomy | None = None

    def __post_init__(self) -> None:
        for unit in self.units.values():
            if unit.parent_id:
                self._children[unit.parent_id].append(unit.code)

    @property
    def calendar(self) -> WorkingCalendar:
        if self._calendar is None:
            if self.calendar_row is None:
                raise LookupError("no calendar loaded; run manage.py load_catalogue")
            self._calendar = _compiled(self.calendar_row)
        return self._calendar

    @property
    def taxonomy(self) -> Taxonomy:
        """What the classifier may answer with, from the rows in use."""
        if self._taxonomy is None:
            self._taxonomy = Taxonomy.from_dict(
                {
                    "topics": _nested(self.topics.values()),
                    "issues": _nested(self.issues.values()),
                    "kinds": _nested(self.kinds.values()),
                    "signals": _nested(self.signals.values()),
                }
            )
        return self._taxonomy

    def subtree(self, code: str) -> Iterator[str]:
        """`code` and every unit below it."""
        yield code
        for child in self._children.get(code, ()):
            yield from self.subtree(child)

    def current_unit(self, code: str, on: date) -> Unit | None:
        """The unit itself if it exists on that day, else its first living successor, else None."""
        seen: set[str] = set()
        todo = [code]
        while todo:
            here = todo.pop(0)
            if here in seen or here not in self.units:
                continue
            seen.add(here)
            if self.units[here].exists_on(on):
                return self.units[here]
            todo += self.successors.get(here, [])
        return None

    def heirs(self, code: str | None) -> frozenset[str]:
        """`code` and every unit that came after it: whom a letter about the old unit is about today."""
        return self._line(code, lambda here: self.successors.get(here, ()))

    def forebears(self, code: str | None) -> frozenset[str]:
        """`code` and every unit that went into it."""
        return self._line(code, lambda here: (old for old, new in self.successors.items() if here in new))

    def _line(self, code: str | None, step: Callable[[str], Iterable[str]]) -> frozenset[str]:
        seen: set[str] = set()
        todo = [code] if code else []
        while todo:
            here = todo.pop()
            if here not in seen:
                seen.add(here)
                todo += step(here)
        return frozenset(seen)

    def units_with_role(self, role: str, on: date) -> list[Unit]:
        return [u for u in self.units.values() if role in u.roles and u.exists_on(on)]


def _nested(labels: Iterable[Any]) -> list[dict[str, Any]]:
    """Labels in use in the shape of `taxonomy.yaml`: children under their parents."""
    rows = {label.code: _plain(label) for label in labels if label.active}
    top: list[dict[str, Any]] = []
    for code, row in rows.items():
        parent = rows.get(row["parent"])
        (parent["children"] if parent else top).append(rows[code])
    return top


def _plain(label: Any) -> dict[str, Any]:
    names = ("code", "name_vi", "name_en", "description", "keywords", "flag", "implies")
    return {n: getattr(label, n) for n in names} | {
        "parent": getattr(label, "parent_id", None),
        "children": [],
    }


_calendars: dict[int, WorkingCalendar] = {}
_lock = threading.Lock()
_own = threading.local()  # this thread's view while its transaction changes the catalogue
_snapshot: Catalogue | None = None


def _compiled(row: CalendarVersion) -> WorkingCalendar:
    """Rows are append-only, so a compiled calendar is good for the life of the process."""
    if row.pk not in _calendars or _calendars[row.pk].version != row.version:
        _calendars[row.pk] = calendar_from({**row.data, "version": row.version})
    return _calendars[row.pk]


def catalogue() -> Catalogue:
    """The snapshot of this process, loaded anew when older than TTL seconds."""
    if changes := _own_changes():
        return _own_view(changes)
    held = _snapshot
    if held is None or time.monotonic() - held.loaded_at > TTL:
        return _renewed(held)
    return held


def _renewed(old: Catalogue | None) -> Catalogue:
    """Loaded once, however many threads found the snapshot too old at the same moment."""
    global _snapshot
    with _lock:
        held = _snapshot
        if held is None or held is old:
            held = _snapshot = _load()
    return held


def _own_changes() -> int:
    """How many changes of the catalogue the open transaction of this thread holds. Its hooks know: a rollback,
    also one to a savepoint, takes them off the connection's list."""
    if not connection.in_atomic_block:
        return 0
    return sum(hook[1] is _drop for hook in connection.run_on_commit)


def _own_view(changes: int) -> Catalogue:
    """A snapshot nobody else gets: what it shows may yet be rolled back."""
    if getattr(_own, "changes", 0) != changes:
        _own.snapshot, _own.changes = _load(), changes
    snapshot: Catalogue = _own.snapshot
    return snapshot


def _rules() -> tuple[deadlines.Rule, ...]:
    rows = [row.data for row in DeadlineRule.objects.all()]
    return tuple(deadlines.rules_from({"rules": rows})) if rows else ()


def _load() -> Catalogue:
    successors: dict[str, list[str]] = defaultdict(list)
    for one, other in Unit.successors.through.objects.order_by("pk").values_list(
        "from_unit_id", "to_unit_id"
    ):
        successors[one].append(other)
    return Catalogue(
        units={u.code: u for u in Unit.objects.all()},
        successors=successors,
        topics={t.code: t for t in Topic.objects.all()},
        issues={i.code: i for i in Issue.objects.all()},
        kinds={k.code: k for k in Kind.objects.all()},
        signals={s.code: s for s in Signal.objects.all()},
        procedures={p.code: p for p in Procedure.objects.all()},
        routes=list(Route.objects.all()),
        overrides=list(RouteOverride.objects.all()),
        rules=_rules(),
        calendar_row=CalendarVersion.objects.first(),
        loaded_at=time.monotonic(),
    )


def forget(**kwargs: Any) -> None:
    """Drop the snapshot now and again after commit (another thread may reload the old rows in between)."""
    _drop()
    _own.changes = 0
    transaction.on_commit(_drop)


def _drop() -> None:
    global _snapshot
    _snapshot = None


def connect() -> None:
    """Drop the snapshot whenever a catalogue row changes in this process."""
    for model in (
        Unit,
        Topic,
        Issue,
        Kind,
        Signal,
        Procedure,
        Route,
        RouteOverride,
        DeadlineRule,
        CalendarVersion,
    ):
        post_save.connect(forget, sender=model, dispatch_uid=f"forget-{model.__name__}")
        post_delete.connect(forget, sender=model, dispatch_uid=f"forget-delete-{model.__name__}")
    m2m_changed.connect(forget, sender=Unit.successors.through, dispatch_uid="forget-successors")
