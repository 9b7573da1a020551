"""The Monte Carlo lattices against exact results, and the two doors to them.

Every seed is fixed. A statistical test passes where its p-value is between 1e-4 and 1 - 1e-4: a
right sampler fails it for one seed in 5000.
"""

import joblib
import naive
import numpy as np
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skising import IsingSampler, make_ising
from skising._kernels.swendsen_wang import swendsen_wang
from skising.exact import (
    CRITICAL_TEMPERATURE,
    kaufman_energy,
    kaufman_specific_heat,
    spontaneous_magnetization,
)
from skising.observables import energy_density, magnetization

TC = CRITICAL_TEMPERATURE
ALWAYS, NEVER = np.uint64(2**64 - 1), np.uint64(0)


def assert_p_value(p):
    assert 1e-4 < p < 1 - 1e-4


def assert_frequencies(counts, probabilities):
    """Compare counts with probabilities by chi-square.

    Outcomes expected fewer than 5 times are one, together with the rarest of the others.
    """
    counts, expected = np.asarray(counts), sum(counts) * np.asarray(probabilities)
    order = np.argsort(expected)
    n_rare = 1 + np.searchsorted(expected[order], 5)
    merged = [np.append(a[order][n_rare:], a[order][:n_rare].sum()) for a in (counts, expected)]
    assert_p_value(stats.chisquare(*merged).pvalue)


def assert_standard_normal(z):
    """Compare sum z^2 and max |z| with those of independent standard normal numbers."""
    assert_p_value(stats.chi2.sf(np.sum(np.square(z)), len(z)))
    assert len(z) * 2 * stats.norm.sf(np.abs(z).max()) > 1e-4


def seeded_state(seed):
    return np.random.SeedSequence(seed).generate_state(4, np.uint64)


def bond_threshold(temperature):
    return np.uint64(int((1 - np.exp(-2 / temperature)) * 2**64))


def random_lattice(size, seed):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (size, size))


# One sweep


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("temperature", [1.0, TC, 5.0])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_one_sweep_has_the_probabilities_of_the_twin(size, temperature, seed):
    start, state = random_lattice(size, seed), seeded_state(seed)
    counts = np.zeros(2**start.size, int)
    for _ in range(20000):
        spins = start.copy()
        swendsen_wang(spins, bond_threshold(temperature), 1, state)
        counts[(spins.ravel() > 0) @ 2 ** np.arange(spins.size)] += 1
    assert_frequencies(counts, naive.swendsen_wang_probabilities(start, temperature))


@pytest.mark.parametrize("size", [2, 3, 31, 63, 64, 65, 127, 128, 130])
def test_without_temperature_domains_flip_as_a_whole(size):
    start = random_lattice(size, size)
    flat = start.ravel()
    labels = naive.clusters(flat.size, [b for b in naive.bonds(size) if flat[b[0]] == flat[b[1]]])
    flips = start.copy()
    swendsen_wang(flips, ALWAYS, 1, seeded_state(size))
    flips = (flips * start).ravel()
    np.testing.assert_array_equal(flips, flips[labels])
    up = flips[np.unique(labels)] > 0
    assert_p_value(stats.binomtest(int(up.sum()), len(up)).pvalue / 2)


@pytest.mark.parametrize("size", [2, 63, 64, 65, 130])
def test_without_bonds_sites_are_independent(size):
    n_sweeps, state = 2 + 40000 // size**2, seeded_state(size)
    X = np.ones((n_sweeps, size, size), np.int8)
    for spins in X:
        swendsen_wang(spins, NEVER, 1, state)
    for sample in (X, X[:, 1:] * X[:, :-1], X[:, :, 1:] * X[:, :, :-1], X[1:] * X[:-1]):
        z = sample.sum(dtype=np.int64) / np.sqrt(sample.size)
        assert_p_value(stats.norm.sf(z))


