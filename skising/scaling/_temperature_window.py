"""The window of temperatures in which the accuracy is below a threshold."""

import warnings

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator
from scipy.optimize import isotonic_regression

from .._typing import RandomState
from .._validation import check_columns, check_fraction, check_integer, check_random_state
from ._accuracy_curve import CURVE_COLUMNS
from ._checks import check_measurements


def temperature_window(
    curve: pd.DataFrame,
    threshold: float = 0.85,
    *,
    n_resamples: int = 200,
    random_state: RandomState = None,
) -> pd.DataFrame:
    """Find the temperatures between which the accuracy is below a threshold.

    The accuracy is assumed to rise on both sides of its minimum. On each side, the nearest
    monotonic curve is fitted (isotonic regression, weighted by the errors) and interpolated
    monotonically (PCHIP). The width of the window decreases as l^(-1 / nu) (Eq. 10 of Phys. Rev. E
    108, 065304 (2023)).

    Parameters
    ----------
    curve : DataFrame
        With the columns of `accuracy_curve`: `block_size`, `n_blocks`, `temperature`, `accuracy`,
        `error`. Where `n_blocks` is missing (None or NaN), all blocks of the lattice are meant.
    threshold : float, default=0.85
        The accuracy at the ends of the window, between 0 and 1.
    n_resamples : int, default=200
        How often the window is determined again, with normal noise of the size of the errors added
        to the accuracies.
    random_state : int, RandomState instance or None, default=None
        Draws the noise.

    Returns
    -------
    window : DataFrame
        One row for each block size and number of blocks, ascending, missing numbers last. Columns:
        `block_size`, `n_blocks`, `T_minus`, `T_plus`, `width` = T_plus - T_minus, and
        `T_minus_error`, `T_plus_error`, `width_error`, which are standard deviations over the
        resampled windows.

    Raises
    ------
    TypeError, ValueError
        If a column is missing or does not hold finite numbers, an error is not above 0, a curve
        has a temperature twice, or a parameter is not as described.

    Warns
    -----
    UserWarning
        If a curve does not reach the threshold on one side. The window's end there is NaN. Also if
        fewer than 90 % of the resampled curves reach it, so that the error of that end, from the
        rest, is too small, or is NaN.

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
    threshold = check_fraction(threshold, "threshold")
    n_resamples = check_integer(n_resamples, "n_resamples", minimum=2)
    check_columns(curve, "curve", CURVE_COLUMNS)
    rng = check_random_state(random_state)
    windows = []
    # The index may have the name of a column, and categories may have no row.
    curves = (
        curve.assign(**_check_keys(curve))
        .reset_index(drop=True)
        .groupby(["block_size", "n_blocks"], dropna=False, observed=True)
    )
    for (block_size, n_blocks), part in curves:
        T, accuracy, error = _check_curve(part, block_size, n_blocks)
        ends = _window_ends(T, accuracy, error, threshold)
        _warn_of_missing_ends(ends, T, accuracy, threshold, block_size, n_blocks)
        noise = rng.normal(scale=error, size=(n_resamples, len(T)))
        resampled = pd.DataFrame(
            [_window_ends(T, noisy, error, threshold) for noisy in accuracy + noise]
        )
        _warn_of_few_resampled_ends(ends, resampled, block_size, n_blocks)
        resampled["width"] = resampled[1] - resampled[0]
        # DataFrame.std ignores NaN: ends that a resampled curve does not have.
        errors = resampled.std().where(np.isfinite([*ends, ends[1] - ends[0]]))
        windows.append((block_size, n_blocks, *ends, ends[1] - ends[0], *errors))
    columns = ("T_minus", "T_plus", "width")
    return pd.DataFrame(
        windows,
        columns=["block_size", "n_blocks", *columns, *(f"{name}_error" for name in columns)],
    )


def _check_keys(curve):
    """Return block sizes and numbers of blocks, each > 0, as a dict of columns that sort."""
    check_measurements(positive=("block_size",), block_size=curve["block_size"])
    given = curve["n_blocks"].dropna()
    if len(given):
        check_measurements(positive=("n_blocks",), n_blocks=given)
    # Objects, such as None among numbers, do not sort.
    columns = {name: curve[name] for name in ("block_size", "n_blocks")}
    return {
        name: column
        if pd.api.types.is_numeric_dtype(column)
        else pd.to_numeric(column.astype(object).where(column.notna(), np.nan))
        for name, column in columns.items()
    }


def _check_curve(part, block_size, n_blocks):
    """Return temperature, accuracy and error of one curve, sorted by temperature."""
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


def _window_ends(T, accuracy, error, threshold):
    """Return T_minus and T_plus, NaN where the accuracy does not reach the threshold."""
    lowest = int(np.argmin(accuracy))
    weights = error**-2.0
    sides = ((slice(0, lowest + 1), False), (slice(lowest, None), True))
    return tuple(
        _crossing(T[side], accuracy[side], weights[side], threshold, rising)
        for side, rising in sides
    )


def _crossing(T, accuracy, weights, threshold, rising):
    """Return where the monotonic fit to one side of a curve crosses the threshold, or NaN."""
    values = isotonic_regression(accuracy, weights=weights, increasing=rising).x
    if not values.min() < threshold < values.max():
        return np.nan
    # For a plateau on the threshold, `solve` returns its first point and NaN.
    return float(np.nanmean(PchipInterpolator(T, values).solve(threshold, extrapolate=False)))


def _warn_of_missing_ends(ends, T, accuracy, threshold, block_size, n_blocks):
    lowest = np.argmin(accuracy)
    for end, side, name in zip(ends, ("below", "above"), ("T_minus", "T_plus"), strict=True):
        if np.isnan(end):
            if accuracy[lowest] >= threshold:
                advice = "never falls below it: take a higher threshold, or add temperatures there"
            else:
                advice = f"does not reach it on that side: add temperatures {side} these"
            warnings.warn(
                f"block_size {block_size}, n_blocks {n_blocks}: no crossing of threshold "
                f"{threshold:g} {side} the minimum of the accuracy, {accuracy[lowest]:.3g} at "
                f"T = {T[lowest]:g}, for temperatures from {T[0]:g} to {T[-1]:g}. The accuracy "
                f"{advice}. {name} is NaN.",
                stacklevel=3,
            )


def _warn_of_few_resampled_ends(ends, resampled, block_size, n_blocks):
    for end, column, name in zip(ends, (0, 1), ("T_minus", "T_plus"), strict=True):
        n_found = int(resampled[column].count())
        if np.isfinite(end) and n_found < 0.9 * len(resampled):
            warnings.warn(
                f"block_size {block_size}, n_blocks {n_blocks}: only {n_found} of {len(resampled)} "
                f"resampled curves reach the threshold at {name}, so that {name}_error is too "
                "small, or NaN. Add temperatures on that side, or take another threshold.",
                stacklevel=3,
            )
