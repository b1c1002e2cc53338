"""From labelled letters to a model: one regression for all heads, then a fitted, calibrated stack for each.

Each letter is learned from as the mean of what was written and of what a phone would have made of it; what the
catalogue says of each label, as short letters of their own. Everything that is fitted on top (weights, thresholds) uses
scores of both variants as if the letter had not been learned from.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from classifier import linear, stack
from classifier.evaluation import Letter
from classifier.features import VIEWS, Array, Vocabulary
from classifier.labels import Label, Taxonomy
from classifier.model import HeadModel, Model, Part
from classifier.noise import phone
from classifier.reading import Reader, Reading, usual_shorthand
from classifier.risk import threshold
from classifier.scoring import LEARNED, HeadScorer, gates_of
from classifier.suggestion import HEADS
from classifier.text import fold, tokens

PENALTY = 0.5
PHRASES = 6  # of the catalogue that are learned from as if they were one short letter
AT_LEAST = 2  # letters in which a word must stand to be learned
PRECISION = 0.95  # of what is answered; a manager may ask for more
# What it may be changed to without training anew.
STEPS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.999)
UNTAUGHT_SURE = 0.8  # least probability of an answer while nothing was measured
RECALL = 0.95  # of guarded kinds, phone letters too: a missed denunciation costs more than a false alarm
VARIANTS: tuple[Callable[[str], str], ...] = (lambda text: text, phone)


@dataclass(frozen=True)
class HeldOut:
    """Of one head: probabilities (rows × labels) of letters as if not learned from, and their true labels."""

    codes: tuple[str, ...]
    chances: Array
    truths: Array


def train(
    taxonomy: Taxonomy,
    letters: Sequence[Letter],
    *,
    shorthand: Mapping[str, tuple[str, ...]] | None = None,
    precision: float = PRECISION,
) -> Model:
    """Learn every head for which `letters` have labels. Labels the taxonomy does not know are left out.

    Deterministic: the same letters in the same order give the same model.
    """
    began = time.perf_counter()
    labels = {name: _known(getattr(taxonomy, name + "s"), letters, name) for name in HEADS}
    written = usual_shorthand() if shorthand is None else shorthand
    plain = [Reader(written).read(letter.text) for letter in letters]
    pairs = pairs_of(plain)
    scorers = {name: HeadScorer(known, _used(letters, name)) for name, known in labels.items() if known}
    readings, groups = _variants(plain, Reader(written, pairs))
    targets = _targets(letters, scorers)[groups]
    many = len(letters) > linear.AT_ONCE
    if not many:
        lessons, answers = _lessons(scorers, targets.shape[1])
        readings, targets = readings + lessons, np.vstack([targets, answers])
        groups = np.concatenate([groups, np.full(len(lessons), linear.GIVEN)])
    fits = [_part(view, readings, targets, groups) for view in (VIEWS if many else ("words",))]
    rows = fits[0][1].rows
    learned = np.mean([fitted.scores for _, fitted in fits], axis=0)
    heads, held = _heads(letters, [readings[row] for row in rows], groups[rows], scorers, learned, precision)
    about = {
        "letters": len(letters),
        "taxonomy": taxonomy.fingerprint(),
        "precision": precision,
        "seconds": round(time.perf_counter() - began, 2),
        "held_out": {name: figures(one, len(letters)) for name, one in held.items()},
        "limits": {name: limits(scorers[name], one) for name, one in held.items()},
    }
    return Model(tuple(part for part, _ in fits), heads, pairs, about)


def _part(
    view: str, readings: Sequence[Reading], targets: Array, groups: Array
) -> tuple[Part, linear.Fitted]:
    features = [VIEWS[view](reading.words, reading.accented) for reading in readings]
    _, once = np.unique(groups, return_index=True)
    plain = [*once[groups[once] != linear.GIVEN], *np.flatnonzero(groups == linear.GIVEN)]
    vocabulary = Vocabulary.of((features[row] for row in plain), AT_LEAST)
    fitted = linear.fit(vocabulary.matrix(features), targets, groups, PENALTY)
    return Part(view, vocabulary, fitted.weights, fitted.bias), fitted


def untaught(taxonomy: Taxonomy) -> Model:
    """The model of an office that has no labelled letter yet: the catalogue's words alone."""
    scorers = {
        name: HeadScorer(getattr(taxonomy, name + "s")) for name in HEADS if getattr(taxonomy, name + "s")
    }
    heads = tuple(
        HeadModel(
            name=name,
            codes=scorer.codes,
            gates=(0.0,) * len(scorer.codes),
            weights=tuple(map(float, stack.UNTAUGHT)),
            leaf=UNTAUGHT_SURE,
            family=UNTAUGHT_SURE,
        )
        for name, scorer in scorers.items()
    )
    return Model((), heads, frozenset(), {"letters": 0, "taxonomy": taxonomy.fingerprint()})


