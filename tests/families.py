"""Blocks of spins to test descriptors with, and the 16 images of a block."""

from itertools import product

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hypothesis_numpy

SPINS = np.array([-1, 1], dtype=np.int8)


def random_blocks(n_blocks, block_size, seed=0):
    return np.random.default_rng(seed).choice(SPINS, (n_blocks, block_size, block_size))


def family(name, block_size):
    """Return blocks in which different irrep coefficients and references are zero."""
    rows, columns = np.indices((block_size, block_size))
    ordered = np.ones((block_size, block_size), int)
    if name == "ordered":
        return np.array([ordered], dtype=np.int8)
    if name == "striped":
        stripes = [1 - 2 * (rows // width % 2) for width in (1, 2, 3)]
        halves = [np.where(rows < block_size // 2, 1, -1), np.where(rows < columns, 1, -1)]
        return np.array(stripes + halves, dtype=np.int8)
    if name == "checkerboard":
        return np.array([1 - 2 * ((rows // w + columns // w) % 2) for w in (1, 2)], dtype=np.int8)
    if name == "single flip":
        middle = block_size // 2
        sites = [(0, 0), (0, 1), (0, middle), (middle, middle), (1, middle)]
        return np.array(
            [np.where((rows == i) & (columns == j), -1, 1) for i, j in sites], dtype=np.int8
        )
    return random_blocks(5, block_size, seed=block_size)


SIZES = (*range(2, 13), 16, 31, 32, 33, 64)
FAMILIES = ("ordered", "striped", "checkerboard", "single flip", "random")


def every_block(block_size):
    bits = np.arange(2 ** (block_size**2))[:, np.newaxis] >> np.arange(block_size**2) & 1
    return SPINS[bits].reshape(-1, block_size, block_size)


def images(blocks):
    """Yield the blocks under each of the 16 operations of D4 x Z2."""
    for turns, mirrored, sign in product(range(4), (False, True), (1, -1)):
        image = blocks[:, :, ::-1] if mirrored else blocks
        yield sign * np.rot90(image, turns, axes=(1, 2))


def bits(features):
    assert features.dtype == np.float32
    return features.view(np.uint32)


def any_block(smallest=2, largest=12):
    """Return a hypothesis strategy for blocks (1, l, l)."""
    return st.integers(smallest, largest).flatmap(
        lambda block_size: hypothesis_numpy.arrays(
            np.int8, (1, block_size, block_size), elements=st.sampled_from([-1, 1])
        )
    )
