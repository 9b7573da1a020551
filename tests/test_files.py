"""Files are replaced whole or not at all, with the mode and at the place that `open` would give."""

import errno
import fcntl
import os
import stat
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from skising import _files
from skising._files import replace


def run(script, *arguments):
    """Run a script in a new process, and return the lines that it prints."""
    head = """
    import os, random, signal, sys, time
    from pathlib import Path
    from skising._files import replace
    path = Path(sys.argv[1])
    def content(k): return bytes([k]) * 200_000
    def write(path, k):
        # In parts, so that a kill finds an incomplete file.
        replace(path, lambda file: [file.write(content(k)[:50_000]) for _ in range(4)])
    """
    command = [sys.executable, "-c", textwrap.dedent(head) + textwrap.dedent(script)]
    process = subprocess.run([*command, *arguments], check=True, capture_output=True, text=True)
    return process.stdout.splitlines()


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o022, 0o002, 0o077])
def test_a_new_file_has_the_mode_of_open(umask, tmp_path):
    before = os.umask(umask)
    try:
        (tmp_path / "by open").write_bytes(b"x")
        replace(tmp_path / "by replace", lambda file: file.write(b"x"))
    finally:
        os.umask(before)
    assert mode(tmp_path / "by replace") == mode(tmp_path / "by open") == 0o666 & ~umask


def test_an_old_file_keeps_its_mode(tmp_path):
    (tmp_path / "X").write_bytes(b"old")
    (tmp_path / "X").chmod(0o640)
    replace(tmp_path / "X", lambda file: file.write(b"new"))
    assert mode(tmp_path / "X") == 0o640
    assert (tmp_path / "X").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["X"]


@pytest.mark.parametrize("old", [b"old", None])
def test_a_symbolic_link_stays_and_its_target_is_written(old, tmp_path):
    for name in ("data", "links"):
        (tmp_path / name).mkdir()
    target, link = tmp_path / "data" / "X", tmp_path / "links" / "Y"
    if old is not None:
        target.write_bytes(old)
    link.symlink_to("../data/X")
    replace(link, lambda file: file.write(b"new"))
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert os.listdir(target.parent) == ["X"]
    assert os.listdir(link.parent) == ["Y"]


