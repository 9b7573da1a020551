"""Blocks of lattices: the full partition, or blocks at random positions."""

from typing import Any, Literal

from numpy.typing import ArrayLike, NDArray

from .._spins import check_lattices, spins_of_kind
from .._typing import LatticesLike, RandomState
from .._validation import check_integer, check_random_state
from ._lattices import copy_blocks, partition_grid
from ._open import open_lattices


def extract_blocks(
    X: ArrayLike,
    block_size: int,
    *,
    stride: int | None = None,
    spins: Literal["ising", "diluted", "potts", "clock"] = "ising",
) -> NDArray[Any]:
    """Cut every lattice into blocks that hold all of its sites.

    If l divides n_rows and n_cols, there are M = (n_rows / l) (n_cols / l) blocks without overlap.
    If not, blocks cut from one corner do not reach the opposite edges. The lattice is then cut from
    each of its four corners, and the blocks of all cuts are returned. No block wraps around the
    boundary.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1 unless `spins` says otherwise.
    block_size : int
        Sites per side of a block, l >= 2.
    stride : int, default=None
        Sites from one block to the next, in a cut. None is `block_size`. If `stride` divides
        n_rows - l and n_cols - l, the cuts from all corners are the same. Sites between the blocks
        are left out if `stride` is larger than l.
    spins : {"ising", "diluted", "potts", "clock"}, default="ising"
        What the spins may be: +1 and -1; these and 0 for a vacancy; or states 0, 1, 2, ... of a
        Potts or a clock model. A descriptor checks that no state is too high.

    Returns
    -------
    blocks : ndarray of shape (n_samples, n_blocks, l, l)
        The blocks of each lattice, row by row. There is one at each of the first rows k * stride
        and n_rows - l - k * stride, in rising order, and at columns alike. They are int8; but
        uint16 for clock states, and int16 for Potts states unless `X` is int8.

    Raises
    ------
    TypeError, ValueError
        If `X` does not hold lattices of spins, a lattice is smaller than a block, or `block_size`
        or `stride` is not an integer in range.

    See Also
    --------
    sample_blocks : Blocks at random positions.

    Examples
    --------
    >>> import numpy as np
    >>> from skising import extract_blocks
    >>> X = np.ones((10, 64, 64), dtype=np.int8)
    >>> extract_blocks(X, 16).shape
    (10, 16, 16, 16)

    Blocks of 48 x 48 sites begin at the rows and columns 0 and 16:

    >>> extract_blocks(X, 48).shape
    (10, 4, 48, 48)
    """
    block_size = check_block_size(block_size)
    stride = block_size if stride is None else check_integer(stride, "stride", minimum=1)
    X = check_lattices(X, block_size=block_size, spins=spins_of_kind(spins))
    return partition(X, block_size, stride)


def sample_blocks(
    X: LatticesLike,
    block_size: int,
    n_blocks: int,
    *,
    spins: Literal["ising", "diluted", "potts", "clock"] = "ising",
    random_state: RandomState = None,
) -> NDArray[Any]:
    """Copy blocks at random positions of every lattice.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1 unless `spins` says otherwise. Of an array or a memory map, only the
        sites of the blocks are read.
    block_size : int
        Sites per side of a block, l >= 2.
    n_blocks : int
        Blocks per lattice, N_sample >= 1. They may overlap.
    spins : {"ising", "diluted", "potts", "clock"}, default="ising"
        What the spins may be, as in `extract_blocks`.
    random_state : int, RandomState instance or None, default=None
        Draws the positions. They are uniform over all positions at which the block lies inside
        the lattice, so that the boundary may be periodic or not. Sites near the edges are in fewer
        blocks than the others.

    Returns
    -------
    blocks : ndarray of shape (n_samples, n_blocks, l, l)
        Of the dtype that `extract_blocks` returns.

    Raises
    ------
    TypeError, ValueError
        If `X` does not hold lattices of spins, a lattice is smaller than a block, or `block_size`
        or `n_blocks` is not an integer in range.

    See Also
    --------
    extract_blocks : The partition of the whole lattice.

    Examples
    --------
    >>> import numpy as np
    >>> from skising import sample_blocks
    >>> X = np.ones((10, 64, 64), dtype=np.int8)
    >>> sample_blocks(X, 16, 5, random_state=0).shape
    (10, 5, 16, 16)
    """
    block_size = check_block_size(block_size)
    n_blocks = check_integer(n_blocks, "n_blocks", minimum=1)
    lattices = open_lattices(X, block_size, spins_of_kind(spins))
    positions = random_positions(
        lattices.shape, block_size, n_blocks, check_random_state(random_state)
    )
    return lattices.blocks_at(slice(0, len(lattices)), *positions)


def random_positions(shape, block_size, n_blocks, rng):
    """Return the first rows and the first columns of random blocks in lattices of a shape.

    Both are int arrays of shape (n_samples, n_blocks).
    """
    n_samples, n_rows, n_cols = shape
    rows = rng.randint(n_rows - block_size + 1, size=(n_samples, n_blocks))
    return rows, rng.randint(n_cols - block_size + 1, size=(n_samples, n_blocks))


def partition(X, block_size, stride):
    """Cut lattices into blocks (n_samples, n_blocks, l, l) as `extract_blocks`, unchecked."""
    return copy_blocks(X, block_size, *partition_grid(X.shape, block_size, stride))


def check_block_size(block_size):
    """Return `block_size` as an int if it is an integer >= 2; raise TypeError or ValueError."""
    return check_integer(
        block_size,
        "block_size",
        minimum=2,
        hint="It counts sites per side; one site has no neighbour inside its block.",
    )
