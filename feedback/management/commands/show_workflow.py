from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from feedback import workflow

HEADS = {
    "vi": ("việc", "tên", "từ", "đến", "ai", "cần", "đồng hồ", "người dân đọc"),
    "en": ("verb", "label", "from", "to", "who", "needs", "clock", "the citizen reads"),
}
PAGE = """# {title}

{note}

```mermaid
{diagram}
```

{table}
"""
TITLES = {
    "vi": (
        "Quy trình xử lý đơn",
        "Trang này do `manage.py show_workflow --page` viết ra từ `feedback/workflow.py`.",
    ),
    "en": (
        "The workflow of a case",
        "Written by `manage.py show_workflow --page` from `feedback/workflow.py`.",
    ),
}


class Command(BaseCommand):
    help = "Print the workflow as a table (Markdown), as a Mermaid diagram, or both as the page of the docs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mermaid", action="store_true", help="the diagram instead of the table")
        parser.add_argument("--page", action="store_true", help="docs/workflow.md: diagram and table")
        parser.add_argument("--language", choices=["vi", "en"], default="vi")

    def handle(self, *args: Any, **options: Any) -> None:
        language = options["language"]
        if options["page"]:
            title, note = TITLES[language]
            page = PAGE.format(
                title=title, note=note, diagram=workflow.as_mermaid(language), table=table(language)
            )
            self.stdout.write(page, ending="")
        else:
            self.stdout.write(workflow.as_mermaid(language) if options["mermaid"] else table(language))


def table(language: str) -> str:
    """The workflow as a Markdown table."""
    rows = (HEADS[language], ("---",) * 8, *workflow.as_rows(language))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