def pairs_of(readings: Sequence[Reading]) -> frozenset[tuple[str, str]]:
    """Neighbouring words that stand in two letters or more."""
    seen = Counter[tuple[str, str]]()
    for reading in readings:
        words = [word.folded for word in reading.words]
        seen.update(set(pairwise(words)))
    return frozenset(pair for pair, times in seen.items() if times >= AT_LEAST)


def _known(labels: Sequence[Label], letters: Sequence[Letter], head: str) -> tuple[Label, ...]:
    return tuple(labels) if any(letter.labels.get(head) for letter in letters) else ()


def _used(letters: Sequence[Letter], head: str) -> set[str]:
    return {letter.labels[head] for letter in letters if head in letter.labels}


def _variants(plain: Sequence[Reading], reader: Reader) -> tuple[list[Reading], Array]:
    """(readings, number of the letter of each): all as written first. Of very many letters a copy without accents is
    learned from instead of the phone's, where there were any."""
    readings = [reader.put_right(reading) for reading in plain]
    numbers = list(range(len(plain)))
    few = len(plain) <= linear.AT_ONCE
    for change in VARIANTS[1:] if few else (fold,):
        for number, reading in enumerate(plain):
            if few or reading.accented:
                readings.append(reader.read(change(reading.text)))
                numbers.append(number)
    return readings, np.array(numbers)


def _lessons(scorers: Mapping[str, HeadScorer], columns: int) -> tuple[list[Reading], Array]:
    """What the catalogue says of each label as short letters about nothing else: (readings, targets)."""
    readings, targets, start = [], [], 0
    for scorer in scorers.values():
        for number, code in enumerate(scorer.codes):
            for text in scorer.labels[code].sayings(PHRASES):
                target = np.full(columns, np.nan, dtype=np.float32)
                target[start : start + len(scorer.codes)] = 0.0
                target[start + number] = 1.0
                readings.append(Reading(text, tokens(text), True))
                targets.append(target)
        start += len(scorer.codes)
    return readings, np.array(targets, dtype=np.float32).reshape(-1, columns)


def _targets(letters: Sequence[Letter], scorers: Mapping[str, HeadScorer]) -> Array:
    """Letters × labels of all heads: 1 where the label is true, not a number where nobody said."""
    parts = []
    for name, scorer in scorers.items():
        part = np.full((len(letters), len(scorer.codes)), np.nan, dtype=np.float32)
        for row, letter in enumerate(letters):
            if (number := scorer.numbers.get(letter.labels.get(name, ""))) is not None:
                part[row] = 0.0
                part[row, number] = 1.0
        parts.append(part)
    return np.hstack(parts)


