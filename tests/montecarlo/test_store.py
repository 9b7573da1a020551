"""Data sets on disk: what is in them, what a kill leaves of them, and what is refused."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
import zarr
from dask.distributed import Client, LocalCluster

from skising import make_ising
from skising.observables import energy_density

# Chains of 5 and 4 lattices in zarr chunks of 3 of them (as `small_chunks` has it).
PARAMETERS = {
    "n_samples": 35,
    "lattice_size": 12,
    "temperatures": [2.3, 1.5],
    "n_discard": 5,
    "thin": 2,
    "random_state": 0,
    "algorithm": "swendsen-wang",
}
COLUMNS = ("temperature", "energy", "magnetization", "chain", "frame")
FORMATS = [".npy", ".zarr"]


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr("skising.montecarlo._store._CHUNK_SITES", 3 * 12 * 12)


def contents(directory):
    """Return the bytes of every file below a directory."""
    files = (path for path in Path(directory).rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


def stored(path):
    """Return the data set at a path as it is read without this package."""
    if path.suffix == ".npy":
        return {"data": np.load(path, mmap_mode="r"), **np.load(path.with_suffix(".npz"))}
    return {name: array[:] for name, array in zarr.open(path, mode="r").arrays()}


# What is in a data set


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.usefixtures("small_chunks")
def test_a_data_set_on_disk_is_that_in_memory(suffix, tmp_path):
    expected, path = make_ising(**PARAMETERS), tmp_path / f"lattices{suffix}"
    for target in ("energy", "phase"):  # the second is read, and not drawn
        ising = make_ising(**PARAMETERS, target=target, out=path)
        np.testing.assert_array_equal(ising.data[:], expected.data)
        assert ising.data.dtype == np.int8
        for name in COLUMNS:
            np.testing.assert_array_equal(ising[name], expected[name])
            assert ising[name].dtype == expected[name].dtype
        np.testing.assert_array_equal(ising.target, make_ising(**PARAMETERS, target=target).target)
    found = stored(path)
    for name in ("data", *COLUMNS):
        np.testing.assert_array_equal(found[name], expected[name])
        assert found[name].dtype == expected[name].dtype
    beside = {"lattices.npy", "lattices.npz"} if suffix == ".npy" else {"lattices.zarr"}
    assert {path.name for path in tmp_path.iterdir()} == beside


@pytest.mark.parametrize(("suffix", "kind"), [(".npy", np.memmap), (".zarr", zarr.Array)])
def test_lattices_stay_on_disk_and_read_only(suffix, kind, tmp_path):
    X, y = make_ising(**PARAMETERS, out=str(tmp_path / f"X{suffix}"), return_X_y=True)
    assert isinstance(X, kind)
    assert X.shape == (35, 12, 12)
    np.testing.assert_array_equal(energy_density(X), y)
    with pytest.raises(ValueError, match="read-only"):
        X[0] = 1


def test_a_finished_data_set_is_returned_without_sampling(tmp_path, monkeypatch):
    first = make_ising(**PARAMETERS, out=tmp_path / "X.npy")
    before = contents(tmp_path)
    monkeypatch.setattr("skising.montecarlo._parallel._run_to_bits", None)
    second = make_ising(**PARAMETERS, out=tmp_path / "X.npy", n_jobs=2, verbose=1)
    np.testing.assert_array_equal(second.data, first.data)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("temperature", [1.2, 2.269, 3.6, 1e6])
@pytest.mark.parametrize("size", [64, 320])
def test_zarr_takes_about_a_bit_per_spin(temperature, size, tmp_path):
    n_samples = 2**21 // size**2
    parameters = {"n_samples": n_samples, "lattice_size": size, "temperatures": temperature}
    make_ising(**parameters, thin=1, out=tmp_path / "X.zarr", random_state=0)
    n_bytes = sum(map(len, contents(tmp_path / "X.zarr" / "data").values()))
    assert 8 * n_bytes / (n_samples * size**2) < 1.05


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.usefixtures("small_chunks")
def test_64_lattices_at_once_and_what_they_tell_come_back_too(suffix, tmp_path):
    parameters = PARAMETERS | {"algorithm": "metropolis", "n_samples": 300, "n_discard": 400}
    expected, path = make_ising(**parameters), tmp_path / f"X{suffix}"
    for _ in range(2):  # the second is read
        ising = make_ising(**parameters, out=path, n_jobs=2)
        np.testing.assert_array_equal(ising.data[:], expected.data)
        assert np.isfinite(ising.diagnostics["tau_energy"]).all()
        pd.testing.assert_frame_equal(ising.diagnostics, expected.diagnostics)


# Kills

KILLED_RUNS = """
import json, os, signal, sys, time
from pathlib import Path
import zarr
from skising import make_ising
from skising.montecarlo import _parallel, _store

