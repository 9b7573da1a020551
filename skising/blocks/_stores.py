"""Lattices in stores: arrays on disk that are read by slices."""

import numpy as np

from .._spins import SPIN_DTYPE, check_shape
from ._lattices import Lattices, view_blocks


class LatticesInStore(Lattices):
    """Lattices in a store that is read by slices: a zarr array, h5py data set, dask array or alike.

    Parameters
    ----------
    X : store of shape (n_samples, n_rows, n_cols)
        It has a `shape` and a `dtype`, and `X[i:j]` is array-like. If it has `chunks`, their first
        entry is the number of lattices in a chunk, or a tuple of these numbers. Parts of lattices
        are read as `X[i:j, k:l]` and `X[i:j, k:l, m:n]`.
    block_size : int
        Sites per side of a block, which must fit into a lattice.

    Raises
    ------
    ValueError
        If `X` does not have the shape of lattices, or is smaller than a block.
    """

    def __init__(self, X, block_size):
        check_shape(tuple(X.shape), "X", block_size)
        super().__init__(X, block_size)
        sizes = (getattr(X, "chunks", None) or (1,))[0]
        self.lattices_per_chunk = max(sizes) if isinstance(sizes, tuple) else sizes
        self._cache = {}  # from the number of a chunk to its lattices, the oldest first

    def check_spins_in_memory(self):
        """Do nothing: the spins are on disk, and checked when they are read."""

    def take(self, indices):
        """Return the lattices at some indices. Whole chunks are read, and the last ones kept."""
        chunks, within = np.divmod(indices, self.lattices_per_chunk)
        X = np.empty((len(chunks), *self.shape[1:]), SPIN_DTYPE)
        # Chunks in the cache come first, because reading another one may evict them.
        for k in sorted(set(chunks.tolist()), key=lambda k: k not in self._cache):
            X[chunks == k] = self._chunk(k)[within[chunks == k]]
        return X

    def _chunk(self, k):
        """Return the lattices of chunk k, from the cache if they are in it."""
        if k not in self._cache:
            # Evict before reading, so that no more than the cache is ever in memory.
            while len(self._cache) >= self.n_chunks_in_cache:
                del self._cache[next(iter(self._cache))]
            first = k * self.lattices_per_chunk
            self._cache[k] = self.read(slice(first, first + self.lattices_per_chunk))
        return self._cache[k]

    def blocks_at(self, samples, rows, columns):
        """Return blocks at given positions in consecutive lattices."""
        blocks = np.empty((*rows.shape, self.block_size, self.block_size), SPIN_DTYPE)
        for k, index in enumerate(range(samples.start, samples.stop)):
            if self._lattice_fits_in_cache:
                views = view_blocks(self.take([index])[0], self.block_size)
                blocks[k] = views[rows[k], columns[k]]
            else:
                for b, (row, column) in enumerate(zip(rows[k], columns[k], strict=True)):
                    blocks[k, b] = self._block(index, int(row), int(column))
        return blocks

    def _block(self, index, row, column):
        """Read one block, and nothing else of its lattice."""
        sites = slice(row, row + self.block_size), slice(column, column + self.block_size)
        return self.read(slice(index, index + 1), *sites)[0]


def is_store(X):
    """Tell whether `X` is read by slices instead of converted to an array."""
    return (
        not isinstance(X, np.ndarray)
        and all(hasattr(X, attribute) for attribute in ("shape", "dtype", "__getitem__"))
        # Sparse arrays have these three, but the checks of arrays refuse them with advice.
        and not hasattr(X, "toarray")
    )
