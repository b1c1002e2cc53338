"""Serve the office from one process: `python -m config.serve`, or `--prepare` to migrate and load data before.

HTTP on threads (config/asgi.py), static files by whitenoise, and, unless HOIAM_WORKER=separate, one worker beside it.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

logger = logging.getLogger("config.serve")

WORKER_GRACE = 15  # seconds a worker gets to finish the delivery it is in the middle of
RESTART_PAUSE = 5  # seconds before a worker that fell over is started again


def main(arguments: list[str]) -> None:
    """Prepare if asked, then serve until SIGTERM or Ctrl-C; requests in flight are finished first."""
    django.setup()
    import uvicorn
    from django.conf import settings

    if "--prepare" in arguments:
        from config.prepare import prepare

        prepare()
    # uvicorn ends gracefully and then raises the signal again; as an exception it lets us stop the worker too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with worker_beside(settings.WORKER == "embedded"):
        print(f"Hồi Âm: {settings.SITE_URL}/   (Ctrl-C để dừng / to stop)", flush=True)
        uvicorn.run(
            "config.asgi:application",
            host=settings.SERVE_BIND,
            port=settings.SERVE_PORT,
            proxy_headers=bool(settings.SERVE_PROXIES),
            forwarded_allow_ips=settings.SERVE_PROXIES or None,
            access_log=False,
            server_header=False,
            log_config=None,
            ws_max_size=64 * 1024,
            ws_per_message_deflate=False,  # 50 bytes gain nothing, and 1,000 windows would keep 300 KB each
            timeout_graceful_shutdown=20,
        )


@contextmanager
def worker_beside(wanted: bool) -> Iterator[None]:
    """Keep one worker process running while the block runs; restart it when it falls over."""
    if not wanted:
        yield
        return
    stopping = threading.Event()
    keeper = threading.Thread(target=_keep_worker, args=(stopping,), name="worker-keeper")
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join()


def _keep_worker(stopping: threading.Event) -> None:
    while not stopping.is_set():
        # The worker reads the pipe and stops when it closes, so it cannot outlive a killed server.
        worker = subprocess.Popen([sys.executable, "-m", "config.worker"], stdin=subprocess.PIPE)
        while worker.poll() is None and not stopping.wait(0.2):
            pass
        if stopping.is_set():
            _stop(worker)
        else:
            logger.error("The worker ended with code %s; starting it again.", worker.returncode)
            stopping.wait(RESTART_PAUSE)


def _stop(worker: subprocess.Popen[bytes]) -> None:
    worker.terminate()
    try:
        worker.communicate(timeout=WORKER_GRACE)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.communicate()


if __name__ == "__main__":
    main(sys.argv[1:])
