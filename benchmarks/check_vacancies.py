"""The transition of Ising lattices with vacancies, by the crossing of Binder cumulants.

`examples/plot_vacancies.py` compares with these temperatures. A fraction of the sites, chosen at
random, is empty for good; Swendsen-Wang updates the others. Each realisation of the vacancies gives
some lattices, which are correlated: a realisation is a group.
"""

import numba
import numpy as np
from _results import Column, Results, argument_parser

from skising.exact import CRITICAL_TEMPERATURE
from skising.scaling import crossing, observable_curve

SIZES = {16: 1200, 32: 600, 64: 240}
"""The number of realisations of each lattice size."""

TEMPERATURES = {
    0.0: np.linspace(2.15, 2.4, 7),
    0.1: np.linspace(1.8, 2.0, 7),
    0.2: np.linspace(1.4, 1.62, 7),
}
N_DISCARD, N_LATTICES = 30, 40  # sweeps of each realisation


@numba.njit
def _root(parents, site):
    while parents[site] != site:
        parents[site] = parents[parents[site]]
        site = parents[site]
    return site


@numba.njit
def _sweep(spins, size, probability, parents, new, rng):
    n_sites = len(spins)
    for site in range(n_sites):
        parents[site], new[site] = site, 2 * rng.integers(0, 2) - 1
    for site in range(n_sites):
        right, below = site - site % size + (site + 1) % size, (site + size) % n_sites
        for neighbour in (right, below):
            is_bond = spins[site] != 0 and spins[site] == spins[neighbour]
            if is_bond and rng.random() < probability:
                parents[_root(parents, site)] = _root(parents, neighbour)
    for site in range(n_sites):
        if spins[site] != 0:
            spins[site] = new[_root(parents, site)]


@numba.njit
def magnetizations(size, vacancies, temperature, n_realisations, rng):
    """Return the magnetization per site of each lattice, (n_realisations, N_LATTICES)."""
    found = np.empty((n_realisations, N_LATTICES))
    spins, new = np.empty(size**2, np.int8), np.empty(size**2, np.int8)
    parents = np.empty(size**2, np.int64)
    for k in range(n_realisations):
        for site in range(size**2):
            spins[site] = rng.random() >= vacancies
        for sweep in range(N_DISCARD + N_LATTICES):
            _sweep(spins, size, -np.expm1(-2 / temperature), parents, new, rng)
            if sweep >= N_DISCARD:
                found[k, sweep - N_DISCARD] = spins.astype(np.float64).mean()
    return found


def binder_curve(vacancies, scale):
    """Return what `observable_curve` returns for the cumulants of all sizes and temperatures."""
    temperatures = TEMPERATURES[vacancies]
    series, temperature, groups = {}, {}, {}
    for size, n_realisations in SIZES.items():
        n = max(20, round(scale * n_realisations))
        found = [
            magnetizations(size, vacancies, T, n, np.random.default_rng([size, k]))
            for k, T in enumerate(temperatures)
        ]
        series[size] = np.ravel(found)
        temperature[size] = np.repeat(temperatures, n * N_LATTICES)
        groups[size] = np.repeat(np.arange(n * len(temperatures)), N_LATTICES)
    return observable_curve(
        "binder_cumulant", series, temperature, groups=groups, n_resamples=200, random_state=0
    )


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--scale", type=float, default=1, help="of the realisations (1)")
    options = parser.parse_args()
    results = Results(__file__, options)
    table = results.table(
        "Crossings of Binder cumulants",
        {"vacancies": 9, "sizes": 8},
        [Column("temperature", "", ".4f", "2.2692 without vacancies"), Column("error", "", ".4f")],
    )
    for vacancies in TEMPERATURES:
        curve, resamples = binder_curve(vacancies, options.scale)
        for row in crossing(curve, resamples, random_state=0).pairs.itertuples():
            sizes = f"{row.size_1}, {row.size_2}"
            table.row([vacancies, sizes], [row.temperature, row.error])
    print(f"exact without vacancies: {CRITICAL_TEMPERATURE:.4f}")
    results.write()


if __name__ == "__main__":
    main()
