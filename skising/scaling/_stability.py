"""How the parameters of a collapse depend on which measurements are fitted."""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from .._validation import check_positive
from ._checks import MIN_MEASUREMENTS
from ._data_collapse import DataCollapse, OneSidedError

# Of the largest distance from the critical temperature.
_FRACTIONS = (1, 0.75, 0.5, 0.35)


def collapse_stability(
    collapse: DataCollapse,
    *,
    distances: Sequence[float] | None = None,
    smallest_sizes: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Repeat a collapse on ranges of x around the critical temperature, and without small sizes.

    The scaling hypothesis holds for large sizes and close to the critical temperature. A result
    that can be quoted is one that stays the same within its errors as far data and small sizes are
    left out. A `quality_` near 1 does not show this, because the master curve absorbs part of a
    deviation from scaling.

    Parameters
    ----------
    collapse : DataCollapse
        Fitted, by `fit` or `fit_curve`. It is not changed. The fits have its parameters, and use
        the measurements and resamples that it was fitted to.
    distances : sequence of float, default=None
        Measurements with ``abs(x - critical_temperature_)`` up to this distance are kept, with the
        critical temperature of `collapse`. None takes 1, 0.75, 0.5 and 0.35 of the largest
        distance of all measurements.
    smallest_sizes : sequence of float, default=None
        Measurements with sizes from this one on are kept. None takes each size, as long as two
        sizes are left; three if both theta and a correction to scaling are fitted.

    Returns
    -------
    stability : DataFrame
        One row for each smallest size and distance, nested in this order: sizes ascending,
        distances descending. Columns: `smallest_size`; `distance`; `count`, the number of
        measurements; for each fitted parameter its value and, in a column with ``_std`` at its end,
        its standard error; `quality` and `p_value` of the fit. Where fewer than 12 measurements or
        too few sizes are left there is no row.

    Raises
    ------
    NotFittedError
        If `collapse` is not fitted.
    TypeError, ValueError
        If `collapse` is no DataCollapse, a distance or size is not a number above 0, or too few
        measurements are left for all of them.

    Warns
    -----
    UserWarning
        If measurements collapse best at a critical temperature outside their range. The columns
        after `count` are then NaN.

    Notes
    -----
    Neighbouring rows share measurements, so that their errors are correlated: half the data change
    a parameter by about as much as its error. Look for a drift that goes on as the distance falls.

    Examples
    --------
    Magnetisations with a correction to scaling, 1 + 1 / size, that the fit does not have:

    >>> import numpy as np
    >>> from skising.scaling import DataCollapse, collapse_stability
    >>> size, x = np.repeat([8, 16, 32, 64], 15), np.tile(np.linspace(2.1, 2.44, 15), 4)
    >>> m = (1 + 1 / size) * size**-0.125 / (1 + np.exp((x - 2.27) * size / 3))
    >>> m += np.random.default_rng(0).normal(scale=0.003, size=60)
    >>> collapse = DataCollapse(nu=1, n_resamples=30, random_state=0)
    >>> collapse = collapse.fit(x, m, np.full(60, 0.003), size)
    >>> stability = collapse_stability(collapse, distances=[0.2])
    >>> stability[["smallest_size", "theta", "theta_std"]].round(2)
       smallest_size  theta  theta_std
    0            8.0   0.20       0.01
    1           16.0   0.15       0.01
    2           32.0   0.12       0.01
    """
    if not isinstance(collapse, DataCollapse):
        raise TypeError(f"collapse must be a fitted DataCollapse; got {collapse!r}.")
    check_is_fitted(collapse)
    from_critical = (collapse.data_["x"] - collapse.critical_temperature_).abs()
    names = [name for name, row in collapse.summary().iterrows() if row["fitted"]]
    min_sizes = 3 if {"theta", "correction"} <= set(names) else 2
    if smallest_sizes is None:
        sizes = np.unique(collapse.data_["size"])[: 1 - min_sizes].tolist()
    else:
        sizes = sorted(_numbers(smallest_sizes, "smallest_sizes"))
    if distances is None:
        distances = [fraction * from_critical.max() for fraction in _FRACTIONS]
    else:
        distances = sorted(_numbers(distances, "distances"), reverse=True)
    rows = []
    for size in sizes:
        for distance in distances:
            kept = ((collapse.data_["size"] >= size) & (from_critical <= distance)).to_numpy()
            n_kept, n_sizes = np.count_nonzero(kept), collapse.data_["size"][kept].nunique()
            if n_kept >= MIN_MEASUREMENTS and n_sizes >= min_sizes:
                results = _results(_refit(collapse, kept), names)
                rows.append((size, distance, n_kept, *results))
    if not rows:
        raise ValueError(
            f"distances and smallest_sizes must leave {MIN_MEASUREMENTS} measurements of "
            f"{min_sizes} sizes; got distances {distances} and smallest_sizes {sizes}, which leave "
            "fewer. Give a larger distance and a smaller size."
        )
    _warn_of_nan(rows)
    columns = [column for name in names for column in (name, f"{name}_std")]
    return pd.DataFrame(
        rows, columns=["smallest_size", "distance", "count", *columns, "quality", "p_value"]
    )


def _numbers(values, name):
    """Return the numbers of a sequence, each above 0, as a list."""
    values = [check_positive(value, name) for value in np.atleast_1d(np.asarray(values)).tolist()]
    if not values:
        raise ValueError(f"{name} is empty: give at least one number, or None.")
    return values


def _refit(collapse, kept):
    """Return the collapse of the measurements in a mask, or None if they lie on one side of it."""
    if kept.all():
        return collapse
    data = collapse.data_[kept]
    resamples = None if collapse._resampled_y is None else collapse._resampled_y[kept]
    try:
        return clone(collapse).fit(**data, resamples=resamples)
    except OneSidedError:
        return None


def _warn_of_nan(rows):
    failed = [(size, distance) for size, distance, *results in rows if np.isnan(results[-1])]
    if failed:
        size, distance = failed[0]
        warnings.warn(
            f"{len(failed)} of {len(rows)} fits have their critical temperature outside the range "
            f"of their measurements, such as smallest_size {size:g}, distance {distance:g}. Their "
            "results are NaN. Measure at more temperatures, or at larger distances on both sides.",
            stacklevel=3,
        )


def _results(fit, names):
    """Return values and errors of parameters, quality and p-value; NaN without a fit."""
    if fit is None:
        return [np.nan] * (2 * len(names) + 2)
    values = [getattr(fit, name + end) for name in names for end in ("_", "_std_")]
    return [*values, fit.quality_, fit.p_value_]
