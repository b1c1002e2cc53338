"""Personal data in letters: finding it, showing a text without it, and checking that none came through.

Plain Python. Recall first: a staff member confirms what is found before anything is published, and a false
alarm costs a click while a miss costs a citizen's privacy. The original text is never changed; a redaction is
a view over it.
"""

from __future__ import annotations

from feedback.privacy.detection import detect
from feedback.privacy.leaking import leaks
from feedback.privacy.spans import KINDS, LABELS_EN, LABELS_VI, Span, redact

__all__ = ["KINDS", "LABELS_EN", "LABELS_VI", "Span", "detect", "leaks", "redact"]
