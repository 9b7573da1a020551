"""Which axes of an array are samples, rows and columns."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._validation import check_integer

_LARGEST_RATIO = 2  # of the sides of lattices whose shape is not given


@dataclass(frozen=True)
class Reading:
    """A way to read an array as lattices.

    Attributes
    ----------
    lattices : ndarray of shape (n_samples, n_rows, n_cols)
    what : str
        What the array is then, in words.
    samples_axis : {0, -1} or None
        The axis of the array along which its samples are; None if it has no such axis.
    """

    lattices: NDArray[Any]
    what: str
    samples_axis: int | None

    @property
    def is_plausible(self):
        """Whether the lattices could be meant, if no argument asks for them."""
        short, long = sorted(self.lattices.shape[1:])
        return short >= 2 and long <= _LARGEST_RATIO * short

    @property
    def is_square(self):
        """Whether the lattices are square."""
        return self.lattices.shape[1] == self.lattices.shape[2]

    @property
    def text(self):
        """The lattices, and the argument of `as_lattices` that asks for this reading."""
        if self.samples_axis is None:
            argument = f"lattice_shape={self.lattices.shape[1:]}"
        else:
            argument = f"samples_axis={self.samples_axis}"
        return f"{argument} for {describe_lattices(self.lattices.shape)}"


def describe_lattices(shape):
    """Return the number and the size of lattices in words, given their shape."""
    n, n_rows, n_cols = shape
    return f"{n} lattice{'s' * (n > 1)} of {n_rows} x {n_cols}"


def read_layout(source, lattice_shape, samples_axis):
    """Return the one way to read a `Source` as lattices.

    Parameters
    ----------
    source : Source
    lattice_shape : tuple of two int, or None
    samples_axis : {0, -1} or None

    Raises
    ------
    ValueError
        If there is no way, or several that could be meant.
    """
    array = _without_channel(source)
    if source.is_picture:
        # Its last two axes are rows and columns for certain.
        readings = [Reading(array, "pictures", 0)]
    else:
        readings = [r for r in _readings(array, lattice_shape) if r.lattices.size]
    found = [
        reading
        for reading in readings
        if lattice_shape in (None, reading.lattices.shape[1:])
        and samples_axis in (None, reading.samples_axis)
    ]
    if lattice_shape is None and samples_axis is None and not source.is_picture:
        found = _likely(found)
    if len(found) == 1:
        return found[0]
    if found:
        ways = ", or ".join(reading.text for reading in found)
        raise ValueError(
            f"{source.name} of shape {source.numbers.shape} can be read in {len(found)} ways: pass "
            f"{ways}."
        )
    raise ValueError(_no_reading(source, readings, lattice_shape, samples_axis))


def check_lattice_shape(lattice_shape):
    """Return None, or rows and columns of a lattice; an integer stands for both.

    Raises
    ------
    TypeError, ValueError
        If it is neither.
    """
    if lattice_shape is None:
        return None
    sides = [lattice_shape] * 2 if np.ndim(lattice_shape) == 0 else list(lattice_shape)
    if len(sides) != 2:
        raise ValueError(
            "lattice_shape must be rows and columns of a lattice, such as (32, 32), or the sites "
            f"per side; got {lattice_shape!r}."
        )
    return tuple(check_integer(side, "lattice_shape", minimum=2) for side in sides)


def _without_channel(source):
    """Return the array without axes of length 1 beyond three axes."""
    array = source.numbers
    while array.ndim > 3 and 1 in array.shape:
        # The first axis goes last, since it may be that of a single sample.
        axis = next(k for k in (*range(1, array.ndim), 0) if array.shape[k] == 1)
        array = np.squeeze(array, axis)
    channels = [axis for axis in (-1, 1) if array.ndim == 4 and array.shape[axis] in (2, 3, 4)]
    if channels:
        axis = channels[0]
        raise ValueError(
            f"{source.name} of shape {source.numbers.shape} has {array.shape[axis]} channels, and "
            "a lattice has one number for each site. Choose a channel, such as "
            f"`np.take(source, 0, axis={axis})`, or average them."
        )
    return array


def _readings(array, lattice_shape):
    """Yield every way to read an array; flattened lattices are square, or have the given shape."""
    if array.ndim == 3:
        yield Reading(array, "samples first", 0)
        yield Reading(np.moveaxis(array, -1, 0), "samples last", -1)
    elif array.ndim == 2:
        yield Reading(array[np.newaxis], "one lattice", None)
        yield from _flattened(array, "row", 0, lattice_shape)
        yield from _flattened(array.T, "column", -1, lattice_shape)
        yield from _below_each_other(array, lattice_shape)
    elif array.ndim == 1:
        yield from _flattened(array[np.newaxis], "row", 0, lattice_shape)


def _flattened(rows, what, samples_axis, lattice_shape):
    n_sites = rows.shape[1]
    shape = lattice_shape or (math.isqrt(n_sites),) * 2
    if math.prod(shape) == n_sites:
        lattices = rows.reshape(-1, *shape) if n_sites else rows[:, np.newaxis]
        yield Reading(lattices, f"a flattened lattice in each {what}", samples_axis)


def _below_each_other(array, lattice_shape):
    if lattice_shape is None or lattice_shape == array.shape or not array.size:
        return
    n_rows, n_cols = lattice_shape
    if array.shape[1] == n_cols and len(array) % n_rows == 0:
        yield Reading(array.reshape(-1, n_rows, n_cols), "lattices below each other", None)


def _likely(readings):
    """Return the readings that could be meant where no argument says it."""
    # As in scikit-learn, the columns of a table are no samples.
    plausible = [r for r in readings if r.is_plausible and "column" not in r.what]
    if [reading.samples_axis for reading in plausible] == [0, -1]:
        first, last = plausible
        if first.is_square and not last.is_square:
            return [first]
    return plausible


def _no_reading(source, readings, lattice_shape, samples_axis):
    """Return the message for an array that cannot be read as lattices."""
    text = f"{source.name} of shape {source.numbers.shape}"
    if lattice_shape is not None:
        axis = "" if samples_axis is None else f" with samples_axis={samples_axis}"
        return (
            f"{text} does not hold lattices of lattice_shape={lattice_shape}{axis}. Give the rows "
            "and columns of one lattice."
        )
    if readings and samples_axis is None:
        ways = ", or ".join(reading.text for reading in readings)
        return (
            f"{text} does not show how large a lattice is. Pass lattice_shape=(n_rows, n_cols) for "
            f"flattened lattices, or for lattices below each other; or {ways}."
        )
    return (
        f"{text} is not an array of lattices (n_samples, n_rows, n_cols), nor of flattened square "
        "lattices (n_samples, n_sites), nor of one lattice. Give lattice_shape=(n_rows, n_cols) "
        "for flattened lattices that are not square."
    )