def _heads(
    letters: Sequence[Letter],
    readings: Sequence[Reading],
    origin: Array,
    scorers: Mapping[str, HeadScorer],
    learned: Array,
    precision: float,
) -> tuple[tuple[HeadModel, ...], dict[str, HeldOut]]:
    heads: dict[str, HeadModel] = {}
    held: dict[str, HeldOut] = {}
    implied: list[dict[str, float]] | None = None
    starts = dict(zip(scorers, np.cumsum([0, *(len(s.codes) for s in scorers.values())]), strict=False))
    for name in sorted(scorers, key=lambda head: head == "kind"):  # the kind hears what the issue says
        scorer = scorers[name]
        gates = _gates(letters, scorer, name)
        column = starts[name]
        hints = implied if name == "kind" and implied else [None] * len(readings)
        scores = np.stack([scorer.read(r, hint).matrix for r, hint in zip(readings, hints, strict=True)])
        scores[:, :, LEARNED:] = scorer.learned(learned[:, column : column + len(scorer.codes)], gates)
        truths = np.array([scorer.numbers.get(letters[i].labels.get(name, ""), -1) for i in origin])
        weights = stack.fit(scores[truths >= 0], truths[truths >= 0])
        chances = stack.probabilities(scores, weights)
        if name == "issue":
            implied = [scorer.implied_by(row) for row in chances]
        held[name] = HeldOut(scorer.codes, chances[truths >= 0], truths[truths >= 0])
        heads[name] = _head(name, scorer, gates, weights, held[name], precision)
    return tuple(heads[name] for name in scorers), held


def _gates(letters: Sequence[Letter], scorer: HeadScorer, name: str) -> Array:
    if len(letters) > linear.AT_ONCE:  # a machine for every label is not shy of the rare ones
        return np.ones(len(scorer.codes))
    counts = Counter(letter.labels.get(name) for letter in letters)
    shares = np.array([counts[code] for code in scorer.codes]) / max(
        sum(counts[code] for code in scorer.codes), 1
    )
    return gates_of(shares)


def _head(
    name: str, scorer: HeadScorer, gates: Array, weights: Array, held: HeldOut, precision: float
) -> HeadModel:
    leaf, family = _limits(scorer, held, precision)
    return HeadModel(
        name=name,
        codes=scorer.codes,
        gates=tuple(round(float(gate), 4) for gate in gates),
        weights=tuple(round(float(weight), 4) for weight in weights),
        leaf=leaf,
        family=family,
        suspicion=_suspicion(scorer, held),
    )


def limits(scorer: HeadScorer, held: HeldOut) -> dict[str, tuple[float, float]]:
    """Precision that may be asked for → least probability of an answer, and of one that stops at the family."""
    return {str(step): _limits(scorer, held, step) for step in STEPS}


def _limits(scorer: HeadScorer, held: HeldOut, precision: float) -> tuple[float, float]:
    parent = {code: scorer.parents[code] or code for code in scorer.codes}
    names, numbers = np.unique(np.array([parent[code] for code in scorer.codes]), return_inverse=True)
    sums = np.zeros((len(held.chances), len(names)))
    np.add.at(sums.T, numbers, held.chances.T)
    right = held.chances.argmax(axis=1) == held.truths
    family_right = sums.argmax(axis=1) == numbers[held.truths]
    return (
        threshold(held.chances.max(axis=1), right, precision),
        threshold(sums.max(axis=1), family_right, precision),
    )


def _suspicion(scorer: HeadScorer, held: HeldOut) -> dict[str, float]:
    """For labels with a flag: the probability above which RECALL of their letters lie."""
    found = {}
    for number, code in enumerate(scorer.codes):
        own = np.sort(held.chances[held.truths == number, number])
        if scorer.labels[code].flag and len(own):
            found[code] = round(float(own[int((1 - RECALL) * len(own))]), 4)
    return found


def figures(held: HeldOut, letters: int) -> dict[str, float]:
    """Accuracy, share within the first three, and mean log-probability, over every variant."""
    if not len(held.truths):
        return {}
    best = held.chances.argmax(axis=1)
    true = held.chances[np.arange(len(held.truths)), held.truths]
    third = np.sort(held.chances, axis=1)[:, -3] if held.chances.shape[1] >= 3 else np.zeros(len(true))
    return {
        "accuracy": round(float((best == held.truths).mean()), 4),
        "top3": round(float((true >= third).mean()), 4),
        "log_likelihood": round(float(np.log(np.maximum(true, 1e-12)).mean()), 4),
    }
