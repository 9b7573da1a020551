"""Time of a Swendsen-Wang sweep at the critical temperature, beside a plain union-find."""

import random
from statistics import median

import numpy as np
from _results import Column, Results, argument_parser
from _timing import median_ratio, time_in_turns
from numba import njit

from skising.exact import CRITICAL_TEMPERATURE
from skising.montecarlo._algorithms import SwendsenWang

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


def compare(size):
    """Return nanoseconds per site and sweep of the kernel and of `plain_sweeps`, and the ratio."""
    n_sweeps = SITES_PER_ROUND // size**2
    chain = SwendsenWang(size, CRITICAL_TEMPERATURE, np.random.SeedSequence(0))
    plain_spins = np.ones((size, size), np.int8)
    # The lattices are then in equilibrium.
    chain.advance(50)
    plain_sweeps(plain_spins, BOND_PROBABILITY, 50)
    times = time_in_turns(
        lambda: chain.advance(n_sweeps),
        lambda: plain_sweeps(plain_spins, BOND_PROBABILITY, n_sweeps),
        n_rounds=N_ROUNDS,
    )
    kernel, plain = 1e9 * times / (n_sweeps * size**2)
    return median(kernel), median(plain), median_ratio(plain, kernel)


def main():
    options = argument_parser(__doc__).parse_args()
    results = Results(__file__, options)
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
        table.row([size], compare(size))
    results.write()


if __name__ == "__main__":
    main()
