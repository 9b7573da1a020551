"""What numbers a spin may be, and the checks of arrays of spins."""

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._hints import hint_on_order, hint_on_shape, hint_on_values
from ._numbers import as_numbers, check_is_one_array, code_of, name_array
from ._validation import first_index

_BYTES_AT_ONCE = 1 << 24

# What a spin may be. Nothing after these definitions depends on the values of the spins.

SPIN_DTYPE = np.int8
_ALLOWED = "spins, each +1 or -1"


def _all_are_spins(X):
    if X.dtype.kind == "i":
        # Without a temporary array, whose memory would cost more than the comparisons.
        return X.min() >= -1 and X.max() <= 1 and X.all()
    return _are_spins(X).all()


def _are_spins(X):
    """Tell for each number of an array whether it is a spin."""
    return np.zeros(X.shape, bool) if X.dtype.kind == "b" else np.abs(X) == 1


def check_lattices(X: Any, name: str = "X", *, block_size: int = 1) -> NDArray[np.int8]:
    """Return lattices of spins as a C-contiguous int8 array, without a copy if `X` is one.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1, of any numeric dtype.
    name : str
        The name of `X` in error messages.
    block_size : int
        Sites per side of a block, which must fit into a lattice.

    Raises
    ------
    TypeError
        If `X` is sparse or does not hold numbers.
    ValueError
        If `X` has another shape, is empty, is smaller than a block, or holds anything but +1 and
        -1.
    """
    return check_spins(check_lattice_shape(X, name, block_size), name_array(X, name))


def check_lattice_shape(X, name="X", block_size=1):
    """Return lattices as an array of numbers, as `check_lattices` does, but do not read the spins.

    Raises
    ------
    TypeError, ValueError
        As `check_lattices`, except for numbers that are not spins.
    """
    check_is_one_array(X, name, ndim=3)
    name = name_array(X, name)
    X = as_numbers(X, name)
    check_shape(X.shape, name, block_size)
    return X


def check_block_shape(X: Any, name: str = "X") -> NDArray[Any]:
    """Return blocks (n_blocks, l, l), l >= 2, as an array of numbers, but do not read the spins.

    Raises
    ------
    TypeError, ValueError
        As `check_lattice_shape`, and if the blocks are not square or have a single site.
    """
    check_is_one_array(X, name, ndim=3)
    name = name_array(X, name)
    X = as_numbers(X, name)
    check_shape(X.shape, name, what="block", axes="l, l")
    if X.shape[1] != X.shape[2] or X.shape[1] < 2:
        raise ValueError(
            f"{name} must hold square blocks of l x l sites with l >= 2, shape (n_blocks, l, l); "
            f"got shape {X.shape}. extract_blocks cuts lattices into such blocks."
        )
    return X


def check_shape(shape, name="X", block_size=1, *, what="lattice", axes="n_rows, n_cols"):
    """Raise ValueError unless a shape has three axes, none of length 0, and a block fits in.

    The message calls a sample `what`, and its two axes `axes`.
    """
    if not all(isinstance(size, Integral) for size in shape):
        hint = f" A dask array computes its shape: pass `{name}.compute_chunk_sizes()`."
        raise ValueError(
            f"{name} must have a known shape of integers, (n_samples, {axes}); got {shape}."
            f"{hint if any(size != size for size in shape) else ''}"
        )
    if len(shape) != 3:
        raise ValueError(
            f"{name} must have 3 dimensions, (n_samples, {axes}); got shape {shape}. "
            f"{hint_on_shape(shape, code_of(name), what)}"
        )
    if min(shape) < 1:
        raise ValueError(
            f"{name} is empty: shape {shape}, where (n_samples, {axes}) needs at least one "
            f"{what} of at least one site. Found array with {shape[0]} sample(s)."
        )
    if min(shape[1:]) < block_size:
        raise ValueError(
            f"{name} holds lattices of {shape[1]} x {shape[2]} sites, smaller than "
            f"block_size={block_size}: not one block fits. Give larger lattices or a smaller "
            f"block_size.{hint_on_order(shape, code_of(name))}"
        )


def check_spins(X, name="X", *, rows=slice(None)):
    """Return an array of spins as C-contiguous int8, without a copy if `X` is that already.

    Parameters
    ----------
    X : array of numbers
    name : str
        The name of `X` in error messages.
    rows : slice
        The part of `X` to check and to return, along the first axis.

    Raises
    ------
    ValueError
        If this part holds anything but +1 and -1; the message names the first wrong number.
    """
    first, stop, _ = rows.indices(len(X))
    part = X[first:stop]
    spins = part if is_int8(part) else np.empty(part.shape, SPIN_DTYPE)
    step = max(1, _BYTES_AT_ONCE // X[0].nbytes)
    for start in range(0, len(part), step):
        piece = as_spins(part[start : start + step], [first + start], X.shape, name)
        if spins is not part:
            spins[start : start + step] = piece
    return spins


def as_spins(piece, start, shape, name="X"):
    """Return a piece of a larger array as C-contiguous int8, without a copy if it is that already.

    Parameters
    ----------
    piece : array of numbers
    start : sequence of int
        The index in the larger array at which the piece starts, along its first axes; 0 along the
        others.
    shape : tuple of int
        The shape of the larger array.
    name : str
        The name of the larger array in error messages.

    Raises
    ------
    ValueError
        If the piece holds anything but +1 and -1; the message names the first wrong number.
    """
    if not _all_are_spins(piece):
        within = first_index(~_are_spins(piece))
        offset = [*start, *[0] * (piece.ndim - len(start))]
        index = tuple(int(i) + int(j) for i, j in zip(within, offset, strict=True))
        raise ValueError(
            f"{name} must hold {_ALLOWED}; got {piece[within]} at index {index}, in an array of "
            f"dtype {piece.dtype} and shape {shape}. {hint_on_values(piece, code_of(name))}"
        )
    return piece if is_int8(piece) else np.ascontiguousarray(piece, SPIN_DTYPE)


def is_int8(X):
    """Tell whether an array is int8 and C-contiguous, as the kernels take spins."""
    return X.dtype == np.int8 and X.flags.c_contiguous
