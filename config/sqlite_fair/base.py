"""SQLite for an office on one machine: WAL, IMMEDIATE transactions, durable commits, and writers in a queue.

Readers never wait. A transaction (`atomic`) is a writer from its first statement, so reads belong outside `atomic`.
Options beside Django's own: `synchronous` ("FULL", the default, or "NORMAL"). Measurements: docs/decisions/0003.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.sqlite3 import base as sqlite

from config.sqlite_fair.queue import WriterQueue

READS = frozenset(
    {"SELECT", "PRAGMA", "EXPLAIN", "VALUES", "SAVEPOINT", "RELEASE", "COMMIT", "ROLLBACK", "END"}
)
SYNCHRONOUS = frozenset({"FULL", "NORMAL", "OFF"})


class FairConnection(sqlite3.Connection):
    """A connection that queues before it writes and gives up its turn when its transaction is over."""

    turn: WriterQueue | None = None

    def before(self, query: str) -> None:
        """Take the turn if `query` may write. `WITH` may precede a write; nothing of ours begins a read with it."""
        words = query.split(None, 1)
        if self.turn is not None and words and words[0].upper() not in READS:
            self.turn.enter()

    def after(self) -> None:
        """Give the turn back unless a transaction is open."""
        if self.turn is not None and self.turn.inside and not self.in_transaction:
            self.turn.leave()

    def commit(self) -> None:
        try:
            super().commit()
        finally:
            self.after()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self.after()

    def close(self) -> None:
        super().close()
        if self.turn is not None:
            self.turn.close()
            self.turn = None


class FairCursor(sqlite.SQLiteCursorWrapper):
    """Every statement passes `before` and `after`, whether inside a transaction or alone."""

    connection: FairConnection

    def execute(self, query: str, params: Any = None) -> Any:
        self.connection.before(query)
        try:
            return super().execute(query, params)
        finally:
            self.connection.after()

    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:
        self.connection.before(query)
        try:
            return super().executemany(query, param_list)
        finally:
            self.connection.after()


class DatabaseWrapper(sqlite.DatabaseWrapper):
    """Django's SQLite wrapper with our connection and cursor; nothing else differs."""

    transaction_mode: str | None

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        self.synchronous = str(params.pop("synchronous", "FULL")).upper()
        if self.synchronous not in SYNCHRONOUS:
            raise ImproperlyConfigured("DATABASES OPTIONS 'synchronous' must be FULL, NORMAL or OFF.")
        # A DEFERRED transaction that reads and then writes fails at once when another has written in between.
        self.transaction_mode = self.transaction_mode or "IMMEDIATE"
        return {"timeout": 30.0, **params, "factory": FairConnection}

    def get_new_connection(self, conn_params: dict[str, Any]) -> FairConnection:
        connection: FairConnection = super().get_new_connection(conn_params)
        path = connection.execute("PRAGMA database_list").fetchone()[2]
        if path:  # an in-memory database has no file, and nobody to queue with
            connection.turn = WriterQueue(path, conn_params["timeout"])
            self._make_durable(connection)
        return connection

    def create_cursor(self, name: str | None = None) -> FairCursor:
        return self.connection.cursor(factory=FairCursor)

    def _make_durable(self, connection: FairConnection) -> None:
        turn = connection.turn
        if turn is None:
            return
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            turn.enter()  # switching to WAL wants the whole file; two first starts must not meet here
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            finally:
                turn.leave()
        connection.execute(f"PRAGMA synchronous = {self.synchronous}")
        connection.execute(
            "PRAGMA journal_size_limit = 67108864"
        )  # a WAL grown by an import shrinks to 64 MB
