"""Lattices of the XY model at its Kosterlitz-Thouless transition against a published result.

The temperature is 1 / 1.1199 (M. Hasenbusch, J. Phys. A 38, 5869 (2005)). The helicity modulus,
divided by T, is compared with 0.636508 + 0.318899 / (ln L + C) of the same paper. C is fitted to
all sizes. The form has corrections that fall off faster with L.

The error is that of the mean of 16 independent chains, those of four calls.
"""

import numpy as np
from _results import Column, Results, argument_parser
from _timing import timed
from scipy.optimize import minimize_scalar

from skising import make_clock
from skising.observables import helicity_modulus

TEMPERATURE = 1 / 1.1199
SIZES = (16, 32, 64, 128)
N_CALLS = 4  # of 4 chains each
N_STATES = 65536  # the default of make_clock


def chain_means(n_lattices, size):
    """Return the helicity modulus divided by T and the energy of 16 chains, shape (2, 16)."""
    means = []
    for seed in range(N_CALLS):
        xy = make_clock(n_lattices, size, TEMPERATURE, random_state=seed)
        for k in range(4):
            rows = xy.chain == k
            modulus = helicity_modulus(xy.data[rows], TEMPERATURE, n_states=N_STATES).upsilon
            means.append([modulus / TEMPERATURE, xy.energy[rows].mean()])
    return np.transpose(means)


def published_modulus(size, c):
    return 0.636508 + 0.318899 / (np.log(size) + c)


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--n-lattices", type=int, default=1000, help="in each of 4 calls (1000)")
    options = parser.parse_args()
    results = Results(__file__, options)
    measured, seconds = [], []
    for size in SIZES:
        time, means = timed(lambda size=size: chain_means(options.n_lattices, size))
        measured.append([means.mean(axis=1), means.std(axis=1, ddof=1) / np.sqrt(means.shape[1])])
        seconds.append(time)
    (modulus, energy), errors = np.moveaxis(measured, (1, 2), (0, 1))
    sizes = np.array(SIZES)

    def misfit(c):
        return np.sum(((modulus - published_modulus(sizes, c)) / errors[0]) ** 2)

    c = minimize_scalar(misfit, bounds=(0, 10), method="bounded").x
    table = results.table(
        "The XY model at the transition: helicity modulus / T, and energy",
        {"L": 4},
        [
            *(Column("measured", "", ".5f"), Column("error", "", ".5f")),
            *(Column("published, C fitted", "", ".5f"), Column("C", "", ".2f")),
            *(Column("z", "", ".2f"), Column("energy", "", ".5f")),
            *(Column("its error", "", ".5f"), Column("time", "s", ".0f")),
        ],
    )
    for k, size in enumerate(SIZES):
        published = published_modulus(size, c)
        z = (modulus[k] - published) / errors[0, k]
        row = [modulus[k], errors[0, k], published, c, z, energy[k], errors[1, k], seconds[k]]
        table.row([size], row)
    results.write()


if __name__ == "__main__":
    main()
