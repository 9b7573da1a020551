"""Potts lattices against exact results: both phases at Tc, finite-size extrapolation, duality.

z is the deviation from the exact value in units of its standard error. The error is that of the
mean of 16 independent chains, so that z follows Student's t distribution of 15 degrees of freedom.

"duality": p e + p* e* = -2 at pairs of temperatures.
"small": energy and order parameter of 3 x 3 lattices at Tc against an exact enumeration.
"extrapolation": q = 3, 4 at Tc, the energy of L = 16 to 128, extrapolated by e + a L^(1/nu - 2).
    For q = 4 the corrections have logarithms, so that a deviation by some errors is expected.
"weak": q = 5 at Tc. Its correlation length is 2,512, so that no affordable lattice shows two
    phases. The table gives the energy beside those of both phases. There is no exact value to test.
"phases": q = 7, 8, 10 at Tc, L at least 5 xi: energies of the ordered and of the disordered phase,
    and the mean order parameter of the ordered phase against the squared spontaneous magnetization.
    Chains that have changed their phase are counted. Their lattices are of both phases.

The figures are written after each part, and after each row of "phases", the longest one.
"""

import math
from functools import partial

import numpy as np
from _results import Column, Results, argument_parser
from _timing import timed

from skising import make_potts
from skising.exact import (
    potts_correlation_length,
    potts_critical_temperature,
    potts_dual_temperature,
    potts_phase_energies,
    potts_spontaneous_magnetization,
)

N_STATES = 3, 4, 5, 7, 8, 10
NU = {3: 5 / 6, 4: 2 / 3}
SIZES = {10: (128, 256), 8: (128, 256), 7: (256,)}
QUANTITIES = "energy", "order parameter"
N_CALLS = 4  # of 4 chains each


def chain_means(n_lattices, size, temperature, n_states, **options):
    """Return means of energy and order parameter, shape (2, 16), and the number of changed chains.

    The 16 independent chains are those of four calls. The options are those of `make_potts`.
    """
    means, n_changed = [], 0
    for seed in range(N_CALLS):
        potts = make_potts(
            n_lattices, size, temperature, n_states=n_states, random_state=seed, **options
        )
        n_changed += potts.diagnostics.n_changed_phase[0]
        for k in range(4):
            rows = potts.chain == k
            means.append([potts.energy[rows].mean(), potts.order_parameter[rows].mean()])
    return np.transpose(means), n_changed


def mean_and_error(means):
    return means.mean(), means.std(ddof=1) / np.sqrt(len(means))


def partitions_of_sites(n_sites):
    """Return all partitions of the sites into groups: the group of each site, in rows."""
    partitions = [(0,)]
    for _ in range(n_sites - 1):
        partitions = [(*p, group) for p in partitions for group in range(max(p) + 2)]
    return np.array(partitions)


def enumerate_3x3(temperature, n_states):
    """Return the exact means of energy and order parameter of the periodic 3 x 3 lattice."""
    groups = partitions_of_sites(9).reshape(-1, 3, 3)
    n_groups = groups.max(axis=(1, 2)) + 1
    # The number of ways to give the groups different states.
    ways = np.array([math.perm(n_states, int(n)) for n in range(10)])[n_groups]
    equal = sum((groups == np.roll(groups, 1, axis)).sum(axis=(1, 2)) for axis in (1, 2))
    weight = ways * np.exp((equal - 18) / temperature)
    squares = sum((groups == k).mean(axis=(1, 2)) ** 2 for k in range(9))
    order = (n_states * squares - 1) / (n_states - 1)
    return [np.average(values, weights=weight) for values in (-equal / 9, order)]


def check_small(results, n_lattices):
    table = results.table(
        "3 x 3 lattices at the transition, against an exact enumeration",
        {"q": 3, "quantity": 15},
        [
            *(Column("exact", "", ".6f"), Column("measured", "", ".6f")),
            *(Column("error", "", ".6f"), Column("z", "", ".2f", "from a t distribution")),
        ],
    )
    for n_states in N_STATES:
        temperature = potts_critical_temperature(n_states)
        # A chain that starts in either phase is soon in equilibrium.
        means, _ = chain_means(1000 * n_lattices, 3, temperature, n_states)
        exact = enumerate_3x3(temperature, n_states)
        for quantity, value, chains in zip(QUANTITIES, exact, means, strict=True):
            mean, error = mean_and_error(chains)
            table.row([n_states, quantity], [value, mean, error, (mean - value) / error])


