from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from feedback import actions

SHOWN = 50  # differences written out; the rest is counted


class Command(BaseCommand):
    help = "Make the figures of the manager's room again from the event log alone, or compare them with it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="change nothing; name what differs, and fail if anything does",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        if not options["check"]:
            self.stdout.write(f"{actions.rebuild_statistics(at=at)} letters counted.")
            return
        found = actions.statistics_differences(at=at)
        for line in found[:SHOWN]:
            self.stdout.write(line)
        if found:
            raise CommandError(f"{len(found)} figures differ from the log. Run rebuild_statistics.")
        self.stdout.write("The figures are those of the log.")
