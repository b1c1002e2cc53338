"""Log lines that say what happened and never whom it concerns."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

# Wide nets on purpose: a log line needs no e-mail address, no phone or identity number (9 to 15 digits) and no
# secret code in an address. Case references such as HA-2026-0000123 stay readable.
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_DIGITS = re.compile(r"(?<![\w-])\+?\d(?:[ .]?\d){8,14}(?!\w)")
_SECRET = re.compile(r"(?i)\b(secret|code|token|password|ma|key)=[^&\s\"']+")

# A long segment of a path with a digit in it: the token of an e-mailed link.
_TOKEN = re.compile(r"(?<=/)(?=[\w-]*\d)[\w-]{20,}(?=[/\s?]|$)")


def scrub(text: str) -> str:
    """`text` with mail addresses, long digit runs and secrets in addresses blotted out."""
    text = _MAIL.sub("[mail]", text)
    text = _SECRET.sub(r"\1=[secret]", text)
    text = _TOKEN.sub("[token]", text)
    return _DIGITS.sub("[digits]", text)


class WithoutPersonalData(logging.Filter):
    """The last gate before a line is written. Code should not log such data at all; this catches slips."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = scrub(record.getMessage())
        record.args = ()
        return True


class PlainFormatter(logging.Formatter):
    """Lines for people. A traceback ends with the exception's words, so it is scrubbed as well."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the standard library's name
        return scrub(super().formatException(ei))


class JsonFormatter(PlainFormatter):
    """One JSON object per line: time (UTC), level, logger, message, and the traceback when there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
