"""Readers of files: a function for each format, chosen by the suffix."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Source:
    """Numbers as they were given.

    Attributes
    ----------
    numbers : ndarray
        Of any shape and dtype.
    name : str
        What they are called in messages.
    is_picture : bool
        Whether each pair of the last two axes, and no other axis, is a lattice.
    """

    numbers: NDArray[Any]
    name: str
    is_picture: bool = False


def read_file(path, key):
    """Return the numbers of a file.

    Parameters
    ----------
    path : str or path
    key : str or None
        Which array of a file that holds several.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ImportError
        If the package that reads the format is not installed.
    TypeError, ValueError
        If the format is not known, the file is damaged, or it holds several arrays and `key` names
        none of them.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"source={str(path)!r}: there is no such file.")
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise ValueError(
            f"source={str(path)!r} must end in one of {', '.join(sorted(_READERS))}. Read the file "
            "by yourself, and pass the array."
        )
    takes_key = path.suffix.lower() in _HOLD_SEVERAL
    if key is not None and not takes_key:
        raise ValueError(
            f"key names an array in a file that holds several, {', '.join(sorted(_HOLD_SEVERAL))}; "
            f"got key={key!r} with {path.name}. Leave it out."
        )
    try:
        return read(path, key) if takes_key else read(path)
    except (FileNotFoundError, ImportError, _Unclear):
        raise
    except Exception as error:
        raise ValueError(
            f"source={str(path)!r} does not read as {path.suffix}: {type(error).__name__}: {error}"
        ) from error


class _Unclear(ValueError):
    """A file was read, but which array is meant, or how its text is cut, is not clear."""


def _read_npy(path):
    with path.open("rb") as file:
        return Source(np.load(file, allow_pickle=False), path.name)


def _read_npz(path, key):
    with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
        key = _choose({name: file[name].shape for name in file.files}, path, key)
        return Source(file[key], f"{path.name}[{key!r}]")


def _read_text(path):
    with path.open(encoding="utf-8") as file:
        lines = (line.partition("#")[0].strip() for line in file)
        first = next((line for line in lines if line), "")
    delimiter = next((mark for mark in ",;" if mark in first), None)
    if len(first) > 1 and set(first) <= set("01"):
        raise _Unclear(
            f"source={str(path)!r} has rows such as {first[:12]!r}, in which nothing separates the "
            f"numbers. Pass `np.genfromtxt({str(path)!r}, delimiter=1)`."
        )
    return Source(np.loadtxt(path, delimiter=delimiter, ndmin=2), path.name)


def _read_mat(path, key):
    from scipy.io import loadmat

    try:
        variables = loadmat(path)
    except NotImplementedError:
        # MATLAB 7.3 writes HDF5, whose axes it reverses.
        source = _read_hdf5(path, key)
        return Source(source.numbers.T, source.name)
    arrays = {
        name: value
        for name, value in variables.items()
        if not name.startswith("__") and isinstance(value, np.ndarray)
    }
    key = _choose({name: value.shape for name, value in arrays.items()}, path, key)
    return Source(arrays[key], f"{path.name}[{key!r}]")


def _read_hdf5(path, key):
    try:
        import h5py
    except ImportError as error:
        raise ImportError(
            f"source={str(path)!r} needs h5py, which is not installed: python -m pip install h5py"
        ) from error
    shapes = {}

    def note(name, item):
        if isinstance(item, h5py.Dataset):
            shapes[name] = item.shape

    with h5py.File(path, "r") as file:
        file.visititems(note)
        key = _choose(shapes, path, key)
        return Source(np.asarray(file[key][()]), f"{path.name}[{key!r}]")


def _read_zarr(path, key):
    try:
        import zarr
    except ImportError as error:
        raise ImportError(
            f"source={str(path)!r} needs zarr, which is not installed: python -m pip install zarr"
        ) from error
    opened = zarr.open(path, mode="r")
    if isinstance(opened, zarr.Array):
        opened, key, name = {"": opened}, "", path.name
    else:
        opened = dict(opened.arrays())
        key = _choose({name: array.shape for name, array in opened.items()}, path, key)
        name = f"{path.name}[{key!r}]"
    return Source(np.asarray(opened[key][...]), name)


def _read_picture(path):
    from PIL import Image, ImageSequence

    with Image.open(path) as file:
        frames = [_grey_levels(frame) for frame in ImageSequence.Iterator(file)]
    return Source(np.array(frames), path.name, is_picture=True)


def _grey_levels(picture):
    """Return a picture as an array of grey levels (n_rows, n_cols), without its transparency."""
    is_grey = picture.mode in ("1", "L", "F") or picture.mode.startswith("I")
    return np.asarray(picture if is_grey else picture.convert("RGB").convert("L"))


def _choose(shapes, path, key):
    """Return the key of an array in a file, given the shapes of all of them."""
    if key is None and len(shapes) == 1:
        return next(iter(shapes))
    if key in shapes:
        return key
    listed = ", ".join(f"{name!r} of shape {shape}" for name, shape in shapes.items())
    if not shapes:
        raise _Unclear(f"source={str(path)!r} holds no array.")
    if key is None:
        raise _Unclear(
            f"source={str(path)!r} holds {len(shapes)} arrays: {listed}. Say which, such as "
            f"key={next(iter(shapes))!r}."
        )
    raise _Unclear(f"key must name an array of {path.name}: {listed}; got {key!r}.")


_PICTURES = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".tif", ".tiff")
_HOLD_SEVERAL = {
    ".npz": _read_npz,
    ".mat": _read_mat,
    ".h5": _read_hdf5,
    ".hdf5": _read_hdf5,
    ".zarr": _read_zarr,
}
_READERS = {
    **_HOLD_SEVERAL,
    ".npy": _read_npy,
    **dict.fromkeys((".csv", ".dat", ".txt", ".tsv"), _read_text),
    **dict.fromkeys(_PICTURES, _read_picture),
}


def is_path(source):
    """Tell whether a source is the path of a file."""
    return isinstance(source, (str, os.PathLike))
