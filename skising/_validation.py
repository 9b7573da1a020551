"""Checks of parameters and data that users pass, each with a message that names the fix."""

import math
import os
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_array

_NUMBERS = "biuf"
_RAGGED = (
    "Lattices of different sizes do not fit into one array: pass the lattices of each size in an "
    "array of their own."
)


def check_integer(value, name, *, minimum, hint=""):
    """Return `value` as an int if it is an integer of at least `minimum`.

    Raises
    ------
    TypeError
        If `value` is not an integer; a bool does not count as one.
    ValueError
        If `value` is below `minimum`.
    """
    allowed = f"{name} must be an integer >= {minimum}"
    _check_type(value, Integral, allowed, hint)
    if value < minimum:
        raise ValueError(f"{allowed}; got {value}.{_spaced(hint)}")
    return int(value)


def check_n_jobs(n_jobs):
    """Raise unless `n_jobs` is None or an integer other than 0.

    Raises
    ------
    TypeError
        If `n_jobs` is neither None nor an integer; a bool does not count as one.
    ValueError
        If `n_jobs` is 0.
    """
    allowed = "n_jobs must be None, a number of workers, or -1 for all cores"
    if n_jobs is None:
        return
    _check_type(n_jobs, Integral, allowed)
    if n_jobs == 0:
        raise ValueError(f"{allowed}; got 0.")


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
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be a finite number > 0; got {value}.")
    return float(value)


def check_fraction(value, name):
    """Return `value` as a float if 0 < `value` < 1; raise the errors of `check_positive`."""
    value = check_positive(value, name)
    if value >= 1:
        raise ValueError(f"{name} must be a number between 0 and 1; got {value}.")
    return value


def check_finite(value, name):
    """Return `value` as a float if it is a finite number; raise TypeError or ValueError."""
    _check_type(value, Real, f"{name} must be a number")
    if not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number; got {value}.")
    return float(value)


def _check_type(value, number_type, allowed, hint=""):
    """Raise TypeError unless `value` is a number of a type; the message begins with `allowed`."""
    # To Python, True is an integer. As a number it is more likely a mistake.
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, number_type):
        raise TypeError(f"{allowed}; got {value!r} of type {type(value).__name__}.{_spaced(hint)}")


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
    """Return `value` if it is one of `choices`, strings or bools; raise ValueError otherwise."""
    # The type must match, too, because 1 == True in Python.
    if not any(isinstance(value, type(choice)) and value == choice for choice in choices):
        allowed = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"{name} must be one of {allowed}; got {value!r}.")
    return value


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
    """Raise ValueError unless the target `y` has a row for each lattice of `X`."""
    if y is None:
        raise ValueError(
            "fit requires y to be passed, but the target y is None: give one value per lattice."
        )
    shape = np.asarray(y).shape
    if not shape or shape[0] != len(X):
        raise ValueError(
            f"y must hold one value for each lattice: X has shape {X.shape}, so y needs {len(X)} "
            f"rows; got shape {shape}."
        )


def check_groups(groups, shape):
    """Return the group of each lattice of an array, as integers from 0 on.

    Parameters
    ----------
    groups : array-like of shape (n_samples,), or None
        Labels of any kind. None puts each lattice into a group of its own.
    shape : tuple of int
        The shape of the lattices, (n_samples, n_rows, n_cols).

    Returns
    -------
    groups : int array of shape (n_samples,)

    Raises
    ------
    ValueError
        If there is not one label for each lattice, or there are fewer than two groups.
    """
    if groups is None:
        groups = np.arange(shape[0])
    groups = np.asarray(groups)
    if groups.shape != shape[:1]:
        raise ValueError(
            f"groups must hold one label for each lattice: X has shape {shape}, so groups needs "
            f"shape {shape[:1]}; got shape {groups.shape}."
        )
    labels, groups = np.unique(groups, return_inverse=True)
    if len(labels) < 2:
        raise ValueError(
            "A standard error needs lattices of at least two groups; got one group of "
            f"{shape[0]} lattice(s), X of shape {shape}. Give more lattices, or leave out groups "
            "if the lattices of one group are independent."
        )
    return groups


def check_columns(frame, name, columns):
    """Raise unless `frame` is a DataFrame with these columns and at least one row.

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
            f"{', '.join(columns)}; got {', '.join(map(str, frame)) or 'no columns'}."
        )
    if frame.empty:
        raise ValueError(f"{name} has no rows: give at least one.")


def check_real_target(y: Any) -> NDArray[np.float64]:
    """Return `y` as a finite float64 array of shape (n_samples,) or (n_samples, k)."""
    return check_array(
        as_numbers(y, "y"),
        ensure_2d=False,
        dtype=np.float64,
        input_name="y",
        force_writeable=False,
    )


def as_numbers(X: Any, name: str) -> NDArray[Any]:
    """Return an array-like as an array of real numbers, or of bools, without a copy of an array.

    Numbers in an object array and in strings are converted to float64.

    Raises
    ------
    TypeError
        If `X` is sparse or does not hold numbers.
    ValueError
        If `X` is ragged or complex.
    """
    if hasattr(X, "toarray"):
        raise TypeError(
            f"{name} must be a dense array; got a sparse {type(X).__name__}. Pass {name}.toarray()."
        )
    try:
        X = np.asarray(X)
    except ValueError as error:
        raise ValueError(f"{name} must be one array: {error}. {_RAGGED}") from error
    if X.dtype.kind == "c":
        raise ValueError(f"{name} must be real. Complex data not supported; got dtype {X.dtype}.")
    if X.dtype.kind not in _NUMBERS:
        try:
            X = X.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"{name} must hold numbers; got dtype {X.dtype} and shape {X.shape}, which does "
                f"not convert: {error}. {_RAGGED if X.dtype == object else ''}".rstrip()
            ) from error
    return X


def first_index(mask):
    """Return the index of the first True of an array of bools, as a tuple of int."""
    return tuple(map(int, np.unravel_index(np.argmax(mask), mask.shape)))


def _spaced(hint):
    return f" {hint}" if hint else ""
