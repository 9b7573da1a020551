"""Energy and specific heat of every algorithm against Kaufman's exact values, L = 16 to 128.

z is the deviation from the exact value in units of its standard error. The error of the energy is
the one in the diagnostics of `make_ising`; the error of the specific heat is from independent
chains. For each size and algorithm the table has the mean of z^2 over 40 temperatures, the critical
temperature and the seeds.

A correct sampler gives 1. For one seed the standard deviation is 0.22 for the energy and 0.25 for
the specific heat, so that one of the 32 numbers is likely to be above 1.5. Above L = 32 Metropolis
is left out at less than 0.15 from the critical temperature, where its chains would be long.
"""

import numpy as np
from _results import Column, Results, argument_parser
from _timing import timed

from skising import make_ising
from skising.exact import CRITICAL_TEMPERATURE, kaufman_specific_heat

SIZES = (16, 32, 64, 128)
ALGORITHMS = ("swendsen-wang", "wolff", "metropolis", "auto")
TEMPERATURES = np.array([*np.linspace(1.2, 3.6, 40), CRITICAL_TEMPERATURE])
N_GROUPS = 16


def specific_heat_deviation(energy, chain, temperature, size):
    """Return z of the specific heat, (e - e_mean)^2 N / T^2; its error is from groups of chains."""
    n_chains = chain.max() - chain.min() + 1
    if n_chains >= N_GROUPS:
        group = (chain - chain.min()) % N_GROUPS
    else:
        # Each group is a part of a chain that is much longer than its autocorrelation time.
        group = np.arange(len(energy)) * N_GROUPS // len(energy)
    # The variance within each group is unbiased, apart from correlations inside the group.
    heats = [energy[group == g].var(ddof=1) for g in range(N_GROUPS)]
    heats = np.array(heats) * size**2 / temperature**2
    error = heats.std(ddof=1) / np.sqrt(N_GROUPS)
    return (heats.mean() - kaufman_specific_heat(temperature, size)) / error


def deviations(size, algorithm, n_each, seed):
    """Return z of the energy and of the specific heat at each temperature."""
    temperatures = TEMPERATURES
    if algorithm == "metropolis" and size > 32:
        temperatures = temperatures[np.abs(temperatures - CRITICAL_TEMPERATURE) > 0.15]
    ising = make_ising(
        n_each * len(temperatures), size, temperatures, algorithm=algorithm, random_state=seed
    )
    table = ising.diagnostics
    z_energy = (table.mean_energy - table.exact_energy) / table.mean_energy_error
    z_heat = [
        specific_heat_deviation(
            ising.energy[ising.temperature == T], ising.chain[ising.temperature == T], T, size
        )
        for T in temperatures
    ]
    # z_heat follows Student's t distribution with N_GROUPS - 1 degrees of freedom. Scale it so that
    # its mean square is 1.
    scale = np.sqrt((N_GROUPS - 3) / (N_GROUPS - 1))
    return z_energy, scale * np.array(z_heat)


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--largest", type=int, default=SIZES[-1], help="largest L (128)")
    parser.add_argument("--n-each", type=int, default=1024, help="lattices per temperature (1024)")
    parser.add_argument("--n-seeds", type=int, default=4, help="number of seeds (4)")
    options = parser.parse_args()
    results = Results(__file__, options)
    expected = "1; 0.6 to 1.6 for a single seed"
    table = results.table(
        "Deviations from Kaufman's energy e and specific heat C",
        {"L": 3, "algorithm": 13},
        [
            Column("mean z_e^2", "", ".2f", expected),
            Column("max |z_e|", "", ".2f"),
            Column("mean z_C^2", "", ".2f", expected),
            Column("time", "s", ".1f"),
        ],
    )
    for size in (size for size in SIZES if size <= options.largest):
        for algorithm in ALGORITHMS:
            seconds, seeds = timed(
                lambda size=size, algorithm=algorithm: [
                    deviations(size, algorithm, options.n_each, seed)
                    for seed in range(options.n_seeds)
                ]
            )
            energy, heat = np.concatenate(seeds, axis=1)
            mean_squares = np.mean(energy**2), np.mean(heat**2)
            largest = np.abs(energy).max()
            table.row([size, algorithm], [mean_squares[0], largest, mean_squares[1], seconds])
    results.write()


if __name__ == "__main__":
    main()
