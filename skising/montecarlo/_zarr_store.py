"""Data sets as a compressed zarr group."""

import math
import os
import shutil
from pathlib import Path

from .._files import flush, flush_directory
from ._store import FILE_SYSTEM_BLOCK, Store

_SITES_PER_CHUNK = 1 << 20  # a chunk is read even for a single lattice
_MOST_FILES = 10_000  # of lattices; file systems and copies are slow with millions of files
_ROWS_PER_COLUMN_CHUNK = 1 << 20
_MOST_BYTES_PER_BIT = 1.1 / 8  # compressed, random Ising lattices take 0.95 / 8 a spin


class ZarrStore(Store):
    """A group lattices.zarr of the arrays data, temperature, energy and so on."""

    seconds_per_bit = 3.5e-9
    seconds_per_write = 1e-2

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
        n_chunks = math.ceil(self.shape[0] / self._rows_per_chunk)
        self._rows_per_file = self._rows_per_chunk * math.ceil(n_chunks / _MOST_FILES)
        self._is_whole = {}  # from the number of a file to whether it can be read

    @property
    def n_files(self):
        n_columns = len(self.columns) + len(self.measured_columns)
        n_of_columns = n_columns * math.ceil(self.shape[0] / _ROWS_PER_COLUMN_CHUNK)
        return math.ceil(self.shape[0] / self._rows_per_file) + n_of_columns + n_columns + 2

    @property
    def n_bytes(self):
        spins = math.ceil(math.prod(self.shape) * self.model.n_bits * _MOST_BYTES_PER_BIT)
        n_files = self.n_files
        return spins + self.bytes_of_columns + n_files * FILE_SYSTEM_BLOCK

    def _files_of_format(self):
        return (self.partial,)

    def _create(self):
        if self.partial.exists():
            shutil.rmtree(self.partial)
        group = self._zarr.create_group(self.partial, attributes={"arguments": self.arguments})
        self._create_data(group, self._compressors())
        _flush_tree(self.partial)

    def _create_data(self, group, compressors):
        # A shard is a file of several chunks, each of which can be read alone.
        has_shards = self._rows_per_file > self._rows_per_chunk
        return group.create_array(
            "data",
            shape=self.shape,
            dtype=self.dtype,
            chunks=(self._rows_per_chunk, *self.shape[1:]),
            shards=(self._rows_per_file, *self.shape[1:]) if has_shards else None,
            compressors=compressors,
            chunk_key_encoding={"name": "default", "separator": "."},
            dimension_names=("sample", "row", "column"),
        )

    def _compressors(self):
        codecs = self._zarr.codecs
        # Seven of the eight bits of an Ising spin are equal. bitshuffle stores each bit separately,
        # so that the copies compress to almost nothing.
        compressor = codecs.BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle")
        # Without a checksum, most flipped bits would decompress to other spins.
        return [compressor, codecs.Crc32cCodec()]

    def _remove_leftovers(self):
        # zarr writes a chunk to a temporary file and renames it. A kill leaves that file.
        for path in self.partial.rglob("*.partial"):
            path.unlink()

    def _write_lattices(self, start, lattices):
        stop = start + len(lattices)
        # By default zarr writes no file for a chunk in which all sites are in state 0.
        with self._zarr.config.set({"array.write_empty_chunks": True}):
            self._zarr.open_group(self.partial, mode="r+")["data"][start:stop] = lattices
        for number in self._files(start, stop):
            _flush_file(self._file(number))
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
        numbers = self._files(start, stop)
        for number in numbers:
            if number not in self._is_whole:
                self._is_whole[number] = self._can_be_read(data, number)
        return data[start:stop] if all(self._is_whole[number] for number in numbers) else None

    def _can_be_read(self, data, number):
        """Tell whether all chunks in a file can be read, and remove the file if not.

        A run whose lattices are in part of the file could not be written.
        """
        if not self._file(number).exists():
            return False
        first = number * self._rows_per_file
        stop = min(first + self._rows_per_file, self.shape[0])
        try:
            for row in range(first, stop, self._rows_per_chunk):
                data[row : min(row + self._rows_per_chunk, stop)]
        except Exception:  # each codec has errors of its own
            self._file(number).unlink()
            return False
        return True

    def _files(self, start, stop):
        return range(start // self._rows_per_file, (stop - 1) // self._rows_per_file + 1)

    def _file(self, number):
        return self.partial / "data" / f"c.{number}.0.0"

    def _complete(self, columns):
        group = self._zarr.open_group(self.partial, mode="r+")
        for name, column in columns.items():
            names = ("run", "statistic") if name == "autocorrelation_times" else ("sample",)
            group.create_array(
                name,
                data=column,
                chunks=(min(len(column), _ROWS_PER_COLUMN_CHUNK), *column.shape[1:]),
                compressors=self._column_compressors(),
                dimension_names=names,
                overwrite=True,
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
        # Of a shard that exists all chunks count, also those after the last lattice.
        n_missing = data.nchunks - data.nchunks_initialized
        if n_missing > 0:
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
