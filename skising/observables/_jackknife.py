"""Sums over bins of lattices, and jackknife estimates of functions of them."""

import numpy as np

# A standard error from n bins has a relative error of 1 / sqrt(2 n), and each bin costs a fit.
_N_BINS = 64

CONNECTED_CHOICES = ("auto", True, False)


def bins_of(groups):
    """Return the bin of each lattice; the lattices of a group, numbered from 0, share a bin."""
    n_groups = groups.max() + 1
    return groups * min(n_groups, _N_BINS) // n_groups


def sum_in_bins(lattices, groups, measure):
    """Sum |m|, m^2 and the observables of `measure` over the lattices of each bin of groups.

    Parameters
    ----------
    lattices : Lattices
    groups : int array of shape (n_samples,)
        The group of each lattice, from 0 on. Lattices of one group are put into the same bin.
    measure : callable
        Returns a sequence of numbers and arrays, k numbers in all, for a lattice.

    Returns
    -------
    counts : ndarray of shape (n_bins,)
        The number of lattices in each bin.
    sums : ndarray of shape (n_bins, 2 + k)
    """
    bins = bins_of(groups)
    counts, sums, start = np.bincount(bins), None, 0
    for piece in lattices.pieces():
        for lattice, k in zip(piece, bins[start:], strict=False):
            m = abs(lattice.mean())
            row = np.hstack([m, m**2, *measure(lattice)])
            if sums is None:
                sums = np.zeros((len(counts), len(row)))
            sums[k] += row
        start += len(piece)
    return counts, sums


def are_copies(counts, sums):
    """Return whether all of two or more bins have the same means, but for rounding errors."""
    means = sums / counts[:, np.newaxis]
    return len(counts) > 1 and np.allclose(means, means[0], rtol=1e-12, atol=1e-14)


def jackknife(estimate, counts, sums):
    """Return a function of the mean, and its standard error, by leaving out bin after bin.

    Parameters
    ----------
    estimate : callable
        Returns a number or an array for a mean of shape (k,).
    counts : ndarray of shape (n_bins,)
        The number of lattices in each bin.
    sums : ndarray of shape (n_bins, k)
        The sums over the lattices of each bin.

    Returns
    -------
    value, error : float or ndarray
    """
    total = counts.sum()
    whole = estimate(sums.sum(axis=0) / total)
    left_out = [
        estimate((sums.sum(axis=0) - s) / (total - n)) for s, n in zip(sums, counts, strict=True)
    ]
    return combine_left_out(whole, left_out, counts)


def combine_left_out(whole, left_out, counts):
    """Return the jackknife's estimate and its standard error.

    The bias of order 1 / n_bins is removed. The bins may be of unequal size [1]_.

    Parameters
    ----------
    whole : float or ndarray
        The estimate from all bins.
    left_out : sequence of float or ndarray
        The estimates without each bin.
    counts : ndarray of shape (n_bins,)
        The number of lattices in each bin.

    Returns
    -------
    value, error : float or ndarray

    References
    ----------
    .. [1] F. M. T. A. Busing, E. Meijer and R. van der Leeden, "Delete-m jackknife for unequal m",
       Stat. Comput. 9, 3 (1999).
    """
    h = (counts.sum() / counts).reshape(-1, *[1] * np.ndim(whole))
    pseudo = h * whole - (h - 1) * np.array(left_out)
    value = np.sum(pseudo / h, axis=0)
    return value, np.sqrt(np.sum((pseudo - value) ** 2 / (h - 1), axis=0) / len(counts))
