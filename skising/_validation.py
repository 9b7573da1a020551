"""Checks of parameters and data that users pass, each with a message that names the fix."""

import math
import os
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._hints import hint_on_order
from ._numbers import as_array, as_numbers


def check_integer(value, name, *, minimum, maximum=None, hint=""):
    """Return `value` as an int if it is an integer from `minimum` to `maximum`, both included.

    Raises
    ------
    TypeError
        If `value` is not an integer; a bool does not count as one.
    ValueError
        If `value` is below `minimum` or above `maximum`.
    """
    allowed = f"{name} must be an integer >= {minimum}"
    if maximum is not None:
        allowed = f"{allowed} and <= {maximum}"
    _check_type(value, Integral, allowed, hint)
    value = int(value)
    if value < minimum or (maximum is not None and value > maximum):
        raise ValueError(f"{allowed}; got {_shown(value)}.{_spaced(hint)}")
    return value


def check_n_jobs(n_jobs):
    """Return `n_jobs` as None or an int if it is None or an integer other than 0.

    Raises
    ------
    TypeError
        If `n_jobs` is neither None nor an integer; a bool does not count as one.
    ValueError
        If `n_jobs` is 0.
    """
    allowed = "n_jobs must be None, a number of workers, or -1 for all cores"
    if n_jobs is None:
        return None
    _check_type(n_jobs, Integral, allowed)
    if n_jobs == 0:
        raise ValueError(f"{allowed}; got 0.")
    return int(n_jobs)


def check_random_state(random_state):
    """Return the RandomState that `random_state` stands for, as scikit-learn does.

    Raises
    ------
    ValueError
        If `random_state` is not None, an integer from 0 to 2^32 - 1 or a RandomState.
    """
    # Here, so that `exact` and `symmetry` import without scikit-learn.
    from sklearn import utils

    try:
        return utils.check_random_state(random_state)
    except ValueError as error:
        raise ValueError(
            "random_state must be an integer from 0 to 2^32 - 1, a numpy.random.RandomState or "
            f"None; got {_shown(random_state, repr)}."
        ) from error


def check_positive(value, name):
    """Return `value` as a float if it is a finite number above zero.

    Raises
    ------
    TypeError
        If `value` is not a real number; a bool does not count as one.
    ValueError
        If `value` is not finite or not above zero.
    """
    _check_type(value, Real, f"{name} must be a number > 0")
    number = _as_float(value)
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"{name} must be a finite number > 0; got {_shown(value)}.")
    return number


def check_fraction(value, name):
    """Return `value` as a float if 0 < `value` < 1; raise the errors of `check_positive`."""
    number = check_positive(value, name)
    if number >= 1:
        raise ValueError(f"{name} must be a number between 0 and 1; got {_shown(value)}.")
    return number


def check_finite(value, name):
    """Return `value` as a float if it is a finite number; raise TypeError or ValueError."""
    _check_type(value, Real, f"{name} must be a number")
    number = _as_float(value)
    if not math.isfinite(number):
        raise ValueError(f"{name} must be a finite number; got {_shown(value)}.")
    return number


def _check_type(value, number_type, allowed, hint=""):
    """Raise TypeError unless `value` is a number of a type; the message begins with `allowed`."""
    # To Python, True is an integer. As a number it is more likely a mistake.
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, number_type):
        raise TypeError(f"{allowed}; got {value!r} of type {type(value).__name__}.{_spaced(hint)}")


