"""Lattices in memory."""

import numpy as np

from ._destination import Destination, measured_bits, unpacked


class Memory(Destination):
    """The lattices of runs in one array.

    Parameters
    ----------
    runs : list of Run
    has_measurements : bool, default=True
        Whether workers measure energy and order.

    Attributes
    ----------
    lattices : ndarray of shape (n_rows, L, L)
        From `begin` on.
    """

    n_files = 0

    def __init__(self, runs, has_measurements=True):
        self._runs, self.model = runs, runs[0].model
        self.encode = measured_bits if has_measurements else _bits
        n_rows, size = sum(len(run.rows) for run in runs), runs[0].lattice_size
        self._shape = (n_rows, size, size)
        self._measured = [np.empty(n_rows) for _ in range(2 * has_measurements)]
        self._times = [None] * len(runs)

    @property
    def n_bytes(self):
        n_rows, size, _ = self._shape
        return n_rows * size**2 * np.dtype(self.model.dtype).itemsize

    def seconds_to_encode(self, run):
        return super().seconds_to_encode(run) if self._measured else 0.0

    def seconds_to_store(self, run):
        return 0.5e-9 * len(run.rows) * run.lattice_size**2 * self.model.n_bits

    def begin(self):
        """Allocate the array.

        Raises
        ------
        MemoryError
            If there is less memory than the lattices take.
        """
        try:
            self.lattices = np.empty(self._shape, self.model.dtype)
        except (MemoryError, ValueError) as error:
            # ValueError: the number of bytes does not fit into 64 bits.
            n_rows, size, _ = self._shape
            raise MemoryError(
                f"{n_rows} lattices of lattice_size={size} take {self.n_bytes // 10**9} GB of "
                "memory, more than there is. Ask for fewer or smaller ones, or have "
                f"{self.model.function} write them to a file: out."
            ) from error

    def write(self, k, lattices, measured):
        rows, start = np.sort(self._runs[k].rows), 0
        for piece in unpacked(self.model, lattices, self._runs[k].lattice_size):
            self.lattices[rows[start : start + len(piece)]] = piece
            start += len(piece)
        *columns, self._times[k] = measured
        for values, column in zip(self._measured, columns, strict=True):
            values[rows] = column

    def finish(self):
        return self.lattices, *self._measured, np.array(self._times)


def _bits(run, packed):
    """Return packed lattices as they are, without measurements."""
    return packed, []
