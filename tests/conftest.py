"""What every test gets: no sockets but this machine's own, an empty cache, and the language of the office."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import pytest_django
from django.conf import settings
from django.core.cache import cache
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_socket import socket_allow_hosts

from feedback.management import loading
from feedback.reports.shelf import Shelf

# Time is measured in `make bench`, never here: the machine that runs the tests may be busy with other work.
hypothesis_settings.register_profile(
    "office", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
hypothesis_settings.load_profile("office")

LOCAL = ["127.0.0.1", "::1", "localhost"]


DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "django_db_serialized_rollback"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On the second database of one `make test` run what never opens a database is not repeated (run_suite.py)."""
    if os.environ.get("HOIAM_TEST_ONLY_DATABASE") != "1":
        return
    plain = [item for item in items if not _needs_services(item)]
    config.hook.pytest_deselected(items=plain)
    items[:] = [item for item in items if _needs_services(item)]


def _needs_services(item: pytest.Item) -> bool:
    names = set(getattr(item, "fixturenames", ()))
    folder = item.path.relative_to(item.config.rootpath).parts[1]
    outside = folder in {"journeys", "campaigns", "config", "bench"}  # they start servers of their own
    return outside or bool(DATABASE_FIXTURES & names) or item.get_closest_marker("django_db") is not None


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> None:
    """The catalogue is loaded once; each test's own changes are rolled back on top of it."""
    with django_db_blocker.unblock():
        loading.load()


@pytest.fixture(autouse=True)
def only_this_machine() -> None:
    """A test that calls the outside world fails: nothing here may depend on it, or tell it anything."""
    socket_allow_hosts(LOCAL, allow_unix_socket=True)


@pytest.fixture(autouse=True)
def fresh_office() -> Iterator[None]:
    """Throttle counts and the language of one test do not reach the next."""
    with translation.override("vi"):
        yield
    empty_cache()


@pytest.fixture(autouse=True)
def no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread reads letters beside a test; `tests.cast.similar_at_once` is for the tests about similar letters."""
    monkeypatch.setattr(Shelf, "resting", True)


def empty_cache() -> None:
    """Forget what this process cached. On Redis only our own keys: the database may be a developer's."""
    prefix = settings.CACHES["default"].get("KEY_PREFIX")
    if prefix is None:
        return cache.clear()
    redis = cache._cache.get_client(None, write=True)  # type: ignore[attr-defined]  # Django's Redis cache
    if keys := list(redis.scan_iter(match=f"{prefix}:*")):
        redis.delete(*keys)
    return None


pytest_plugins = ["tests.cast"]
