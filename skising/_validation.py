"""Checks on what comes from outside, each with a message that names the fix."""

import math
import os
from numbers import Integral, Real
from pathlib import Path

import numpy as np
from sklearn.utils import check_array

_CHUNK_BYTES = 1 << 24
_NUMBERS = "biuf"
_RAGGED = (
    "Lattices of different sizes do not fit into one array: pass those of each size by themselves."
)


def check_integer(value, name, *, minimum, hint=""):
    """Return `value` as an int if it is an integer of at least `minimum`.

    Raises
    ------
    TypeError
        If it is not an integer (a bool is none).
    ValueError
        If it is below `minimum`.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Integral):
        raise TypeError(
            f"{name} must be an integer >= {minimum}; got {value!r} of type "
            f"{type(value).__name__}.{_spaced(hint)}"
        )
    if value < minimum:
        raise ValueError(f"{name} must be an integer >= {minimum}; got {value}.{_spaced(hint)}")
    return int(value)


def check_positive(value, name):
    """Return `value` as a float if it is a finite number above zero.

    Raises
    ------
    TypeError
        If it is not a real number.
    ValueError
        If it is not finite or not above zero.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        raise TypeError(
            f"{name} must be a number > 0; got {value!r} of type {type(value).__name__}."
        )
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be a finite number > 0; got {value}.")
    return float(value)


def check_fraction(value, name):
    """Return `value` as a float if it is a number between 0 and 1, as `check_positive`."""
    value = check_positive(value, name)
    if value >= 1:
        raise ValueError(f"{name} must be a number between 0 and 1; got {value}.")
    return value


def check_finite(value, name):
    """Return `value` as a float if it is a finite number; raise TypeError or ValueError."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number; got {value!r} of type {type(value).__name__}.")
    if not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number; got {value}.")
    return float(value)


def check_series(series, name):
    """Return a series of measurements as a float64 array of at least one dimension.

    Raises
    ------
    TypeError
        If it does not hold numbers.
    ValueError
        If it is a single number, is empty, or holds NaN or inf.
    """
    series = _as_numbers(series, name).astype(np.float64, copy=False)
    if series.ndim == 0 or series.size == 0:
        raise ValueError(
            f"{name} must hold one number for each measurement; got shape {series.shape}. Give the "
            "whole series."
        )
    bad = ~np.isfinite(series)
    if bad.any():
        first = tuple(map(int, np.unravel_index(np.argmax(bad), bad.shape)))
        raise ValueError(
            f"{name} must be finite; got {series[first]} at index {first}, in an array of shape "
            f"{series.shape}. Leave out what was not measured."
        )
    return series


def check_choice(value, name, choices):
    """Return `value` if it is one of `choices`, strings or bools; raise ValueError otherwise."""
    # 1 is no True.
    if not any(isinstance(value, type(choice)) and value == choice for choice in choices):
        allowed = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"{name} must be one of {allowed}; got {value!r}.")
    return value


def check_file_path(path, name):
    """Raise TypeError or FileNotFoundError unless a file could be there."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"{name} must be a path; got {path!r} of type {type(path).__name__}.")
    if not Path(path).parent.is_dir():
        raise FileNotFoundError(
            f"{name}={os.fspath(path)!r}: the directory {str(Path(path).parent)!r} does not exist. "
            "Create it, or give another path."
        )


def check_temperatures(temperatures, name="temperatures"):
    """Return temperatures, in units of J / k_B, as a float64 array of shape (n,).

    Parameters
    ----------
    temperatures : array-like of shape (n,) or (n, 1)
    name : str
        What to call them in an error.

    Raises
    ------
    TypeError
        If they are not numbers.
    ValueError
        If the shape is another, there is none of them, or one is not finite or not above zero.
    """
    array = _as_numbers(temperatures, name)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(
            f"{name} must have shape (n,) or (n, 1), one temperature a row; got shape "
            f"{array.shape}. Reshape your data: a single temperature is [T], and "
            "array.reshape(-1) flattens a grid of them."
        )
    if array.dtype.kind == "b":
        raise TypeError(f"{name} must be numbers > 0; got booleans, shape {array.shape}.")
    if array.size == 0:
        raise ValueError(f"{name} is empty (shape {array.shape}); give at least one temperature.")
    array = array.astype(np.float64)
    bad = ~(np.isfinite(array) & (array > 0))
    if bad.any():
        first = int(np.argmax(bad))
        raise ValueError(
            f"{name} must be finite and > 0, in units of J / k_B; got {array[first]} at index "
            f"{first}. Negative values in data, zero, NaN and inf are no temperatures."
        )
    return array


def check_lattices(X, name="X", *, block_size=1):
    """Return lattices of spins as a C-contiguous int8 array; one that is so already is not copied.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1, of any dtype that holds numbers.
    name : str
        What to call it in an error.
    block_size : int
        Sites per side of the blocks that must fit in.

    Raises
    ------
    TypeError
        If `X` is sparse or does not hold numbers.
    ValueError
        If it has another shape, is empty, is smaller than a block, or holds anything but +1 and -1.
    """
    return check_spins(check_lattice_shape(X, name, block_size), name)


