"""Lattices in arrays: in memory, and in memory maps."""

import mmap

import numpy as np

from .._numbers import ArrayName, code_of, name_array
from .._spins import ISING, check_lattice_shape, check_spins
from ._lattices import Lattices, consecutive_slices, view_blocks

_MAPPED_ROWS = 1 << 10  # rows of blocks; for each the system maps some 128 kB of the file


class LatticesInMemory(Lattices):
    """Lattices in an array in memory, or what converts to one.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
    block_size : int
        Sites per side of a block, which must fit into a lattice.
    spins : AnyNumbers
        What the spins may be.

    Raises
    ------
    TypeError, ValueError
        If `X` does not hold numbers, is not an array of lattices, or is smaller than a block.
    """

    def __init__(self, X, block_size, spins=ISING):
        super().__init__(check_lattice_shape(X, "X", block_size), block_size, spins)
        self._name = name_array(X, "X")
        self._are_checked = False

    def check_spins_in_memory(self):
        """Check all spins at once, and convert them to the dtype of the spins for good."""
        self._X = check_spins(self._X, self._name, spins=self.spins)
        self._are_checked = True

    def take(self, indices):
        """Return the lattices at some indices."""
        try:
            return check_spins(self._X[indices], self._name, spins=self.spins)
        except ValueError:
            # Check them one by one, for an error that gives the index in all of X.
            for index in indices:
                rows = slice(index, index + 1)
                check_spins(self._X, self._name, rows=rows, spins=self.spins)
            raise

    def locate(self, indices):
        """Return an array of lattices, and the places in it of the lattices at some indices."""
        return (self._X, indices) if self._are_checked else super().locate(indices)

    def blocks_at(self, samples, rows, columns):
        """Return blocks at given positions in consecutive lattices."""
        blocks = self._copy_blocks(view_blocks(self._X[samples], self.block_size), rows, columns)
        name = ArrayName("X, as blocks (n_samples, n_blocks, l, l),", code_of(self._name))
        return check_spins(blocks, name, spins=self.spins)

    def _copy_blocks(self, views, rows, columns):
        """Copy blocks (n, n_blocks, l, l) from the `view_blocks` of n lattices."""
        return views[np.arange(len(rows))[:, np.newaxis], rows, columns]


class LatticesInMemoryMap(LatticesInMemory):
    """Lattices in a memory map, a file that the system reads where the array is accessed.

    Parameters
    ----------
    X : memmap of shape (n_samples, n_rows, n_cols)
    block_size : int
        Sites per side of a block, which must fit into a lattice.
    spins : AnyNumbers
        What the spins may be.

    Raises
    ------
    TypeError, ValueError
        As `LatticesInMemory`.
    """

    def __init__(self, X, block_size, spins=ISING):
        super().__init__(X, block_size, spins)
        self._map = X

    def check_spins_in_memory(self):
        """Do nothing: the spins are on disk, and checked when they are read."""

    def _copy_blocks(self, views, rows, columns):
        """Copy blocks, without the pages around them if a lattice is huge.

        For each row of a block the system reads ahead some hundred times the length of that row,
        and keeps the pages around it mapped. Pages that have been read stay in the system's cache.
        """
        if self._lattice_fits_in_cache:
            return super()._copy_blocks(views, rows, columns)
        advise = getattr(self._map._mmap, "madvise", None)  # not on Windows
        n_at_once = max(1, _MAPPED_ROWS // (len(rows) * self.block_size))
        blocks = np.empty((*rows.shape, *views.shape[-2:]), views.dtype)
        if advise:
            advise(mmap.MADV_RANDOM)
        for part in consecutive_slices(rows.shape[1], n_at_once):
            blocks[:, part] = super()._copy_blocks(views, rows[:, part], columns[:, part])
            # In the other modes the mapped pages may hold changes that are not in the file.
            if advise and self._map.mode == "r":
                advise(mmap.MADV_DONTNEED)
        if advise:
            advise(mmap.MADV_NORMAL)
        return blocks
