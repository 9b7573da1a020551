"""Checks of y: one row for each lattice, and the properties that a regressor learns."""

from dataclasses import dataclass

import numpy as np
from sklearn.utils import assert_all_finite

from .._numbers import as_array
from .._validation import check_target_length

# The squares of values in this range, and their sums, neither overflow nor underflow.
_LARGEST = 1e150
_LEAST_SCALE = 1e-150


@dataclass(frozen=True)
class EncodedTarget:
    """What the network is trained to output, encoded from `y`.

    Parameters
    ----------
    values : ndarray of shape (n_samples, ...)
        A row for each lattice, in the form that the criterion takes.
    n_outputs : int
        Outputs of the network for each block.
    attributes : dict
        Attributes of the fitted estimator that turn the network's outputs into predictions.
    """

    values: np.ndarray
    n_outputs: int
    attributes: dict


def as_target(lattices, y):
    """Return `y` as an array with a row for each lattice.

    Raises
    ------
    TypeError
        If `y` is sparse, or holds labels as bytes or rows of several fields.
    ValueError
        If `y` is None, ragged, masked or complex, or has another length.
    """
    check_target_length(lattices, y)
    array = as_array(y, "y")
    if array.dtype.kind == "c":
        raise ValueError(f"y must be real. Complex data not supported; got dtype {array.dtype}.")
    if array.dtype.kind in "SV":
        advice = "Use y.astype(str)." if array.dtype.kind == "S" else "Pass one of its fields."
        raise TypeError(f"y must hold numbers or labels; got dtype {array.dtype}. {advice}")
    return array


def check_properties(lattices, y):
    """Return the real properties of lattices as a float64 array, (n_samples,) or (n_samples, k).

    Raises
    ------
    TypeError
        If `y` does not hold numbers.
    ValueError
        If `y` has another shape, or a value is not finite or out of range.
    """
    y = as_target(lattices, y)
    if y.dtype.kind in "mM":
        raise TypeError(f"y must hold numbers; got dtype {y.dtype}. Convert them to numbers.")
    if y.ndim > 2 or 0 in y.shape:
        raise ValueError(
            "y must have shape (n_samples,) for one property of each lattice, or (n_samples, k) "
            f"for k; got shape {y.shape}."
        )
    try:
        values = y.astype(np.float64)
    except (OverflowError, TypeError, ValueError) as error:
        raise TypeError(
            f"y must hold numbers; got dtype {y.dtype} and shape {y.shape}, which does not "
            f"convert: {error}. For classes use BlockAveragingClassifier."
        ) from error
    largest = np.abs(values).max()
    if _LARGEST < largest < np.inf:
        raise ValueError(
            f"y must be at most {_LARGEST:g} in magnitude, so that its squares are finite; got "
            f"{largest:g}. Change the unit of y."
        )
    assert_all_finite(values, input_name="y")
    return values


def mean_and_scale(values):
    """Return the mean and the standard deviation of each property; 1 for a constant property.

    Parameters
    ----------
    values : float64 array of shape (n_samples, k)

    Raises
    ------
    ValueError
        If a property varies so little that squares of its deviations underflow.
    """
    mean, scale = values.mean(axis=0), values.std(axis=0)
    too_small = (scale < _LEAST_SCALE) & (np.ptp(values, axis=0) > 0)
    if too_small.any():
        raise ValueError(
            f"y must be constant or vary by at least {_LEAST_SCALE:g}, so that squares of its "
            f"deviations do not underflow; got values from {values[:, too_small].min():g} to "
            f"{values[:, too_small].max():g}. Change the unit of y."
        )
    return mean, np.where(scale > 0, scale, 1.0)


def strata_of(values, fraction):
    """Return the stratum of each value: up to 10 ranges that hold equally many values.

    There are fewer if less than two values of each would be held out.
    """
    rank = values.argsort().argsort()
    n_strata = min(10, max(1, int(fraction * len(rank)) // 2))
    return rank * n_strata // len(rank)
