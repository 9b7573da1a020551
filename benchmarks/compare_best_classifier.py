"""Classifiers of whole lattices beside the best possible one, a threshold on the energy.

In equilibrium the probability of a lattice of energy E is exp(-E / T) / Z(T), and Z is known
exactly. If all temperatures of the test are equally likely, the probability of disorder given a
lattice is therefore

    P = sum over T > Tc of exp(-E / T) / Z(T), divided by the sum over all T.

The best classifier calls a lattice disordered if P > 1/2, which is a threshold on E. It knows the
temperatures of the test and all bonds of the lattice. A network that averages over blocks knows
lattices at its training temperatures, and the bonds inside its blocks.

The test has 80 temperatures within 0.8 of Tc, with more lattices at those within 0.15. All
temperatures count equally. Gaps are differences on the same lattices, and their errors include the
correlation of the lattices of a chain. Each network is trained once. The parts can be run one by
one:

defaults
    Several l and descriptors at the defaults, and the accuracy at single temperatures.
changes
    What can be changed. If logits are averaged, the average can follow the exact ln[P / (1 - P)],
    because this is nearly linear in E near Tc, and E is a sum over the lattice.

Names in the tables:

bonds
    `PairCorrelationDescriptor(1)`: the energy of the bonds inside the block is the only feature.
union
    The features of "d4" and "pair" together.
wrapped
    Lattices are continued around the periodic boundary by l - stride sites before they are
    predicted, so that blocks lie at every multiple of the stride.
"""

import numpy as np
from _results import Column, Results, argument_parser
from sklearn.pipeline import FeatureUnion

from skising import (
    BlockAveragingClassifier,
    D4Descriptor,
    PairCorrelationDescriptor,
    make_ising,
)
from skising.exact import CRITICAL_TEMPERATURE, probability_disordered

TEMPERATURES = CRITICAL_TEMPERATURE + np.linspace(-0.8, 0.8, 80)
NEAR = np.abs(TEMPERATURES - CRITICAL_TEMPERATURE) < 0.15
NARROW = CRITICAL_TEMPERATURE + np.linspace(-0.3, 0.3, 80)
DESCRIPTORS = {
    "d4": "d4",
    "pair": "pair",
    "bonds": PairCorrelationDescriptor(1),
    "union": FeatureUnion([("d4", D4Descriptor()), ("pair", PairCorrelationDescriptor())]),
}
PARTS = ("defaults", "changes")
# L, l and descriptor.
BASIC = [
    *((30, size, name) for size in (10, 15, 30) for name in ("d4", "pair")),
    *((30, 10, name) for name in ("union", "bonds")),
    *((31, 10, name) for name in ("pair", "bonds")),
    *((60, 20, name) for name in ("d4", "pair", "bonds")),
]
# What is changed at L = 30 and l = 10: lattices, their temperatures, parameters of the classifier.
CHANGES = {
    "pooling='logit'": (4000, TEMPERATURES, {"pooling": "logit"}),
    "random_shift": (4000, TEMPERATURES, {"random_shift": True}),
    "30 epochs": (4000, TEMPERATURES, {"max_epochs": 30}),
    "Tc +- 0.3": (4000, NARROW, {}),
    "16,000 lattices": (16000, TEMPERATURES, {}),
    "16,000, Tc +- 0.3": (16000, NARROW, {}),
}
ACCURACY = [
    Column("all", "", ".4f"),
    Column("near Tc", "", ".3f"),
    Column("best, all", "", ".4f"),
    Column("best, near Tc", "", ".3f"),
    Column("gap, all", "", ".4f", "0"),
    Column("error", "", ".4f"),
    Column("gap near Tc", "", ".3f", "0"),
    Column("error near Tc", "", ".3f"),
]


