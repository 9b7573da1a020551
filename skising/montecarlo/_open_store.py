"""Opening the data set at a path, in the format of its suffix."""

import os
from contextlib import contextmanager
from pathlib import Path

from ._npy_store import NpyStore
from ._zarr_store import ZarrStore

_FORMATS = {".npy": NpyStore, ".zarr": ZarrStore}


@contextmanager
def open_store(out, arguments, columns, runs):
    """Open the data set at `out`, whether it is finished, unfinished or new.

    In the context that this returns, no other process can write the data set.

    Parameters
    ----------
    out : str or path
        Its suffix, .npy or .zarr, determines the format.
    arguments : dict
        All that the lattices depend on, in types that JSON has. An existing data set must have
        been made with the same arguments.
    columns : dict of ndarray, each of shape (n_samples,)
        The known columns: temperature, chain, frame, and those of the model.
    runs : list of Run
        Each is written as a whole. Their rows are consecutive.

    Yields
    ------
    store : Store

    Raises
    ------
    TypeError
        If `out` is not a path.
    ValueError
        If its suffix is another one, or an existing data set was made with other arguments.
    FileExistsError
        If a file of that name, or one beside it, is not part of a data set of this library, or
        is damaged.
    FileNotFoundError, PermissionError
        If the directory does not exist, or cannot be written.
    BlockingIOError
        If another process is writing the data set.
    OSError
        If the disk has too little space.
    ImportError
        If the suffix is .zarr and zarr is not installed.
    """
    if not isinstance(out, (str, os.PathLike)):
        raise TypeError(
            "out must be a path that ends in .npy or .zarr, or None; got "
            f"{out!r} of type {type(out).__name__}."
        )
    path = Path(out)
    if path.suffix not in _FORMATS:
        raise ValueError(
            f"out must end in .npy (a memory-mapped array) or .zarr (compressed); got {str(out)!r}."
        )
    store = _FORMATS[path.suffix](path, arguments, columns, runs)
    with store.lock():
        store.begin()
        yield store
