"""Clean letters made to look like letters from a phone: no accents, slips of the finger, shorthand. Repeatable."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from classifier.reading import usual_shorthand
from classifier.text import fold

_NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "g": "fh", "h": "gj", "i": "uo", "k": "jl", "l": "k",
    "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb",
    "x": "zc", "y": "tu",
}  # fmt: skip
_word = re.compile(r"\w+")


@lru_cache(maxsize=1)
def _short_forms() -> tuple[re.Pattern[str], Mapping[str, Sequence[str]]]:
    """Folded words and phrases and how they are shortened; the pattern finds the longest first."""
    found: dict[str, list[str]] = {}
    for sign, words in usual_shorthand().items():
        if fold(sign) == sign:  # written without accents it must be the same sign still
            found.setdefault(" ".join(words), []).append(sign)
    longest = sorted(found, key=lambda phrase: (-len(phrase), phrase))
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest))})\b"), found


def typos(text: str, dice: random.Random, rate: float = 0.08) -> str:
    """About one word in twelve with a letter swapped, dropped, doubled or hit beside."""
    return _word.sub(lambda word: _slip(word[0], dice) if dice.random() < rate else word[0], text)


def _slip(word: str, dice: random.Random) -> str:
    if len(word) < 3 or word.isdigit():
        return word
    at = dice.randrange(len(word) - 1)
    kind = dice.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[: at + 1] + word[at] + word[at + 1 :]
    beside = dice.choice(_NEIGHBOURS.get(fold(word[at]) or " ", word[at]))
    return word[:at] + beside + word[at + 1 :]


def shortened(text: str, dice: random.Random, rate: float = 0.5) -> str:
    """Without accents, many usual words as shorthand."""
    pattern, signs = _short_forms()
    return pattern.sub(
        lambda found: dice.choice(signs[found[0]]) if dice.random() < rate else found[0], fold(text)
    )


def phone(text: str, seed: int = 0) -> str:
    """Typos and shorthand together; the same letter and seed give the same text, however its accents are encoded."""
    dice = random.Random(f"{seed}:{fold(text)}")  # noqa: S311 - noise, not secrets
    return typos(shortened(text, dice), dice)


NOISES: Mapping[str, Callable[[str], str]] = {"no accents": fold, "typos + teencode": phone}
