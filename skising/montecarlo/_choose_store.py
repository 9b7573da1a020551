"""The data set at a path, in the format of its suffix."""

import os
from pathlib import Path

from ._npy_store import NpyStore
from ._zarr_store import ZarrStore

_FORMATS = {".npy": NpyStore, ".zarr": ZarrStore}


def choose_store(out, arguments, columns, runs):
    """Return the store of the data set at `out`, whether it exists or not; open no file.

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

    Returns
    -------
    store : Store

    Raises
    ------
    TypeError
        If `out` is not a path.
    ValueError
        If its suffix is another one.
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
    return _FORMATS[path.suffix](path, arguments, columns, runs)
