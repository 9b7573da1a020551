"""Lattices and blocks of spins from outside: checked, and read by parts where they are stored."""

import math

import numpy as np

from ._validation import as_numbers

_CHUNK_BYTES = 1 << 24


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
    X = as_numbers(X, name)
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
    return _as_spins(as_numbers(piece, name), start, tuple(X.shape), name)


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
    spins = part if is_int8(part) else np.empty(part.shape, np.int8)
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
    return piece if is_int8(piece) else np.ascontiguousarray(piece, np.int8)


def is_int8(X):
    """Tell whether an array of numbers is int8 and C-contiguous, as kernels take spins."""
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
