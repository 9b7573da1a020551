"""The window of temperatures in which a classification is uncertain."""

import warnings

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator
from scipy.optimize import isotonic_regression
from sklearn.utils import check_random_state

from .._validation import check_columns, check_fraction, check_integer
from ._accuracy_curve import CURVE_COLUMNS
from ._measurements import check_measurements


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
    check_columns(curve, "curve", CURVE_COLUMNS)
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
