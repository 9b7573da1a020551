"""Speed of the Monte Carlo algorithms, and which of them gives the most independent lattices.

The script measures:

1. the kernels at L = 320, in turns with plain implementations of the same algorithms, and the Wolff
   kernel of the clock model in turns with that of the Ising model;
2. independent lattices per second from `make_ising` with its default burn-in and thinning. The
   rule of ``algorithm="auto"`` rests on these tables;
3. the first call in a new process whose compiled code is cached.

Pin it to one core: ``taskset -c 0 python benchmarks/bench_algorithms.py``.
"""

import random
from functools import partial
from statistics import median

import numpy as np
from _results import Column, Results, argument_parser
from _timing import in_turns, median_ratio, run_in_new_process, timed
from bench_swendsen_wang import plain_sweeps
from numba import njit

from skising import make_ising
from skising._kernels import clock
from skising._kernels import metropolis as multispin
from skising._kernels.wolff import wolff, work_arrays
from skising.exact import CRITICAL_TEMPERATURE
from skising.montecarlo._algorithms import ALGORITHMS, SwendsenWang, Wolff, resolve_algorithm
from skising.montecarlo._clock_algorithms import (
    ClockWolff,
    clock_critical_temperature,
    count_images,
)

SIZE, TC = 320, CRITICAL_TEMPERATURE
N_ROUNDS = 7
N_FIRST_CALLS = 3
TEMPERATURES = (1.2, 1.8, 2.1, 2.2, TC, 2.35, 2.5, 3.0, 3.6)
FIRST_CALL = """
import time
start = time.perf_counter()
from skising import make_ising
imported = time.perf_counter()
make_ising(4, 16, 2.0, algorithm={algorithm!r}, random_state=0)
print(imported - start, time.perf_counter() - imported)
"""


@njit
def plain_metropolis(spins, beta, n_sweeps):
    """Update the two colours of a checkerboard in turn, site by site."""
    size = len(spins)
    acceptance = np.exp(-2 * beta * np.arange(-4.0, 5.0))
    for sweep in range(2 * n_sweeps):
        for i in range(size):
            above, below = spins[i - 1], spins[i + 1 if i + 1 < size else 0]
            for j in range((i + sweep) % 2, size, 2):
                right = j + 1 if j + 1 < size else 0
                field = spins[i, j] * (above[j] + below[j] + spins[i, j - 1] + spins[i, right])
                if field <= 0 or random.random() < acceptance[field + 4]:
                    spins[i, j] = -spins[i, j]


@njit
def plain_wolff(spins, probability, n_clusters):
    """Grow clusters from a stack of sites; draw a floating-point random number for each bond."""
    size, n_flipped = len(spins), 0
    stack = np.empty((spins.size, 2), np.int64)
    for _ in range(n_clusters):
        stack[0] = random.randrange(size), random.randrange(size)
        spin, n_waiting = spins[stack[0, 0], stack[0, 1]], 1
        spins[stack[0, 0], stack[0, 1]] = -spin
        while n_waiting:
            n_waiting -= 1
            n_flipped += 1
            i, j = stack[n_waiting]
            up, down = i - 1 if i else size - 1, i + 1 if i + 1 < size else 0
            left, right = j - 1 if j else size - 1, j + 1 if j + 1 < size else 0
            for a, b in ((up, j), (down, j), (i, left), (i, right)):
                if spins[a, b] == spin and random.random() < probability:
                    spins[a, b] = -spin
                    stack[n_waiting] = a, b
                    n_waiting += 1
    return 0, n_flipped


def nanoseconds(function, *args):
    """Return the nanoseconds of ``function(*args)``."""
    return 1e9 * timed(lambda: function(*args))[0]


