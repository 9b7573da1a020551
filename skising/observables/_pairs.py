"""Averages of s_i s_j over the pairs of sites at each distance, by fast Fourier transforms."""

import numpy as np
from scipy import fft


class PeriodicPairs:
    """The pairs of sites of periodic lattices, by their distance, rounded to an integer.

    Parameters
    ----------
    sides : tuple of int
        (n_rows, n_cols)

    Attributes
    ----------
    n_distances : int
        Distances from 0 to half of the shorter side.
    distance : ndarray of shape (n_distances,)
        The mean distance of the pairs whose distance rounds to 0, 1, ...
    """

    def __init__(self, sides):
        self.n_distances = min(sides) // 2 + 1
        squares = [np.minimum(np.arange(n), n - np.arange(n)) ** 2 for n in sides]
        length = np.sqrt(np.add.outer(*squares)).ravel()
        self._ring = np.rint(length).astype(int)
        self._n_pairs = np.bincount(self._ring)
        self.distance = (np.bincount(self._ring, length) / self._n_pairs)[: self.n_distances]

    def average(self, lattice, power):
        """Return C at each distance along the axes, and in all directions.

        Parameters
        ----------
        lattice : ndarray of shape (n_rows, n_cols)
        power : ndarray of shape (n_rows, n_cols // 2 + 1)
            The squared components of its `rfft2`.
        """
        C = fft.irfft2(power, lattice.shape) / lattice.size
        axis = (C[0, : self.n_distances] + C[: self.n_distances, 0]) / 2
        radial = (np.bincount(self._ring, C.ravel()) / self._n_pairs)[: self.n_distances]
        return axis, radial


class OpenPairs:
    """The pairs of sites inside lattices with open boundaries.

    Parameters, attributes and method are those of `PeriodicPairs`. Every pair counts equally: a
    displacement counts as often as it fits into the lattice.
    """

    def __init__(self, sides):
        self.n_distances = min(sides) // 2 + 1
        largest = self.n_distances - 1
        # Padding with zeros keeps the opposite sides of a lattice from being neighbours.
        self._padded = tuple(
            fft.next_fast_len(n + largest, real=axis == 1) for axis, n in enumerate(sides)
        )
        steps = np.arange(-largest, largest + 1)
        self._near = np.ix_(steps, steps)
        self._n_pairs = np.multiply.outer(*(n - np.abs(steps) for n in sides))
        length = np.sqrt(np.add.outer(steps**2, steps**2))
        # One more ring takes the displacements in the corners, which are longer.
        self._ring = np.minimum(np.rint(length).astype(int), self.n_distances)
        n_pairs = self._sum_in_rings(self._n_pairs)
        self.distance = self._sum_in_rings(length * self._n_pairs) / n_pairs

    def average(self, lattice, power):
        """Return C at each distance along the axes, and in all directions; `power` is not used."""
        components = fft.rfft2(lattice.astype(np.float64), self._padded)
        sums = fft.irfft2(np.abs(components) ** 2, self._padded)[self._near]
        # Sums of products of spins are integers.
        sums = np.rint(sums)
        centre = self.n_distances - 1
        axis = sums[centre:, centre] + sums[centre, centre:]
        axis /= self._n_pairs[centre:, centre] + self._n_pairs[centre, centre:]
        return axis, self._sum_in_rings(sums) / self._sum_in_rings(self._n_pairs)

    def _sum_in_rings(self, values):
        return np.bincount(self._ring.ravel(), values.ravel())[: self.n_distances]
