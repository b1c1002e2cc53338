"""Which phrases of the catalogue stand in a letter, and what they speak for: for people who want to see why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from classifier.labels import Label, Taxonomy
from classifier.lexicon import Hit, Lexicon
from classifier.reading import Reader, usual_shorthand

_KEPT = 2  # catalogues; an edit makes another
_made: dict[str, Mapping[str, Lexicon]] = {}
_making = Lock()


@dataclass(frozen=True, slots=True)
class Phrase:
    """`text[start:end]` is a phrase of the catalogue, as the writer spelt it; it speaks for `codes` with `strength`."""

    start: int
    end: int
    codes: tuple[str, ...]
    strength: float


def phrases_in(text: str, taxonomy: Taxonomy) -> dict[str, list[Phrase]]:
    """Per list – "topic", "issue", "kind", "signal" – the phrases found, strongest first. Accepts any string."""
    reading = Reader(usual_shorthand()).read(text)

    def placed(hit: Hit) -> Phrase:
        start, end = reading.words[hit.first].start, reading.words[hit.last - 1].end
        return Phrase(start, end, hit.phrase.codes, round(hit.strength, 3))

    return {
        name: sorted(
            map(placed, lexicon.hits(reading.words, reading.accented)), key=lambda p: (-p.strength, p.start)
        )
        for name, lexicon in _lexicons(taxonomy).items()
    }


def _lexicons(taxonomy: Taxonomy) -> Mapping[str, Lexicon]:
    with _making:
        key = taxonomy.fingerprint()
        if key not in _made:
            if len(_made) >= _KEPT:
                del _made[next(iter(_made))]
            lists: dict[str, tuple[Label, ...]] = {
                "topic": taxonomy.topics,
                "issue": taxonomy.issues,
                "kind": taxonomy.kinds,
                "signal": taxonomy.signals,
            }
            _made[key] = {name: Lexicon(labels) for name, labels in lists.items()}
        return _made[key]
