"""Lattices -> a file, run by run, so that what was killed goes on where it was.

Until it is complete the data set has the name of `out` and ".partial", beside which a journal has a
line for each run of chains that is in it: what is not in the journal is not trusted. The lattices
of a run reach the disk before its line does, and the file gets its own name last.
"""

import errno
import json
import math
import os
import shutil
from pathlib import Path

import numpy as np

from .._version import __version__
from ..observables import energy_density, magnetization

_CHUNK_SITES = 1 << 20  # of a zarr chunk, as is read for a single lattice
_BITS_PER_SPIN = 1.1  # of zarr at most: random lattices take 0.95, ordered ones 0.04
_BYTES_PER_ROW = 40  # of temperature, energy, magnetization, chain and frame
_MEASURED = ("energy", "magnetization", "autocorrelation_times")
_FILE_BLOCK = 4096  # what a file system rounds the size of a file up to


def open_store(out, arguments, columns, runs):
    """Open the data set at `out`: finished, begun by an earlier run, or new.

    Parameters
    ----------
    out : str or path
        Its suffix, .npy or .zarr, says the format.
    arguments : dict of what JSON can hold
        All that the lattices depend on. An existing data set must have been made with the same.
    columns : dict of ndarray, each of shape (n_samples,)
        What is known of each row: temperature, chain and frame.
    runs : list of Run
        What is written at a time; the rows of one are together.

    Returns
    -------
    store : NpyStore or ZarrStore

    Raises
    ------
    TypeError
        If `out` is no path.
    ValueError
        If its suffix is another, or an existing data set was made with other arguments.
    FileExistsError
        If something else has its name, or that of a file beside it.
    FileNotFoundError, PermissionError
        If its directory does not exist, or cannot be written.
    OSError
        If the disk has too little space.
    ImportError
        If it is to be zarr, which is not installed.
    """
    if not isinstance(out, (str, os.PathLike)):
        raise TypeError(
            "out must be a path that ends in .npy or .zarr, or None; got "
            f"{out!r} of type {type(out).__name__}."
        )
    path = Path(out)
    if path.suffix not in _FORMATS:
        raise ValueError(
            f"out must end in .npy (a memory-mapped array) or .zarr (compressed); got {str(out)!r}."
        )
    store = _FORMATS[path.suffix](path, arguments, columns, runs)
    store._begin()
    return store


