"""Accuracy against temperature and block size: curves, their windows, power laws, data collapse."""

import warnings
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import special
from scipy.interpolate import PchipInterpolator
from scipy.optimize import isotonic_regression
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.validation import check_is_fitted

from .._validation import check_fraction, check_integer, check_temperatures
from ._measurements import check_measurements

_CURVE = ("block_size", "n_blocks", "temperature", "accuracy", "error")


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
    curve = pd.DataFrame(curves, columns=[*_CURVE, "count"])
    return curve if n_resamples is None else (curve, np.array(resamples))


def temperature_window(curve, threshold=0.85, *, n_resamples=200, random_state=None):
    """Find the temperatures between which the accuracy is below a threshold.

    Away from its minimum, on either side, the accuracy is taken to rise: the measured one is
    replaced by the nearest that does (isotonic regression, weighted by the errors), and
    interpolated monotonically (PCHIP). The width of the window closes as l^(-1 / nu) (Eq. 10 of
    Phys. Rev. E 108, 065304 (2023)).

    Parameters
    ----------
    curve : DataFrame
        As from `accuracy_curve`: the columns `block_size`, `n_blocks`, `temperature`, `accuracy`,
        `error`.
    threshold : float, default=0.85
        The accuracy at the ends of the window, between 0 and 1.
    n_resamples : int, default=200
        How often normal noise of the accuracies' errors is added to them, for the errors.
    random_state : int, RandomState instance or None, default=None
        Draws that noise.

    Returns
    -------
    window : DataFrame
        A row for each block size and number of blocks: `block_size`, `n_blocks`, `T_minus`,
        `T_plus`, `width` = T_plus - T_minus, and `T_minus_error`, `T_plus_error`, `width_error`,
        the standard deviations over the resamplings.

    Raises
    ------
    TypeError, ValueError
        If a column is missing or does not hold finite numbers, an error is not above 0, a curve
        has a temperature twice, or a parameter is not as described.

    Warns
    -----
    UserWarning
        If a curve does not reach the threshold on a side; its temperature there is NaN.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from skising.scaling import temperature_window
    >>> T = np.linspace(1.8, 2.8, 21)
    >>> curve = pd.DataFrame({"block_size": 8, "n_blocks": 1, "temperature": T, "error": 0.01,
    ...                       "accuracy": 1 - 0.5 * np.exp(-abs(T - 2.3) / 0.15)})
    >>> window = temperature_window(curve, random_state=0)
    >>> window[["T_minus", "T_plus", "width"]].round(2)
       T_minus  T_plus  width
    0     2.12    2.48   0.36
    """
    check_fraction(threshold, "threshold")
    check_integer(n_resamples, "n_resamples", minimum=2)
    _check_curve(curve)
    rng = check_random_state(random_state)
    found = []
    for (block_size, n_blocks), part in curve.groupby(["block_size", "n_blocks"]):
        T, accuracy, error = _curve_of(part, block_size, n_blocks)
        ends = _window(T, accuracy, error, threshold)
        _warn_unless_closed(ends, T, accuracy, threshold, block_size, n_blocks)
        noise = rng.normal(scale=error, size=(n_resamples, len(T)))
        # Of pandas, since std leaves out what did not reach the threshold.
        spread = pd.DataFrame([_window(T, noisy, error, threshold) for noisy in accuracy + noise])
        spread["width"] = spread[1] - spread[0]
        errors = spread.std().where(np.isfinite([*ends, ends[1] - ends[0]]))
        found.append((block_size, n_blocks, *ends, ends[1] - ends[0], *errors))
    columns = ("T_minus", "T_plus", "width")
    return pd.DataFrame(
        found, columns=["block_size", "n_blocks", *columns, *(f"{name}_error" for name in columns)]
    )


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


def _check_curve(curve):
    missing = [name for name in _CURVE if name not in getattr(curve, "columns", ())]
    if missing:
        raise ValueError(
            f"curve must be a DataFrame with the columns {', '.join(_CURVE)}, as accuracy_curve "
            f"returns it; {', '.join(missing)} missing, got {type(curve).__name__}."
        )


def _curve_of(part, block_size, n_blocks):
    part = part.sort_values("temperature")
    T, accuracy, error = check_measurements(
        positive=("error",), **{name: part[name] for name in ("temperature", "accuracy", "error")}
    )
    if len(np.unique(T)) < len(T):
        twice = T[1:][np.diff(T) == 0][0]
        raise ValueError(
            f"curve holds the temperature {twice:g} twice for block_size {block_size}, n_blocks "
            f"{n_blocks}. Average repeated measurements."
        )
    return T, accuracy, error


def _window(T, accuracy, error, threshold):
    """Return T_minus and T_plus, NaN where the accuracy does not reach the threshold."""
    lowest = int(np.argmin(accuracy))
    weights = error**-2.0
    sides = ((slice(0, lowest + 1), False), (slice(lowest, None), True))
    return tuple(
        _crossing(T[side], accuracy[side], weights[side], threshold, rising)
        for side, rising in sides
    )


def _crossing(T, accuracy, weights, threshold, rising):
    values = isotonic_regression(accuracy, weights=weights, increasing=rising).x
    if not values.min() < threshold < values.max():
        return np.nan
    # A plateau that lies on the threshold gives its first point and a NaN.
    return float(np.nanmean(PchipInterpolator(T, values).solve(threshold, extrapolate=False)))


def _warn_unless_closed(ends, T, accuracy, threshold, block_size, n_blocks):
    lowest = np.argmin(accuracy)
    for end, side, name in zip(ends, ("below", "above"), ("T_minus", "T_plus"), strict=True):
        if np.isnan(end):
            if accuracy[lowest] >= threshold:
                reason = "never falls below it: take a higher threshold, or more temperatures there"
            else:
                reason = f"does not reach it on that side: add temperatures {side} those"
            warnings.warn(
                f"block_size {block_size}, n_blocks {n_blocks}: no crossing of threshold "
                f"{threshold:g} {side} the minimum of the accuracy, {accuracy[lowest]:.3g} at "
                f"T = {T[lowest]:g}, for temperatures from {T[0]:g} to {T[-1]:g}. The accuracy "
                f"{reason}. {name} is NaN.",
                stacklevel=3,
            )
