"""A zarr array that can be split as a numpy array can; the only module that imports zarr."""

from typing import Any

import numpy as np
import zarr


class LatticeArray(zarr.Array):
    """A zarr array of lattices, whose first index may be a list, a mask, or any other of numpy.

    Plain zarr arrays refuse masks, and lists that other indices follow. Both are what scikit-learn
    splits data by. All else is that of the base class.
    """

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> Any:
        first, *others = key if isinstance(key, tuple) else (key,)
        is_basic = isinstance(first, (int, np.integer, slice, type(...), type(None)))
        if (is_basic and not _goes_backward(first)) or not all(
            isinstance(other, (int, np.integer, slice, type(...))) for other in others
        ):
            return super().__getitem__(key)
        if ... in others:
            at = others.index(...)
            others[at : at + 1] = [slice(None)] * (self.ndim - len(others))
        rows = np.arange(len(self))[first]
        lattices = np.asarray(self.get_orthogonal_selection((rows.reshape(-1), *others)))
        return lattices.reshape(rows.shape + lattices.shape[1:])


def _goes_backward(key):
    return isinstance(key, slice) and key.step is not None and key.step < 0
