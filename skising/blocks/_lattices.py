"""What every kind of storage of lattices provides to its readers."""

import math
from abc import ABC, abstractmethod

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .._numbers import as_numbers
from .._spins import ISING, States, as_spins

_CACHE_SITES = 1 << 25  # lattice sites that are read at once, or kept in memory, at most

_PIECE_BYTES = 1 << 24


class Lattices(ABC):
    """Lattices in one kind of storage, read part by part.

    Spins are read when a method needs them, are checked then, and are returned C-contiguous and in
    the dtype of the spins: int8 for Ising spins. `open_lattices` returns the subclass that fits the
    storage.

    Parameters
    ----------
    X : array of numbers or store, of shape (n_samples, n_rows, n_cols)
        Lattices whose shape has been checked.
    block_size : int
        Sites per side of a block, l <= n_rows, n_cols.
    spins : AnyNumbers
        What the spins may be.

    Attributes
    ----------
    shape : tuple of int
        (n_samples, n_rows, n_cols)
    block_size : int
    spins : AnyNumbers
    lattices_per_chunk : int
        Lattices that the storage can only read together; 1 if it reads every lattice by itself.
    """

    lattices_per_chunk = 1

    def __init__(self, X, block_size, spins=ISING):
        self._X = X
        self.spins = spins
        self._name = "X"
        self.block_size = block_size
        self.shape = tuple(map(int, X.shape))

    def __len__(self):
        return self.shape[0]

    @abstractmethod
    def check_spins_in_memory(self):
        """Check all spins at once if they are in memory; do nothing if they are on disk.

        Raises
        ------
        ValueError
            If a spin is wrong.
        """

    @abstractmethod
    def take(self, indices):
        """Return the lattices at some indices.

        Parameters
        ----------
        indices : int array of shape (n,)

        Returns
        -------
        lattices : ndarray of shape (n, n_rows, n_cols)

        Raises
        ------
        TypeError, ValueError
            If the storage does not hold numbers, or if a spin is wrong.
        """

    def locate(self, indices):
        """Return an array of lattices, and the places in it of the lattices at some indices.

        Parameters
        ----------
        indices : int array of shape (n,)

        Returns
        -------
        lattices : ndarray of shape (..., n_rows, n_cols)
            A copy of the n lattices, unless all are in memory and have been checked.
        places : int array of shape (n,)

        Raises
        ------
        TypeError, ValueError
            As `take`.
        """
        return self.take(indices), np.arange(len(indices))

    @abstractmethod
    def blocks_at(self, samples, rows, columns):
        """Return blocks at given positions in consecutive lattices.

        Parameters
        ----------
        samples : slice
            The n lattices, with a step of 1.
        rows, columns : int arrays of shape (n, n_blocks)
            The first row and the first column of each block.

        Returns
        -------
        blocks : ndarray of shape (n, n_blocks, l, l)

        Raises
        ------
        TypeError, ValueError
            If the storage does not hold numbers, or if a spin is wrong.
        """

    def read(self, *part):
        """Return a part of the lattices, without a copy if the array has the spins' dtype.

        Parameters
        ----------
        *part : slices
            One slice with a step of 1 for whole lattices, or one for each axis.

        Raises
        ------
        TypeError, ValueError
            If the storage does not hold numbers, or if a spin is wrong.
        """
        # Stores that users write need not accept tuples where whole lattices are read, and need
        # not accept tuples of two slices.
        piece = as_numbers(self._access(part if len(part) > 1 else part[0]), self._name)
        start = [along.indices(size)[0] for along, size in zip(part, self.shape, strict=False)]
        return as_spins(piece, start, self.shape, self._name, self.spins)

    def _access(self, key):
        """Return what the storage has at a key: a slice or a tuple of slices."""
        return self._X[key]

    def pieces(self):
        """Yield all lattices in order, in pieces of at most 16 MiB or else one lattice each."""
        n_bytes = math.prod(self.shape[1:]) * getattr(self._X.dtype, "itemsize", 8)
        n_at_once = self._whole_chunks(max(1, _PIECE_BYTES // n_bytes))
        for samples in consecutive_slices(len(self), n_at_once):
            yield self.read(samples)

    def learn_n_states(self):
        """Read how many states the spins have from all lattices, if `spins` does not tell it."""
        if isinstance(self.spins, States) and self.spins.n_states is None:
            highest = max(int(piece.max()) for piece in self.pieces())
            self.spins = self.spins.with_highest(highest, np.dtype(self._X.dtype))

    def partitions(self, stride, n_at_once):
        """Yield the partitions of all lattices into blocks, those of a few lattices at a time.

        Parameters
        ----------
        stride : int
            Sites from one block to the next, as in `extract_blocks`.
        n_at_once : int
            Blocks in memory at a time, at most.

        Yields
        ------
        parts : iterator over arrays of shape (n, n_blocks, l, l)
            Blocks of the next n lattices. Concatenated along `n_blocks`, the parts are what
            `extract_blocks` returns.
        """
        n_blocks = math.prod(map(len, self.partition_grid(stride)))
        n_lattices = min(n_at_once // n_blocks, _CACHE_SITES // math.prod(self.shape[1:]))
        for samples in consecutive_slices(len(self), self._whole_chunks(max(1, n_lattices))):
            yield self._partition(samples, stride, n_at_once)

    def partition_grid(self, stride):
        """Return the first rows and the first columns of the blocks of a lattice's partition.

        Parameters
        ----------
        stride : int
            Sites from one block to the next, as in `extract_blocks`.

        Returns
        -------
        rows, columns : int arrays of shape (n_down,) and (n_across,)
            The partition has a block at each of these rows and each of these columns.
        """
        return partition_grid(self.shape, self.block_size, stride)

    def partition_positions(self, stride):
        """Return the first row and the first column of each block of a lattice's partition.

        Parameters
        ----------
        stride : int
            Sites from one block to the next, as in `extract_blocks`.

        Returns
        -------
        rows, columns : int arrays of shape (n_blocks,)
            In the order of the blocks.
        """
        rows, columns = self.partition_grid(stride)
        return np.repeat(rows, len(columns)), np.tile(columns, len(rows))

    @property
    def n_chunks_in_cache(self):
        """How many chunks are kept in memory at a time."""
        sites_per_chunk = self.lattices_per_chunk * math.prod(self.shape[1:])
        return max(1, _CACHE_SITES // sites_per_chunk)

    @property
    def _lattice_fits_in_cache(self):
        return math.prod(self.shape[1:]) <= _CACHE_SITES

    def _whole_chunks(self, n_lattices):
        """Round a number of lattices down to whole chunks, but not to 0.

        A store decompresses a chunk twice if it is read in two parts.
        """
        rest = n_lattices % self.lattices_per_chunk
        return n_lattices if rest == n_lattices else n_lattices - rest

    def _partition(self, samples, stride, n_at_once):
        rows, columns = self.partition_grid(stride)
        n, n_across = samples.stop - samples.start, len(columns)
        # Several rows of blocks, or else a part of one row, so that blocks stay in order.
        across = max(1, min(n_across, n_at_once // n))
        down = max(1, n_at_once // (n * n_across))
        for band, band_rows in self._bands(samples, rows):
            for i in consecutive_slices(len(band_rows), down):
                for j in consecutive_slices(n_across, across):
                    yield copy_blocks(band, self.block_size, band_rows[i], columns[j])

    def _bands(self, samples, rows):
        """Yield spins (n, n_band_rows, n_cols) that hold whole rows of blocks, with those rows.

        The rows of blocks are given by their first sites in the lattice, and yielded by those in
        the band.
        """
        if not self._lattice_fits_in_cache:
            n_band_rows = max(self.block_size, _CACHE_SITES // self.shape[2])
            while len(rows):
                start = rows[0]
                n_down = np.searchsorted(rows, start + n_band_rows - self.block_size, side="right")
                end = rows[n_down - 1] + self.block_size
                band = self.read(samples, slice(int(start), int(end)), slice(0, self.shape[2]))
                yield band, rows[:n_down] - start
                rows = rows[n_down:]
        elif self.lattices_per_chunk > 1:
            yield self.take(np.arange(samples.start, samples.stop)), rows
        else:
            yield self.read(samples), rows


def consecutive_slices(size, length):
    """Yield slices of a length, the last one shorter, that cover an axis of a size.

    `sklearn.utils.gen_batches` does the same, but checks its parameters for 0.1 ms each time.
    """
    for start in range(0, size, length):
        yield slice(start, min(start + length, size))


def partition_grid(shape, block_size, stride):
    """Return the first rows and the first columns of a partition's blocks.

    Blocks at multiples of `stride` from one edge may leave sites over at the other edge, so there
    are blocks at multiples of `stride` from both. They hold most sites equally often, and they are
    the same for all images of a lattice. One more block, set back to the edge, would hold many
    sites of its neighbour twice, and these sites would count too much in an average over blocks.

    Parameters
    ----------
    shape : tuple of int
        (..., n_rows, n_cols)
    block_size, stride : int

    Returns
    -------
    rows, columns : int arrays of shape (n_down,) and (n_across,)
    """
    last = (size - block_size for size in shape[-2:])
    return tuple(np.union1d(np.arange(0, k + 1, stride), np.arange(k, -1, -stride)) for k in last)


def copy_blocks(X, block_size, rows, columns):
    """Copy the blocks of n lattices that begin at each of some rows and each of some columns.

    The copy has the shape (n, n_down * n_across, l, l), row by row.
    """
    samples = np.arange(len(X))[:, np.newaxis, np.newaxis]
    blocks = view_blocks(X, block_size)[samples, rows[:, np.newaxis], columns]
    return blocks.reshape(len(X), -1, block_size, block_size)


def view_blocks(X, block_size):
    """Return a view of the blocks of lattices at all positions.

    The view has the shape (..., n_rows - l + 1, n_cols - l + 1, l, l).
    """
    return sliding_window_view(X, (block_size, block_size), axis=(-2, -1))
