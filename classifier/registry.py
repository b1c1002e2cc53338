"""The engines by name. A new engine is one file in `classifier/engines/` and one line here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock

from classifier.engines.catalogue import CatalogueEngine
from classifier.engines.learned import LearnedEngine
from classifier.engines.null import NullEngine
from classifier.labels import Taxonomy
from classifier.model import MANIFEST, Model, ModelRefusedError, load
from classifier.suggestion import Engine

# Engines that know the catalogue alone, and engines that also need what training found.
UNTAUGHT: Mapping[str, Callable[[Taxonomy], Engine]] = {
    CatalogueEngine.name: CatalogueEngine,
    NullEngine.name: NullEngine,
}
TAUGHT: Mapping[str, Callable[[Taxonomy, Model], Engine]] = {LearnedEngine.name: LearnedEngine}
ENGINES: tuple[str, ...] = tuple(sorted({*UNTAUGHT, *TAUGHT}))

# An office uses one engine on one catalogue; an edit of the catalogue or a new model makes another, and a new model
# runs in the shadow of the old one for a while.
_KEPT = 4
_made: dict[tuple[str, str, str], Engine] = {}
_making = Lock()


class UnknownEngineError(LookupError):
    """No engine has this name; the message lists those that exist."""


def get_engine(
    name: str, taxonomy: Taxonomy, *, model: Path | None = None, sha256: str | None = None
) -> Engine:
    """The engine `name` for this catalogue, made once per process, catalogue and model.

    `model`: folder of the model, for an engine that learned. `sha256`: of the manifest as installed; with it the files
    are read once, without it the manifest is looked at on every call, so that a model put in its place is taken up.
    Raises UnknownEngineError, and ModelRefusedError when the model is missing, damaged or foreign.
    """
    if name not in ENGINES:
        raise UnknownEngineError(f"no engine {name!r}; known: {', '.join(ENGINES)}")
    if name in UNTAUGHT:
        return _kept((name, taxonomy.fingerprint(), ""), lambda: UNTAUGHT[name](taxonomy))
    if model is None:
        raise ModelRefusedError(f"the engine {name!r} needs a model, and none is named")
    seal = sha256 or _seal(model)
    return _kept((name, taxonomy.fingerprint(), seal), lambda: TAUGHT[name](taxonomy, load(model, seal)))


def _kept(key: tuple[str, str, str], make: Callable[[], Engine]) -> Engine:
    with _making:
        if key not in _made:
            engine = make()
            while len(_made) >= _KEPT:
                del _made[next(iter(_made))]
            _made[key] = engine
        return _made[key]


def _seal(model: Path) -> str:
    """SHA-256 of the manifest that lies in the folder now; "" when none can be read, which `load` then refuses."""
    try:
        return hashlib.sha256((model / MANIFEST).read_bytes()).hexdigest()
    except OSError:
        return ""
