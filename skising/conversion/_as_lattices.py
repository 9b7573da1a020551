"""The one function that takes what people have, and says what it made of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._numbers import as_numbers
from .._spins import spins_of_kind
from .._validation import check_choice, check_finite, check_integer
from ._files import Source, is_path, read_file
from ._layout import check_lattice_shape, describe_lattices, read_layout
from ._values import apply_level, apply_values, average_cells, recognise


def as_lattices(
    source: Any,
    *,
    spins: str = "ising",
    n_states: int | None = None,
    values: ArrayLike | None = None,
    level: float | None = None,
    cell: int = 1,
    lattice_shape: int | Sequence[int] | None = None,
    samples_axis: int | None = None,
    key: str | None = None,
    verbose: int = 1,
) -> NDArray[Any]:
    """Convert an array or files of any layout to lattices, and print what was done.

    Nothing is guessed. If a source can be read in several ways, an error lists the arguments that
    ask for each.

    Parameters
    ----------
    source : array-like, str, path, or list of paths
        An array of any numeric dtype, or of bools: lattices (n_samples, n_rows, n_cols); one
        lattice (n_rows, n_cols); flattened square lattices (n_samples, n_sites); lattices with
        samples last (n_rows, n_cols, n_samples); any of them with a channel, an axis of length 1.
        Or a file: .npy, .npz, text (.txt, .csv, .tsv, .dat), MATLAB (.mat), HDF5 (.h5, .hdf5; needs
        h5py), .zarr (needs zarr), or a picture (.png, .jpg, .tif, .bmp, .gif, .pgm), whose frames
        are lattices. Colours become grey levels. A list of files is read in its order; all must
        have lattices of one shape.
    spins : {"ising", "diluted", "potts", "clock"}, default="ising"
        What the spins are to be, as in `PairCorrelationDescriptor`.
    n_states : int, default=None
        Number of states with ``spins="potts"`` or ``"clock"``; None allows any number.
    values : array-like, default=None
        The numbers that stand for the spins, in order: those of -1 and +1; with "diluted" of -1, of
        a vacancy and of +1; with "potts" and "clock" of state 0, 1, 2 and so on. None takes what is
        clear. For Ising spins, that is True as +1 and False as -1, or of two different numbers the
        larger one as +1, except 1 and 255 (which may be -1 as an unsigned integer), and -1 and 0.
        The spins of other models must be numbered as they are in the library. With "diluted", NaN
        and masked sites are vacancies.
    level : float, default=None
        For grey levels: numbers above it are +1, all others -1. For Ising spins only.
    cell : int, default=1
        Average over cells of this many sites per side before `level` is applied, which must be
        given.
    lattice_shape : int or (int, int), default=None
        Rows and columns of a lattice, or an int for a square one. It is needed for flattened
        lattices that are not square, and for lattices below each other in one array or text file.
    samples_axis : {0, -1}, default=None
        Whether the samples are along the first or the last axis. None takes what is clear; see
        Notes.
    key : str, default=None
        The name of the array in a .npz, .mat, .h5 or .zarr file that has several.
    verbose : int, default=1
        Whether to print what was found, and what was made of it.

    Returns
    -------
    X : ndarray of shape (n_samples, n_rows, n_cols)
        A new array: int8; for states as `PairCorrelationDescriptor` keeps them, int8, int16 or
        uint16. It is not larger than needed, but all of it is in memory. The estimators also read
        zarr arrays and memory maps of spins without this function.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ImportError
        If a package that reads the file is not installed.
    TypeError, ValueError
        If a parameter is not as described; if the source is no numbers, can be read in several ways
        or in none; if files have lattices of different shapes.

    Notes
    -----
    Without `samples_axis` and `lattice_shape`, a lattice is assumed to have sides that differ by at
    most a factor of 2, which often leaves one way to read an array. Of a two-dimensional array,
    each row is a sample, as in scikit-learn. If the last two axes of three have the same length and
    the first has not, the samples are first.

    Flattened lattices are read row by row. For those that MATLAB or Fortran wrote column by column
    this gives the transposed lattices, whose features are the same.

    Examples
    --------
    >>> import numpy as np
    >>> from skising import as_lattices
    >>> rows = np.random.default_rng(0).integers(0, 2, size=(400, 1600))
    >>> X = as_lattices(rows)
    source of shape (400, 1600), a flattened lattice in each row -> 400 lattices of 40 x 40
    0 is -1, 1 is +1
    >>> X.shape, X.dtype
    ((400, 40, 40), dtype('int8'))

    Grey levels need a level:

    >>> picture = np.random.default_rng(0).normal(size=(1, 64, 64))
    >>> X = as_lattices(picture, level=0, cell=4)
    source of shape (1, 64, 64), samples first -> 1 lattice of 64 x 64
    averages over cells of 4 x 4 -> 16 x 16
    above 0 is +1, the rest -1: 48.8% are +1
    """
    model = spins_of_kind(spins, n_states)
    cell = check_integer(cell, "cell", minimum=1)
    level = None if level is None else check_finite(level, "level")
    _check_mapping(model, values, level, cell)
    lattice_shape = check_lattice_shape(lattice_shape)
    if samples_axis is not None:
        samples_axis = check_choice(samples_axis, "samples_axis", (0, -1))
    found = [
        (part, read_layout(part, lattice_shape, samples_axis))
        for part in _sources(source, key, spins)
    ]
    _check_one_shape(found)
    lattices = np.concatenate([layout.lattices for _, layout in found])
    name = found[0][0].name if len(found) == 1 else "source"
    lines = [_describe(found, lattices)]
    if cell > 1:
        lattices = average_cells(lattices, cell, name)
        n_rows, n_cols = lattices.shape[1:]
        lines.append(f"averages over cells of {cell} x {cell} -> {n_rows} x {n_cols}")
    if level is not None:
        lattices, words = apply_level(lattices, level, name)
    elif values is not None:
        lattices, words = apply_values(lattices, values, model, name)
    else:
        lattices, words = recognise(lattices, model, name)
    if verbose:
        print("\n".join([*lines, words]))
    return lattices


def _check_mapping(model, values, level, cell):
    """Raise ValueError if arguments exclude each other."""
    if level is not None and values is not None:
        raise ValueError("level and values exclude each other: give one of them.")
    if level is not None and model.kind != "ising":
        raise ValueError(f'level makes Ising spins; got spins="{model.kind}". Leave out one.')
    if cell > 1 and level is None:
        raise ValueError(
            f"cell={cell} averages numbers, which are no spins then. Give level, above which an "
            "average is +1."
        )


def _sources(source, key, kind):
    """Return what is given as a list of `Source`."""
    if is_path(source):
        return [read_file(source, key)]
    if isinstance(source, (list, tuple)) and source and all(map(is_path, source)):
        return [read_file(path, key) for path in source]
    if key is not None:
        raise ValueError(
            f"key names an array in a file; got key={key!r} with a {type(source).__name__}."
        )
    if kind == "diluted" and isinstance(source, np.ma.MaskedArray):
        source = np.where(np.ma.getmaskarray(source), np.nan, source.data)
    return [Source(as_numbers(source, "source"), "source")]


def _check_one_shape(found):
    shapes = {part.name: layout.lattices.shape[1:] for part, layout in found}
    if len(set(shapes.values())) > 1:
        (first, one), *rest = shapes.items()
        name, other = next((name, shape) for name, shape in rest if shape != one)
        raise ValueError(
            f"All files must have lattices of one shape; got {one} in {first} and {other} in "
            f"{name}. Convert the lattices of each shape by themselves."
        )


def _describe(found, lattices):
    """Return in words what was read."""
    part, layout = found[0]
    text = f"{part.name} of shape {part.numbers.shape}, {layout.what}"
    if len(found) > 1:
        text = f"{len(found)} files, the first {text}"
    return f"{text} -> {describe_lattices(lattices.shape)}"