class _Store:
    """What both formats share: the journal, and who may write what when."""

    def __init__(self, path, arguments, columns, runs):
        self.path, self.arguments, self.columns = path, arguments, columns
        self.n_rows_of_run = [len(run.rows) for run in runs]
        self.shape = (sum(self.n_rows_of_run), *(runs[0].lattice_size,) * 2)
        self.partial = path.with_name(path.name + ".partial")
        self.journal = path.with_name(path.name + ".journal")
        self.done = {}  # of each run that is written: energies, magnetizations, tau

    def write(self, run, result):
        """Write the `Result` of a run, given by number; from its return on it is safe."""
        self._write(result.rows[0], result.lattices)
        measured = (energy_density(result.lattices), magnetization(result.lattices))
        self.done[run] = (*(series.tolist() for series in measured), list(result.times))
        with self.journal.open("a") as journal:
            journal.write(json.dumps({"run": run, "measured": self.done[run]}) + "\n")
            _flush(journal)

    def finish(self):
        """Give the data set its name if it has not, and open it.

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
            self._finish(self.columns | columns | {"autocorrelation_times": np.array(times)})
            _flush_directory(self.path.parent)
        self.journal.unlink(missing_ok=True)
        return self._open()

    def _begin(self):
        self._check_directory()
        if self.path.exists():
            self._check_arguments(self._arguments_of_file(), self.path)
            self.done = dict.fromkeys(range(len(self.n_rows_of_run)))
        elif self.journal.exists():
            self._resume()
        else:
            self._refuse_foreign(*self._other_files())
            self._start()

    def _resume(self):
        header, *lines = self._read_journal()
        arguments = header["arguments"] | {"skising version": header["version"]}
        self._check_arguments(arguments, self.partial, {"skising version": __version__})
        if not lines or not self.partial.exists():
            return self._start()
        self.done = {line["run"]: line["measured"] for line in lines}
        self._check_space()
        self._clean()

    def _start(self):
        self._check_space()
        # A kill in the midst of this leaves a journal or none, never half of one.
        new = self.journal.with_name(self.journal.name + ".new")
        with new.open("w") as journal:
            header = {"arguments": self.arguments, "version": __version__}
            journal.write(json.dumps(header) + "\n")
            _flush(journal)
        new.replace(self.journal)
        self._create()
        _flush_directory(self.path.parent)

    def _read_journal(self):
        """Return the lines of the journal, without one that a kill left incomplete."""
        lines = self.journal.read_bytes().splitlines(keepends=True)
        complete = [line for line in lines if line.endswith(b"\n")]
        try:
            header, *runs = [json.loads(line) for line in complete]
            header = {key: header[key] for key in ("arguments", "version")}
        except (ValueError, LookupError, TypeError):
            self._refuse_foreign(self.journal)
        os.truncate(self.journal, sum(map(len, complete)))
        return [header, *runs]

    def _check_directory(self):
        parent = self.path.parent
        if not parent.is_dir():
            raise FileNotFoundError(
                f"out={str(self.path)!r}: the directory {str(parent)!r} does not exist. Create it, "
                "or give another path."
            )
        if not self.path.exists() and not os.access(parent, os.W_OK):
            raise PermissionError(
                f"out={str(self.path)!r}: the directory {str(parent)!r} cannot be written. Give a "
                "path where you may write."
            )

    def _refuse_foreign(self, *paths):
        for path in paths:
            if path.exists():
                raise FileExistsError(
                    f"out={str(self.path)!r}: {str(path)!r} exists and is no part of a "
                    "data set that make_ising has written there. Give another path, or move it "
                    "away."
                )

    def _check_arguments(self, there, path, here=None):
        here = self.arguments | (here or {})
        if not isinstance(there, dict):
            self._refuse_foreign(path)
        differences = [
            f"{name}={_short(there.get(name))} there and {_short(here.get(name))} here"
            for name in sorted(here.keys() | there.keys())
            if here.get(name) != there.get(name)
        ]
        if differences:
            remove = [str(path), *([str(self.journal)] if path == self.partial else [])]
            raise ValueError(
                f"out={str(self.path)!r}: {str(path)!r} is of a run with other arguments, "
                f"{'; '.join(differences)}. Give the same arguments or another path, or remove "
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
                f"{self.shape[1]} x {self.shape[2]} sites, where {_in_units(free)} are free. Give "
                f"a path on a larger disk, {self._smaller}or ask for fewer samples.",
            )

    def _refuse_shape(self, data):
        if data.shape != self.shape or data.dtype != np.int8:
            self._refuse_foreign(self.path)


class NpyStore(_Store):
    """lattices.npy, for `np.load(mmap_mode="r")`, and the columns in lattices.npz beside it."""

    _smaller = "write .zarr, which takes an eighth, "

    def _other_files(self):
        return self.partial, self.path.with_suffix(".npz")

    def _n_bytes(self):
        return math.prod(self.shape) + self.shape[0] * _BYTES_PER_ROW + _FILE_BLOCK

    def _create(self):
        np.lib.format.open_memmap(self.partial, "w+", np.int8, self.shape)

    def _clean(self):
        """Do nothing: what a kill has left in rows that are not in the journal is overwritten."""

    def _write(self, start, lattices):
        offset = np.load(self.partial, mmap_mode="r").offset
        # Not through the memory map, where a full disk is a signal and not an OSError.
        with self.partial.open("r+b") as file:
            file.seek(offset + int(start) * lattices[0].nbytes)
            file.write(lattices)
            _flush(file)

    def _finish(self, columns):
        table = self.path.with_suffix(".npz")
        new = table.with_name(table.name + ".partial")
        with new.open("wb") as file:
            np.savez(file, **columns, arguments=json.dumps(self.arguments))
            _flush(file)
        new.replace(table)
        self.partial.replace(self.path)

    def _arguments_of_file(self):
        try:
            with np.load(self.path.with_suffix(".npz")) as table:
                return json.loads(str(table["arguments"]))
        except (OSError, ValueError, LookupError):
            return None

    def _open(self):
        data = np.load(self.path, mmap_mode="r")
        self._refuse_shape(data)
        with np.load(self.path.with_suffix(".npz")) as table:
            return data, *(table[name] for name in _MEASURED)


class ZarrStore(_Store):
    """lattices.zarr, a group of the arrays data, temperature, energy, ... ."""

    _smaller = ""

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
        self._n_rows = min(self.shape[0], max(1, _CHUNK_SITES // math.prod(self.shape[1:])))

    def _other_files(self):
        return (self.partial,)

    def _n_bytes(self):
        n_files = math.ceil(self.shape[0] / self._n_rows) + 16
        spins = math.ceil(math.prod(self.shape) * _BITS_PER_SPIN / 8)
        return spins + self.shape[0] * _BYTES_PER_ROW + n_files * _FILE_BLOCK

    def _create(self):
        if self.partial.exists():
            shutil.rmtree(self.partial)
        group = self._zarr.create_group(self.partial, attributes={"arguments": self.arguments})
        group.create_array(
            "data",
            shape=self.shape,
            dtype=np.int8,
            chunks=(self._n_rows, *self.shape[1:]),
            # Each bit of the spins by itself: seven of the eight are then equal, and cost nothing.
            compressors=self._zarr.codecs.BloscCodec(
                cname="zstd", clevel=3, shuffle=self._zarr.codecs.BloscShuffle.bitshuffle
            ),
            chunk_key_encoding={"name": "default", "separator": "."},
            dimension_names=("sample", "row", "column"),
        )

    def _clean(self):
        # zarr writes beside a chunk and renames; what a kill has left of that is no part of it.
        for path in self.partial.rglob("*.partial"):
            path.unlink()

    def _write(self, start, lattices):
        stop = start + len(lattices)
        self._zarr.open_group(self.partial, mode="r+")["data"][start:stop] = lattices
        chunks = range(start // self._n_rows, (stop - 1) // self._n_rows + 1)
        self._flush_files(self.partial / "data" / f"c.{chunk}.0.0" for chunk in chunks)

    def _finish(self, columns):
        group = self._zarr.open_group(self.partial, mode="r+")
        for name, column in columns.items():
            group.create_array(name, data=column, overwrite=True)
            self._flush_files(path for path in (self.partial / name).rglob("*") if path.is_file())
        self.partial.rename(self.path)

    @staticmethod
    def _flush_files(paths):
        for path in paths:
            with path.open("r+b") as file:
                _flush(file)

    def _arguments_of_file(self):
        try:
            return self._zarr.open_group(self.path, mode="r").attrs["arguments"]
        except (OSError, ValueError, LookupError):
            return None

    def _open(self):
        group = self._zarr.open_group(self.path, mode="r")
        self._refuse_shape(group["data"])
        return group["data"], *(group[name][:] for name in _MEASURED)


_FORMATS = {".npy": NpyStore, ".zarr": ZarrStore}


def _flush(file):
    file.flush()
    os.fsync(file.fileno())


def _flush_directory(path):
    """Make the names in a directory as durable as the files."""
    if os.name == "posix":
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _short(value):
    if isinstance(value, list) and len(value) > 4:
        return f"[{value[0]:g}, ..., {value[-1]:g}] ({len(value)} values)"
    return repr(value)


def _in_units(n_bytes):
    return f"{n_bytes / 1e9:.3g} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.3g} MB"
