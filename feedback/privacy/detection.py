"""All detectors together, in offsets of the original text."""

from __future__ import annotations

from feedback.privacy import addresses, codes, names, numbers
from feedback.privacy.folding import Folded
from feedback.privacy.spans import Span, merged


def detect(text: str) -> list[Span]:
    """Personal data found in `text`: sorted, non-overlapping spans with offsets in the original string.

    Linear in the length of the text: 100,000 characters take well under two seconds whatever they are.
    """
    folded = Folded(text)
    found = [*codes.find(folded), *numbers.find(folded), *addresses.find(folded), *names.find(folded)]
    # A mark shared by two neighbours belongs to the first.
    return merged(Span(*folded.place(hit.start, hit.end), kind=hit.kind, reason=hit.reason) for hit in found)
