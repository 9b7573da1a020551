"""A lock file: only one process at a time writes a data set."""

import json
import os
import platform
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

from .._files import flush

_SECONDS_TO_WRITE = 0.2  # between the creation of a lock file and its text, by far
_CALLS: set[str] = set()  # the calls of `locked` in this process that hold a lock, or wait for one


@contextmanager
def locked(path, what):
    """Hold the lock file `path`, which no other process may hold.

    The file is created exclusively, as every file system allows, and says which process holds it.
    A lock file that a kill has left on this computer is replaced, and one that Ctrl-C has left in
    this process.

    Parameters
    ----------
    path : Path
    what : str
        Begins the messages of errors.

    Raises
    ------
    BlockingIOError
        If another process holds the lock, or may hold it.
    """
    me = _identity(os.getpid()) | {"call": uuid.uuid4().hex}
    _CALLS.add(me["call"])
    try:
        while not _create(path, me):
            _remove_if_left(path, what)
        try:
            yield
        finally:
            if _read(path) == me:
                path.unlink()
    finally:
        # Ctrl-C may have ended the lines above before they removed the file.
        _CALLS.discard(me["call"])


def _create(path, identity):
    """Create a lock file and return True, or return False if it exists."""
    try:
        file = path.open("x")
    except FileExistsError:
        return False
    try:
        with file:
            json.dump(identity, file)
            flush(file)
    except BaseException:
        path.unlink()
        raise
    return True


def _remove_if_left(path, what):
    """Remove a lock file whose process has ended; raise BlockingIOError otherwise."""
    owner = _read(path)
    if owner == {}:
        time.sleep(_SECONDS_TO_WRITE)
        owner = _read(path)
    if owner is None:
        return
    reason = _reason_to_keep(owner)
    if reason:
        raise BlockingIOError(f"{what}: " + reason.format(path=path, **owner))
    # Several processes may find the same file. If each removed `path`, the last one could remove
    # the new lock of the first. So one at a time looks again, and removes the file it has read.
    with locked(path.with_name(path.name + ".lock"), what):
        if _read(path) == owner:
            path.unlink()


def _read(path):
    """Return the identity in a lock file, {} if it holds none, None if there is no such file."""
    try:
        owner = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        return {}
    return owner if isinstance(owner, dict) and owner.keys() == {*_identity(0), "call"} else {}


def _reason_to_keep(owner):
    """Return why a lock has to stay, as a template, or None if its process has ended."""
    if not owner:
        return (
            "{path} exists and names no process. If no process writes the data set, remove {path}."
        )
    here = _identity(owner["pid"])
    is_same_boot = owner["boot"] == here["boot"]
    is_same_host = owner["host"] == here["host"] and owner["machine"] == here["machine"]
    if not is_same_host or not (is_same_boot or here["machine"]):
        return (
            "process {pid} on the host {host} is writing the data set, or was killed there. If it "
            "does not run any more, remove {path}."
        )
    if not is_same_boot:
        return None
    if owner["namespace"] != here["namespace"]:
        return (
            "process {pid} in another container on this host, {host}, is writing the data set, or "
            "was killed there. If it does not run any more, remove {path}."
        )
    is_mine = owner["pid"] == os.getpid() and owner["started"] == here["started"]
    if owner["call"] in _CALLS if is_mine else _is_running(owner["pid"], owner["started"]):
        return (
            "process {pid} on this host, {host}, is writing the data set. Wait until it ends, or "
            "give another path."
        )
    return None


def _identity(pid):
    """Return what identifies a process of this computer; "" is what the system does not tell.

    Numbers of processes are used again, so that the start of the process is part of its identity.
    They mean nothing in another namespace, such as that of a container.
    """
    try:
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = ""
    return {
        "host": platform.node(),
        "machine": _text("/etc/machine-id"),
        "boot": _text("/proc/sys/kernel/random/boot_id"),
        "namespace": namespace,
        "pid": pid,
        "started": _state_and_start(pid)[1],
    }


def _is_running(pid, started):
    state, start = _state_and_start(pid)
    if start and (start != started or state in "ZX"):
        return False  # another process of this number, or one that has ended as a zombie
    if os.name != "posix":
        return True  # os.kill would end the process; the message says what to do
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _state_and_start(pid):
    """Return the letter of the state of a process and its start in ticks since the boot, or ""."""
    # The name of the program, in parentheses, may contain anything.
    fields = _text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (fields[0], fields[19]) if fields else ("", "")


def _text(path):
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
