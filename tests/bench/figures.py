"""Figures of a measurement: a readable table on the screen, the same as JSON in var/bench/, each beside its control."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "var" / "bench"


def paired(works: dict[str, Callable[[], object]], rounds: int, batch: int) -> dict[str, list[float]]:
    """CPU milliseconds per call, one entry per round; the works take turns, so that drift hits all alike."""
    for work in works.values():
        for _ in range(5):
            work()
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            begun = time.process_time()
            for _ in range(batch):
                work()
            found[name].append((time.process_time() - begun) / batch * 1000)
    return found


def fsync_probe(folder: Path, times: int = 100) -> float:
    """Milliseconds of one 4 KiB write with fsync: the floor under every durable figure."""
    path = folder / "fsync.probe"
    begun = time.perf_counter()
    with path.open("wb", buffering=0) as stream:
        for _ in range(times):
            stream.write(b"\0" * 4096)
            os.fsync(stream.fileno())
    path.unlink()
    return (time.perf_counter() - begun) / times * 1000


def report(
    name: str, found: dict[str, list[float]], control: str, *, measure: str = "cpu_ms", **more: Any
) -> dict[str, Any]:
    """Print and write median, spread and ratio to the control; returns what was written.

    `measure`: what the figures are, "cpu_ms" of this process or "ms" on the wall, the database's work included.
    """
    base = statistics.median(found[control])
    rows = {
        work: {
            measure: round(statistics.median(times), 3),
            "min": round(min(times), 3),
            "max": round(max(times), 3),
            "times_control": round(statistics.median(times) / base, 2),
        }
        for work, times in found.items()
    }
    said = {
        "name": name,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "control": control,
        "figures": rows,
        **more,
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(said, indent=2, ensure_ascii=False), encoding="utf-8")
    print(f"\n{name} ({said['machine']}; {', '.join(f'{k} {v}' for k, v in more.items())})")
    print(f"  {'':28}{measure.replace('cpu_', 'CPU '):>9}{'min':>9}{'max':>9}{'× control':>11}")
    for work, row in rows.items():
        print(f"  {work:28}{row[measure]:9.3f}{row['min']:9.3f}{row['max']:9.3f}{row['times_control']:11.2f}")
    return said
