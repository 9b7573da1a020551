"""What numbers a spin may be, and the checks of arrays of spins."""

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._hints import hint_on_order, hint_on_shape, hint_on_states, hint_on_values
from ._numbers import as_numbers, check_is_one_array, code_of, name_array
from ._validation import check_choice, check_integer, first_index

_BYTES_AT_ONCE = 1 << 24

# What a spin may be. Nothing after these definitions depends on the values of the spins.


class AnyNumbers:
    """Spins that may be any finite numbers; the base class of the other kinds.

    Attributes
    ----------
    kind : str or None
        The name of the kind, by which users choose it.
    allowed : str
        What the spins may be, for error messages.
    n_states : int or None
        Number of states, if the spins are states and it is known.
    """

    kind: str | None = None
    allowed = "finite numbers"
    n_states: int | None = None

    def dtype_of(self, dtype):
        """Return the dtype in which spins are kept that come in another dtype."""
        return dtype

    def hold(self, X):
        """Tell whether all numbers of an array are spins."""
        return bool(self.tell(X).all())

    def tell(self, X):
        """Tell for each number of an array whether it is a spin."""
        return np.isfinite(X)

    def hint(self, X, code):
        """Return advice on a part `X` of an array `code`, in which some numbers are no spins."""
        return hint_on_values(X, code, self.kind)

    def are_kept(self, X):
        """Tell whether an array is C-contiguous and has the dtype in which its spins are kept."""
        return X.dtype == self.dtype_of(X.dtype) and X.flags.c_contiguous

    def learn(self, X):
        """Return these spins with their number of states, if it has to be read from spins X."""
        return self


class IsingSpins(AnyNumbers):
    """+1 and -1."""

    kind = "ising"
    allowed = "spins, each +1 or -1"

    def dtype_of(self, dtype):
        """Return int8."""
        return np.dtype(np.int8)

    def hold(self, X):
        """Tell whether all numbers of an array are spins."""
        if X.dtype.kind == "i":
            # Without a temporary array, whose memory would cost more than the comparisons.
            return X.min() >= -1 and X.max() <= 1 and X.all()
        return self.tell(X).all()

    def tell(self, X):
        """Tell for each number of an array whether it is a spin."""
        return np.zeros(X.shape, bool) if X.dtype.kind == "b" else np.abs(X) == 1


class DilutedSpins(IsingSpins):
    """+1 and -1, and 0 where a site has no spin."""

    kind = "diluted"
    allowed = "spins and vacancies, each +1, 0 or -1"

    def hold(self, X):
        """Tell whether all numbers of an array are spins or vacancies."""
        if X.dtype.kind == "i":
            return X.min() >= -1 and X.max() <= 1
        return self.tell(X).all()

    def tell(self, X):
        """Tell for each number of an array whether it is a spin or a vacancy."""
        return (X == 0) & (X.dtype.kind != "b") | super().tell(X)


class States(AnyNumbers):
    """States of a Potts or clock model, numbered from 0.

    Parameters
    ----------
    kind : {"potts", "clock"}
    n_states : int or None
        None is not yet known: any number of states.
    is_learned : bool
        Whether `n_states` was read from data.
    """

    def __init__(self, kind, n_states=None, *, is_learned=False):
        self.kind = kind
        self.n_states = n_states
        self.is_learned = is_learned

    @property
    def allowed(self):
        """What the spins may be, for error messages."""
        if self.n_states is None:
            return f"states of spins, each an integer from 0 to {MOST_STATES[self.kind] - 1}"
        return (
            f"states of spins, each an integer from 0 to {self.n_states - 1} "
            f"(n_states={self.n_states}{', as read in fit' if self.is_learned else ''})"
        )

    @property
    def _end(self):
        return MOST_STATES[self.kind] if self.n_states is None else self.n_states

    def dtype_of(self, dtype):
        """Return uint16 for the clock model, and int8 or else int16 for the Potts model."""
        if self.kind == "clock":
            return np.dtype(np.uint16)
        fits = dtype == np.int8 if self.n_states is None else self.n_states <= 128
        return np.dtype(np.int8 if fits else np.int16)

    def hold(self, X):
        """Tell whether all numbers of an array are states."""
        if X.dtype.kind in "iu":
            return X.min() >= 0 and X.max() < self._end
        return self.tell(X).all()

    def tell(self, X):
        """Tell for each number of an array whether it is a state."""
        if X.dtype.kind == "b":
            return np.zeros(X.shape, bool)
        end = np.float64(self._end)  # a Python number may exceed what half precision holds
        return (X >= 0) & (end > X) & (np.floor(X) == X)

    def hint(self, X, code):
        """Return advice on a part `X` of an array `code`, in which some numbers are no states."""
        return hint_on_states(X, code, self.kind, self.n_states, self.is_learned)

    def learn(self, X):
        """Return these states with their number, if it has to be read from states X."""
        return self.with_highest(int(X.max()), X.dtype) if self.n_states is None else self

    def with_highest(self, highest, dtype):
        """Return these states with their number, one more than the highest but at least 2.

        Parameters
        ----------
        highest : int
            The highest state in the data.
        dtype : dtype
            Of the data.

        Raises
        ------
        ValueError
            If the highest state may be -1 that was stored as an unsigned integer.
        """
        if dtype.kind == "u" and highest == np.iinfo(dtype).max:
            raise ValueError(
                f"n_states cannot be read from X: its highest number, {highest}, may be -1 that "
                f"was stored as {dtype}. Pass `X.astype(np.int{8 * dtype.itemsize})` if so, or "
                f"give n_states={highest + 1}."
            )
        return States(self.kind, max(2, highest + 1), is_learned=True)


