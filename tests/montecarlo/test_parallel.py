"""Chains side by side: no backend and no number of jobs changes the lattices."""

import time

import joblib
import numpy as np
import pytest
from dask.distributed import Client, LocalCluster
from data_sets import COLUMNS, FORMATS, PARAMETERS, contents

from skising import make_ising
from skising.montecarlo import _parallel


@pytest.fixture(
    scope="module",
    params=[False, pytest.param(True, marks=pytest.mark.slow)],
    ids=["threads", "processes"],
)
def cluster(request):
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0"}
    with LocalCluster(processes=request.param, **options) as cluster, Client(cluster) as client:
        yield client


BACKENDS = ["sequential", "threading", "loky", "multiprocessing"]


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("suffix", [None, *FORMATS])
def test_the_backend_changes_nothing(backend, suffix, tmp_path):
    assert_the_backend_changes_nothing(backend, suffix, tmp_path)


@pytest.mark.parametrize("suffix", [None, *FORMATS])
@pytest.mark.usefixtures("cluster")
@pytest.mark.slow
def test_dask_changes_nothing(suffix, tmp_path):
    assert_the_backend_changes_nothing("dask", suffix, tmp_path)


def assert_the_backend_changes_nothing(backend, suffix, tmp_path):
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
@pytest.mark.parametrize("n_bytes", [1, 1 << 28])
def test_n_jobs_and_the_memory_of_waiting_lattices_change_nothing(n_jobs, n_bytes, monkeypatch):
    monkeypatch.setattr("skising.montecarlo._parallel._MOST_WAITING_BYTES", n_bytes)
    expected = make_ising(**PARAMETERS).data
    np.testing.assert_array_equal(make_ising(**PARAMETERS, n_jobs=n_jobs).data, expected)


@pytest.mark.usefixtures("cluster")
def test_results_of_a_cluster_have_a_bounded_size(tmp_path, monkeypatch):
    monkeypatch.setattr("skising.montecarlo._plan.MOST_BYTES", 3 * 18)
    sizes = []

    def record(*arguments):
        for k, packed, times in as_completed(*arguments):
            sizes.append(packed.nbytes)
            yield k, packed, times

    as_completed = _parallel._as_completed
    monkeypatch.setattr(_parallel, "_as_completed", record)
    assert_the_backend_changes_nothing("dask", ".zarr", tmp_path)
    # Each of the two temperatures has 17 or 18 lattices, in 8 chains of three at most. They are
    # drawn three times.
    assert len(sizes) == 3 * 2 * 8
    assert max(sizes) == 3 * 18


@pytest.mark.parametrize("backend", ["sequential", "threading"])
def test_few_results_wait_for_a_slow_caller(backend):
    begun, taken = [], []

    def call(k):
        begun.append(k)
        return k

    with joblib.parallel_config(backend=backend, n_jobs=2):
        for k in _parallel._as_completed([joblib.delayed(call)(k) for k in range(30)], None, 3):
            # Two run, and three wait.
            assert len(begun) - len(taken) <= 5
            time.sleep(0.005)
            taken.append(k)
    assert sorted(taken) == list(range(30))


def test_progress_counts_the_work_also_of_finished_runs(unfinished, capfd):
    make_ising(**PARAMETERS, verbose=1)
    shown = capfd.readouterr().err
    assert "0/8 runs" in shown
    assert "Ising chains: 100%" in shown
    assert "8/8 runs" in shown
    path = unfinished("X.npy")
    capfd.readouterr()
    make_ising(**PARAMETERS, out=path, verbose=1)
    shown = capfd.readouterr().err
    assert "0/8 runs" not in shown
    assert "3/8 runs" in shown
    assert "8/8 runs" in shown
