from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from feedback import actions
from feedback.demo import people, play
from feedback.models import Case, User

ACCOUNTS = Path(settings.DATA_DIR) / "demo-accounts.txt"


class Command(BaseCommand):
    help = "Hire demo staff and play the demo letters through the real verbs over the last three months; once only."

    def handle(self, *args: Any, **options: Any) -> None:
        loud = options["verbosity"] > 0  # at 0 nothing is printed, passwords least of all; the file has them
        if Case.objects.exists() or User.objects.exists():
            if loud and ACCOUNTS.exists():
                self.stdout.write(f"Tài khoản dùng thử / demo accounts: {ACCOUNTS}")
            return
        started, now = time.monotonic(), timezone.now()
        hired = people.hire(play.read("staff.yaml")["staff"], since=(now - timedelta(days=100)).date())
        number = play.Player(now).play(play.read("letters.yaml")["letters"])
        actions.keep_statistics(at=now)  # the manager's room is complete at the first look
        lines = [f"{user.username:22} {password}  {user.display_name}" for user, password in hired]
        write_private(ACCOUNTS, "\n".join(lines) + "\n")
        if not loud:
            return
        self.stdout.write(
            f"{number} thư mẫu, {len(hired)} tài khoản dùng thử ({time.monotonic() - started:.0f} giây):"
        )
        for line in lines:
            self.stdout.write(f"  {line}")


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner can read."""
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as stream:
        stream.write(text)
