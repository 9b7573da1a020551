"""Data sets as a compressed zarr group."""

import math
import shutil

import numpy as np

from .._files import flush
from ._store import BYTES_PER_ROW, FILE_SYSTEM_BLOCK, MEASURED_COLUMNS, Store

_SITES_PER_CHUNK = 1 << 20  # a chunk is read even for a single lattice
_MOST_BITS_PER_SPIN = 1.1  # compressed, random lattices take 0.95 and ordered ones 0.04
_MOST_METADATA_FILES = 16


class ZarrStore(Store):
    """A group lattices.zarr of the arrays data, temperature, energy and so on."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        try:
            import zarr
        except ImportError as error:
            raise ImportError(
                f"out={str(self.path)!r} needs zarr, which is not installed: python -m pip install "
                '"skising[zarr]". Or write .npy, which needs nothing.'
            ) from error
        self._zarr = zarr
        sites = math.prod(self.shape[1:])
        self._rows_per_chunk = min(self.shape[0], max(1, _SITES_PER_CHUNK // sites))

    def _files_of_format(self):
        return (self.partial,)

    def _n_bytes(self):
        n_files = math.ceil(self.shape[0] / self._rows_per_chunk) + _MOST_METADATA_FILES
        spins = math.ceil(math.prod(self.shape) * _MOST_BITS_PER_SPIN / 8)
        return spins + self.shape[0] * BYTES_PER_ROW + n_files * FILE_SYSTEM_BLOCK

    def _create(self):
        if self.partial.exists():
            shutil.rmtree(self.partial)
        group = self._zarr.create_group(self.partial, attributes={"arguments": self.arguments})
        group.create_array(
            "data",
            shape=self.shape,
            dtype=np.int8,
            chunks=(self._rows_per_chunk, *self.shape[1:]),
            # Seven of the eight bits of a spin are equal. bitshuffle stores each bit separately, so
            # that the copies compress to almost nothing.
            compressors=self._zarr.codecs.BloscCodec(
                cname="zstd", clevel=3, shuffle=self._zarr.codecs.BloscShuffle.bitshuffle
            ),
            chunk_key_encoding={"name": "default", "separator": "."},
            dimension_names=("sample", "row", "column"),
        )

    def _remove_leftovers(self):
        # zarr writes a chunk to a temporary file and renames it. A kill leaves that file.
        for path in self.partial.rglob("*.partial"):
            path.unlink()

    def _write_lattices(self, start, lattices):
        stop = start + len(lattices)
        self._zarr.open_group(self.partial, mode="r+")["data"][start:stop] = lattices
        chunks = range(start // self._rows_per_chunk, (stop - 1) // self._rows_per_chunk + 1)
        _flush_files(self.partial / "data" / f"c.{chunk}.0.0" for chunk in chunks)

    def _complete(self, columns):
        group = self._zarr.open_group(self.partial, mode="r+")
        for name, column in columns.items():
            group.create_array(name, data=column, overwrite=True)
            _flush_files(path for path in (self.partial / name).rglob("*") if path.is_file())
        self.partial.rename(self.path)

    def _read_arguments(self):
        try:
            return self._zarr.open_group(self.path, mode="r").attrs["arguments"]
        except (OSError, ValueError, LookupError):
            return None

    def _open(self):
        group = self._zarr.open_group(self.path, mode="r")
        return group["data"], [group[name][:] for name in MEASURED_COLUMNS]


def _flush_files(paths):
    for path in paths:
        with path.open("r+b") as file:
            flush(file)
