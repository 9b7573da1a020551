"""Fit and predict on one and on two threads, quiet and beside busy processes, in turns.

"shares" are the threads of the library: each takes whole shares of a batch, with one thread of
torch. "torch" is the same computation without shares, in which torch cuts every operation among its
own threads. The lattices are random spins, since the time does not depend on them.

The last table is the limit of the machine: two processes that know nothing of each other, each with
one thread, beside one such process. Two threads cannot be faster than that.

The script starts as many processes as there are cores that do nothing but count, and ends them.
"""

import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from statistics import median
from unittest.mock import patch

import numpy as np
from _results import Column, Results, argument_parser
from _timing import in_turns, median_ratio, timed

from skising import BlockAveragingRegressor
from skising.block_averaging import _prediction, _sharing_net

LATTICE_SIZE, N_EPOCHS = 320, 4
N_TIMES = 4  # as many lattices to predict as to fit
CASES = [(descriptor, block_size) for descriptor in ("d4", "pair") for block_size in (16, 32)]
KINDS = {"shares": True, "torch": False}
PROCESS = """
import sys, time
import numpy as np
from skising import BlockAveragingRegressor

descriptor, *numbers = sys.argv[1:]
block_size, n_lattices, size, n_epochs, n_times = map(int, numbers)
X = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), size=(n_lattices, size, size))
y = np.random.default_rng(1).random(len(X))
model = BlockAveragingRegressor(
    block_size, descriptor=descriptor, max_epochs=n_epochs, n_jobs=1, random_state=0
)
more = np.tile(X, (n_times, 1, 1))
tasks = lambda: model.fit(X, y), lambda: model.predict(more)
for task in tasks:
    task()
for task in tasks:
    print("ready", flush=True)
    sys.stdin.readline()
    start = time.perf_counter()
    task()
    print(time.perf_counter() - start, flush=True)
"""


@contextmanager
def busy_cores():
    """Keep all cores busy by processes that count."""
    command = [sys.executable, "-c", "while True: pass"]
    processes = [subprocess.Popen(command) for _ in range(os.cpu_count())]
    try:
        time.sleep(0.5)  # until they have started
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


@contextmanager
def torch_threads():
    """Let torch cut every operation among its own threads, as without shares."""
    with ExitStack() as stack:
        for module in (_sharing_net, _prediction):
            stack.enter_context(patch.object(module, "can_share", lambda net: False))
        at_once = _prediction._BLOCKS_IN_MEMORY
        stack.enter_context(patch.object(_prediction, "_blocks_at_once", lambda *_: at_once))
        yield


def stopwatch(model, X, y, n_threads, shares):
    """Return a function that returns the seconds of a fit and of a prediction."""
    more = np.tile(X, (N_TIMES, 1, 1))

    def measure():
        model.set_params(n_jobs=n_threads)
        with nullcontext() if shares else torch_threads():
            return timed(lambda: model.fit(X, y))[0], timed(lambda: model.predict(more))[0]

    return measure


def measure_case(descriptor, block_size, X, n_rounds):
    """Return the seconds of fit and predict, by (kind, threads, whether busy)."""
    y = np.random.default_rng(1).random(len(X))
    model = BlockAveragingRegressor(
        block_size, descriptor=descriptor, max_epochs=N_EPOCHS, random_state=0
    )
    variants = [(kind, n_threads) for kind in KINDS for n_threads in (1, 2)]
    functions = [stopwatch(model, X, y, n, KINDS[kind]) for kind, n in variants]

    def quiet():
        return [function() for function in functions]

    def busy():
        with busy_cores():
            return quiet()

    seconds = in_turns(quiet, busy, n_rounds=n_rounds)
    return {
        (*variant, is_busy): seconds[int(is_busy), :, k].T
        for k, variant in enumerate(variants)
        for is_busy in (False, True)
    }


def seconds_of_processes(descriptor, block_size, n_lattices, n_processes):
    """Return the seconds of fit and predict in processes side by side, those of the slowest."""
    numbers = map(str, (block_size, n_lattices, LATTICE_SIZE, N_EPOCHS, N_TIMES))
    command = [sys.executable, "-W", "ignore", "-c", PROCESS, descriptor, *numbers]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, **pipes) for _ in range(n_processes)]
    seconds = []
    for _ in ("fit", "predict"):
        for process in processes:
            process.stdout.readline()
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        seconds.append(max(float(process.stdout.readline()) for process in processes))
    for process in processes:
        process.communicate()
    return seconds


def show_limit(results, n_lattices, n_rounds):
    """Print the work of two independent processes in the time of one."""
    columns = [Column(f"{name}, 2 processes / 1", "", ".2f") for name in ("fit", "predict")]
    table = results.table("limit", {"descriptor": 10, "l": 3}, columns)
    for case in CASES:
        runs = [partial(seconds_of_processes, *case, n_lattices, n) for n in (1, 2)]
        one, two = in_turns(*runs, n_rounds=n_rounds)
        table.row(case, [2 * median_ratio(one[:, k], two[:, k]) for k in range(2)])


def show(results, task, column, rate, measured, n_units):
    """Print the table of fit (task 0) or predict (task 1)."""
    columns = [
        Column(f"1 thread{column}"),
        Column(f"2 threads{column}"),
        Column("1 / 2 threads", "", ".2f", "shares: at least 1.7"),
        Column(f"2, busy{column}"),
        Column("busy / quiet", "", ".2f", "shares: at most 2.3"),
        Column("1 thread, to torch", "", ".3f", "at most 1.03"),
    ]
    name = ("fit", "predict")[task]
    table = results.table(name, {"descriptor": 10, "l": 3, "threads": 7}, columns)
    for (descriptor, block_size), seconds in measured.items():
        for kind in KINDS:
            one, two, loaded = (
                seconds[kind, n, is_busy][task]
                for n, is_busy in ((1, False), (2, False), (2, True))
            )
            values = [rate(median(t), n_units[block_size]) for t in (one, two, loaded)]
            torch_one = seconds["torch", 1, False][task]
            table.row(
                [descriptor, block_size, kind],
                [
                    *values[:2],
                    median_ratio(one, two),
                    values[2],
                    median_ratio(loaded, two),
                    median_ratio(one, torch_one),
                ],
            )


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--n-lattices", type=int, default=128, help="lattices (128)")
    parser.add_argument("--n-rounds", type=int, default=3, help="rounds of each case (3)")
    options = parser.parse_args()
    results = Results(__file__, options)
    rng = np.random.default_rng(0)
    shape = (options.n_lattices, LATTICE_SIZE, LATTICE_SIZE)
    X = rng.choice(np.array([-1, 1], np.int8), size=shape)
    measured = {case: measure_case(*case, X, options.n_rounds) for case in CASES}
    n_blocks = {size: len(X) * (LATTICE_SIZE // size) ** 2 for _, size in CASES}
    n_sites = dict.fromkeys(n_blocks, N_TIMES * X.size)
    show(results, 0, ", µs", lambda t, n: t / n / N_EPOCHS * 1e6, measured, n_blocks)
    show(results, 1, ", 10^6 sites/s", lambda t, n: n / t / 1e6, measured, n_sites)
    show_limit(results, options.n_lattices, options.n_rounds)
    results.write()


if __name__ == "__main__":
    main()
