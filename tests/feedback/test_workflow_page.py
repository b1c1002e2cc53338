"""The printed workflow in the docs is the one the code follows."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from django.core.management import call_command

from feedback import workflow

PAGE = Path(__file__).resolve().parents[2] / "docs" / "workflow.md"


def test_the_page_in_the_docs_is_current() -> None:
    out = StringIO()
    call_command("show_workflow", "--page", stdout=out)
    assert PAGE.read_text(encoding="utf-8") == out.getvalue()


def test_every_verb_of_the_table_has_an_action_or_belongs_to_the_system() -> None:
    from feedback import actions

    by_the_clock = {"due_soon", "overdue", "escalate", "unassignable", "waiting"}
    own = by_the_clock | {"redate", "keep_date", "succeed", "pass_question"}
    assert {v for v in workflow.VERBS if not hasattr(actions, v)} == own
