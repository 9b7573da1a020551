"""Lattices wherever they are stored: in memory, in a memory map, in a store."""

import math
import mmap

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.utils import gen_batches

from .._spins import check_lattice_store, check_spins, read_spins, rows_of_chunk

_CACHE_SITES = 1 << 25  # of a store that are kept in memory

_MAPPED_ROWS = 1 << 10  # of blocks in a memory map, in maybe 128 kB each, that are mapped at once


class Lattices:
    """Lattices wherever they are: in memory, in a memory map, in a store that is read by slices.

    Only what is asked for is read. It is checked then, and returned as int8.

    Parameters
    ----------
    X : array-like or store of shape (n_samples, n_rows, n_cols)
    block_size : int
        Sites per side of the blocks that must fit in.

    Raises
    ------
    TypeError, ValueError
        If `X` does not hold lattices, or they are smaller than a block; from the methods, if a spin
        that is read is wrong.
    """

    def __init__(self, X, block_size):
        self._X = check_lattice_store(X, "X", block_size)
        self.block_size = block_size
        self.shape = tuple(map(int, self._X.shape))
        self._is_store = not isinstance(self._X, np.ndarray)
        # What was computed from a memory map is of its class, without a file.
        self._map = X if isinstance(X, np.memmap) and X._mmap is not None else None
        self.rows_of_chunk = rows_of_chunk(self._X) if self._is_store else 1
        self._chunks = {}

    def __len__(self):
        return self.shape[0]

    @property
    def is_on_disk(self):
        """Whether they are in a memory map or a store."""
        return self._is_store or self._map is not None

    @property
    def _fits_in_memory(self):
        return self.shape[1] * self.shape[2] <= _CACHE_SITES

    def take(self, indices):
        """Return the lattices of some indices, (len(indices), n_rows, n_cols).

        Of a store whole chunks are read, and the last few of them kept.
        """
        if not self._is_store:
            return self._checked(indices)
        chunk, within = np.divmod(indices, self.rows_of_chunk)
        X = np.empty((len(chunk), *self.shape[1:]), np.int8)
        # First what is there, before it has to make room.
        for k in sorted(set(chunk.tolist()), key=lambda k: k not in self._chunks):
            X[chunk == k] = self._chunk(k)[within[chunk == k]]
        return X

    def _checked(self, indices):
        try:
            return check_spins(self._X[indices])
        except ValueError:
            # Once more one by one, for an error that tells where in all of X.
            for index in indices:
                check_spins(self._X, rows=slice(index, index + 1))
            raise

    def _chunk(self, k):
        if k not in self._chunks:
            rows = slice(k * self.rows_of_chunk, (k + 1) * self.rows_of_chunk)
            while len(self._chunks) >= self.n_chunks_at_once:
                del self._chunks[next(iter(self._chunks))]
            self._chunks[k] = read_spins(self._X, (rows,))
        return self._chunks[k]

    @property
    def n_chunks_at_once(self):
        """How many chunks of a store are kept."""
        return max(1, _CACHE_SITES // (self.rows_of_chunk * self.shape[1] * self.shape[2]))

    def partitions(self, stride, n_at_once):
        """Cut lattices after lattices into the blocks of the partition.

        Parameters
        ----------
        stride : int
            As in `extract_blocks`.
        n_at_once : int
            Blocks to return at most.

        Yields
        ------
        pieces : iterator over int8 arrays of shape (n, n_blocks, l, l)
            Of the next n lattices, piece by piece what `extract_blocks` returns as a whole.
        """
        n_samples, n_rows, n_cols = self.shape
        n_blocks = math.prod(self.n_windows(stride))
        step = max(1, min(n_at_once // n_blocks, _CACHE_SITES // (n_rows * n_cols)))
        if self.rows_of_chunk < step:
            step -= step % self.rows_of_chunk
        for start in range(0, n_samples, step):
            samples = slice(start, min(start + step, n_samples))
            yield self._pieces(samples, stride, n_at_once)

    def n_windows(self, stride):
        """Return the numbers of blocks of the partition, down and across."""
        return tuple((size - self.block_size) // stride + 1 for size in self.shape[1:])

    def _pieces(self, samples, stride, n_at_once):
        for band in self._bands(samples, stride):
            windows = every_block(band, self.block_size)[:, ::stride, ::stride]
            n, n_down, n_across = windows.shape[:3]
            # Either whole rows of blocks, or parts of one: their order stays that of the partition.
            across = max(1, min(n_across, n_at_once // n))
            down = max(1, n_at_once // (n * n_across))
            for i in range(0, n_down, down):
                for j in range(0, n_across, across):
                    part = windows[:, i : i + down, j : j + across]
                    yield np.array(part).reshape(n, -1, *part.shape[-2:])

    def _bands(self, samples, stride):
        """Yield spins (n, n_band_rows, n_cols) that hold whole rows of blocks."""
        if self._fits_in_memory:
            yield self._read(samples)
            return
        n_cols = self.shape[2]
        n_down, _ = self.n_windows(stride)
        down = max(1, (_CACHE_SITES // n_cols - self.block_size) // stride + 1)
        for i in range(0, n_down, down):
            end = (min(i + down, n_down) - 1) * stride + self.block_size
            yield read_spins(self._X, (samples, slice(i * stride, end)))

    def _read(self, samples):
        if self.rows_of_chunk == 1:
            return read_spins(self._X, (samples,))
        return self.take(np.arange(samples.start, samples.stop))

    def blocks_at(self, samples, rows, columns):
        """Return the blocks at positions in some lattices, a slice.

        Parameters
        ----------
        samples : slice
        rows, columns : int arrays of shape (n, n_blocks)
            The first of each block, in each of the lattices.

        Returns
        -------
        blocks : ndarray of shape (n, n_blocks, l, l), int8
        """
        (n_samples, n_blocks), block_size = rows.shape, self.block_size
        lattice = np.arange(n_samples)[:, np.newaxis]
        if not self._is_store:
            windows = every_block(self._X[samples], block_size)
            if self._map is None or self._fits_in_memory:
                blocks = windows[lattice, rows, columns]
            else:
                blocks = self._read_far_apart(windows, lattice, rows, columns)
            return check_spins(blocks, "X, as blocks (n_samples, n_blocks, l, l),")
        blocks = np.empty((n_samples, n_blocks, block_size, block_size), np.int8)
        for k, index in enumerate(range(samples.start, samples.stop)):
            if self._fits_in_memory:
                windows = every_block(self.take([index])[0], block_size)
                blocks[k] = windows[rows[k], columns[k]]
                continue
            for b in range(n_blocks):
                i, j = int(rows[k, b]), int(columns[k, b])
                part = slice(index, index + 1), slice(i, i + block_size), slice(j, j + block_size)
                blocks[k, b] = read_spins(self._X, part)[0]
        return blocks

    def _read_far_apart(self, windows, lattice, rows, columns):
        """Read blocks of a memory map without what lies around them.

        For each row of a block the system reads ahead a hundred times what is asked for, and it
        keeps the pages around mapped. What has been read stays in its cache.
        """
        n_at_once = max(1, _MAPPED_ROWS // (len(rows) * self.block_size))
        advise = getattr(self._map._mmap, "madvise", None)  # not on Windows
        blocks = []
        if advise:
            advise(mmap.MADV_RANDOM)
        for part in gen_batches(rows.shape[1], n_at_once):
            blocks.append(windows[lattice, rows[:, part], columns[:, part]])
            # Other modes may hold there what is nowhere else.
            if advise and self._map.mode == "r":
                advise(mmap.MADV_DONTNEED)
        if advise:
            advise(mmap.MADV_NORMAL)
        return np.concatenate(blocks, axis=1)


def every_block(X, block_size):
    return sliding_window_view(X, (block_size, block_size), axis=(-2, -1))
