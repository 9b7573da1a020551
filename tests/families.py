"""Blocks of spins to test descriptors with, and all images of a block.

What the spins are is given as a descriptor has it: `spins`, and `n_states` for states.
"""

from functools import cache, partial
from itertools import permutations, product

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


def images(blocks, spins="ising", n_states=None):
    """Yield the blocks under each of the 8 operations of D4, and each operation on the spins.

    For Ising and diluted spins these are 16 images. States have many operations: of the
    permutations of more than 4 Potts states, and of the rotations and reflections of more than 8
    clock states, there are some at random.
    """
    operations = spin_operations(spins, n_states)
    for turns, mirrored in product(range(4), (False, True)):
        image = np.rot90(blocks[:, :, ::-1] if mirrored else blocks, turns, axes=(1, 2))
        for operate in operations:
            yield operate(image)


@cache
def spin_operations(spins, n_states, most=8, seed=0):
    """Return functions that map blocks to their images under operations on the spins."""
    if n_states is None:
        return np.positive, np.negative
    rng, states = np.random.default_rng(seed), np.arange(n_states)
    if spins == "potts":
        few = n_states <= 4
        tables = permutations(states) if few else (rng.permutation(states) for _ in range(most))
    else:
        turns = states if n_states <= most else rng.choice(states, most)
        tables = ((turn + sign * states) % n_states for turn in turns for sign in (1, -1))
    return tuple(partial(_renamed, table=np.array(table)) for table in tables)


def _renamed(blocks, table):
    return table[blocks].astype(blocks.dtype)


def random_spins(n_blocks, block_size, spins="ising", n_states=None, seed=0):
    """Return random blocks in the dtype in which the library keeps such spins."""
    rng, shape = np.random.default_rng(seed), (n_blocks, block_size, block_size)
    if n_states is not None:
        dtype = np.uint16 if spins == "clock" else np.int8 if n_states <= 128 else np.int16
        return rng.integers(0, n_states, shape).astype(dtype)
    return rng.choice(np.array([-1, 0, 1] if spins == "diluted" else [-1, 1], np.int8), shape)


def family_of(name, block_size, spins="ising", n_states=None):
    """Return a family of blocks: those of `family`, or such blocks of other spins."""
    blocks = family(name, block_size)
    if spins == "ising":
        return blocks
    random = random_spins(len(blocks), block_size, spins, n_states, seed=block_size)
    if name == "random":
        return random
    if spins == "diluted":
        return blocks * abs(random)
    # Two states in the places of the two spins, and a site of another.
    two = np.where(blocks > 0, random[0, 0, 0], random[0, 0, 1]).astype(random.dtype)
    two[:, -1, 0] = random[0, 1, 0]
    return two


def bits(features):
    assert features.dtype == np.float32
    return features.view(np.uint32)


def any_block(smallest=2, largest=12, spins="ising", n_states=None):
    """Return a hypothesis strategy for blocks (1, l, l)."""
    dtype = random_spins(1, 2, spins, n_states).dtype
    if n_states is None:
        elements = st.sampled_from([-1, 0, 1] if spins == "diluted" else [-1, 1])
    else:
        elements = st.integers(0, n_states - 1)
    return st.integers(smallest, largest).flatmap(
        lambda block_size: hypothesis_numpy.arrays(
            dtype, (1, block_size, block_size), elements=elements
        )
    )
