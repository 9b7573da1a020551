"""Staggered lattices: the order of an antiferromagnet becomes that of a ferromagnet."""

import warnings
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._spins import check_lattices, spins_of_kind
from .._validation import check_choice
from ._arrays import LatticesInMemory
from ._open import open_lattices


def staggered(
    X: ArrayLike, *, periodic: bool = True, spins: Literal["ising", "diluted"] = "ising"
) -> NDArray[np.int8]:
    """Flip the spins of one sublattice, which turns antiferromagnetic order into ferromagnetic.

    The spin at row i and column j is multiplied by (-1)^(i + j). On a lattice without odd rings of
    bonds, an antiferromagnet, H = +J sum_<ij> s_i s_j, becomes the ferromagnet that this library
    describes, at the same temperature. Its magnetization is the staggered magnetization of `X`.
    Applied twice, the function returns `X`.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1, in memory. With ``spins="diluted"``, a vacancy is 0 and stays 0.
    periodic : bool, default=True
        Whether the lattices have periodic boundaries. Only the warning depends on it.
    spins : {"ising", "diluted"}, default="ising"
        What the spins are, as in `PairCorrelationDescriptor`.

    Returns
    -------
    lattices : ndarray of shape (n_samples, n_rows, n_cols), int8
        A copy.

    Raises
    ------
    TypeError
        If `X` is sparse or does not hold numbers.
    ValueError
        If `X` has another shape, is empty, or holds anything but such spins; if it is a store or a
        memory map, which would be read as a whole; if `periodic` is not a bool, or `spins` none of
        the two.

    Warns
    -----
    UserWarning
        If periodic lattices have an odd number of rows or columns, but not one. Neighbours across
        the boundary are then on the same sublattice: the antiferromagnet is frustrated, and the
        staggered lattice has a seam there, along which all bonds have the opposite sign.

    See Also
    --------
    skising.observables.energy_density : The energy, of periodic and of open lattices.

    Examples
    --------
    >>> import numpy as np
    >>> from skising import staggered
    >>> from skising.observables import energy_density
    >>> X = np.ones((1, 4, 4), dtype=np.int8)
    >>> staggered(X)[0]
    array([[ 1, -1,  1, -1],
           [-1,  1, -1,  1],
           [ 1, -1,  1, -1],
           [-1,  1, -1,  1]], dtype=int8)
    >>> energy_density(X), energy_density(staggered(X))
    (array([-2.]), array([2.]))
    """
    periodic = check_choice(periodic, "periodic", (True, False))
    kind = spins_of_kind(check_choice(spins, "spins", ("ising", "diluted")))
    lattices = open_lattices(X)
    _, n_rows, n_cols = lattices.shape
    if type(lattices) is not LatticesInMemory:
        sides, lazy = f"{n_rows}, {n_cols}", "dask.array.from_array(X)"
        if hasattr(X, "__dask_graph__"):
            lazy = "X"
        elif not hasattr(X, "ndim"):
            lazy = "dask.array.from_array(X, meta=np.empty((0, 0, 0), X.dtype))"
        raise ValueError(
            f"X must be in memory; got a {type(X).__name__} of shape {lattices.shape}, which would "
            "be read as a whole. For lattices that are staggered when they are read, pass "
            f"`{lazy} * staggered(np.ones((1, {sides}), np.int8))` instead of staggered(X) (extra "
            "dask)."
        )
    X = check_lattices(X, spins=kind)
    if periodic and any(n % 2 and n > 1 for n in (n_rows, n_cols)):
        warnings.warn(
            f"X of shape {X.shape} has an odd side, so that its two sublattices meet at the "
            "periodic boundary: the staggered lattices have a seam of bonds of the wrong sign "
            "there. Treat them as open: pass periodic=False to this function and to observables, "
            "and leave random_shift off in estimators.",
            stacklevel=2,
        )
    sign = 1 - 2 * (np.add.outer(np.arange(n_rows), np.arange(n_cols)) % 2).astype(np.int8)
    return X * sign
