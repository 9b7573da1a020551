"""Accuracy of phase classification against temperature and block size."""

import math
from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special
from sklearn.utils import column_or_1d

from .._numbers import as_array
from .._typing import LatticesLike, RandomState
from .._validation import check_integer, check_random_state, check_temperatures
from ._ensemble import add_training, draw_networks
from ._estimators import check_classifiers, check_networks_differ
from ._grouping import (
    check_lengths,
    draw_groups,
    group_lattices,
    resampled_means,
    variance_of_mean,
)

# The columns that analyses and displays of a curve need.
CURVE_COLUMNS = ("block_size", "n_blocks", "temperature", "accuracy", "error")


@overload
def accuracy_curve(
    estimator: Any,
    X: LatticesLike,
    y: ArrayLike,
    temperature: ArrayLike,
    *,
    n_blocks: int | Sequence[int | None] | None = 1,
    bins: int | ArrayLike | None = None,
    groups: ArrayLike | None = None,
    n_resamples: None = None,
    random_state: RandomState = None,
) -> pd.DataFrame: ...


@overload
def accuracy_curve(
    estimator: Any,
    X: LatticesLike,
    y: ArrayLike,
    temperature: ArrayLike,
    *,
    n_blocks: int | Sequence[int | None] | None = 1,
    bins: int | ArrayLike | None = None,
    groups: ArrayLike | None = None,
    n_resamples: int,
    random_state: RandomState = None,
) -> tuple[pd.DataFrame, NDArray[np.float64]]: ...


