"""Energy and specific heat of every algorithm against Kaufman's exact ones, L = 16 to 128.

For each size and algorithm the mean of z^2 over 40 temperatures, the critical one, and the seeds,
with z the deviation from the exact value in units of its standard error. For the energy this is the
one that `make_ising` returns in its diagnostics, for the specific heat that of independent chains.
A right sampler gives 1, with a standard deviation, over one seed, of 0.22 for the energy and 0.25
for the specific heat: of the 32 numbers of one seed, one is likely to be above 1.5. Metropolis is
left out where its chains would be long: above L = 32, nearer than 0.15 to the critical temperature.
Options: the largest size, the lattices per temperature, and the number of seeds.
"""

import sys
import time

import numpy as np

from skising import make_ising
from skising.exact import CRITICAL_TEMPERATURE, kaufman_specific_heat

SIZES = (16, 32, 64, 128)
TEMPERATURES = np.array([*np.linspace(1.2, 3.6, 40), CRITICAL_TEMPERATURE])
N_GROUPS = 16


def specific_heat_deviation(energy, chain, temperature, size):
    """Return z of the mean of (e - e_mean)^2 N / T^2, with its error from groups of chains."""
    n_chains = chain.max() - chain.min() + 1
    if n_chains >= N_GROUPS:
        group = (chain - chain.min()) % N_GROUPS
    else:
        # Stretches of a chain that are long against its autocorrelation time.
        group = np.arange(len(energy)) * N_GROUPS // len(energy)
    # Each group about its own mean, so that the estimate is without bias but for correlation.
    heats = [energy[group == g].var(ddof=1) for g in range(N_GROUPS)]
    heats = np.array(heats) * size**2 / temperature**2
    error = heats.std(ddof=1) / np.sqrt(N_GROUPS)
    return (heats.mean() - kaufman_specific_heat(temperature, size)) / error


def deviations(size, algorithm, n_each, seed):
    """Return z of the energies, and of the specific heats, at all temperatures."""
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
    # Of Student's t with N_GROUPS - 1 degrees of freedom, the mean square is above 1.
    scale = np.sqrt((N_GROUPS - 3) / (N_GROUPS - 1))
    return z_energy, scale * np.array(z_heat)


def main():
    given = [int(argument) for argument in sys.argv[1:]]
    largest, n_each, n_seeds = given + [SIZES[-1], 1024, 4][len(given) :]
    print(f"{'L':>4} {'algorithm':>14} {'<z_e^2>':>8} {'max|z_e|':>9} {'<z_C^2>':>8} {'s':>7}")
    for size in SIZES:
        for algorithm in ("swendsen-wang", "wolff", "metropolis", "auto"):
            if size <= largest:
                start = time.perf_counter()
                of_seeds = [deviations(size, algorithm, n_each, seed) for seed in range(n_seeds)]
                energy, heat = np.concatenate(of_seeds, axis=1)
                seconds = time.perf_counter() - start
                row = f"{size:>4} {algorithm:>14} {np.mean(energy**2):>8.2f} "
                row += f"{np.abs(energy).max():>9.2f} {np.mean(heat**2):>8.2f}"
                print(row, f"{seconds:>7.1f}", flush=True)


if __name__ == "__main__":
    main()
