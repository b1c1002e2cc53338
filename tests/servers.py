"""The office's own server, started as an operator starts it: for tests, campaigns, journeys and screenshots."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 30  # seconds; a start takes about 2 on an idle machine


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(port: int, path: str = "/healthz", body: bytes | None = None) -> int:
    """The status the server answers with; 0 while nobody answers."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=body)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - our own server
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return 0


def wait_for(what: str, happened: object) -> None:
    give_up = time.monotonic() + PATIENCE
    while not happened():  # type: ignore[operator]  # any question without arguments
        assert time.monotonic() < give_up, f"waited {PATIENCE} s for {what}"
        time.sleep(0.1)


def children_of(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(word) for listing in found for word in listing.read_text().split()]


class Server:
    """One running `python -m config.serve` with a data directory of its own."""

    def __init__(self, home: Path, **variables: str) -> None:
        self.port = free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HOIAM_")}
        self.env = {
            **kept,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": "",
            "REDIS_URL": "",  # there every server of this machine would count its letters together
            "HOIAM_DATA_DIR": str(home),
            "PORT": str(self.port),
            "HOIAM_CLASSIFIER": "catalogue",  # nothing is trained for a test that does not ask for it
            **variables,
        }
        self.log = home / "serve.log"
        self._migrate(home / "hoiam.sqlite3")
        if not (home / "static" / "staticfiles.json").exists():
            self.python("manage.py", "collectstatic", "--noinput", "--verbosity=0")
        self.start()

    def _migrate(self, database: Path) -> None:
        """Once for all servers of these migrations: an empty office is copied, which takes no time at all."""
        if database.exists():
            return
        if self.env["DATABASE_URL"]:
            self.python("manage.py", "migrate", "--verbosity=0")
            return
        migrations = sorted(ROOT.glob("*/migrations/*.py"))
        fingerprint = hashlib.sha256(b"".join(path.read_bytes() for path in migrations)).hexdigest()[:16]
        empty = Path(tempfile.gettempdir()) / f"hoiam-empty-{os.getuid()}-{fingerprint}.sqlite3"
        if not empty.exists():
            self.python("manage.py", "migrate", "--verbosity=0")
            half = empty.with_suffix(f".{os.getpid()}")
            shutil.copyfile(database, half)  # the last connection has closed, so nothing is left in the WAL
            half.replace(empty)
        else:
            shutil.copyfile(empty, database)

    def start(self) -> None:
        """Start it; again, after `stop`, on the same port and data."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.serve"],
                env=self.env,
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        wait_for("the server", lambda: ask(self.port) == 200)

    def python(self, *arguments: str) -> None:
        subprocess.run([sys.executable, *arguments], env=self.env, cwd=ROOT, check=True)

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        self.process.send_signal(with_signal)
        return self.process.wait(timeout=PATIENCE)
