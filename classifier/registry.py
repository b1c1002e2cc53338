"""The engines by name. A new engine is one file in `classifier/engines/` and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock

from classifier.engines.catalogue import CatalogueEngine
from classifier.engines.null import NullEngine
from classifier.labels import Taxonomy
from classifier.suggestion import Engine

ENGINES: Mapping[str, Callable[[Taxonomy], Engine]] = {
    CatalogueEngine.name: CatalogueEngine,
    NullEngine.name: NullEngine,
}

_KEPT = 4  # an office uses one engine on one catalogue; an edit of the catalogue makes another
_made: dict[tuple[str, str], Engine] = {}
_making = Lock()


class UnknownEngineError(LookupError):
    """No engine has this name; the message lists those that exist."""


def get_engine(name: str, taxonomy: Taxonomy) -> Engine:
    """The engine `name` for this taxonomy, made once per process and catalogue. Raises UnknownEngineError."""
    if name not in ENGINES:
        raise UnknownEngineError(f"no engine {name!r}; known: {', '.join(sorted(ENGINES))}")
    key = (name, taxonomy.fingerprint())
    with _making:
        if key not in _made:
            if len(_made) >= _KEPT:
                del _made[next(iter(_made))]
            _made[key] = ENGINES[name](taxonomy)
        return _made[key]