def metropolis_rates(temperature):
    """Return the updates per ns of the kernel and of `plain_metropolis`, round by round."""
    seed = np.random.SeedSequence(0).generate_state(multispin.N_STATE_WORDS, np.uint64)
    thresholds = np.array([int(np.exp(-c / temperature) * 2**64) for c in (4, 8)], np.uint64)
    words = np.zeros(multispin.n_words(SIZE), np.uint64)
    multispin.fill_ordered(words)
    multispin.metropolis(words, SIZE, thresholds, 0, 2 * SIZE * 100, seed)
    spins = np.ones((SIZE, SIZE), np.int8)
    plain_metropolis(spins, 1 / temperature, 20)

    def kernel_rate(n_sweeps=50):
        n_steps = 2 * SIZE * n_sweeps
        time = nanoseconds(multispin.metropolis, words, SIZE, thresholds, 0, n_steps, seed)
        return 64 * SIZE**2 * n_sweeps / time  # 64 lattices at once

    def plain_rate(n_sweeps=20):
        return SIZE**2 * n_sweeps / nanoseconds(plain_metropolis, spins, 1 / temperature, n_sweeps)

    return in_turns(kernel_rate, plain_rate, n_rounds=N_ROUNDS)


def bench_metropolis(results):
    table = results.table(
        f"Metropolis, L = {SIZE}, updates per ns",
        {"T": 6},
        [
            Column("skising", "1/ns", ".3g", "at least 3, better 8"),
            Column("plain", "1/ns", ".3g"),
            Column("skising / plain", "", ".1f"),
        ],
    )
    for temperature in (1.2, TC, 3.6):
        kernel, plain = metropolis_rates(temperature)
        ratio = median_ratio(kernel, plain)
        table.row([round(temperature, 4)], [median(kernel), median(plain), ratio])


def cluster_times():
    """Return for both algorithms the ns of the kernel and of the plain one, round by round."""
    probability = -np.expm1(-2 / TC)
    threshold = np.uint64(int(probability * 2**64))
    state = np.random.SeedSequence(0).generate_state(4, np.uint64)
    chain = SwendsenWang(SIZE, TC, np.random.SeedSequence(0))
    chain.advance(500)
    critical = np.empty((SIZE, SIZE), np.int8)
    chain.copy_lattices(critical[np.newaxis])
    plain_critical, arrays = critical.copy(), work_arrays(SIZE)
    no_limit = 2**62

    def per_site(sweeps, n_sweeps, *args):
        return nanoseconds(sweeps, *args) / SIZE**2 / n_sweeps

    def per_flipped_site(clusters, *args):
        seconds, (_, n_flipped) = timed(lambda: clusters(*args))
        return 1e9 * seconds / n_flipped

    swendsen_wang_times = in_turns(
        lambda: per_site(chain.advance, 50, 50),
        lambda: per_site(plain_sweeps, 10, plain_critical, probability, 10),
        n_rounds=N_ROUNDS,
    )
    wolff_times = in_turns(
        lambda: per_flipped_site(wolff, critical, threshold, 400, no_limit, *arrays, state),
        lambda: per_flipped_site(plain_wolff, plain_critical, probability, 100),
        n_rounds=N_ROUNDS,
    )
    return {"Swendsen-Wang": swendsen_wang_times, "Wolff": wolff_times}


def bench_clusters(results):
    table = results.table(
        f"Cluster algorithms, L = {SIZE}, T = Tc, time per site and sweep or per flipped site",
        {"algorithm": 14},
        [
            Column("skising", "ns", ".3g", "at most 20, better 10"),
            Column("plain", "ns", ".3g"),
            Column("plain / skising", "", ".1f"),
        ],
    )
    for algorithm, (kernel, plain) in cluster_times().items():
        table.row([algorithm], [median(kernel), median(plain), median_ratio(plain, kernel)])


