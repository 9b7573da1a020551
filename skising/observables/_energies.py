"""What the energies of lattices, and of the quarters of each, tell about the sample."""

import numpy as np
from scipy import stats

# Below this side, neighbouring bonds of different quarters are a large part of all bonds.
_SMALLEST_SIDE = 8

# At the critical temperature the energies of lattices scatter up to 2.5 times as much as those of
# their quarters say, since the quarters of one lattice are correlated.
_LARGEST_RATIO = 3

# A sample from one temperature is called mixed with this probability, at most.
_SIGNIFICANCE = 1e-6


def energies(lattice, periodic):
    """Return the energy per site of a lattice, its square, and that of its quarters as a variance.

    Parameters
    ----------
    lattice : ndarray of shape (n_rows, n_cols)
    periodic : bool
        Without periodic boundaries the first row and the first column of sites are left out, which
        have fewer bonds.

    Returns
    -------
    energy, square, variance : float
        `variance` is the variance of the mean of four independent quarters that scatter as those of
        this lattice. It is 0 for a lattice with a side below 8.
    """
    bonds = lattice * (np.roll(lattice, 1, axis=0) + np.roll(lattice, 1, axis=1))
    if not periodic:
        bonds = bonds[min(1, len(bonds) - 1) :, min(1, bonds.shape[1] - 1) :]
    energy, variance = -bonds.mean(), 0.0
    if min(lattice.shape) >= _SMALLEST_SIDE:
        rows, columns = (np.array_split(np.arange(n), 2) for n in bonds.shape)
        quarters = [bonds[r[0] : r[-1] + 1, c[0] : c[-1] + 1].mean() for r in rows for c in columns]
        variance = np.var(quarters, ddof=1) / 4
    return energy, energy**2, variance


def is_mixed(n_samples, shape, energy, square, variance):
    """Return whether the energies scatter more between lattices than within them.

    Parameters
    ----------
    n_samples : int
        The number of lattices.
    shape : tuple of int
        The shape of each lattice.
    energy, square, variance : float
        The means of what `energies` returns.
    """
    if n_samples < 2 or min(shape) < _SMALLEST_SIDE:
        return False
    between = max(square - energy**2, 0) * n_samples / (n_samples - 1)
    # The rounding error of a variance of numbers up to 2.
    if between < 1e-14:
        return False
    ratio = between / (_LARGEST_RATIO * max(variance, 1e-300))
    return stats.f.sf(ratio, n_samples - 1, 3 * n_samples) < _SIGNIFICANCE


def is_antiparallel(n_sites, energy):
    """Return whether the mean energy of `n_sites` sites is above that of random spins, 0."""
    return energy > 5 * np.sqrt(2 / n_sites)
