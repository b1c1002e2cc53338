"""What was in force before versions were kept: the calendar rows, the rules as one edition, and the cases under them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from feedback.calendar import frozen

VERSION = "vn-2026.0"
# Any reason given marks an edition as the office's own: no file that comes with the software is put over it.
EDITED = "Quy tắc cơ quan đã tự sửa."
_COLUMNS = ("kind_code", "clock", "data", "law", "valid_from", "valid_to", "confidence")


def carry_over(apps: Any, schema_editor: Any) -> None:
    model = apps.get_model
    now = timezone.now()
    for row in model("feedback", "CalendarVersion").objects.order_by("pk"):
        row.data = frozen({**row.data, "version": row.version})
        row.in_force_from = row.created_at
        row.save(update_fields=["data", "in_force_from"])
    rules = list(model("feedback", "DeadlineRule").objects.order_by("pk"))
    if not rules:
        return
    note = EDITED if _edited(rules, model("feedback", "CatalogueOrigin")) else ""
    entries = [row.data for row in rules]
    model("feedback", "RulesVersion").objects.create(
        version=VERSION, data=entries, in_force_from=now, note=note
    )
    clocks = model("feedback", "CaseClock").objects
    clocks.update(rules_version=VERSION)
    newest = clocks.filter(case=OuterRef("pk")).order_by("-pk").values("calendar_version")[:1]
    cases = model("feedback", "Case").objects
    cases.exclude(clocks=None).update(rules_version=VERSION, calendar_version=Subquery(newest))


def _edited(rules: list[Any], origin: Any) -> bool:
    """Somebody changed, added or deleted a rule since the file was loaded, as `load_catalogue` then kept account."""
    loaded = dict(origin.objects.filter(table="DeadlineRule").values_list("code", "fingerprint"))
    return loaded != {row.pk: _fingerprint(row) for row in rules}


def _fingerprint(row: Any) -> str:
    values = {name: getattr(row, name) for name in _COLUMNS}
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class Migration(migrations.Migration):
    dependencies = [("feedback", "0003_versions_and_changes")]
    operations = [
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.DeleteModel(name="DeadlineRule"),
    ]
