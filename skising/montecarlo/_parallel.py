"""Runs of Markov chains side by side, by joblib."""

from contextlib import ExitStack

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs

from .._validation import check_random_state
from ._diagnostics import autocorrelation_times
from ._progress import Progress, reporter
from ._run import run_chains

_MOST_WAITING_BYTES = 1 << 28  # of finished lattices that the caller has not taken yet


def sample(runs, random_state, destination, *, n_jobs, verbose):
    """Run chains, and write the lattices of each run to a destination when it ends.

    Parameters
    ----------
    runs : list of Run
    random_state : int, RandomState instance or None
    destination : Destination
        After its `begin`. The runs that it has done count as progress.
    n_jobs, verbose : int
    """
    entropy = check_random_state(random_state).randint(2**32, size=4, dtype=np.uint32)
    largest = max(run.n_bytes for run in runs)
    with ExitStack() as stack:
        progress = path = None
        if verbose:
            seconds = np.array([run.seconds + destination.seconds_to_encode(run) for run in runs])
            storing = np.array([destination.seconds_to_store(run) for run in runs])
            name = f"{runs[0].model.name} chains"
            progress = Progress(name, seconds, storing, destination.done)
            path = stack.enter_context(progress).path
        missing = [k for k in range(len(runs)) if k not in destination.done]
        calls = [
            delayed(_run_to_bits)(k, runs[k], entropy, path, destination.encode) for k in missing
        ]
        most_waiting = max(1, _MOST_WAITING_BYTES // largest)
        for k, lattices, measured in _as_completed(calls, n_jobs, most_waiting):
            destination.write(k, lattices, measured)
            if progress:
                progress.stored(k)


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


def _run_to_bits(k, run, entropy, path, encode):
    """Return `k`, the lattices of a run as `encode` returns them, and what was measured in it.

    `path` is where the run writes its progress, or None.
    """
    report = None if path is None else reporter(path, k, run.n_sweeps)
    packed, series = run_chains(run, entropy, report)
    lattices, measured = encode(run, packed[np.argsort(run.rows)])
    times = autocorrelation_times(series, run.measurement_interval)
    return k, lattices, [*measured, np.array(times)]