directory, name, mode = sys.argv[1:4]
parameters, moments = map(json.loads, sys.argv[4:])
_store._CHUNK_SITES = 3 * 12 * 12
make_ising(**parameters)  # compiled before the first fork


def kill_at_event(n):
    # Whatever opens, makes, renames or removes a file comes by here before it happens.
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
        ran, run_chain = [], _parallel._run_to_bits
        _parallel._run_to_bits = lambda k, *p: ran.append(k) or run_chain(k, *p)
        if event is not None:
            kill_at_event(event)
        make_ising(**parameters, out=out)
        os._exit(len(ran))
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
        break
"""


def run_killed(directory, name, mode, moments, parameters):
    """Kill a run at each moment, an event's number or a delay in seconds.

    Returns, for each: the exit code; how many chains the journal has then; whether the file has its
    name; how many chains the same run draws when it is started again (for an event).
    """
    arguments = [str(directory), name, mode, json.dumps(parameters), json.dumps(moments)]
    command = [sys.executable, "-W", "ignore", "-c", KILLED_RUNS, *arguments]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    return [tuple(map(int, line.split())) for line in run.stdout.splitlines()]


@pytest.mark.parametrize(
    ("suffix", "moments"), [(".npy", range(1, 60, 2)), (".zarr", range(1, 250, 6))]
)
@pytest.mark.usefixtures("small_chunks")
def test_killed_at_any_file_operation_a_run_goes_on_where_it_was(suffix, moments, tmp_path):
    whole, name = tmp_path / "whole", f"X{suffix}"
    whole.mkdir()
    make_ising(**PARAMETERS, out=whole / name)
    (tmp_path / "killed").mkdir()
    runs = run_killed(tmp_path / "killed", name, "event", list(moments), PARAMETERS)
    n_killed = sum(code == -9 for code, *_ in runs)
    # The last moments are beyond the end of the run, so that all of it is covered.
    assert 20 < n_killed < len(runs)
    assert {n_done for _, n_done, *_ in runs} == set(range(9))
    for moment, (code, n_done, named, n_run) in zip(moments, runs, strict=True):
        if code == -9 and not named:
            assert n_run == 8 - n_done
        else:
            assert n_run == 0
        assert contents(tmp_path / "killed" / str(moment)) == contents(whole)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.usefixtures("small_chunks")
def test_killed_at_any_time_and_again(suffix, tmp_path):
    parameters = PARAMETERS | {"thin": 300}  # so that a chain takes longer than a file operation
    whole, killed, name = tmp_path / "whole", tmp_path / "killed", f"X{suffix}"
    whole.mkdir()
    killed.mkdir()
    make_ising(**parameters, out=whole / name)
    delays = [0.011 * k for k in range(1, 200)]
    runs = run_killed(killed, name, "delay", delays, parameters)
    n_journaled = [n_done for _, n_done, named, _ in runs if not named]
    assert n_journaled == sorted(n_journaled)
    assert contents(killed) == contents(whole)


@pytest.fixture
def begun(tmp_path):
    """Return a function that leaves a run half done, by an error in its fourth chain."""

    def begin(name, **changed):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("skising.montecarlo._parallel._run_to_bits", FailsInTheFourthChain())
            with pytest.raises(RuntimeError, match="the fourth chain"):
                make_ising(**PARAMETERS | changed, out=tmp_path / name)
        return tmp_path / name

    return begin


class FailsInTheFourthChain:
    def __init__(self):
        from skising.montecarlo._parallel import _run_to_bits

        self._run_chain, self._n_runs = _run_to_bits, 0

    def __call__(self, *arguments):
        self._n_runs += 1
        if self._n_runs == 4:
            raise RuntimeError("the fourth chain")
        return self._run_chain(*arguments)


def test_a_torn_line_of_the_journal_is_not_trusted(begun):
    journal = begun("X.npy").with_name("X.npy.journal")
    lines = journal.read_bytes().splitlines(keepends=True)
    assert len(lines) == 4
    journal.write_bytes(b"".join(lines[:3]) + lines[3][: len(lines[3]) // 2])
    X = make_ising(**PARAMETERS, out=journal.with_suffix("")).data
    np.testing.assert_array_equal(X, make_ising(**PARAMETERS).data)


def test_what_a_kill_left_in_an_unfinished_chain_is_overwritten(begun):
    path = begun("X.npy")
    rows = np.load(path.with_name("X.npy.partial"), mmap_mode="r+")
    rows[rows == 0] = 7
    rows.flush()
    np.testing.assert_array_equal(
        make_ising(**PARAMETERS, out=path).data, make_ising(**PARAMETERS).data
    )


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_journal_without_its_data_is_begun_anew(suffix, begun):
    path = begun(f"X{suffix}")
    partial = path.with_name(path.name + ".partial")
    shutil.rmtree(partial) if partial.is_dir() else partial.unlink()
    np.testing.assert_array_equal(
        make_ising(**PARAMETERS, out=path).data[:], make_ising(**PARAMETERS).data
    )


# However the chains run


@pytest.fixture(scope="module", params=[False, True], ids=["threads", "processes"])
def cluster(request):
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(processes=request.param, **options) as cluster, Client(cluster) as client:
        yield client


BACKENDS = ["sequential", "threading", "loky", "multiprocessing"]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("suffix", [None, *FORMATS])
def test_the_backend_does_not_matter(backend, suffix, tmp_path):
    assert_backend_does_not_matter(backend, suffix, tmp_path)


@pytest.mark.parametrize("suffix", [None, *FORMATS])
@pytest.mark.usefixtures("cluster")
def test_dask_does_not_matter(suffix, tmp_path):
    assert_backend_does_not_matter("dask", suffix, tmp_path)


def assert_backend_does_not_matter(backend, suffix, tmp_path):
    expected, outs = make_ising(**PARAMETERS), [None, None]
    if suffix is not None:
        outs = [tmp_path / directory / f"X{suffix}" for directory in ("one", "two")]
        for path in outs:
            path.parent.mkdir()
        make_ising(**PARAMETERS, out=outs[0])
    with joblib.parallel_config(backend=backend, n_jobs=2):
        ising = make_ising(**PARAMETERS, out=outs[1])
    np.testing.assert_array_equal(ising.data[:], expected.data)
    for name in COLUMNS:
        np.testing.assert_array_equal(ising[name], expected[name])
    if suffix is not None:
        assert contents(tmp_path / "two") == contents(tmp_path / "one")


@pytest.mark.parametrize("n_jobs", [1, 2, -1])
@pytest.mark.parametrize("waiting", [1, 1 << 28])
def test_the_number_of_jobs_and_of_those_that_wait_do_not_matter(n_jobs, waiting, monkeypatch):
    monkeypatch.setattr("skising.montecarlo._parallel._WAITING_BYTES", waiting)
    expected = make_ising(**PARAMETERS).data
    np.testing.assert_array_equal(make_ising(**PARAMETERS, n_jobs=n_jobs).data, expected)


def test_progress_counts_sweeps_and_goes_on_with_them(begun, capfd):
    make_ising(**PARAMETERS, verbose=1)
    # 5 + 4 * 2 sweeps for each of 3 chains of 5 lattices, 5 + 3 * 2 for each of 5 chains of 4.
    assert "94.0/94.0" in capfd.readouterr().err
    path = begun("X.npy")
    capfd.readouterr()
    make_ising(**PARAMETERS, out=path, verbose=1)
    shown = capfd.readouterr().err
    # Of the first temperature there are 5, 5, 4 and 4 lattices.
    assert "37.0/94.0" in shown
    assert "94.0/94.0" in shown


# What is refused


@pytest.mark.parametrize(
    ("out", "error", "message"),
    [
        (3, TypeError, "out must be a path that ends in .npy or .zarr, or None; got 3 of type int"),
        ("X.h5", ValueError, r"out must end in \.npy .* or \.zarr .*; got '.*X\.h5'"),
        ("X", ValueError, r"out must end in \.npy"),
        ("no/X.npy", FileNotFoundError, "the directory '.*no' does not exist. Create it"),
    ],
)
def test_bad_out(out, error, message, tmp_path):
    with pytest.raises(error, match=message):
        make_ising(**PARAMETERS, out=tmp_path / out if isinstance(out, str) else out)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_written(tmp_path, monkeypatch):
    # Asked for by name, since to the superuser every directory can be written.
    monkeypatch.setattr("os.access", lambda path, mode: path != tmp_path)
    with pytest.raises(PermissionError, match=r"directory '.*' cannot be written\. Give a path"):
        make_ising(**PARAMETERS, out=tmp_path / "X.npy")


@pytest.mark.parametrize("random_state", [None, np.random.RandomState(0)])
def test_random_state_must_be_an_int(random_state, tmp_path):
    message = "random_state must be an int if out is given.*got .*Pass for instance random_state=0"
    with pytest.raises(ValueError, match=message):
        make_ising(8, 4, 2.0, out=tmp_path / "X.npy", random_state=random_state)


CHANGED = [
    ({"n_samples": 36}, "n_samples=35 there and 36 here"),
    ({"lattice_size": 13}, "lattice_size=12 there and 13 here"),
    ({"temperatures": [2.3, 1.6]}, r"temperatures=\[2.3, 1.5\] there and \[2.3, 1.6\] here"),
    ({"temperatures": np.linspace(1, 2, 5)}, r"and \[1, ..., 2\] \(5 values\) here"),
    ({"algorithm": "wolff"}, "algorithm='swendsen-wang' there and 'wolff' here"),
    ({"n_discard": None}, "n_discard=5 there and None here"),
    ({"thin": 3, "random_state": 1}, "random_state=0 there and 1 here; thin=2 there and 3 here"),
]


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(("changed", "message"), CHANGED)
@pytest.mark.parametrize("finished", [True, False])
def test_other_arguments_are_refused(suffix, changed, message, finished, begun, tmp_path):
    if finished:
        path = tmp_path / f"X{suffix}"
        make_ising(**PARAMETERS, out=path)
    else:
        path = begun(f"X{suffix}")
    before = contents(tmp_path)
    with pytest.raises(ValueError, match=f"other arguments.*{message}.*remove .*X{suffix}"):
        make_ising(**PARAMETERS | changed, out=path)
    assert contents(tmp_path) == before


def test_another_version_does_not_go_on_but_reads(begun, monkeypatch):
    path = begun("X.npy")
    with monkeypatch.context() as patch:
        patch.setattr("skising.montecarlo._store.__version__", "99")
        with pytest.raises(ValueError, match=r"skising version='.*' there and '99' here"):
            make_ising(**PARAMETERS, out=path)
    make_ising(**PARAMETERS, out=path)
    monkeypatch.setattr("skising.montecarlo._store.__version__", "99")
    assert make_ising(**PARAMETERS, out=path).data.shape == (35, 12, 12)


@pytest.mark.parametrize(
    ("out", "foreign"),
    [
        ("X.npy", "X.npy"),
        ("X.npy", "X.npz"),
        ("X.npy", "X.npy.partial"),
        ("X.npy", "X.npy.journal"),
        ("X.zarr", "X.zarr"),
        ("X.zarr", "X.zarr.partial"),
    ],
)
@pytest.mark.parametrize("directory", [False, True])
def test_foreign_files_are_refused(out, foreign, directory, tmp_path):
    path = tmp_path / foreign
    if directory and not foreign.endswith("journal"):
        path.mkdir()
        path = path / "precious"
    path.write_text("precious")
    with pytest.raises(FileExistsError, match=f"{foreign}' exists and is no part of a data set"):
        make_ising(**PARAMETERS, out=tmp_path / out)
    assert contents(tmp_path) == {str(path.relative_to(tmp_path)): b"precious"}


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_data_set_of_another_shape_is_refused(suffix, tmp_path):
    path = tmp_path / f"X{suffix}"
    make_ising(**PARAMETERS, out=path)
    if suffix == ".npy":
        np.save(path, np.ones((2, 12, 12), np.int8))
    else:
        zarr.open(path).create_array("data", data=np.ones((2, 12, 12), np.int8), overwrite=True)
    with pytest.raises(FileExistsError, match="exists and is no part of a data set"):
        make_ising(**PARAMETERS, out=path)


@pytest.mark.parametrize(
    ("suffix", "message"),
    [
        (".npy", r"needs 1\.02 GB for 10000 lattices.*1 MB are free.*write \.zarr, which takes"),
        (
            ".zarr",
            r"needs 145 MB for 10000 lattices.*1 MB are free.*a larger disk, or ask for fewer",
        ),
    ],
)
def test_too_little_space_is_told_before_the_run(suffix, message, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=10**6)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    monkeypatch.setattr("skising.montecarlo._parallel._run_to_bits", None)
    with pytest.raises(OSError, match=message):
        make_ising(10000, 320, out=tmp_path / f"X{suffix}", random_state=0)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_already_needs_no_space(begun, monkeypatch):
    path = begun("X.npy")
    usage = shutil.disk_usage(path.parent)
    n_bytes = 35 * (12 * 12 + 40) + 4096
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage._replace(free=n_bytes * 3 // 4))
    with pytest.raises(OSError, match=r"needs .* MB for 35 lattices"):
        make_ising(**PARAMETERS, out=path.with_name("Y.npy"))
    make_ising(**PARAMETERS, out=path)


def test_zarr_not_installed(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(ImportError, match=r'needs zarr, which is not installed.*"skising\[zarr\]"'):
        make_ising(**PARAMETERS, out=tmp_path / "X.zarr")