def accuracy_curve(
    estimator: Any,
    X: LatticesLike,
    y: ArrayLike,
    temperature: ArrayLike,
    *,
    n_blocks: int | Sequence[int | None] | None = 1,
    bins: int | ArrayLike | None = None,
    groups: ArrayLike | None = None,
    n_resamples: int | None = None,
    random_state: RandomState = None,
) -> pd.DataFrame | tuple[pd.DataFrame, NDArray[np.float64]]:
    """Measure the accuracy of a phase classification at each temperature, with its error.

    Parameters
    ----------
    estimator : BlockAveragingClassifier, or list or dict of them
        Fitted to two classes. Classifiers of different block sizes l give a curve each. Several of
        one block size, which differ in their `random_state` or their training data, are averaged,
        and the errors include the training. The keys of a dict are ignored. A search, such as
        `GridSearchCV`, stands for its best estimator.
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1, in any form that the estimators predict. Each temperature, or
        bin, needs two or more lattices. They must be independent, or have `groups`.
    y : array-like of shape (n_samples,)
        The true class of each lattice.
    temperature : array-like of shape (n_samples,)
        The temperature of each lattice, in units of J / k_B. Temperatures that differ by less than
        one part in 10^12 differ by rounding, and are taken to be equal.
    n_blocks : int, None, or sequence of these, default=1
        The number of blocks that one classification averages over: 1 gives the accuracy of a single
        block, None that of the whole lattice. The blocks of a lattice are divided at random into
        groups of `n_blocks`, and each group gives one answer. Each number of a sequence gives one
        curve.
    bins : int or array-like of shape (n_bins + 1,), default=None
        For lattices whose temperatures are all different. Lattices in one bin are taken together,
        at their mean temperature. An int is the number of bins of equal width; a sequence gives
        their edges, ascending. A bin includes its lower edge, and the last one its upper edge, too.
        Bins without a lattice give no row. None takes lattices of equal temperature together.
    groups : array-like of shape (n_samples,), default=None
        Labels, such as ``make_ising(...).chain``. The errors assume that lattices of different
        groups are independent, and those of one group at one temperature may be correlated. None
        assumes that all lattices are independent.
    n_resamples : int, default=None
        If given, also return the accuracies of this many bootstrap samples of the lattices, for
        ``DataCollapse.fit(..., resamples=1 - resamples)``.
    random_state : int, RandomState instance or None, default=None
        Divides the blocks into groups and draws the bootstrap samples.

    Returns
    -------
    curve : DataFrame
        One row for each block size, number of blocks and temperature, nested in this order: block
        sizes and numbers of blocks as they were given, temperatures ascending. Columns:
        `block_size`; `n_blocks`, for the whole lattice the number of all its blocks; `temperature`;
        `accuracy`, the mean over lattices of the fraction of right answers; `error`, its standard
        error; `count`, the number of lattices at this temperature or in this bin. With several
        classifiers of one block size, the column `training_error` is the standard error of their
        mean, and `error` includes it; it is NaN for a block size with a single classifier.
    resamples : ndarray of shape (len(curve), n_resamples)
        Returned if `n_resamples` is given. Whole lattices, or all lattices of a group, are drawn
        with replacement at each temperature. All block sizes use the same draws, because their
        accuracies on the same lattices are correlated. Several classifiers of one block size are
        drawn with replacement, too.

    Raises
    ------
    NotFittedError
        If an estimator is not fitted.
    TypeError, ValueError
        If an estimator is not a classifier of two classes, an argument is not as described, lengths
        differ, a temperature has lattices of fewer than two groups, or a lattice has fewer blocks
        than `n_blocks`.

    Notes
    -----
    Answers from one lattice are correlated. The error is therefore the standard error of the mean
    over lattices, s / count^(1/2). With `groups` it is that of a mean over G groups,
    (G / (G - 1) sum_g r_g^2)^(1/2) / count, where r_g is the sum over a group of the deviations
    from the mean. This would be 0 where all lattices agree, as at an accuracy of 1, so the error is
    never below that of N independent answers, (p (1 - p) / (N + 1))^(1/2), where
    p = (n_right + 1/2) / (N + 1) (the Jeffreys prior). Of blocks that overlap, because l does not
    divide the size of the lattice or because of the estimator's `stride`, N counts as many as fit
    beside each other.

    Examples
    --------
    >>> from skising import BlockAveragingClassifier, make_ising
    >>> from skising.scaling import accuracy_curve
    >>> ising = make_ising(60, 16, temperatures=[1.5, 2.3, 3.5], target="phase", random_state=0)
    >>> model = BlockAveragingClassifier(8, descriptor="pair", max_epochs=2, random_state=0)
    >>> model = model.fit(ising.data, ising.target)
    >>> curve = accuracy_curve(model, ising.data, ising.target, ising.temperature)
    >>> curve[["block_size", "temperature", "count"]]
       block_size  temperature  count
    0           8          1.5     20
    1           8          2.3     20
    2           8          3.5     20
    """
    of_size = check_classifiers(estimator)
    group_sizes = _check_group_sizes(n_blocks)
    if n_resamples is not None:
        n_resamples = check_integer(n_resamples, "n_resamples", minimum=2)
    y, temperature = (
        column_or_1d(as_array(y, "y"), warn=True),
        check_temperatures(temperature, "temperature"),
    )
    check_lengths(X, y=y, temperature=temperature)
    rows, labels = group_lattices(X, temperature, bins, groups)
    rng = check_random_state(random_state)
    n_sites = math.prod((X if hasattr(X, "shape") else np.asarray(X)).shape[1:])
    draws = draw_groups(rows, labels, n_resamples or 0, rng)
    curves: list[tuple[Any, ...]] = []
    resamples, training = [], []
    for size, models in of_size.items():
        in_second = [_is_in_second_class(model, y) for model in models]
        votes = [_votes(model, X) for model in models]
        check_networks_differ(votes, size)
        n_all, networks = votes[0].shape[1], draw_networks(len(models), n_resamples or 0, rng)
        for k in dict.fromkeys(n_all if k is None else k for k in group_sizes):
            _check_enough_blocks(k, n_all, size)
            scores = np.array(
                [_fractions_right(*model, k, rng) for model in zip(votes, in_second, strict=True)]
            )
            n_answers = max(1, min(n_all, n_sites // size**2) // k)
            first, average = len(curves), scores.mean(axis=0)
            for (t, row), draw in zip(rows.items(), draws, strict=True):
                error = _accuracy_error(average[row], labels[row], n_answers)
                curves.append((size, k, t, average[row].mean(), error, len(row)))
                resamples.append(resampled_means(average[row], labels[row], draw))
            means = np.stack([scores[:, row].mean(axis=1) for row in rows.values()], axis=1)
            training.append((np.arange(first, len(curves)), means, networks))
    curve, resampled = pd.DataFrame(curves, columns=[*CURVE_COLUMNS, "count"]), np.array(resamples)
    add_training(curve, resampled, training)
    return curve if n_resamples is None else (curve, resampled)


def _check_group_sizes(n_blocks):
    """Return the numbers of blocks per answer as a list of int and None."""
    group_sizes = list(n_blocks) if np.iterable(n_blocks) else [n_blocks]
    if not group_sizes:
        raise ValueError("n_blocks is an empty sequence; give at least one number of blocks.")
    return [
        k
        if k is None
        else check_integer(k, "n_blocks", minimum=1, hint="None is the whole lattice.")
        for k in group_sizes
    ]


def _is_in_second_class(model, y):
    """Return True for the lattices whose true class is the second of `model.classes_`."""
    if not np.isin(y, model.classes_).all():
        wrong = y[~np.isin(y, model.classes_)][0]
        raise ValueError(
            f"y must hold the classes that the estimator was fitted to, {model.classes_.tolist()}; "
            f"got {wrong!r}."
        )
    return y == model.classes_[1]


def _votes(model, X):
    """Return the vote of each block (n_samples, n_blocks): a number above 0 for the second class.

    The sign of the average vote is the estimator's own answer. Votes are therefore probabilities
    less 1/2 where the estimator averages probabilities, and logits where it averages logits.
    """
    probabilities = model.predict_blocks(X)
    probabilities = probabilities.reshape(len(probabilities), -1)
    if getattr(model, "pooling", "probability") == "probability":
        return probabilities - 0.5
    eps = np.finfo(np.float64).epsneg
    return special.logit(np.clip(probabilities, eps, 1 - eps))


def _check_enough_blocks(n_blocks, n_all, block_size):
    if n_blocks > n_all:
        raise ValueError(
            f"n_blocks must not exceed the number of blocks in a lattice, {n_all} of block_size "
            f"{block_size}; got {n_blocks}. Give larger lattices, or None for the whole lattice."
        )


def _fractions_right(votes, in_second, n_blocks, rng):
    """Return the fraction of right answers of each lattice (n_samples,)."""
    n_used = votes.shape[1] // n_blocks * n_blocks
    if 1 < n_blocks < votes.shape[1]:
        votes = np.stack([rng.permutation(row)[:n_used] for row in votes])
    averages = votes.reshape(len(votes), -1, n_blocks).mean(axis=2)
    return ((averages > 0) == in_second[:, np.newaxis]).mean(axis=1)


def _accuracy_error(scores, groups, n_answers):
    """Return the standard error of the mean score of lattices.

    Each lattice has `n_answers` answers whose blocks do not overlap.
    """
    n = len(scores) * n_answers
    p = (scores.sum() * n_answers + 0.5) / (n + 1)
    return np.sqrt(max(variance_of_mean(scores, groups), p * (1 - p) / (n + 1)))
