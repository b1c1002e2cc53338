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
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.utils import timezone

from classifier import Taxonomy
from feedback import deadlines
from feedback.calendar import WorkingCalendar, calendar_from
from feedback.models.catalogue import Issue, Kind, Procedure, Route, RouteOverride, Signal, Topic
from feedback.models.deadlines import CalendarVersion, RulesVersion
from feedback.models.learning import ModelVersion
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
    calendars: dict[str, CalendarVersion]  # every version ever, drafts too, by its name
    rule_books: dict[str, RulesVersion]
    calendars_in_force: dict[str | None, str]  # unit code (None: the whole office) → version
    rules_in_force: str | None
    loaded_at: float
    champion: ModelVersion | None = None  # the trained model letters are read with
    _children: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _taxonomy: Taxonomy | None = None

    def __post_init__(self) -> None:
        self._children = defaultdict(list)
        for unit in self.units.values():
            if unit.parent_id:
                self._children[unit.parent_id].append(unit.code)

    @property
    def calendar(self) -> WorkingCalendar:
        """The office's calendar in force."""
        if None not in self.calendars_in_force:
            raise LookupError("no calendar loaded; run manage.py load_catalogue")
        return _compiled(self.calendars[self.calendars_in_force[None]])

    @property
    def rules(self) -> tuple[deadlines.Rule, ...]:
        """The rules in force."""
        return self.rules_of(None)

    def calendar_version_for(self, unit: str | None) -> str:
        """Version of the calendar a unit works by: its own, else that of the nearest unit above, else the office's."""
        while unit is not None and unit in self.units:
            own = self.calendars_in_force.get(unit)
            if own is not None and self.calendars[own].data:
                return own
            unit = self.units[unit].parent_id
        return self.calendars_in_force.get(None, "")

    def calendar_row(self, version: str) -> CalendarVersion | None:
        """A version by its name. Rows never change, so one that this snapshot is too old to know is fetched: a case
        may already follow it, while other processes have yet to hear that it is in force."""
        if version and version not in self.calendars:
            self.calendars |= {row.version: row for row in CalendarVersion.objects.filter(version=version)}
        return self.calendars.get(version)

    def calendar_of(self, version: str) -> WorkingCalendar:
        """The calendar of a version, in force or not; an unknown or empty one means the office's in force."""
        row = self.calendar_row(version)
        return _compiled(row) if row is not None and row.data else self.calendar

    def rules_of(self, version: str | None) -> tuple[deadlines.Rule, ...]:
        """The rules of a version; an unknown one means those in force."""
        if version and version not in self.rule_books:  # as for calendars
            self.rule_books |= {row.version: row for row in RulesVersion.objects.filter(version=version)}
        row = self.rule_books.get(version or "") or self.rule_books.get(self.rules_in_force or "")
        return _read(row) if row is not None else ()

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
        return next(self.living(code, on), None)

    def living(self, code: str, on: date) -> Iterator[Unit]:
        """The unit itself if it exists on that day, else all that came after it and exist then, first named first."""
        seen: set[str] = set()
        todo = [code]
        while todo:
            here = todo.pop(0)
            if here in seen or here not in self.units:
                continue
            seen.add(here)
            if self.units[here].exists_on(on):
                yield self.units[here]
            else:
                todo += self.successors.get(here, [])

    def heirs(self, code: str | None, on: date | None = None) -> frozenset[str]:
        """`code` and every unit that came after it: whom a letter about the old unit is about that day (today)."""
        return self._line(code, self._taken_over(on).get)

    def forebears(self, code: str | None, on: date | None = None) -> frozenset[str]:
        """`code` and every unit that went into it by that day (today)."""
        links = self._taken_over(on).items()
        return self._line(code, lambda here: (old for old, new in links if here in new))

    def _taken_over(self, on: date | None) -> dict[str, list[str]]:
        """Successors of the units that have ended: a link written ahead of its day binds nobody yet."""
        day = on or timezone.localdate()
        ends = ((code, self.units[code].valid_to, new) for code, new in self.successors.items())
        return {code: new for code, end, new in ends if end is not None and end < day}

    def _line(self, code: str | None, step: Callable[[str], Iterable[str] | None]) -> frozenset[str]:
        seen: set[str] = set()
        todo = [code] if code else []
        while todo:
            here = todo.pop()
            if here not in seen:
                seen.add(here)
                todo += step(here) or ()
        return frozenset(seen)

    def units_with_role(self, role: str, on: date) -> list[Unit]:
        """Who holds the role that day; where all who held it have ended, it went to their successors."""
        held = [u for u in self.units.values() if role in u.roles]
        heirs = (self.current_unit(u.code, on) for u in held)
        return [u for u in held if u.exists_on(on)] or list({u.code: u for u in heirs if u}.values())


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


_Edition = tuple[
    str, datetime | None
]  # name and birth: a name given again after a rollback is another edition
_calendars: dict[_Edition, WorkingCalendar] = {}
_rule_books: dict[_Edition, tuple[deadlines.Rule, ...]] = {}
_lock = threading.Lock()
_own = threading.local()  # this thread's view while its transaction changes the catalogue
_snapshot: Catalogue | None = None


def _compiled(row: CalendarVersion) -> WorkingCalendar:
    """Rows are append-only, so a compiled calendar is good for the life of the process."""
    edition = row.version, row.created_at
    if edition not in _calendars:
        _calendars[edition] = calendar_from({**row.data, "version": row.version})
    return _calendars[edition]


def _read(row: RulesVersion) -> tuple[deadlines.Rule, ...]:
    """As for calendars: read once."""
    edition = row.version, row.created_at
    if edition not in _rule_books:
        _rule_books[edition] = tuple(deadlines.rules_from(row.data))
    return _rule_books[edition]


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


def _calendars_in_force() -> dict[str | None, str]:
    """The newest of each line wins."""
    rows = CalendarVersion.objects.in_force().values_list("unit", "version")
    return dict(reversed(rows))


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
        calendars={row.version: row for row in CalendarVersion.objects.all()},
        rule_books={row.version: row for row in RulesVersion.objects.all()},
        calendars_in_force=_calendars_in_force(),
        rules_in_force=RulesVersion.objects.in_force().values_list("version", flat=True).first(),
        loaded_at=time.monotonic(),
        champion=ModelVersion.objects.filter(state=ModelVersion.State.CHAMPION).first(),
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
        RulesVersion,
        CalendarVersion,
        ModelVersion,
    ):
        post_save.connect(forget, sender=model, dispatch_uid=f"forget-{model.__name__}")
        post_delete.connect(forget, sender=model, dispatch_uid=f"forget-delete-{model.__name__}")
    m2m_changed.connect(forget, sender=Unit.successors.through, dispatch_uid="forget-successors")
