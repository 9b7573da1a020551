"""Files that are whole or not there."""

import os
import tempfile


def replace(path, write):
    """Let `write(file)` fill a file beside `path`, and put it there in one step.

    Whatever goes wrong on the way, the old file survives.
    """
    handle, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        os.unlink(partial)
        raise
