"""A run of Markov chains: from the start of its chains to their last lattices."""

from dataclasses import dataclass

import numpy as np

from ._algorithms import Algorithm
from ._models import Model

_MOST_RECORDED_CHAINS = 16
_MOST_MEASUREMENTS = 10000  # of a chain: enough to know its autocorrelation times


@dataclass(frozen=True)
class Run:
    """Chains of one temperature that an algorithm updates together."""

    model: Model
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
        key = (temperature_bits, self.first_chain, *self.model.seed_key(self))
        return np.random.SeedSequence(entropy, spawn_key=key)


def run_chains(run, entropy):
    """Run chains from their start to their last lattice.

    Parameters
    ----------
    run : Run
    entropy : uint32 array

    Returns
    -------
    packed : uint8 array of shape (n_rows, n_bytes)
        The lattices, to be kept or sent in little memory; the model unpacks them.
    series : float64 array of shape (n_chains, n, 2)
        What the model records, every `run.measurement_interval` sweeps from the second half of the
        burn-in on. Only the first run of a temperature is recorded, and of its chains at most the
        first 16.
    """
    n_rows, n_chains = len(run.rows), run.algorithm.n_chains_per_run
    model, shape = run.model, (run.lattice_size, run.lattice_size)
    chains = model.start_chains(run, run.seed(entropy))
    recorder = _Recorder(chains, run)
    snapshots = np.empty((min(n_chains, n_rows), *shape), model.dtype)
    packed = np.empty((n_rows, model.n_bytes(run.lattice_size)), np.uint8)
    chains.advance(run.n_discard // 2)
    for row in range(0, n_rows, n_chains):
        recorder.advance(run.n_discard - run.n_discard // 2 if row == 0 else run.thin)
        frame = snapshots[: n_rows - row]
        chains.copy_snapshots(frame)
        packed[row : row + n_chains] = model.pack(frame)
    return packed, recorder.series()


class _Recorder:
    """Advance chains, and measure some of them at regular intervals."""

    def __init__(self, chains, run):
        self._chains, self._model = chains, run.model
        n_recorded = 0
        if run.first_chain == 0:
            n_recorded = min(_MOST_RECORDED_CHAINS, run.algorithm.n_chains_per_run)
        shape = (n_recorded, run.lattice_size, run.lattice_size)
        self._lattices = np.empty(shape, run.model.dtype)
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
        return self._model.record(self._lattices)
