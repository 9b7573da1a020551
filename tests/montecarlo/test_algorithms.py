"""The registry of algorithms: its fixed constants, the choice of "auto", and one class more."""

import numpy as np
import pytest

from skising import IsingSampler, make_ising
from skising.exact import CRITICAL_TEMPERATURE
from skising.montecarlo._algorithms import ALGORITHMS, Algorithm, resolve_algorithm

TC = CRITICAL_TEMPERATURE


@pytest.mark.parametrize(
    ("size", "temperature", "algorithm"),
    [
        *((320, 1.2, "metropolis"), (320, TC, "swendsen-wang"), (320, 3.6, "metropolis")),
        *((321, 3.6, "swendsen-wang"), (2, 3.6, "swendsen-wang"), (16, 1e6, "swendsen-wang")),
    ],
)
def test_auto_chooses(size, temperature, algorithm):
    assert resolve_algorithm("auto", size, temperature).name == algorithm


def test_seed_keys_are_distinct_and_never_change():
    keys = {name: cls.seed_key for name, cls in ALGORITHMS.items()}
    assert len(set(keys.values())) == len(keys)
    assert keys.items() >= {"swendsen-wang": (), "wolff": (2,), "metropolis": (3,)}.items()


class InfiniteTemperature(Algorithm):
    """Two chains per run, of lattices that each sweep replaces by random ones."""

    name = "infinite-temperature"
    seed_key = (99,)
    n_chains_per_temperature = 6
    n_chains_per_run = 2

    @classmethod
    def check_lattice_size(cls, lattice_size):
        if lattice_size % 3:
            raise ValueError(f"algorithm={cls.name!r} needs a multiple of 3; got {lattice_size}.")

    @classmethod
    def autocorrelation_time(cls, lattice_size, temperature):
        return 0.5

    @classmethod
    def seconds_per_sweep(cls, lattice_size, temperature):
        return 1e-9 * lattice_size**2

    def __init__(self, lattice_size, temperature, seed):
        self._rng = np.random.default_rng(seed)
        self._lattices = np.ones((2, lattice_size, lattice_size), np.int8)

    def advance(self, n_sweeps):
        for _ in range(n_sweeps):
            self._lattices = self._rng.choice(np.array([-1, 1], np.int8), self._lattices.shape)

    def copy_lattices(self, out):
        out[:] = self._lattices[: len(out)]

    def copy_snapshots(self, out):
        self.copy_lattices(out)


@pytest.fixture
def one_algorithm_more(monkeypatch):
    monkeypatch.setitem(ALGORITHMS, InfiniteTemperature.name, InfiniteTemperature)


@pytest.mark.usefixtures("one_algorithm_more")
def test_a_new_algorithm_works_everywhere(tmp_path):
    parameters = {
        "n_samples": 340,
        "lattice_size": 9,
        "temperatures": [1.5, 3.0],
        "algorithm": "infinite-temperature",
        "random_state": 0,
    }
    ising = make_ising(**parameters)
    assert abs(ising.data.mean()) < 5 / np.sqrt(ising.data.size)
    assert len(np.unique(ising.data, axis=0)) == 340
    table = ising.diagnostics
    assert list(table.algorithm) == ["infinite-temperature"] * 2
    assert list(table.n_chains) == [6, 6]
    assert list(table.thin) == [1, 1]
    assert np.isfinite(table.mean_energy_error).all()
    np.testing.assert_array_equal(make_ising(**parameters, n_jobs=2).data, ising.data)
    for suffix in (".npy", ".zarr"):
        stored = make_ising(**parameters, out=tmp_path / f"X{suffix}")
        np.testing.assert_array_equal(stored.data[:], ising.data)
    sampler = IsingSampler(9, algorithm="infinite-temperature", random_state=0)
    np.testing.assert_array_equal(sampler.transform([1.5])[0], ising.data[0])


@pytest.mark.usefixtures("one_algorithm_more")
def test_a_new_algorithm_is_checked():
    with pytest.raises(ValueError, match="needs a multiple of 3; got 8"):
        make_ising(4, 8, 2.0, algorithm="infinite-temperature")
    with pytest.raises(ValueError, match=r"'auto', .*'infinite-temperature'; got 'other'"):
        make_ising(4, 9, 2.0, algorithm="other")


@pytest.mark.parametrize("algorithm", ["auto", *ALGORITHMS])
def test_a_new_algorithm_leaves_the_lattices_of_the_others(algorithm, request):
    parameters = {"temperatures": [1.5, TC, 3.0], "algorithm": algorithm, "random_state": 0}
    before = make_ising(210, 12, **parameters).data
    request.getfixturevalue("one_algorithm_more")
    np.testing.assert_array_equal(make_ising(210, 12, **parameters).data, before)