def _as_float(value):
    """Return a real number as a float; inf for one that is too large."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _shown(value, convert=str):
    """Return a value as a text, that of a huge integer shortened."""
    if isinstance(value, int) and abs(value) >= 10**30:
        return f"an integer of {value.bit_length()} bits"
    return convert(value)


def check_series(series: Any, name: str) -> NDArray[np.float64]:
    """Return a series of measurements as a float64 array of at least one dimension.

    Raises
    ------
    TypeError
        If `series` does not hold numbers.
    ValueError
        If `series` is a single number, is empty, or holds NaN or inf.
    """
    series = as_numbers(series, name).astype(np.float64, copy=False)
    if series.ndim == 0 or series.size == 0:
        raise ValueError(
            f"{name} must hold one number for each measurement; got shape {series.shape}. Give the "
            "whole series."
        )
    bad = ~np.isfinite(series)
    if bad.any():
        first = first_index(bad)
        raise ValueError(
            f"{name} must be finite; got {series[first]} at index {first}, in an array of shape "
            f"{series.shape}. Leave out such measurements."
        )
    return series


def check_choice(value, name, choices):
    """Return the one of `choices`, strings or bools, that `value` is; raise ValueError otherwise.

    A numpy string or bool is returned as one of Python.
    """
    plain = value.item() if isinstance(value, np.generic) else value
    for choice in choices:
        # The type must match, too, because 1 == True in Python.
        if isinstance(plain, type(choice)) and plain == choice:
            return choice
    allowed = ", ".join(repr(choice) for choice in choices)
    raise ValueError(f"{name} must be one of {allowed}; got {_shown(value, repr)}.")


def check_file_path(path, name):
    """Raise unless `path` is the path of a file that exists or could be written.

    Raises
    ------
    TypeError
        If `path` is not a path.
    FileNotFoundError
        If its directory does not exist.
    IsADirectoryError
        If `path` is a directory.
    """
    check_path(path, name)
    check_parent_directory(path, name)
    if Path(path).is_dir():
        raise IsADirectoryError(
            f"{name}={os.fspath(path)!r} is a directory. Give the path of a file in it."
        )


def check_path(path, name):
    """Raise TypeError unless `path` is a path."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"{name} must be a path; got {path!r} of type {type(path).__name__}.")


def check_parent_directory(path, name):
    """Raise FileNotFoundError unless the directory of a path exists."""
    if not Path(path).parent.is_dir():
        raise FileNotFoundError(
            f"{name}={os.fspath(path)!r}: the directory {str(Path(path).parent)!r} does not exist. "
            "Create it, or give another path."
        )


def describe_differences(in_file, in_call, describe=repr):
    """Return a text on the arguments that differ between a file and a call, "" if none do.

    Parameters
    ----------
    in_file, in_call : dict
        A missing argument counts as None.
    describe : callable, default=repr
        Turns a value into text.
    """
    return "; ".join(
        f"{name}={describe(in_file.get(name))} in the file and {describe(in_call.get(name))} in "
        "this call"
        for name in sorted(in_file.keys() | in_call.keys())
        if in_file.get(name) != in_call.get(name)
    )


def check_temperatures(temperatures: Any, name: str = "temperatures") -> NDArray[np.float64]:
    """Return temperatures, in units of J / k_B, as a float64 array of shape (n,).

    Parameters
    ----------
    temperatures : array-like of shape (n,) or (n, 1)
    name : str
        The name of `temperatures` in error messages.

    Raises
    ------
    TypeError
        If `temperatures` are not numbers.
    ValueError
        If `temperatures` have another shape or are empty, or if one is not finite or not above
        zero.
    """
    array = as_numbers(temperatures, name)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(
            f"{name} must have shape (n,) or (n, 1), one temperature per row; got shape "
            f"{array.shape}. Reshape your data: write a single temperature as [T], and flatten a "
            "grid of temperatures with array.reshape(-1)."
        )
    if array.dtype.kind == "b":
        raise TypeError(f"{name} must be numbers > 0; got booleans, shape {array.shape}.")
    if array.size == 0:
        raise ValueError(f"{name} is empty (shape {array.shape}); give at least one temperature.")
    array = array.astype(np.float64)
    bad = ~(np.isfinite(array) & (array > 0))
    if bad.any():
        (first,) = first_index(bad)
        # scikit-learn's checks of estimators look for the words "Negative values in data".
        raise ValueError(
            f"{name} must be finite and > 0, in units of J / k_B; got {array[first]} at index "
            f"{first}. Negative values in data, zeros, NaN and inf are not temperatures: leave "
            "them out."
        )
    return array


