"""Angles of spins in the plane, as states of a clock model."""

import numpy as np
from numpy.typing import NDArray

from .._hints import hint_on_angles
from .._spins import AnyNumbers, vectors_of_kind
from .._typing import LatticesLike
from ._open import open_lattices

_LARGEST = 1e9


class _Angles(AnyNumbers):
    """Angles in radians."""

    allowed = "angles in radians, floating-point numbers up to 10^9 in magnitude"

    def tell(self, X):
        """Tell for each number of an array whether it is an angle."""
        # Half precision holds no number as large as the limit.
        is_angle = np.abs(X) <= np.float64(_LARGEST)
        return is_angle if X.dtype.kind == "f" else np.zeros_like(is_angle)

    def hint(self, X, code):
        """Return advice on a part `X` of an array `code`, in which some numbers are no angles."""
        return hint_on_angles(X, code)


def states_from_angles(X: LatticesLike, *, n_states: int = 65_536) -> NDArray[np.uint16]:
    """Round the angles of spins in the plane, in radians, to the states of a clock model.

    State s of q stands for the angle 2 pi s / q. An angle becomes the nearest state, modulo q, and
    so changes by at most pi / q: by 5e-5 for q = 65,536. With so many states the clock model stands
    for the XY model. Descriptors and observables take the states with ``spins="clock"`` and
    `n_states`.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Angles in radians, floating-point numbers, positive or negative: an array, or a store that
        is read by slices, such as a zarr array, an h5py data set or a dask array. They need not be
        from 0 to 2 pi.
    n_states : int, default=65_536
        Number of states q, from 2 to 65,536.

    Returns
    -------
    states : ndarray of shape (n_samples, n_rows, n_cols), uint16
        From 0 to q - 1, in memory.

    Raises
    ------
    TypeError
        If `X` is sparse or does not hold numbers; if `n_states` is not an integer.
    ValueError
        If `X` has another shape or is empty; if it holds NaN, inf, or numbers above 1e9 in
        magnitude, whose rounding errors are no longer small against pi / q; if it holds integers or
        bools, which are more likely states; if `n_states` is out of range.

    See Also
    --------
    PairCorrelationDescriptor : Describes blocks of clock states.
    skising.observables.helicity_modulus : The response of clock states to a twist.

    Examples
    --------
    >>> import numpy as np
    >>> from skising import states_from_angles
    >>> X = np.array([[[0.0, np.pi / 2], [-np.pi / 2, 7 * np.pi]]])
    >>> states_from_angles(X)
    array([[[    0, 16384],
            [49152, 32768]]], dtype=uint16)
    >>> states_from_angles(X, n_states=4)
    array([[[0, 1],
            [3, 2]]], dtype=uint16)
    """
    q = vectors_of_kind("clock", n_states).n_states
    lattices = open_lattices(X, spins=_Angles())
    states, start = np.empty(lattices.shape, np.uint16), 0
    for piece in lattices.pieces():
        turns = np.rint(piece.astype(np.float64) * (q / (2 * np.pi)))
        states[start : start + len(piece)] = turns % q
        start += len(piece)
    return states