def check_weak(results, n_lattices):
    table = results.table(
        "q = 5 at the transition, far below the correlation length",
        {"L": 4},
        [
            Column("energy", "", ".5f"),
            Column("error", "", ".5f"),
            *(Column(f"{phase} phase", "", ".5f") for phase in ("ordered", "disordered")),
            Column("chains that changed their phase, of 16", "", ".0f", "16"),
        ],
    )
    for size in (32, 64, 128):
        means, n_changed = chain_means(n_lattices, size, potts_critical_temperature(5), 5)
        table.row([size], [*mean_and_error(means[0]), *potts_phase_energies(5), n_changed])


def check_phases(results, n_lattices):
    table = results.table(
        "Phases at the first-order transition",
        {"q": 3, "L": 4, "phase": 10, "quantity": 15},
        [
            *(Column("exact", "", ".5f"), Column("measured", "", ".5f")),
            *(Column("error", "", ".5f"), Column("z", "", ".2f", "from a t distribution")),
            *(Column("changed chains", "", ".0f", "0"), Column("time", "s", ".1f")),
        ],
    )
    for n_states, sizes in SIZES.items():
        temperature = potts_critical_temperature(n_states)
        ordered, disordered = potts_phase_energies(n_states)
        order = potts_spontaneous_magnetization(n_states) ** 2
        for size in sizes:
            # The estimate of the autocorrelation time that the defaults are made of. Chains burn in
            # for 20 such times.
            tau = int(6 * min(size, 4 * potts_correlation_length(n_states)))
            for start, exact in (("ordered", [ordered, order]), ("disordered", [disordered])):
                options = {"start": start, "thin": tau}
                seconds, (means, n_changed) = timed(
                    partial(chain_means, n_lattices, size, temperature, n_states, **options)
                )
                for quantity, value, chains in zip(QUANTITIES, exact, means, strict=False):
                    mean, error = mean_and_error(chains)
                    row = [value, mean, error, (mean - value) / error, n_changed, seconds]
                    table.row([n_states, size, start, quantity], row)
                results.write()


def check_extrapolation(results, n_lattices):
    table = results.table(
        "Energy at the continuous transition, extrapolated from L = 16 to 128",
        {"q": 3},
        [
            *(Column("exact", "", ".5f"), Column("extrapolated", "", ".5f")),
            *(Column("error", "", ".5f"), Column("z", "", ".2f"), Column("time", "s", ".1f")),
        ],
    )
    sizes = np.array([16, 32, 64, 128])
    for n_states, nu in NU.items():
        temperature, exact = potts_critical_temperature(n_states), potts_phase_energies(n_states)[0]
        seconds, measured = timed(
            lambda temperature=temperature, n_states=n_states: np.array(
                [
                    mean_and_error(chain_means(n_lattices, L, temperature, n_states)[0][0])
                    for L in sizes
                ]
            )
        )
        energy, error = measured.T
        design = np.column_stack([np.ones(len(sizes)), sizes ** (1 / nu - 2)]) / error[:, None]
        covariance = np.linalg.inv(design.T @ design)
        limit = (covariance @ design.T @ (energy / error))[0]
        limit_error = np.sqrt(covariance[0, 0])
        row = [exact, limit, limit_error, (limit - exact) / limit_error, seconds]
        table.row([n_states], row)


def check_duality(results, n_lattices):
    table = results.table(
        "Duality at L = 64: p e + p* e* + 2",
        {"q": 3, "T / Tc": 6},
        [Column("sum", "", ".5f", "0"), Column("error", "", ".5f"), Column("z", "", ".2f")],
    )
    for n_states in N_STATES:
        for factor in (0.7, 0.8, 0.9):
            temperature = factor * potts_critical_temperature(n_states)
            total, variance = 2, 0
            for T in (temperature, float(potts_dual_temperature(temperature, n_states))):
                mean, error = mean_and_error(chain_means(n_lattices, 64, T, n_states)[0][0])
                p = 1 - np.exp(-1 / T)
                total, variance = total + p * mean, variance + (p * error) ** 2
            row = [total, np.sqrt(variance), total / np.sqrt(variance)]
            table.row([n_states, factor], row)


PARTS = {
    "duality": check_duality,
    "small": check_small,
    "extrapolation": check_extrapolation,
    "weak": check_weak,
    "phases": check_phases,
}


def main():
    parser = argument_parser(__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS)} (all)", default=PARTS
    )
    parser.add_argument("--n-lattices", type=int, default=40, help="in each of 4 calls (40)")
    options = parser.parse_args()
    options.parts = list(options.parts)
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    results = Results(__file__, options)
    for part in options.parts:
        PARTS[part](results, options.n_lattices)
        results.write()


if __name__ == "__main__":
    main()
