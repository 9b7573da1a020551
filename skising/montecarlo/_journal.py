"""The journal of a data set: its arguments, and a line for each run that is in the data set."""

import json
import os
import zlib

import numpy as np

from .._files import flush, replace
from .._version import __version__

_N_TIMES = 4


class Journal:
    """A file with a header and one line for each finished run.

    Parameters
    ----------
    path : Path
    n_rows_of_run : list of int
        The number of lattices of each run.
    """

    def __init__(self, path, n_rows_of_run):
        self.path, self._n_rows_of_run = path, n_rows_of_run

    def start(self, arguments):
        """Begin a new journal, and replace an old one."""
        header = json.dumps({"arguments": arguments, "version": __version__}) + "\n"
        replace(
            self.path,
            lambda file: file.write(header.encode()),
        )

    def append(self, run, measured):
        """Add a line for a run, given by number, and the arrays of what was measured in it.

        When this returns it survives a kill.
        """
        measured = [column.tolist() for column in measured]
        entry = {"run": run, "measured": measured, "checksum": _checksum(run, measured)}
        with self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")
            flush(file)

    def read(self):
        """Read the journal, and cut off a last line that a kill left incomplete.

        Returns
        -------
        arguments : dict
        version : str
        done : dict
            The arrays of what was measured in each finished run, by number. Runs whose line is
            damaged are missing.

        Raises
        ------
        ValueError
            If the file does not begin with the header of a journal.
        """
        lines = self.path.read_bytes().splitlines(keepends=True)
        complete = [line for line in lines if line.endswith(b"\n")]
        header = json.loads(complete[0]) if complete else None
        if not (
            isinstance(header, dict)
            and header.keys() == {"arguments", "version"}
            and isinstance(header["arguments"], dict)
        ):
            raise ValueError("it does not begin with a header")
        os.truncate(self.path, sum(map(len, complete)))
        done = dict(filter(None, map(self._read_line, complete[1:])))
        return header["arguments"], header["version"], done

    def _read_line(self, line):
        """Return a run and what was measured in it, or None if the line is damaged."""
        try:
            entry = json.loads(line)
            run, measured = entry["run"], entry["measured"]
            checksum = _checksum(run, measured)
            columns = [np.array(column, np.float64) for column in measured]
            lengths = [len(column) for column in columns]
            expected = [self._n_rows_of_run[run]] * 2 + [_N_TIMES]
        except (ValueError, LookupError, TypeError):
            return None
        # Earlier versions wrote no checksum.
        is_whole = (
            entry.keys() - {"checksum"} == {"run", "measured"}
            and entry.get("checksum", checksum) == checksum
            and run >= 0
            and lengths == expected
        )
        return (run, columns) if is_whole else None


def _checksum(run, measured):
    return zlib.crc32(json.dumps([run, measured]).encode())