class Test:
    """Lattices of one size, the answers of the best classifier, and the scores of others.

    Attributes
    ----------
    X : ndarray of shape (n_lattices, L, L)
    best : ndarray of shape (n_lattices,)
        1 where the best classifier is right.
    """

    def __init__(self, lattice_size, n_near, n_far):
        parts = [
            make_ising(n_each * len(T), lattice_size, T, random_state=seed)
            for seed, n_each, T in (
                (1, n_near, TEMPERATURES[NEAR]),
                (2, n_far, TEMPERATURES[~NEAR]),
            )
        ]
        self.X = np.concatenate([part.data for part in parts])
        temperature = np.concatenate([part.temperature for part in parts])
        self.row = np.abs(temperature[:, np.newaxis] - TEMPERATURES).argmin(axis=1)
        self.chain = np.concatenate([parts[0].chain, parts[1].chain + 1 + parts[0].chain.max()])
        self.is_disordered = temperature > CRITICAL_TEMPERATURE
        energy = np.concatenate([part.energy for part in parts])
        self.best = self.right(probability_disordered(energy, lattice_size, TEMPERATURES) > 0.5)

    def right(self, calls_disordered):
        return (calls_disordered == self.is_disordered).astype(float)

    def means(self, values):
        """Return the mean over the lattices at each temperature, and its variance, by chains."""
        count = np.bincount(self.row)
        mean = np.bincount(self.row, values) / count
        chains = np.unique(np.stack([self.row, self.chain]), axis=1, return_inverse=True)
        sums = np.bincount(chains[1].ravel(), values - mean[self.row])
        row_of_chain = chains[0][0]
        n_chains = np.bincount(row_of_chain)
        squares = np.bincount(row_of_chain, sums**2)
        return mean, squares * n_chains / (n_chains - 1) / count**2

    def figures(self, right):
        """Return accuracies of a classifier and of the best one, and the gaps with errors."""
        ours, best = self.means(right)[0], self.means(self.best)[0]
        gap, variance = self.means(self.best - right)
        found = [ours.mean(), ours[NEAR].mean(), best.mean(), best[NEAR].mean()]
        for rows in (slice(None), NEAR):
            found += [gap[rows].mean(), np.sqrt(variance[rows].sum()) / gap[rows].size]
        return found


def fitted(
    lattice_size, block_size, descriptor, n_train=4000, temperatures=TEMPERATURES, **options
):
    train = make_ising(n_train, lattice_size, temperatures, random_state=0)
    model = BlockAveragingClassifier(
        block_size,
        descriptor=DESCRIPTORS[descriptor],
        random_state=0,
        **{"max_epochs": 10, **options},
    )
    return model.fit(train.data, train.temperature > CRITICAL_TEMPERATURE)


def predict_wrapped(model, X, stride):
    n_more = model.block_size - stride
    wrapped = np.pad(X, ((0, 0), (0, n_more), (0, n_more)), mode="wrap")
    return model.set_params(stride=stride).predict(wrapped)


def report_changes(results, test):
    """Print what one change at a time gives, then all blocks with the last of them."""
    table = results.table("Changes, L = 30, l = 10", {"descriptor": 10, "change": 28}, ACCURACY)
    for descriptor in ("pair", "bonds"):
        for change, (n_train, temperatures, options) in CHANGES.items():
            model = fitted(30, 10, descriptor, n_train, temperatures, **options)
            figures = test.figures(test.right(model.predict(test.X)))
            table.row([descriptor, change], figures)
        for stride in (5, 2):
            calls = predict_wrapped(model, test.X, stride)
            row = [descriptor, f"{change}, wrapped, stride {stride}"]
            table.row(row, test.figures(test.right(calls)))


def report_temperatures(results, lattice_size, test, right):
    """Print the accuracies near Tc, temperature by temperature."""
    columns = [Column(name, "", ".3f") for name in ("best", "its error", "pair", "gap", "error")]
    table = results.table(f"Single temperatures, L = {lattice_size}", {"T": 6}, columns)
    best, best_variance = test.means(test.best)
    gap, variance = test.means(test.best - right)
    for k in np.flatnonzero(NEAR):
        errors = np.sqrt([best_variance[k], variance[k]])
        values = [best[k], errors[0], best[k] - gap[k], gap[k], errors[1]]
        table.row([round(TEMPERATURES[k], 3)], values)


def report_defaults(results, tests):
    """Print the figures of networks with default parameters, then single temperatures."""
    table = results.table("Defaults", {"L": 3, "l": 3, "descriptor": 10}, ACCURACY)
    right = {}
    for case in BASIC:
        test = tests[case[0]]
        right[case] = test.right(fitted(*case).predict(test.X))
        table.row(case, test.figures(right[case]))
    for case in ((30, 10, "pair"), (60, 20, "pair")):
        report_temperatures(results, case[0], tests[case[0]], right[case])


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--n-near", type=int, default=400, help="lattices at a T near Tc (400)")
    parser.add_argument("--n-far", type=int, default=40, help="lattices at another T (40)")
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS)} (all)", default=PARTS
    )
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"unknown part {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}")
    results = Results(__file__, options)
    tests = {size: Test(size, options.n_near, options.n_far) for size in (30, 31, 60)}
    if "defaults" in options.parts:
        report_defaults(results, tests)
    if "changes" in options.parts:
        report_changes(results, tests[30])
    results.write()


if __name__ == "__main__":
    main()
