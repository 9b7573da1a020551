"""Time of a Swendsen-Wang sweep at the critical temperature, beside a plain union-find."""

import random
from statistics import median

import numpy as np
from _results import Column, Results, argument_parser
from _timing import median_ratio, time_in_turns
from numba import njit

from skising._kernels.swendsen_wang import swendsen_wang
from skising.exact import CRITICAL_TEMPERATURE

SIZES = (64, 320, 512)
N_ROUNDS = 9
SITES_PER_ROUND = 5_000_000
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
    """Label site by site; draw a floating-point random number for each bond and each sign."""
    size = len(spins)
    flat, parent = spins.ravel(), np.empty(spins.size, np.int32)
    for _ in range(n_sweeps):
        parent[:] = np.arange(flat.size)
        for i in range(size):
            for j in range(size):
                a = i * size + j
                right, below = a + 1 if j + 1 < size else i * size, a + size if i + 1 < size else j
                if flat[a] == flat[right] and random.random() < probability:
                    union(parent, a, right)
                if flat[a] == flat[below] and random.random() < probability:
                    union(parent, a, below)
        for a in range(flat.size):
            if parent[a] == a:
                flat[a] = 1 if random.random() < 0.5 else -1
            else:
                parent[a] = parent[parent[a]]
                flat[a] = flat[parent[a]]


def compare(size, state):
    """Return nanoseconds per site and sweep of the kernel and of `plain_sweeps`, and the ratio."""
    threshold = np.uint64(int(BOND_PROBABILITY * 2**64))
    n_sweeps = SITES_PER_ROUND // size**2
    spins, plain_spins = (np.ones((size, size), np.int8) for _ in range(2))
    # The lattices are then in equilibrium.
    swendsen_wang(spins, threshold, 50, state)
    plain_sweeps(plain_spins, BOND_PROBABILITY, 50)
    times = time_in_turns(
        lambda: swendsen_wang(spins, threshold, n_sweeps, state),
        lambda: plain_sweeps(plain_spins, BOND_PROBABILITY, n_sweeps),
        n_rounds=N_ROUNDS,
    )
    kernel, plain = 1e9 * times / (n_sweeps * size**2)
    return median(kernel), median(plain), median_ratio(plain, kernel)


def main():
    options = argument_parser(__doc__).parse_args()
    results = Results(__file__, options)
    state = np.random.SeedSequence(0).generate_state(4, np.uint64)
    table = results.table(
        "Time per site and sweep, T = Tc",
        {"L": 4},
        [
            Column("skising", "ns", ".2f", "at most 20, better 10, at L = 320"),
            Column("plain", "ns", ".2f"),
            Column("plain / skising", "", ".2f"),
        ],
    )
    for size in SIZES:
        table.row([size], compare(size, state))
    results.write()


if __name__ == "__main__":
    main()
