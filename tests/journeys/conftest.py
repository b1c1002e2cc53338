"""One office per worker, one Chromium per file; whatever the browser complains about fails the test."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser
from psycopg import sql

from tests.journeys.people import Office, Visits, chromium_running, open_office


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server's own database: SQLite in its data directory, or a new one on the suite's PostgreSQL."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield ""
        return
    mark = hashlib.sha256(str(tmp_path_factory.getbasetemp()).encode()).hexdigest()[:8]
    name = f"test_hoiam_journeys_{mark}"
    with psycopg.connect(url, autocommit=True) as link:
        make = sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(sql.Identifier(name))
        link.execute(make)
        try:
            server, _, query = url.partition("?")
            yield f"{server.rpartition('/')[0]}/{name}?{query}"
        finally:
            link.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def running_office(tmp_path_factory: pytest.TempPathFactory, database: str) -> Iterator[Office]:
    """The office as an operator starts it, with the demo's letters and staff."""
    home: Path = tmp_path_factory.mktemp("office")
    home.chmod(0o700)
    office = open_office(home, DATABASE_URL=database)
    yield office
    office.server.stop(signal.SIGKILL)


# One per file, not per session: while Playwright runs, Django believes it is inside an event loop and refuses the
# database to every other test of the worker.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium_running() as found:
        yield found


@pytest.fixture
def visit(browser: Browser, running_office: Office) -> Iterator[Visits]:
    """`visit(width=390)` is a new visitor; `visit.sign_in(account)` a member of staff."""
    visits = Visits(browser, running_office)
    yield visits
    for context in browser.contexts:
        context.close()
    assert visits.complaints == []
