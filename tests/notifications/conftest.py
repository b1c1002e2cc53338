"""Fixtures of the notification tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from feedback import actions
from feedback.models import Case
from notifications import outbox
from tests.cast import WEDNESDAY
from tests.notifications.mail_server import MailServer, mail_server

MAIL = "cong-dan-12@example.vn"
PERSON = {"name": "Công dân 12", "phone": "0100 000 012", "email": MAIL, "address": "Thôn Mẫu 12"}


@pytest.fixture
def written(send: Callable[..., actions.Receipt]) -> Case:
    """A letter of somebody who left an address."""
    return send(**PERSON).case


@pytest.fixture
def told() -> Callable[[], int]:
    """Read the log and send everything due at a moment (a minute after WEDNESDAY unless told)."""

    def _told(at: datetime | None = None) -> int:
        at = at or WEDNESDAY
        outbox.read_log(at=at)
        return outbox.dispatch(at=at)

    return _told


@pytest.fixture
def smtp(settings) -> Iterator[MailServer]:
    """Mail goes to a real server on this machine."""
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_TIMEOUT = 5
        yield server
