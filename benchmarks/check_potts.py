"""Potts lattices against exact results: both phases at Tc, finite-size extrapolation, duality.

z is the deviation from the exact value in units of its standard error. The error is that of the
mean of 16 independent chains, so that z follows Student's t distribution of 15 degrees of freedom.

1. Duality: p e + p* e* = -2 at pairs of temperatures, q = 3, 4, 10.
2. q = 3, 4 at Tc: the energy of L = 16 to 128, extrapolated by e + a L^(1/nu - 2). For q = 4 the
   corrections have logarithms, so that a deviation by some errors is expected.
3. q = 7, 8, 10 at Tc, L at least 5 xi: energies of the ordered and of the disordered phase, and the
   mean order parameter of the ordered phase against the squared spontaneous magnetization. Chains
   that have changed their phase are counted. Their lattices are of both phases.
"""

import numpy as np
from _results import Column, Results, argument_parser
from _timing import timed

from skising import make_potts
from skising.exact import (
    potts_critical_temperature,
    potts_dual_temperature,
    potts_phase_energies,
    potts_spontaneous_magnetization,
)

NU = {3: 5 / 6, 4: 2 / 3}
SIZES = {7: (256,), 8: (128, 256), 10: (128, 256)}
QUANTITIES = "energy", "order parameter"
N_CALLS = 4  # of 4 chains each


def chain_means(n_lattices, size, temperature, n_states, start="auto"):
    """Return means of energy and order parameter, shape (2, 16), and the number of changed chains.

    The 16 independent chains are those of four calls.
    """
    means, n_changed = [], 0
    for seed in range(N_CALLS):
        potts = make_potts(
            n_lattices, size, temperature, n_states=n_states, start=start, random_state=seed
        )
        n_changed += potts.diagnostics.n_changed_phase[0]
        for k in range(4):
            rows = potts.chain == k
            means.append([potts.energy[rows].mean(), potts.order_parameter[rows].mean()])
    return np.transpose(means), n_changed


def mean_and_error(means):
    return means.mean(), means.std(ddof=1) / np.sqrt(len(means))


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
            for start, exact in (("ordered", [ordered, order]), ("disordered", [disordered])):
                seconds, (means, n_changed) = timed(
                    lambda arguments=(n_lattices, size, temperature, n_states, start): chain_means(
                        *arguments
                    )
                )
                for quantity, value, chains in zip(QUANTITIES, exact, means, strict=False):
                    mean, error = mean_and_error(chains)
                    row = [value, mean, error, (mean - value) / error, n_changed, seconds]
                    table.row([n_states, size, start, quantity], row)


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
    for n_states in (3, 4, 10):
        for factor in (0.7, 0.8, 0.9):
            temperature = factor * potts_critical_temperature(n_states)
            total, variance = 2, 0
            for T in (temperature, float(potts_dual_temperature(temperature, n_states))):
                mean, error = mean_and_error(chain_means(n_lattices, 64, T, n_states)[0][0])
                p = 1 - np.exp(-1 / T)
                total, variance = total + p * mean, variance + (p * error) ** 2
            row = [total, np.sqrt(variance), total / np.sqrt(variance)]
            table.row([n_states, factor], row)


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--n-lattices", type=int, default=40, help="in each of 4 calls (40)")
    options = parser.parse_args()
    results = Results(__file__, options)
    check_duality(results, options.n_lattices)
    check_extrapolation(results, options.n_lattices)
    check_phases(results, options.n_lattices)
    results.write()


if __name__ == "__main__":
    main()
