"""Time of a Swendsen-Wang sweep at the critical temperature, beside a plain union-find."""

import statistics
import time

import numpy as np
from numba import njit

from skising._kernels.swendsen_wang import swendsen_wang
from skising.exact import CRITICAL_TEMPERATURE

SIZES = (64, 320, 512)
N_REPEATS = 9
SITES_PER_REPEAT = 5_000_000
BOND_PROBABILITY = -np.expm1(-2 / CRITICAL_TEMPERATURE)


@njit
def union(parent, a, b):
    while parent[a] != a:
        parent[a] = a = parent[parent[a]]
    while parent[b] != b:
        parent[b] = b = parent[parent[b]]
    parent[max(a, b)] = min(a, b)


@njit
def plain_sweeps(spins, probability, n_sweeps):
    """Label site by site, one floating-point random number for a bond and for a sign."""
    size = len(spins)
    flat, parent = spins.ravel(), np.empty(spins.size, np.int32)
    for _ in range(n_sweeps):
        parent[:] = np.arange(flat.size)
        for i in range(size):
            for j in range(size):
                a = i * size + j
                right, below = a + 1 if j + 1 < size else i * size, a + size if i + 1 < size else j
                if flat[a] == flat[right] and np.random.random() < probability:  # noqa: NPY002
                    union(parent, a, right)
                if flat[a] == flat[below] and np.random.random() < probability:  # noqa: NPY002
                    union(parent, a, below)
        for a in range(flat.size):
            if parent[a] == a:
                flat[a] = 1 if np.random.random() < 0.5 else -1  # noqa: NPY002
            else:
                parent[a] = parent[parent[a]]
                flat[a] = flat[parent[a]]


def median_time(sweeps, size):
    """Return nanoseconds per site and sweep, median of the repeats."""
    spins = np.ones((size, size), np.int8)
    sweeps(spins, 50)
    n_sweeps = SITES_PER_REPEAT // size**2
    times = []
    for _ in range(N_REPEATS):
        start = time.perf_counter()
        sweeps(spins, n_sweeps)
        times.append((time.perf_counter() - start) / (n_sweeps * size**2))
    return 1e9 * statistics.median(times)


def main():
    state = np.random.SeedSequence(0).generate_state(4, np.uint64)
    threshold = np.uint64(int(BOND_PROBABILITY * 2**64))
    print(f"{'L':>4} {'skising':>9} {'plain':>9} {'ratio':>7}    ns per site and sweep, T = Tc")
    for size in SIZES:
        kernel = median_time(lambda s, n: swendsen_wang(s, threshold, n, state), size)
        plain = median_time(lambda s, n: plain_sweeps(s, BOND_PROBABILITY, n), size)
        print(f"{size:>4} {kernel:>9.2f} {plain:>9.2f} {plain / kernel:>7.2f}")


if __name__ == "__main__":
    main()
