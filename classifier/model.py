"""What training found, ready to be used or put on disk: numbers and words, no code."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from classifier.features import VIEWS, Array, Vocabulary
from classifier.risk import NEVER
from classifier.stack import SCORERS
from classifier.suggestion import HEADS

FORMAT = 1
MANIFEST = "model.json"
_DAMAGED = (KeyError, TypeError, ValueError, AttributeError, OSError, EOFError, MemoryError, RecursionError)
_DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error, NotImplementedError)


class ModelRefusedError(ValueError):
    """The files are missing, damaged, changed or made by another program; the message says which."""


@dataclass(frozen=True)
class HeadModel:
    """One head. `codes`: labels in the order of its columns; `gates`: how much a learned point counts, by label;
    `weights`: of the scorers; `leaf`, `family`: least probability of an answer; `suspicion`: code → probability that
    raises its flag."""

    name: str
    codes: tuple[str, ...]
    gates: tuple[float, ...]
    weights: tuple[float, ...]
    leaf: float
    family: float
    suspicion: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """One view of the letters: `weights` (its grams × all labels, float32) and `bias`; heads columns side by side."""

    view: str
    vocabulary: Vocabulary
    weights: Array
    bias: Array


@dataclass(frozen=True)
class Model:
    """`parts`: the learned scorer is their mean; `pairs`: pairs of words that occur, for putting slips right; `about`:
    figures and circumstances, JSON-able."""

    parts: tuple[Part, ...]
    heads: tuple[HeadModel, ...]
    pairs: frozenset[tuple[str, str]]
    about: Mapping[str, Any]

    def columns(self, head: str) -> slice:
        """Where the labels of a head stand in `weights`."""
        start = 0
        for one in self.heads:
            if one.name == head:
                return slice(start, start + len(one.codes))
            start += len(one.codes)
        raise KeyError(head)

    def head(self, name: str) -> HeadModel | None:
        return next((one for one in self.heads if one.name == name), None)


def strictness(model: Model, precisions: Mapping[str, float]) -> Model:
    """The model with thresholds for other precisions than it was made for: those it measured (`limits`) of the next
    stricter one. Beyond the strictest nothing is answered; without measurements its own stay."""
    limits: Mapping[str, Mapping[str, Sequence[float]]] = model.about.get("limits") or {}
    heads = []
    for head in model.heads:
        wanted, known = precisions.get(head.name), limits.get(head.name)
        if wanted is not None and known and abs(wanted - model.about["precision"]) > 1e-9:
            fitting = [float(step) for step in known if float(step) >= wanted - 1e-9]
            leaf, family = known[str(min(fitting))] if fitting else (NEVER, NEVER)
            head = replace(head, leaf=leaf, family=family)
        heads.append(head)
    return replace(model, heads=tuple(heads))


def save(model: Model, folder: Path) -> str:
    """Write the model; returns the SHA-256 of its manifest, by which an office remembers what it installed.

    The arrays lie in a file named after their content, and the manifest that names them is put in place last: whoever
    reads, and whenever the power fails, finds the old model or the new one, whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    arrays = _packed(model)
    manifest = {
        "format": FORMAT,
        "arrays_sha256": hashlib.sha256(arrays).hexdigest(),
        "views": [part.view for part in model.parts],
        "heads": [asdict(head) for head in model.heads],
        "about": dict(model.about),
    }
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=1).encode()
    name = _arrays_name(str(manifest["arrays_sha256"]))
    _write(folder / name, arrays)
    _write(folder / MANIFEST, text)
    for other in folder.glob("model-*.npz"):
        if other.name != name:
            other.unlink(missing_ok=True)
    return hashlib.sha256(text).hexdigest()


def load(folder: Path, sha256: str | None = None) -> Model:
    """Read a model back. `sha256`: of the manifest as installed. Raises ModelRefusedError; never runs what it reads."""
    text = _read(folder / MANIFEST)
    if sha256 is not None and hashlib.sha256(text).hexdigest() != sha256:
        raise ModelRefusedError(f"{MANIFEST} is not the one that was installed")
    try:
        manifest = json.loads(text)
        if manifest["format"] != FORMAT:
            raise ModelRefusedError(f"the model has another format; this program reads format {FORMAT}")
        name = _arrays_name(manifest["arrays_sha256"])
        arrays = _read(folder / name)
        if hashlib.sha256(arrays).hexdigest() != manifest["arrays_sha256"]:
            raise ModelRefusedError(f"{name} was changed after the model was made")
        return _model(manifest, arrays)
    except ModelRefusedError:
        raise
    except (*_DAMAGED, *_DAMAGED_ZIP) as problem:
        raise ModelRefusedError(f"the model cannot be read ({type(problem).__name__})") from problem


