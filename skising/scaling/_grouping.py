"""Lattices grouped by temperature, and within a temperature by what makes them dependent."""

import numpy as np

from .._validation import check_integer, check_series

# Temperatures that differ by less, relative to their value, differ by rounding alone.
_ROUNDING = 1e-12


def merge_rounded(temperature):
    """Return temperatures (n,); of those that differ by rounding alone, the lowest for all."""
    values, inverse = np.unique(temperature, return_inverse=True)
    is_new = np.diff(values, prepend=-np.inf) > _ROUNDING * np.abs(values)
    return values[is_new][np.cumsum(is_new) - 1][inverse]


def bin_temperatures(temperature, bins):
    """Return the mean temperature of the bin of each lattice (n,).

    Parameters
    ----------
    temperature : ndarray of shape (n,)
    bins : int or array-like of edges
        As for `accuracy_curve`.

    Raises
    ------
    TypeError, ValueError
        If `bins` is neither a number of bins nor ascending edges, or a temperature lies outside.
    """
    if np.ndim(bins) == 0:
        n_bins = check_integer(
            bins, "bins", minimum=1, hint="Or give the edges of the bins, ascending."
        )
        edges = np.linspace(temperature.min(), temperature.max(), n_bins + 1)
    else:
        edges = _check_edges(bins)
    outside = (temperature < edges[0]) | (temperature > edges[-1])
    if outside.any():
        first = int(np.argmax(outside))
        raise ValueError(
            f"bins must cover all temperatures; got edges from {edges[0]:g} to {edges[-1]:g}, and "
            f"temperature {temperature[first]:g} at index {first}. Widen the bins, or leave out "
            "such lattices."
        )
    # The last bin includes its upper edge.
    number = np.clip(np.searchsorted(edges, temperature, side="right") - 1, 0, len(edges) - 2)
    _, inverse, counts = np.unique(number, return_inverse=True, return_counts=True)
    return (np.bincount(inverse, weights=temperature) / counts)[inverse]


def _check_edges(bins):
    edges = check_series(bins, "bins")
    if edges.ndim != 1 or len(edges) < 2 or (np.diff(edges) <= 0).any():
        raise ValueError(
            "bins must be a number of bins, or at least two edges in ascending order; got "
            f"{np.asarray(bins).tolist()}."
        )
    return edges


def rows_by_temperature(temperature):
    """Return a dict of the row indices of the lattices at each temperature, ascending."""
    return {float(t): np.flatnonzero(temperature == t) for t in np.unique(temperature)}


def check_counts(rows, groups, *, has_groups):
    """Raise ValueError unless each temperature has lattices of two or more groups."""
    for t, row in rows.items():
        if len(np.unique(groups[row])) >= 2:
            continue
        if has_groups:
            raise ValueError(
                f"temperature {t:.16g} has lattices of a single group, which give no standard "
                "error. Give lattices of two or more groups at each temperature, such as two "
                "chains."
            )
        raise ValueError(
            f"temperature {t:.16g} has a single lattice, which gives no standard error. X needs "
            "two or more lattices at each temperature. If the temperatures of all lattices "
            "differ, give bins, such as bins=20."
        )


def group_sums(values, groups):
    """Return the sum of the values of each group, and the number of values in it."""
    _, inverse, counts = np.unique(groups, return_inverse=True, return_counts=True)
    return np.bincount(inverse, weights=values), counts