def check_lattice_shape(X, name="X", block_size=1, *, what="lattice", axes="n_rows, n_cols"):
    """Return lattices as an array of numbers, as `check_lattices`, with the spins still unread.

    `what` one sample is, and its two `axes`, are named in an error.
    """
    X = _as_numbers(X, name)
    _check_shape(X.shape, name, block_size, what, axes)
    return X


def check_lattice_store(X, name="X", block_size=1):
    """Return lattices with the spins unread: an array of numbers, or a store as it came.

    A store is what is read by slices, as a zarr array, an h5py data set or a dask array.

    Raises
    ------
    TypeError, ValueError
        As `check_lattice_shape`.
    """
    if not _is_read_by_slices(X):
        return check_lattice_shape(X, name, block_size)
    _check_shape(tuple(X.shape), name, block_size, "lattice", "n_rows, n_cols")
    return X


def read_lattices(X, name="X"):
    """Read lattices piece by piece, so that a store on disk never comes into memory as a whole.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_rows, n_cols)
        Spins, each +1 or -1, of any dtype that holds numbers: an array, or what is read by slices,
        as a zarr array, an h5py data set or a dask array.
    name : str
        What to call it in an error.

    Returns
    -------
    shape : tuple of int
        (n_samples, n_rows, n_cols)
    pieces : iterator over int8 arrays of shape (n, n_rows, n_cols), C-contiguous
        Checked spins, at most 16 MiB of `X` or else one lattice each.

    Raises
    ------
    TypeError, ValueError
        As `check_lattices`; from the iterator if a spin is wrong.
    """
    X = check_lattice_store(X, name)
    shape = tuple(X.shape)
    return shape, _pieces(X, shape, name)