# Equilibrium


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("temperature", [1.6, TC, 3.5])
def test_joint_distribution_of_energy_and_magnetization(size, temperature):
    # Snapshots 30 sweeps apart, where the longest autocorrelation time is 2 sweeps.
    ising = make_ising(40000, size, temperature, thin=30, random_state=1)
    n_sites = size * size
    measured = np.rint(np.column_stack([ising.energy, ising.magnetization]) * n_sites).astype(int)
    outcomes, counts = np.unique(measured, axis=0, return_counts=True)
    counts = dict(zip(map(tuple, outcomes.tolist()), counts.tolist(), strict=True))
    exact = naive.boltzmann_distribution(size, temperature)
    assert counts.keys() <= exact.keys()
    assert_frequencies([counts.get(outcome, 0) for outcome in exact], list(exact.values()))


@pytest.mark.parametrize(
    ("size", "temperatures"),
    [
        (16, [*np.linspace(1.2, 3.6, 9), TC]),
        (32, [*np.linspace(1.2, 3.6, 9), TC]),
        (65, [1.8, 2.2, 2.32, 3.0]),
    ],
)
def test_energy_and_its_variance_against_kaufman(size, temperatures):
    # Snapshots 40 sweeps, at least 8 autocorrelation times, apart are as good as independent, so
    # that the error of the mean is the exact one, T^2 C / (n N) for its square.
    n_each, temperatures = 400, np.array(temperatures)
    ising = make_ising(n_each * len(temperatures), size, temperatures, thin=40, random_state=2)
    energy = ising.energy.reshape(-1, n_each)
    exact = kaufman_energy(temperatures, size)
    variance = temperatures**2 * kaufman_specific_heat(temperatures, size) / size**2
    assert_standard_normal((energy.mean(1) - exact) / np.sqrt(variance / n_each))
    kurtosis = np.mean((energy - exact[:, np.newaxis]) ** 4, 1) / variance**2
    ratio = np.mean((energy - exact[:, np.newaxis]) ** 2, 1) / variance
    assert_standard_normal((ratio - 1) / np.sqrt((kurtosis - ratio**2) / n_each))


def test_magnetization_at_the_critical_temperature():
    n_samples = 8000
    m = make_ising(n_samples, 10, TC, thin=30, random_state=3).magnetization
    # Exact, by transfer matrix.
    abs_m, m2, m4 = 0.7562743729, 0.6125676827, 0.4363950441
    for power, mean, square in ((m, 0, m2), (np.abs(m), abs_m, m2), (m**2, m2, m4)):
        error = np.sqrt((square - mean**2) / n_samples)
        assert_p_value(stats.norm.sf((power.mean() - mean) / error))


def test_signs_below_the_critical_temperature_are_fair_and_independent():
    ising = make_ising(4000, 16, 1.2, thin=1, random_state=4)
    positive = ising.magnetization.reshape(4, -1) > 0
    for sample in (positive, positive[:, 1:] == positive[:, :-1]):
        assert_p_value(stats.binomtest(int(sample.sum()), sample.size).pvalue / 2)


@pytest.mark.parametrize("n_discard", [None, 1])
def test_no_stripes_below_the_critical_temperature(n_discard):
    ising = make_ising(400, 32, [1.2, 1.6], n_discard=n_discard, random_state=5)
    yang = spontaneous_magnetization(ising.temperature)
    # A stripe has |m| far below; a snapshot's own spread is 0.001 and 0.006.
    np.testing.assert_allclose(np.abs(ising.magnetization), yang, atol=0.06)


@pytest.mark.parametrize(
    ("size", "temperature"), [(8, TC), (32, TC), (32, 2.32), (16, 1.2), (16, 2.0), (16, 3.6)]
)
def test_default_thin_decorrelates(size, temperature):
    ising = make_ising(8000, size, temperature, random_state=6)
    for series in (ising.energy, ising.magnetization**2):
        series = series.reshape(4, -1) - series.mean()
        correlation = np.mean(series[:, 1:] * series[:, :-1]) / np.mean(series**2)
        # exp(-2), as of twice the autocorrelation time, and four standard errors.
        assert abs(correlation) < np.exp(-2) + 4 / np.sqrt(series.size)


