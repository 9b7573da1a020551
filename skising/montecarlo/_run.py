"""A run of Markov chains: from the start of its chains to their last lattices."""

from dataclasses import dataclass

import numpy as np

from .._kernels.observables import bond_sums
from ._algorithms import Algorithm

_MOST_RECORDED_CHAINS = 16
_MOST_MEASUREMENTS = 10000  # of a chain: enough to know its autocorrelation times


@dataclass(frozen=True)
class Run:
    """Chains of one temperature that an algorithm updates together."""

    algorithm: type[Algorithm]
    temperature: float
    lattice_size: int
    n_discard: int
    thin: int
    measurement_interval: int
    """Sweeps from one measurement to the next."""
    first_chain: int
    """Number of the first chain, counted from 0 at each temperature."""
    rows: np.ndarray
    """Row of each lattice in the result, shape (n,), frame after frame."""

    @property
    def n_sweeps(self):
        """Sweeps of each chain, from its start to its last lattice."""
        n_frames = -(-len(self.rows) // self.algorithm.n_chains_per_run)
        return self.n_discard + (n_frames - 1) * self.thin

    def seed(self, entropy):
        """Return the SeedSequence of the run, which no other run has."""
        temperature_bits = int(np.float64(self.temperature).view(np.uint64))
        key = (temperature_bits, self.first_chain, *self.algorithm.seed_key)
        return np.random.SeedSequence(entropy, spawn_key=key)


def run_chains(run, entropy):
    """Run chains from their start to their last lattice.

    Parameters
    ----------
    run : Run
    entropy : uint32 array

    Returns
    -------
    bits : uint8 array of shape (n_rows, ceil(L^2 / 8))
        The lattices, a bit per spin, to be kept or sent in little memory; see `unpack`.
    series : float64 array of shape (n_chains, n, 2)
        Energy and squared magnetization per site, every `run.measurement_interval` sweeps from the
        second half of the burn-in on. Only the first run of a temperature is recorded, and of its
        chains at most the first 16.
    """
    n_rows, n_chains = len(run.rows), run.algorithm.n_chains_per_run
    chains = run.algorithm(run.lattice_size, run.temperature, run.seed(entropy))
    recorder = _Recorder(chains, run)
    snapshots = np.empty((min(n_chains, n_rows), run.lattice_size, run.lattice_size), np.int8)
    bits = np.empty((n_rows, n_bytes(run.lattice_size)), np.uint8)
    chains.advance(run.n_discard // 2)
    for row in range(0, n_rows, n_chains):
        recorder.advance(run.n_discard - run.n_discard // 2 if row == 0 else run.thin)
        frame = snapshots[: n_rows - row]
        chains.copy_snapshots(frame)
        bits[row : row + n_chains] = np.packbits(frame.reshape(len(frame), -1) > 0, axis=1)
    return bits, recorder.series()


def n_bytes(lattice_size):
    """Return the bytes of a lattice at a bit per spin."""
    return (lattice_size**2 + 7) // 8


def unpack(bits, lattice_size):
    """Return lattices (n, L, L) int8 from the bits (n, ceil(L^2 / 8)) of `run_chains`."""
    spins = np.unpackbits(bits, axis=1, count=lattice_size**2).view(np.int8)
    # In place, because the lattices of a run take most of the memory.
    spins *= 2
    spins -= 1
    return spins.reshape(len(bits), lattice_size, lattice_size)


class _Recorder:
    """Advance chains, and measure some of them at regular intervals."""

    def __init__(self, chains, run):
        self._chains, self._n_sites = chains, run.lattice_size**2
        n_recorded = 0
        if run.first_chain == 0:
            n_recorded = min(_MOST_RECORDED_CHAINS, run.algorithm.n_chains_per_run)
        self._lattices = np.empty((n_recorded, run.lattice_size, run.lattice_size), np.int8)
        self._interval = self._until_next = run.measurement_interval
        self._measured = []

    def advance(self, n_sweeps):
        while n_sweeps > 0 and len(self._lattices) and len(self._measured) < _MOST_MEASUREMENTS:
            step = min(n_sweeps, self._until_next)
            self._chains.advance(step)
            n_sweeps, self._until_next = n_sweeps - step, self._until_next - step
            if self._until_next == 0:
                self._until_next = self._interval
                self._measured.append(self._measure())
        self._chains.advance(n_sweeps)

    def series(self):
        """Return the measurements, shape (n_chains, n, 2)."""
        shape = (len(self._measured), len(self._lattices), 2)
        return np.array(self._measured).reshape(shape).swapaxes(0, 1)

    def _measure(self):
        self._chains.copy_lattices(self._lattices)
        bond_sum = np.empty(len(self._lattices), np.int64)
        bond_sums(self._lattices, bond_sum)
        magnetization = self._lattices.sum(axis=(1, 2), dtype=np.int64) / self._n_sites
        return np.column_stack([-bond_sum / self._n_sites, magnetization**2])