ANY_NUMBERS, ISING = AnyNumbers(), IsingSpins()
KINDS = ("ising", "diluted", "potts", "clock")
"""The kinds of spins by the names that users choose them by."""

MOST_STATES = {"potts": 1 << 15, "clock": 1 << 16}
"""The largest number of states of each model, which int16 and uint16 hold."""


def spins_of_kind(kind, n_states=None):
    """Return the spins that the parameters `spins` and `n_states` describe.

    Raises
    ------
    TypeError, ValueError
        If `kind` is not in `KINDS`, or `n_states` is not a number of states of this kind.
    """
    kind = check_choice(kind, "spins", KINDS)
    if kind in MOST_STATES:
        if n_states is not None:
            n_states = check_integer(
                n_states, "n_states", minimum=2, maximum=MOST_STATES[kind], hint=_N_STATES_HINT
            )
        return States(kind, n_states)
    if n_states is not None:
        raise ValueError(
            f"n_states is the number of states with spins='potts' or 'clock'; got n_states="
            f"{n_states!r} with spins={kind!r}. Leave it out, or set spins."
        )
    return ISING if kind == "ising" else DilutedSpins()


def vectors_of_kind(kind, n_states=None):
    """Return spins as `spins_of_kind` does, where the unit vectors that they stand for matter.

    Raises
    ------
    TypeError, ValueError
        As `spins_of_kind`, and if the number of states of a clock model is not given.
    """
    spins = spins_of_kind(kind, n_states)
    if spins.kind == "clock" and n_states is None:
        raise ValueError(
            "n_states must be given with spins='clock': the angles of the states depend on it, "
            "and the highest state may be missing in the data. Give 65536 for states of the XY "
            "model that states_from_angles has made of angles."
        )
    return spins


_N_STATES_HINT = "The states are 0 to n_states - 1; a single state has no correlations."


def check_lattices(
    X: Any, name: str = "X", *, block_size: int = 1, spins: AnyNumbers = ISING
) -> NDArray[Any]:
    """Return lattices as a C-contiguous array of the dtype of their spins, int8 for Ising spins.

    An array that is one already is not copied.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, of any numeric dtype.
    name : str
        The name of `X` in error messages.
    block_size : int
        Sites per side of a block, which must fit into a lattice.
    spins : AnyNumbers
        What the spins may be.

    Raises
    ------
    TypeError
        If `X` is sparse or does not hold numbers.
    ValueError
        If `X` has another shape, is empty, is smaller than a block, or holds anything but spins.
    """
    X, name = check_lattice_shape(X, name, block_size), name_array(X, name)
    return check_spins(X, name, spins=spins)


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


def check_spins(X, name="X", *, rows=slice(None), spins=ISING):
    """Return an array of spins as C-contiguous, of their dtype, without a copy if `X` is that.

    Parameters
    ----------
    X : array of numbers
    name : str
        The name of `X` in error messages.
    rows : slice
        The part of `X` to check and to return, along the first axis.
    spins : AnyNumbers
        What the spins may be.

    Raises
    ------
    ValueError
        If this part holds anything but spins; the message names the first wrong number.
    """
    first, stop, _ = rows.indices(len(X))
    part = X[first:stop]
    is_kept = spins.are_kept(part)
    checked = part if is_kept else np.empty(part.shape, spins.dtype_of(part.dtype))
    step = max(1, _BYTES_AT_ONCE // X[0].nbytes)
    for start in range(0, len(part), step):
        piece = as_spins(part[start : start + step], [first + start], X.shape, name, spins)
        if not is_kept:
            checked[start : start + step] = piece
    return checked


def as_spins(piece, start, shape, name="X", spins=ISING):
    """Return a piece of a larger array as `check_spins` does.

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
    spins : AnyNumbers
        What the spins may be.

    Raises
    ------
    ValueError
        If the piece holds anything but spins; the message names the first wrong number.
    """
    if not spins.hold(piece):
        within = first_index(~spins.tell(piece))
        offset = [*start, *[0] * (piece.ndim - len(start))]
        index = tuple(int(i) + int(j) for i, j in zip(within, offset, strict=True))
        raise ValueError(
            f"{name} must hold {spins.allowed}; got {piece[within]} at index {index}, in an array "
            f"of dtype {piece.dtype} and shape {shape}. {spins.hint(piece, code_of(name))}"
        )
    if spins.are_kept(piece):
        return piece
    return np.ascontiguousarray(piece, spins.dtype_of(piece.dtype))
