"""Data sets whose run was killed: what continues, and what is drawn again."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from data_sets import FORMATS, PARAMETERS, contents

from skising import make_ising
from skising.montecarlo import _zarr_store

KILLED_RUNS = """
import json, os, signal, sys, time
from pathlib import Path
import zarr
from skising import make_ising
from skising.montecarlo import _parallel, _zarr_store

directory, name, mode = sys.argv[1:4]
parameters, moments, _zarr_store._MOST_FILES = map(json.loads, sys.argv[4:])
_zarr_store._SITES_PER_CHUNK = 3 * 12 * 12
make_ising(**parameters)  # compiles before the first fork


def kill_at_event(n):
    # Python calls an audit hook before it opens, creates, renames or removes a file.
    def count(event, arguments, seen=[0]):
        if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.truncate"):
            if str(arguments[0]).startswith(directory):
                seen[0] += 1
                if seen[0] == n:
                    os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def run(out, event=None, delay=None, count=None):
    child = os.fork()
    if child == 0:
        drawn, run_to_bits = [], _parallel._run_to_bits
        _parallel._run_to_bits = lambda k, *p: drawn.append(k) or run_to_bits(k, *p)
        if event is not None:
            kill_at_event(event)
        make_ising(**parameters, out=out)
        os._exit(len(drawn))
    if delay is not None:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def n_journaled(out):
    journal = Path(out + ".journal")
    return max(0, journal.read_bytes().count(b"\\n") - 1) if journal.exists() else 0


for moment in moments:
    out = os.path.join(directory, str(moment) if mode == "event" else "", name)
    os.makedirs(os.path.dirname(out), exist_ok=True)
    code = run(out, **{mode: moment})
    print(code, n_journaled(out), int(os.path.exists(out)), end=" ")
    print(run(out) if mode == "event" else 0, flush=True)
    if mode == "delay" and os.path.exists(out):
        run(out)  # removes the lock, if the kill has left it
        break
"""


def run_killed(directory, name, mode, moments, parameters):
    """Kill `make_ising` at each moment: the number of a file operation, or a delay in seconds.

    Returns, for each moment: the exit code; the number of runs in the journal; whether the file has
    its final name; and, for file operations, how many runs are drawn when it is called again.
    """
    arguments = map(json.dumps, (parameters, moments, _zarr_store._MOST_FILES))
    command = [sys.executable, "-W", "ignore", "-c", KILLED_RUNS]
    command += [str(directory), name, mode, *arguments]
    process = subprocess.run(command, check=True, capture_output=True, text=True)
    return [tuple(map(int, line.split())) for line in process.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("suffix", "moments"), [(".npy", range(1, 46)), (".zarr", range(1, 330, 7))]
)
@pytest.mark.usefixtures("small_chunks")
def test_a_run_killed_at_any_file_operation_continues(suffix, moments, tmp_path):
    runs = assert_killed_runs_continue(suffix, moments, tmp_path)
    n_killed = sum(code == -9 for code, *_ in runs)
    # The last moments are after the end, so that every file operation is covered.
    assert 20 < n_killed < len(runs)
    assert {n_done for _, n_done, *_ in runs} == set(range(9))


@pytest.mark.usefixtures("small_shards")
@pytest.mark.slow
def test_a_run_killed_while_it_writes_shards_continues(tmp_path):
    runs = assert_killed_runs_continue(".zarr", range(60, 180, 24), tmp_path)
    assert sum(code == -9 for code, *_ in runs) > 2


def assert_killed_runs_continue(suffix, moments, tmp_path):
    """Assert that runs that are killed continue, and return what `run_killed` returns."""
    whole, name = tmp_path / "whole", f"X{suffix}"
    whole.mkdir()
    make_ising(**PARAMETERS, out=whole / name)
    (tmp_path / "killed").mkdir()
    runs = run_killed(tmp_path / "killed", name, "event", list(moments), PARAMETERS)
    for moment, (code, n_done, named, n_run) in zip(moments, runs, strict=True):
        if code == -9 and not named:
            assert n_run == 8 - n_done
        else:
            assert n_run == 0
        assert contents(tmp_path / "killed" / str(moment)) == contents(whole)
    return runs


@pytest.mark.slow
@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.usefixtures("small_chunks")
def test_a_run_killed_again_and_again_continues(suffix, tmp_path):
    parameters = PARAMETERS | {"thin": 300}  # a chain takes longer than a file operation
    whole, killed, name = tmp_path / "whole", tmp_path / "killed", f"X{suffix}"
    whole.mkdir()
    killed.mkdir()
    make_ising(**parameters, out=whole / name)
    delays = [0.011 * k for k in range(1, 200)]
    runs = run_killed(killed, name, "delay", delays, parameters)
    n_journaled = [n_done for _, n_done, named, _ in runs if not named]
    assert n_journaled == sorted(n_journaled)
    assert contents(killed) == contents(whole)


def test_an_incomplete_line_of_the_journal_is_ignored(unfinished):
    journal = unfinished("X.npy").with_name("X.npy.journal")
    lines = journal.read_bytes().splitlines(keepends=True)
    assert len(lines) == 4
    journal.write_bytes(b"".join(lines[:3]) + lines[3][: len(lines[3]) // 2])
    X = make_ising(**PARAMETERS, out=journal.with_suffix("")).data
    np.testing.assert_array_equal(X, make_ising(**PARAMETERS).data)


def test_rows_of_an_unfinished_run_are_overwritten(unfinished):
    path = unfinished("X.npy")
    rows = np.load(path.with_name("X.npy.partial"), mmap_mode="r+")
    rows[rows == 0] = 7
    rows.flush()
    np.testing.assert_array_equal(
        make_ising(**PARAMETERS, out=path).data, make_ising(**PARAMETERS).data
    )


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_journal_without_its_data_starts_again(suffix, unfinished):
    path = unfinished(f"X{suffix}")
    partial = path.with_name(path.name + ".partial")
    shutil.rmtree(partial) if partial.is_dir() else partial.unlink()
    np.testing.assert_array_equal(
        make_ising(**PARAMETERS, out=path).data[:], make_ising(**PARAMETERS).data
    )
