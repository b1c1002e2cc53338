"""From the catalogue files to the tables: idempotent, dry-runnable, and never over what the office edited itself."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.db import models, transaction
from django.utils import timezone

from feedback.actions import SYSTEM, changes
from feedback.calendar import frozen
from feedback.deadlines import rules_from
from feedback.models import (
    CalendarVersion,
    CatalogueOrigin,
    Change,
    Issue,
    Kind,
    Procedure,
    RejectReason,
    ReplyTemplate,
    Route,
    RouteOverride,
    RulesVersion,
    Signal,
    Topic,
    Unit,
)
from feedback.models.catalogue_cache import forget

FILES = Path(__file__).resolve().parent.parent / "catalogue"


@dataclass
class Tally:
    """What a run did, per table, and which rows it left alone because the office had edited them."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    waiting: list[Change] = field(default_factory=list)  # versions that wait for somebody to confirm them

    def add(self, table: str, outcome: str, code: str) -> None:
        self.counts.setdefault(table, Counter())[outcome] += 1
        if outcome == "kept":
            self.kept.append(f"{table} {code}")
        elif outcome not in ("unchanged", "dropped"):
            self.changes.append(f"{outcome} {table} {code}")


def read(name: str, folder: Path = FILES) -> dict[str, Any]:
    with (folder / name).open(encoding="utf-8") as stream:
        loaded: dict[str, Any] = yaml.safe_load(stream)
    return loaded


