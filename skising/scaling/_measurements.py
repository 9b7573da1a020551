"""Checks on measurements that come with errors, and on curves of them."""

import numpy as np
import pandas as pd

from .._validation import check_series

_FEWEST = 12


def check_measurements(*, positive, **columns):
    """Return what belongs to the same measurements as float64 arrays of shape (n,), as named.

    Parameters
    ----------
    positive : sequence of str
        Which of them must be above 0.
    **columns : array-like of shape (n,) or (n, 1)

    Raises
    ------
    TypeError
        If one does not hold numbers.
    ValueError
        If one is None, has another shape or length, or holds NaN, inf, or what is not above 0.
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
            raise ValueError(
                f"{name} must be > 0; got {array[first]:g} at index {first}.{_why(name)}"
            )
    return arrays


def _as_column(values, name):
    if values is None:
        raise ValueError(f"{name} is missing; got None.{_why(name)}")
    array = check_series(values, name)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(
            f"{name} must have shape (n,), one value for each measurement; got shape "
            f"{array.shape}. Flatten it with .ravel()."
        )
    return array


def _why(name):
    if "err" not in name:
        return ""
    return (
        " Each measurement is weighted by its standard error; accuracy_curve gives one above 0 "
        "where the accuracy is 0 or 1 too."
    )


def check_curves(x, y, yerr, size, fewest_sizes):
    """Return curves of several sizes as `check_measurements` does, each temperature once."""
    x, y, yerr, size = check_measurements(positive=("yerr", "size"), x=x, y=y, yerr=yerr, size=size)
    sizes = np.unique(size)
    if len(sizes) < 2:
        raise ValueError(
            f"size must hold two different sizes at least, whose curves collapse; got only "
            f"{sizes[0]:g}. Add the curve of another size."
        )
    if len(sizes) < fewest_sizes:
        raise ValueError(
            f"size must hold {fewest_sizes} different sizes to tell theta from a correction to "
            f"scaling; got {len(sizes)}. Add a size, hold theta, or leave correction_exponent=None."
        )
    if len(x) < _FEWEST:
        raise ValueError(
            f"A collapse needs {_FEWEST} measurements at least, for three parameters and a master "
            f"curve; got {len(x)}. Add temperatures."
        )
    table = pd.DataFrame({"x": x, "size": size})
    twice = table.duplicated()
    if twice.any():
        first = table[twice].iloc[0]
        raise ValueError(
            f"x holds the temperature {first['x']:g} twice for size {first['size']:g}. Average "
            "repeated measurements; of an accuracy curve, collapse one n_blocks at a time."
        )
    return x, y, yerr, size


def check_resamples(resamples, n):
    """Return resamples of `n` measurements as a finite float64 array (n, n_resamples)."""
    resamples = np.asarray(resamples, dtype=np.float64)
    if resamples.ndim != 2 or resamples.shape[0] != n or resamples.shape[1] < 2:
        raise ValueError(
            f"resamples must have shape (n, n_resamples), a row for each of the {n} measurements "
            f"in y and two columns at least; got shape {resamples.shape}."
        )
    if not np.isfinite(resamples).all():
        raise ValueError("resamples must be finite; got NaN or inf. Leave such columns out.")
    return resamples
