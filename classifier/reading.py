"""One letter cut into words once, for every scorer: shorthand written out, Telex leftovers and slips put right.

Every word keeps its place in the letter as it was typed, so that evidence can be shown there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path

from classifier.text import Token, is_accented, tokens

# Time stays bounded: of a longer letter the beginning and the end are read, where people say what they want.
# Counted in words, so that a decomposed spelling of the same letter is cut at the same place.
FIRST_WORDS, LAST_WORDS = 4_000, 1_000
LONGEST_TEXT = 200_000  # characters; what comes after is not even cut into words
_SHORTHAND = Path(__file__).with_name("shorthand.txt")
_SHORTEST_SLIP = 4  # letters; a shorter word is one letter away from too many others


@dataclass(frozen=True, slots=True)
class Reading:
    """`words` as understood; `accented`: whether the writer types diacritics at all."""

    text: str
    words: Sequence[Token]
    accented: bool


@dataclass(frozen=True)
class Reader:
    """How letters are read. `shorthand`: sign (as `text.spelling` has it) → folded words; `pairs`: pairs of folded
    words known to occur, by which a slip is put right ("khai sihn" → "khai sinh"); empty: slips stay."""

    shorthand: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pairs: Collection[tuple[str, str]] = frozenset()

    def read(self, text: str) -> Reading:
        """Any string; never raises."""
        words = tokens(_beginning(text))
        if len(words) > FIRST_WORDS + LAST_WORDS:
            words = words[:FIRST_WORDS] + words[-LAST_WORDS:]
        accented = is_accented(words)
        plain = [piece for word in words for piece in self._written_out(word)]
        return self.put_right(Reading(text, plain, accented))

    def put_right(self, reading: Reading) -> Reading:
        """The same letter, read before the pairs were known, without its slips."""
        return replace(reading, words=self._put_right(reading.words)) if self.pairs else reading

    def _written_out(self, word: Token) -> Iterator[Token]:
        meant = self.shorthand.get(word.spelling)
        if meant is None:
            yield word
        else:
            for piece in meant:
                yield replace(word, folded=piece, spelling=piece)

    @cached_property
    def _slips(self) -> _Slips:
        return _Slips(self.pairs)

    def _put_right(self, words: Sequence[Token]) -> list[Token]:
        index = self._slips
        right = list(words)
        for at, word in enumerate(words):
            if word.folded in index.words or not word.folded.isalpha():
                continue
            before = right[at - 1].folded if at else ""
            after = index.known(words[at + 1].folded) if at + 1 < len(words) else ""
            if better := index.meant(word.folded, before, after):
                right[at] = replace(word, folded=better, spelling=better)
        return right


def _beginning(text: str) -> str:
    """At most LONGEST_TEXT characters; marks do not count, so that a decomposed letter is cut at the same place."""
    if len(text) <= LONGEST_TEXT:
        return text
    count = 0
    for at, char in enumerate(text[: 4 * LONGEST_TEXT]):
        count += not unicodedata.combining(char)
        if count > LONGEST_TEXT:
            return text[:at]
    return text[: 4 * LONGEST_TEXT]


class _Slips:
    """Words one letter apart from what was typed, accepted when the pair with a neighbour is known."""

    def __init__(self, pairs: Collection[tuple[str, str]]) -> None:
        self.words = {word for pair in pairs for word in pair}
        self._pairs = set(pairs)
        self._near: dict[str, list[str]] = {}
        for word in sorted(self.words):
            if len(word) >= _SHORTEST_SLIP - 1 and word.isalpha():
                for key in (word, *_without_one(word)):
                    self._near.setdefault(key, []).append(word)

    def known(self, typed: str) -> str:
        """The word itself, or what the keyboard's Telex would have made of it, if only that is known."""
        telex = typed if typed in self.words else _from_telex(typed)
        return telex if telex in self.words else typed

    def meant(self, typed: str, before: str, after: str) -> str | None:
        for candidate in self._candidates(typed):
            if (before, candidate) in self._pairs or (candidate, after) in self._pairs:
                return candidate
        return None

    def _candidates(self, typed: str) -> Iterator[str]:
        telex = _from_telex(typed)
        if telex in self.words:
            yield telex
        if len(typed) < _SHORTEST_SLIP or len(typed) > 12:
            return
        seen: set[str] = set()
        for key in (typed, *_without_one(typed)):
            for word in self._near.get(key, ()):
                if word not in seen and abs(len(word) - len(typed)) <= 1:
                    seen.add(word)
                    yield word


def _without_one(word: str) -> Iterable[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


_telex_tone = re.compile(r"[sfrxj]$")
_telex_vowel = re.compile(r"aa|ee|oo|dd")


def _from_telex(word: str) -> str:
    """ "dduwowcj" → "duoc": what is left when the keyboard's Telex was off."""
    bare = _telex_tone.sub("", word)
    return _telex_vowel.sub(lambda double: double[0][0], bare).replace("w", "")


def shorthand_from(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """`sign = words` per line, "#" begins a comment; a sign with marks ("rùi") is another than one without.

    Raises ValueError naming the line: neither sign nor comment, a sign of several words, a sign that stands twice.
    """
    found: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(lines, 1):
        said = line.partition("#")[0].strip()
        if not said:
            continue
        sign, equals, meaning = said.partition("=")
        words = tuple(word.folded for word in tokens(meaning))
        if not equals or not sign.strip() or not words:
            raise ValueError(f"line {number}: expected 'sign = words', not {said!r}")
        if len(parts := tokens(sign)) != 1 or parts[0].end - parts[0].start != len(sign.strip()):
            raise ValueError(f"line {number}: {sign.strip()!r} is not one word")
        if parts[0].spelling in found:
            raise ValueError(f"line {number}: {sign.strip()!r} stands a second time")
        found[parts[0].spelling] = words
    return found


@lru_cache(maxsize=1)
def usual_shorthand() -> Mapping[str, tuple[str, ...]]:
    """The list that comes with the library."""
    return shorthand_from(_SHORTHAND.read_text(encoding="utf-8").splitlines())
