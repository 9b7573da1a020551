"""Speed of the algorithms of the Potts model beside those of the Ising model, in turns.

Each model is at its critical temperature, L = 320. Swendsen-Wang is timed per site and sweep, Wolff
per visited site.
"""

from statistics import median

import numpy as np
from _results import Column, Results, argument_parser
from _timing import in_turns, median_ratio, timed

from skising._kernels import potts
from skising._kernels.wolff import wolff, work_arrays
from skising.exact import CRITICAL_TEMPERATURE, potts_critical_temperature
from skising.montecarlo._algorithms import SwendsenWang, Wolff, as_threshold
from skising.montecarlo._potts_algorithms import PottsSwendsenWang, PottsWolff

SIZE = 320
N_ROUNDS = 15
N_CLUSTERS = 400


def sweep_times(n_states):
    """Return the ns per site and sweep of Ising and Potts Swendsen-Wang, round by round."""
    seed, temperature = np.random.SeedSequence(0), potts_critical_temperature(n_states)
    chains = (
        SwendsenWang(SIZE, CRITICAL_TEMPERATURE, seed),
        PottsSwendsenWang(SIZE, temperature, seed, n_states=n_states, is_ordered=True),
    )

    def per_site(chain, n_sweeps=20):
        seconds, _ = timed(lambda: chain.advance(n_sweeps))
        return 1e9 * seconds / (n_sweeps * SIZE**2)

    for chain in chains:
        chain.advance(500)
    return in_turns(*(lambda chain=chain: per_site(chain) for chain in chains), n_rounds=N_ROUNDS)


def cluster_times(n_states):
    """Return the ns per visited site of Ising and Potts Wolff clusters, round by round."""
    seed, temperature = np.random.SeedSequence(0), potts_critical_temperature(n_states)
    chains = (
        Wolff(SIZE, CRITICAL_TEMPERATURE, seed),
        PottsWolff(SIZE, temperature, seed, n_states=n_states, is_ordered=True),
    )
    lattices = np.empty((2, 1, SIZE, SIZE), np.int8)
    for chain, lattice in zip(chains, lattices, strict=True):
        chain.advance(1000)
        chain.copy_lattices(lattice)
    state, no_limit = seed.generate_state(4, np.uint64), 2**62
    (ising,), (other,) = lattices
    bonds = [as_threshold(-np.expm1(-x)) for x in (2 / CRITICAL_TEMPERATURE, 1 / temperature)]
    arrays, other_arrays = work_arrays(SIZE), potts.wolff_arrays(SIZE)

    def per_site(kernel, *arguments):
        seconds, (_, n_visited) = timed(lambda: kernel(*arguments))
        return 1e9 * seconds / n_visited

    return in_turns(
        lambda: per_site(wolff, ising, bonds[0], N_CLUSTERS, no_limit, *arrays, state),
        lambda: per_site(
            potts.wolff, other, n_states, bonds[1], N_CLUSTERS, no_limit, *other_arrays, state
        ),
        n_rounds=N_ROUNDS,
    )


def main():
    results = Results(__file__, argument_parser(__doc__).parse_args())
    for name, times in {"Swendsen-Wang": sweep_times, "Wolff": cluster_times}.items():
        table = results.table(
            f"{name}, L = {SIZE}",
            {"q": 6},
            [
                *(Column("Potts", "ns", ".3g"), Column("Ising", "ns", ".3g")),
                Column("Potts / Ising", "", ".2f", "at most 2, better 1.3"),
            ],
        )
        for n_states in (2, 3, 4, 10):
            ising, other = times(n_states)
            table.row([n_states], [median(other), median(ising), median_ratio(other, ising)])
    results.write()


if __name__ == "__main__":
    main()
