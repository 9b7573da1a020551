"""Runs of Markov chains side by side, by joblib."""

from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from tqdm import tqdm

from .._validation import check_random_state
from ._diagnostics import autocorrelation_times
from ._run import run_chains

_MOST_WAITING_BYTES = 1 << 28  # of finished lattices that the caller has not taken yet


class Result(NamedTuple):
    """The lattices of a run.

    `rows` (n,) are in ascending order, and consecutive if the runs are ordered by chain.
    `lattices` (n, L, L) belong in these rows. `times` are the `autocorrelation_times`.
    """

    rows: np.ndarray
    lattices: np.ndarray
    times: tuple


def sample(runs, random_state, *, n_jobs, verbose, done=()):
    """Run chains, and yield the number and the `Result` of each run when it ends.

    Parameters
    ----------
    runs : list of Run
    random_state : int, RandomState instance or None
    n_jobs, verbose : int
    done : container of int
        Numbers of runs to skip. They count as progress.
    """
    entropy = check_random_state(random_state).randint(2**32, size=4, dtype=np.uint32)
    missing = [k for k in range(len(runs)) if k not in done]
    calls = [delayed(_run_to_bits)(k, runs[k], entropy) for k in missing]
    n_sweeps = [run.n_sweeps for run in runs]
    model = runs[0].model
    largest = max(len(run.rows) * model.n_bytes(run.lattice_size) for run in runs)
    progress = tqdm(
        total=sum(n_sweeps),
        initial=sum(n_sweeps) - sum(n_sweeps[k] for k in missing),
        desc=f"{model.name} chains",
        unit="sweep",
        unit_scale=True,
        disable=not verbose,
    )
    with progress:
        most_waiting = max(1, _MOST_WAITING_BYTES // largest)
        for k, packed, times in _as_completed(calls, n_jobs, most_waiting):
            order = np.argsort(runs[k].rows)
            lattices = model.unpack(packed[order], runs[k].lattice_size)
            yield k, Result(runs[k].rows[order], lattices, times)
            progress.update(n_sweeps[k])


def sample_into_memory(runs, random_state, *, n_jobs, verbose):
    """Run chains, and return all lattices in one array.

    Parameters
    ----------
    runs : list of Run
    random_state : int, RandomState instance or None
    n_jobs, verbose : int

    Returns
    -------
    lattices : ndarray of shape (n_rows, L, L)
    times : list of (float, float, float, float)
        The `autocorrelation_times` of each run.

    Raises
    ------
    MemoryError
        If there is less memory than the lattices take.
    """
    n_rows, size = sum(len(run.rows) for run in runs), runs[0].lattice_size
    model = runs[0].model
    try:
        lattices = np.empty((n_rows, size, size), model.dtype)
    except (MemoryError, ValueError) as error:
        # ValueError: the number of bytes does not fit into 64 bits.
        raise MemoryError(
            f"{n_rows} lattices of lattice_size={size} take "
            f"{n_rows * size**2 * np.dtype(model.dtype).itemsize // 10**9} GB of memory, more than "
            f"there is. Ask for fewer or smaller ones, or have {model.function} write them to a "
            "file: out."
        ) from error
    times = [None] * len(runs)
    for k, result in sample(runs, random_state, n_jobs=n_jobs, verbose=verbose):
        lattices[result.rows] = result.lattices
        times[k] = result.times
    return lattices, times


def _as_completed(calls, n_jobs, most_waiting):
    """Yield the results of delayed calls as the calls end; at most `most_waiting` wait."""
    try:
        parallel = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator_unordered")
        n_at_once = max(most_waiting, effective_n_jobs(n_jobs))
    except ValueError:
        # Some backends, such as multiprocessing, return the results of all calls together.
        parallel = Parallel(n_jobs=n_jobs, prefer="threads")
        n_at_once = effective_n_jobs(n_jobs)
    for start in range(0, len(calls), n_at_once):
        yield from parallel(calls[start : start + n_at_once])


def _run_to_bits(k, run, entropy):
    """Return `k`, the lattices of a run as bits, and its autocorrelation times."""
    packed, series = run_chains(run, entropy)
    return k, packed, autocorrelation_times(series, run.measurement_interval)
