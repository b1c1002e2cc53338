"""What a letter says beside its matter: somebody is threatened, a date cannot wait."""

from __future__ import annotations

from collections.abc import Sequence

from classifier.labels import Label
from classifier.lexicon import lexicon_of, strengths_of
from classifier.reading import Reading

# Summed strength of a signal's phrases that raises its flag: one phrase of two words, also typed without accents.
_STRENGTH = 1.35


class Signals:
    """The catalogue's signals; those without a flag are for people only."""

    def __init__(self, labels: Sequence[Label]) -> None:
        self._lexicon = lexicon_of(tuple(labels))
        self._flags = {label.code: label.flag for label in labels if label.flag}

    def raised(self, reading: Reading) -> list[str]:
        """The flags of a letter."""
        strengths = strengths_of(self._lexicon.hits(reading.words, reading.accented))
        return [flag for code, flag in self._flags.items() if strengths.get(code, 0.0) >= _STRENGTH]
