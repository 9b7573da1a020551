"""Checks on measurements with standard errors, alone and as curves of several sizes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._numbers import as_numbers
from .._validation import check_series

# A collapse fits three parameters and a master curve.
MIN_MEASUREMENTS = 12


def check_measurements(
    *, positive: Sequence[str], not_negative: Sequence[str] = (), **columns: Any
) -> list[NDArray[np.float64]]:
    """Return the columns of a table of measurements as float64 arrays of shape (n,).

    Parameters
    ----------
    positive : sequence of str
        Names of the columns that must be above 0.
    not_negative : sequence of str, default=()
        Names of the columns that must not be below 0.
    **columns : array-like of shape (n,) or (n, 1)
        The columns by name.

    Returns
    -------
    arrays : list of ndarray of shape (n,)
        In the order of `columns`.

    Raises
    ------
    TypeError
        If a column does not hold numbers.
    ValueError
        If a column is None, has a wrong shape, holds NaN or inf, is in `positive` and holds a
        number that is not above 0, or is in `not_negative` and holds one below 0; or if lengths
        differ.
    """
    arrays = [_as_column(values, name) for name, values in columns.items()]
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) > 1:
        raise ValueError(
            f"{', '.join(columns)} must have one value for each measurement; got lengths "
            f"{', '.join(map(str, lengths))}."
        )
    for name, array in zip(columns, arrays, strict=True):
        if name in positive and array.min() <= 0:
            first = int(np.argmax(array <= 0))
            hint = _zero_error_hint(array) if "err" in name else ""
            raise ValueError(f"{name} must be > 0; got {array[first]:g} at index {first}.{hint}")
        if name in not_negative and array.min() < 0:
            first = int(np.argmax(array < 0))
            raise ValueError(f"{name} must be >= 0; got {array[first]:g} at index {first}.")
    return arrays


def _as_column(values, name):
    if values is None:
        hint = " Each measurement is weighted by its standard error." if "err" in name else ""
        raise ValueError(f"{name} is missing; got None.{hint}")
    array = check_series(values, name)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(
            f"{name} must have shape (n,), one value for each measurement; got shape "
            f"{array.shape}. Flatten it with .ravel()."
        )
    return array


def _zero_error_hint(errors):
    """Return what to do about standard errors of which some are not above 0."""
    if errors.min() < 0:
        return " A standard error is a standard deviation: take its absolute value."
    if errors.max() == 0:
        return (
            " Each measurement is weighted by its standard error. For exact values, give all one "
            "common error: the deviation that the fit may ignore."
        )
    n_zero = np.count_nonzero(errors == 0)
    return (
        f" Each measurement is weighted by its standard error, and an error of 0 would fix the fit "
        f"there. It says that all samples of a measurement agree, not that it is exact. Leave out "
        f"the {n_zero} of {len(errors)} measurements whose error is 0."
    )


def check_curves(
    x: Any, y: Any, yerr: Any, size: Any, min_sizes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return x, y, yerr and size of a collapse as float64 arrays of shape (n,).

    Raises
    ------
    TypeError, ValueError
        As `check_measurements`, and if there are fewer than two sizes, `min_sizes` sizes or 12
        measurements, or a size has a temperature twice.
    """
    x, y, yerr, size = check_measurements(positive=("yerr", "size"), x=x, y=y, yerr=yerr, size=size)
    sizes = np.unique(size)
    if len(sizes) < 2:
        raise ValueError(
            f"size must hold at least two different sizes, whose curves can collapse; got only "
            f"{sizes[0]:g}. Add the curve of another size."
        )
    if len(sizes) < min_sizes:
        raise ValueError(
            f"size must hold {min_sizes} different sizes to tell theta from a correction to "
            f"scaling; got {len(sizes)}. Add a size, fix theta, or leave correction_exponent=None."
        )
    if len(x) < MIN_MEASUREMENTS:
        raise ValueError(
            f"A collapse needs at least {MIN_MEASUREMENTS} measurements, for three parameters and "
            f"a master curve; got {len(x)}. Add temperatures."
        )
    table = pd.DataFrame({"x": x, "size": size})
    twice = table.duplicated()
    if twice.any():
        first = table[twice].iloc[0]
        raise ValueError(
            f"x holds the temperature {first['x']:g} twice for size {first['size']:g}. Average "
            "repeated measurements, and collapse accuracy curves of one n_blocks at a time."
        )
    return x, y, yerr, size


def check_resamples(resamples: Any, n: int) -> NDArray[np.float64]:
    """Return resamples of `n` measurements as a finite float64 array (n, n_resamples)."""
    resamples = as_numbers(resamples, "resamples").astype(np.float64, copy=False)
    if resamples.ndim != 2 or resamples.shape[0] != n or resamples.shape[1] < 2:
        raise ValueError(
            f"resamples must have shape (n, n_resamples), one row for each of the {n} measurements "
            f"in y and at least two columns; got shape {resamples.shape}."
        )
    if not np.isfinite(resamples).all():
        raise ValueError("resamples must be finite; got NaN or inf. Leave out such columns.")
    return resamples
