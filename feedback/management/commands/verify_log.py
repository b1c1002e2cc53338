from __future__ import annotations

from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from feedback.models import Case, CaseEvent
from feedback.reports import log


class Command(BaseCommand):
    help = "Walk every hash chain of the event log and name the first broken link of each broken case."

    def handle(self, *args: Any, **options: Any) -> None:
        breaks = 0
        for broken in chain(log.verify(), log.verify_texts()):
            breaks += 1
            case = Case.objects.filter(pk=broken.case).first()
            name = case.reference if case else f"#{broken.case}"
            self.stdout.write(self.style.ERROR(f"{name}, event {broken.seq}: {broken.what}"))
        if breaks:
            raise CommandError(f"{breaks} broken link(s) in the log.")
        self.stdout.write(
            f"The log is whole: {CaseEvent.objects.count()} events of {Case.objects.count()} cases."
        )
