"""Which phrases of the catalogue stand in a letter, and what they speak for: for people who want to see why."""

from __future__ import annotations

from dataclasses import dataclass

from classifier.labels import Taxonomy
from classifier.lexicon import Hit, lexicon_of
from classifier.reading import Reader, usual_shorthand


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

    lists = {
        "topic": taxonomy.topics,
        "issue": taxonomy.issues,
        "kind": taxonomy.kinds,
        "signal": taxonomy.signals,
    }
    return {
        name: sorted(
            map(placed, lexicon_of(labels).hits(reading.words, reading.accented)),
            key=lambda p: (-p.strength, p.start),
        )
        for name, labels in lists.items()
    }