def _pieces(X, shape, name):
    step = max(1, _CHUNK_BYTES // (math.prod(shape[1:]) * getattr(X.dtype, "itemsize", 8)))
    rows = rows_of_chunk(X)
    if rows < step:
        # Chunks read across a boundary are decompressed twice.
        step -= step % rows
    for start in range(0, shape[0], step):
        yield read_spins(X, (slice(start, start + step),), name)


def read_spins(X, part, name="X"):
    """Return `X[part]`, a part of lattices or of a store of them, as C-contiguous int8.

    Parameters
    ----------
    X : array or store of shape (n_samples, n_rows, n_cols)
    part : tuple of slice
        With steps of 1.
    name : str
        What to call it in an error.

    Raises
    ------
    TypeError, ValueError
        If it does not hold numbers, or anything but +1 and -1.
    """
    start = [of_axis.indices(n)[0] for of_axis, n in zip(part, X.shape, strict=False)]
    # A store of one's own need not take tuples where whole lattices are read.
    piece = X[part] if len(part) > 1 else X[part[0]]
    return _as_spins(_as_numbers(piece, name), start, tuple(X.shape), name)


def _is_read_by_slices(X):
    return (
        not isinstance(X, np.ndarray)
        and all(hasattr(X, attribute) for attribute in ("shape", "dtype", "__getitem__"))
        and not hasattr(X, "toarray")
    )


def rows_of_chunk(X):
    """Return how many lattices a chunk of a zarr, h5py or dask array holds; 1 without chunks."""
    rows = (getattr(X, "chunks", None) or (1,))[0]
    return max(rows) if isinstance(rows, tuple) else rows


def check_spins(X, name="X", *, rows=slice(None)):
    """Return an array of spins as int8, C-contiguous; one that is so already is not copied.

    `rows` is a slice of `X` to look at instead of the whole; only they are returned.

    Raises
    ------
    ValueError
        If it holds anything but +1 and -1; the message names the first offender.
    """
    first, stop, _ = rows.indices(len(X))
    part = X[first:stop]
    spins = part if _is_int8(part) else np.empty(part.shape, np.int8)
    step = max(1, _CHUNK_BYTES // X[0].nbytes)
    for start in range(0, len(part), step):
        piece = _as_spins(part[start : start + step], [first + start], X.shape, name)
        if spins is not part:
            spins[start : start + step] = piece
    return spins


def _as_spins(piece, start, shape, name):
    """Return a piece that starts at the index `start` of an array of a shape, as `check_spins`."""
    if not _are_spins(piece):
        raise ValueError(_wrong_spin(piece, start, shape, name))
    return piece if _is_int8(piece) else np.ascontiguousarray(piece, np.int8)


def _is_int8(X):
    return X.dtype == np.int8 and X.flags.c_contiguous


def check_block_shape(X, name="X"):
    """Return blocks (n_blocks, l, l), l >= 2, as an array of numbers, with the spins still unread.

    Raises
    ------
    TypeError, ValueError
        As `check_lattices`, and if the blocks are not square or of a single site.
    """
    X = check_lattice_shape(X, name, what="block", axes="l, l")
    if X.shape[1] != X.shape[2] or X.shape[1] < 2:
        raise ValueError(
            f"{name} must hold square blocks of l x l sites with l >= 2, shape (n_blocks, l, l); "
            f"got shape {X.shape}. extract_blocks cuts lattices into such blocks."
        )
    return X


def check_target_length(X, y):
    """Raise ValueError unless `y` has a row for each lattice of `X`."""
    if y is None:
        raise ValueError(
            "fit requires y to be passed, but the target y is None: give one value a lattice."
        )
    shape = np.asarray(y).shape
    if not shape or shape[0] != len(X):
        raise ValueError(
            f"y must hold one value for each lattice: X has shape {X.shape}, so y needs {len(X)} "
            f"rows; got shape {shape}."
        )


def check_groups(groups, shape):
    """Return the group of each lattice of an array of that shape, as int from 0 on.

    Parameters
    ----------
    groups : array-like of shape (n_samples,), or None
        Labels of any kind; None makes every lattice a group.
    shape : tuple of int
        (n_samples, n_rows, n_cols)

    Raises
    ------
    ValueError
        If there is another number of labels, or fewer than two groups.
    """
    if groups is None:
        groups = np.arange(shape[0])
    groups = np.asarray(groups)
    if groups.shape != shape[:1]:
        raise ValueError(
            f"groups must hold one label for each lattice: X has shape {shape}, so groups needs "
            f"shape {shape[:1]}; got shape {groups.shape}."
        )
    labels, groups = np.unique(groups, return_inverse=True)
    if len(labels) < 2:
        raise ValueError(
            "An error needs lattices of at least two groups; got one group of "
            f"{shape[0]} lattice(s), X of shape {shape}. Give more lattices, or leave out groups "
            "where those of one group are as good as independent."
        )
    return groups


def check_real_target(y):
    """Return `y` as a finite float64 array of shape (n_samples,) or (n_samples, k)."""
    return check_array(
        _as_numbers(y, "y"),
        ensure_2d=False,
        dtype=np.float64,
        input_name="y",
        force_writeable=False,
    )


def _as_numbers(X, name):
    if hasattr(X, "toarray"):
        raise TypeError(
            f"{name} must be a dense array; got a sparse {type(X).__name__}. Pass {name}.toarray()."
        )
    try:
        X = np.asarray(X)
    except ValueError as error:
        raise ValueError(f"{name} must be one array: {error}. {_RAGGED}") from error
    if X.dtype.kind == "c":
        raise ValueError(f"{name} must be real. Complex data not supported; got dtype {X.dtype}.")
    if X.dtype.kind not in _NUMBERS:
        try:
            X = X.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"{name} must hold numbers; got dtype {X.dtype} and shape {X.shape}, which does "
                f"not convert: {error}. {_RAGGED if X.dtype == object else ''}".rstrip()
            ) from error
    return X


def _check_shape(shape, name, block_size, what, axes):
    if len(shape) != 3:
        raise ValueError(_wrong_dimensions(shape, name, what, axes))
    if 0 in shape:
        raise ValueError(
            f"{name} is empty: shape {shape}, where (n_samples, {axes}) needs at least one "
            f"{what} of at least one site. Found array with {shape[0]} sample(s)."
        )
    if min(shape[1:]) < block_size:
        raise ValueError(
            f"{name} holds lattices of {shape[1]} x {shape[2]} sites, smaller than "
            f"block_size={block_size}: not one block fits. Give larger lattices or a smaller "
            "block_size."
        )


def _wrong_dimensions(shape, name, what, axes):
    message = f"{name} must have 3 dimensions, (n_samples, {axes}); got shape {shape}."
    if len(shape) == 2:
        return f"{message} For a single {what} add the first axis: {name}[np.newaxis]."
    return f"{message} Reshape your data so that each sample is one {what}."


def _are_spins(chunk):
    if chunk.dtype.kind == "i":
        # Without a temporary array, whose memory would cost more than the comparisons.
        return chunk.min() >= -1 and chunk.max() <= 1 and chunk.all()
    return chunk.dtype.kind != "b" and (np.abs(chunk) == 1).all()


def _wrong_spin(chunk, start, shape, name):
    good = np.abs(chunk) == 1 if chunk.dtype.kind != "b" else np.zeros(chunk.shape, bool)
    first = np.unravel_index(np.argmin(good), good.shape)
    index = tuple(map(int, np.add(first, [*start, *[0] * (len(first) - len(start))])))
    if not np.isfinite(chunk[first]):
        hint = "NaN and inf are no spins: leave what holds them out."
    elif np.isin(chunk, [0, 1]).all():
        hint = "For data of 0 and 1 pass np.where(X, 1, -1)."
    else:
        hint = "Map the two values of your data to +1 and -1, e.g. np.where(X > 0, 1, -1)."
    return (
        f"{name} must hold spins, each +1 or -1; got {chunk[first]} at index {index}, in an array "
        f"of dtype {chunk.dtype} and shape {shape}. {hint}"
    )


def _spaced(hint):
    return f" {hint}" if hint else ""
