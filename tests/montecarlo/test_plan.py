"""The plan of runs: their size, what more lattices change, and `plan_only`."""

import numpy as np
import pytest
from data_sets import FORMATS, PARAMETERS
from scipy import stats
from statistical import assert_p_value, assert_standard_normal

from skising import make_clock, make_ising, make_potts
from skising.exact import CRITICAL_TEMPERATURE, kaufman_energy, kaufman_specific_heat
from skising.montecarlo import _plan
from skising.montecarlo._algorithms import ALGORITHMS
from skising.montecarlo._models import Clock, Ising, Potts

MAKERS = {
    "metropolis": lambda n, **p: make_ising(n, 12, [2.0, 3.0], algorithm="metropolis", **p),
    "swendsen-wang": lambda n, **p: make_ising(n, 12, [2.0, 3.0], algorithm="swendsen-wang", **p),
    "wolff": lambda n, **p: make_ising(n, 12, [2.0, 3.0], algorithm="wolff", **p),
    "potts": lambda n, **p: make_potts(n, 12, [0.7, 1.2], n_states=5, **p),
    "clock": lambda n, **p: make_clock(n, 12, [0.7, 1.2], n_states=6, **p),
}


@pytest.fixture
def short_chains(monkeypatch):
    """At most 12 lattices in a chain of one lattice, and as few as burn-in allows with 64."""
    monkeypatch.setattr(_plan, "MOST_BYTES", 12 * 18)


def bytes_per_frame(maker):
    n_bits = {"potts": 3, "clock": 3}.get(maker, 1)
    return n_bits * 18 * (64 if maker == "metropolis" else 1)


@pytest.mark.parametrize("maker", MAKERS)
def test_more_lattices_change_none_of_the_first_also_where_new_chains_begin(maker, monkeypatch):
    monkeypatch.setattr(_plan, "MOST_BYTES", 3 * bytes_per_frame(maker))
    parameters = {"random_state": 0, "n_discard": 3, "thin": 1}
    n_chains = 64 if maker == "metropolis" else 4
    large = MAKERS[maker](2 * 8 * n_chains + 6, **parameters)
    small = MAKERS[maker](2 * 3 * n_chains, **parameters)
    n_each = len(large.data) // 2
    assert large.frame.max() == 2
    assert large.diagnostics.n_chains.tolist() == [3 * n_chains] * 2
    for k, temperature in enumerate(small.diagnostics.temperature):
        first = large.data[large.temperature == temperature][: 3 * n_chains]
        np.testing.assert_array_equal(first, small.data[small.temperature == temperature])
        chains = large.chain[large.temperature == temperature]
        assert chains.min() == k * 3 * n_chains
        assert len(chains) == n_each
    # No two chains are the same.
    assert len(np.unique(large.energy)) > 20
    starts = large.data[large.frame == 0].reshape(-1, 144)
    assert len(np.unique(starts, axis=0)) > 0.8 * len(starts)


