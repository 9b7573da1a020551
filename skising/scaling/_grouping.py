"""Lattices grouped by temperature, and within a temperature by what makes them dependent."""

import numpy as np

from .._validation import check_groups, check_integer, check_series

# Temperatures that differ by less, relative to their value, differ by rounding alone.
_ROUNDING = 1e-12


def check_lengths(X, **columns):
    """Raise ValueError unless each column has one row for each lattice, or measurement, of X."""
    if getattr(X, "shape", None) == ():
        raise ValueError(f"X must have shape (n_samples, n_rows, n_cols); got shape {X.shape}.")
    lengths = [X.shape[0] if hasattr(X, "shape") else len(X), *map(len, columns.values())]
    if len(set(lengths)) > 1:
        names, counts = ["X", *columns], [str(length) for length in lengths]
        raise ValueError(
            f"{', '.join(names[:-1])} and {names[-1]} must have one row for each lattice; got "
            f"{', '.join(counts[:-1])} and {counts[-1]}."
        )


def group_lattices(X, temperature, bins, groups):
    """Group the rows of lattices by temperature.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...)
    temperature : ndarray of shape (n_samples,)
    bins, groups
        As for `accuracy_curve`.

    Returns
    -------
    rows : dict of float to int array
        The row indices of the lattices at each temperature, ascending.
    labels : int array of shape (n_samples,)
        The group of each lattice. Without `groups` each lattice has a group of its own.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, or a temperature has lattices of fewer than two groups.
    """
    if groups is None:
        labels = np.arange(len(temperature))
    else:
        labels = check_groups(groups, (len(temperature), *getattr(X, "shape", ())[1:]))
    rows = rows_by_temperature(
        merge_rounded(temperature) if bins is None else bin_temperatures(temperature, bins)
    )
    check_counts(rows, labels, has_groups=groups is not None)
    return rows, labels


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


def draw_groups(rows, labels, n_resamples, rng):
    """Draw groups with replacement at each temperature, in a list of (n_resamples, n_groups)."""
    n_groups = [len(np.unique(labels[row])) for row in rows.values()]
    return [rng.randint(n, size=(n_resamples, n)) for n in n_groups]


def resampled_means(values, groups, draws):
    """Return the mean of the values in each sample of groups, of `draw_groups`."""
    sums, counts = group_sums(values, groups)
    return sums[draws].sum(axis=1) / counts[draws].sum(axis=1)


def variance_of_mean(values, groups):
    """Return the squared standard error of a mean over values, correlated within groups."""
    deviations, counts = group_sums(values - values.mean(), groups)
    n_groups = len(counts)
    return np.sum(deviations**2) / (n_groups - 1) / len(values) * (n_groups / len(values))
