"""Two texts word by word: what was taken out, what was put in."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

_TOKEN = re.compile(r"\S+\s*|\s+")


def changes(old: str, new: str) -> list[tuple[str, str]]:
    """(“same” | “ins” | “del”, text) from the old version to the new one, word by word."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    result: list[tuple[str, str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            result.append(("same", "".join(before[a:b])))
            continue
        result += [("del", "".join(before[a:b]))] if b > a else []
        result += [("ins", "".join(after[c:d]))] if d > c else []
    return result
