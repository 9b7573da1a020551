"""Files that survive a kill: atomic replacement, and flushing to the disk."""

import errno
import os
import secrets
import stat
from itertools import count
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


def replace(path, write):
    """Replace a file in one step by a new one that `write(file)` fills.

    If anything fails before that step, the old file stays as it is. As with `open`, a new file has
    the mode that the umask allows, and an old one keeps its mode. A symbolic link stays, and the
    file that it points to is replaced.

    Until it is complete, the new file has the name ".NAME.0.partial" in the same directory; of
    several writers at the same time, the second has ".NAME.1.partial". A kill leaves that file, and
    the next writer removes it. A file system without locks cannot tell a leftover from the file of
    another writer. There the name is unique, and a leftover stays.

    Parameters
    ----------
    path : Path
    write : callable
        Takes a file that is open for writing bytes.

    Raises
    ------
    OSError
        If the file cannot be written, or there is something else than a regular file.
    """
    target = Path(os.path.realpath(path))
    try:
        mode = _mode_of_writable(target)
        partial, descriptor = _create_partial(target)
    except OSError as error:
        # The user does not know the name of the new file.
        raise OSError(error.errno, error.strerror, str(path)) from error
    with open(descriptor, "wb") as file:
        try:
            if mode is not None:
                partial.chmod(mode)
            write(file)
            flush(file)
            if fcntl is None:
                file.close()  # Windows renames only closed files
            os.replace(partial, target)
        except BaseException:
            if fcntl is None:
                file.close()
            # The lock ends with the close, after which another writer may have this name.
            partial.unlink(missing_ok=True)
            raise


def _mode_of_writable(target):
    """Return the mode of a file that may be replaced, or None if there is no file."""
    try:
        mode = os.lstat(target).st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "There is something else than a regular file")
    if not os.access(target, os.W_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))
    return stat.S_IMODE(mode)


class _NoLocks(Exception):
    """The platform or the file system has no locks."""


def _create_partial(target):
    """Create a file beside `target` that no other writer uses.

    Returns
    -------
    partial : Path
    descriptor : int
        Open for writing. It holds a lock if there are locks.
    """
    stem = target.name[:60]  # files that share it are told apart by their locks
    try:
        for k in count():
            partial = target.with_name(f".{stem}.{k}.partial")
            descriptor = _create_locked(partial)
            if descriptor is not None:
                return partial, descriptor
    except _NoLocks:
        partial = target.with_name(f".{stem}.{secrets.token_hex(8)}.partial")
        return partial, _create(partial)


def _create_locked(partial):
    """Return the descriptor of a new file, or None if another writer uses the name."""
    while True:
        try:
            descriptor = _create(partial)
        except FileExistsError:
            if _remove_leftover(partial):
                continue
            return None
        try:
            if _lock(descriptor) and _is_open(partial, descriptor):
                return descriptor
        except _NoLocks:
            os.close(descriptor)
            partial.unlink(missing_ok=True)
            raise
        os.close(descriptor)  # another writer has removed it before it had a lock


def _create(partial):
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    return os.open(partial, flags, 0o666)


def _remove_leftover(partial):
    """Remove a file that no writer has locked; return whether its name may be free."""
    flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(partial, flags)
    except FileNotFoundError:
        return True
    except OSError:
        return False  # of another user, or no regular file
    try:
        if not _lock(descriptor):
            return False
        if _is_open(partial, descriptor):
            partial.unlink()
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _lock(descriptor):
    """Lock an open file; return False if another writer has locked it."""
    if fcntl is None:
        raise _NoLocks
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise _NoLocks from error
    return True


def _is_open(path, descriptor):
    """Return whether a path, which others may rename or remove, is still that of an open file."""
    try:
        return os.path.samestat(os.lstat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


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
