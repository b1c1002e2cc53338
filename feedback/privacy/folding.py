"""Folding that remembers where it came from: search in plain letters, answer in offsets of the original."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# đ does not decompose; ð (U+00F0) is what old keyboards put in its place.
_D = {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ɖ": "d", "Ɖ": "D"}
# Some ligatures open to eighteen letters; none that matters here to more than four.
_MOST_LETTERS = 4
_BREAKS = "\n\u2028\u2029\x85"
_WORD = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=8192)
def _plain(char: str) -> str:
    """One character as plain letters: no marks, full-width and circled forms opened, invisible ones dropped."""
    if char in _D:
        return _D[char]
    if char in _BREAKS:
        return "\n"
    if char in "\t\r\v\f":
        return " "
    kept = [
        _D.get(c, c) for c in unicodedata.normalize("NFKD", char) if unicodedata.category(c)[0] not in "MC"
    ]
    return "".join(kept)[:_MOST_LETTERS]


@lru_cache(maxsize=8192)
def _small(char: str) -> str:
    lower = char.lower()
    return lower if len(lower) == 1 else char


@dataclass(frozen=True, slots=True)
class Word:
    """A run of letters: place in the folded text, folded small letters, the spelling with its marks."""

    start: int
    end: int
    lower: str
    spelled: str
    capital: bool
    all_caps: bool


class Folded:
    """A text folded to plain letters. `plain` keeps the case, `lower` does not; both have the same length."""

    def __init__(self, original: str) -> None:
        self.original = original
        plain: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        for index, char in enumerate(original):
            opened = _plain(char)
            if opened:
                plain.append(opened)
                self._starts += [index] * len(opened)
                self._ends += [index + 1] * len(opened)
            elif self._ends:
                self._ends[-1] = index + 1  # a mark belongs to the letter before it
        self.plain = "".join(plain)
        self.lower = "".join(map(_small, self.plain))

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original for `lower[start:end]`, marks included; `start < end`."""
        return self._starts[start], self._ends[end - 1]

    def words(self) -> list[Word]:
        """Every run of letters, in order."""
        return [self._word(match) for match in _WORD.finditer(self.plain)]

    def _word(self, match: re.Match[str]) -> Word:
        start, end = match.span()
        plain = match.group()
        first, last = self.place(start, end)
        written = unicodedata.normalize("NFC", self.original[first:last]).lower()
        spelled = "".join(c for c in written if c.isalpha())
        return Word(start, end, self.lower[start:end], spelled, plain[0].isupper(), plain.isupper())