def test_what_is_not_a_regular_file_stays(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("fifo", "loop"):
        with pytest.raises(OSError, match=rf"something else than a regular file: .*{name}'"):
            replace(tmp_path / name, lambda file: file.write(b"new"))
    assert (tmp_path / "fifo").is_fifo()
    assert (tmp_path / "loop").is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["fifo", "loop"]


def test_a_failed_write_keeps_the_old_file(tmp_path):
    (tmp_path / "X").write_bytes(b"old")
    with pytest.raises(ZeroDivisionError):
        replace(tmp_path / "X", lambda file: file.write(b"new") / 0)
    assert (tmp_path / "X").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["X"]


def test_a_full_disk_keeps_the_old_file(tmp_path):
    (tmp_path / "X").write_bytes(b"old")
    script = """
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    try:
        write(path, 1)
    except OSError as error:
        print(error.strerror)
    """
    assert run(script, tmp_path / "X") == ["File too large"]
    assert (tmp_path / "X").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["X"]


@pytest.mark.parametrize("protected", ["directory", "file"])
def test_what_may_not_be_written_stays(protected):
    # The directories of pytest are closed to other users, and root may write everywhere.
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "X"
        path.write_bytes(b"old")
        path.chmod(0o666 if protected == "directory" else 0o444)
        path.parent.chmod(0o555 if protected == "directory" else 0o777)
        script = """
        if os.getuid() == 0:
            os.setuid(65534)
        try:
            write(path, 1)
        except PermissionError as error:
            print(error.filename)
        """
        assert run(script, path) == [str(path)]
        assert path.read_bytes() == b"old"
        assert os.listdir(directory) == ["X"]


def test_a_kill_at_any_file_operation_leaves_what_the_next_writer_removes(tmp_path):
    script = """
    def kill_at_event(n, seen=[0]):
        def count(event, arguments):
            if event in ("open", "os.chmod", "os.rename", "os.remove"):
                if str(path.parent) in str(arguments[0]):
                    seen[0] += 1
                    if seen[0] == n:
                        os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(count)

    for n in range(1, 9):
        write(path, 1)
        child = os.fork()
        if child == 0:
            kill_at_event(n)
            write(path, 2)
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        whole = path.read_bytes() in (content(1), content(2))
        left = len(list(path.parent.iterdir())) - 1
        write(path, 3)
        print(code, whole, left, os.listdir(path.parent) == ["X"] and path.read_bytes()[0])
    """
    lines = run(script, tmp_path / "X")
    codes, whole, left, after = zip(*map(str.split, lines), strict=True)
    # The last moments are after the end, so that every file operation is covered.
    assert codes[:3] == ("-9",) * 3
    assert codes[-1] == "0"
    assert set(whole) == {"True"}
    assert set(left) == {"0", "1"}
    assert set(after) == {"3"}


def test_kills_at_random_moments_leave_at_most_one_file(tmp_path):
    script = """
    rng = random.Random(0)
    write(path, 0)
    for k in range(1, 33):
        child = os.fork()
        if child == 0:
            while True:
                write(path, k)
        time.sleep(rng.uniform(0, 0.02))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        data = path.read_bytes()
        print(len(data) == 200_000 and len(set(data)) == 1, len(os.listdir(path.parent)) - 1)
    write(path, 0)
    print(os.listdir(path.parent))
    """
    *lines, last = run(script, tmp_path / "X")
    assert {line.split()[0] for line in lines} == {"True"}
    assert {line.split()[1] for line in lines} <= {"0", "1"}
    assert last == "['X']"


def test_several_writers_at_the_same_time_each_write_a_whole_file(tmp_path):
    script = """
    write(path, 0)
    children = []
    for k in range(1, 5):
        children.append(os.fork())
        if children[-1] == 0:
            for _ in range(40):
                write(path, k)
            os._exit(0)
    seen = set()
    while children:
        data = path.read_bytes()
        seen.add((len(data), len(set(data))))
        done, status = os.waitpid(-1, os.WNOHANG)
        if done:
            children.remove(done)
            print(os.waitstatus_to_exitcode(status))
    print(seen, os.listdir(path.parent))
    """
    *codes, last = run(script, tmp_path / "X")
    assert codes == ["0"] * 4
    assert last == "{(200000, 1)} ['X']"


def test_names_that_others_have_taken_are_left_alone(tmp_path):
    (tmp_path / "victim").write_bytes(b"victim")
    (tmp_path / ".X.0.partial").symlink_to("victim")
    (tmp_path / ".X.1.partial").mkdir()
    os.mkfifo(tmp_path / ".X.2.partial")
    with open(tmp_path / ".X.3.partial", "wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        replace(tmp_path / "X", lambda file: file.write(b"new"))
    assert (tmp_path / "X").read_bytes() == b"new"
    assert (tmp_path / "victim").read_bytes() == b"victim"
    assert (tmp_path / ".X.0.partial").is_symlink()
    assert (tmp_path / ".X.3.partial").exists()


def test_without_locks_a_file_is_replaced_under_a_name_of_its_own(tmp_path, monkeypatch):
    def no_locks(descriptor, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    (tmp_path / ".X.0.partial").write_bytes(b"of another writer, or left by a kill")
    monkeypatch.setattr(fcntl, "flock", no_locks)
    for change in (lambda: None, lambda: monkeypatch.setattr(_files, "fcntl", None)):
        change()
        replace(tmp_path / "X", lambda file: file.write(b"new"))
        with pytest.raises(ZeroDivisionError):
            replace(tmp_path / "X", lambda file: file.write(b"other") / 0)
        assert (tmp_path / "X").read_bytes() == b"new"
        assert sorted(os.listdir(tmp_path)) == [".X.0.partial", "X"]


def test_the_longest_name_is_replaced(tmp_path):
    name = "é" * 127 + "x"  # 255 bytes
    replace(tmp_path / name, lambda file: file.write(b"new"))
    assert os.listdir(tmp_path) == [name]
