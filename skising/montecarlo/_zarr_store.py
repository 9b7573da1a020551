"""Data sets as a compressed zarr group."""

import math
import os
import shutil
from collections import defaultdict
from functools import cached_property
from pathlib import Path

from .._files import flush, flush_directory, replace
from ._store import FILE_SYSTEM_BLOCK, Store
from ._zarr_chunks import Chunk, ChunkEncoder, Shards

_SITES_PER_CHUNK = 1 << 20  # a chunk is read even for a single lattice
_MOST_FILES = 10_000  # of lattices; file systems and copies are slow with millions of files
_ROWS_PER_COLUMN_CHUNK = 1 << 20
_SECONDS_TO_COMPRESS = 3e-9  # processor time in a worker, for each site and bit of a spin
_MOST_BYTES_PER_BIT = 1.1 / 8  # compressed, random Ising lattices take 0.95 / 8 a spin


class ZarrStore(Store):
    """A group lattices.zarr of the arrays data, temperature, energy and so on."""

    seconds_per_bit = 0.5e-9
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
        self._chunks_per_file = math.ceil(n_chunks / _MOST_FILES)
        self._rows_per_file = self._rows_per_chunk * self._chunks_per_file
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
        has_shards = self._chunks_per_file > 1
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

    @cached_property
    def encode(self):
        """As of `Destination`, for the data set at `partial`."""
        compressors = tuple(codec.to_dict() for codec in self._data().compressors)
        return ChunkEncoder(self.shape[0], self._rows_per_chunk, compressors)

    def seconds_to_encode(self, run):
        n_bits = len(run.rows) * run.lattice_size**2 * self.model.n_bits
        return super().seconds_to_encode(run) + n_bits * _SECONDS_TO_COMPRESS

    def _write_lattices(self, start, lattices):
        files = defaultdict(dict)
        for number, part in lattices.items():
            if not isinstance(part, bytes):
                part = self._complete_chunk(number, start, part)
            file, k = divmod(number, self._chunks_per_file)
            files[file][k] = part
        for number, chunks in files.items():
            self._write_file(self._file(number), chunks)
        flush_directory(self.partial / "data")

    def _complete_chunk(self, number, start, packed):
        """Return an encoded chunk in which lattices from row `start` on have been replaced."""
        first = number * self._rows_per_chunk
        lattices = self._data()[first : first + self._rows_per_chunk]
        new = self.model.unpack(packed, self.shape[1])
        at = max(0, start - first)
        lattices[at : at + len(new)] = new
        return self._chunk.encode(lattices)

    @cached_property
    def _chunk(self):
        shape = (self._rows_per_chunk, *self.shape[1:])
        return Chunk(shape, self.dtype, self.encode.compressors)

    @cached_property
    def _shards(self):
        return Shards(self._chunks_per_file)

    def _write_file(self, path, chunks):
        """Write chunks to a file, and keep others in it."""
        if self._chunks_per_file > 1:
            old = self._shards.split(path.read_bytes()) if path.exists() else {}
            content = self._shards.join(old | chunks)
        else:
            (content,) = chunks.values()
        replace(path, lambda file: file.write(content))

    def _data(self):
        return self._zarr.open_group(self.partial, mode="r")["data"]

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
        data, numbers = self._data(), self._files(start, stop)
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
