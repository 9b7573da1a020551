"""Processor time and accuracy of several networks, among them the default one.

Each is fitted for ten epochs to 2,000 lattices of 320 x 320 sites at 40 temperatures and tested on
1,000 others. `OrbitNetwork` is the convolutional network of the paper.
"""

import time

import numpy as np
from _results import Column, Results, argument_parser
from _timing import timed

from skising import BlockAveragingClassifier, BlockAveragingRegressor, make_ising
from skising.exact import CRITICAL_TEMPERATURE
from skising.networks import FullyConnectedNetwork, OrbitNetwork

NETWORKS = {
    "orbits": {"module": OrbitNetwork},
    "64": {"module__hidden": (64,)},
    "64, 32": {"module__hidden": (64, 32)},
    "128, 64": {"module__hidden": (128, 64)},
    "128, 64, dropout": {"module__hidden": (128, 64), "module__dropout": 0.2},
    "128, 128": {"module": FullyConnectedNetwork},
    "256, 128": {"module__hidden": (256, 128)},
}


def compare(train, test, block_size, net_params):
    """Return seconds and RMSE for the energy, seconds and accuracy of blocks for the phase."""
    phase, expected = (data.temperature > CRITICAL_TEMPERATURE for data in (train, test))
    near = np.abs(test.temperature - CRITICAL_TEMPERATURE) < 0.15
    parameters = {"max_epochs": 10, "net_params": net_params, "random_state": 0}
    regressor = BlockAveragingRegressor(block_size, **parameters)
    classifier = BlockAveragingClassifier(block_size, **parameters)
    regression_time, _ = timed(lambda: regressor.fit(train.data, train.energy), time.process_time)
    classification_time, _ = timed(lambda: classifier.fit(train.data, phase), time.process_time)
    rmse = np.sqrt(np.mean((regressor.predict(test.data) - test.energy) ** 2))
    blocks = classifier.predict_blocks(test.data[near]) > 0.5
    accuracy = (blocks == expected[near][:, np.newaxis, np.newaxis]).mean()
    return regression_time, rmse, classification_time, accuracy


def main():
    parser = argument_parser(__doc__)
    parser.add_argument(
        "block_sizes",
        nargs="*",
        type=int,
        default=[16, 32],
        metavar="BLOCK_SIZE",
        help="l (16 and 32)",
    )
    options = parser.parse_args()
    results = Results(__file__, options)
    train, test = (
        make_ising(n_samples, 320, random_state=seed, n_jobs=2)
        for n_samples, seed in ((2000, 1), (1000, 2))
    )
    table = results.table(
        "Fits of the energy and of the phase; accuracy for single blocks near Tc",
        {"l": 3, "network": 16},
        [
            Column("energy", "s", ".1f"),
            Column("RMSE", "J", ".5f"),
            Column("phase", "s", ".1f"),
            Column("accuracy", "", ".4f"),
        ],
    )
    for block_size in options.block_sizes:
        for name, net_params in NETWORKS.items():
            table.row([block_size, name], compare(train, test, block_size, net_params))
    results.write()


if __name__ == "__main__":
    main()
