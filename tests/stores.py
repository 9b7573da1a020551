"""Lattices in every kind of storage that the library reads."""

import dask.array
import h5py
import numpy as np
import zarr


def memory_map(X, folder, mode="r"):
    path = folder / "X.npy"
    np.save(path, X)
    return np.load(path, mmap_mode=mode)


def zarr_array(X, folder, chunks=None):
    return zarr.create_array(folder / "X.zarr", data=X, chunks=chunks or (1, *X.shape[1:]))


def h5py_dataset(X, folder, chunks=None):
    return h5py.File(folder / "X.h5", "w").create_dataset("X", data=X, chunks=chunks)


def dask_array(X, folder, chunks=(3, 2, -1)):
    return dask.array.from_array(X, chunks=chunks)


class RecordingStore:
    """A store as a user may write one, which records what is read.

    Whole lattices must be asked for by a single slice: the store need not accept a tuple. Parts of
    lattices must be asked for by three slices.
    """

    def __init__(self, X, chunks=None):
        self._X, self.shape, self.dtype = X, X.shape, X.dtype
        if chunks is not None:
            self.chunks = chunks
        self.keys = []

    def __getitem__(self, key):
        slices = key if isinstance(key, tuple) else (key,)
        assert all(isinstance(along, slice) for along in slices)
        assert slices == (key,) or len(slices) == 3
        self.keys.append(slices)
        return self._X[key]

    @property
    def lattices_read(self):
        """The indices of the lattices that each access has read."""
        return [range(self.shape[0])[samples] for samples, *_ in self.keys]

    @property
    def n_sites_read(self):
        return sum(self._X[key].size for key in self.keys)


STORES = {
    "zarr": zarr_array,
    "zarr in chunks": lambda X, folder: zarr_array(X, folder, (3, *X.shape[1:])),
    "zarr in parts of lattices": lambda X, folder: zarr_array(X, folder, (4, 5, 6)),
    "h5py": h5py_dataset,
    "h5py in chunks": lambda X, folder: h5py_dataset(X, folder, (3, *X.shape[1:])),
    "dask": dask_array,
    "store of a user": lambda X, folder: RecordingStore(X),
    "store of a user in chunks": lambda X, folder: RecordingStore(X, (3, *X.shape[1:])),
}
MEMORY_MAPS = {
    "memory map": memory_map,
    "memory map of floats": lambda X, folder: memory_map(X.astype(np.float32), folder),
}
ARRAYS = {
    "array": lambda X, folder: X,
    "array of floats": lambda X, folder: X.astype(float),
    "nested lists": lambda X, folder: X.tolist(),
}
STORAGES = ARRAYS | MEMORY_MAPS | STORES