@pytest.mark.parametrize("temperature", [TC, 2.6])
def test_default_n_discard_forgets_the_start(temperature):
    ising = make_ising(4 * 1500, 16, [temperature], random_state=7)
    states = np.random.RandomState(7)
    first = [make_ising(4, 16, temperature, random_state=states).energy for _ in range(500)]
    later = ising.energy[ising.frame > 0]
    assert_p_value(stats.ks_2samp(np.concatenate(first), later).pvalue)


# What a lattice depends on


def test_rows_are_ordered_by_temperature_as_given_chain_and_frame():
    ising = make_ising(23, 8, [3.0, 1.5], random_state=0)
    np.testing.assert_array_equal(ising.temperature, [3.0] * 12 + [1.5] * 11)
    np.testing.assert_array_equal(
        ising.chain, [*np.repeat(range(4), 3), *np.repeat([4, 5, 6], 3), 7, 7]
    )
    np.testing.assert_array_equal(ising.frame, [*[0, 1, 2] * 7, 0, 1])
    np.testing.assert_array_equal(ising.energy, energy_density(ising.data))
    np.testing.assert_array_equal(ising.magnetization, magnetization(ising.data))
    assert ising.data.shape == (23, 8, 8)
    assert ising.data.dtype == np.int8
    assert ising.chain.dtype == ising.frame.dtype == np.int64


def test_targets():
    parameters = {"n_samples": 12, "temperatures": [2.2, TC, 2.3], "random_state": 0}
    energy, phase = (make_ising(**parameters, target=target) for target in ("energy", "phase"))
    np.testing.assert_array_equal(energy.target, energy.energy)
    assert energy.target.dtype == np.float64
    np.testing.assert_array_equal(phase.target, np.repeat([0, 1, 1], 4))
    assert phase.target.dtype == np.int64
    X, y = make_ising(**parameters, target="phase", return_X_y=True)
    np.testing.assert_array_equal(X, phase.data)
    np.testing.assert_array_equal(y, phase.target)


def test_default_temperatures_and_a_single_one():
    ising = make_ising(85, 4, random_state=0)
    temperatures, counts = np.unique(ising.temperature, return_counts=True)
    np.testing.assert_array_equal(temperatures, np.linspace(1.2, 3.6, 40))
    np.testing.assert_array_equal(counts, [3] * 5 + [2] * 35)
    np.testing.assert_array_equal(make_ising(2, 4, 2.0).temperature, [2.0, 2.0])


def test_a_temperature_given_twice_is_one_temperature():
    twice = make_ising(21, 8, [2.0, 3.0, 2.0], random_state=0)
    once = make_ising(14, 8, 2.0, random_state=0)
    np.testing.assert_array_equal(twice.temperature, [2.0] * 14 + [3.0] * 7)
    np.testing.assert_array_equal(twice.data[:14], once.data)
    np.testing.assert_array_equal(twice.chain[:14], once.chain)


def test_both_doors_give_the_same_lattices():
    ising = make_ising(22, 8, [2.0, 3.0], random_state=0)
    X = IsingSampler(8, random_state=0).transform([2.0, 3.0] * 11)
    for start, temperature in enumerate([2.0, 3.0]):
        rows = ising.temperature == temperature
        k = 4 * ising.frame[rows] + ising.chain[rows] % 4
        np.testing.assert_array_equal(X[start::2][k], ising.data[rows])


