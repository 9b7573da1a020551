"""What users measure: lattices or series of one size or of several, with their temperatures."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from .._numbers import as_array, as_numbers
from .._spins import AnyNumbers
from .._validation import check_integer, check_series, check_temperatures
from ..blocks._open import open_lattices
from ._grouping import check_lengths, group_lattices

_ANY = AnyNumbers()


class Sample(NamedTuple):
    """Lattices or series of one size."""

    size: int
    X: Any  # lattices of shape (n, L, L) in any storage, or float64 series of shape (n,) or (n, k)
    rows: dict[float, Any]  # the row indices at each temperature, ascending
    labels: Any  # the group of each row

    @property
    def holds_lattices(self):
        """Whether X holds lattices, not a series."""
        return not isinstance(self.X, np.ndarray) or self.X.ndim == 3

    def take(self, rows):
        """Return some rows of X in memory."""
        if self.holds_lattices:
            return open_lattices(self.X, spins=_ANY).take(rows)
        return self.X[rows]


def check_samples(X: Any, temperature: Any, bins: Any, groups: Any) -> list[Sample]:
    """Return what a user has measured as a list with a `Sample` for each size.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as `observable_curve` says.
    """
    samples = []
    for size, X_of_size, T, groups_of_size in _by_size(X, temperature, groups):
        name = "X" if size is None else f"X[{size!r}]"
        X_of_size = X_of_size if _n_axes(X_of_size) == 3 else check_series(X_of_size, name)
        size = _check_size(size, X_of_size, name)
        T = check_temperatures(T, "temperature")
        check_lengths(X_of_size, temperature=T)
        samples.append(Sample(size, X_of_size, *group_lattices(X_of_size, T, bins, groups_of_size)))
    sizes = [sample.size for sample in samples]
    if len(set(sizes)) < len(sizes):
        raise ValueError(f"X must hold each size once; got sizes {sizes}. Join those of one size.")
    return samples


def _by_size(X, temperature, groups):
    """Yield the key of each size, or None, with its X, temperatures and groups."""
    if isinstance(X, Mapping):
        keys, kind = list(X), "dict with the same keys"
        parts = [X[key] for key in keys]
        others = [_of_keys(values, keys) for values in (temperature, groups)]
    elif isinstance(X, (list, tuple)) and len(X) and _n_axes(X[0]) == 3:
        keys, kind = [None] * len(X), "list of the same length"
        parts = list(X)
        others = [_of_length(values, len(X)) for values in (temperature, groups)]
    else:
        keys, parts, others = [None], [X], [[temperature], [groups]]
    if not keys:
        raise ValueError(
            "X is an empty dict; give the lattices or the series of at least one size."
        )
    for name, found in zip(("temperature", "groups"), others, strict=True):
        if found is None:
            raise ValueError(
                f"{name} must be a {kind} as X, since the lattices of each size have their own; "
                f"X has {len(keys)} size(s)" + (f", {keys}." if keys[0] is not None else ".")
            )
    return zip(keys, parts, *others, strict=True)


def _of_keys(values, keys):
    if values is None:
        return [None] * len(keys)
    if not isinstance(values, Mapping) or set(values) != set(keys):
        return None
    return [values[key] for key in keys]


def _of_length(values, n):
    if values is None:
        return [None] * n
    if not isinstance(values, (list, tuple)) or len(values) != n:
        return None
    return list(values)


def _n_axes(X):
    shape = getattr(X, "shape", None)
    return len(shape) if isinstance(shape, tuple) else as_array(X, "X").ndim


def _check_size(size, X, name):
    """Return the number of sites per side of lattices, or of those behind a series."""
    if size is not None:
        size = check_integer(size, "A key of X, which is the lattice size,", minimum=1)
    if _n_axes(X) < 3:
        if size is None:
            raise ValueError(
                "X holds a series, which does not tell the size of the lattices; got shape "
                f"{X.shape}. Give a dict by size, such as {{16: series}}, and temperature as "
                "{16: temperature}."
            )
        return size
    shape = tuple(map(int, X.shape if hasattr(X, "shape") else as_numbers(X, name).shape))
    if shape[1] != shape[2]:
        raise ValueError(
            f"{name} must hold square lattices, whose side is their size; got shape {shape}. Give "
            "series of them by size."
        )
    if size not in (None, shape[1]):
        raise ValueError(
            f"{name} holds lattices of {shape[1]} x {shape[2]} sites, so its key must be "
            f"{shape[1]}; got {size}."
        )
    return shape[1]
