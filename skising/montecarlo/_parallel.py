"""Runs of Markov chains side by side, by joblib."""

from contextlib import ExitStack
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs

from .._validation import check_random_state
from ._diagnostics import autocorrelation_times
from ._progress import Progress, reporter
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


def sample(runs, random_state, *, n_jobs, verbose, seconds_to_store, done=()):
    """Run chains, and yield the number and the `Result` of each run when it ends.

    Parameters
    ----------
    runs : list of Run
    random_state : int, RandomState instance or None
    n_jobs, verbose : int
    seconds_to_store : callable
        Estimates the processor time that the caller takes for the lattices of a run.
    done : container of int
        Numbers of runs to skip. They count as progress.
    """
    entropy = check_random_state(random_state).randint(2**32, size=4, dtype=np.uint32)
    model = runs[0].model
    largest = max(run.n_bytes for run in runs)
    with ExitStack() as stack:
        progress = path = None
        if verbose:
            seconds = np.array([run.seconds for run in runs])
            storing = np.array([seconds_to_store(run) for run in runs])
            progress = Progress(f"{model.name} chains", seconds, storing, done)
            path = stack.enter_context(progress).path
        missing = [k for k in range(len(runs)) if k not in done]
        calls = [delayed(_run_to_bits)(k, runs[k], entropy, path) for k in missing]
        most_waiting = max(1, _MOST_WAITING_BYTES // largest)
        for k, packed, times in _as_completed(calls, n_jobs, most_waiting):
            order = np.argsort(runs[k].rows)
            lattices = model.unpack(packed[order], runs[k].lattice_size)
            yield k, Result(runs[k].rows[order], lattices, times)
            if progress:
                progress.stored(k)


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
    results = sample(
        runs, random_state, n_jobs=n_jobs, verbose=verbose, seconds_to_store=seconds_to_unpack
    )
    for k, result in results:
        lattices[result.rows] = result.lattices
        times[k] = result.times
    return lattices, times


def seconds_to_unpack(run):
    """Estimate the processor time to put the lattices of a run into memory."""
    return 0.5e-9 * len(run.rows) * run.lattice_size**2 * run.model.n_bits


def _as_completed(calls, n_jobs, most_waiting):
    """Yield the results of delayed calls as the calls end; at most `most_waiting` wait.

    If the caller takes them too slowly, no call begins until it has taken all that have begun.
    """
    n_running = effective_n_jobs(n_jobs)
    try:
        ahead = min(2 * n_running, n_running + most_waiting // 2)
        parallel = Parallel(
            n_jobs=n_jobs, prefer="threads", return_as="generator_unordered", pre_dispatch=ahead
        )
        n_at_once = n_running + most_waiting
    except ValueError:
        # Some backends, such as multiprocessing, return the results of all calls together.
        parallel, n_at_once = Parallel(n_jobs=n_jobs, prefer="threads"), n_running
    n_started = n_taken = 0

    def next_calls():
        # Threads of joblib ask for the calls, one thread at a time.
        nonlocal n_started
        while n_started < len(calls) and n_started - n_taken < n_at_once:
            n_started += 1
            yield calls[n_started - 1]

    while n_started < len(calls):
        for result in parallel(next_calls()):
            yield result
            n_taken += 1


def _run_to_bits(k, run, entropy, path=None):
    """Return `k`, the lattices of a run as bits, and its autocorrelation times.

    `path` is where the run writes its progress.
    """
    report = None if path is None else reporter(path, k, run.n_sweeps)
    packed, series = run_chains(run, entropy, report)
    return k, packed, autocorrelation_times(series, run.measurement_interval)
