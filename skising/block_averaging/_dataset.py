"""Lattices as a torch data set: the features of their blocks, in whole batches."""

import numpy as np
import torch
from torch.utils.data import Dataset, Sampler, get_worker_info

from ..blocks._lattices import view_blocks
from ._features import features_of, is_of_this_package


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

    Attributes
    ----------
    group : Group or None
        The processes of which each reads a part of every batch.
    """

    group = None

    def __init__(self, lattices, target, descriptor, rows, random_shift=False):
        self.lattices = lattices
        self.target = torch.as_tensor(target)
        self.descriptor = descriptor
        self.rows = rows
        self.random_shift = random_shift
        self._positions = lattices.partition_positions(lattices.block_size)

    def __len__(self):
        return len(self.rows)

    def __getitems__(self, indices):
        """Return features and targets of a whole batch.

        Returns
        -------
        features : BatchFeatures
            Of all lattices, or of the part of this process.
        target : tensor of shape (len(indices), ...)
        """
        rows = self.rows[indices]
        own = rows if self.group is None else rows[self.group.part(len(rows))]
        X, places = self._locate(own)
        blocks = _Blocks(view_blocks(X, self.lattices.block_size), places, *self._positions)
        features = BatchFeatures(blocks, self.descriptor, len(rows))
        # A process that loads data is there to compute the features.
        if not is_of_this_package(self.descriptor) or get_worker_info() is not None:
            features.compute()
        return features, self.target[rows]

    def _locate(self, rows):
        """Return an array of lattices, and the places in it of those of some rows."""
        # The processes of a group draw the same random numbers, whatever the part of each.
        shift = (
            torch.randint(self.lattices.block_size, (2,)).tolist() if self.random_shift else None
        )
        if not len(rows):
            # A store of a user's need not be able to read no lattices.
            return np.empty((0, *self.lattices.shape[1:]), np.int8), rows
        if shift is None:
            return self.lattices.locate(rows)
        return np.roll(self.lattices.take(rows), shift, axis=(1, 2)), np.arange(len(rows))


class _Blocks:
    """The blocks of the partitions of some lattices, copied when an index asks for them.

    Parameters
    ----------
    views : array of shape (..., n_down, n_across, l, l)
        The blocks of lattices at all positions.
    places : int array of shape (n_lattices,)
        Where in `views` the lattices are.
    rows, columns : int arrays of shape (n_blocks,)
        The first row and column of each block.
    """

    def __init__(self, views, places, rows, columns):
        self._views, self._places = views, places[:, np.newaxis]
        self._rows, self._columns = rows, columns
        self.shape = len(places), len(rows)

    def __getitem__(self, part):
        """Return blocks (n, m, l, l) for a slice of lattices and a slice of blocks."""
        lattices, blocks = part
        return self._views[self._places[lattices], self._rows[blocks], self._columns[blocks]]


class BatchFeatures:
    """The features of the blocks of a batch, computed when an index asks for them.

    Parameters
    ----------
    blocks : _Blocks
        Of the lattices of the batch, or of the part of them that this process computes.
    descriptor : transformer
        Fitted.
    n_in_batch : int
        Lattices of the whole batch, which is the length.

    Attributes
    ----------
    shape : tuple of int
        (n_lattices, n_blocks)
    """

    def __init__(self, blocks, descriptor, n_in_batch):
        self._blocks, self._descriptor = blocks, descriptor
        self.shape = blocks.shape
        self._n_in_batch = n_in_batch
        self._computed, self._memory = None, None
        if is_of_this_package(descriptor):
            # A single large array takes less time than many small ones.
            self._memory = np.empty((*self.shape, descriptor.n_features_out_), np.float32)

    def __len__(self):
        return self._n_in_batch

    def __getitem__(self, part):
        """Return a tensor (n, m, n_features) for a slice of lattices and a slice of blocks."""
        if self._computed is not None:
            return self._computed[part]
        memory = None if self._memory is None else self._memory[part]
        return block_features(self._descriptor, self._blocks[part], memory)

    def compute(self):
        """Compute all features now, unless they have been, and keep nothing else."""
        if self._computed is None and self.shape[0]:
            self._computed = self[:, :]
        # A process that loads data sends what is left to another.
        self._blocks = self._descriptor = self._memory = None


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


def block_features(descriptor, blocks, memory=None):
    """Return a tensor (n_lattices, n_blocks, n_features) of blocks (n_lattices, n_blocks, l, l).

    A descriptor of this package writes them into `memory`, an array of that shape, if it is given.
    """
    if memory is not None:
        memory = memory.reshape(-1, memory.shape[-1])
    features = features_of(descriptor, blocks.reshape(-1, *blocks.shape[2:]), memory)
    return torch.from_numpy(features).unflatten(0, blocks.shape[:2])


def keep_batch(batch):
    """Return the batch as it is: `LatticeDataset.__getitems__` has collated it."""
    return batch
