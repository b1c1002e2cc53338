"""Letters and answers like this one: published answers to read or to start from, open letters about the same matter."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from feedback.models import Case, Publication, User
from feedback.querysets import CaseQuerySet, PublicationQuerySet
from feedback.reports.shelf import COMPARED, Shelf

CANDIDATES = 30  # the index's first proposals, of which some may not be shown to this person
COMPARED_AT_MOST = 12  # of those that may; twelve letters are compared word by word in 4 ms

# Measured with tests/classifier/development_letters.jsonl and classifier/starter (1,544 letters, 1.2 million pairs).
# Likeness from which two letters may be one matter: of letters sent again with a sentence missing, the rest in another
# order, another opening, slips and shorthand, 998 of 1,000 reach it; of the pairs of different letters 23 do.
ALIKE = 0.30
# The same of letters sorted under different topics: "the appointment has passed by three weeks" is written in the same
# words about birth certificates and criminal records (0.42), so only what is copied counts.
COPIED = 0.60
# An answer offered to a citizen: the topic was right for 89 of 100 answers above, for 66 of 100 above 0.15.
WORTH_READING = 0.18
# To an officer, who judges: the topic was right for 61 of 100 above. Better a weak one than an empty page.
WORTH_A_LOOK = 0.12


@dataclass(frozen=True)
class Alike:
    """An open letter that may be about the same matter. `percent`: its likeness; `words`: what both say."""

    case: Case
    percent: int
    words: tuple[str, ...]


@dataclass(frozen=True)
class Answered:
    """A published answer to a question like this one."""

    publication: Publication
    percent: int
    words: tuple[str, ...]


def duplicates_of(case: Case, user: User, most: int = 5) -> list[Alike]:
    """Open letters this person may see that are like this one, likest first. Sealed letters are never compared, neither
    this one nor the others. One query, and another when the log is looked at."""
    if case.sealed or not (numbers := _OPEN.nearest(_letter(case), CANDIDATES)):
        return []
    seen = _comparable().visible_to(user).exclude(pk=case.pk).filter(pk__in=numbers)
    order = {number: place for place, number in enumerate(numbers)}
    rows = sorted(seen, key=lambda row: order[row.pk])[:COMPARED_AT_MOST]
    likenesses = _OPEN.compare(_letter(case), [_letter(row) for row in rows])
    found = [
        Alike(row, round(100 * like.value), like.words)
        for row, like in zip(rows, likenesses, strict=True)
        if like.value >= _least(case, row)
    ]
    return sorted(found, key=lambda alike: -alike.percent)[:most]


def answers_like(text: str, most: int = 3, least: float = WORTH_READING) -> list[Answered]:
    """Published answers whose question or answer is like `text`, likest first. One query, and another when the log is
    looked at. Nothing of `text` is kept."""
    numbers = _PUBLISHED.nearest(text, CANDIDATES)
    if not numbers:
        return []
    order = {number: place for place, number in enumerate(numbers)}
    found = Publication.objects.published().filter(case__in=numbers)
    rows = sorted(found, key=lambda row: order[row.case_id])[:COMPARED_AT_MOST]
    # A long answer to a short question would thin it out: each is compared by itself, and the better one counts.
    asked = _PUBLISHED.compare(text, [f"{row.title}\n{row.question}" for row in rows])
    told = _PUBLISHED.compare(text, [f"{row.title}\n{row.answer}" for row in rows])
    best = [max(pair, key=lambda like: like.value) for pair in zip(asked, told, strict=True)]
    alike = [
        Answered(row, round(100 * like.value), like.words)
        for row, like in zip(rows, best, strict=True)
        if like.value >= least
    ]
    return sorted(alike, key=lambda answer: -answer.percent)[:most]


def _least(case: Case, other: Case) -> float:
    sorted_apart = case.topic_id and other.topic_id and case.topic_id != other.topic_id
    return COPIED if sorted_apart else ALIKE


def _letter(case: Case) -> str:
    """What is compared: a dossier code is as telling as a rare word."""
    return f"{case.dossier_code} {case.text}"


def _comparable() -> CaseQuerySet:
    return Case.objects.open().filter(sealed=False)


def _open_letters(numbers: Collection[int] | None) -> Iterator[tuple[int, str]]:
    rows = _comparable().only("pk", "dossier_code", "text")
    rows = rows.order_by("-pk") if numbers is None else rows.filter(pk__in=numbers)
    return ((row.pk, _letter(row)) for row in rows.iterator(chunk_size=500))


def _published_texts(numbers: Collection[int] | None) -> Iterator[tuple[int, str]]:
    rows: PublicationQuerySet = Publication.objects.published().only("case", "title", "question", "answer")
    rows = rows.order_by("-pk") if numbers is None else rows.filter(case__in=numbers)
    for row in rows.iterator(chunk_size=500):
        question = row.question[: COMPARED // 2]  # so that a long one leaves room for the answer
        yield row.case_id, f"{row.title}\n{question}\n{row.answer}"


_OPEN = Shelf(_open_letters)
_PUBLISHED = Shelf(_published_texts, verbs=("publish",))
SHELVES = (_OPEN, _PUBLISHED)
