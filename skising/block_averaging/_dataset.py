"""Lattices as a torch data set: the features of their blocks, in whole batches."""

import numpy as np
import torch
from torch.utils.data import Dataset, Sampler

from ..blocks._blocks import partition
from ._features import features_of


class LatticeDataset(Dataset):
    """Lattices as the features of their blocks, read and computed batch by batch.

    Parameters
    ----------
    lattices : Lattices
    target : ndarray of shape (n_samples, ...)
    descriptor : transformer
        Fitted to blocks of the size to cut.
    rows : int array of shape (n,)
        Row indices of the lattices in the data set.
    random_shift : bool, default=False
        Whether each batch's partition starts at a random site, around the periodic boundary.
    """

    def __init__(self, lattices, target, descriptor, rows, random_shift=False):
        self.lattices = lattices
        self.target = torch.as_tensor(target)
        self.descriptor = descriptor
        self.rows = rows
        self.random_shift = random_shift

    def __len__(self):
        return len(self.rows)

    def __getitems__(self, indices):
        """Return features (len(indices), n_blocks, n_features) and targets of a whole batch."""
        rows = self.rows[indices]
        X, block_size = self.lattices.take(rows), self.lattices.block_size
        if self.random_shift:
            X = np.roll(X, torch.randint(block_size, (2,)).tolist(), axis=(1, 2))
        blocks = partition(X, block_size, block_size)
        return block_features(self.descriptor, blocks), self.target[rows]


class ChunkwiseShuffle(Sampler):
    """A random order of a data set, in which a store reads few chunks for each batch.

    The chunks of a store come in random order. Lattices are shuffled within the next few chunks,
    as many as the store keeps in memory. If each lattice is a chunk, this shuffles all lattices.

    Parameters
    ----------
    dataset : LatticeDataset
    """

    def __init__(self, dataset):
        self.chunk = dataset.rows // dataset.lattices.lattices_per_chunk
        self.n_at_once = dataset.lattices.n_chunks_in_cache

    def __len__(self):
        return len(self.chunk)

    def __iter__(self):
        chunks, chunk = np.unique(self.chunk, return_inverse=True)
        if len(chunks) == len(chunk):
            return iter(torch.randperm(len(chunk)).tolist())
        rank = torch.randperm(len(chunks))[chunk]
        group, within = rank // self.n_at_once, torch.rand(len(chunk))
        return iter(np.lexsort((within.numpy(), group.numpy())).tolist())


def block_features(descriptor, blocks):
    """Return a tensor (n_lattices, n_blocks, n_features) of blocks (n_lattices, n_blocks, l, l)."""
    features = features_of(descriptor, blocks.reshape(-1, *blocks.shape[2:]))
    return torch.from_numpy(features).unflatten(0, blocks.shape[:2])


def keep_batch(batch):
    """Return the batch as it is: `LatticeDataset.__getitems__` has collated it."""
    return batch
