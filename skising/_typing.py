"""Names for the types that public functions take; they exist for annotations alone."""

import os
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

PathLike: TypeAlias = str | os.PathLike[str]
RandomState: TypeAlias = int | np.random.RandomState | None


class SlicedStore(Protocol):
    """Lattices that are read by slices: a zarr array, an h5py data set, a dask array, or alike."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape (n_samples, n_rows, n_cols)."""

    @property
    def dtype(self) -> Any:
        """The type of a spin."""

    def __getitem__(self, key: Any, /) -> Any: ...


LatticesLike: TypeAlias = ArrayLike | SlicedStore


class Descriptor(Protocol):
    """A transformer from blocks (n_blocks, l, l) to features (n_blocks, n_features)."""

    def fit(self, X: Any, y: Any = None) -> Any:
        """Learn the size of the blocks."""

    def transform(self, X: Any) -> Any:
        """Compute the features of blocks."""


DescriptorLike: TypeAlias = str | Descriptor
