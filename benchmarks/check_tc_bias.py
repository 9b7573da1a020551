"""What moves the temperature at which a classifier of single blocks is undecided away from Tc.

Classifiers of blocks of l = 8, 16 and 32 sites train on 1,280 lattices of 64 x 64 sites at other
temperatures, several networks for each set of temperatures, each on lattices of its own:

docs
    The 40 temperatures of the paper, 1.2 to 3.6. The gap around Tc is from 2.246 to 2.308.
centred
    As many, equally far apart, with Tc in the middle of a gap.
fine
    80 temperatures, 0.02 apart, symmetric about Tc: those of the docs' data collapse.
dense
    320 temperatures, 0.005 apart, symmetric about Tc in T.
dense, beta
    320 temperatures, symmetric about 1 / Tc in 1 / T.
dense, half
    As dense, without the temperatures above Tc + 0.4: two thirds of the lattices are ordered.

All networks are tested on the same lattices at 7 temperatures around Tc. The tables list the mean
probability of disorder at Tc exactly, the fraction of blocks that are called disordered there, and
the temperature at which the mean probability is 1/2. If Eq. 11 held without corrections, the first
two would not depend on l. The parts can be run one by one:

threshold
    The best classifier of whole periodic lattices calls a lattice disordered above a certain energy
    (Bayes' rule). The table has the temperature at which this is the mean energy. No sampling.
best
    The figures above for the exact probabilities of whole periodic l x l lattices.
networks
    The figures above for networks.
"""

import numpy as np
from _results import Column, Results, argument_parser
from scipy import optimize

from skising import BlockAveragingClassifier, make_ising
from skising.exact import CRITICAL_TEMPERATURE, kaufman_energy, probability_disordered

PARTS = ("threshold", "best", "networks")
SIZES = (8, 16, 32)
LATTICE_SIZE = 64
N_TRAIN = 1280
TESTED = CRITICAL_TEMPERATURE + np.array([-0.06, -0.04, -0.02, 0, 0.02, 0.04, 0.06])
N_TEST_SETS = 10
DENSE = (np.arange(320) - 159.5) / 200
GRIDS = {
    "docs": np.linspace(1.2, 3.6, 40),
    "centred": CRITICAL_TEMPERATURE + np.linspace(-1.2, 1.2, 40),
    "fine": CRITICAL_TEMPERATURE + np.linspace(-0.8, 0.8, 80),
    "dense": CRITICAL_TEMPERATURE + DENSE,
    "dense, beta": 1 / (1 / CRITICAL_TEMPERATURE - DENSE * 0.19),
    "dense, half": CRITICAL_TEMPERATURE + DENSE[DENSE < 0.4],
}
# Those for which networks are trained, too.
TRAINED = ("docs", "dense", "dense, beta")
COLUMNS = [
    Column("p(Tc)", "", ".4f"),
    Column("training", "", ".4f"),
    Column("lattices", "", ".4f"),
    Column("called disordered", "", ".4f"),
    Column("T of p = 1/2, minus Tc", "", ".4f", "0"),
    Column("training error", "", ".4f"),
    Column("lattice error", "", ".4f"),
]


def crossing(p):
    """Return the temperature, minus Tc, at which the mean probability is 1/2.

    p has shape (..., n_temperatures) and rises with T.
    """
    curves = np.reshape(p, (-1, len(TESTED)))
    # A cubic smooths the scatter of single temperatures.
    shifts = TESTED - CRITICAL_TEMPERATURE
    found = []
    for curve in curves:
        roots = np.roots(np.polyfit(shifts, curve - 0.5, 3))
        real = roots[np.abs(roots.imag) < 1e-12].real
        found.append(real[np.argmin(np.abs(real))])
    return np.reshape(found, np.shape(p)[:-1])


def mean_and_error(values):
    return np.mean(values), np.std(values, ddof=1) / np.sqrt(len(values))


def test_sets(n_each):
    """Return lattices of shape (n_sets, n_temperatures, n_each, L, L)."""
    sets = [
        make_ising(n_each * len(TESTED), LATTICE_SIZE, TESTED, random_state=1000 + k)
        for k in range(N_TEST_SETS)
    ]
    X = np.stack([ising.data for ising in sets])
    return X.reshape(N_TEST_SETS, len(TESTED), n_each, LATTICE_SIZE, LATTICE_SIZE)


