"""Speed of the Monte Carlo algorithms at L = 320, and what each is worth at a temperature.

First the kernels, beside plain ones in the same run. Then independent lattices a second, from
`make_ising` with its default burn-in and thinning, on which the rule of "auto" rests. Last the
first call in a new process whose compiled code is cached. Pin it to one core.
"""

import statistics
import subprocess
import sys
import time

import numpy as np
from bench_swendsen_wang import plain_sweeps
from numba import njit

from skising import make_ising
from skising._kernels import metropolis as multispin
from skising._kernels.swendsen_wang import swendsen_wang
from skising._kernels.wolff import wolff
from skising.exact import CRITICAL_TEMPERATURE
from skising.montecarlo._algorithms import ALGORITHMS, resolve_algorithm

SIZE, TC = 320, CRITICAL_TEMPERATURE
N_REPEATS = 7
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
    """Flip one colour of a checkerboard after the other, site by site."""
    size = len(spins)
    acceptance = np.exp(-2 * beta * np.arange(-4.0, 5.0))
    for sweep in range(2 * n_sweeps):
        for i in range(size):
            above, below = spins[i - 1], spins[i + 1 if i + 1 < size else 0]
            for j in range((i + sweep) % 2, size, 2):
                right = j + 1 if j + 1 < size else 0
                field = spins[i, j] * (above[j] + below[j] + spins[i, j - 1] + spins[i, right])
                if field <= 0 or np.random.random() < acceptance[field + 4]:  # noqa: NPY002
                    spins[i, j] = -spins[i, j]


@njit
def plain_wolff(spins, probability, n_clusters):
    """Grow clusters with a stack of sites, one floating-point random number for a bond."""
    size, n_flipped = len(spins), 0
    stack = np.empty((spins.size, 2), np.int64)
    for _ in range(n_clusters):
        stack[0] = np.random.randint(size), np.random.randint(size)  # noqa: NPY002
        spin, n_waiting = spins[stack[0, 0], stack[0, 1]], 1
        spins[stack[0, 0], stack[0, 1]] = -spin
        while n_waiting:
            n_waiting -= 1
            n_flipped += 1
            i, j = stack[n_waiting]
            up, down = i - 1 if i else size - 1, i + 1 if i + 1 < size else 0
            left, right = j - 1 if j else size - 1, j + 1 if j + 1 < size else 0
            for a, b in ((up, j), (down, j), (i, left), (i, right)):
                if spins[a, b] == spin and np.random.random() < probability:  # noqa: NPY002
                    spins[a, b] = -spin
                    stack[n_waiting] = a, b
                    n_waiting += 1
    return n_flipped


def nanoseconds(function, *args):
    """Return the median time of a call for each of the things it did, a number it may return."""
    times = []
    for _ in range(N_REPEATS):
        start = time.perf_counter()
        n_done = function(*args)
        times.append(1e9 * (time.perf_counter() - start) / (n_done or 1))
    return statistics.median(times)


def bench_kernels():
    probability = -np.expm1(-2 / TC)
    threshold = np.uint64(int(probability * 2**64))
    state = np.random.SeedSequence(0).generate_state(4, np.uint64)
    critical = np.ones((SIZE, SIZE), np.int8)
    swendsen_wang(critical, threshold, 500, state)

    print(f"{'L = 320':<44} {'skising':>8} {'plain':>8} {'ratio':>6}")
    for temperature in (1.2, TC, 3.6):
        seed = np.random.SeedSequence(0).generate_state(multispin.N_STATE_WORDS, np.uint64)
        thresholds = np.array([int(np.exp(-c / temperature) * 2**64) for c in (4, 8)], np.uint64)
        words = np.zeros(multispin.n_words(SIZE), np.uint64)
        multispin.fill_ordered(words)
        multispin.metropolis(words, SIZE, thresholds, 100, seed)
        kernel = (
            64 * SIZE**2 * 50 / nanoseconds(multispin.metropolis, words, SIZE, thresholds, 50, seed)
        )
        spins = np.ones((SIZE, SIZE), np.int8)
        plain_metropolis(spins, 1 / temperature, 20)
        plain = SIZE**2 * 20 / nanoseconds(plain_metropolis, spins, 1 / temperature, 20)
        name = f"Metropolis, T = {temperature:.4g}, updates/ns"
        print(f"{name:<44} {kernel:>8.3g} {plain:>8.3g} {kernel / plain:>6.1f}")

    spins = critical.copy()
    plain_sweeps(spins, probability, 1)
    kernel = nanoseconds(swendsen_wang, critical, threshold, 50, state) / SIZE**2 / 50
    plain = nanoseconds(plain_sweeps, spins, probability, 10) / SIZE**2 / 10
    name = "Swendsen-Wang, Tc, ns per site and sweep"
    print(f"{name:<44} {kernel:>8.3g} {plain:>8.3g} {plain / kernel:>6.1f}")

    plain_wolff(spins, probability, 1)
    wolff(critical, threshold, 1, state)
    kernel = nanoseconds(wolff, critical, threshold, 400, state)
    plain = nanoseconds(plain_wolff, spins, probability, 100)
    name = "Wolff, Tc, ns per flipped site"
    print(f"{name:<44} {kernel:>8.3g} {plain:>8.3g} {plain / kernel:>6.1f}")


def bench_lattices(size, n_each, temperatures):
    print(f"\nLattices a second, L = {size}, {n_each} per temperature, thin in brackets")
    print(f"{'T':>7} {'swendsen-wang':>18} {'wolff':>18} {'metropolis':>18}  auto")
    for T in temperatures:
        cells = []
        for algorithm in ("swendsen-wang", "wolff", "metropolis"):
            thin = ALGORITHMS[algorithm].default_thin(size, T)
            if algorithm == "metropolis" and thin > 5000 * (64 / size) ** 2:
                cells.append(f"- ({thin})")
                continue
            start = time.perf_counter()
            make_ising(n_each, size, T, algorithm=algorithm, random_state=0)
            rate = n_each / (time.perf_counter() - start)
            cells.append(f"{rate:.4g} ({thin})")
        auto = resolve_algorithm("auto", size, T).name
        print(f"{T:>7.4f}", *(f"{c:>18}" for c in cells), "", auto, flush=True)


def bench_first_call():
    print("\nFirst call in a new process, s: import, make_ising(4, 16, 2.0)")
    for algorithm in ("swendsen-wang", "wolff", "metropolis"):
        command = [sys.executable, "-c", FIRST_CALL.format(algorithm=algorithm)]
        runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in "1234"]
        columns = zip(*(map(float, run.stdout.split()) for run in runs[1:]), strict=True)
        print(f"{algorithm:>14}", *(f"{statistics.median(c):8.3f}" for c in columns))


def main():
    bench_kernels()
    for n_each in (1, 4, 25):
        bench_lattices(320, n_each, TEMPERATURES)
    bench_lattices(320, 256, TEMPERATURES)
    bench_lattices(32, 1200, TEMPERATURES)
    bench_first_call()


if __name__ == "__main__":
    main()
