"""What people taught the classifier: every letter whose labels a member of staff confirmed or corrected.

Read from the log each time; the words stay in the case and nothing is copied. Sealed letters are left out: what is kept
from colleagues is not read for another purpose either, and a model remembers words. Withdrawn letters stay: their
labels are as true as before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from classifier.evaluation import Letter
from classifier.suggestion import HEADS
from feedback import privacy
from feedback.models import CaseEvent, Suggestion

MOST = 50_000  # newest letters that are learned from: some years of a province, and a training of minutes
_NAMELESS = {"other": ""}


@dataclass(frozen=True)
class Example:
    """A letter and what a person said it is. `labels`: head → code; `said`: what the engine had answered, where it did;
    `engine`: which engine that was, "" when none."""

    case_id: int
    text: str
    labels: dict[str, str]
    by_id: int
    at: datetime
    engine: str
    said: dict[str, str]

    @property
    def corrected(self) -> bool:
        """Something the engine had answered was wrong."""
        return any(self.labels.get(head) != code for head, code in self.said.items())

    def letter(self) -> Letter:
        return Letter(self.text, self.labels)


def confirmations() -> Q:
    """Events in which a person said what a letter is."""
    return Q(verb="classify", actor__isnull=False)


def examples(limit: int = MOST) -> Iterator[Example]:
    """The newest `limit`, newest first; of each case its latest confirmation."""
    last = CaseEvent.objects.filter(confirmations(), case=OuterRef("case")).order_by("-seq").values("seq")[:1]
    proposal = Suggestion.objects.filter(case=OuterRef("case"), created_at__lte=OuterRef("at")).order_by(
        "-pk"
    )
    rows = (
        CaseEvent.objects.filter(confirmations(), case__sealed=False, seq=Subquery(last))
        .annotate(
            engine=Subquery(proposal.values("engine_version")[:1]), said=Subquery(proposal.values("data")[:1])
        )
        .values_list("case_id", "case__text", "internal", "actor_id", "at", "engine", "said")
        .order_by("-pk")[:limit]
    )
    for case_id, text, internal, by_id, at, engine, said in rows.iterator(chunk_size=500):
        labels = {head: code for head in HEADS if (code := internal.get(head))}
        yield Example(case_id, text, labels, by_id, at, engine or "", _answers(said or {}))


def _answers(said: dict[str, Any]) -> dict[str, str]:
    """What the engine stood by."""
    heads = {head: said[head] for head in HEADS if head in said}
    return {
        head: one["guesses"][0]["code"]
        for head, one in heads.items()
        if one["guesses"] and not one["abstained"]
    }


def nameless(text: str) -> str:
    """The text without what looks like personal data: a model remembers words, and a name is not one it needs."""
    return privacy.redact(text, privacy.detect(text), _NAMELESS)


def shareable(example: Example, number: int) -> dict[str, str]:
    """The example as a row that may leave the office: hidden names, no reference, the day without the hour."""
    text = privacy.redact(example.text, privacy.detect(example.text))
    day = timezone.localtime(example.at).date().isoformat()
    return {"id": str(number), "text": text, **example.labels, "confirmed_on": day, "engine": example.engine}
