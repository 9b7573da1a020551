"""Sums over lattices in bins, and estimates from them with jackknife errors."""

import numpy as np

# The error of an error from n bins is 1 / sqrt(2 n) of it; each bin costs a fit.
_N_BINS = 64

_CONNECTED = ("auto", True, False)


def _sum_in_bins(pieces, groups, measure):
    """Sum |m|, m^2, m^4 and what `measure` returns over the lattices of each bin of groups.

    Returns
    -------
    counts : ndarray of shape (n_bins,)
    sums : ndarray of shape (n_bins, 3 + k)
    """
    n_groups = groups.max() + 1
    bins = groups * min(n_groups, _N_BINS) // n_groups
    counts, sums, start = np.bincount(bins), None, 0
    for lattices in pieces:
        for lattice, k in zip(lattices, bins[start:], strict=False):
            m = abs(lattice.mean())
            row = np.hstack([m, m**2, m**4, *measure(lattice)])
            if sums is None:
                sums = np.zeros((len(counts), len(row)))
            sums[k] += row
        start += len(lattices)
    return counts, sums


def _is_connected(connected, counts, sums):
    if connected != "auto":
        return connected
    _, m2, m4, *_ = sums.sum(axis=0) / counts.sum()
    # 1 - m4 / (3 m2^2) is 2/3 in an ordered large lattice, 0 in a disordered one.
    return m4 < 2 * m2**2


def _jackknife(estimate, counts, sums):
    """Return `estimate` of the mean, freed of its bias of order 1 / n, and its standard error.

    With bins of unequal size: Busing, Meijer and van der Leeden, Stat. Comput. 9, 3 (1999).
    """
    total, n_bins = counts.sum(), len(counts)
    whole = estimate(sums.sum(axis=0) / total)
    left_out = [
        estimate((sums.sum(axis=0) - s) / (total - n)) for s, n in zip(sums, counts, strict=True)
    ]
    h = (total / counts).reshape(-1, *[1] * np.ndim(whole))
    pseudo = h * whole - (h - 1) * np.array(left_out)
    value = np.sum(pseudo / h, axis=0)
    return value, np.sqrt(np.sum((pseudo - value) ** 2 / (h - 1), axis=0) / n_bins)