def test_a_lattice_depends_on_no_other_temperature_and_on_no_later_one():
    alone = IsingSampler(12, random_state=0).transform(np.full(9, 2.5))
    among = IsingSampler(12, random_state=0).transform([1.5, 2.5, 2.5, 3.0] * 20)
    np.testing.assert_array_equal(among[np.sort([*range(1, 80, 4), *range(2, 80, 4)])][:9], alone)


@pytest.mark.parametrize(
    "changed", [{"random_state": 1}, {"n_discard": 7}, {"thin": 3}, {"temperatures": 2.5000001}]
)
def test_a_lattice_depends_on(changed):
    parameters = {"temperatures": 2.5, "random_state": 0, "n_discard": 8, "thin": 2}
    first = make_ising(40, 8, **parameters).data
    assert not np.array_equal(make_ising(40, 8, **(parameters | changed)).data, first)


def test_sweeps_are_counted_from_the_ordered_lattice_below_the_critical_temperature():
    ising = make_ising(8, 8, [1.5, 3.0], n_discard=0, random_state=0)
    assert (ising.data[:4] == 1).all()
    assert np.abs(ising.magnetization[4:]).max() < 0.6
    fine = make_ising(52, 8, 1.5, n_discard=0, thin=1, random_state=0)
    coarse = make_ising(20, 8, 1.5, n_discard=0, thin=3, random_state=0)
    np.testing.assert_array_equal(coarse.data, fine.data[fine.frame % 3 == 0])


def test_lattices_are_the_same_however_the_chains_run():
    parameters = {
        "n_samples": 60,
        "lattice_size": 20,
        "temperatures": [2.0, 2.3],
        "random_state": 0,
    }
    expected = make_ising(**parameters).data
    for n_jobs in (1, 2, -1):
        np.testing.assert_array_equal(make_ising(**parameters, n_jobs=n_jobs).data, expected)
    for backend in ("threading", "loky"):
        with joblib.parallel_config(backend=backend, n_jobs=2):
            np.testing.assert_array_equal(make_ising(**parameters).data, expected)


# Randomness, and the leak


def test_an_int_gives_the_same_lattices_and_an_instance_fresh_ones():
    T = [2.0, 2.5, 2.5]
    repeated = IsingSampler(8, random_state=0)
    np.testing.assert_array_equal(repeated.transform(T), repeated.transform(T))
    fresh = IsingSampler(8, random_state=np.random.RandomState(0))
    first, second = fresh.transform(T), fresh.transform(T)
    assert not np.array_equal(first, second)
    again = IsingSampler(8, random_state=np.random.RandomState(0))
    np.testing.assert_array_equal(again.transform(T), first)
    np.testing.assert_array_equal(again.transform(T), second)
    unseeded = IsingSampler(8)
    assert not np.array_equal(unseeded.transform(T), unseeded.transform(T))


def test_fit_transform_is_fit_and_transform_without_the_warning():
    T = [2.0, 2.5, 2.5]
    X = IsingSampler(8, random_state=0).fit_transform(T)
    sampler = IsingSampler(8, random_state=0).fit(T)
    np.testing.assert_array_equal(sampler.temperatures_, [2.0, 2.5])
    message = r"2 of the 3 temperatures.*2\.5.*random_state=np\.random\.RandomState\(0\)"
    with pytest.warns(UserWarning, match=message) as record:
        leaked = sampler.transform([2.1, 2.5, 2.5])
    assert record[0].filename == __file__
    np.testing.assert_array_equal(leaked[1:], X[1:])


@pytest.mark.parametrize(
    ("random_state", "temperatures"),
    [(0, [2.1, 3.0]), (None, [2.0, 2.5]), (np.random.RandomState(0), [2.0, 2.5])],
)
def test_no_warning_where_nothing_leaks(random_state, temperatures):
    sampler = IsingSampler(8, random_state=random_state).fit([2.0, 2.5])
    sampler.transform(temperatures)  # a warning would be an error


