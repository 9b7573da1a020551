"""Data sets as a memory-mapped .npy file."""

import json
import math

import numpy as np

from .._files import flush, replace
from ._store import BYTES_PER_ROW, FILE_SYSTEM_BLOCK, MEASURED_COLUMNS, Store


class NpyStore(Store):
    """The lattices in lattices.npy, a byte per spin, and the columns in lattices.npz beside it."""

    smaller_format = "write .zarr, which takes an eighth, "

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.table = self.path.with_suffix(".npz")

    def _files_of_format(self):
        return self.partial, self.table

    def _n_bytes(self):
        return math.prod(self.shape) + self.shape[0] * BYTES_PER_ROW + FILE_SYSTEM_BLOCK

    def _create(self):
        np.lib.format.open_memmap(self.partial, "w+", np.int8, self.shape)

    def _remove_leftovers(self):
        """Do nothing: each row is overwritten when its run is drawn again."""

    def _write_lattices(self, start, lattices):
        offset = np.load(self.partial, mmap_mode="r").offset
        # Not through the memory map: there a full disk raises a signal instead of an OSError.
        with self.partial.open("r+b") as file:
            file.seek(offset + int(start) * lattices[0].nbytes)
            file.write(lattices)
            flush(file)

    def _complete(self, columns):
        replace(
            self.table,
            lambda file: np.savez(file, **columns, arguments=json.dumps(self.arguments)),
        )
        self.partial.replace(self.path)

    def _read_arguments(self):
        try:
            with np.load(self.table) as table:
                return json.loads(str(table["arguments"]))
        except (OSError, ValueError, LookupError):
            return None

    def _open(self):
        data = np.load(self.path, mmap_mode="r")
        with np.load(self.table) as table:
            return data, [table[name] for name in MEASURED_COLUMNS]
