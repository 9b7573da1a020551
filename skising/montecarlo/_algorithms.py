"""What an algorithm is, and those of the two-dimensional Ising model: a class for each.

To add an algorithm, write its class and add a line to `ALGORITHMS`.
"""

from abc import ABC, abstractmethod

import numpy as np

from .._kernels import metropolis as multispin
from .._kernels import swendsen_wang as segments
from .._kernels import wolff as clusters
from .._kernels.random import next_word
from ..exact import CRITICAL_TEMPERATURE, correlation_length, spontaneous_magnetization

SITES_AT_ONCE = 1 << 22
"""Sites that a call of a kernel updates, in 0.02 to 0.2 s: Python handles Ctrl-C between calls."""


class Algorithm(ABC):
    """Markov chains of one algorithm.

    The class describes the algorithm. An object of the class is the chains of one run: it holds
    their lattices and their random numbers.

    Parameters
    ----------
    lattice_size : int
        Sites per side, L.
    temperature : float
        In units of J / k_B.
    seed : SeedSequence
        The seed of the run.
    """

    name: str
    """The name that users give as `algorithm`."""

    seed_key: tuple
    """Part of every seed: unique, so that no two algorithms share random numbers.

    It never changes, because every lattice of the algorithm depends on it.
    """

    n_chains_per_temperature: int
    """Chains at a temperature, if at least as many lattices are asked for."""

    n_chains_per_run: int
    """Chains that one object updates together; it divides `n_chains_per_temperature`."""

    @classmethod
    @abstractmethod
    def check_lattice_size(cls, lattice_size):
        """Raise ValueError if the algorithm cannot update lattices of this size, L >= 2."""

    @classmethod
    @abstractmethod
    def autocorrelation_time(cls, lattice_size, temperature):
        """Estimate the integrated autocorrelation time, in sweeps or clusters, as a float.

        The slower of the energy and the squared magnetization (others: the order parameter) counts.
        """

    @classmethod
    def default_thin(cls, lattice_size, temperature, **parameters):
        """Return twice the autocorrelation time, rounded up: the default of `thin`.

        `parameters` are those of the model.
        """
        return int(np.ceil(2 * cls.autocorrelation_time(lattice_size, temperature, **parameters)))

    @classmethod
    @abstractmethod
    def seconds_per_sweep(cls, lattice_size, temperature):
        """Estimate the processor time of a sweep (Wolff: a cluster) of the chains of one object.

        As measured on one core of an AMD EPYC. The bar of progress needs ratios alone.
        """

    @abstractmethod
    def __init__(self, lattice_size, temperature, seed):
        """Start the chains."""

    @abstractmethod
    def advance(self, n_sweeps):
        """Update every lattice `n_sweeps` times."""

    @abstractmethod
    def copy_lattices(self, out):
        """Copy the first lattices into `out`, an int8 array of shape (n, L, L)."""

    @abstractmethod
    def copy_snapshots(self, out):
        """Copy the first lattices into `out`, with fair signs, independent of earlier snapshots.

        An algorithm that flips lattices as a whole too rarely, or nearly every time, has to draw
        these signs. Otherwise the sign of a snapshot would depend on that of the one before.
        """


class _ClusterAlgorithm(Algorithm):
    """A chain of one lattice, ordered at the start, that an algorithm updates by clusters."""

    n_chains_per_temperature = 4
    n_chains_per_run = 1

    def __init__(self, lattice_size, temperature, seed):
        self._size = lattice_size
        self._state = seed.generate_state(4, np.uint64)
        self._bond_threshold = as_threshold(-np.expm1(-2 / temperature))


