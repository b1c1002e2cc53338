"""The engine that always abstains: what stands in when another fails, so that every letter reaches a person."""

from __future__ import annotations

from classifier.labels import Taxonomy
from classifier.suggestion import Head, Suggestion


class NullEngine:
    """Knows nothing and says so. Needs no taxonomy; takes one so that every engine is made the same way."""

    name = "null"
    version = "1"

    def __init__(self, taxonomy: Taxonomy | None = None) -> None:
        pass

    def suggest(self, text: str) -> Suggestion:
        """An abstention in every head, whatever `text` is."""
        return Suggestion(self.name, self.version, Head("topic"), Head("issue"), Head("kind"))
