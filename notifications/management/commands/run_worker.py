from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from notifications.worker import Worker


class Command(BaseCommand):
    help = (
        "Send notifications and do the office's chores (alarms, assignment, closing) until SIGTERM or Ctrl-C."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="one turn, then stop (for cron and for trying)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        worker = Worker()
        if options["once"]:
            worker.turn()
            return
        signal.signal(signal.SIGTERM, lambda *_: stop_soon(worker))
        # Beside a web process Ctrl-C is that process's business, and config/worker.py has it ignored here.
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, lambda *_: stop_soon(worker))
        worker.run()


def stop_soon(worker: Worker) -> None:
    """From a thread: a signal handler may have interrupted the very lock that `stop` needs."""
    threading.Thread(target=worker.stop).start()
