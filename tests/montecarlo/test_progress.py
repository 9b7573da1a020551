"""The progress bar: what runs report, and that reports change no lattice."""

import threading

import joblib
import numpy as np
import pytest

from skising import make_clock, make_ising, make_potts
from skising.montecarlo import _run
from skising.montecarlo._algorithms import ALGORITHMS
from skising.montecarlo._progress import Progress, reporter

MAKERS = {
    **{
        name: lambda name=name, **p: make_ising(150, 18, [1.5, 2.3], algorithm=name, **p)
        for name in ALGORITHMS
    },
    "potts": lambda **p: make_potts(40, 18, [0.7, 1.1], **p),
    "potts, wolff": lambda **p: make_potts(40, 18, [0.7, 1.1], algorithm="wolff", **p),
    "clock": lambda **p: make_clock(40, 18, [0.7, 1.1], **p),
}


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("seconds", [1e-9, 1e-4])
def test_reports_change_no_lattice(maker, seconds, monkeypatch):
    expected = maker(random_state=0)
    monkeypatch.setattr(_run, "_SECONDS_BETWEEN_REPORTS", seconds)
    found = maker(random_state=0, verbose=1)
    np.testing.assert_array_equal(found.data, expected.data)
    assert found.diagnostics.equals(expected.diagnostics)


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_runs_report_their_share_while_they_are_running(backend, capfd):
    # The runs take 1, 2 and 3 seconds, and storing them 1 second each: 9 in all.
    progress = Progress("chains", np.array([1.0, 2, 3]), np.ones(3), done=[0])
    with progress, joblib.parallel_config(backend=backend, n_jobs=2):
        report = joblib.delayed(lambda path, k: reporter(path, k, 10)(5))
        joblib.Parallel()(report(progress.path, k) for k in (1, 2))
        progress._update()
        # 2 of the first run, 1 and 1.5 of the others.
        assert progress._bar.n == 4.5
        progress.stored(1)
        progress._update()
        assert progress._bar.n == 6.5
    shown = capfd.readouterr().err
    assert "chains:  22%" in shown
    assert "1/3 runs" in shown
    assert "chains:  50%" in shown
    assert "chains:  72%" in shown
    assert "2/3 runs" in shown


def test_the_bar_ends_with_an_error_of_the_disk(tmp_path, monkeypatch):
    def fail(*arguments):
        raise OSError("the disk is full")

    monkeypatch.setattr("skising.montecarlo._npy_store.NpyStore._write_lattices", fail)
    with pytest.raises(OSError, match="the disk is full") as caught:
        make_ising(8, 8, 2.0, out=tmp_path / "X.npy", random_state=0, verbose=1)
    # The traceback holds the frames of the call, and still no thread updates the bar.
    assert caught.tb is not None
    assert not [thread for thread in threading.enumerate() if "_update" in thread.name]


def test_a_run_on_another_machine_reports_nothing(tmp_path):
    assert reporter(str(tmp_path / "no such file"), 0, 10) is None


def test_the_bar_moves_within_a_run(capfd, monkeypatch):
    monkeypatch.setattr(_run, "_SECONDS_BETWEEN_REPORTS", 1e-6)
    shares = []

    def reporter_that_records(path, k, n_sweeps):
        return lambda n_done: shares.append(n_done / n_sweeps)

    monkeypatch.setattr("skising.montecarlo._parallel.reporter", reporter_that_records)
    make_ising(1, 32, 2.3, algorithm="swendsen-wang", n_discard=50, verbose=1, random_state=0)
    np.testing.assert_allclose(shares, np.arange(1, 51) / 50)
    assert "100%" in capfd.readouterr().err


def test_runs_that_are_all_done_are_no_more_than_all(capfd):
    # In tqdm a share above 1, which rounding may cause, is a warning, and here an error.
    for seed in range(20):
        seconds, storing = np.random.default_rng(seed).random((2, 55)) * 1e-3
        with Progress("chains", seconds, storing, done=range(55)):
            pass
    assert "100%" in capfd.readouterr().err
