"""What was in force before versions were kept: the calendar rows, the rules as one edition, and the cases under them."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from feedback.calendar import frozen

VERSION = "vn-2026.0"


def carry_over(apps: Any, schema_editor: Any) -> None:
    model = apps.get_model
    now = timezone.now()
    for row in model("feedback", "CalendarVersion").objects.order_by("pk"):
        row.data = frozen({**row.data, "version": row.version})
        row.in_force_from = row.created_at
        row.save(update_fields=["data", "in_force_from"])
    entries = [row.data for row in model("feedback", "DeadlineRule").objects.order_by("pk")]
    if not entries:
        return
    model("feedback", "RulesVersion").objects.create(version=VERSION, data=entries, in_force_from=now)
    clocks = model("feedback", "CaseClock").objects
    clocks.update(rules_version=VERSION)
    newest = clocks.filter(case=OuterRef("pk")).order_by("-pk").values("calendar_version")[:1]
    cases = model("feedback", "Case").objects
    cases.exclude(clocks=None).update(rules_version=VERSION, calendar_version=Subquery(newest))


class Migration(migrations.Migration):
    dependencies = [("feedback", "0003_versions_and_changes")]
    operations = [
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.DeleteModel(name="DeadlineRule"),
    ]
