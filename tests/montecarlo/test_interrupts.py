"""Ctrl-C while lattices are drawn: every call of a kernel does a bounded amount of work."""

import signal
import threading

import numpy as np
import pytest

from skising import IsingSampler, make_ising
from skising.exact import CRITICAL_TEMPERATURE
from skising.montecarlo import _algorithms
from skising.montecarlo._algorithms import ALGORITHMS

TC = CRITICAL_TEMPERATURE
KERNELS = {
    "swendsen-wang": (_algorithms.segments, "swendsen_wang"),
    "wolff": (_algorithms.clusters, "wolff"),
    "metropolis": (_algorithms.multispin, "metropolis"),
}


@pytest.fixture(autouse=True)
def python_handles_ctrl_c():
    """A process that a shell starts in the background ignores SIGINT."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


def record_work(algorithm, monkeypatch):
    """Return a list to which every call of the kernel appends the lattice sites that it updates."""
    module, name = KERNELS[algorithm]
    kernel, sites = getattr(module, name), []

    def record(*arguments):
        result = kernel(*arguments)
        if algorithm == "wolff":
            sites.append(result[1])
        else:
            (size, first, stop) = [a for a in arguments if isinstance(a, int)]
            sites.append(size * (stop - first))
        return result

    monkeypatch.setattr(module, name, record)
    return sites


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_call_of_a_kernel_does_a_bounded_amount_of_work(algorithm, monkeypatch):
    assert KERNELS.keys() == ALGORITHMS.keys()
    sites = record_work(algorithm, monkeypatch)
    for size, n_sweeps in ((2600, 1), (64, 5000)):
        sites.clear()
        ALGORITHMS[algorithm](size, 1.2, np.random.SeedSequence(0)).advance(n_sweeps)
        # A site of a sweep counts twice, but a step of Metropolis only updates half a row.
        assert max(sites) <= 1 << 22
        assert len(sites) > 1
        assert sum(sites) > 0.9 * size**2 * n_sweeps


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_bound_changes_no_lattice(algorithm, monkeypatch):
    parameters = {"algorithm": algorithm, "random_state": 0, "temperatures": [1.2, TC, 4.0]}
    expected = make_ising(24, 34, **parameters)
    monkeypatch.setattr(_algorithms, "SITES_AT_ONCE", 100)
    found = make_ising(24, 34, **parameters)
    np.testing.assert_array_equal(found.data, expected.data)
    np.testing.assert_array_equal(found.diagnostics.tau_energy, expected.diagnostics.tau_energy)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    "draw",
    [
        lambda **parameters: make_ising(64, 256, TC, **parameters),
        lambda **parameters: IsingSampler(256, **parameters).fit_transform([TC] * 64),
    ],
    ids=["make_ising", "IsingSampler"],
)
def test_ctrl_c_ends_a_run_of_hours(draw, algorithm):
    """Without an answer to Ctrl-C this test would not end."""
    make_ising(1, 4, 2.0, algorithm=algorithm)
    timer = threading.Timer(0.3, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        draw(algorithm=algorithm, n_discard=10**8)
    timer.join()


# Ctrl-C may fall between the opening of a file and the statement that would close it. Python then
# closes the file, and warns.
@pytest.mark.filterwarnings("ignore:.*unclosed file:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("suffix", [".npy", ".zarr"])
@pytest.mark.slow
def test_after_ctrl_c_the_same_call_continues(suffix, tmp_path):
    parameters = {"lattice_size": 64, "temperatures": [TC, 2.3], "random_state": 0}
    parameters |= {"n_samples": 2000, "algorithm": "metropolis", "thin": 400}
    # Compiles, and imports zarr: a module whose import Ctrl-C has ended stays broken.
    make_ising(**parameters | {"n_samples": 2, "thin": 1}, out=tmp_path / f"first{suffix}")
    ended = threading.Event()

    def interrupt():
        while not (tmp_path / f"X{suffix}.journal").exists():
            if ended.wait(0.001):
                return
        signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            make_ising(**parameters, out=tmp_path / f"X{suffix}")
    finally:
        ended.set()
        thread.join()
    assert not (tmp_path / f"X{suffix}.lock").exists()
    found = make_ising(**parameters, out=tmp_path / f"X{suffix}")
    np.testing.assert_array_equal(found.data[:], make_ising(**parameters).data)
