"""Letters that may say the same thing: a simple comparison of folded words, for a person to judge."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz, process

from feedback.models import Case, User
from feedback.web.desk.base import case_url
from feedback.web.words import shortened

CANDIDATES = 200  # newest open letters of the same topic or unit; 200 letters of 1,000 characters took 8 ms
# Of 100. Four letters restated in other words (one without accents) scored 90 to 93; of the 18,721 pairs of different
# letters in tests/classifier/development_letters.jsonl the most alike scored 74.5.
ALIKE = 75
COMPARED = 2_000  # characters: the matter stands in the first page, and long letters must not slow the page


@dataclass(frozen=True)
class Alike:
    """A letter that resembles the one at hand."""

    reference: str
    url: str
    excerpt: str
    percent: int


def likely_duplicates(case: Case, user: User, limit: int = 5) -> list[Alike]:
    """Open letters this person may see, most alike first. Sealed letters are never compared. One query."""
    if case.sealed:
        return []
    cases = Case.objects.visible_to(user).open().filter(sealed=False).exclude(pk=case.pk)
    cases = cases.filter(topic=case.topic_id) if case.topic_id else cases.filter(unit=case.unit_id)
    rows = list(cases.order_by("-received_at", "-pk")[:CANDIDATES])
    texts = [row.search_text[:COMPARED] for row in rows]
    found = process.extract(
        case.search_text[:COMPARED], texts, scorer=fuzz.token_set_ratio, limit=limit, score_cutoff=ALIKE
    )
    return [
        Alike(rows[place].reference, case_url(rows[place]), shortened(rows[place].text), round(score))
        for _text, score, place in found
    ]