def clock_times(n_states):
    """Return the ns per site of the Wolff kernels of Ising and clock model, round by round."""
    temperature = clock_critical_temperature(n_states)
    seed = np.random.SeedSequence(0)
    ising, clocks = Wolff(SIZE, TC, seed), ClockWolff(SIZE, temperature, seed, n_states=n_states)
    ising.advance(500)
    clocks.advance(1000)
    ising_lattice, lattice = np.empty((SIZE, SIZE), np.int8), np.empty((SIZE, SIZE), np.uint16)
    ising.copy_lattices(ising_lattice[np.newaxis])
    clocks.copy_lattices(lattice[np.newaxis])
    arrays, clock_arrays = work_arrays(SIZE), clock.wolff_arrays(SIZE)
    normals, limits = clock.normal_components(n_states), clock.bond_limits(temperature)
    threshold, state = np.uint64(int(-np.expm1(-2 / TC) * 2**64)), seed.generate_state(4, np.uint64)
    no_limit = 2**62

    def per_site(kernel, *arguments):
        seconds, (_, n_visited) = timed(lambda: kernel(*arguments))
        return 1e9 * seconds / n_visited

    n_images = count_images(temperature, n_states)
    clock_arguments = n_states, n_images, normals, limits, temperature, 400, no_limit
    return in_turns(
        lambda: per_site(wolff, ising_lattice, threshold, 400, no_limit, *arrays, state),
        lambda: per_site(clock.wolff, lattice, *clock_arguments, *clock_arrays, state),
        n_rounds=N_ROUNDS,
    )


def bench_clock(results):
    table = results.table(
        f"Wolff clusters of the clock model, L = {SIZE}, T = T2, time per visited site",
        {"q": 6},
        [
            *(Column("clock", "ns", ".3g"), Column("Ising", "ns", ".3g")),
            Column("clock / Ising", "", ".2f", "at most 4, better 2"),
        ],
    )
    for n_states in (2, 3, 4, 6, 8, 65536):
        ising, clocks = clock_times(n_states)
        table.row([n_states], [median(clocks), median(ising), median_ratio(clocks, ising)])


def thins(size, T):
    return [cls.default_thin(size, T) for cls in ALGORITHMS.values()]


def bench_thin(results, size):
    columns = [Column(algorithm, "", "d") for algorithm in ALGORITHMS]
    title = f"Default thin in sweeps, for Wolff in clusters, L = {size}"
    table = results.table(title, {"T": 6}, columns)
    for T in TEMPERATURES:
        table.row([round(T, 4)], thins(size, T))


def bench_lattices(results, size, n_each):
    columns = [Column(algorithm, "1/s", ".4g") for algorithm in ALGORITHMS]
    table = results.table(
        f"Lattices per second, L = {size}, {n_each} per temperature",
        {"T": 6},
        [*columns, Column('choice of "auto"', "", ">13")],
    )
    for T in TEMPERATURES:
        rates = []
        for algorithm, thin in zip(ALGORITHMS, thins(size, T), strict=True):
            if algorithm == "metropolis" and thin > 5000 * (64 / size) ** 2:
                # It would take minutes.
                rates.append(None)
                continue
            parameters = {"algorithm": algorithm, "random_state": 0}
            seconds, _ = timed(lambda p=parameters, T=T: make_ising(n_each, size, T, **p))
            rates.append(n_each / seconds)
        table.row([round(T, 4)], [*rates, resolve_algorithm("auto", size, T).name])


def first_call_seconds(algorithm):
    """Return the seconds of the import and of the first call in a new process."""
    printed = run_in_new_process(FIRST_CALL.format(algorithm=algorithm))
    return [float(text) for text in printed.split()]


def bench_first_call(results):
    table = results.table(
        "First call in a new process",
        {"algorithm": 14},
        [
            Column("import", "s", ".3f"),
            Column("make_ising(4, 16, 2.0)", "s", ".3f", "at most 0.5, better 0.1"),
        ],
    )
    measurements = [partial(first_call_seconds, algorithm) for algorithm in ALGORITHMS]
    rounds = in_turns(*measurements, n_rounds=N_FIRST_CALLS)
    for algorithm, seconds in zip(ALGORITHMS, np.median(rounds, axis=1), strict=True):
        table.row([algorithm], seconds)


def main():
    options = argument_parser(__doc__).parse_args()
    results = Results(__file__, options)
    bench_metropolis(results)
    bench_clusters(results)
    bench_clock(results)
    bench_thin(results, 320)
    for n_each in (1, 4, 25, 256):
        bench_lattices(results, 320, n_each)
    bench_thin(results, 32)
    bench_lattices(results, 32, 1200)
    bench_first_call(results)
    results.write()


if __name__ == "__main__":
    main()
