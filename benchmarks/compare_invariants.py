"""What kinds of invariants cost and separate: the table of the guide to descriptors.

Beside the kinds of `D4Descriptor` there are two others: the canonical image alone, and max
filtering. That is the largest overlap of a block's 16 images with each of 2 l^2 random templates
(Cahill, Iverson, Mixon and Packer, Found. Comput. Math. (2024)).
"""

import time
from statistics import median

import numpy as np
from _results import Column, Results, argument_parser
from _timing import time_in_turns

from skising import D4Descriptor

N_ROUNDS = 9
N_BLOCKS = 300


class CanonicalImage(D4Descriptor):
    def transform(self, X):
        return super().transform(X)[:, -(self.block_size_**2) :]


class MaxFilter:
    def fit(self, X):
        n_sites = X[0].size
        templates = np.random.default_rng(1).integers(-99, 100, (n_sites, 2 * n_sites))
        self.templates = templates.astype(np.float32)
        return self

    def transform(self, X):
        mirrored = X[:, :, ::-1]
        images = [np.rot90(x, k, (1, 2)) for x in (X, mirrored) for k in range(4)]
        flat = (image.reshape(len(X), -1).astype(np.float32) for image in images)
        return np.max([np.abs(image @ self.templates) for image in flat], axis=0)


KINDS = {
    "power": D4Descriptor(invariants="power"),
    "reference": D4Descriptor(),
    "complete": D4Descriptor(invariants="complete"),
    "canonical image": CanonicalImage(invariants="complete"),
    "max filtering": MaxFilter(),
}


def every_block(block_size):
    bits = np.arange(2 ** (block_size**2))[:, np.newaxis] >> np.arange(block_size**2) & 1
    return (2 * bits - 1).astype(np.int8).reshape(-1, block_size, block_size)


def separated(kind, block_size):
    blocks = every_block(block_size)
    return len(np.unique(kind.fit(blocks).transform(blocks), axis=0))


def one_flip(kind, block_size):
    """Return the mean and largest change for one flipped spin, relative to the features' norm."""
    rng = np.random.default_rng(0)
    blocks = rng.choice(np.array([-1, 1], np.int8), (N_BLOCKS, block_size, block_size))
    flipped = blocks.copy()
    flipped[np.arange(N_BLOCKS), *rng.integers(block_size, size=(2, N_BLOCKS))] *= -1
    before = kind.fit(blocks).transform(blocks)
    change = np.linalg.norm(kind.transform(flipped) - before, axis=1)
    change /= np.linalg.norm(before, axis=1)
    return change.mean(), change.max()


def microseconds(block_size):
    """Return for each kind the processor time per block, measured in turns.

    Max filtering is timed after the others: it would leave them a cold cache.
    """
    blocks = np.ones((N_BLOCKS, block_size, block_size), np.int8)
    blocks[:, ::3, 1::5] = -1
    functions = [lambda kind=kind: kind.transform(blocks) for kind in KINDS.values()]
    for kind in KINDS.values():
        kind.fit(blocks)
    *quick, slow = functions
    times = [
        *time_in_turns(*quick, n_rounds=N_ROUNDS, clock=time.thread_time),
        *time_in_turns(slow, n_rounds=N_ROUNDS, clock=time.thread_time),
    ]
    return [1e6 * median(seconds) / N_BLOCKS for seconds in times]


def main():
    options = argument_parser(__doc__).parse_args()
    results = Results(__file__, options)
    table = results.table(
        "Separated blocks; change of the features by one flipped spin, relative to their norm",
        {"invariants": 15},
        [
            Column("width, l = 32", "", ",d"),
            Column("of 51 (3 x 3)", "", "d", "complete: 51"),
            Column("of 4,324 (4 x 4)", "", ",d", "complete: 4,324"),
            Column("mean change, l = 16", "", ".3f"),
            Column("largest change, l = 16", "", ".2f"),
            Column("mean change, l = 32", "", ".3f"),
            Column("largest change, l = 32", "", ".2f"),
            Column("per block, l = 32", "us", ".1f"),
        ],
    )
    times = microseconds(32)
    for (name, kind), time_per_block in zip(KINDS.items(), times, strict=True):
        counts = [separated(kind, block_size) for block_size in (3, 4)]
        changes = [one_flip(kind, block_size) for block_size in (16, 32)]
        width = kind.transform(np.ones((1, 32, 32), np.int8)).shape[1]
        table.row([name], [width, *counts, *changes[0], *changes[1], time_per_block])
    results.write()


if __name__ == "__main__":
    main()
