"""Data sets on disk that are written run by run, so that a killed run can continue.

Until it is complete, the data set has the name of `out` with ".partial" appended. A journal beside
it has a header and one line for each run that is in the data set; runs without a line are drawn
again, and so are runs whose lattices on the disk do not have the energies and the magnetizations
(others: order parameters) in their line. The lattices of a run are on the disk before its line is
written, and the data set gets its own name last. A lock file beside it keeps other processes from
writing.
"""

import errno
import math
import os
import shutil
import warnings
from abc import abstractmethod
from contextlib import nullcontext

import numpy as np

from .._files import flush_directory
from .._validation import check_parent_directory, describe_differences
from .._version import __version__
from ._destination import Destination
from ._journal import Journal
from ._lock import locked

FILE_SYSTEM_BLOCK = 4096  # bytes that file sizes are rounded up to
_SECONDS_PER_ROW = 3e-6  # processor time to write what was measured to the journal


class Store(Destination):
    """A data set of lattices on disk, with its journal.

    A subclass is a file format. It writes to `self.partial`, and gives the data set the name
    `self.path` when it is complete.

    Parameters
    ----------
    path, arguments, columns, runs
        As of `choose_store`.

    Attributes
    ----------
    done : dict
        The energies, orders and autocorrelation times of each finished run, by number.
    model : Model
    """

    seconds_per_bit: float
    """Estimated processor time to write a lattice, for each site and bit of a spin."""
    seconds_per_write: float
    """Estimated processor time of a write, however small it is."""
    smaller_format = ""
    """What a user could do for a smaller file, as part of an error message."""

    def __init__(self, path, arguments, columns, runs):
        self.path, self.arguments, self.columns = path, arguments, columns
        self.n_rows_of_run = [len(run.rows) for run in runs]
        self._ends = np.cumsum(self.n_rows_of_run).tolist()
        self.shape = (sum(self.n_rows_of_run), *(runs[0].lattice_size,) * 2)
        self.model, self.dtype = runs[0].model, np.dtype(runs[0].model.dtype)
        self.measured_columns = ("energy", self.model.order, "autocorrelation_times")
        n_rows, n_runs = self.shape[0], len(runs)
        # The known columns, energy and order; four numbers for each run.
        self.bytes_of_columns = 8 * (n_rows * (len(columns) + 2) + 4 * n_runs)
        self.partial = path.with_name(path.name + ".partial")
        self.journal = Journal(path.with_name(path.name + ".journal"), self.n_rows_of_run)
        self.done = {}

    def lock(self):
        """Return a context in which no other process writes the data set.

        Raises
        ------
        FileNotFoundError, PermissionError
            If the directory does not exist, or cannot be written.
        BlockingIOError
            If another process is writing the data set.
        """
        self._check_directory()
        lock = self.path.with_name(self.path.name + ".lock")
        # A complete data set is only read, but a kill at the end of a run can leave its lock.
        if self.path.exists() and not (lock.exists() and os.access(lock.parent, os.W_OK)):
            return nullcontext()
        return locked(lock, f"out={str(self.path)!r}")

    def begin(self):
        """Continue the data set if it exists, or begin a new one, in the context of `lock`.

        Raises
        ------
        ValueError
            If an existing data set was made with other arguments.
        FileExistsError
            If a file of that name, or one beside it, is not part of a data set of this library,
            or is damaged.
        OSError
            If the disk has too little space.
        """
        if self.path.exists():
            self._check_arguments(self._read_arguments(), self.path)
            self.done = dict.fromkeys(range(len(self.n_rows_of_run)))
        elif self.journal.path.exists():
            self._resume()
        else:
            for path in self._files_of_format():
                if path.exists():
                    self._refuse(path)
            self._start()

    def write(self, k, lattices, measured):
        """Write run number `k`. When this returns it survives a kill."""
        self._write_lattices(self._rows_of_run(k)[0], lattices)
        self.done[k] = measured
        self.journal.append(k, measured)

    def finish(self):
        """Give a complete data set its name, unless it has it, and open it.

        Returns
        -------
        data : memmap or zarr.Array of shape (n_samples, L, L)
        energy, order : ndarray of shape (n_samples,), float64
        times : ndarray of shape (n_runs, 4), float64

        Raises
        ------
        FileExistsError
            If the data set is damaged.
        """
        if not self.path.exists():
            measured = [self.done[run] for run in range(len(self.n_rows_of_run))]
            energy, order, times = zip(*measured, strict=True)
            arrays = np.concatenate(energy), np.concatenate(order), np.array(times)
            columns = dict(zip(self.measured_columns, arrays, strict=True))
            self._complete(self.columns | columns)
            flush_directory(self.path.parent)
            self.partial.rename(self.path)
            flush_directory(self.path.parent)
        self.journal.path.unlink(missing_ok=True)
        try:
            data, columns = self._open()
        except Exception as error:  # there are many kinds of damage, and of errors of libraries
            self._refuse(self.path, error)
        n, n_runs = self.shape[0], len(self.n_rows_of_run)
        if data.dtype != self.dtype or [data.shape, *(column.shape for column in columns)] != [
            self.shape,
            *((n,), (n,), (n_runs, 4)),
        ]:
            self._refuse(self.path)
        return data, *columns

    @abstractmethod
    def _files_of_format(self):
        """Return the paths, other than `path` and `journal`, that the data set writes to."""

    def seconds_to_store(self, run):
        n_bits = len(run.rows) * run.lattice_size**2 * self.model.n_bits
        return (
            self.seconds_per_write
            + len(run.rows) * _SECONDS_PER_ROW
            + n_bits * self.seconds_per_bit
        )

    @abstractmethod
    def _create(self):
        """Create an empty data set at `partial`, and replace what a kill has left there."""

    @abstractmethod
    def _remove_leftovers(self):
        """Remove from `partial` what a kill may have left that later writes do not replace."""

    @abstractmethod
    def _write_lattices(self, start, lattices):
        """Write what `encode` makes of lattices, from row `start` on, and flush it to the disk."""

    @abstractmethod
    def _is_readable(self):
        """Tell whether `partial` has the form of a data set with the arguments of this one."""

    @abstractmethod
    def _read_lattices(self, start, stop):
        """Return the lattices in rows of `partial`, or None if they cannot be read.

        Remove what cannot be read and later writes would not replace.
        """

    @abstractmethod
    def _complete(self, columns):
        """Add `columns`, a dict of arrays, and flush all that is not flushed yet."""

    @abstractmethod
    def _read_arguments(self):
        """Return the arguments of the data set at `path`, None if it is not one of this library."""

    @abstractmethod
    def _open(self):
        """Return the lattices at `path`, read-only, and a list of the `measured_columns`.

        Raises
        ------
        Exception
            Of any kind, if the data set is damaged.
        """

    def _resume(self):
        try:
            arguments, version, self.done = self.journal.read()
        except ValueError as error:
            self._refuse(self.journal.path, error)
        arguments["skising version"] = version
        self._check_arguments(arguments, self.partial, {"skising version": __version__})
        if self.done and self.partial.exists():
            self._check_lattices()
        else:
            self.done = {}
        if not self.done:
            return self._start()
        self._check_space()
        self._remove_leftovers()

    def _check_lattices(self):
        """Keep in `done` the runs whose lattices are what their line in the journal says."""
        n_done = len(self.done)
        self.done = {
            run: measured
            for run, measured in (self.done if self._is_readable() else {}).items()
            if self._is_intact(*self._rows_of_run(run), measured)
        }
        if len(self.done) < n_done:
            warnings.warn(
                f"out={str(self.path)!r}: {n_done - len(self.done)} of the {n_done} finished runs "
                f"in {str(self.partial)!r} are damaged. They are drawn again.",
                stacklevel=6,
            )

    def _rows_of_run(self, k):
        return self._ends[k] - self.n_rows_of_run[k], self._ends[k]

    def _is_intact(self, start, stop, measured):
        lattices = self._read_lattices(start, stop)
        return (
            lattices is not None
            and self.model.is_lattices(lattices)
            and all(map(np.array_equal, self.model.measure(lattices), measured))
        )

    def _start(self):
        self._check_space()
        self.journal.start(self.arguments)
        # Before the partial file exists: a partial file without a journal would be refused.
        flush_directory(self.path.parent)
        self._create()
        flush_directory(self.path.parent)

    def _check_directory(self):
        check_parent_directory(self.path, "out")
        parent = self.path.parent
        if not self.path.exists() and not os.access(parent, os.W_OK):
            raise PermissionError(
                f"out={str(self.path)!r}: the directory {str(parent)!r} cannot be written. Give a "
                "path where you may write."
            )

    def _check_arguments(self, in_file, path, others=None):
        """Raise unless the data set at `path` was made with these arguments, and with `others`."""
        if not isinstance(in_file, dict):
            self._refuse(path)
        differences = describe_differences(in_file, self.arguments | (others or {}), _in_short)
        if differences:
            remove = [str(path), *([str(self.journal.path)] if path == self.partial else [])]
            raise ValueError(
                f"out={str(self.path)!r}: {str(path)!r} was made with other arguments, "
                f"{differences}. Give the same arguments or another path, or remove "
                f"{' and '.join(remove)}."
            )

    def _check_space(self):
        n_done = sum(self.n_rows_of_run[run] for run in self.done)
        needed = math.ceil((1 - n_done / self.shape[0]) * self.n_bytes)
        free = shutil.disk_usage(self.path.parent).free
        if needed > free:
            raise OSError(
                errno.ENOSPC,
                f"out={str(self.path)!r} needs {_in_units(needed)} for {self.shape[0]} lattices of "
                f"{self.shape[1]} x {self.shape[2]} sites, but only {_in_units(free)} are free. "
                f"Give a path on a larger disk, {self.smaller_format}or ask for fewer samples.",
            )

    def _refuse(self, path, cause=None):
        raise FileExistsError(
            f"out={str(self.path)!r}: {str(path)!r} exists and is not part of a data set that "
            f"{self.model.function} has written there, or is damaged"
            f"{f' ({cause})' if cause else ''}. Give another path, or move it away."
        ) from cause


def _in_short(value):
    if isinstance(value, list) and len(value) > 4:
        return f"[{value[0]:g}, ..., {value[-1]:g}] ({len(value)} values)"
    return repr(value)


def _in_units(n_bytes):
    return f"{n_bytes / 1e9:.3g} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.3g} MB"
