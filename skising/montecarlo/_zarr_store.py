"""Data sets as a compressed zarr group."""

import math
import os
import shutil
from pathlib import Path

from .._files import flush, flush_directory
from ._store import FILE_SYSTEM_BLOCK, Store

_SITES_PER_CHUNK = 1 << 20  # a chunk is read even for a single lattice
_MOST_BYTES_PER_BIT = 1.1 / 8  # compressed, random Ising lattices take 0.95 / 8 a spin
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
        n_bits = math.prod(self.shape) * self.model.n_bits
        spins = math.ceil(n_bits * _MOST_BYTES_PER_BIT)
        return spins + self.shape[0] * self.bytes_per_row + n_files * FILE_SYSTEM_BLOCK

    def _create(self):
        if self.partial.exists():
            shutil.rmtree(self.partial)
        group = self._zarr.create_group(self.partial, attributes={"arguments": self.arguments})
        self._create_data(group, self._compressors())
        _flush_tree(self.partial)

    def _create_data(self, group, compressors):
        return group.create_array(
            "data",
            shape=self.shape,
            dtype=self.dtype,
            chunks=(self._rows_per_chunk, *self.shape[1:]),
            compressors=compressors,
            chunk_key_encoding={"name": "default", "separator": "."},
            dimension_names=("sample", "row", "column"),
        )

    def _compressors(self):
        codecs = self._zarr.codecs
        # Seven of the eight bits of an Ising spin are equal. bitshuffle stores each bit separately,
        # so that the copies compress to almost nothing.
        shuffle = codecs.BloscShuffle.bitshuffle
        compressor = codecs.BloscCodec(cname="zstd", clevel=3, shuffle=shuffle)
        # Without a checksum, most flipped bits would decompress to other spins.
        return [compressor, codecs.Crc32cCodec()]

    def _remove_leftovers(self):
        # zarr writes a chunk to a temporary file and renames it. A kill leaves that file.
        for path in self.partial.rglob("*.partial"):
            path.unlink()

    def _write_lattices(self, start, lattices):
        stop = start + len(lattices)
        self._zarr.open_group(self.partial, mode="r+")["data"][start:stop] = lattices
        for chunk in self._chunks(start, stop):
            _flush_file(self._chunk_file(chunk))
        flush_directory(self.partial / "data")

    def _is_readable(self):
        try:
            group = self._zarr.open_group(self.partial, mode="r")
            form, arguments = group["data"].metadata, group.attrs["arguments"]
        except Exception:  # damaged metadata raise errors of many kinds
            return False
        # Earlier versions wrote no checksum.
        allowed = [
            self._create_data(self._zarr.create_group({}), compressors).metadata
            for compressors in (self._compressors(), self._compressors()[:1])
        ]
        return form in allowed and arguments == self.arguments

    def _read_lattices(self, start, stop):
        data = self._zarr.open_group(self.partial, mode="r")["data"]
        is_whole = True
        for chunk in self._chunks(start, stop):
            try:
                data.blocks[chunk]
            except Exception:  # each codec has errors of its own
                # A run that shares the chunk could not be written.
                self._chunk_file(chunk).unlink()
                is_whole = False
        return data[start:stop] if is_whole else None

    def _chunks(self, start, stop):
        return range(start // self._rows_per_chunk, (stop - 1) // self._rows_per_chunk + 1)

    def _chunk_file(self, chunk):
        return self.partial / "data" / f"c.{chunk}.0.0"

    def _complete(self, columns):
        group = self._zarr.open_group(self.partial, mode="r+")
        for name, column in columns.items():
            group.create_array(
                name, data=column, overwrite=True, compressors=self._column_compressors()
            )
            _flush_tree(self.partial / name)
        flush_directory(self.partial)

    def _column_compressors(self):
        return [self._zarr.codecs.ZstdCodec(), self._zarr.codecs.Crc32cCodec()]

    def _read_arguments(self):
        try:
            return self._zarr.open_group(self.path, mode="r").attrs["arguments"]
        except Exception:  # damaged metadata raise errors of many kinds
            return None

    def _open(self):
        # Imported here, because zarr is optional.
        from ._zarr_array import LatticeArray

        group = self._zarr.open_group(self.path, mode="r")
        data = LatticeArray(group["data"].async_array)
        n_missing = data.nchunks - data.nchunks_initialized
        if n_missing:
            raise ValueError(f"{n_missing} of {data.nchunks} chunks are missing")
        return data, [group[name][:] for name in self.measured_columns]


def _flush_tree(root):
    """Write all files and directories from `root` downwards to the disk."""
    for directory, _, names in os.walk(root):
        for name in names:
            _flush_file(Path(directory, name))
        flush_directory(directory)


def _flush_file(path):
    with path.open("r+b") as file:
        flush(file)
