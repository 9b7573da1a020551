"""Measure functions in turns, so that a slow phase of the machine slows all of them alike."""

import resource
import statistics
import subprocess
import sys
import time

import numpy as np


def timed(function, clock=time.perf_counter):
    """Return the seconds that ``function()`` takes, and what it returns."""
    start = clock()
    result = function()
    return clock() - start, result


def in_turns(*measurements, n_rounds):
    """Call each measurement once in each round, one after the other.

    The first round warms up caches and compiles kernels. It comes on top of ``n_rounds`` and is
    dropped.

    Parameters
    ----------
    *measurements : callables
        Each returns a number, or a sequence of numbers.
    n_rounds : int

    Returns
    -------
    ndarray of shape (n_measurements, n_rounds, ...)
    """
    rounds = [[measurement() for measurement in measurements] for _ in range(n_rounds + 1)]
    return np.swapaxes(rounds[1:], 0, 1)


def time_in_turns(*functions, n_rounds, clock=time.perf_counter):
    """Return the seconds of each function in each round, shape (n_functions, n_rounds)."""

    def stopwatch(function):
        # The result is deleted before the next function starts, and after the clock has stopped.
        return lambda: timed(function, clock)[0]

    return in_turns(*map(stopwatch, functions), n_rounds=n_rounds)


def median_ratio(values, baseline):
    """Return the median over the rounds of value / baseline.

    Both numbers of a ratio are from the same round. A disturbance that lasts for several rounds
    cancels in each of them, but not in a ratio of two medians.
    """
    return statistics.median(a / b for a, b in zip(values, baseline, strict=True))


def run_in_new_process(code):
    """Run Python code in a new interpreter and return what it prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def peak_memory():
    """Return the peak resident memory of this process in MB (10^6 bytes)."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
