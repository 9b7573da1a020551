"""The descriptor of an estimator: fitted to training blocks, or kept when training goes on."""

import joblib
import numpy as np
from sklearn import config_context

from ..descriptors._base import BlockDescriptor
from ._features import errors_named
from ._network import example_block

# Bounds of the sample of blocks to which a descriptor is fitted.
_MAX_LATTICES = 128
_MAX_BLOCKS = 4096
_MAX_SITES = 1 << 25


def fit_descriptor(descriptor, lattices, rows, seed):
    """Fit a descriptor to blocks of the lattices to train on.

    The descriptors of this package learn the size of the blocks alone, and the number of states of
    the spins, so they read no lattice.

    Parameters
    ----------
    descriptor : transformer
        From `resolve_descriptor`.
    lattices : Lattices
    rows : int array of shape (n,)
        Row indices of the lattices to train on.
    seed : int
        Chooses the blocks.

    Returns
    -------
    descriptor : transformer

    Raises
    ------
    TypeError, ValueError
        If the descriptor cannot be fitted.
    """
    if isinstance(descriptor, BlockDescriptor):
        return descriptor.fit(example_block(lattices.block_size, lattices.spins.n_states))
    blocks = sample_training_blocks(lattices, rows, seed)
    with config_context(transform_output="default"), errors_named(descriptor, "fit", blocks):
        descriptor.fit(blocks)
    return descriptor


def sample_training_blocks(lattices, rows, seed):
    """Return a random sample of the blocks of some lattices.

    The lattices may be sorted, for instance by temperature, so the sample takes one from each of
    up to 128 ranges of equally many rows, and the same number of blocks of the partition of each.

    Returns
    -------
    blocks : ndarray of shape (n_blocks, l, l)
        At most 4096 blocks, and at most 2^25 sites or else one block.
    """
    rng, rows = np.random.default_rng(seed), np.sort(rows)
    n_blocks = max(1, min(_MAX_BLOCKS, _MAX_SITES // lattices.block_size**2))
    n_lattices = min(len(rows), _MAX_LATTICES, n_blocks)
    edges = np.arange(n_lattices + 1) * len(rows) // n_lattices
    first_rows, first_columns = lattices.partition_positions(lattices.block_size)
    n_each = min(n_blocks // n_lattices, len(first_rows))
    parts = []
    for row in rows[rng.integers(edges[:-1], edges[1:])].tolist():
        chosen = rng.choice(len(first_rows), size=(1, n_each), replace=False)
        positions = first_rows[chosen], first_columns[chosen]
        parts.append(lattices.blocks_at(slice(row, row + 1), *positions)[0])
    return np.concatenate(parts)


def have_same_settings(one, other):
    """Tell whether two descriptors are of one class with the same parameters, except `n_jobs`.

    Parameters of unknown kinds, such as functions and kernels, count as the same if their classes
    are: a clone may hold a copy of them.
    """
    if type(one) is not type(other):
        return False
    if hasattr(one, "get_params"):
        one, other = one.get_params(deep=False), other.get_params(deep=False)
    if isinstance(one, dict):
        keys = (one.keys() | other.keys()) - {"n_jobs"}
        return all(have_same_settings(one.get(key), other.get(key)) for key in keys)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(have_same_settings, one, other))
    if one is None or isinstance(one, (bool, int, float, str, np.generic, np.ndarray)):
        # NaN, a frequent default, equals itself by its hash alone.
        return np.array_equal(one, other) or joblib.hash(one) == joblib.hash(other)
    return True
