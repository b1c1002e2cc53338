"""The database itself refuses to change the log, whoever asks: triggers beside the ORM's own refusal.

PostgreSQL refuses UPDATE and DELETE. SQLite refuses UPDATE; a DELETE trigger would also stop the flush between
tests, so there a deletion is left to `verify_log`, which names the gap.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

POSTGRESQL = """
CREATE FUNCTION feedback_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'feedback_caseevent is append-only';
END $$;
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON feedback_caseevent
    FOR EACH ROW EXECUTE FUNCTION feedback_event_append_only();
"""
SQLITE = """
CREATE TRIGGER event_append_only BEFORE UPDATE ON feedback_caseevent
BEGIN SELECT RAISE(ABORT, 'feedback_caseevent is append-only'); END;
"""
DROP = {
    "postgresql": (
        "DROP TRIGGER IF EXISTS event_append_only ON feedback_caseevent; "
        "DROP FUNCTION IF EXISTS feedback_event_append_only();"
    ),
    "sqlite": "DROP TRIGGER IF EXISTS event_append_only;",
}


def forward(apps: Any, editor: Any) -> None:
    sql = {"postgresql": POSTGRESQL, "sqlite": SQLITE}.get(editor.connection.vendor)
    if sql:
        editor.execute(sql)


def backward(apps: Any, editor: Any) -> None:
    sql = DROP.get(editor.connection.vendor)
    if sql:
        editor.execute(sql)


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_the_office")]
    operations = [migrations.RunPython(forward, backward)]
