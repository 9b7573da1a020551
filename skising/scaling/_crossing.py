"""Where the curves of several sizes cross: an estimate of the critical temperature."""

import warnings
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from .._typing import RandomState
from .._validation import check_columns, check_integer, check_positive, check_random_state
from ._checks import check_measurements, check_resamples
from ._local_crossing import Curve, PairFit

# Of the resampled curves, at least, must cross for an error.
_FEWEST_CROSSINGS = 0.9

_FEWEST_PAIRS = 3


class Crossing(NamedTuple):
    """Where the curves of several sizes cross; see `crossing`.

    Attributes
    ----------
    temperature, error : float
        The crossing of the two largest sizes, or its limit for infinite size if an exponent was
        given, and its standard error.
    pairs : DataFrame
        The crossing of each pair of neighbouring sizes.
    p_value : float
        Probability of a chi-square of the extrapolation at least as large as the found one, if
        the assumed power law holds; NaN without extrapolation.
    """

    temperature: float
    error: float
    pairs: pd.DataFrame
    p_value: float


def crossing(
    curve: pd.DataFrame,
    resamples: ArrayLike | None = None,
    *,
    value: str = "value",
    size: str = "size",
    exponent: float | None = None,
    n_resamples: int = 200,
    random_state: RandomState = None,
) -> Crossing:
    """Find the temperature at which the curves of several sizes cross.

    A quantity without dimension, such as a Binder cumulant, xi / L, or the probability of a phase
    in a block, does not depend on the size at the critical temperature, but for corrections that
    decrease with the size.

    Parameters
    ----------
    curve : DataFrame
        The columns `temperature`, `error`, `value` and `size`, as from `observable_curve` and
        `order_curve`. Each size needs several temperatures on both sides of the crossing; those of
        different sizes may differ.
    resamples : array-like of shape (len(curve), n_resamples), default=None
        Values of resampled raw data, from the second return value of `observable_curve` or
        `order_curve`. The errors then include correlations between the curves, such as those of
        several block sizes on the same lattices. None draws independent normal noise of standard
        deviation `error` for each row.
    value, size : str, default="value", "size"
        The columns that hold the values and the sizes: ``value="probability",
        size="block_size"`` for `order_curve`.
    exponent : float, default=None
        If given, the crossings of neighbouring sizes are extrapolated by
        ``T + A size^(-exponent)``, where the size of a pair is its geometric mean. It needs three
        pairs or more, with about the same ratio of sizes. See Notes.
    n_resamples : int, default=200
        How often the fits are repeated with noise, if there are no `resamples`.
    random_state : int, RandomState instance or None, default=None
        Draws the noise.

    Returns
    -------
    result : Crossing
        A named tuple of `temperature`, its standard `error`, `pairs` and `p_value`. `temperature`
        is the crossing of the two largest sizes, or the extrapolated one if `exponent` is given.
        `pairs` is a DataFrame with a row for each pair of neighbouring sizes, ascending, and the
        columns `size_1`, `size_2`, `temperature`, `error`, `value`, the common value of both
        curves there, and `value_error`.

    Raises
    ------
    TypeError, ValueError
        If a column is missing or does not hold finite numbers, an error or a size is not above 0,
        a size has a temperature twice, there is a single size, or fewer than four sizes for
        `exponent`.

    Warns
    -----
    UserWarning
        If a pair has no crossing, or several. Its row is NaN, and the warning says why. So is the
        result, if it depends on the pair.

    See Also
    --------
    DataCollapse : Critical temperature and exponents from all temperatures together.

    Notes
    -----
    Far from the crossing both curves may be flat, so that their noise crosses. Therefore the sign
    of the difference is first determined from all temperatures together: a change of sign counts
    where at least two neighbouring points on either side are significantly different. Changes
    between differences below 2 % of the largest one are ignored. Near the change, polynomials
    of degree 1 to 4 are fitted to both curves in several windows, and the crossing is the average
    over these fits with Akaike's weights. So the errors include the choice of fit.

    The crossings of L and b L differ from T_c by a term of order L^(-1 / nu - omega), with omega
    the exponent of the largest correction to scaling. For a Binder cumulant of the Ising model in
    two dimensions 1 / nu = 1, and omega = 7 / 4 and 2 have been used [1]_. If the exponent is not
    known, the crossing of the two largest sizes is a safer estimate than an extrapolation. Vary the
    exponent: the result is uncertain at least by what it changes.

    References
    ----------
    .. [1] G. Kamieniarz and H. W. J. Bloete, "Universal ratio of magnetization moments in
       two-dimensional Ising models", J. Phys. A 26, 201 (1993).

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from skising.scaling import crossing
    >>> size, T = np.repeat([8, 16, 32], 9), np.tile(np.linspace(2.1, 2.4, 9), 3)
    >>> value = 1 / (1 + np.exp((T - 2.27) * size / 2))
    >>> noise = np.random.default_rng(0).normal(scale=0.003, size=27)
    >>> curve = pd.DataFrame(
    ...     {"size": size, "temperature": T, "value": value + noise, "error": 0.003}
    ... )
    >>> result = crossing(curve, random_state=0)
    >>> result.pairs[["size_1", "size_2", "temperature", "value"]].round(3)
       size_1  size_2  temperature  value
    0       8      16        2.266  0.505
    1      16      32        2.271  0.495
    >>> round(result.temperature, 3), round(result.error, 3)
    (2.271, 0.002)
    """
    if exponent is not None:
        exponent = check_positive(exponent, "exponent")
    n_resamples = check_integer(n_resamples, "n_resamples", minimum=2)
    curves, errors, values = _check_curves(curve, value, size)
    if exponent is not None and len(curves) <= _FEWEST_PAIRS:
        raise ValueError(
            f"exponent needs at least {_FEWEST_PAIRS + 1} sizes, whose crossings can be "
            f"extrapolated; got {len(curves)}. Leave exponent=None for the crossing of the two "
            "largest."
        )
    rng = check_random_state(random_state)
    if resamples is None:
        noise = rng.normal(size=(len(values), n_resamples))
        resampled = values[:, np.newaxis] + errors[:, np.newaxis] * noise
    else:
        resampled = check_resamples(resamples, len(values))
    rows, temperatures = [], []
    for (size_1, first), (size_2, second) in pairwise(curves.items()):
        row, found = _cross(first, second, resampled, rng, f"{size_1:g} and {size_2:g}")
        rows.append((size_1, size_2, *row))
        temperatures.append(found)
    columns = ["size_1", "size_2", "temperature", "error", "value", "value_error"]
    pairs = pd.DataFrame(rows, columns=columns)
    if exponent is None:
        last = pairs.iloc[-1]
        return Crossing(float(last["temperature"]), float(last["error"]), pairs, np.nan)
    return Crossing(*_extrapolate(pairs, np.array(temperatures), exponent))


