"""The learned scorer: ridge regression of "is it this label?" on words and pairs.

Chosen over logistic regression and a linear SVM on our own letters (docs/classifier.md has the figures): better at few
examples, solved in one step for every label of every head at once, and with the score each letter would get *had it
not been learned from* in closed form, so that calibration needs no second training. Many letters go to a linear SVM.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from classifier.features import Array

AT_ONCE = 8_000  # letters up to which the kernel matrix (256 MB as float32) is solved directly
WEIGHED = (
    1_500  # letters scored as if not learned from: more take time, and change nothing that is fitted on them
)
_AT_A_TIME = 1_000  # rows
COST = 0.5  # of a mistake of the machine; 1.0 was measured worse
GIVEN = -1  # group of rows that are no letters: learned from, never scored
HELD_OUT = 17  # of very many letters every 17th is set aside for calibration


@dataclass(frozen=True)
class Fitted:
    """`weights` (grams × labels, float32), `bias` (labels); `rows`: which rows have scores as if not learned from, and
    those `scores` (rows × labels)."""

    weights: Array
    bias: Array
    rows: Array
    scores: Array


def fit(matrix: sparse.csr_matrix, targets: Array, groups: Array, penalty: float) -> Fitted:
    """Learn `targets` (rows × labels, float32; several heads side by side).

    A target that is not a number is unknown: it is taken for the label's share of the letters, and pulls nowhere.
    `groups` (int by row): rows of one letter, its variants; none of them counts for the held-out score of another.
    Rows of the group GIVEN are learned from one by one, and have no score of their own. Scored are all rows of about
    WEIGHED letters, spread over all of them.
    """
    letters = np.unique(groups[groups != GIVEN])
    step = max(1, round(len(letters) / WEIGHED))
    if len(letters) <= AT_ONCE:
        bias = _shares(targets[groups != GIVEN])
        rows = np.flatnonzero(np.isin(groups, letters[::step]))
        weights, scores = _directly(matrix, np.nan_to_num(targets - bias), groups, penalty, rows)
        return Fitted(weights, bias, rows, scores + bias)
    held = np.isin(groups, letters[:: max(step, HELD_OUT)])
    before, level = _one_by_one(matrix[~held], targets[~held], COST)
    weights, bias = _one_by_one(
        matrix, targets, COST
    )  # what was set aside for calibration is learned from as well
    return Fitted(weights, bias, np.flatnonzero(held), matrix[held] @ before + level)


def _shares(targets: Array) -> Array:
    """Of each label among the rows where it is known; 0 where it never is."""
    known = np.maximum((~np.isnan(targets)).sum(axis=0), 1)
    return (np.nansum(targets, axis=0, dtype=np.float64) / known).astype(np.float32)


def _directly(
    matrix: sparse.csr_matrix, targets: Array, groups: Array, penalty: float, rows: Array
) -> tuple[Array, Array]:
    """(weights, scores of `rows`). Solved in the space of the letters, each the mean of its variants; the score of a
    variant is the one it would get with its letter left out (leave-one-out of kernel ridge regression, in closed form).
    """
    units, means = _means(groups)
    letters, known = means @ matrix, means @ targets
    kernel = (letters @ letters.T).toarray()
    kernel[np.diag_indices_from(kernel)] += penalty
    factor = linalg.cholesky(kernel, lower=True, overwrite_a=True, check_finite=False)
    inverse, failed = linalg.lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed:
        raise ArithmeticError("the letters cannot be told apart; is the penalty zero?")
    inverse += np.tril(inverse, -1).T
    duals = inverse @ known
    weights = np.asarray(letters.T @ duals, dtype=np.float32)
    scores = matrix[rows] @ weights
    for start in range(0, len(rows), _AT_A_TIME):
        some = slice(start, start + _AT_A_TIME)
        own = units[rows[some]]
        near = (matrix[rows[some]] @ letters.T).toarray()
        share = np.einsum("ru,ru->r", near, inverse[own]) / inverse[own, own]
        scores[some] -= share[:, None] * duals[own]
    return weights, scores


def _means(groups: Array) -> tuple[Array, sparse.csr_matrix]:
    """(number of each row's letter, the matrix that turns rows into the means of their letters)."""
    given = groups == GIVEN
    alone = np.where(given, np.arange(len(groups)) + groups.max(initial=0) + 1, groups)
    _, units, sizes = np.unique(alone, return_inverse=True, return_counts=True)
    cells = (1 / sizes[units]).astype(np.float32), (units, np.arange(len(groups)))
    return units, sparse.csr_matrix(cells, shape=(len(sizes), len(groups)))


def _one_by_one(matrix: sparse.csr_matrix, targets: Array, cost: float) -> tuple[Array, Array]:
    """A linear SVM for every label (liblinear, Fan et al. 2008): where the letters are too many for one kernel it was
    measured better and ten times faster than the regression. Returns (weights, bias)."""
    from sklearn.svm import LinearSVC  # a second to import, and only training needs it

    weights = np.zeros((matrix.shape[1], targets.shape[1]), dtype=np.float32)
    bias = np.full(targets.shape[1], -1.0, dtype=np.float32)

    def learn(number: int) -> None:
        answers = targets[:, number] > 0
        if answers.any() and not answers.all():
            machine = LinearSVC(C=cost, random_state=0).fit(matrix, answers)
            weights[:, number], bias[number] = machine.coef_[0], machine.intercept_[0]

    with ThreadPoolExecutor(os.cpu_count()) as hands:  # liblinear works without holding the interpreter
        list(hands.map(learn, range(targets.shape[1])))
    return weights, bias