def summary(p, called):
    """Return the figures of a row; p and called have shape (n_networks, n_sets, n_temperatures)."""
    at_tc = np.flatnonzero(TESTED == CRITICAL_TEMPERATURE)[0]
    many = len(p) > 1
    training = mean_and_error(p.mean(axis=1)[:, at_tc])[1] if many else None
    lattices = mean_and_error(p.mean(axis=0)[:, at_tc])[1]
    shift_training = mean_and_error(crossing(p.mean(axis=1)))[1] if many else None
    shift_lattices = mean_and_error(crossing(p.mean(axis=0)))[1]
    return [
        p[..., at_tc].mean(),
        training,
        lattices,
        called[..., at_tc].mean(),
        crossing(p.mean(axis=(0, 1))),
        shift_training,
        shift_lattices,
    ]


def measure(training, descriptors, n_seeds, test):
    """Return for each descriptor and block size (p, called): (n_seeds, n_sets, n_temperatures)."""
    temperatures = GRIDS[training]
    found = {(name, size): [] for name in descriptors for size in SIZES}
    for seed in range(n_seeds):
        ising = make_ising(N_TRAIN, LATTICE_SIZE, temperatures, random_state=seed)
        for (descriptor, block_size), values in found.items():
            model = BlockAveragingClassifier(
                block_size,
                descriptor=descriptor,
                objective="block",
                max_epochs=6,
                random_shift=True,
                random_state=seed,
            ).fit(ising.data, ising.temperature > CRITICAL_TEMPERATURE)
            p = model.predict_blocks(test.reshape(-1, *test.shape[-2:]))
            p = p.reshape(*test.shape[:2], -1)
            values.append((p.mean(axis=-1), (p > 0.5).mean(axis=-1)))
    return {case: np.swapaxes(values, 0, 1) for case, values in found.items()}


def report_threshold(results):
    """Print the temperature whose mean energy is the threshold of the best classifier."""
    column = Column("T of the threshold, minus Tc", "", ".4f", "0")
    table = results.table("Threshold of the best classifier", {"training": 14, "L": 3}, [column])
    for name, grid in GRIDS.items():
        for size in (8, 12, 16, 32, 64, 192, 320):

            def above_half(T, size=size, grid=grid):
                return probability_disordered(kaufman_energy(T, size), size, grid) - 0.5

            table.row([name, size], [optimize.brentq(above_half, 2, 2.6) - CRITICAL_TEMPERATURE])


def report_best(results):
    """Print the same for Bayes' rule for whole periodic lattices."""
    table = results.table(
        "Best classifier of whole periodic l x l lattices", {"training": 14, "l": 3}, COLUMNS
    )
    energies = {}
    for size in SIZES:
        sets = [
            make_ising(500 * len(TESTED), size, TESTED, random_state=2000 + k).energy
            for k in range(N_TEST_SETS)
        ]
        energies[size] = np.reshape(sets, (N_TEST_SETS, len(TESTED), -1))
    for name, grid in GRIDS.items():
        for size, energy in energies.items():
            p = probability_disordered(energy, size, grid)
            figures = summary(p.mean(axis=-1)[np.newaxis], (p > 0.5).mean(axis=-1)[np.newaxis])
            table.row([name, size], figures)


def report_networks(results, descriptors, n_seeds):
    """Print the figures of networks for single blocks."""
    test = test_sets(30)
    table = results.table(
        "Networks for single blocks", {"training": 14, "descriptor": 10, "l": 3}, COLUMNS
    )
    for training in TRAINED:
        found = measure(training, descriptors, n_seeds, test)
        for (descriptor, block_size), (p, called) in found.items():
            table.row([training, descriptor, block_size], summary(p, called))
        # A run that is stopped keeps what it has.
        results.write()


def main():
    parser = argument_parser(__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS)} (all)", default=PARTS
    )
    parser.add_argument("--n-seeds", type=int, default=4, help="networks of each kind (4)")
    parser.add_argument("--descriptors", nargs="+", default=["d4", "pair"], help="(d4 pair)")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"unknown part {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}")
    results = Results(__file__, options)
    if "threshold" in options.parts:
        report_threshold(results)
    if "best" in options.parts:
        report_best(results)
    if "networks" in options.parts:
        report_networks(results, options.descriptors, options.n_seeds)
    results.write()


if __name__ == "__main__":
    main()
