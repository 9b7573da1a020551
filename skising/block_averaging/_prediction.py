"""Outputs of a trained network for the blocks of lattices, read and computed piece by piece."""

import numpy as np
import torch
from sklearn.utils import gen_batches
from torch import nn

from ..blocks._blocks import random_positions
from ._dataset import block_features
from ._random import draw_seed

_BLOCKS_IN_MEMORY = 4096  # blocks whose spins and features are held at a time
_ROWS_PER_FORWARD = 512  # blocks in each forward pass of the network


def block_outputs(net, descriptor, lattices, stride, positions=None):
    """Yield the outputs for the blocks of some lattices after others.

    Parameters
    ----------
    net : skorch.NeuralNet
        Trained.
    descriptor : transformer
        Fitted.
    lattices : Lattices
    stride : int
        Sites from one block of the full partition to the next.
    positions : (rows, columns), int arrays of shape (n_blocks,), default=None
        The first row and column of each block, the same in every lattice. None is the full
        partition.

    Yields
    ------
    outputs : float64 tensor of shape (n, n_blocks, n_outputs)
        Of the next n lattices, on the CPU.
    """
    if positions is None:
        groups = lattices.partitions(stride, _BLOCKS_IN_MEMORY)
    else:
        groups = _blocks_at(lattices, *positions)
    for pieces in groups:
        yield torch.cat([forward(net, descriptor, blocks) for blocks in pieces], dim=1)


def forward(net, descriptor, blocks):
    """Return the network's outputs for some blocks.

    Every forward pass has the same number of rows, and the last is padded with zeros. Torch rounds
    by the number of rows, and a block's output must not depend on how many others there are.

    Parameters
    ----------
    net : skorch.NeuralNet
    descriptor : transformer
    blocks : int8 array of shape (n_lattices, n_blocks, l, l)

    Returns
    -------
    outputs : float64 tensor of shape (n_lattices, n_blocks, n_outputs)
        On the CPU.
    """
    features = block_features(descriptor, blocks).flatten(0, 1)
    n_rows = len(features)
    *full, last = features.to(net.device).split(_ROWS_PER_FORWARD)
    last = nn.functional.pad(last, (0, 0, 0, _ROWS_PER_FORWARD - len(last)))
    with torch.inference_mode():
        outputs = torch.cat([net.module_(rows) for rows in (*full, last)])
    return outputs[:n_rows].double().cpu().unflatten(0, blocks.shape[:2])


def _blocks_at(lattices, rows, columns):
    """Yield, for some lattices after others, an iterator over pieces of their blocks."""
    n_blocks = len(rows)
    step = max(1, _BLOCKS_IN_MEMORY // n_blocks)
    for start in range(0, len(lattices), step):
        samples = slice(start, min(start + step, len(lattices)))
        shape = samples.stop - start, n_blocks
        all_rows, all_columns = (np.broadcast_to(first, shape) for first in (rows, columns))
        yield (
            lattices.blocks_at(samples, all_rows[:, part], all_columns[:, part])
            for part in gen_batches(n_blocks, _BLOCKS_IN_MEMORY)
        )


def random_block_positions(lattices, n_blocks, random_state):
    """Return the first rows and columns of random blocks, each of shape (n_blocks,).

    They are the same in every lattice, so that a prediction does not depend on the row index.
    """
    rng = np.random.RandomState(draw_seed(random_state))
    shape = (1, *lattices.shape[1:])
    rows, columns = random_positions(shape, lattices.block_size, n_blocks, rng)
    return rows[0], columns[0]


def partition_positions(lattices, stride):
    """Return the first rows and columns of the full partition's blocks, as it orders them."""
    rows, columns = lattices.partition_grid(stride)
    return np.repeat(rows, len(columns)), np.tile(columns, len(rows))
