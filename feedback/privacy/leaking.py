"""The last check before something goes out: does any known secret still stand in the public text?"""

from __future__ import annotations

import re
from collections.abc import Iterable

from feedback.privacy.folding import Folded
from feedback.privacy.numbers import digit_runs

# Shorter secrets ("An", "12") stand in every text; comparing them would cry wolf and be switched off.
MIN_LETTERS = 5
MIN_DIGITS = 6
# From here on letters are also compared without blanks and dots: "nguyenvanan" in a mail address.
MIN_SQUEEZED = 9
_DATE = re.compile(
    r"(?<!\d)(\d{1,2})(?: ?[/.\-] ?|,? thang )(\d{1,2})(?: ?[/.\-] ?|,? nam )((?:19|20)\d\d)(?!\d)"
)
_ISO_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)-(\d{1,2})-(\d{1,2})(?!\d)")


def leaks(public_text: str, secrets: Iterable[str]) -> list[str]:
    """Those of `secrets` that `public_text` still gives away, in their order, each once.

    Letters are compared folded; numbers by their digits however they are spaced, spelled or prefixed (+84 / 0);
    dates by their day. Secrets with under 5 letters or 6 digits are not looked for.
    """
    public = _Public(public_text)
    return [secret for secret in dict.fromkeys(secrets) if public.gives_away(secret)]


class _Public:
    """A public text prepared once for many comparisons."""

    def __init__(self, text: str) -> None:
        lower = Folded(text).lower
        self._spaced = f" {_spaced(lower)} "
        self._squeezed = self._spaced.replace(" ", "")
        # A blank between runs keeps two neighbouring numbers from becoming a third.
        self._numbers = " ".join(digit_runs(lower))
        self._dates = _dates(lower)

    def gives_away(self, secret: str) -> bool:
        lower = Folded(secret).lower
        dates = _dates(lower)
        if dates:
            return bool(dates & self._dates)
        spaced = _spaced(lower)
        letters = sum(c.isalpha() for c in spaced)
        digits = "".join(c for c in spaced if c.isdecimal())
        if len(digits) >= MIN_DIGITS and len(digits) > letters and _national(digits) in self._numbers:
            return True
        if letters + len(digits) < MIN_LETTERS or (not letters and len(digits) < MIN_DIGITS):
            return False
        squeezed = spaced.replace(" ", "")
        return f" {spaced} " in self._spaced or (len(squeezed) >= MIN_SQUEEZED and squeezed in self._squeezed)


def _spaced(lower: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", lower))


def _national(digits: str) -> str:
    """A phone number without its +84 or 0, which are interchangeable; other numbers as they are."""
    match = re.fullmatch(r"(?:0084|84|0)([235789]\d{8,9})", digits)
    return match.group(1) if match else digits


def _dates(lower: str) -> set[tuple[int, int, int]]:
    found = {(int(d), int(m), int(y)) for d, m, y in _DATE.findall(lower)}
    return found | {(int(d), int(m), int(y)) for y, m, d in _ISO_DATE.findall(lower)}
