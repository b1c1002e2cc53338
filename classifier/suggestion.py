"""What an engine answers: for each head up to three guesses, how sure it is, and the words that made it think so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

HEADS = ("topic", "issue", "kind")


@dataclass(frozen=True, slots=True)
class Evidence:
    """`word` is `text[start:end]` exactly as the citizen wrote it; it spoke for `code` with `weight` (> 0)."""

    word: str
    start: int
    end: int
    code: str
    weight: float


@dataclass(frozen=True, slots=True)
class Guess:
    """A label's code and its probability in [0, 1]."""

    code: str
    probability: float


@dataclass(frozen=True, slots=True)
class Head:
    """One question answered: at most three guesses, likeliest first; a parent code means "somewhere below this".

    `confidence` is the first guess's probability (0.0 without guesses). `abstained` means: a person decides.
    """

    name: str
    guesses: tuple[Guess, ...] = ()
    confidence: float = 0.0
    abstained: bool = True
    evidence: tuple[Evidence, ...] = ()

    @property
    def best(self) -> str | None:
        """The first guess's code, abstained or not."""
        return self.guesses[0].code if self.guesses else None

    @property
    def answer(self) -> str | None:
        """The code the engine stands by; None when it abstained."""
        return None if self.abstained else self.best

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Head:
        """The inverse of `dataclasses.asdict`, also for what JSON made of it."""
        return cls(
            name=data["name"],
            guesses=tuple(Guess(**guess) for guess in data["guesses"]),
            confidence=data["confidence"],
            abstained=data["abstained"],
            evidence=tuple(Evidence(**evidence) for evidence in data["evidence"]),
        )


@dataclass(frozen=True, slots=True)
class Suggestion:
    """All heads of one letter. `flags`: e.g. "suspected_denunciation", "suspected_complaint", "urgent", "spam".

    How the letter read, by which an office sees that people begin to write differently: its number of `words`, how many
    of them are `unknown` to the model, and whether they are `accented`.
    """

    engine: str
    version: str
    topic: Head
    issue: Head
    kind: Head
    flags: tuple[str, ...] = ()
    words: int = 0
    unknown: int = 0
    accented: bool = True

    @property
    def heads(self) -> tuple[Head, Head, Head]:
        """Topic, issue, kind."""
        return self.topic, self.issue, self.kind

    def as_dict(self) -> dict[str, Any]:
        """Only dicts, lists, strings, numbers and booleans: ready for a JSON column."""
        data = asdict(self)
        for name in HEADS:
            data[name]["guesses"] = list(data[name]["guesses"])
            data[name]["evidence"] = list(data[name]["evidence"])
        return data | {"flags": list(self.flags)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Suggestion:
        """The inverse of `as_dict`. Raises KeyError when a field is missing that every stored suggestion has."""
        topic, issue, kind = (Head.from_dict(data[name]) for name in HEADS)
        return cls(
            engine=data["engine"],
            version=data["version"],
            topic=topic,
            issue=issue,
            kind=kind,
            flags=tuple(data["flags"]),
            words=data.get("words", 0),
            unknown=data.get("unknown", 0),
            accented=data.get("accented", True),
        )


class Engine(Protocol):
    """Text in, suggestion out. `suggest` accepts any string, of any length, and never raises."""

    name: str
    version: str

    def suggest(self, text: str) -> Suggestion: ...
