"""The Monte Carlo algorithms of the two-dimensional Potts model: a class for each."""

import numpy as np

from .._kernels import potts
from .._kernels.random import random_below
from ..exact import (
    potts_correlation_length,
    potts_critical_temperature,
    potts_spontaneous_magnetization,
)
from ._algorithms import SITES_AT_ONCE, Algorithm, Wolff, as_threshold, parts

_SLOWING_DOWN = {2: (1.5, 0.3), 3: (2.5, 0.5), 4: (2, 0.85)}
"""Factor and exponent of the autocorrelation time in sweeps, for each q up to 4."""

_SLOWING_DOWN_AT_FIRST_ORDER = 6, 1
"""The same for q > 4, without the changes between the two phases."""

_NU = {2: 1, 3: 5 / 6, 4: 2 / 3}
"""Exponent of the correlation length; that of q = 4 is taken for every q > 4."""


class _PottsAlgorithm(Algorithm):
    """A chain of one lattice.

    Parameters
    ----------
    lattice_size, temperature, seed
        As of `Algorithm`.
    n_states : int
        q.
    is_ordered : bool
        Whether the chain starts with all sites in state 0, or each in a random state.
    """

    n_chains_per_temperature = 4
    n_chains_per_run = 1

    def __init__(self, lattice_size, temperature, seed, *, n_states, is_ordered):
        self._size, self._n_states = lattice_size, n_states
        self._state = seed.generate_state(4, np.uint64)
        self._bond_threshold = as_threshold(-np.expm1(-1 / temperature))

    def _start(self, dtype, is_ordered):
        states = np.zeros((self._size, self._size), dtype)
        if not is_ordered:
            potts.fill_random(states.ravel(), self._n_states, self._state)
        return states


class PottsSwendsenWang(_PottsAlgorithm):
    """Swendsen-Wang sweeps of one lattice."""

    name = "swendsen-wang"
    seed_key = (4,)

    @classmethod
    def check_lattice_size(cls, lattice_size):
        """Accept every size."""

    @classmethod
    def autocorrelation_time(cls, lattice_size, temperature, *, n_states, is_ordered):
        return _sweeps(lattice_size, temperature, n_states)

    @classmethod
    def seconds_per_sweep(cls, lattice_size, temperature, *, n_states, is_ordered):
        ratio = temperature / potts_critical_temperature(n_states)
        return (1.2e-9 + 5.1e-9 * min(ratio, 1.3)) * lattice_size**2

    def __init__(self, lattice_size, temperature, seed, *, n_states, is_ordered):
        super().__init__(lattice_size, temperature, seed, n_states=n_states, is_ordered=is_ordered)
        n_planes, n_words = (n_states - 1).bit_length(), (lattice_size + 63) // 64
        self._planes = np.empty((n_planes, lattice_size, n_words), np.uint64)
        potts.pack(self._start(np.int16, is_ordered), self._planes)
        self._work_arrays = potts.swendsen_wang_arrays(lattice_size)

    def advance(self, n_sweeps):
        for first, stop in parts(self._size, n_sweeps):
            potts.swendsen_wang(
                self._planes,
                self._size,
                self._n_states,
                self._bond_threshold,
                first,
                stop,
                *self._work_arrays,
                self._state,
            )

    def copy_lattices(self, out):
        potts.unpack(self._planes, out[0])

    def copy_snapshots(self, out):
        # A sweep gives every cluster a random state, and so the lattice as a whole.
        self.copy_lattices(out)


class PottsWolff(_PottsAlgorithm):
    """Wolff clusters of one lattice."""

    name = "wolff"
    seed_key = (5,)

    @classmethod
    def check_lattice_size(cls, lattice_size):
        Wolff.check_lattice_size(lattice_size)

    @classmethod
    def autocorrelation_time(cls, lattice_size, temperature, *, n_states, is_ordered):
        sweeps = _sweeps(lattice_size, temperature, n_states)
        cluster = _mean_wolff_cluster(lattice_size, temperature, n_states, is_ordered)
        return sweeps * lattice_size**2 / cluster

    @classmethod
    def seconds_per_sweep(cls, lattice_size, temperature, *, n_states, is_ordered):
        return 4e-8 + 1.1e-8 * _mean_wolff_cluster(lattice_size, temperature, n_states, is_ordered)

    def __init__(self, lattice_size, temperature, seed, *, n_states, is_ordered):
        super().__init__(lattice_size, temperature, seed, n_states=n_states, is_ordered=is_ordered)
        self._states = self._start(np.int8 if n_states <= 128 else np.int16, is_ordered)
        self._work_arrays = potts.wolff_arrays(lattice_size)

    def advance(self, n_sweeps):
        while n_sweeps > 0:
            n_sweeps, _ = potts.wolff(
                self._states,
                self._n_states,
                self._bond_threshold,
                n_sweeps,
                SITES_AT_ONCE,
                *self._work_arrays,
                self._state,
            )

    def copy_lattices(self, out):
        out[0] = self._states

    def copy_snapshots(self, out):
        # Below the critical temperature nearly every step changes most sites, and always to another
        # state: without a random shift, a snapshot would depend on the one before.
        shift = random_below(self._n_states, self._state)
        shifted = (np.arange(self._n_states) + shift) % self._n_states
        out[0] = shifted.astype(self._states.dtype)[self._states]


POTTS_ALGORITHMS = {
    cls.name: cls
    for cls in (
        PottsSwendsenWang,
        PottsWolff,
    )
}


def _cluster_length(lattice_size, temperature, n_states):
    """Return the length that the algorithms slow down with: at most L and at least 1."""
    distance = abs(1 - temperature / potts_critical_temperature(n_states))
    length = 1.3 * max(distance, 1e-30) ** -_NU[min(n_states, 4)]
    return max(min(length, 4 * potts_correlation_length(n_states), lattice_size), 1)


def _sweeps(lattice_size, temperature, n_states):
    """Estimate the autocorrelation time in Swendsen-Wang sweeps."""
    factor, exponent = _SLOWING_DOWN.get(n_states, _SLOWING_DOWN_AT_FIRST_ORDER)
    return factor * _cluster_length(lattice_size, temperature, n_states) ** exponent


def coexist(n_states, temperature):
    """Tell whether two phases coexist at each temperature: at Tc, for q > 4."""
    if n_states <= 4:
        return np.zeros(np.shape(temperature), bool)
    return np.isclose(temperature, potts_critical_temperature(n_states), rtol=1e-6, atol=0)


def _mean_wolff_cluster(lattice_size, temperature, n_states, is_ordered):
    """Estimate the mean size of Wolff's clusters from below."""
    length = _cluster_length(lattice_size, temperature, n_states)
    # After a disordered start clusters are small, until the lattice orders.
    is_above = temperature > potts_critical_temperature(n_states)
    if not is_ordered or (is_above and not coexist(n_states, temperature)):
        return max(0.45 * length**1.75 if n_states <= 4 else 0.5 * length, 1)
    spontaneous = potts_spontaneous_magnetization(n_states)
    return lattice_size**2 * max(0.9 * length**-0.25, spontaneous**2)
