"""A run of Markov chains: from the start of its chains to their last lattices."""

from dataclasses import dataclass

import numpy as np

from ._algorithms import Algorithm
from ._models import Model

_MOST_RECORDED_CHAINS = 16
_MOST_MEASUREMENTS = 10000  # of a chain: enough to know its autocorrelation times
_SECONDS_BETWEEN_REPORTS = 0.2


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

    @property
    def n_bytes(self):
        """Bytes that the lattices take, packed."""
        return len(self.rows) * self.model.n_bytes(self.lattice_size)

    @property
    def n_recorded_chains(self):
        """Chains that are measured for their autocorrelation times."""
        if self.first_chain > 0:
            return 0
        return min(_MOST_RECORDED_CHAINS, self.algorithm.n_chains_per_run)

    @property
    def seconds_per_sweep(self):
        """Estimated processor time of a sweep of all chains, on one core."""
        parameters = self.model.parameters(self.temperature, self.first_chain)
        return self.algorithm.seconds_per_sweep(self.lattice_size, self.temperature, **parameters)

    @property
    def seconds(self):
        """Estimated processor time of the run, on one core."""
        n_sites, model = self.lattice_size**2, self.model
        n_measured = (self.n_sweeps - self.n_discard // 2) // self.measurement_interval
        n_measured = min(n_measured, _MOST_MEASUREMENTS) * self.n_recorded_chains
        of_lattices = n_measured * model.seconds_to_measure + len(self.rows) * model.seconds_to_pack
        return self.n_sweeps * self.seconds_per_sweep + n_sites * of_lattices

    def seed(self, entropy):
        """Return the SeedSequence of the run, which no other run has."""
        temperature_bits = int(np.float64(self.temperature).view(np.uint64))
        key = (temperature_bits, self.first_chain, *self.model.seed_key(self))
        return np.random.SeedSequence(entropy, spawn_key=key)


def run_chains(run, entropy, report=None):
    """Run chains from their start to their last lattice.

    Parameters
    ----------
    run : Run
    entropy : uint32 array
    report : callable, default=None
        Gets the number of sweeps that are done, several times a second.

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
    advance = chains.advance if report is None else _advance_and_report(chains, run, report)
    recorder = _Recorder(chains, run, advance)
    snapshots = np.empty((min(n_chains, n_rows), *shape), model.dtype)
    packed = np.empty((n_rows, model.n_bytes(run.lattice_size)), np.uint8)
    advance(run.n_discard // 2)
    for row in range(0, n_rows, n_chains):
        recorder.advance(run.n_discard - run.n_discard // 2 if row == 0 else run.thin)
        frame = snapshots[: n_rows - row]
        chains.copy_snapshots(frame)
        packed[row : row + n_chains] = model.pack(frame)
    return packed, recorder.series()


def _advance_and_report(chains, run, report):
    """Return a function that advances chains and reports the sweeps that are done."""
    n_at_once = max(1, int(_SECONDS_BETWEEN_REPORTS / run.seconds_per_sweep))
    n_done = 0

    def advance(n_sweeps):
        nonlocal n_done
        for start in range(0, n_sweeps, n_at_once):
            step = min(n_at_once, n_sweeps - start)
            chains.advance(step)
            n_done += step
            report(n_done)

    return advance


class _Recorder:
    """Advance chains, and measure some of them at regular intervals."""

    def __init__(self, chains, run, advance):
        self._chains, self._model, self._advance = chains, run.model, advance
        shape = (run.n_recorded_chains, run.lattice_size, run.lattice_size)
        self._lattices = np.empty(shape, run.model.dtype)
        self._interval = self._until_next = run.measurement_interval
        self._measured = []

    def advance(self, n_sweeps):
        while n_sweeps > 0 and len(self._lattices) and len(self._measured) < _MOST_MEASUREMENTS:
            step = min(n_sweeps, self._until_next)
            self._advance(step)
            n_sweeps, self._until_next = n_sweeps - step, self._until_next - step
            if self._until_next == 0:
                self._until_next = self._interval
                self._measured.append(self._measure())
        self._advance(n_sweeps)

    def series(self):
        """Return the measurements, shape (n_chains, n, 2)."""
        shape = (len(self._measured), len(self._lattices), 2)
        return np.array(self._measured).reshape(shape).swapaxes(0, 1)

    def _measure(self):
        self._chains.copy_lattices(self._lattices)
        return self._model.record(self._lattices)
