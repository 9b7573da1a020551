"""Chains side by side: no backend and no number of jobs changes the lattices."""

import joblib
import numpy as np
import pytest
from dask.distributed import Client, LocalCluster
from data_sets import COLUMNS, FORMATS, PARAMETERS, contents

from skising import make_ising


@pytest.fixture(scope="module", params=[False, True], ids=["threads", "processes"])
def cluster(request):
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(processes=request.param, **options) as cluster, Client(cluster) as client:
        yield client


BACKENDS = ["sequential", "threading", "loky", "multiprocessing"]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("suffix", [None, *FORMATS])
def test_the_backend_changes_nothing(backend, suffix, tmp_path):
    assert_the_backend_changes_nothing(backend, suffix, tmp_path)


@pytest.mark.parametrize("suffix", [None, *FORMATS])
@pytest.mark.usefixtures("cluster")
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


def test_progress_counts_sweeps_also_of_finished_runs(unfinished, capfd):
    make_ising(**PARAMETERS, verbose=1)
    # 3 chains of 5 lattices take 5 + 4 * 2 sweeps each, 5 chains of 4 take 5 + 3 * 2.
    assert "94.0/94.0" in capfd.readouterr().err
    path = unfinished("X.npy")
    capfd.readouterr()
    make_ising(**PARAMETERS, out=path, verbose=1)
    shown = capfd.readouterr().err
    # The first three runs have 5, 5 and 4 lattices: 13 + 13 + 11 sweeps.
    assert "37.0/94.0" in shown
    assert "94.0/94.0" in shown
