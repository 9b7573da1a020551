"""Every algorithm against exact results in equilibrium; p-values as in `statistical`."""

import naive
import numpy as np
import pytest
from scipy import stats
from statistical import assert_frequencies, assert_p_value, assert_standard_normal

from skising import make_ising
from skising.exact import (
    CRITICAL_TEMPERATURE,
    kaufman_energy,
    kaufman_specific_heat,
    spontaneous_magnetization,
)
from skising.montecarlo._algorithms import ALGORITHMS

TC = CRITICAL_TEMPERATURE


def algorithms_for(size):
    """Return the names of the algorithms that can update lattices of a size."""
    names = []
    for name, cls in ALGORITHMS.items():
        try:
            cls.check_lattice_size(size)
        except ValueError:
            continue
        names.append(name)
    return names


def independent_lattices(n_samples, size, temperatures, algorithm, random_state):
    """Return a Bunch for each temperature, of lattices 10 default thins (20 tau) apart."""
    return [
        make_ising(
            n_samples,
            size,
            T,
            algorithm=algorithm,
            thin=10 * ALGORITHMS[algorithm].default_thin(size, T),
            random_state=random_state,
        )
        for T in temperatures
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "algorithm"),
    [(size, algorithm) for size in (2, 3, 4) for algorithm in algorithms_for(size)],
)
@pytest.mark.parametrize("temperature", [1.6, TC, 3.5])
def test_joint_distribution_of_energy_and_magnetization(size, algorithm, temperature):
    (ising,) = independent_lattices(40000, size, [temperature], algorithm, random_state=1)
    n_sites = size * size
    measured = np.rint(np.column_stack([ising.energy, ising.magnetization]) * n_sites).astype(int)
    outcomes, counts = np.unique(measured, axis=0, return_counts=True)
    counts = dict(zip(map(tuple, outcomes.tolist()), counts.tolist(), strict=True))
    exact = naive.boltzmann_distribution(size, temperature)
    assert counts.keys() <= exact.keys()
    assert_frequencies([counts.get(outcome, 0) for outcome in exact], list(exact.values()))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "temperatures", "algorithms"),
    [
        (16, [*np.linspace(1.2, 3.6, 20), TC], ALGORITHMS),
        (32, [*np.linspace(1.2, 3.6, 20), TC], ALGORITHMS),
        (65, [1.8, 2.2, 2.32, 3.0], ["swendsen-wang", "wolff"]),
        (66, [1.2, 1.8, 2.1, 2.5, 3.0, 3.6], ["metropolis"]),
    ],
)
def test_energy_and_its_variance_against_kaufman(size, temperatures, algorithms):
    # The lattices are practically independent: the square of the standard error is T^2 C / (n N).
    n_each, temperatures = 6400 // size, np.array(temperatures)
    exact = kaufman_energy(temperatures, size)
    variance = temperatures**2 * kaufman_specific_heat(temperatures, size) / size**2
    for algorithm in algorithms:
        bunches = independent_lattices(n_each, size, temperatures, algorithm, random_state=2)
        energy = np.array([ising.energy for ising in bunches])
        assert_standard_normal((energy.mean(1) - exact) / np.sqrt(variance / n_each))
        kurtosis = np.mean((energy - exact[:, np.newaxis]) ** 4, 1) / variance**2
        ratio = np.mean((energy - exact[:, np.newaxis]) ** 2, 1) / variance
        assert_standard_normal((ratio - 1) / np.sqrt((kurtosis - ratio**2) / n_each))


@pytest.mark.parametrize(
    "algorithm",
    [
        pytest.param(name, marks=pytest.mark.slow) if name == "swendsen-wang" else name
        for name in ALGORITHMS
    ],
)
def test_magnetization_at_the_critical_temperature(algorithm):
    n_samples = 8000
    m = independent_lattices(n_samples, 10, [TC], algorithm, random_state=3)[0].magnetization
    # Exact values, by transfer matrix.
    abs_m, m2, m4 = 0.7562743729, 0.6125676827, 0.4363950441
    for power, mean, square in ((m, 0, m2), (np.abs(m), abs_m, m2), (m**2, m2, m4)):
        error = np.sqrt((square - mean**2) / n_samples)
        assert_p_value(stats.norm.sf((power.mean() - mean) / error))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_signs_below_the_critical_temperature_are_fair_and_independent(algorithm):
    ising = make_ising(6400, 16, 1.2, algorithm=algorithm, thin=1, random_state=4)
    n_chains = ALGORITHMS[algorithm].n_chains_per_temperature
    positive = ising.magnetization.reshape(n_chains, -1) > 0
    for sample in (positive, positive[:, 1:] == positive[:, :-1], positive[1:] == positive[:-1]):
        assert_p_value(stats.binomtest(int(sample.sum()), sample.size).pvalue / 2)


@pytest.mark.parametrize("algorithm", ["auto", *ALGORITHMS])
@pytest.mark.parametrize("n_discard", [None, 1])
def test_no_stripes_below_the_critical_temperature(n_discard, algorithm):
    ising = make_ising(
        400, 32, [1.2, 1.6], algorithm=algorithm, n_discard=n_discard, random_state=5
    )
    yang = spontaneous_magnetization(ising.temperature)
    # |m| of a stripe is far below; |m| of single lattices varies by 0.001 and 0.006.
    np.testing.assert_allclose(np.abs(ising.magnetization), yang, atol=0.06)


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    ("size", "temperature"),
    [(8, TC), (32, TC), (32, 2.32), (16, 1.2), (16, 2.0), (16, 3.6), (16, 12.0)],
)
def test_default_thin_decorrelates(size, temperature, algorithm):
    ising = make_ising(8000, size, temperature, algorithm=algorithm, random_state=6)
    for series in (ising.energy, ising.magnetization**2):
        series = series.reshape(ising.chain[-1] + 1, -1) - series.mean()
        correlation = np.mean(series[:, 1:] * series[:, :-1]) / np.mean(series**2)
        # exp(-2) is expected after twice the autocorrelation time. Four standard errors.
        assert abs(correlation) < np.exp(-2) + 4 / np.sqrt(series.size)


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("temperature", [2.0, TC, 2.6])
def test_default_n_discard_forgets_the_start(temperature, algorithm):
    ising = make_ising(64 * 100, 16, [temperature], algorithm=algorithm, random_state=7)
    states, n_chains = np.random.RandomState(7), ising.chain[-1] + 1
    parameters = {"algorithm": algorithm, "random_state": states}
    first = [
        make_ising(n_chains, 16, temperature, **parameters).energy for _ in range(2000 // n_chains)
    ]
    later = ising.energy[ising.frame > 0]
    # The test is conservative for discrete and weakly correlated samples.
    assert_p_value(stats.ks_2samp(np.concatenate(first), later).pvalue / 2)