def check_target_length(X, y):
    """Raise ValueError unless the target `y` has a row for each lattice of `X`, and no mask."""
    if y is None:
        raise ValueError(
            "fit requires y to be passed, but the target y is None: give one value per lattice."
        )
    shape = as_array(y, "y").shape
    if not shape or shape[0] != len(X):
        raise ValueError(
            f"y must hold one value for each lattice: X has shape {X.shape}, so y needs {len(X)} "
            f"rows; got shape {shape}.{hint_on_order(X.shape, 'X', shape[0]) if shape else ''}"
        )


def check_groups(groups, shape, *, minimum=2):
    """Return the group of each lattice of an array, as integers from 0 on.

    Parameters
    ----------
    groups : array-like of shape (n_samples,), or None
        Labels of any kind. None puts each lattice into a group of its own.
    shape : tuple of int
        The shape of the lattices, (n_samples, n_rows, n_cols).
    minimum : int, default=2
        The smallest number of groups, 1 or 2.

    Returns
    -------
    groups : int array of shape (n_samples,)

    Raises
    ------
    TypeError
        If the labels cannot be sorted, as numbers and strings together.
    ValueError
        If there is not one label for each lattice, a label is NaN or masked, or there are fewer
        than `minimum` groups.
    """
    if groups is None:
        groups = np.arange(shape[0])
    groups = as_labels(groups, "groups")
    if groups.shape != shape[:1]:
        raise ValueError(
            f"groups must hold one label for each lattice: X has shape {shape}, so groups needs "
            f"shape {shape[:1]}; got shape {groups.shape}."
        )
    labels, groups = np.unique(groups, return_inverse=True)
    if len(labels) < minimum:
        raise ValueError(
            "A standard error needs lattices of at least two groups; got one group of "
            f"{shape[0]} lattice(s), X of shape {shape}. Give more lattices, or leave out groups "
            "if the lattices of one group are independent."
        )
    return groups


def as_labels(labels: Any, name: str) -> NDArray[Any]:
    """Return labels of any kind as an array that can be sorted.

    Raises
    ------
    TypeError
        If they cannot be sorted, such as numbers and strings together.
    ValueError
        If a label is masked or missing: NaN, None or pandas.NA.
    """
    array = as_array(labels, name)
    n_missing = sum(map(_is_missing, array.flat)) if array.dtype.kind in "OTfc" else 0
    if n_missing:
        raise ValueError(
            f"{name} must hold a label for each lattice. Input {name} contains NaN, None or "
            f"pandas.NA in {n_missing} of {array.size} places: leave out such lattices."
        )
    if array.dtype.kind == "T":
        # scikit-learn does not know numpy's strings of any length.
        return np.array(array.tolist())
    try:
        np.unique(array)
    except TypeError as error:
        raise TypeError(
            f"{name} must hold labels of one kind, such as integers or strings: {error}. Pass "
            f"`np.asarray({name}).astype(str)`."
        ) from error
    return array


def _is_missing(label):
    return label is None or type(label).__name__ == "NAType" or bool(label != label)


def check_columns(frame, name, columns, hint=""):
    """Raise unless `frame` is a DataFrame with these columns and at least one row.

    The message for a missing column ends with `hint`.

    Raises
    ------
    TypeError
        If `frame` is not a DataFrame.
    ValueError
        If `frame` lacks a column or has no rows.
    """
    if not hasattr(frame, "columns"):
        raise TypeError(
            f"{name} must be a DataFrame with the columns {', '.join(columns)}; got "
            f"{type(frame).__name__}."
        )
    missing = [column for column in columns if column not in frame]
    if missing:
        raise ValueError(
            f"{name} lacks the column(s) {', '.join(missing)}: it must have "
            f"{', '.join(columns)}; got {', '.join(map(str, frame)) or 'no columns'}.{hint}"
        )
    if frame.empty:
        raise ValueError(f"{name} has no rows: give at least one.")


def first_index(mask):
    """Return the index of the first True of an array of bools, as a tuple of int."""
    return tuple(map(int, np.unravel_index(np.argmax(mask), mask.shape)))


def _spaced(hint):
    return f" {hint}" if hint else ""
