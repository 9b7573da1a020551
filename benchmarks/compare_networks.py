"""Seconds and accuracy of networks: what the default was chosen by.

Each is fitted for ten epochs to 2,000 lattices of 320 x 320 at 40 temperatures, and tested on 1,000
others; seconds are those of the processor. `OrbitNetwork` is the convolutional one of the paper.
Arguments: block sizes.
"""

import sys
import time

import numpy as np

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


def main():
    sizes = list(map(int, sys.argv[1:])) or [16, 32]
    train, test = (
        make_ising(n_samples, 320, random_state=seed, n_jobs=2)
        for n_samples, seed in ((2000, 1), (1000, 2))
    )
    phase, expected = (data.temperature > CRITICAL_TEMPERATURE for data in (train, test))
    near = np.abs(test.temperature - CRITICAL_TEMPERATURE) < 0.15
    print("l, network, energy: s, RMSE; phase: s, accuracy of single blocks near Tc")
    for block_size in sizes:
        for name, net_params in NETWORKS.items():
            results = []
            for Estimator, y in (
                (BlockAveragingRegressor, train.energy),
                (BlockAveragingClassifier, phase),
            ):
                model = Estimator(block_size, max_epochs=10, net_params=net_params, random_state=0)
                start = time.process_time()
                model.fit(train.data, y)
                results.append((time.process_time() - start, model))
            (seconds, regressor), (of_phase, classifier) = results
            error = np.sqrt(np.mean((regressor.predict(test.data) - test.energy) ** 2))
            blocks = classifier.predict_blocks(test.data[near]) > 0.5
            right = (blocks == expected[near][:, np.newaxis, np.newaxis]).mean()
            energy = f"{seconds:7.1f} {error:9.5f}"
            print(f"{block_size:>3} {name:>17} {energy} {of_phase:7.1f} {right:8.4f}", flush=True)


if __name__ == "__main__":
    main()
