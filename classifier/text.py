"""How Vietnamese is read here: one cleaning, one folding, one way to cut words.

Search, duplicates, personal data and the classifier all use these three, so they agree about what "the same word" is.
Plain Python; every function accepts any `str`, lone surrogates included, and never raises.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

# Controls (but not white space), soft hyphen, zero-width and bidirectional marks, variation selectors, tags,
# lone surrogates: invisible on paper, so invisible here.
_INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e0fff\ud800-\udfff"
)
# Combining marks of the Latin script: folding drops these only, the vowel signs of other scripts are letters.
_MARKS = "\u0300-\u034e\u0350-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_TONES = "\u0300\u0301\u0303\u0309\u0323"  # huyền, sắc, ngã, hỏi, nặng


def _all_marks() -> str:
    """Every combining mark of Unicode as a character class: marks belong to the word they are written on."""
    codes = [code for code in range(0x300, 0x1E94B) if unicodedata.category(chr(code))[0] == "M"]
    starts = [code for code in codes if unicodedata.category(chr(code - 1))[0] != "M"]
    ends = [code for code in codes if unicodedata.category(chr(code + 1))[0] != "M"]
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))


_invisible = re.compile(f"[{_INVISIBLE}]+")
_marks = re.compile(f"[{_MARKS}]+")
_tones = re.compile(f"[{_TONES}]")
_space = re.compile(r"\s+")
_line_end = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# A question mark is a token too: it says that somebody asks.
_word = re.compile(rf"[^\W_](?:[^\W_]|[{_all_marks()}{_INVISIBLE}])*|[?？]")


def _look_alikes() -> dict[int, str]:
    """Letters of other alphabets that print like Latin ones, full-width forms, and typographers' punctuation."""
    pairs = dict(zip("АВЕКМНОРСТУХаеорсухіІјЅѕ", "ABEKMHOPCTYXaeopcyxiIjSs", strict=True))
    pairs |= dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo", strict=True))
    pairs |= {"Ð": "Đ", "Ɖ": "Đ", "ð": "đ", "ɖ": "đ", "“": '"', "”": '"', "‘": "'", "’": "'"}
    pairs |= dict.fromkeys("‐‑‒–—", "-")
    pairs |= {chr(0xFF01 + offset): chr(0x21 + offset) for offset in range(94)}
    return {ord(char): plain for char, plain in pairs.items()}


_LOOK_ALIKES = _look_alikes()
_FOLD = _LOOK_ALIKES | dict.fromkeys(map(ord, "đĐðÐɖƉ"), "d")
# The longest Vietnamese syllable has 7 letters; nobody shall fill the cache with nonsense.
_LONGEST_CACHED_WORD = 24


@dataclass(frozen=True, slots=True)
class Token:
    """A word and where it stands: `text[start:end]` is what the writer typed.

    `folded` has no marks ("hoa"); `spelling` keeps them, with the tone last, so that "hoà" and "hòa" are the same.
    """

    start: int
    end: int
    folded: str
    spelling: str

    @property
    def marked(self) -> bool:
        """Whether the writer put any diacritic (or a đ) in this word."""
        return self.folded != self.spelling


def clean(text: str) -> str:
    """`text` in NFC without invisible characters or look-alikes; white space is single spaces and line ends."""
    text = unicodedata.normalize("NFC", _invisible.sub("", text)).translate(_LOOK_ALIKES)
    text = _space.sub(lambda run: "\n" if _line_end.search(run[0]) else " ", text)
    return unicodedata.normalize("NFC", text).strip()


def fold(text: str) -> str:
    """`clean(text)` in lower case without diacritics: "Đăng ký KẾT HÔN" → "dang ky ket hon". Idempotent."""
    bare = _marks.sub("", unicodedata.normalize("NFD", clean(text).casefold()))
    return unicodedata.normalize("NFC", bare.translate(_FOLD)).strip()


def spelling(word: str) -> str:
    """One word in lower case with its tone mark moved to the end, wherever the writer placed it."""
    decomposed = unicodedata.normalize("NFD", clean(word).casefold())
    return _tones.sub("", decomposed) + "".join(_tones.findall(decomposed))


def tokens(text: str) -> list[Token]:
    """The words of `text` in order, with offsets into `text` as it was given (not into a cleaned copy)."""
    return list(iter_tokens(text))


def iter_tokens(text: str) -> Iterator[Token]:
    """Like `tokens`, one at a time."""
    for match in _word.finditer(text):
        word = match[0]
        folded, spelled = _forms(word) if len(word) <= _LONGEST_CACHED_WORD else _compute_forms(word)
        if folded:  # some letters, the Hangul fillers, are invisible
            yield Token(match.start(), match.end(), folded, spelled)


def is_accented(words: list[Token]) -> bool:
    """Whether the writer uses diacritics at all: written Vietnamese marks 3 syllables in 4, phone typists none."""
    return 6 * sum(word.marked for word in words) > len(words)


def _compute_forms(word: str) -> tuple[str, str]:
    return fold(word), spelling(word)


_forms = lru_cache(maxsize=16_384)(_compute_forms)
