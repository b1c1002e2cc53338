"""No log line says who wrote or what the secret is."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from config.logs import JsonFormatter, PlainFormatter, WithoutPersonalData, scrub


@pytest.mark.parametrize(
    ("line", "gone"),
    [
        ("mail to cong.dan12@example.vn failed", "cong.dan12"),
        ("called 0100 000 012 twice", "000 012"),
        ("called +84.100.000.012", "100.000"),
        ("identity 001000000012 refused", "001000000012"),
        ("GET /tra-cuu/?reference=HA-2026-0000123&code=7KQ2-XW9M", "7KQ2"),
        ("Internal Server Error: /thu/k3Jx9_QwLmN0pRsTuVwXyZ/", "k3Jx9"),
    ],
)
def test_personal_data_is_blotted_out(line: str, gone: str) -> None:
    assert gone in line
    assert gone not in scrub(line)


@pytest.mark.parametrize(
    "line",
    [
        "case HA-2026-0000123 submitted in 12 ms",
        "204 rows, 12345678 bytes",
        "port 8000",
        "error in /api/v1/cases/HA-2026-0000123/events",
    ],
)
def test_what_operators_need_stays(line: str) -> None:
    assert scrub(line) == line


@pytest.mark.parametrize("formatter", [PlainFormatter("{message}", style="{"), JsonFormatter()])
def test_arguments_and_tracebacks_are_scrubbed_too(formatter: logging.Formatter) -> None:
    try:
        raise ValueError("bad address cong.dan12@example.vn")
    except ValueError:
        record = logging.LogRecord(
            "api", logging.ERROR, "x.py", 1, "for %s", ("a@example.vn",), sys.exc_info()
        )
    assert WithoutPersonalData().filter(record)
    line = formatter.format(record)
    assert "@example.vn" not in line
    assert "ValueError" in line


def test_json_lines_are_json() -> None:
    record = logging.LogRecord("api", logging.INFO, "x.py", 1, "đã gửi %d thư", (3,), None)
    line = json.loads(JsonFormatter().format(record))
    assert (line["message"], line["level"], line["logger"]) == ("đã gửi 3 thư", "INFO", "api")
