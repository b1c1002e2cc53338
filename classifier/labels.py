"""The catalogue as the classifier sees it: codes, names and the words that speak for them. No units, no law."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any


class TaxonomyError(ValueError):
    """The catalogue cannot be used; the message names the label and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Label:
    """One thing a letter can be about. `parent` is a code of the same list, or None at the top.

    `flag` names the warning raised at the first suspicion of this label ("" = none); `implies` is the code of the kind
    a letter with this issue usually is ("" = says nothing).
    """

    code: str
    name: str
    description: str = ""
    keywords: tuple[str, ...] = ()
    parent: str | None = None
    flag: str = ""
    implies: str = ""

    def sayings(self, at_once: int) -> Iterator[str]:
        """Name and description, then the keywords, `at_once` or fewer in a text, each text a bit of all of them."""
        yield f"{self.name} . {self.description}"
        texts = -(-len(self.keywords) // at_once)
        for first in range(texts):
            yield " . ".join(self.keywords[first::texts])


@dataclass(frozen=True)
class Taxonomy:
    """The labels of every head, and `signals`: warnings that go with a letter whatever its labels are."""

    topics: tuple[Label, ...]
    issues: tuple[Label, ...]
    kinds: tuple[Label, ...]
    signals: tuple[Label, ...] = field(default=())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Taxonomy:
        """Build from the catalogue's shape (see `feedback/catalogue/taxonomy.yaml`); unknown keys are ignored.

        Raises TaxonomyError for a label without code or name, or a code that stands twice in one list.
        """
        heads = {
            name: tuple(_labels(data.get(name) or ())) for name in ("topics", "issues", "kinds", "signals")
        }
        for name, labels in heads.items():
            codes = [label.code for label in labels]
            if twice := {code for code in codes if codes.count(code) > 1}:
                raise TaxonomyError(f"{name}: {', '.join(sorted(twice))} stands more than once")
        return cls(**heads)

    @cached_property
    def _fingerprint(self) -> str:
        canonical = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    def fingerprint(self) -> str:
        """16 hexadecimal digits that change whenever any word of the catalogue changes."""
        return self._fingerprint


def _labels(rows: Iterable[Mapping[str, Any]], parent: Mapping[str, Any] | None = None) -> Iterable[Label]:
    for row in rows:
        try:
            code, name = str(row["code"]), str(row.get("name_vi") or row["name"])
        except KeyError as missing:
            raise TaxonomyError(f"label {row.get('code', '?')} has no {missing.args[0]}") from missing
        inherited = parent.get("implies", "") if parent else ""
        yield Label(
            code=code,
            name=name,
            description=str(row.get("description") or ""),
            keywords=tuple(map(str, row.get("keywords") or row.get("cues") or ())),
            parent=str(parent["code"]) if parent else None,
            flag=str(row.get("flag") or ""),
            implies=str(row.get("implies") or inherited),
        )
        yield from _labels(row.get("children") or (), row)