def test_in_a_pipeline():
    mean_energy = FunctionTransformer(lambda X: energy_density(X).reshape(-1, 1))
    pipeline = make_pipeline(IsingSampler(16, random_state=np.random.RandomState(0)), mean_energy)
    T = np.array([[1.2], [3.6]])
    assert pipeline.fit_transform(T).shape == (2, 1)
    cold, hot = clone(pipeline).transform(T)
    assert cold < -1.9 < -1 < hot


# What is refused

BAD_PARAMETERS = [
    ({"lattice_size": 1}, ValueError, "lattice_size must be an integer >= 2; got 1"),
    ({"lattice_size": 8.0}, TypeError, r"lattice_size must be an integer >= 2; got 8\.0"),
    ({"n_discard": -1}, ValueError, "n_discard must be an integer >= 0; got -1"),
    ({"n_discard": 1.5}, TypeError, "n_discard must be an integer >= 0; got 1.5"),
    ({"thin": 0}, ValueError, "thin must be an integer >= 1; got 0"),
    ({"thin": "2"}, TypeError, "thin must be an integer >= 1; got '2'"),
    ({"algorithm": "wolf"}, ValueError, "algorithm must be one of 'auto', 'swendsen-wang'; got"),
    ({"random_state": "no"}, ValueError, "'no' cannot be used to seed"),
]
BAD_TEMPERATURES = [
    (0, ValueError, "finite and > 0.*got 0.0 at index"),
    (-1, ValueError, "finite and > 0.*got -1.0 at index"),
    (np.nan, ValueError, "finite and > 0.*got nan at index"),
    (np.inf, ValueError, "finite and > 0.*got inf at index"),
    ("warm", TypeError, "must hold numbers"),
]


@pytest.mark.parametrize(("parameters", "error", "message"), BAD_PARAMETERS)
def test_bad_parameters(parameters, error, message):
    with pytest.raises(error, match=message):
        make_ising(4, temperatures=2.0, **parameters)
    with pytest.raises(error, match=message):
        IsingSampler(**parameters).transform([2.0])
    with pytest.raises(error, match=message):
        IsingSampler(**parameters).fit_transform([2.0])


@pytest.mark.parametrize(("temperature", "error", "message"), BAD_TEMPERATURES)
def test_bad_temperatures(temperature, error, message):
    with pytest.raises(error, match="temperatures .*" + message):
        make_ising(4, 4, temperature)
    for method in (IsingSampler(4).fit, IsingSampler(4).transform, IsingSampler(4).fit_transform):
        with pytest.raises(error, match="X .*" + message):
            method([temperature])


@pytest.mark.parametrize("shape", [(), (2, 2), (2, 1, 1)])
def test_temperatures_of_a_wrong_shape(shape):
    message = r"X must have shape \(n,\) or \(n, 1\).*Reshape your data"
    for method in (IsingSampler(4).fit, IsingSampler(4).transform):
        with pytest.raises(ValueError, match=message):
            method(np.full(shape, 2.0))


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"n_samples": 0}, ValueError, "n_samples must be an integer >= 1; got 0"),
        ({"n_samples": 4.0}, TypeError, r"n_samples must be an integer >= 1; got 4\.0"),
        ({"target": "spin"}, ValueError, "target must be one of 'energy', 'phase'; got 'spin'"),
        ({"n_samples": 39}, ValueError, "n_samples=39 for 40 temperatures"),
        ({"temperatures": []}, ValueError, "temperatures is empty"),
        ({"temperatures": [[1, 2], [3, 4]]}, ValueError, r"temperatures must have shape \(n,\)"),
    ],
)
def test_bad_parameters_of_make_ising(parameters, error, message):
    with pytest.raises(error, match=message):
        make_ising(**parameters)


def test_progress_is_shown_on_demand(capfd):
    make_ising(4, 4, 2.0)
    assert capfd.readouterr() == ("", "")
    make_ising(4, 4, 2.0, verbose=1)
    assert "Ising chains: 100%" in capfd.readouterr().err