def _packed(model: Model) -> bytes:
    held: dict[str, Array] = {"pairs": _bytes("\n".join(" ".join(pair) for pair in sorted(model.pairs)))}
    for part in model.parts:
        held[f"{part.view}_weights"] = part.weights.astype(np.float16)
        held[f"{part.view}_bias"] = part.bias.astype(np.float32)
        held[f"{part.view}_rarity"] = part.vocabulary.rarity.astype(np.float32)
        held[f"{part.view}_grams"] = _bytes("\n".join(part.vocabulary.numbers))
    content = io.BytesIO()
    np.savez_compressed(content, **held)  # type: ignore[arg-type]  # the stubs take its option for an array
    return content.getvalue()


def _model(manifest: Mapping[str, Any], arrays: bytes) -> Model:
    heads = tuple(_head(row) for row in manifest["heads"])
    if len({head.name for head in heads}) != len(heads):
        raise ModelRefusedError("the model answers one question twice")
    with np.load(io.BytesIO(arrays), allow_pickle=False) as held:
        parts = tuple(_part(view, held, sum(len(head.codes) for head in heads)) for view in manifest["views"])
        pairs = [line.split(" ") for line in _text(held["pairs"]).split("\n") if line]
    return Model(parts, heads, frozenset((one, other) for one, other in pairs), dict(manifest["about"]))


def _head(row: Mapping[str, Any]) -> HeadModel:
    head = HeadModel(
        name=row["name"],
        codes=tuple(row["codes"]),
        gates=_numbers(row["gates"]),
        weights=_numbers(row["weights"]),
        leaf=float(row["leaf"]),
        family=float(row["family"]),
        suspicion=dict(zip(row["suspicion"], _numbers(row["suspicion"].values()), strict=True)),
    )
    if head.name not in HEADS:
        raise ModelRefusedError("the model answers a question this program does not ask")
    fitting = len(set(head.codes)) == len(head.codes) == len(head.gates) and len(head.weights) == len(SCORERS)
    if not fitting or not all(isinstance(code, str) for code in head.codes):
        raise ModelRefusedError(f"the model's labels and figures of {head.name} do not fit together")
    if not np.isfinite([*head.gates, *head.weights, *head.suspicion.values(), head.leaf, head.family]).all():
        raise ModelRefusedError(f"a figure of {head.name} is not a number")
    return head


def _part(view: str, held: Mapping[str, Array], labels: int) -> Part:
    if view not in VIEWS:
        raise ModelRefusedError("the model reads letters in a way this program does not know")
    grams = _text(held[f"{view}_grams"]).split("\n") if held[f"{view}_grams"].size else []
    weights, bias, rarity = (held[f"{view}_{name}"] for name in ("weights", "bias", "rarity"))
    if weights.shape != (len(grams), labels) or bias.shape != (labels,) or rarity.shape != (len(grams),):
        raise ModelRefusedError("the model's parts do not fit together")
    if not all(array.dtype.kind == "f" and np.isfinite(array).all() for array in (weights, bias, rarity)):
        raise ModelRefusedError("a weight of the model is not a number")
    numbers = {gram: number for number, gram in enumerate(grams)}
    if len(numbers) != len(grams):
        raise ModelRefusedError("the model knows a word twice")
    return Part(
        view,
        Vocabulary(numbers, rarity.astype(np.float32)),
        weights.astype(np.float32),
        bias.astype(np.float32),
    )


def _numbers(row: Iterable[Any]) -> tuple[float, ...]:
    return tuple(map(float, row))


def _bytes(text: str) -> Array:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _text(array: Array) -> str:
    return array.tobytes().decode()


def _arrays_name(sha256: str) -> str:
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise ModelRefusedError(f"{MANIFEST} does not say which arrays are its own")
    return f"model-{sha256[:16]}.npz"


def _write(path: Path, content: bytes) -> None:
    """Whole and on the disk, or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    with draft.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise ModelRefusedError(f"{path.name} is missing or cannot be read") from problem
