"""Runs of Markov chains, side by side on whatever joblib runs them on."""

from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from tqdm import tqdm

from ._diagnostics import autocorrelation_times
from ._run import n_bytes, run_chains, unpack

_WAITING_BYTES = 1 << 28  # of lattices at most that wait for being taken


class Result(NamedTuple):
    """What a run has brought.

    `rows` (n,) are in ascending order and without gaps where the runs are ordered by chain; the
    `lattices` (n, L, L) int8 belong there; `times` are those of `autocorrelation_times`.
    """

    rows: np.ndarray
    lattices: np.ndarray
    times: tuple


def sample(runs, entropy, *, n_jobs, verbose, done=()):
    """Run chains, and yield the number and the `Result` of each run as it ends.

    Parameters
    ----------
    runs : list of Run
    entropy : uint32 array
    n_jobs, verbose : int
    done : container of int
        Numbers of the runs that are not to be run, but count as progress.
    """
    missing = [k for k in range(len(runs)) if k not in done]
    calls = [delayed(_run_to_bits)(k, runs[k], entropy) for k in missing]
    n_sweeps = [run.n_sweeps for run in runs]
    largest = max(len(run.rows) * n_bytes(run.lattice_size) for run in runs)
    progress = tqdm(
        total=sum(n_sweeps),
        initial=sum(n_sweeps) - sum(n_sweeps[k] for k in missing),
        desc="Ising chains",
        unit="sweep",
        unit_scale=True,
        disable=not verbose,
    )
    with progress:
        for k, bits, times in _as_they_end(calls, n_jobs, max(1, _WAITING_BYTES // largest)):
            order = np.argsort(runs[k].rows)
            lattices = unpack(bits[order], runs[k].lattice_size)
            yield k, Result(runs[k].rows[order], lattices, times)
            progress.update(n_sweeps[k])


def _as_they_end(calls, n_jobs, n_waiting):
    """Yield the results of delayed calls in the order they end in, at most `n_waiting` of them."""
    try:
        parallel = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator_unordered")
        n_at_once = max(n_waiting, effective_n_jobs(n_jobs))
    except ValueError:
        # Some backends, as multiprocessing, have the results of all of their calls or of none.
        parallel = Parallel(n_jobs=n_jobs, prefer="threads")
        n_at_once = effective_n_jobs(n_jobs)
    for start in range(0, len(calls), n_at_once):
        yield from parallel(calls[start : start + n_at_once])


def _run_to_bits(k, run, entropy):
    """Return `k`, the lattices of a run as bits, and its autocorrelation times."""
    bits, series = run_chains(run, entropy)
    return k, bits, autocorrelation_times(series, run.stride)
