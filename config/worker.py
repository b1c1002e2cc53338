"""The worker beside the web process: `manage.py run_worker`, ended by SIGTERM or by a closed standard input."""

from __future__ import annotations

import os
import signal
import sys
import threading

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def stop_when_orphaned() -> None:
    """Wait until the web process has gone (its end of the pipe closes), then ask ourselves to stop."""
    while os.read(
        sys.stdin.fileno(), 4096
    ):  # not sys.stdin.read(): that holds a lock the interpreter needs to end
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run the worker until told to stop."""
    threading.Thread(target=stop_when_orphaned, name="orphan-watch", daemon=True).start()
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the whole group; the web process ends us in order
    django.setup()
    from django.core.management import call_command

    call_command("run_worker")


if __name__ == "__main__":
    main()
