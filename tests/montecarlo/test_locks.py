"""Two processes at one data set: the second is refused, and a lock that a kill left is replaced."""

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from data_sets import FORMATS, PARAMETERS, contents

from skising import make_ising
from skising.montecarlo import _lock
from skising.montecarlo._lock import locked

# Forked children start to write at the same moment. In every second round the one that holds the
# lock waits until the other has ended, so that both are there at once however busy the machine is.
TWO_AT_ONCE = """
import json, os, sys
from contextlib import contextmanager
from pathlib import Path
import zarr
from skising import make_ising
from skising.montecarlo import _store, _zarr_store

directory, suffix, n_rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
parameters = json.loads(sys.argv[4])
_zarr_store._SITES_PER_CHUNK = 3 * 12 * 12
make_ising(**parameters)  # compiles before the first fork

def locked_until_the_other_ends(ended, locked=_store.locked):
    @contextmanager
    def enter(path, what):
        with locked(path, what):
            os.read(ended, 1)
            yield
    return enter

for k in range(n_rounds):
    out = Path(directory, str(k), "X" + suffix)
    out.parent.mkdir()
    start, ended, children = os.pipe(), os.pipe(), []
    for seed in (1, 2):
        child = os.fork()
        if child == 0:
            os.close(start[1])
            os.close(ended[1])
            if k % 2:
                _store.locked = locked_until_the_other_ends(ended[0])
            os.read(start[0], 1)
            try:
                make_ising(**parameters | {"random_state": seed}, out=out)
            except BlockingIOError as error:
                assert "is writing the data set. Wait until it ends" in str(error), error
                os._exit(10)
            except ValueError as error:
                assert "made with other arguments" in str(error), error
                os._exit(20)
            os._exit(seed)
        children.append(child)
    os.close(start[0])
    os.close(start[1])
    codes = [os.waitstatus_to_exitcode(os.wait()[1])]
    os.close(ended[1])
    codes.append(os.waitstatus_to_exitcode(os.wait()[1]))
    os.close(ended[0])
    print(*codes, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.usefixtures("small_chunks")
def test_of_two_processes_at_once_one_writes_and_the_other_is_refused(suffix, tmp_path):
    wholes = {}
    for seed in (1, 2):
        whole = tmp_path / f"whole{seed}"
        whole.mkdir()
        make_ising(**PARAMETERS | {"random_state": seed}, out=whole / f"X{suffix}")
        wholes[seed] = contents(whole)
    arguments = [str(tmp_path), suffix, "8", json.dumps(PARAMETERS)]
    command = [sys.executable, "-W", "ignore", "-c", TWO_AT_ONCE, *arguments]
    printed = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=120
    ).stdout
    codes = [sorted(map(int, line.split())) for line in printed.splitlines()]
    assert len(codes) == 8
    for k, (writer, refused) in enumerate(codes):
        assert contents(tmp_path / str(k)) == wholes[writer]
        # In the other rounds the second may start after the end of the first, and then finds other
        # arguments.
        assert refused == 10 or (k % 2 == 0 and refused == 20)


def test_a_second_thread_is_refused_at_once(tmp_path):
    started = threading.Event()
    with locked(tmp_path / "lock", "out='X'"), ThreadPoolExecutor() as pool:
        attempt = pool.submit(enter, tmp_path / "lock", started)
        message = rf"out='X': process {os.getpid()} on this host, .*, is writing the data set. Wait"
        with pytest.raises(BlockingIOError, match=message):
            attempt.result()
    assert not started.is_set()
    enter(tmp_path / "lock", started)
    assert started.is_set()
    assert list(tmp_path.iterdir()) == []


def enter(path, event):
    with locked(path, "out='X'"):
        event.set()


@pytest.fixture(scope="module")
def text_of_killed(tmp_path_factory):
    """Return the text of a lock that a killed process has left."""
    path = tmp_path_factory.mktemp("killed") / "lock"
    code = f"""
import os, signal
from pathlib import Path
from skising.montecarlo._lock import locked
with locked(Path({str(path)!r}), ""):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    return path.read_text()


@pytest.fixture
def left_lock(text_of_killed, tmp_path):
    """Return the path of a lock that a killed process has left, and what it holds."""
    path = tmp_path / "lock"
    path.write_text(text_of_killed)
    return path, json.loads(text_of_killed)


def test_a_lock_that_a_kill_left_is_replaced(left_lock):
    path, left = left_lock
    with locked(path, ""):
        assert json.loads(path.read_text())["pid"] == os.getpid() != left["pid"]
    assert list(path.parent.iterdir()) == []