def plain(value: Any) -> Any:
    """YAML values as JSON holds them: dates become ISO strings."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


def fingerprint(values: Mapping[str, Any]) -> str:
    text = json.dumps(plain(dict(values)), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class Loader:
    """Writes rows table by table; remembers what it wrote to tell a hand's edit from an old file."""

    def __init__(self, *, force: bool = False) -> None:
        self.force = force
        self.tally = Tally()
        self._origins = {(o.table, o.code): o.fingerprint for o in CatalogueOrigin.objects.all()}
        self._written: list[CatalogueOrigin] = []

    def put(self, model: type[models.Model], key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Create or update one row; a row edited by hand since the last load is kept (unless forced)."""
        table, code = model.__name__, "|".join(str(v) for v in key.values())
        held = model._default_manager.filter(**key).first()
        wanted = fingerprint(values)
        if held is None:
            # Deleted by the office after we wrote it: it stays deleted.
            if (table, code) in self._origins and not self.force:
                self.tally.add(table, "kept", code)
                return
            model._default_manager.create(**key, **values)
            self._remember(table, code, wanted, "created")
            return
        present = fingerprint({name: getattr(held, name) for name in values})
        if present == wanted:
            self._remember(table, code, wanted, "unchanged")
        elif present != self._origins.get((table, code)) and not self.force:
            self.tally.add(table, "kept", code)
        else:
            for name, value in values.items():
                setattr(held, name, value)
            held.save()
            self._remember(table, code, wanted, "updated")

    def _remember(self, table: str, code: str, mark: str, outcome: str) -> None:
        self.tally.add(table, outcome, code)
        if self._origins.get((table, code)) != mark:
            self._written.append(CatalogueOrigin(table=table, code=code, fingerprint=mark))

    def finish(self) -> Tally:
        CatalogueOrigin.objects.bulk_create(
            self._written,
            update_conflicts=True,
            unique_fields=["table", "code"],
            update_fields=["fingerprint"],
        )
        forget()
        return self.tally


def load(*, dry_run: bool = False, force: bool = False, folder: Path = FILES) -> Tally:
    """Load every catalogue file in one transaction; with `dry_run` nothing stays. Raises ValueError on bad data."""
    with transaction.atomic():
        loader = Loader(force=force)
        for step in (_units, _labels, _procedures, _routes, _sentences, _deadlines, _calendar):
            step(loader, folder)
        tally = loader.finish()
        if dry_run:
            transaction.set_rollback(True)
    forget()
    return tally


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _units(loader: Loader, folder: Path) -> None:
    rows = {row["code"]: row for row in read("units.yaml", folder)["units"]}
    for row in _parents_first(rows):
        values = {name: row.get(name) or "" for name in ("kind", "name_vi", "name_en", "address", "note")}
        values |= {"parent_id": row.get("parent"), "roles": row.get("roles") or []}
        values |= {"valid_from": _day(row["valid_from"]), "valid_to": _day(row.get("valid_to"))}
        loader.put(Unit, {"code": row["code"]}, values)
    units = {u.code: u for u in Unit.objects.all()}
    for code, row in rows.items():
        wanted = [units[s] for s in row.get("successors") or []]
        if code in units and wanted and not units[code].successors.exists():
            # One by one: the order of the file is the order in which successors are tried.
            for successor in wanted:
                units[code].successors.add(successor)


def _parents_first(rows: Mapping[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    done: set[str] = set()

    def visit(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if row["code"] in done:
            return
        done.add(row["code"])
        if row.get("parent"):
            yield from visit(rows[row["parent"]])
        yield row

    for row in rows.values():
        yield from visit(row)


def _labels(loader: Loader, folder: Path) -> None:
    data = read("taxonomy.yaml", folder)
    tables: tuple[tuple[str, type[models.Model]], ...]
    tables = (("topics", Topic), ("issues", Issue), ("kinds", Kind), ("signals", Signal))
    for name, model in tables:
        for row, parent in _flat(data.get(name) or []):
            values = {n: row.get(n) or "" for n in ("name_vi", "name_en", "description", "flag", "implies")}
            values["keywords"] = row.get("keywords") or row.get("cues") or []
            if model in (Topic, Issue):
                values["parent_id"] = parent
            if model is Kind:
                values["legal"] = row.get("legal") or ""
                for flag in ("requires_confirmation", "sealed_suggestion", "never_published"):
                    values[flag] = bool(row.get(flag))
            loader.put(model, {"code": row["code"]}, values)


def _flat(
    rows: Iterable[dict[str, Any]], parent: str | None = None
) -> Iterator[tuple[dict[str, Any], str | None]]:
    for row in rows:
        yield row, parent
        yield from _flat(row.get("children") or [], row["code"])


def _procedures(loader: Loader, folder: Path) -> None:
    for row in read("procedures.yaml", folder)["procedures"]:
        put_procedure(loader, row)


def put_procedure(loader: Loader, row: Mapping[str, Any]) -> None:
    names = ("name_vi", "name_en", "national_code", "unit_level", "competent_unit", "legal_days_unit", "law")
    values = {name: row.get(name) or "" for name in names}
    values |= {
        "topic_id": row["topic"],
        "legal_days": row.get("legal_days"),
        "online_level": row.get("online_level") or "unknown",
        "published": bool(row.get("published", True)),
        "confidence": row.get("conf") or "",
    }
    loader.put(Procedure, {"code": row["code"]}, values)


def _routes(loader: Loader, folder: Path) -> None:
    data = read("routing.yaml", folder)
    for row in data["routes"]:
        key = {"topic_id": row["topic"], "issue_id": row.get("issue"), "valid_from": _day(row["valid_from"])}
        values = {
            "valid_to": _day(row.get("valid_to")),
            "unit_code": row["unit"],
            "fallback_id": row.get("fallback"),
            "supervisor_id": row.get("supervisor"),
            "confidence": row.get("conf") or "",
        }
        loader.put(Route, key, values)
    for row in data["overrides"]:
        key = {"issue_id": row.get("issue"), "kind_id": row.get("kind")}
        values = {name: row.get(name) or "" for name in ("role", "reason_vi")}
        values |= {"unit_id": row.get("unit"), "priority": row.get("priority") or 100}
        loader.put(RouteOverride, key, values)


def _sentences(loader: Loader, folder: Path) -> None:
    for row in read("templates.yaml", folder)["templates"]:
        values = {"name_vi": row["name_vi"], "body_vi": row["body_vi"]}
        values |= {f"{name}_id": row.get(name) for name in ("topic", "issue", "kind")}
        loader.put(ReplyTemplate, {"code": row["code"]}, values)
    for row in read("reject_hints.yaml", folder)["hints"]:
        values = {n: (row.get(n) or "").strip() for n in ("name_vi", "name_en", "sentence_vi", "sentence_en")}
        values["transfer_unit_id"] = row.get("transfer_unit")
        loader.put(RejectReason, {"code": row["code"]}, values)


def _deadlines(loader: Loader, folder: Path) -> None:
    data = plain(read("deadlines.yaml", folder))
    rules_from(data)  # refuses what cannot work, naming the rule
    _version(loader, RulesVersion, str(data["version"]), one_by_one(data["rules"]))


def one_by_one(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One entry for each kind, under the id `rules_from` gives it."""
    single = []
    for entry in entries:
        kinds = entry["kind"] if isinstance(entry["kind"], list) else [entry["kind"]]
        for kind in kinds:
            code = f"{entry['id']}.{kind.lower()}" if len(kinds) > 1 else entry["id"]
            single.append({**entry, "id": code, "kind": kind})
    return single


def _calendar(loader: Loader, folder: Path) -> None:
    data = plain(read("calendar.yaml", folder))
    version = str(data["version"])
    if held := CalendarVersion.objects.filter(version=version).first():
        data = {**data, "public_days": held.data.get("public_days", {})}  # frozen when it was written
    _version(loader, CalendarVersion, version, frozen(data))


def _version(
    loader: Loader, model: type[CalendarVersion] | type[RulesVersion], version: str, data: Any
) -> None:
    """Versions are append-only. A new file is in force at once in an empty office; where letters are open it waits
    for a person to look at the dates that would move."""
    held, newest = model._default_manager.filter(version=version).first(), _newest(model)
    outcome = "unchanged"
    if held is not None and held.data != data:
        if not _by_the_office(held) or loader.force:
            raise ValueError(f"{version} is in use with another content; give the changed file a new version")
        outcome = "kept"  # the office was faster with this name
    elif held is not None and held.in_force_from is None:
        outcome = _draft(loader, held)
    elif held is None and newest is not None and _by_the_office(newest) and not loader.force:
        outcome = "kept"  # a new file on top would take the office's own days off away
    elif held is None and not _same(newest, data):
        outcome = _introduced(loader, model, version, data)
    loader.tally.add(model.__name__, outcome, version)


def _introduced(
    loader: Loader, model: type[CalendarVersion] | type[RulesVersion], version: str, data: Any
) -> str:
    row = model._default_manager.create(version=version, data=data, note=FROM_FILE)
    field = "rules" if model is RulesVersion else "calendar"
    earlier = Change.objects.planned().filter(**{f"{field}__note": FROM_FILE})
    for change in earlier:  # an earlier file nobody decided on: the new one takes its place
        changes.drop(change, by=SYSTEM)
    waits = changes.introduce(row, at=timezone.now())
    if waits is None:
        return "created"
    loader.tally.waiting.append(waits)
    return "planned"


def _draft(loader: Loader, row: CalendarVersion | RulesVersion) -> str:
    """A version still without effect: its change waits for a decision, or the office decided against it."""
    waits = row.changes.planned().first()
    if waits is None:
        return "dropped"
    loader.tally.waiting.append(waits)
    return "unchanged"


FROM_FILE = "Theo tệp danh mục đi kèm phần mềm."


def _same(newest: CalendarVersion | RulesVersion | None, data: Any) -> bool:
    """The same content under another name; of rules the order says nothing, for no two apply to the same letter."""
    if newest is None:
        return False
    if isinstance(newest, CalendarVersion):
        return bool({**newest.data, "version": data["version"]} == data)
    return {one["id"]: one for one in newest.data} == {one["id"]: one for one in data}


def _by_the_office(row: CalendarVersion | RulesVersion) -> bool:
    """Planned by a person, on the screen or at the command line (who always gives a reason), not by this file."""
    return row.author_id is not None or row.note not in ("", FROM_FILE)


def _newest(model: type[CalendarVersion] | type[RulesVersion]) -> CalendarVersion | RulesVersion | None:
    """The version of the whole office in force."""
    if model is CalendarVersion:
        return CalendarVersion.objects.in_force().filter(unit=None).first()
    return RulesVersion.objects.in_force().first()
