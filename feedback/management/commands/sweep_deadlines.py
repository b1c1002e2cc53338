from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from feedback import actions


class Command(BaseCommand):
    help = "Ring the deadline alarms whose time has come, and hand out cases that wait for a free handler."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        rung = actions.sweep_deadlines(at=now)
        given = actions.assign_waiting(at=now)
        self.stdout.write(f"{rung} alarms recorded, {given} waiting cases assigned.")
