"""Files that survive a kill: atomic replacement, and flushing to the disk."""

import os
import tempfile
from pathlib import Path


def replace(path, write, partial=None):
    """Replace a file in one step by a new one that `write(file)` fills.

    If anything fails before that step, the old file stays as it is.

    Parameters
    ----------
    path : Path
    write : callable
        Takes a file that is open for writing bytes.
    partial : Path, default=None
        Name of the new file until it is complete, in the same directory. A fixed name, for a file
        that only one process writes, makes a later call overwrite what a kill has left. None is a
        unique name.
    """
    target = partial
    if partial is None:
        target, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(target, "wb") as file:
            write(file)
            flush(file)
        os.replace(partial, path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def flush(file):
    """Write the buffers of an open file to the disk."""
    file.flush()
    os.fsync(file.fileno())


def flush_directory(path):
    """Write the names in a directory to the disk, so that new and renamed files survive a crash."""
    if os.name == "posix":
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