def _check_curves(curve, value, size):
    """Return a dict of the `Curve` of each size, ascending, and all errors and values."""
    is_order_curve = {"probability", "block_size"} <= set(getattr(curve, "columns", ()))
    hint = ' For order_curve pass value="probability", size="block_size".' if is_order_curve else ""
    check_columns(curve, "curve", [size, "temperature", value, "error"], hint)
    T, values, errors, sizes = check_measurements(
        positive=("error", size),
        **{"temperature": curve["temperature"], value: curve[value]},
        **{"error": curve["error"], size: curve[size]},
    )
    curves = {}
    for one in np.unique(sizes):
        rows = np.flatnonzero(sizes == one)
        one = curve[size].iloc[rows[0]]  # as it was given: an integer stays one
        rows = rows[np.argsort(T[rows])]
        twice = np.flatnonzero(np.diff(T[rows]) == 0)
        if len(twice):
            raise ValueError(
                f"curve holds the temperature {T[rows[twice[0]]]:g} twice for {size} {one:g}. Give "
                "one curve for each size."
            )
        curves[one] = Curve(T[rows], values[rows], errors[rows], rows)
    if len(curves) < 2:
        raise ValueError(
            f"curve must hold at least two sizes, whose curves can cross; got only {one:g} in the "
            f"column {size}. Add the curve of another size."
        )
    return curves, errors, values


def _cross(first, second, resamples, rng, names):
    """Return temperature, error, value and its error, and the temperatures in the resamples."""
    fit = PairFit((first, second))
    problem = fit.problem
    if problem is None:
        found = fit.resampled(resamples, rng)
        crosses = np.isfinite(found[0])
        if crosses.mean() < _FEWEST_CROSSINGS:
            problem = (
                f"the curves cross in only {crosses.mean():.0%} of the resamples. Add lattices, or "
                "temperatures near the crossing."
            )
    if problem is not None:
        warnings.warn(f"The crossing of sizes {names} is NaN: {problem}", stacklevel=3)
        return [np.nan] * 4, np.full(resamples.shape[1], np.nan)
    errors = found[:, crosses].std(axis=1, ddof=1)
    return (fit.temperature, errors[0], fit.value, errors[1]), found[0]


def _extrapolate(pairs, resampled, exponent):
    """Return the limit for infinite size, its error, the pairs, and the fit's p-value."""
    known = pairs["temperature"].notna().to_numpy()
    if np.count_nonzero(known) < _FEWEST_PAIRS:
        warnings.warn(
            f"The extrapolated crossing is NaN: it needs {_FEWEST_PAIRS} pairs that cross, and "
            f"there are {np.count_nonzero(known)}.",
            stacklevel=3,
        )
        return np.nan, np.nan, pairs, np.nan
    T, found = pairs["temperature"].to_numpy()[known], resampled[known]
    sizes = np.sqrt(pairs["size_1"] * pairs["size_2"]).to_numpy()[known]
    design = np.stack([np.ones_like(sizes), (sizes / sizes[0]) ** -exponent], axis=1)
    # Neighbouring pairs share a size, so their crossings are correlated.
    inverse = np.linalg.inv(np.cov(found[:, np.isfinite(found).all(axis=0)]))
    covariance = np.linalg.inv(design.T @ inverse @ design)
    parameters = covariance @ design.T @ inverse @ T
    residuals = T - design @ parameters
    p = stats.chi2.sf(residuals @ inverse @ residuals, len(T) - 2)
    return float(parameters[0]), float(np.sqrt(covariance[0, 0])), pairs, float(p)
