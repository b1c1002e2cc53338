"""What `make run` does before it serves: schema, catalogue, model, demo letters, static files. All may be repeated."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

STEPS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Cơ sở dữ liệu / database", "migrate", {"interactive": False, "verbosity": 0}),
    ("Danh mục / catalogue", "load_catalogue", {"verbosity": 0}),
    ("Mô hình phân loại / classifier model", "train_classifier", {"if_missing": True, "verbosity": 0}),
    ("Thư mẫu / demo letters", "load_demo", {}),
)


def prepare() -> None:
    """Bring the data directory to the point where the office can open, telling how long each step took."""
    for title, command, options in STEPS:
        began = time.monotonic()
        call_command(command, **options)
        print(f"  {title}: {time.monotonic() - began:.1f} s", flush=True)
    began = time.monotonic()
    if collect_static():
        print(f"  Tệp tĩnh / static files: {time.monotonic() - began:.1f} s", flush=True)


def collect_static() -> bool:
    """Collect and compress static files if any changed since the last time. Says whether it had to."""
    mark = settings.STATIC_ROOT / ".fingerprint"
    now = static_fingerprint()
    if mark.exists() and mark.read_text() == now:
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    mark.write_text(now)
    return True


def static_fingerprint() -> str:
    """A hash over name, size and time of every static file the apps carry."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            modified = storage.get_modified_time(name).timestamp()
            digest.update(f"{name} {storage.size(name)} {modified}\n".encode())
    return digest.hexdigest()
