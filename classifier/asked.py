"""What somebody at the command line asks for: an engine, and which of its heads answer which fields of the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.evaluation import Letter
from classifier.files import BUILT_IN, InputError, label_in, labels_of, rows, starter_letters, taxonomy_from
from classifier.labels import Taxonomy
from classifier.registry import TAUGHT, get_engine
from classifier.suggestion import HEADS, Engine


@dataclass(frozen=True)
class Wish:
    """The options. `labels`: a file or "starter"; `fields`: empty for "topic", or with `every_head` for all heads."""

    taxonomy: str | None = None
    labels: str | None = None
    engine: str | None = None
    model: Path | None = None
    text_field: str = "text"
    fields: tuple[str, ...] = ()
    every_head: bool = False


@dataclass(frozen=True)
class Asked:
    """`fields`: head → the rows' field with its label; `notes`: what the user should know, a sentence each."""

    engine: Engine
    taxonomy: Taxonomy
    fields: Mapping[str, str]
    notes: tuple[str, ...] = ()

    def codes(self, head: str) -> tuple[str, ...]:
        """Every label of a head."""
        return tuple(label.code for label in getattr(self.taxonomy, head + "s"))


def ask(wish: Wish) -> Asked:
    """Make the engine, training it when there are labels. Raises InputError, TaxonomyError, ModelRefusedError or
    OSError."""
    if not wish.taxonomy and not wish.labels:
        raise InputError("give a --taxonomy, or --labels to learn from, or both")
    if wish.engine and (wish.labels or not wish.taxonomy):
        raise InputError("an --engine is ready made: it takes a --taxonomy and no --labels")
    if wish.model and wish.engine not in TAUGHT:
        raise InputError(f"only --engine {' or '.join(TAUGHT)} reads a --model")
    whole = taxonomy_from(wish.taxonomy) if wish.taxonomy else None
    fields = _fields(wish, whole)
    if wish.engine and whole is not None:
        engine = get_engine(wish.engine, whole, model=wish.model)
        return Asked(engine, whole, fields)
    letters, notes = _letters(wish, fields if whole is None else _read_with(fields, whole))
    taxonomy = labels_of(letters) if whole is None else _narrowed(whole, fields)
    letters, unknown = _known(letters, taxonomy)
    if wish.labels and not all(any(head in letter.labels for letter in letters) for head in fields):
        raise InputError(f"{wish.labels}: none of its labels stands in the taxonomy")
    return Asked(_engine(taxonomy, letters), taxonomy, fields, (*notes, *unknown))


def _engine(taxonomy: Taxonomy, letters: Sequence[Letter]) -> Engine:
    from classifier.engines.learned import LearnedEngine
    from classifier.training import train, untaught  # scikit-learn is under it, and --help does not need that

    return LearnedEngine(taxonomy, train(taxonomy, letters) if letters else untaught(taxonomy))


def _fields(wish: Wish, whole: Taxonomy | None) -> dict[str, str]:
    """Fields named like heads of the catalogue are answered by these; any one other name is answered by the topics."""
    own = [head for head in HEADS if whole is not None and getattr(whole, head + "s")]
    fields = wish.fields or tuple(own if wish.every_head and own else ("topic",))
    if all(field in own for field in fields):
        return {field: field for field in fields}
    if len(fields) > 1:
        raise InputError(
            f"several fields at once can only be {', '.join(own or HEADS)} of a catalogue that has them"
        )
    return {"topic": fields[0]}


def _read_with(fields: Mapping[str, str], whole: Taxonomy) -> dict[str, str]:
    """The fields worth reading: the issue of a letter also speaks for its kind."""
    return dict(fields) | ({"issue": "issue"} if "kind" in fields and whole.issues else {})


def _narrowed(whole: Taxonomy, fields: Mapping[str, str]) -> Taxonomy:
    heads = _read_with(fields, whole)
    topics, issues, kinds = (getattr(whole, head + "s") if head in heads else () for head in HEADS)
    return Taxonomy(topics, issues, kinds, whole.signals)


def _letters(wish: Wish, fields: Mapping[str, str]) -> tuple[list[Letter], list[str]]:
    """Letters that have at least one of the labels, and how many had none."""
    if not wish.labels:
        return [], []
    if wish.labels == BUILT_IN:
        read = [
            Letter(
                one.text, {head: one.labels[field] for head, field in fields.items() if field in one.labels}
            )
            for one in starter_letters()
        ]
    else:
        read = [letter_of(row, wish.text_field, fields) for row in rows(Path(wish.labels), wish.text_field)]
    letters = [letter for letter in read if letter.labels]
    if not letters:
        raise InputError(f"{wish.labels}: no row has the field {' or '.join(map(repr, fields.values()))}")
    bare = len(read) - len(letters)
    return letters, [
        f"{bare} of {len(read)} rows of {wish.labels} have no label: not learned from"
    ] if bare else []


def letter_of(row: dict[str, object], text_field: str, fields: Mapping[str, str]) -> Letter:
    """A row as a letter under the names of the engine's heads."""
    said = {head: label_in(row, field) for head, field in fields.items()}
    return Letter(str(row[text_field]), {head: label for head, label in said.items() if label is not None})


def _known(letters: Sequence[Letter], taxonomy: Taxonomy) -> tuple[list[Letter], list[str]]:
    """The letters without labels the catalogue does not have: a slip in a label must not become a label."""
    codes = {head: {label.code for label in getattr(taxonomy, head + "s")} for head in HEADS}
    kept, strange = [], set()
    for letter in letters:
        labels = {head: code for head, code in letter.labels.items() if code in codes[head]}
        strange |= {code for code in letter.labels.values() if code not in labels.values()}
        if labels:
            kept.append(Letter(letter.text, labels))
    if not strange:
        return kept, []
    some = ", ".join(sorted(strange)[:5]) + (", …" if len(strange) > 5 else "")
    return kept, [f"labels the taxonomy does not have were not learned from: {some}"]
