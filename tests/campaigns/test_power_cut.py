"""SIGKILL under load: every letter that was acknowledged is there afterwards, whole, once; the log is unbroken.

The server runs as an operator starts it, on SQLite with `synchronous=FULL`. Clients send letters with an
Idempotency-Key each; at a random moment the server is killed. After the restart every acknowledged letter opens with
its code, and sending the unanswered ones again makes each exactly one case.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.servers import Server

CLIENTS = 8
LETTERS = 200
BUSY = 5  # answers "busy" in a row after which a client gives up
OPEN_DOORS = {
    "HOIAM_THROTTLE_SUBMIT": "1000000/min",
    "HOIAM_THROTTLE_ANON": "1000000/min",
    "HOIAM_THROTTLE_SECRET": "1000000/min",
    "HOIAM_WORKER": "separate",
}
TEXT = "Tôi nộp hồ sơ đăng ký khai sinh cho con đã quá ngày hẹn mà chưa có kết quả, thư số {}."


def call(
    port: int, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, dict[str, str]]:
    """(status, JSON) of one request; status 0 when the server is gone."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        data = json.dumps(body).encode() if body is not None else None
        link.request(method, f"/api/v1/{path}", data, {"Content-Type": "application/json", **headers})
        answer = link.getresponse()
        return answer.status, json.loads(answer.read() or b"{}")
    except (OSError, http.client.HTTPException):
        return 0, {}
    finally:
        link.close()


def send(port: int, key: str) -> tuple[str, str] | None:
    """Send letter `key`; its (reference, code) when it was acknowledged. "Busy" (503) promises that nothing was
    written, and is taken at its word."""
    for _ in range(BUSY):
        status, said = call(port, "POST", "cases", {"text": TEXT.format(key)}, **{"Idempotency-Key": key})
        if status != 503:
            break
        time.sleep(1)
    assert status in (0, 201), (status, said.get("code"))
    return (said["reference"], said["secret_code"]) if status == 201 else None


def storm(server: Server, keys: list[str], kill_after: float) -> dict[str, tuple[str, str]]:
    """Send all letters from CLIENTS threads and kill the server in the middle; what was acknowledged."""
    killer = threading.Timer(kill_after, lambda: os.kill(server.process.pid, signal.SIGKILL))
    killer.start()
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(lambda key: send(server.port, key), keys))
    killer.join()
    server.process.wait(timeout=20)
    return {key: answer for key, answer in zip(keys, answers, strict=True) if answer}


def survive(home: Path, rounds: int, letters: int, seed: int) -> dict[str, float]:
    """Kill and restart `rounds` times; returns the figures of the campaign."""
    chance = random.Random(seed)
    acknowledged: dict[str, tuple[str, str]] = {}
    in_the_middle, slowest_start = 0, 0.0
    for number in range(rounds):
        keys = [f"thu-gui-luc-mat-dien-{seed}-{number}-{i:04}" for i in range(letters)]
        server = Server(home, **OPEN_DOORS)
        if number == 0:
            server.python("manage.py", "load_catalogue", "--verbosity=0")
            server.stop()  # it has already read the empty catalogue, and would keep it for its fifteen seconds
            server = Server(home, **OPEN_DOORS)
        got = storm(server, keys, chance.uniform(0.3, 2.5))
        in_the_middle += 0 < len(got) < letters
        acknowledged |= got
        began = time.monotonic()
        server = Server(home, **OPEN_DOORS)
        slowest_start = max(slowest_start, time.monotonic() - began)
        for reference, code in got.values():
            status, case = call(server.port, "GET", f"cases/{reference}", **{"X-Case-Code": code})
            assert (status, case.get("reference")) == (200, reference)
        again = {key: send(server.port, key) for key in keys}
        assert all(again[key] == answer for key, answer in got.items()), "the same key, another answer"
        acknowledged |= {key: answer for key, answer in again.items() if answer}
        server.python("manage.py", "verify_log")
        server.stop()
    with sqlite3.connect(home / "hoiam.sqlite3") as database:
        cases, half = database.execute(
            "SELECT COUNT(*), SUM(event_seq = 0 OR unit_id IS NULL) FROM feedback_case"
        ).fetchone()
    assert cases == len(acknowledged) == rounds * letters
    assert half == 0
    return {
        "rounds": rounds,
        "letters": cases,
        "killed_under_load": in_the_middle,
        "slowest_start_s": slowest_start,
    }


def test_a_few_kills(tmp_path: Path) -> None:
    """The short variant every suite runs."""
    assert survive(tmp_path, rounds=2, letters=60, seed=1)["letters"] == 120


@pytest.mark.campaign
def test_many_kills(tmp_path: Path) -> None:
    rounds = int(os.environ.get("CAMPAIGN_ROUNDS", "20"))
    figures = survive(tmp_path, rounds=rounds, letters=LETTERS, seed=20261123)
    print(json.dumps(figures))
    assert figures["killed_under_load"] >= rounds / 2
