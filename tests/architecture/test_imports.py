"""The house plan: who may import whom. `pyproject.toml` holds the contracts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from django.conf import settings


def test_the_import_law() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    outcome = subprocess.run(
        [lint, "--no-cache"], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