@pytest.mark.parametrize("model", [Ising(), Potts(3), Clock(65536)])
@pytest.mark.parametrize("size", [8, 320, 2000])
def test_a_run_is_small_unless_its_chains_would_mostly_burn_in(model, size):
    for name, cls in model.algorithms.items():
        for temperature in (0.6, 1.1, 2.27):
            bytes_of_lattice = cls.n_chains_per_run * model.n_bytes(size)
            n_frames = _plan.frames_per_chain(model, cls, size, temperature, None, None)
            assert n_frames == max(_plan.MOST_BYTES // bytes_of_lattice, 10), name
            assert _plan.frames_per_chain(model, cls, size, temperature, 10**9, 7) >= 10**9 / 7


def test_the_data_set_of_the_paper_has_4_or_64_chains_at_each_temperature():
    plan = make_ising(40 * 1500, 320, plan_only=True).temperatures
    assert set(plan.n_chains[plan.algorithm == "metropolis"]) == {64}
    assert set(plan.n_chains[plan.algorithm == "swendsen-wang"]) == {4}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_energies_of_many_short_chains_against_kaufman(algorithm, monkeypatch):
    # Chains of two lattices, 20 autocorrelation times apart: practically independent.
    monkeypatch.setattr(_plan, "MOST_BYTES", 2 * ALGORITHMS[algorithm].n_chains_per_run * 32)
    z, z2 = [], []
    for temperature in (1.8, CRITICAL_TEMPERATURE, 3.0):
        thin = 10 * ALGORITHMS[algorithm].default_thin(16, temperature)
        parameters = {"algorithm": algorithm, "thin": thin, "random_state": 5}
        energy = make_ising(640, 16, temperature, **parameters).energy
        variance = temperature**2 * kaufman_specific_heat(temperature, 16) / 256
        z.append((energy.mean() - kaufman_energy(temperature, 16)) / np.sqrt(variance / 640))
        z2.append(np.sum((energy - kaufman_energy(temperature, 16)) ** 2) / variance)
    assert_standard_normal(z)
    # At the critical temperature energies are close to normally distributed.
    assert_p_value(stats.chi2.sf(z2[1], 640))


# plan_only


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("suffix", [None, *FORMATS])
@pytest.mark.usefixtures("short_chains")
@pytest.mark.slow
def test_a_plan_says_what_the_call_does(maker, suffix, tmp_path):
    out = None if suffix is None else tmp_path / f"X{suffix}"
    parameters = {"random_state": 0, "out": out}
    plan = MAKERS[maker](900, **parameters, plan_only=True)
    assert list(tmp_path.iterdir()) == []
    found = MAKERS[maker](900, **parameters)
    shared = ["temperature", "algorithm", "n_chains", "n_discard", "thin", "n_samples"]
    assert plan.temperatures[shared].equals(found.diagnostics[shared])
    assert plan.n_runs == plan.temperatures.n_runs.sum()
    assert plan.sites_per_run == 144 * plan.lattices_per_run
    assert plan.bytes_per_run == bytes_per_frame("potts" if maker in ("potts", "clock") else "") * (
        plan.lattices_per_run
    )
    assert 0 < plan.longest_run_seconds <= plan.cpu_seconds
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) <= plan.n_files <= len(files) + 1
    assert sum(path.stat().st_size for path in files) <= plan.n_bytes
    if out is None:
        assert plan.n_bytes == found.data.nbytes


def test_a_plan_of_a_million_lattices_has_runs_and_files_of_a_bounded_size(tmp_path):
    plan = make_ising(
        10**6, 640, [2.0, 2.27, 3.0], out=tmp_path / "X.zarr", random_state=0, plan_only=True
    )
    assert plan.bytes_per_run <= 1 << 25
    assert plan.n_files < 10_050
    assert plan.temperatures.n_samples.sum() == 10**6
    text = str(plan)
    assert "1,000,000 of 640 x 640 sites, at 3 temperatures" in text
    assert f"{plan.n_runs:,}, side by side" in text
    assert "on one core" in text


def test_a_plan_needs_the_parameters_of_the_call(tmp_path):
    with pytest.raises(ValueError, match="plan_only must be one of True, False; got 1"):
        make_ising(8, 8, 2.0, plan_only=1)
    with pytest.raises(ValueError, match="random_state must be an int if out is given"):
        make_ising(8, 8, 2.0, out=tmp_path / "X.npy", plan_only=True)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_data_set_of_longer_chains_is_refused(suffix, unfinished, monkeypatch):
    path = unfinished(f"X{suffix}")
    make_ising(**PARAMETERS, out=path.with_stem("Y"))
    monkeypatch.setattr(_plan, "MOST_BYTES", 2 * 18)
    for out in (path, path.with_stem("Y")):
        with pytest.raises(ValueError, match=r"other arguments, bytes_per_run=None in the file an"):
            make_ising(**PARAMETERS, out=out)