def test_a_lock_of_a_zombie_is_replaced(tmp_path):
    child = os.fork()
    if child == 0:
        _lock._create(tmp_path / "lock", _lock._identity(os.getpid()) | {"call": "1"})
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    os.kill(child, 0)  # the process still has its number
    with locked(tmp_path / "lock", ""):
        pass
    os.waitpid(child, 0)


@pytest.mark.parametrize(
    "changed", [{"started": "1", "pid": os.getpid()}, {"boot": "before", "pid": os.getpid()}]
)
def test_a_number_of_a_process_that_is_used_again_does_not_keep_the_lock(changed, left_lock):
    path, left = left_lock
    path.write_text(json.dumps(left | changed))
    with locked(path, ""):
        assert json.loads(path.read_text())["pid"] == os.getpid()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"host": "far"}, "process .* on the host far is writing .* not run any more, remove .*k"),
        ({"machine": "other"}, "process .* on the host .* or was killed there.* remove .*lock"),
        ({"namespace": "pid:[1]"}, "in another container on this host, .* remove .*lock"),
        (None, "lock exists and names no process. .* remove .*lock"),
    ],
)
def test_a_lock_whose_process_cannot_be_seen_stays_until_it_is_removed(changed, message, left_lock):
    path, left = left_lock
    path.write_text(json.dumps(left | changed) if changed else "")
    before = contents(path.parent)
    with pytest.raises(BlockingIOError, match="out='X': .*" + message), locked(path, "out='X'"):
        pass
    assert contents(path.parent) == before
    path.unlink()
    with locked(path, ""):
        pass


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_error_releases_the_lock(error, tmp_path):
    with pytest.raises(error), locked(tmp_path / "lock", ""):
        raise error
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_ctrl_c_left_in_this_process_is_replaced(tmp_path, monkeypatch):
    def interrupt(path):
        raise KeyboardInterrupt

    with (
        monkeypatch.context() as patch,
        pytest.raises(KeyboardInterrupt),
        locked(tmp_path / "lock", ""),
    ):
        patch.setattr(_lock, "_read", interrupt)
    assert (tmp_path / "lock").exists()
    with locked(tmp_path / "lock", ""):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_leaves_no_lock(tmp_path, monkeypatch):
    def fail(file):
        raise OSError("full")

    monkeypatch.setattr(_lock, "flush", fail)
    with pytest.raises(OSError, match="full"), locked(tmp_path / "lock", ""):
        pass
    assert list(tmp_path.iterdir()) == []


# Many processes find a lock that a kill has left, and take it over at the same moment.
TAKE_OVER = """
import os, sys, time
from pathlib import Path
from skising.montecarlo._lock import locked

path, n_rounds, n_processes = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
left = path.read_text()
for k in range(n_rounds):
    path.write_text(left)
    (here, there), children = os.pipe(), []
    for _ in range(n_processes):
        child = os.fork()
        if child == 0:
            os.close(there)
            os.read(here, 1)
            try:
                with locked(path, ""):
                    inside = os.open(path.with_name("inside"), os.O_CREAT | os.O_EXCL)
                    time.sleep(0.02)
                    os.unlink(path.with_name("inside"))
            except BlockingIOError:
                os._exit(1)
            os._exit(0)
        children.append(child)
    os.close(here)
    os.close(there)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    print(codes.count(0), codes.count(1), flush=True)
"""


@pytest.mark.slow
def test_of_many_processes_never_two_hold_a_lock_that_a_kill_left(left_lock):
    path, _ = left_lock
    command = [sys.executable, "-c", TAKE_OVER, str(path), "15", "6"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    counts = np.array([line.split() for line in printed.splitlines()], int)
    assert counts.shape == (15, 2)
    # A process that met another one inside has failed otherwise.
    assert (counts.sum(axis=1) == 6).all()
    assert (counts[:, 0] >= 1).any()
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_finished_data_set_is_read_while_a_lock_lies_beside_it(suffix, left_lock, monkeypatch):
    path, _ = left_lock
    out = path.parent / f"X{suffix}"
    make_ising(**PARAMETERS, out=out)
    lock = path.rename(out.with_name(out.name + ".lock"))
    with monkeypatch.context() as patch:
        # The superuser can write every directory, so that a read-only one would test nothing.
        patch.setattr("os.access", lambda *_: False)
        make_ising(**PARAMETERS, out=out)
    assert lock.exists()
    make_ising(**PARAMETERS, out=out)
    assert not lock.exists()
