"""The engine letters are read with: the champion among the office's models, kept in memory by every process.

Which model that is stands in the database; a process notices a new one with the catalogue (`catalogue_cache.TTL`), and
changed files at once. Where files are missing, damaged or foreign, people sort every letter until they are back.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

import classifier
from classifier.engines.learned import LearnedEngine
from classifier.model import load
from classifier.training import untaught
from feedback.models import ModelVersion, catalogue
from feedback.models.catalogue_cache import Catalogue
from feedback.models.quality import targets

log = logging.getLogger(__name__)

LEARNED = LearnedEngine.name
TRY_AGAIN = 30.0  # seconds after which files that could not be read are tried again


class Trouble(StrEnum):
    """What the office should know about its classifier."""

    UNTAUGHT = "untaught"  # nothing was trained yet: letters are read with the catalogue's words alone
    UNUSABLE = "unusable"  # the model in use cannot be read: people sort every letter


@dataclass(frozen=True)
class Standing:
    """What this process reads letters with, if anything."""

    engine: classifier.Engine | None
    trouble: Trouble | None = None


@dataclass(frozen=True)
class _Held:
    key: tuple[Any, ...]
    standing: Standing
    at: float  # time.monotonic()

    def good_for(self, key: tuple[Any, ...]) -> bool:
        failed = self.standing.trouble is Trouble.UNUSABLE
        return self.key == key and not (failed and time.monotonic() - self.at > TRY_AGAIN)


_held: _Held | None = None
_making = threading.Lock()


def standing() -> Standing:
    """What letters are read with now. Loads a model when it is new to this process; the other threads go on with the
    old one meanwhile."""
    book, precisions = catalogue(), _precisions()
    key = _key(book, precisions)
    held = _held
    if held is not None and held.good_for(key):
        return held.standing
    if not _making.acquire(blocking=held is None or held.standing.engine is None):
        assert held is not None  # noqa: S101 - else we would have waited
        return held.standing
    try:
        return _renewed(key, book, precisions)
    finally:
        _making.release()


def _renewed(key: tuple[Any, ...], book: Catalogue, precisions: Mapping[str, float]) -> Standing:
    global _held
    held = _held
    if held is not None and held.good_for(key):
        return held.standing  # another thread made it while this one waited
    try:
        found = _made(book, precisions)
    except Exception as problem:  # whatever is wrong with a model, letters must go on
        if held is None or held.key != key:
            told = problem if isinstance(problem, ValueError | LookupError) else type(problem).__name__
            log.error("The classifier cannot be used, people sort every letter: %s", told)
        found = Standing(None, Trouble.UNUSABLE)
    _held = _Held(key, found, time.monotonic())
    return found


def _made(book: Catalogue, precisions: Mapping[str, float]) -> Standing:
    if settings.CLASSIFIER_ENGINE != LEARNED:
        return Standing(classifier.get_engine(settings.CLASSIFIER_ENGINE, book.taxonomy))
    if book.champion is None:
        engine = LearnedEngine(book.taxonomy, untaught(book.taxonomy))
        return Standing(engine, Trouble.UNTAUGHT)
    model = load(book.champion.folder, book.champion.sha256)
    return Standing(LearnedEngine(book.taxonomy, model, precisions=precisions))


def _precisions() -> dict[str, float]:
    return {head: target.precision for head, target in targets().items()}


def _key(book: Catalogue, precisions: Mapping[str, float]) -> tuple[Any, ...]:
    """Changes whenever another engine must be made."""
    key = (settings.CLASSIFIER_ENGINE, book.taxonomy.fingerprint())
    if settings.CLASSIFIER_ENGINE != LEARNED or book.champion is None:
        return key
    champion = book.champion
    return (*key, champion.name, champion.sha256, _seen(champion.folder), *sorted(precisions.items()))


def _seen(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Names, sizes and times of a model's files; () when there are none. Some microseconds."""
    try:
        files = [(path.name, path.stat()) for path in folder.iterdir()]
    except OSError:
        return ()
    return tuple(sorted((name, found.st_size, found.st_mtime_ns) for name, found in files))


@lru_cache(maxsize=2)
def _beside(name: str, sha256: str, fingerprint: str) -> LearnedEngine:
    row = ModelVersion(name=name, sha256=sha256)
    return LearnedEngine(catalogue().taxonomy, load(row.folder, sha256))


def engine_of(row: ModelVersion) -> LearnedEngine:
    """An engine with any model of the office, champion or not. Raises ModelRefusedError."""
    return _beside(row.name, row.sha256, catalogue().taxonomy.fingerprint())
