"""The office's own server, started as an operator starts it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.servers import Server, ask, children_of, wait_for


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.mkdir(mode=0o700)
    return path


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    running = Server(home, HOIAM_WORKER="separate")
    yield running
    if running.process.poll() is None:
        running.stop(signal.SIGKILL)


def test_it_serves_and_ends_in_order(server: Server) -> None:
    assert ask(server.port, "/no-such-page?code=7KQ2-XW9M") == 404
    # The refusal may arrive as an answer or, since the body is not read, as a closed connection.
    assert ask(server.port, body=bytes(settings.MAX_REQUEST_BYTES + 1)) in {413, 0}
    assert ask(server.port) == 200
    assert server.stop() == 0
    log = server.log.read_text()
    assert "no-such-page" not in log, "what people look for belongs in no log"
    assert "Traceback" not in log


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_the_worker_does_not_outlive_the_server(home: Path, ending: int) -> None:
    server = Server(home, HOIAM_WORKER="embedded")
    wait_for("the worker", lambda: children_of(server.process.pid))
    (worker,) = children_of(server.process.pid)
    time.sleep(3)  # long enough to load everything and to fall over, if it would
    assert children_of(server.process.pid) == [worker], server.log.read_text()
    server.stop(ending)
    wait_for("the worker to end", lambda: not Path(f"/proc/{worker}").exists())