class SwendsenWang(_ClusterAlgorithm):
    """Swendsen-Wang sweeps of one lattice."""

    name = "swendsen-wang"
    seed_key = ()

    @classmethod
    def check_lattice_size(cls, lattice_size):
        """Accept every size."""

    @classmethod
    def autocorrelation_time(cls, lattice_size, temperature):
        return 1.5 * _cluster_length(lattice_size, temperature) ** 0.3

    @classmethod
    def seconds_per_sweep(cls, lattice_size, temperature):
        # Large clusters are found faster than many small ones.
        return (2.4e-9 + 2.8e-9 * min(temperature / CRITICAL_TEMPERATURE, 1.15)) * lattice_size**2

    def __init__(self, lattice_size, temperature, seed):
        super().__init__(lattice_size, temperature, seed)
        self._words = np.empty((lattice_size, (lattice_size + 63) // 64), np.uint64)
        segments.pack(np.ones((lattice_size, lattice_size), np.int8), self._words)
        self._work_arrays = segments.work_arrays(lattice_size)
        if temperature > CRITICAL_TEMPERATURE:
            # Without bonds every site is a cluster, with a random sign of its own.
            self._sweep(np.uint64(0), 1)

    def advance(self, n_sweeps):
        self._sweep(self._bond_threshold, n_sweeps)

    def _sweep(self, threshold, n_sweeps):
        for first, stop in parts(self._size, n_sweeps):
            segments.swendsen_wang(
                self._words, self._size, threshold, first, stop, *self._work_arrays, self._state
            )

    def copy_lattices(self, out):
        segments.unpack(self._words, out[0])

    def copy_snapshots(self, out):
        # A sweep gives every cluster a random sign, and so the lattice as a whole.
        self.copy_lattices(out)


class Wolff(_ClusterAlgorithm):
    """Wolff clusters of one lattice.

    The lattice is ordered at the start at every temperature: from a random one clusters are small,
    and the lattice relaxes slowly.
    """

    name = "wolff"
    seed_key = (2,)

    _LARGEST_SIZE = 2**16

    @classmethod
    def check_lattice_size(cls, lattice_size):
        if lattice_size > cls._LARGEST_SIZE:
            raise ValueError(
                "algorithm='wolff' numbers sites by 32 bits and needs a lattice_size of at most "
                f"{cls._LARGEST_SIZE}; got {lattice_size}. Give algorithm='auto', "
                "which takes any size."
            )

    @classmethod
    def autocorrelation_time(cls, lattice_size, temperature):
        cluster_fraction = _mean_wolff_cluster(lattice_size, temperature) / lattice_size**2
        return 0.65 * _cluster_length(lattice_size, temperature) ** 0.33 / cluster_fraction

    @classmethod
    def seconds_per_sweep(cls, lattice_size, temperature):
        return 4e-8 + 1.05e-8 * _mean_wolff_cluster(lattice_size, temperature)

    def __init__(self, lattice_size, temperature, seed):
        super().__init__(lattice_size, temperature, seed)
        self._spins = np.ones((lattice_size, lattice_size), np.int8)
        self._work_arrays = clusters.work_arrays(lattice_size)

    def advance(self, n_sweeps):
        while n_sweeps > 0:
            n_sweeps, _ = clusters.wolff(
                self._spins,
                self._bond_threshold,
                n_sweeps,
                SITES_AT_ONCE,
                *self._work_arrays,
                self._state,
            )

    def copy_lattices(self, out):
        out[0] = self._spins

    def copy_snapshots(self, out):
        # Below the critical temperature nearly every step flips the lattice as a whole: without a
        # random sign, the sign of a snapshot would tell whether its frame is even or odd.
        sign = 1 - 2 * int(next_word(self._state) >> np.uint64(63))
        np.multiply(self._spins, np.int8(sign), out=out[0])


class Metropolis(Algorithm):
    """Metropolis sweeps of 64 lattices, each in one bit of every word."""

    name = "metropolis"
    seed_key = (3,)
    n_chains_per_temperature = multispin.N_LATTICES
    n_chains_per_run = multispin.N_LATTICES

    @classmethod
    def check_lattice_size(cls, lattice_size):
        if not cls.has_checkerboard(lattice_size):
            raise ValueError(
                "algorithm='metropolis' updates the two colours of a checkerboard in turn and "
                f"needs an even lattice_size of at least 4; got {lattice_size}. Give "
                "algorithm='auto', which takes any size."
            )

    @staticmethod
    def has_checkerboard(lattice_size):
        return lattice_size >= 4 and lattice_size % 2 == 0

    @classmethod
    def autocorrelation_time(cls, lattice_size, temperature):
        xi = float(correlation_length(temperature))
        return 1 + 0.04 * min(3.5 * xi, lattice_size) ** 2.17 + temperature / 14

    @classmethod
    def seconds_per_sweep(cls, lattice_size, temperature):
        return 5.3e-9 * lattice_size**2

    def __init__(self, lattice_size, temperature, seed):
        state = seed.generate_state(multispin.N_STATE_WORDS + 4, np.uint64)
        # The sweeps draw vectors of random words, the start and the signs single words.
        self._vector_state, self._word_state = state[:-4].copy(), state[-4:].copy()
        self._thresholds = np.array(
            [as_threshold(np.exp(-cost / temperature)) for cost in (4, 8)], np.uint64
        )
        self._size = lattice_size
        # All words must be set, the unused ones too: they affect how many digits a sweep draws.
        self._words = np.zeros(multispin.n_words(lattice_size), np.uint64)
        if temperature > CRITICAL_TEMPERATURE:
            multispin.fill_random(self._words, lattice_size, self._word_state)
        else:
            # From a random start a third of the lattices would end in stripes at T = 0. At higher T
            # stripes live long.
            multispin.fill_ordered(self._words)

    def advance(self, n_sweeps):
        for first, stop in parts(self._size, n_sweeps):
            multispin.metropolis(
                self._words, self._size, self._thresholds, first, stop, self._vector_state
            )

    def copy_lattices(self, out):
        multispin.unpack(self._words, self._size, np.uint64(0), out)

    def copy_snapshots(self, out):
        # Below the critical temperature a lattice keeps its sign for very long.
        flips = np.uint64(next_word(self._word_state))
        multispin.unpack(self._words, self._size, flips, out)


ALGORITHMS = {
    cls.name: cls
    for cls in (
        SwendsenWang,
        Wolff,
        Metropolis,
    )
}


def resolve_algorithm(name, lattice_size, temperature):
    """Return the class of an algorithm, where "auto" chooses as `make_ising` says."""
    if name != "auto":
        return ALGORITHMS[name]
    if not Metropolis.has_checkerboard(lattice_size):
        return SwendsenWang
    metropolis, swendsen_wang = (
        cls.default_thin(lattice_size, temperature) for cls in (Metropolis, SwendsenWang)
    )
    return Metropolis if metropolis <= 10 * swendsen_wang else SwendsenWang


def parts(lattice_size, n_sweeps):
    """Yield the steps of sweeps, 2 L in each, as ranges (first, stop) of a call of a kernel."""
    n_steps, n_at_once = 2 * lattice_size * n_sweeps, max(1, SITES_AT_ONCE // lattice_size)
    for first in range(0, n_steps, n_at_once):
        yield first, min(first + n_at_once, n_steps)


def as_threshold(probability):
    """Return a probability in units of 2^-64, where 1 becomes 1 - 2^-64."""
    return np.uint64(min(int(float(probability) * 2**64), 2**64 - 1))


def _cluster_length(lattice_size, temperature):
    """Return s = min(L, 4 xi), at least 1: the length that cluster algorithms slow down with."""
    xi = float(correlation_length(temperature))
    return min(max(4 * xi, 1), lattice_size)


def _mean_wolff_cluster(lattice_size, temperature):
    """Estimate N <m^2>, the mean size of Wolff's clusters, from below."""
    if temperature <= CRITICAL_TEMPERATURE:
        spontaneous = float(spontaneous_magnetization(temperature))
        return max(spontaneous**2 * lattice_size**2, 0.9 * lattice_size**1.75)
    xi = float(correlation_length(temperature))
    return max(2.2 * min(xi, 0.6 * lattice_size) ** 1.75, 1)
