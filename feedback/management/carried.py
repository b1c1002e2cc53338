"""The part of the catalogue that dates are computed from, read from the files the product carries: no database."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

from feedback.management import loading
from feedback.models import CalendarVersion, Kind, RulesVersion, Unit
from feedback.models.catalogue_cache import Catalogue


def carried() -> Catalogue:
    """Calendar, rules, kinds and units as `load_catalogue` would load them into an empty office."""
    rules = loading.plain(loading.read("deadlines.yaml"))
    calendar = loading.plain(loading.read("calendar.yaml"))
    book_of_rules = RulesVersion(version=str(rules["version"]), data=loading.one_by_one(rules["rules"]))
    office = CalendarVersion(version=str(calendar["version"]), data=calendar)
    kinds = (Kind(**_names(row)) for row in loading.read("taxonomy.yaml")["kinds"])
    units = (Unit(**_names(row), parent_id=row.get("parent")) for row in loading.read("units.yaml")["units"])
    return Catalogue(
        units={unit.code: unit for unit in units},
        successors=defaultdict(list),
        topics={},
        issues={},
        kinds={kind.code: kind for kind in kinds},
        signals={},
        procedures={},
        routes=[],
        overrides=[],
        calendars={office.version: office},
        rule_books={book_of_rules.version: book_of_rules},
        calendars_in_force={None: office.version},
        rules_in_force=book_of_rules.version,
        loaded_at=time.monotonic(),
    )


def _names(row: dict[str, Any]) -> dict[str, str]:
    return {name: row.get(name) or "" for name in ("code", "name_vi", "name_en")}
