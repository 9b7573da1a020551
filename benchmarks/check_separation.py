"""Test whether the complete invariants separate all blocks: all 5 x 5 blocks, and random pairs.

A pair of blocks is a collision if its features are equal although the blocks are not images of each
other. The pairs are random, one spin apart, of equal power spectrum, or without a reference.
"""

import numpy as np
from _results import Column, Results, argument_parser

from skising import D4Descriptor
from skising.symmetry import orbits, site_permutation

CHUNK = 2_000
N_INEQUIVALENT = 2_105_872  # blocks of 5 x 5 sites
SPINS = np.array([-1, 1], np.int8)


def count_5_by_5_blocks():
    """Return for each kind of invariants the number of distinct features of all 5 x 5 blocks.

    Of each two blocks that differ by the global flip one is left out. The features are compared by
    hashes, which may agree for distinct features, so the counts are lower bounds. The number of
    inequivalent blocks is an upper bound.
    """
    descriptor = D4Descriptor(invariants="complete").fit(np.ones((1, 5, 5)))
    names = descriptor.get_feature_names_out()
    n_features = {
        "power": sum(name.startswith("power") for name in names),
        "reference": sum(not name.startswith("canonical") for name in names),
        "complete": len(names),
    }
    factors = np.random.default_rng(0).integers(2**63, size=len(names), dtype=np.uint64) | 1
    hashes = {kind: [] for kind in n_features}
    for start in range(0, 2**24, 2**17):
        numbers = np.arange(start, start + 2**17, dtype=np.int32)
        blocks = SPINS[numbers[:, np.newaxis] >> np.arange(25) & 1].reshape(-1, 5, 5)
        words = descriptor.transform(blocks).view(np.uint32)
        for kind, n in n_features.items():
            hashes[kind].append(np.unique(words[:, :n] @ factors[:n]))
    return {kind: len(np.unique(np.concatenate(found))) for kind, found in hashes.items()}


def random_blocks(rng, block_size):
    return SPINS[rng.integers(2, size=(CHUNK, block_size, block_size), dtype=np.int8)]


def one_spin_apart(rng, block_size):
    blocks = random_blocks(rng, block_size)
    flipped = blocks.copy()
    flipped[np.arange(CHUNK), *rng.integers(block_size, size=(2, CHUNK))] *= -1
    return blocks, flipped


def equal_powers(rng, block_size):
    """Apply a different operation of the square to each orbit of sites."""
    blocks = random_blocks(rng, block_size)
    moved = blocks.copy()
    for orbit in orbits(block_size):
        source = site_permutation(orbit.kind, int(rng.integers(8)))
        moved.reshape(CHUNK, -1)[:, orbit.sites] = blocks.reshape(CHUNK, -1)[:, orbit.sites[source]]
    return blocks, moved


def no_reference(rng, block_size):
    """Make blocks without one of the references.

    Blocks that are odd under the half turn have no component but E. Even ones have none of E.
    """
    blocks = random_blocks(rng, block_size)
    parity = np.where(np.arange(CHUNK) % 2, 1, -1).astype(np.int8)[:, np.newaxis, np.newaxis]
    half = block_size // 2
    blocks[:, half:] = parity * blocks[:, :half][:, ::-1, ::-1]
    swapped = blocks.copy()
    swapped[:, 0, 0] *= -1
    swapped[:, -1, -1] *= -1
    return blocks, swapped


def are_images(first, second):
    images = [np.rot90(x, k) for x in (first, first[:, ::-1]) for k in range(4)]
    return any((sign * image == second).all() for image in images for sign in (1, -1))


def count_collisions(block_size, n_chunks):
    """Return the number of pairs with equal features, and how many of them are inequivalent."""
    rng = np.random.default_rng(block_size)
    families = (
        lambda: (random_blocks(rng, block_size), random_blocks(rng, block_size)),
        lambda: one_spin_apart(rng, block_size),
        lambda: equal_powers(rng, block_size),
        lambda: no_reference(rng, block_size),
    )
    descriptor = D4Descriptor(invariants="complete").fit(np.ones((1, block_size, block_size)))
    n_equal = n_collisions = 0
    for k in range(n_chunks):
        first, second = families[k % len(families)]()
        equal = (descriptor.transform(first) == descriptor.transform(second)).all(axis=1)
        n_equal += equal.sum()
        pairs = zip(first[equal], second[equal], strict=True)
        n_collisions += sum(not are_images(*pair) for pair in pairs)
    return n_equal, n_collisions


def main():
    parser = argument_parser(__doc__)
    parser.add_argument(
        "--n-pairs",
        type=int,
        default=1_000_000,
        help=f"pairs for each l, rounded up to a multiple of {CHUNK} (1000000)",
    )
    options = parser.parse_args()
    results = Results(__file__, options)
    n_chunks = -(-options.n_pairs // CHUNK)
    table = results.table(
        f"{n_chunks * CHUNK:,} pairs, complete invariants",
        {"l": 3},
        [Column("equal features", "", ",d"), Column("collisions", "", ",d", "0")],
    )
    for block_size in (8, 16, 32):
        table.row([block_size], count_collisions(block_size, n_chunks))
    table = results.table(
        f"Distinct features of the {N_INEQUIVALENT:,} inequivalent 5 x 5 blocks",
        {"kind": 9},
        [Column("distinct", "", ",d", "power 5,632; reference 1,978,472; complete: all")],
    )
    for kind, n_distinct in count_5_by_5_blocks().items():
        table.row([kind], [n_distinct])
    results.write()


if __name__ == "__main__":
    main()
