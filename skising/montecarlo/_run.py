"""Markov chains of the Ising model: which algorithm, how many sweeps, and the run itself."""

from dataclasses import dataclass, replace

import numpy as np

from .._kernels import metropolis as multispin
from .._kernels.observables import bond_sums
from .._kernels.random import next_word
from .._kernels.swendsen_wang import swendsen_wang
from .._kernels.wolff import wolff
from ..exact import CRITICAL_TEMPERATURE, correlation_length, spontaneous_magnetization

ALGORITHMS = ("auto", "swendsen-wang", "wolff", "metropolis")

_N_CHAINS = {"swendsen-wang": 4, "wolff": 4, "metropolis": multispin.N_LATTICES}
_N_CHAINS_AT_ONCE = {"swendsen-wang": 1, "wolff": 1, "metropolis": multispin.N_LATTICES}
_DISCARD = 10  # in units of thin
_N_RECORDED = 16  # chains, of those that run together
_MOST_SWEEPS = 10**12  # of a chain: some hours' work for the smallest of lattices
_N_MEASUREMENTS = 10000  # of a chain, after which its autocorrelation times are known well enough


@dataclass(frozen=True)
class Run:
    """Chains of one temperature that run together: one, or the 64 in the bits of a word."""

    algorithm: str
    temperature: float
    lattice_size: int
    n_discard: int
    thin: int
    stride: int
    """Sweeps from one measurement to the next."""
    first_chain: int
    rows: np.ndarray
    """Where the lattices belong: shape (n,), those of a frame side by side."""

    @property
    def n_sweeps(self):
        """Sweeps of each of the chains, from the start to the last lattice."""
        n_frames = -(-len(self.rows) // _N_CHAINS_AT_ONCE[self.algorithm])
        return self.n_discard + (n_frames - 1) * self.thin

    @property
    def n_chains(self):
        """Chains at the temperature, where there are rows enough."""
        return _N_CHAINS[self.algorithm]

    def seed(self, entropy):
        """Return the seed of the run's random numbers, which are its own."""
        bits = int(np.float64(self.temperature).view(np.uint64))
        # No two algorithms share random numbers; the first to be there has the shortest key.
        own = () if self.algorithm == "swendsen-wang" else (ALGORITHMS.index(self.algorithm),)
        return np.random.SeedSequence(entropy, spawn_key=(bits, self.first_chain, *own))


def check_lattice_size(algorithm, lattice_size):
    """Raise ValueError where an algorithm has no lattices of a size."""
    if algorithm == "metropolis" and not _has_checkerboard(lattice_size):
        raise ValueError(
            "algorithm='metropolis' updates the two colours of a checkerboard in turn, which takes "
            f"an even lattice_size of at least 4; got {lattice_size}. 'auto', 'swendsen-wang' and "
            "'wolff' take any size."
        )
    if algorithm == "wolff" and lattice_size > 2**16:
        raise ValueError(
            "algorithm='wolff' numbers sites by 32 bits, which takes a lattice_size of at most "
            f"{2**16}; got {lattice_size}. 'auto' and 'swendsen-wang' take any size."
        )


def _has_checkerboard(lattice_size):
    return lattice_size >= 4 and lattice_size % 2 == 0


def plan(temperature, lattice_size, algorithm, n_discard=None, thin=None):
    """Lay rows on chains: the k-th row of a temperature is frame k // n of its chain k % n.

    n is the number of chains at a temperature: 4, or 64 for Metropolis.

    Parameters
    ----------
    temperature : float64 array of shape (n_rows,)
    lattice_size : int
    algorithm : str
    n_discard, thin : int or None

    Returns
    -------
    runs : list of Run
        Ordered by the first row of their temperature.
    chain, frame : int64 arrays of shape (n_rows,)
        `chain` counts from 0 at each temperature.
    """
    runs, chain, frame = [], np.empty(len(temperature), np.int64), np.empty(len(temperature), int)
    values, first = np.unique(temperature, return_index=True)
    by_value = np.split(
        np.argsort(temperature, kind="stable"),
        np.flatnonzero(np.diff(np.sort(temperature))) + 1,
    )
    for value in np.argsort(first):
        T, rows = float(values[value]), by_value[value]
        chosen = choose_algorithm(lattice_size, T) if algorithm == "auto" else algorithm
        n_chains, at_once = _N_CHAINS[chosen], _N_CHAINS_AT_ONCE[chosen]
        occurrence = np.arange(len(rows))
        chain[rows], frame[rows] = occurrence % n_chains, occurrence // n_chains
        default = default_thin(chosen, lattice_size, T)
        sweeps = (
            _DISCARD * default if n_discard is None else n_discard,
            default if thin is None else thin,
            max(1, default // 8),
        )
        runs += [
            Run(chosen, T, lattice_size, *sweeps, k, rows[chain[rows] // at_once == k // at_once])
            for k in range(0, min(n_chains, len(rows)), at_once)
        ]
        _check_n_sweeps(runs[-1], n_discard, thin)
    return runs, chain, frame


def _check_n_sweeps(run, n_discard, thin):
    if run.n_sweeps > _MOST_SWEEPS:
        raise ValueError(
            f"at temperature {run.temperature:g} chains of algorithm={run.algorithm!r} would take "
            f"more than {_MOST_SWEEPS:.0e} sweeps each, with n_discard={n_discard} and "
            f"thin={thin}. Give smaller ones, or None for both and algorithm='auto', which needs "
            "few sweeps at every temperature."
        )


def order_by_chain(runs, chain, frame):
    """Let rows be ordered by run, chain and time.

    Returns the runs with their rows where they then are, and the old row of each new one.
    """
    ordered, order, start = [], [], 0
    for run in runs:
        within = np.lexsort((frame[run.rows], chain[run.rows]))
        rows = np.empty_like(run.rows)
        rows[within] = start + np.arange(len(rows))
        ordered.append(replace(run, rows=rows))
        order.append(run.rows[within])
        start += len(rows)
    return ordered, np.concatenate(order)


def choose_algorithm(lattice_size, temperature):
    """Return the algorithm that "auto" stands for; see `make_ising`."""
    if not _has_checkerboard(lattice_size):
        return "swendsen-wang"
    metropolis, swendsen_wang = (
        default_thin(algorithm, lattice_size, temperature)
        for algorithm in ("metropolis", "swendsen-wang")
    )
    return "metropolis" if metropolis <= 10 * swendsen_wang else "swendsen-wang"


def default_thin(algorithm, lattice_size, temperature):
    """Return twice the integrated autocorrelation time, rounded up; see `make_ising`."""
    xi = float(correlation_length(temperature))
    s = min(max(4 * xi, 1), lattice_size)
    if algorithm == "metropolis":
        tau = 1 + 0.04 * min(3.5 * xi, lattice_size) ** 2.17 + temperature / 14
    elif algorithm == "wolff":
        share = _mean_cluster_size(lattice_size, temperature, xi) / lattice_size**2
        tau = 0.65 * s**0.33 / share
    else:
        tau = 1.5 * s**0.3
    return int(np.ceil(2 * tau))


def _mean_cluster_size(lattice_size, temperature, xi):
    """Estimate N <m^2>, the mean size of Wolff's clusters, from below."""
    if temperature <= CRITICAL_TEMPERATURE:
        spontaneous = float(spontaneous_magnetization(temperature))
        return max(spontaneous**2 * lattice_size**2, 0.9 * lattice_size**1.75)
    return max(2.2 * min(xi, 0.6 * lattice_size) ** 1.75, 1)


def run_chains(run, entropy):
    """Run chains from their start to their last lattice.

    Parameters
    ----------
    run : Run
    entropy : uint32 array

    Returns
    -------
    bits : uint8 array of shape (n_rows, ceil(L^2 / 8))
        The lattices, a bit a spin, for what has to travel or wait; see `unpack`.
    series : float64 array of shape (n_chains, n, 2)
        Energy and squared magnetization per site of some of the chains, every `run.stride` sweeps
        of the burn-in's second half and of all that follows. No chain but the first of a
        temperature is recorded, or the first 16 where 64 run at once.
    """
    seed, n_rows = run.seed(entropy), len(run.rows)
    chains = (_Metropolis64 if run.algorithm == "metropolis" else _ClusterChain)(run, seed)
    recorder = _Recorder(chains, run)
    at_once = _N_CHAINS_AT_ONCE[run.algorithm]
    snapshots = np.empty((min(at_once, n_rows), run.lattice_size, run.lattice_size), np.int8)
    bits = np.empty((n_rows, n_bytes(run.lattice_size)), np.uint8)
    chains.advance(run.n_discard // 2)
    for row in range(0, n_rows, at_once):
        recorder.advance(run.n_discard - run.n_discard // 2 if row == 0 else run.thin)
        frame = snapshots[: n_rows - row]
        chains.copy_to(frame)
        bits[row : row + at_once] = np.packbits(frame.reshape(len(frame), -1) > 0, axis=1)
    return bits, recorder.series()


def n_bytes(lattice_size):
    """Return the bytes of a lattice of a bit a spin."""
    return (lattice_size**2 + 7) // 8


def unpack(bits, lattice_size):
    """Return lattices (n, L, L) int8 of the bits (n, ceil(L^2 / 8)) that `run_chains` returns."""
    spins = np.unpackbits(bits, axis=1, count=lattice_size**2).view(np.int8)
    # In place: the lattices of a run are what takes most of the memory.
    spins *= 2
    spins -= 1
    return spins.reshape(len(bits), lattice_size, lattice_size)


class _Recorder:
    """Advance chains, and measure some of them on the way."""

    def __init__(self, chains, run):
        self.chains, self.n_sites, self.stride = chains, run.lattice_size**2, run.stride
        n_measured = 0 if run.first_chain else min(_N_RECORDED, _N_CHAINS_AT_ONCE[run.algorithm])
        self.lattices = np.empty((n_measured, run.lattice_size, run.lattice_size), np.int8)
        self.due, self.measured = run.stride, []

    def advance(self, n_sweeps):
        while n_sweeps > 0 and len(self.lattices) and len(self.measured) < _N_MEASUREMENTS:
            step = min(n_sweeps, self.due)
            self.chains.advance(step)
            n_sweeps, self.due = n_sweeps - step, self.due - step
            if self.due == 0:
                self.due = self.stride
                self.measured.append(self._measure())
        self.chains.advance(n_sweeps)

    def series(self):
        shape = (len(self.measured), len(self.lattices), 2)
        return np.array(self.measured).reshape(shape).swapaxes(0, 1)

    def _measure(self):
        self.chains.view(self.lattices)
        energy = np.empty(len(self.lattices), np.int64)
        bond_sums(self.lattices, energy)
        magnetization = self.lattices.sum(axis=(1, 2), dtype=np.int64) / self.n_sites
        return np.column_stack([-energy / self.n_sites, magnetization**2])


class _ClusterChain:
    """One lattice, updated by Swendsen-Wang sweeps or by Wolff clusters."""

    def __init__(self, run, seed):
        # Wolff's big cluster turns over at nearly every step below the critical temperature, so
        # that a snapshot's sign would tell the parity of its frame.
        self.has_random_sign = run.algorithm == "wolff"
        self.update = wolff if run.algorithm == "wolff" else swendsen_wang
        self.state = seed.generate_state(4, np.uint64)
        # The probability of a bond.
        self.threshold = _as_threshold(-np.expm1(-2 / run.temperature))
        self.spins = np.ones((run.lattice_size, run.lattice_size), np.int8)
        # From a random start Wolff's clusters are small, and the lattice relaxes slowly.
        if run.temperature > CRITICAL_TEMPERATURE and run.algorithm == "swendsen-wang":
            # Without bonds every site is a cluster, with a random sign of its own.
            swendsen_wang(self.spins, np.uint64(0), 1, self.state)

    def advance(self, n_sweeps):
        self.update(self.spins, self.threshold, n_sweeps, self.state)

    def view(self, lattices):
        """Copy the lattice as it is."""
        lattices[0] = self.spins

    def copy_to(self, lattices):
        """Copy the lattice as a snapshot, of a sign that is independent of the last one's."""
        sign = 1 - 2 * int(next_word(self.state) >> np.uint64(63)) if self.has_random_sign else 1
        np.multiply(self.spins, np.int8(sign), out=lattices[0])


class _Metropolis64:
    """64 lattices in the bits of words, updated by Metropolis sweeps."""

    def __init__(self, run, seed):
        state = seed.generate_state(multispin.N_STATE_WORDS + 4, np.uint64)
        # One state more, of what is not drawn as vectors.
        self.state, self.extra_state = state[:-4].copy(), state[-4:].copy()
        self.thresholds = np.array(
            [_as_threshold(np.exp(-cost / run.temperature)) for cost in (4, 8)], np.uint64
        )
        self.size = run.lattice_size
        # Zeros, since how many digits are drawn depends on the words without a meaning, too.
        self.words = np.zeros(multispin.n_words(self.size), np.uint64)
        if run.temperature > CRITICAL_TEMPERATURE:
            multispin.fill_random(self.words, self.size, self.extra_state)
        else:
            # From a random start a third of the lattices would freeze into stripes.
            multispin.fill_ordered(self.words)

    def advance(self, n_sweeps):
        multispin.metropolis(self.words, self.size, self.thresholds, n_sweeps, self.state)

    def view(self, lattices):
        """Copy the first lattices as they are."""
        multispin.unpack(self.words, self.size, np.uint64(0), lattices)

    def copy_to(self, lattices):
        """Copy the first lattices as snapshots, of signs independent of the last ones'."""
        # A lattice keeps its sign for very long below the critical temperature.
        signs = next_word(self.extra_state)
        multispin.unpack(self.words, self.size, np.uint64(signs), lattices)


def _as_threshold(probability):
    """Return a probability in units of 2^-64, where 1 becomes 1 - 2^-64."""
    return np.uint64(min(int(float(probability) * 2**64), 2**64 - 1))
