"""Data sets on disk that are written run by run, so that a killed run can continue.

Until it is complete, the data set has the name of `out` with ".partial" appended. A journal beside
it has a header and one line for each run that is in the data set; runs without a line are drawn
again. The lattices of a run are on the disk before its line is written, and the data set gets its
own name last.
"""

import errno
import json
import math
import os
import shutil
from abc import ABC, abstractmethod

import numpy as np

from .._files import flush, flush_directory, replace
from .._validation import check_parent_directory, describe_differences
from .._version import __version__
from ..observables import energy_density, magnetization

BYTES_PER_ROW = 40  # of temperature, energy, magnetization, chain and frame
FILE_SYSTEM_BLOCK = 4096  # bytes that file sizes are rounded up to
MEASURED_COLUMNS = ("energy", "magnetization", "autocorrelation_times")


class Store(ABC):
    """A data set of lattices on disk, with its journal.

    A subclass is a file format. It writes to `self.partial`, and gives the data set the name
    `self.path` when it is complete.

    Parameters
    ----------
    path, arguments, columns, runs
        As of `open_store`.

    Attributes
    ----------
    done : dict
        The energies, magnetizations and autocorrelation times of each finished run, by number.
    """

    smaller_format = ""
    """What a user could do for a smaller file, as part of an error message."""

    def __init__(self, path, arguments, columns, runs):
        self.path, self.arguments, self.columns = path, arguments, columns
        self.n_rows_of_run = [len(run.rows) for run in runs]
        self.shape = (sum(self.n_rows_of_run), *(runs[0].lattice_size,) * 2)
        self.partial = path.with_name(path.name + ".partial")
        self.journal = path.with_name(path.name + ".journal")
        self.done = {}

    def begin(self):
        """Continue the data set if it exists, or begin a new one; errors as of `open_store`."""
        self._check_directory()
        if self.path.exists():
            self._check_arguments(self._read_arguments(), self.path)
            self.done = dict.fromkeys(range(len(self.n_rows_of_run)))
        elif self.journal.exists():
            self._resume()
        else:
            for path in self._files_of_format():
                if path.exists():
                    self._refuse(path)
            self._start()

    def write(self, run, result):
        """Write the `Result` of a run, given by number. When this returns it survives a kill."""
        self._write_lattices(result.rows[0], result.lattices)
        measured = (energy_density(result.lattices), magnetization(result.lattices))
        self.done[run] = (*(column.tolist() for column in measured), list(result.times))
        with self.journal.open("a") as journal:
            journal.write(json.dumps({"run": run, "measured": self.done[run]}) + "\n")
            flush(journal)

    def finish(self):
        """Give a complete data set its name, unless it has it, and open it.

        Returns
        -------
        data : memmap or zarr.Array of shape (n_samples, L, L), int8
        energy, magnetization : ndarray of shape (n_samples,), float64
        times : ndarray of shape (n_runs, 4), float64
        """
        if not self.path.exists():
            measured = [self.done[run] for run in range(len(self.n_rows_of_run))]
            energy, m, times = zip(*measured, strict=True)
            columns = {"energy": np.concatenate(energy), "magnetization": np.concatenate(m)}
            self._complete(self.columns | columns | {"autocorrelation_times": np.array(times)})
            flush_directory(self.path.parent)
        self.journal.unlink(missing_ok=True)
        data, columns = self._open()
        if data.shape != self.shape or data.dtype != np.int8:
            self._refuse(self.path)
        return data, *columns

    @abstractmethod
    def _files_of_format(self):
        """Return the paths, other than `path` and `journal`, that the data set writes to."""

    @abstractmethod
    def _n_bytes(self):
        """Return the largest number of bytes that the complete data set can take."""

    @abstractmethod
    def _create(self):
        """Create an empty data set at `partial`, and replace what a kill has left there."""

    @abstractmethod
    def _remove_leftovers(self):
        """Remove from `partial` what a kill may have left that later writes do not replace."""

    @abstractmethod
    def _write_lattices(self, start, lattices):
        """Write consecutive lattices, from row `start` on, and flush them to the disk."""

    @abstractmethod
    def _complete(self, columns):
        """Add `columns`, a dict of arrays, flush them, and rename `partial` to `path`."""

    @abstractmethod
    def _read_arguments(self):
        """Return the arguments of the data set at `path`, None if it is not one of `make_ising`."""

    @abstractmethod
    def _open(self):
        """Return the lattices at `path`, read-only, and a list of the `MEASURED_COLUMNS`."""

    def _resume(self):
        header, *lines = self._read_journal()
        arguments = header["arguments"] | {"skising version": header["version"]}
        self._check_arguments(arguments, self.partial, {"skising version": __version__})
        if not lines or not self.partial.exists():
            return self._start()
        self.done = {line["run"]: line["measured"] for line in lines}
        self._check_space()
        self._remove_leftovers()

    def _start(self):
        self._check_space()
        header = json.dumps({"arguments": self.arguments, "version": __version__}) + "\n"
        replace(self.journal, lambda file: file.write(header.encode()))
        self._create()
        flush_directory(self.path.parent)

    def _read_journal(self):
        """Return the lines of the journal, and cut off a last line that a kill left incomplete."""
        lines = self.journal.read_bytes().splitlines(keepends=True)
        complete = [line for line in lines if line.endswith(b"\n")]
        try:
            header, *runs = [json.loads(line) for line in complete]
            header = {key: header[key] for key in ("arguments", "version")}
        except (ValueError, LookupError, TypeError):
            self._refuse(self.journal)
        os.truncate(self.journal, sum(map(len, complete)))
        return [header, *runs]

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
            remove = [str(path), *([str(self.journal)] if path == self.partial else [])]
            raise ValueError(
                f"out={str(self.path)!r}: {str(path)!r} was made with other arguments, "
                f"{differences}. Give the same arguments or another path, or remove "
                f"{' and '.join(remove)}."
            )

    def _check_space(self):
        n_done = sum(self.n_rows_of_run[run] for run in self.done)
        needed = math.ceil((1 - n_done / self.shape[0]) * self._n_bytes())
        free = shutil.disk_usage(self.path.parent).free
        if needed > free:
            raise OSError(
                errno.ENOSPC,
                f"out={str(self.path)!r} needs {_in_units(needed)} for {self.shape[0]} lattices of "
                f"{self.shape[1]} x {self.shape[2]} sites, but only {_in_units(free)} are free. "
                f"Give a path on a larger disk, {self.smaller_format}or ask for fewer samples.",
            )

    def _refuse(self, path):
        raise FileExistsError(
            f"out={str(self.path)!r}: {str(path)!r} exists and is not part of a data set that "
            "make_ising has written there. Give another path, or move it away."
        )


def _in_short(value):
    if isinstance(value, list) and len(value) > 4:
        return f"[{value[0]:g}, ..., {value[-1]:g}] ({len(value)} values)"
    return repr(value)


def _in_units(n_bytes):
    return f"{n_bytes / 1e9:.3g} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.3g} MB"
