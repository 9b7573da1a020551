"""How to cut lattices whose size is no multiple of the block size: error of the energy, accuracy.

Networks are trained and tested on the blocks of each partition. Blocks of "periodic" wrap around
the boundary; those of the other partitions do not. "one corner" leaves sites out.
"""

import statistics
from unittest import mock

import numpy as np
from _results import Column, Results, argument_parser

from skising import BlockAveragingClassifier, BlockAveragingRegressor, make_ising
from skising.block_averaging import _dataset
from skising.block_averaging._prediction import forward
from skising.blocks._lattices import copy_blocks, partition_grid
from skising.exact import probability_disordered

SIZES = [(30, 16), (40, 16), (48, 32), (65, 32), (100, 16)]
TEMPERATURES = np.linspace(1.5, 3.5, 21)
N_TRAIN, N_TEST = 30, 50  # lattices per temperature
N_EPOCHS = 12


def one_corner(size, block_size):
    return np.arange(0, size - block_size + 1, block_size)


def set_back(size, block_size):
    """Set one more block back to the edge."""
    return np.union1d(one_corner(size, block_size), [size - block_size])


def evenly_spaced(size, block_size):
    """Spread the fewest blocks that hold all sites, as many sites apart as whole sites allow."""
    room = size - block_size
    n_gaps = -(-room // block_size)
    # A block in the middle would be half a site off, and images of a lattice have other blocks.
    n_gaps += room % 2 == 1 and n_gaps % 2 == 0
    left = (2 * np.arange(n_gaps // 2 + 1) * room + n_gaps) // (2 * n_gaps)
    return np.union1d(left, room - left)


def periodic(size, block_size):
    n_blocks = -(-size // block_size)
    return np.arange(n_blocks) * size // n_blocks


def four_corners(size, block_size):
    return partition_grid((size, size), block_size, block_size)[0]


PARTITIONS = {
    "one corner": one_corner,
    "set back": set_back,
    "evenly spaced": evenly_spaced,
    "periodic": periodic,
    "four corners (used)": four_corners,
}


def cut(X, block_size, first):
    """Copy the blocks at some first rows and columns, around the periodic boundary."""
    wrapped = np.pad(X, ((0, 0), (0, block_size), (0, block_size)), mode="wrap")
    return copy_blocks(wrapped, block_size, first, first)


def block_values(model, X, first):
    """Return the network's outputs (n_samples, n_blocks), some lattices at a time."""
    parts = [cut(X[i : i + 50], model.block_size, first) for i in range(0, len(X), 50)]
    outputs = [forward(model.net_, model.descriptor_, blocks) for blocks in parts]
    return np.concatenate(outputs)[..., 0]


def errors(train, test, block_size, first, seed):
    """Return the RMSE of the energy and the accuracy of the phase."""
    common = {"descriptor": "pair", "max_epochs": N_EPOCHS, "random_state": seed}
    with mock.patch.object(_dataset, "partition", lambda X, size, stride: cut(X, size, first)):
        regressor = BlockAveragingRegressor(block_size, **common).fit(train.data, train.energy)
        classifier = BlockAveragingClassifier(block_size, **common).fit(train.data, train.target)
    energy = block_values(regressor, test.data, first) * regressor.y_scale_ + regressor.y_mean_
    disordered = 1 / (1 + np.exp(-block_values(classifier, test.data, first)))
    rmse = np.sqrt(np.mean((energy.mean(axis=1) - test.energy) ** 2))
    return rmse, np.mean((disordered.mean(axis=1) > 0.5) == test.target)


def best_accuracy(test):
    """Return the accuracy of the best possible classifier of whole lattices."""
    p = probability_disordered(test.energy, test.data.shape[1], TEMPERATURES)
    return np.mean((p > 0.5) == test.target)


def main():
    parser = argument_parser(__doc__)
    parser.add_argument("--n-seeds", type=int, default=3, help="data sets and networks (3)")
    options = parser.parse_args()
    results = Results(__file__, options)
    columns = [
        Column("blocks", format="d"),
        Column("RMSE of the energy", "J", ".4f"),
        Column("its largest", "J", ".4f"),
        Column("accuracy", format=".4f"),
        Column("best possible", format=".4f"),
    ]
    table = results.table("Means over the seeds", {"L": 3, "l": 2, "partition": 20}, columns)
    for size, block_size in SIZES:
        sets = [
            [
                make_ising(21 * n, size, TEMPERATURES, target="phase", random_state=seed + offset)
                for n, offset in ((N_TRAIN, 100), (N_TEST, 200))
            ]
            for seed in range(options.n_seeds)
        ]
        best = statistics.mean(best_accuracy(test) for _, test in sets)
        for name, rule in PARTITIONS.items():
            first = rule(size, block_size)
            found = [errors(*pair, block_size, first, seed) for seed, pair in enumerate(sets)]
            rmse, accuracy = zip(*found, strict=True)
            values = len(first) ** 2, statistics.mean(rmse), max(rmse), statistics.mean(accuracy)
            table.row((size, block_size, name), (*values, best))
    results.write()


if __name__ == "__main__":
    main()
