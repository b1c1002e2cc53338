from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from feedback.management import loading
from feedback.models import Change


class Command(BaseCommand):
    requires_system_checks = ()  # it is the remedy for what the checks refuse
    help = "Load units, topics, procedures, routes, rules, calendar and ready sentences from feedback/catalogue/."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would change, change nothing")
        parser.add_argument("--force", action="store_true", help="also overwrite rows the office has edited")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            tally = loading.load(dry_run=options["dry_run"], force=options["force"])
        except (ValueError, KeyError) as error:
            raise CommandError(f"The catalogue cannot be loaded: {error}") from error
        for table, counts in tally.counts.items():
            said = ", ".join(f"{number} {outcome}" for outcome, number in sorted(counts.items()))
            if options["verbosity"] and (options["dry_run"] or set(counts) - {"unchanged"}):
                self.stdout.write(f"{table}: {said}")
        if options["dry_run"]:
            for line in tally.changes:
                self.stdout.write(f"  would: {line}")
        for row in tally.kept:
            self.stdout.write(f"  kept as the office edited it: {row} (--force overwrites)")
        for change in tally.waiting:
            self.stdout.write(waits(change, dry_run=options["dry_run"]))
        if not (tally.changes or tally.waiting) and options["verbosity"]:
            self.stdout.write("Catalogue is up to date.")


def waits(change: Change, *, dry_run: bool) -> str:
    """Why a new file is not in force yet, and what to do."""
    vi = f"{change.get_what_display()} {change.target} chưa áp dụng: đang có đơn chưa giải quyết xong."
    en = f"{change.target} is not in force yet: letters are open."
    if dry_run:
        return f"  {vi} Một người phải xem và xác nhận.\n  {en} Somebody has to look and confirm."
    look = f"manage.py changes show {change.pk}; manage.py changes confirm {change.pk}"
    return f"  {vi} Xin xem và xác nhận: {look}\n  {en} Look and confirm: {look}"
