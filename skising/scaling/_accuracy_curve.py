"""Accuracy of phase classification against temperature and block size."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import special
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.validation import check_is_fitted

from .._validation import check_integer, check_temperatures

CURVE_COLUMNS = ("block_size", "n_blocks", "temperature", "accuracy", "error")


def accuracy_curve(
    estimator, X, y, temperature, *, n_blocks=1, n_resamples=None, random_state=None
):
    """Accuracy of a phase classification at each temperature, with its error.

    Parameters
    ----------
    estimator : BlockAveragingClassifier, or list or dict of them
        Fitted to two classes, each with another block size l. Of a dict the values are taken.
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1, as the estimators predict them; two lattices or more at each
        temperature, independent of one another.
    y : array-like of shape (n_samples,)
        The right class of each lattice.
    temperature : array-like of shape (n_samples,)
        The temperature of each lattice.
    n_blocks : int, None, or sequence of these, default=1
        How many blocks a classification sees. 1 is the accuracy of a single window, None that of
        the whole lattice. A lattice's blocks are dealt at random into groups of `n_blocks`; each
        group, by its average, gives one answer. Of a sequence, each gives a curve.
    n_resamples : int, default=None
        If given, also return the accuracies of this many bootstraps over lattices, for
        ``DataCollapse.fit(..., resamples=1 - resamples)``.
    random_state : int, RandomState instance or None, default=None
        Deals the blocks and draws the bootstraps.

    Returns
    -------
    curve : DataFrame
        A row for each block size, number of blocks and temperature, in this order, with the columns
        `block_size`; `n_blocks` (of the whole lattice, their number); `temperature`; `accuracy`,
        the mean over lattices of the fraction of right answers; `error`, its standard error;
        `count`, the lattices at this temperature.
    resamples : ndarray of shape (len(curve), n_resamples)
        With `n_resamples`. Whole lattices are drawn, with replacement, within each temperature, and
        the same for all block sizes, whose accuracies on the same lattices are correlated.

    Raises
    ------
    NotFittedError
        If an estimator is not fitted.
    TypeError, ValueError
        If an estimator is no classifier of two classes, an argument is not as described, lengths
        differ, or a lattice has fewer blocks than `n_blocks`.

    Notes
    -----
    The answers from one lattice are not independent, so that the error is the one from lattice to
    lattice, s / count^(1/2). It is 0 if all lattices agree, as at an accuracy of 1; then, and
    wherever this is larger, it is that of N independent answers, (p (1 - p) / (N + 1))^(1/2), with
    half an answer added to the right ones and to the wrong ones in p (Jeffreys).

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
    estimators = _check_estimators(estimator)
    numbers = _check_numbers(n_blocks)
    if n_resamples is not None:
        check_integer(n_resamples, "n_resamples", minimum=2)
    y, temperature = column_or_1d(y, warn=True), check_temperatures(temperature, "temperature")
    rows = _rows_by_temperature(X, y, temperature)
    rng = check_random_state(random_state)
    draws = [rng.randint(len(row), size=(n_resamples or 0, len(row))) for row in rows.values()]
    curves, resamples = [], []
    for model in estimators:
        right, answers = _right_class(model, y), _answers(model, X)
        n_all = answers.shape[1]
        for k in dict.fromkeys(n_all if k is None else k for k in numbers):
            _check_enough_blocks(k, n_all, model.block_size_)
            scores, n_answers = _scores(answers, right, k, rng), n_all // k
            for (t, row), draw in zip(rows.items(), draws, strict=True):
                error = _standard_error(scores[row], n_answers)
                mean = scores[row].mean()
                curves.append((model.block_size_, k, t, mean, error, len(row)))
                resamples.append(scores[row][draw].mean(axis=1))
    curve = pd.DataFrame(curves, columns=[*CURVE_COLUMNS, "count"])
    return curve if n_resamples is None else (curve, np.array(resamples))


def _check_estimators(estimator):
    if isinstance(estimator, Mapping):
        estimator = list(estimator.values())
    estimators = list(estimator) if isinstance(estimator, (list, tuple)) else [estimator]
    for model in estimators:
        if not hasattr(model, "predict_blocks") or isinstance(model, type):
            raise TypeError(
                "estimator must be a fitted BlockAveragingClassifier, or a list or dict of them; "
                f"got {model!r}."
            )
        check_is_fitted(model)
        classes = getattr(model, "classes_", ())
        if len(classes) != 2:
            raise ValueError(
                "estimator must be a classifier of two classes, for the accuracy of a phase "
                f"classification; got {type(model).__name__} with {len(classes)} classes."
            )
    sizes = [model.block_size_ for model in estimators]
    if not sizes or len(set(sizes)) < len(sizes):
        raise ValueError(
            f"estimator must hold one classifier for each block size; got block sizes {sizes}."
        )
    return estimators


def _check_numbers(n_blocks):
    """Return the numbers of blocks as a list of int and None."""
    numbers = list(n_blocks) if np.iterable(n_blocks) else [n_blocks]
    if not numbers:
        raise ValueError("n_blocks is an empty sequence; give one number of blocks at least.")
    return [
        k
        if k is None
        else check_integer(k, "n_blocks", minimum=1, hint="None is the whole lattice.")
        for k in numbers
    ]


def _rows_by_temperature(X, y, temperature):
    """Return the rows of each temperature, coldest first."""
    lengths = (X.shape[0] if hasattr(X, "shape") else len(X)), len(y), len(temperature)
    if len(set(lengths)) > 1:
        raise ValueError(
            "X, y and temperature must have one row for each lattice; got {}, {} and {}.".format(
                *lengths
            )
        )
    rows = {float(t): np.flatnonzero(temperature == t) for t in np.unique(temperature)}
    for t, row in rows.items():
        if len(row) < 2:
            raise ValueError(
                f"temperature {t:g} has a single lattice, from which no error can be told: X needs "
                "two or more at each temperature."
            )
    return rows


def _right_class(model, y):
    if not np.isin(y, model.classes_).all():
        wrong = y[~np.isin(y, model.classes_)][0]
        raise ValueError(
            f"y must hold the classes that the estimator was fitted to, {model.classes_.tolist()}; "
            f"got {wrong!r}."
        )
    return y == model.classes_[1]


def _answers(model, X):
    """Return (n_samples, n_blocks) of which the sign of an average is a group's answer.

    As the estimator pools: probabilities, from 1/2 on, or logits.
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
            f"n_blocks must not be above the number of blocks in a lattice, {n_all} of block_size "
            f"{block_size}; got {n_blocks}. Give larger lattices, or None for the whole lattice."
        )


def _scores(values, right, n_blocks, rng):
    """Return the fraction of right answers of each lattice (n_samples,)."""
    n_used = values.shape[1] // n_blocks * n_blocks
    if 1 < n_blocks < values.shape[1]:
        values = np.stack([rng.permutation(row)[:n_used] for row in values])
    averages = values.reshape(len(values), -1, n_blocks).mean(axis=2)
    return ((averages > 0) == right[:, np.newaxis]).mean(axis=1)


def _standard_error(scores, n_answers):
    n = len(scores) * n_answers
    p = (scores.sum() * n_answers + 0.5) / (n + 1)
    return np.sqrt(max(scores.var(ddof=1) / len(scores), p * (1 - p) / (n + 1)))
