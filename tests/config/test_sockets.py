"""Pages and sockets from one process on one port, as `make run` starts it."""

from __future__ import annotations

import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.servers import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    home = tmp_path / "data"
    home.mkdir(mode=0o700)
    running = Server(home, HOIAM_WORKER="separate")
    yield running
    if running.process.poll() is None:
        running.stop(signal.SIGKILL)


def test_one_command_serves_both(server: Server) -> None:
    here = f"127.0.0.1:{server.port}"
    with urllib.request.urlopen(f"http://{here}/healthz") as answer:
        assert answer.read() == b"ok\nlive\n"
    for path, origin in (
        ("/ws/", f"http://{here}"),
        ("/ws/", "http://xau.example.vn"),
        ("/other/", f"http://{here}"),
    ):
        with (
            pytest.raises(InvalidStatus) as refused,
            connect(f"ws://{here}{path}?ai=x", origin=Origin(origin)),
        ):
            pass
        assert refused.value.response.status_code == 403
    assert server.stop() == 0
    log = server.log.read_text()
    assert "/ws/" not in log, "who opens a socket, and from where, belongs in no log"
    assert "Traceback" not in log
