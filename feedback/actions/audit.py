"""The random audit: a few letters the classifier sorted by itself are looked at by a person, without delaying any.

Which letters: a fixed share, drawn by a fingerprint of the letter's random salt and its reference. Nobody chooses, and
anybody with the database can draw again and find the same ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from classifier.suggestion import HEADS
from feedback.actions.spine import Work
from feedback.models import Suggestion, User, catalogue
from feedback.models.quality import AuditSample


def drawn(salt: str, reference: str, percent: float) -> bool:
    """Does the lot fall on this letter? For `percent` of all letters it does."""
    lot = hashlib.sha256(f"audit:{salt}:{reference}".encode()).digest()
    return int.from_bytes(lot[:8], "big") < percent / 100 * 2**64


def draw(suggestion: Suggestion, *, percent: float) -> AuditSample | None:
    """Put the letter into the sample, once, if the lot falls on it. Only for letters that went on by themselves."""
    case = suggestion.case
    if not suggestion.alone or not drawn(case.salt, case.reference, percent):
        return None
    return AuditSample.objects.create(case=case, suggestion=suggestion, drawn_at=suggestion.created_at)


def may_check(user: User | None, handler_id: int | None) -> bool:
    """Those who sort letters, and managers; not on a letter they handle themselves."""
    if user is None or user.pk == handler_id:
        return False
    return user.scope().triage or user.scope().manager


def check(work: Work) -> None:
    """Within `classify`: the labels a person confirmed or corrected, held against what the classifier had answered."""
    case, user = work.case, work.actor.user
    if not may_check(user, case.handler_id):
        return
    sample = AuditSample.objects.select_related("suggestion").filter(case=case, checked_at=None).first()
    if sample is None:
        return
    labels = {"topic": case.topic_id, "issue": case.issue_id, "kind": case.kind_id}
    for head, right in verdicts(sample.suggestion.data, labels).items():
        setattr(sample, f"{head}_right", right)
    sample.checked_at, sample.checked_by = work.at, user
    sample.save()


def verdicts(data: Mapping[str, Any], labels: Mapping[str, str | None]) -> dict[str, bool | None]:
    """Head → whether its answer was right; None where it had none. A family is right for each of its members."""
    book = catalogue()
    parents = {code: row.parent_id for rows in (book.topics, book.issues) for code, row in rows.items()}
    found: dict[str, bool | None] = {}
    for head in HEADS:
        said = data[head]
        answer = said["guesses"][0]["code"] if said["guesses"] and not said["abstained"] else None
        true = labels[head]
        found[head] = answer in (true, parents.get(true or "")) if answer else None
    return found
