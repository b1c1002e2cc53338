"""The catalogue's phrases, found in a letter whether or not its writer types diacritics."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from classifier.labels import Label
from classifier.text import Token, tokens

GAP = "…"  # in a phrase: up to LONGEST_GAP other words may stand here
LONGEST_GAP = 5
_SHORT = 3  # letters; "cò", "phí", "tố" without their marks are other, very common words
_USUAL = 0.5  # a longer word tells without its marks if more than this share of the catalogue's spellings is its own
_ACCEPTED = 0.7  # least mean agreement of a phrase's words with the letter's
# Agreement of a word typed without marks: in a letter that is otherwise accented, and in one that is not.
_PLAIN = {True: 0.65, False: 0.85}
_CONTRADICTED = 0.0  # a word typed with other marks: often a typing slip, often another word

Word = tuple[str, str]  # folded, spelling


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a citizen may write, the codes it speaks for, and how strongly (longer and rarer is stronger)."""

    segments: tuple[tuple[Word, ...], ...]
    codes: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Hit:
    """`phrase` stands at words[first:last]; `quality` in (0, 1] is 1.0 when every diacritic agrees."""

    phrase: Phrase
    first: int
    last: int
    quality: float

    @property
    def strength(self) -> float:
        return self.phrase.weight * self.quality


class Lexicon:
    """All phrases of one list of labels, indexed by their first one or two folded words."""

    def __init__(self, labels: Sequence[Label]) -> None:
        self._telling = _telling_words(labels)
        self._singles: dict[str, list[Phrase]] = defaultdict(list)
        self._pairs: dict[tuple[str, str], list[Phrase]] = defaultdict(list)
        for phrase in _phrases(labels):
            start = phrase.segments[0]
            if len(start) == 1:
                self._singles[start[0][0]].append(phrase)
            else:
                self._pairs[start[0][0], start[1][0]].append(phrase)

    def hits(self, words: Sequence[Token], accented: bool) -> list[Hit]:
        """Every phrase found, without those that lie inside a longer one ("hài lòng" in "không hài lòng")."""
        found = [hit for at in range(len(words)) for hit in self._at(words, at, accented)]
        return _outermost(found)

    def _at(self, words: Sequence[Token], at: int, accented: bool) -> Iterator[Hit]:
        candidates = self._singles.get(words[at].folded, ())
        if at + 1 < len(words):
            candidates = (*candidates, *self._pairs.get((words[at].folded, words[at + 1].folded), ()))
        for phrase in candidates:
            if hit := self._try(phrase, words, at, accented):
                yield hit

    def _try(self, phrase: Phrase, words: Sequence[Token], at: int, accented: bool) -> Hit | None:
        """The hit of `phrase` beginning at word `at`, if it stands there and its marks do not contradict it."""
        total, count, place, told = 0.0, 0, at, False
        for number, segment in enumerate(phrase.segments):
            place = _find(segment, words, place, LONGEST_GAP if number else 0)
            if place < 0:
                return None
            found = words[place : place + len(segment)]
            agreement = sum(
                _agreement(word, token, accented) for word, token in zip(segment, found, strict=True)
            )
            if len(segment) == 1 and agreement < _PLAIN[False]:
                return None
            told = told or len(segment) > 1 or agreement == 1.0 or segment[0] in self._telling
            total, count, place = total + agreement, count + len(segment), place + len(segment)
        if not told or total < _ACCEPTED * count:
            return None
        return Hit(phrase, at, place, total / count)


@lru_cache(maxsize=9)
def lexicon_of(labels: tuple[Label, ...]) -> Lexicon:
    """A list of labels is taken apart once, for all that ask about it: two catalogues of four lists each."""
    return Lexicon(labels)


def strengths_of(hits: Iterable[Hit]) -> dict[str, float]:
    """Summed strength per code; the same phrase again adds a quarter per doubling, so that rambling does not win."""
    best: dict[tuple[str, int], float] = {}
    times: dict[tuple[str, int], int] = defaultdict(int)
    for hit in hits:
        for code in hit.phrase.codes:
            key = (code, id(hit.phrase))
            best[key] = max(best.get(key, 0.0), hit.strength)
            times[key] += 1
    totals: dict[str, float] = defaultdict(float)
    for key, strength in best.items():
        totals[key[0]] += strength * (1 + 0.25 * math.log2(times[key]))
    return totals


def _telling_words(labels: Sequence[Label]) -> set[Word]:
    """Words that, typed without marks, are still themselves: "cham" is "chậm", but "khong" is hardly ever "khống"."""
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for label in labels:
        for folded, spelled in _forms(" ".join((label.name, label.description, *label.keywords))):
            spellings[folded][spelled] += 1
    return {
        (folded, spelled)
        for folded, counts in spellings.items()
        for spelled, count in counts.items()
        if len(folded) > _SHORT and count > _USUAL * counts.total()
    }


def _phrases(labels: Sequence[Label]) -> Iterable[Phrase]:
    """One phrase per spelling, with all its codes. Weight: rarity over labels × length."""
    owners: dict[tuple[tuple[Word, ...], ...], list[str]] = defaultdict(list)
    for label in labels:
        for text in dict.fromkeys((label.name, *label.keywords)):
            segments = tuple(_forms(part) for part in text.split(GAP))
            if all(segments) and label.code not in owners[segments]:
                owners[segments].append(label.code)
    for segments, codes in owners.items():
        size = sum(map(len, segments))
        rarity = math.log(1 + len(labels) / len(codes))
        yield Phrase(segments, tuple(codes), rarity * min(1.0 + 0.5 * (size - 1), 2.5))


def _forms(text: str) -> tuple[Word, ...]:
    return tuple((token.folded, token.spelling) for token in tokens(text))


def _find(segment: tuple[Word, ...], words: Sequence[Token], start: int, gap: int) -> int:
    """Index of the first place in words[start : start + gap] where the folded segment stands; −1 if nowhere."""
    for place in range(start, min(start + gap, len(words) - len(segment)) + 1):
        if all(word[0] == words[place + offset].folded for offset, word in enumerate(segment)):
            return place
    return -1


def _agreement(word: Word, token: Token, accented: bool) -> float:
    if word[1] == token.spelling:
        return 1.0
    return _CONTRADICTED if token.marked else _PLAIN[accented]


def _outermost(found: list[Hit]) -> list[Hit]:
    kept: list[Hit] = []
    reach, start = -1, -1
    for hit in sorted(found, key=lambda hit: (hit.first, -hit.last)):
        gapped = len(hit.phrase.segments) > 1
        same_span = (hit.first, hit.last) == (start, reach)
        if hit.last > reach or same_span or gapped:
            kept.append(hit)
        if not gapped and hit.last > reach:
            reach, start = hit.last, hit.first
    return kept
