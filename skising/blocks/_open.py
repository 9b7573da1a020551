"""Open lattices, however they are stored."""

import numpy as np

from .._spins import ISING
from ._arrays import LatticesInMemory, LatticesInMemoryMap
from ._stores import LatticesInStore, is_store


def open_lattices(X, block_size=1, spins=ISING):
    """Return lattices as the subclass of `Lattices` that fits their storage; read no spin.

    Parameters
    ----------
    X : array-like or store of shape (n_samples, n_rows, n_cols)
        Spins in an array in memory, a memory map, or a store that is read by slices, such as a
        zarr array, an h5py data set or a dask array.
    block_size : int
        Sites per side of a block, which must fit into a lattice.
    spins : AnyNumbers
        What the spins may be.

    Returns
    -------
    lattices : Lattices

    Raises
    ------
    TypeError, ValueError
        If `X` does not hold lattices of numbers, or is smaller than a block.
    """
    try:
        in_store = is_store(X)
    except Exception as error:
        raise ValueError(
            f"X cannot be read: the {type(X).__name__} does not tell its shape and dtype: {error}. "
            "Open its file again if it is closed."
        ) from error
    if in_store:
        return LatticesInStore(X, block_size, spins)
    # A copy of a memory map, such as X.astype(float), is a memmap too, but it is in memory: no file
    # is behind it, and its _mmap is None.
    if isinstance(X, np.memmap) and X._mmap is not None:
        return LatticesInMemoryMap(X, block_size, spins)
    return LatticesInMemory(X, block_size, spins)
