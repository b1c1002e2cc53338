"""config/settings.py for tests: data of its own, thrown away afterwards."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

_home = Path(tempfile.mkdtemp(prefix="hoiam-tests-"))
atexit.register(shutil.rmtree, _home, ignore_errors=True)
# A developer's own settings must not change what the tests say; where the services and the browser are may.
_kept = ("HOIAM_TEST_", "HOIAM_CHROMIUM")
for _name in list(os.environ):
    if _name in {"SITE_URL", "EMAIL_URL", "PORT"} or (
        _name.startswith("HOIAM_") and not _name.startswith(_kept)
    ):
        del os.environ[_name]
os.environ["HOIAM_DATA_DIR"] = str(_home)

from config.settings import *  # noqa: E402, F403 - the point of this file
from config.settings import BASE_DIR, CACHES, DATABASES, STORAGES  # noqa: E402 - named for the changes below

# Nobody relies on the rows of a test, so no commit waits for the disk; measurements ask for the real thing.
_durable = os.environ.get("HOIAM_TEST_DURABLE") == "1"
if DATABASES["default"]["ENGINE"] == "config.sqlite_fair":
    # A file, so that threads and the writers' queue behave as in production.
    DATABASES["default"]["TEST"] = {"NAME": str(_home / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["synchronous"] = "FULL" if _durable else "OFF"
else:
    # Two checkouts on one machine must not meet in one test database.
    DATABASES["default"]["TEST"] = {
        "CHARSET": "UTF8",  # a cluster made without a locale would give SQL_ASCII
        "TEMPLATE": "template0",
        "NAME": f"test_hoiam_{hashlib.sha256(str(BASE_DIR).encode()).hexdigest()[:8]}",
    }
    DATABASES["default"]["OPTIONS"]["options"] = f"-c synchronous_commit={'on' if _durable else 'off'}"

if CACHES["default"]["BACKEND"].endswith("RedisCache"):
    CACHES["default"]["KEY_PREFIX"] = (
        f"hoiam-test-{os.getpid()}"  # conftest.py removes these keys, and only these
    )

SECOND_FACTOR = "off"  # the tests about it turn it on

# The engine that needs no training: the tests about learning ask for theirs.
CLASSIFIER_ENGINE = "catalogue"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True  # static files are not collected here
WHITENOISE_AUTOREFRESH = True  # and not listed again for every test client
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # 0.3 s per sign-in saved
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
