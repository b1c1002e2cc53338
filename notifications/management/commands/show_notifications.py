from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from notifications import rules

HEADS = {
    "vi": ("sự kiện", "tên", "ai được báo", "kênh", "độ gấp", "mẫu chữ / lý do"),
    "en": ("event", "name", "who is told", "channels", "urgency", "text / reason"),
}


class Command(BaseCommand):
    help = "Print who is told what, how and how urgently, as a Markdown table."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--language", choices=["vi", "en"], default="vi")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(table(options["language"]))


def table(language: str) -> str:
    """The rules as a Markdown table; public events the citizen gets no mail about stand last, with the reason."""
    rows = (HEADS[language], ("---",) * 6, *rules.as_rows(language))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
