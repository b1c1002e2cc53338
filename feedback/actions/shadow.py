"""Shadow mode: a challenger reads new letters silently beside the champion, so that people can compare first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

import classifier
from classifier import ModelRefusedError
from classifier.suggestion import HEADS
from feedback.actions.engine import engine_of
from feedback.actions.examples import examples
from feedback.models import Case, ModelVersion, ShadowGuess

AT_ONCE = 200  # letters a minute: half a second of a worker's time


def read_silently(at: datetime) -> int:
    """The worker's chore: let the challengers in shadow mode read the letters that came since; returns how many were
    read. Sealed ones are left out, as everywhere in learning."""
    return sum(_read(row, at) for row in ModelVersion.objects.exclude(shadow_after=None))


def _read(row: ModelVersion, at: datetime) -> int:
    done = ShadowGuess.objects.filter(model=row, case=OuterRef("pk"))
    cases = Case.objects.filter(~Exists(done), pk__gt=row.shadow_after, sealed=False).order_by("pk")
    letters = list(cases.values_list("pk", "text")[:AT_ONCE])
    if not letters:
        return 0
    try:
        engine = engine_of(row)
    except ModelRefusedError:
        ModelVersion.objects.filter(pk=row.pk).update(state=ModelVersion.State.REFUSED, shadow_after=None)
        return 0
    guesses = [
        ShadowGuess(model=row, case_id=pk, data=_essence(engine.suggest(text)), at=at) for pk, text in letters
    ]
    ShadowGuess.objects.bulk_create(
        guesses, ignore_conflicts=True
    )  # another worker may read the same letters
    return len(guesses)


def _essence(suggestion: classifier.Suggestion) -> dict[str, Any]:
    return {
        head.name: {"code": head.best, "probability": head.confidence, "abstained": head.abstained}
        for head in suggestion.heads
    }


@dataclass(frozen=True)
class Beside:
    """One head of the letters that people have labelled meanwhile: how many, and how many answers each model gave and
    how many of them were right."""

    letters: int
    champion_answered: int
    champion_right: int
    challenger_answered: int
    challenger_right: int


def beside_champion(row: ModelVersion) -> dict[str, Beside]:
    """Head → how a challenger in shadow mode would have done beside the model that was in use."""
    guesses = dict(ShadowGuess.objects.filter(model=row).values_list("case_id", "data"))
    counts: dict[str, Counter[str]] = {head: Counter() for head in HEADS}
    for example in examples() if guesses else ():
        if example.case_id not in guesses:
            continue
        for head, true in example.labels.items():
            said, guess = example.said.get(head), guesses[example.case_id][head]
            other = None if guess["abstained"] else guess["code"]
            counts[head].update(
                letters=1,
                champion_answered=said is not None,
                champion_right=said == true,
                challenger_answered=other is not None,
                challenger_right=other == true,
            )
    return {
        head: Beside(**{name: one[name] for name in Beside.__dataclass_fields__})
        for head, one in counts.items()
    }
