"""What would follow from a change of the catalogue, in numbers: asked before it is made. Counts only, no letter is
shown: administrators read none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count

from classifier.text import fold
from feedback.models import Case

LATELY = 500  # newest letters a new keyword is tried on
REPLIED = timedelta(days=30)


def open_by(head: str) -> dict[str, int]:
    """Code of a topic, issue or procedure → open letters that carry it. One query."""
    rows = (
        Case.objects.open().exclude(**{head: None}).order_by().values_list(head).annotate(number=Count("pk"))
    )
    return dict(rows)


def open_with(head: str, code: str) -> int:
    return Case.objects.open().filter(**{head: code}).count()


def found_in(words: Iterable[str]) -> dict[str, int]:
    """Word → in how many of the newest letters it stands, accents and case forgiven; sealed ones left out."""
    folded = {word: fold(word) for word in words}
    if not folded:
        return {}
    texts = list(
        Case.objects.filter(sealed=False).order_by("-pk").values_list("search_text", flat=True)[:LATELY]
    )
    return {word: sum(plain in text for text in texts) for word, plain in folded.items()}


def fitting(topic: str | None, issue: str | None, kind: str | None) -> int:
    """Open letters a reply template for these labels is offered for."""
    cases = Case.objects.open()
    for head, code in (("topic", topic), ("issue", issue), ("kind", kind)):
        if code:
            cases = cases.filter(**{head: code})
    return cases.count()


def received_lately(at: datetime) -> int:
    """Letters of the last thirty days: what a share of them comes to is told beside the share."""
    return Case.objects.filter(received_at__gte=at - REPLIED).count()
