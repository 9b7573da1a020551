"""The Monte Carlo algorithm of the two-dimensional clock model."""

import numpy as np

from .._kernels import clock
from .._kernels.random import random_below
from ..exact import CRITICAL_TEMPERATURE
from ._algorithms import SITES_AT_ONCE, Algorithm

XY_TRANSITION = 0.8929
"""The Kosterlitz-Thouless temperature of the XY model, as published; see `make_clock`."""

_SLOWING_DOWN = {2: (0.8, 0.3), 3: (2.5, 0.5), 4: (1.5, 0.33)}
"""Factor and exponent of the autocorrelation time, in units of N sites, for each q up to 4."""

_SLOWING_DOWN_OF_XY = 1.7, 0.35
"""The same for q > 4."""

_NU = {2: 1, 3: 5 / 6, 4: 1}
"""Exponent of the correlation length."""


class ClockWolff(Algorithm):
    """Wolff clusters of one lattice, ordered at the start.

    Parameters
    ----------
    lattice_size, temperature, seed
        As of `Algorithm`.
    n_states : int
        q.
    """

    name = "wolff"
    seed_key = (6,)
    n_chains_per_temperature = 4
    n_chains_per_run = 1

    _LARGEST_SIZE = 2**16

    @classmethod
    def check_lattice_size(cls, lattice_size):
        if lattice_size > cls._LARGEST_SIZE:
            raise ValueError(
                "clusters of the clock model number sites by 32 bits and need a lattice_size of at "
                f"most {cls._LARGEST_SIZE}; got {lattice_size}. Give a smaller lattice_size."
            )

    @classmethod
    def autocorrelation_time(cls, lattice_size, temperature, *, n_states):
        length = _cluster_length(lattice_size, temperature, n_states)
        factor, exponent = _SLOWING_DOWN.get(n_states, _SLOWING_DOWN_OF_XY)
        cluster = _mean_cluster(lattice_size, temperature, n_states, length)
        return factor * length**exponent * lattice_size**2 / cluster

    @classmethod
    def seconds_per_sweep(cls, lattice_size, temperature, *, n_states):
        length = _cluster_length(lattice_size, temperature, n_states)
        return 4e-8 + 3e-8 * _mean_cluster(lattice_size, temperature, n_states, length)

    def __init__(self, lattice_size, temperature, seed, *, n_states):
        self._n_states, self._temperature = n_states, temperature
        self._state = seed.generate_state(4, np.uint64)
        self._states = np.zeros((lattice_size, lattice_size), np.uint16)
        self._n_images = count_images(temperature, n_states)
        self._normals = clock.normal_components(n_states)
        self._limits = clock.bond_limits(temperature)
        self._work_arrays = clock.wolff_arrays(lattice_size)

    def advance(self, n_sweeps):
        while n_sweeps > 0:
            n_sweeps, _ = clock.wolff(
                self._states,
                self._n_states,
                self._n_images,
                self._normals,
                self._limits,
                self._temperature,
                n_sweeps,
                SITES_AT_ONCE,
                *self._work_arrays,
                self._state,
            )

    def copy_lattices(self, out):
        out[0] = self._states

    def copy_snapshots(self, out):
        # At a low temperature nearly every step reflects most spins: without a random rotation and
        # reflection, a snapshot would depend on the one before.
        shift, is_reflected = divmod(random_below(2 * self._n_states, self._state), 2)
        images = (shift + (1 - 2 * is_reflected) * np.arange(self._n_states)) % self._n_states
        out[0] = images.astype(np.uint16)[self._states]


CLOCK_ALGORITHMS = {ClockWolff.name: ClockWolff}


def count_images(temperature, n_states):
    """Return how many states the first site of a cluster can get, those within 2 sqrt(T) radians.

    Neighbours differ by about sqrt(T). A mirror that is farther away from all spins reflects the
    lattice as a whole, which changes nothing.
    """
    radians_per_state = 2 * np.pi / n_states
    n_on_a_side = max(1, round(2 * np.sqrt(temperature) / radians_per_state))
    return min(2 * n_on_a_side, n_states - 1)


def _cluster_length(lattice_size, temperature, n_states):
    """Return the length that the algorithm slows down with: at most L and at least 1."""
    distance = temperature / clock_critical_temperature(n_states) - 1
    if n_states <= 4:
        length = 1.3 * max(abs(distance), 1e-30) ** -_NU[n_states]
    elif distance > 0:
        length = 0.45 * np.exp(1.7 / np.sqrt(max(distance, 1e-3)))
    else:
        # The ordered phase, whose transition is between 22 / q^2 and 29 / q^2.
        distance = 1 - temperature * n_states**2 / 22
        length = 0.1 * np.exp(1.7 / np.sqrt(max(distance, 1e-3)))
    return float(max(min(length, lattice_size), 1))


def _mean_cluster(lattice_size, temperature, n_states, length):
    """Estimate the mean size of clusters from below."""
    if temperature > clock_critical_temperature(n_states):
        return 1 + 0.5 * length**1.75
    return (0.9 if n_states <= 4 else 0.5) * length**-0.25 * lattice_size**2


def clock_critical_temperature(n_states):
    """Return the temperature above which the clock model is disordered, as `make_clock` says."""
    # The states of q = 3 are those of the Potts model of coupling 3/2, and q = 4 is two Ising
    # models of coupling 1/2.
    exact = {2: CRITICAL_TEMPERATURE, 3: 1.5 / np.log1p(np.sqrt(3)), 4: CRITICAL_TEMPERATURE / 2}
    return float(exact.get(n_states, XY_TRANSITION))
