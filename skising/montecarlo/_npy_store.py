"""Data sets as a memory-mapped .npy file."""

import io
import json
import math
from contextlib import contextmanager

import numpy as np

from .._files import flush, replace
from ._destination import measured_bits, unpacked
from ._store import FILE_SYSTEM_BLOCK, Store


class NpyStore(Store):
    """The lattices in lattices.npy, and the columns in lattices.npz beside it."""

    seconds_per_bit = 0.7e-9
    seconds_per_write = 1e-3
    smaller_format = "write .zarr, which takes less, "
    encode = staticmethod(measured_bits)

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.table = self.path.with_suffix(".npz")
        self._bytes_per_lattice = math.prod(self.shape[1:]) * self.dtype.itemsize

    def _files_of_format(self):
        return self.partial, self.table

    @property
    def n_files(self):
        return 2

    @property
    def n_bytes(self):
        return self.shape[0] * self._bytes_per_lattice + self.bytes_of_columns + FILE_SYSTEM_BLOCK

    def _create(self):
        np.lib.format.open_memmap(self.partial, "w+", self.dtype, self.shape)

    def _remove_leftovers(self):
        """Do nothing: each row is overwritten when its run is drawn again."""

    def _write_lattices(self, start, lattices):
        # Not through a memory map: there a full disk raises a signal instead of an OSError.
        with self.partial.open("r+b") as file:
            file.seek(len(self._header()) + start * self._bytes_per_lattice)
            for piece in unpacked(self.model, lattices, self.shape[1]):
                file.write(piece)
            flush(file)

    def _is_readable(self):
        header = self._header()
        with self.partial.open("rb") as file:
            return file.read(len(header)) == header

    def _read_lattices(self, start, stop):
        with self.partial.open("rb") as file:
            file.seek(len(self._header()) + start * self._bytes_per_lattice)
            content = file.read((stop - start) * self._bytes_per_lattice)
        if len(content) < (stop - start) * self._bytes_per_lattice:
            return None
        return np.frombuffer(content, self.dtype).reshape(-1, *self.shape[1:])

    def _header(self):
        """Return the bytes before the lattices, as `_create` writes them."""
        header = io.BytesIO()
        descr = np.lib.format.dtype_to_descr(self.dtype)
        form = {"descr": descr, "fortran_order": False, "shape": self.shape}
        np.lib.format.write_array_header_1_0(header, form)
        return header.getvalue()

    def _complete(self, columns):
        replace(
            self.table,
            lambda file: np.savez(file, **columns, arguments=json.dumps(self.arguments)),
        )

    def _read_arguments(self):
        try:
            with self._load_table() as table:
                return json.loads(str(table["arguments"]))
        except Exception:  # a damaged zip archive raises errors of many kinds
            return None

    def _open(self):
        data = np.load(self.path, mmap_mode="r")
        n_bytes = self.path.stat().st_size
        if n_bytes != data.offset + data.nbytes:
            raise ValueError(f"{n_bytes} bytes instead of {data.offset + data.nbytes}")
        with self._load_table() as table:
            return data, [table[name] for name in self.measured_columns]

    @contextmanager
    def _load_table(self):
        # Given a path, np.load would leave a damaged file open.
        with self.table.open("rb") as file, np.load(file) as table:
            yield table
