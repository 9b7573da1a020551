"""Lattices in stores: arrays on disk that are read by slices."""

from numbers import Integral

import numpy as np

from .._numbers import ArrayName
from .._spins import ISING, check_shape
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
    spins : AnyNumbers
        What the spins may be.

    Raises
    ------
    ValueError
        If `X` does not have the shape of lattices, or is smaller than a block.
    """

    def __init__(self, X, block_size, spins=ISING):
        name = ArrayName("X", "np.asanyarray(X[:])")
        check_shape(tuple(X.shape), name, block_size)
        super().__init__(X, block_size, spins)
        self._name = name
        self.lattices_per_chunk = _lattices_per_chunk(X)
        self._cache = {}  # from the number of a chunk to its lattices, the oldest first

    def check_spins_in_memory(self):
        """Do nothing: the spins are on disk, and checked when they are read."""

    def _access(self, key):
        """Return what the store has at a key.

        Raises
        ------
        OSError
            If the store raises one.
        ValueError
            If the store raises another error, or returns an array of another shape than the key
            asks for.
        """
        slices = key if isinstance(key, tuple) else (key,)
        asked = ", ".join(f"{along.start}:{along.stop}" for along in slices)
        try:
            piece = self._X[key]
        except MemoryError:
            raise
        except Exception as error:
            kind = OSError if isinstance(error, OSError) else ValueError
            raise kind(
                f"X[{asked}] cannot be read from the {type(self._X).__name__}: "
                f"{type(error).__name__}: {error}. Check that its file is whole and open."
            ) from error
        lengths = [len(range(n)[along]) for along, n in zip(slices, self.shape, strict=False)]
        expected = (*lengths, *self.shape[len(slices) :])
        found = np.shape(piece)
        if found != expected:
            raise ValueError(
                f"X[{asked}] must have shape {expected}, because X.shape is {self.shape}; the "
                f"{type(self._X).__name__} returned shape {found}. Correct its __getitem__ or its "
                "shape."
            )
        return piece

    def take(self, indices):
        """Return the lattices at some indices. Whole chunks are read, and the last ones kept."""
        chunks, within = np.divmod(indices, self.lattices_per_chunk)
        X = None
        # Chunks in the cache come first, because reading another one may evict them.
        for k in sorted(set(chunks.tolist()), key=lambda k: k not in self._cache):
            lattices = self._chunk(k)
            X = _with_room_for(lattices, X, (len(chunks), *self.shape[1:]))
            X[chunks == k] = lattices[within[chunks == k]]
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
        shape, blocks = (*rows.shape, self.block_size, self.block_size), None
        for k, index in enumerate(range(samples.start, samples.stop)):
            if self._lattice_fits_in_cache:
                lattice = self.take([index])[0]
                blocks = _with_room_for(lattice, blocks, shape)
                blocks[k] = view_blocks(lattice, self.block_size)[rows[k], columns[k]]
            else:
                for b, (row, column) in enumerate(zip(rows[k], columns[k], strict=True)):
                    block = self._block(index, int(row), int(column))
                    blocks = _with_room_for(block, blocks, shape)
                    blocks[k, b] = block
        return blocks

    def _block(self, index, row, column):
        """Read one block, and nothing else of its lattice."""
        sites = slice(row, row + self.block_size), slice(column, column + self.block_size)
        return self.read(slice(index, index + 1), *sites)[0]


def _with_room_for(piece, whole, shape):
    """Return an array of a shape that can hold a piece: `whole`, or a copy, or a new one for None.

    A store may return pieces of other dtypes than the one that it tells.
    """
    if whole is None:
        return np.empty(shape, piece.dtype)
    return whole.astype(np.result_type(whole, piece), copy=False)


def _lattices_per_chunk(X):
    """Return the number of lattices in a chunk of a store, 1 if its chunks are not known."""
    chunks = getattr(X, "chunks", None)
    if not isinstance(chunks, (tuple, list)) or not chunks:
        return 1
    sizes = chunks[0] if isinstance(chunks[0], (tuple, list)) else chunks[:1]
    whole = [int(size) for size in sizes if isinstance(size, Integral) and size >= 1]
    return max(whole, default=1)


def is_store(X):
    """Tell whether `X` is read by slices instead of converted to an array."""
    return (
        not isinstance(X, np.ndarray)
        and all(hasattr(X, attribute) for attribute in ("shape", "dtype", "__getitem__"))
        # Sparse arrays have these three, but the checks of arrays refuse them with advice.
        and not hasattr(X, "toarray")
        # Tensors of torch and series of pandas are in memory.
        and not any(hasattr(X, attribute) for attribute in ("detach", "iloc"))
    )
