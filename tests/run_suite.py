"""`make test`: the import law, then the suite on SQLite, then all of it that opens a database on PostgreSQL and Redis.

On a developer's machine a missing service is named and its part left out. With CI=true it is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import redis

BIN = Path(sys.executable).parent
POSTGRES = ("postgres:///postgres?host=/var/run/postgresql", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = "redis://127.0.0.1:6379/0"
PYTEST = [sys.executable, "-m", "pytest", "-n", "auto", "--dist", "loadfile", "-q"]


def postgres_url() -> str | None:
    """The first PostgreSQL that answers and lets us create databases; HOIAM_TEST_POSTGRES overrides the guesses."""
    named = os.environ.get("HOIAM_TEST_POSTGRES")
    for url in (named,) if named else POSTGRES:
        try:
            with psycopg.connect(url, connect_timeout=3) as link:
                row = link.execute(
                    "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
                ).fetchone()
        except psycopg.Error:
            continue
        if row and row[0]:
            return url
    return None


def redis_url() -> str | None:
    """Redis, if it answers; HOIAM_TEST_REDIS overrides the guess. Tests touch only keys of their own prefix."""
    url = os.environ.get("HOIAM_TEST_REDIS", REDIS)
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=3) as client:
            client.ping()
    except redis.RedisError:
        return None
    return url


def chromium() -> str | None:
    """The browser the journeys use: HOIAM_CHROMIUM, or the system's."""
    names = (os.environ.get("HOIAM_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


def run(title: str, command: list[str], **environment: str | None) -> None:
    """Run one part; stop everything with its exit code when it fails."""
    print(f"\n=== {title}", flush=True)
    settings = {**os.environ, **{name: value for name, value in environment.items() if value is not None}}
    code = subprocess.run(command, env=settings, check=False).returncode
    if code:
        sys.exit(code)


def main() -> None:
    """All parts in order; the last line printed is the closing line of the last pytest run."""
    services = {"PostgreSQL": postgres_url(), "Redis": redis_url(), "Chromium": chromium()}
    missing = [name for name, found in services.items() if not found]
    if missing and os.environ.get("CI") == "true":
        sys.exit(f"CI runs everything, but this does not answer: {', '.join(missing)}. See .ci/run.")
    for name in missing:
        print(f"{name} does not answer: the tests that need it are left out.")
    without_browser = [] if services["Chromium"] else ["-m", "not browser and not campaign and not bench"]
    run("Who may import whom", [str(BIN / "lint-imports")])
    run("Tests on SQLite", [*PYTEST, *without_browser], DATABASE_URL="", REDIS_URL="")
    if services["PostgreSQL"]:
        run(
            f"Tests on PostgreSQL{' and Redis' if services['Redis'] else ''}",
            [*PYTEST, *without_browser],
            DATABASE_URL=services["PostgreSQL"],
            REDIS_URL=services["Redis"] or "",
            HOIAM_TEST_ONLY_DATABASE="1",
        )


if __name__ == "__main__":
    main()
