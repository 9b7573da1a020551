"""Outputs of a trained network for the blocks of lattices, read and computed piece by piece."""

import math
import threading
from contextlib import nullcontext
from itertools import groupby, islice
from operator import itemgetter

import numpy as np
import torch
from torch import nn
from tqdm.auto import tqdm

from ..blocks._blocks import random_positions
from ..blocks._lattices import consecutive_slices
from ._dataset import block_features
from ._features import is_of_this_package
from ._random import draw_seed
from ._sharing_net import can_share, is_on_cpu
from ._threads import count_threads, open_threads

_BLOCKS_IN_MEMORY = 4096  # blocks whose spins and features a thread holds at a time
_ROWS_PER_FORWARD = 512  # blocks in each forward pass of the network
_MIN_PIECES = 12  # into which a prediction is cut, so that threads end at about the same time
_PIECES_AT_ONCE = 64  # whose outputs are held at a time
_SECONDS_WITHOUT_BAR = 1.0


def block_outputs(net, descriptor, lattices, stride, positions, n_jobs, verbose):
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
    positions : (rows, columns), int arrays of shape (n_blocks,), or None
        The first row and column of each block, the same in every lattice. None is the full
        partition.
    n_jobs : int or None
        The estimator's parameter.
    verbose : int
        The estimator's parameter.

    Yields
    ------
    outputs : float64 tensor of shape (n, n_blocks, n_outputs)
        Of the next n lattices, on the CPU.
    """
    is_partition = positions is None
    grid = lattices.partition_grid(stride) if is_partition else positions[:1]
    n_blocks = len(lattices) * math.prod(map(len, grid))
    n_at_once = _blocks_at_once(n_blocks)
    if is_partition:
        groups = lattices.partitions(stride, n_at_once)
    else:
        groups = _blocks_at(lattices, *positions, n_at_once)
    n_threads = min(count_threads(n_jobs), -(-n_blocks // n_at_once))
    # Another descriptor, or network, need not work in several threads at the same time.
    describing = nullcontext() if is_of_this_package(descriptor) else threading.Lock()
    inferring = nullcontext() if can_share(net) else threading.Lock()

    def compute(piece):
        group, blocks = piece
        with describing:
            features = block_features(descriptor, blocks)
        with inferring:
            return group, _forward(net, features)

    pieces = ((group, blocks) for group, parts in enumerate(groups) for blocks in parts)
    results = _shared(net, n_threads, compute, pieces)
    if verbose:
        results = _with_bar(results, n_blocks, lattices.block_size)
    for _, parts in groupby(results, key=itemgetter(0)):
        yield torch.cat([outputs for _, outputs in parts], dim=1)


def _with_bar(results, n_blocks, block_size):
    """Yield the results, and show a progress bar of the sites of their blocks.

    A prediction of less than a second shows no bar.
    """
    sites_per_block = block_size**2
    with tqdm(
        total=n_blocks * sites_per_block,
        desc="predict",
        unit="site",
        unit_scale=True,
        smoothing=0,
        delay=_SECONDS_WITHOUT_BAR,
    ) as bar:
        for group, outputs in results:
            bar.update(len(outputs) * outputs.shape[1] * sites_per_block)
            yield group, outputs


def _blocks_at_once(n_blocks):
    """Return the number of blocks in a piece: small enough that several threads have work."""
    n_passes = n_blocks // (_ROWS_PER_FORWARD * _MIN_PIECES)
    return min(max(n_passes, 1) * _ROWS_PER_FORWARD, _BLOCKS_IN_MEMORY)


def _shared(net, n_threads, compute, pieces):
    """Yield what a function returns for each piece, in order. Threads share the work."""
    # A network that threads cannot share has torch's own threads. On another device it needs none,
    # and these threads compute features for it.
    uses_threads = can_share(net) or not is_on_cpu(net)
    counts = (n_threads, 1) if uses_threads else (1, n_threads)
    while True:
        # A caller that stops between two pieces leaves no threads behind.
        with open_threads(*counts) as threads:
            results = threads.map(compute, islice(pieces, _PIECES_AT_ONCE))
        yield from results
        if len(results) < _PIECES_AT_ONCE:
            return


def forward(net, descriptor, blocks):
    """Return the network's outputs for some blocks.

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
    return _forward(net, block_features(descriptor, blocks))


def _forward(net, features):
    """Return the network's outputs (n_lattices, n_blocks, n_outputs), float64 on the CPU.

    Every forward pass has the same number of rows, and the last is padded with zeros. Torch rounds
    by the number of rows, and a block's output must not depend on how many others there are.
    """
    rows = features.flatten(0, 1).to(net.device)
    *full, last = rows.split(_ROWS_PER_FORWARD)
    last = nn.functional.pad(last, (0, 0, 0, _ROWS_PER_FORWARD - len(last)))
    with torch.inference_mode():
        outputs = torch.cat([net.module_(some) for some in (*full, last)])
    return outputs[: len(rows)].double().cpu().unflatten(0, features.shape[:2])


def _blocks_at(lattices, rows, columns, n_at_once):
    """Yield, for some lattices after others, an iterator over pieces of their blocks."""
    n_blocks = len(rows)
    step = max(1, n_at_once // n_blocks)
    for start in range(0, len(lattices), step):
        samples = slice(start, min(start + step, len(lattices)))
        shape = samples.stop - start, n_blocks
        all_rows, all_columns = (np.broadcast_to(first, shape) for first in (rows, columns))
        yield (
            lattices.blocks_at(samples, all_rows[:, part], all_columns[:, part])
            for part in consecutive_slices(n_blocks, n_at_once)
        )


def random_block_positions(lattices, n_blocks, random_state):
    """Return the first rows and columns of random blocks, each of shape (n_blocks,).

    They are the same in every lattice, so that a prediction does not depend on the row index.
    """
    rng = np.random.RandomState(draw_seed(random_state))
    shape = (1, *lattices.shape[1:])
    rows, columns = random_positions(shape, lattices.block_size, n_blocks, rng)
    return rows[0], columns[0]
