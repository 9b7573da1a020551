"""Do complete invariants tell all blocks apart? Every 5 x 5 block, and a million pairs for each l.

A pair is a collision if its features are equal although the blocks are not images of each other.
"""

import numpy as np

from skising import D4Descriptor
from skising.symmetry import orbits, site_permutation

N_PAIRS = 1_000_000
CHUNK = 2_000
SPINS = np.array([-1, 1], np.int8)


def every_5_by_5_block():
    """Count the distinct features of one of each two blocks that differ by the global flip.

    Hashes of distinct features may agree, so the counts are lower bounds; of invariants there can
    be no more than inequivalent blocks.
    """
    descriptor = D4Descriptor(invariants="complete").fit(np.ones((1, 5, 5)))
    names = descriptor.get_feature_names_out()
    ends = {
        "power": sum(name.startswith("power") for name in names),
        "reference": sum(not name.startswith("canonical") for name in names),
        "complete": len(names),
    }
    factors = np.random.default_rng(0).integers(2**63, size=len(names), dtype=np.uint64) | 1
    hashes = {kind: [] for kind in ends}
    for start in range(0, 2**24, 2**17):
        numbers = np.arange(start, start + 2**17, dtype=np.int32)
        blocks = SPINS[numbers[:, np.newaxis] >> np.arange(25) & 1].reshape(-1, 5, 5)
        words = descriptor.transform(blocks).view(np.uint32)
        for kind, end in ends.items():
            hashes[kind].append(np.unique(words[:, :end] @ factors[:end]))
    for kind, found in hashes.items():
        print(f"5 x 5, {kind}: {len(np.unique(np.concatenate(found))):,} of 2,105,872")


def random_blocks(rng, block_size):
    return SPINS[rng.integers(2, size=(CHUNK, block_size, block_size), dtype=np.int8)]


def one_spin_apart(rng, block_size):
    blocks = random_blocks(rng, block_size)
    flipped = blocks.copy()
    flipped[np.arange(CHUNK), *rng.integers(block_size, size=(2, CHUNK))] *= -1
    return blocks, flipped


def equal_powers(rng, block_size):
    """Move each orbit by an operation of its own."""
    blocks = random_blocks(rng, block_size)
    moved = blocks.copy()
    for orbit in orbits(block_size):
        source = site_permutation(orbit.kind, int(rng.integers(8)))
        moved.reshape(CHUNK, -1)[:, orbit.sites] = blocks.reshape(CHUNK, -1)[:, orbit.sites[source]]
    return blocks, moved


def no_reference(rng, block_size):
    """Odd under the half turn, so that only E remains; or even under it, so that none of E does."""
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


def collisions(block_size):
    rng = np.random.default_rng(block_size)
    families = (
        lambda: (random_blocks(rng, block_size), random_blocks(rng, block_size)),
        lambda: one_spin_apart(rng, block_size),
        lambda: equal_powers(rng, block_size),
        lambda: no_reference(rng, block_size),
    )
    descriptor = D4Descriptor(invariants="complete").fit(np.ones((1, block_size, block_size)))
    n_equal = n_collisions = 0
    for k in range(N_PAIRS // CHUNK):
        first, second = families[k % len(families)]()
        equal = (descriptor.transform(first) == descriptor.transform(second)).all(axis=1)
        n_equal += equal.sum()
        pairs = zip(first[equal], second[equal], strict=True)
        n_collisions += sum(not are_images(*pair) for pair in pairs)
    print(f"l = {block_size}: {N_PAIRS:,} pairs, {n_equal} with equal features, ", end="")
    print(f"{n_collisions} of them inequivalent")


def main():
    for block_size in (8, 16, 32):
        collisions(block_size)
    every_5_by_5_block()


if __name__ == "__main__":
    main()
