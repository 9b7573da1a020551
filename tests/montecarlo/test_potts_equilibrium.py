"""The Potts algorithms against exact results in equilibrium; p-values as in `statistical`.

benchmarks/check_potts.py has the long versions.
"""

import naive
import numpy as np
import pytest
from scipy import stats
from statistical import assert_frequencies, assert_p_value, assert_standard_normal

from skising import make_potts
from skising.exact import (
    kaufman_energy,
    kaufman_specific_heat,
    potts_critical_temperature,
    potts_dual_temperature,
    potts_phase_energies,
    potts_spontaneous_magnetization,
)
from skising.montecarlo._models import Potts
from skising.montecarlo._potts_algorithms import POTTS_ALGORITHMS


def independent_lattices(n_samples, size, temperature, n_states, algorithm, random_state):
    """Return a data set of lattices 10 default thins (20 tau) apart."""
    model = Potts(n_states)
    thin = 10 * model.default_thin(model.algorithms[algorithm], size, temperature, 0)
    return make_potts(
        n_samples,
        size,
        temperature,
        n_states=n_states,
        algorithm=algorithm,
        thin=thin,
        random_state=random_state,
    )


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", POTTS_ALGORITHMS)
@pytest.mark.parametrize(("size", "n_states"), [(2, 3), (2, 4), (2, 10), (3, 2), (3, 3)])
@pytest.mark.parametrize("factor", [0.7, 1.0001, 1.6])
def test_joint_distribution_of_energy_and_order(size, n_states, algorithm, factor):
    temperature = factor * potts_critical_temperature(n_states)
    potts = independent_lattices(20000, size, temperature, n_states, algorithm, random_state=1)
    # Totals that are integers: the energy, and the sum over the states of squared site numbers.
    squares = ((n_states - 1) * potts.order_parameter + 1) / n_states * size**4
    measured = np.rint(np.column_stack([potts.energy * size**2, squares])).astype(int)
    outcomes, counts = np.unique(measured, axis=0, return_counts=True)
    counts = dict(zip(map(tuple, outcomes.tolist()), counts.tolist(), strict=True))
    exact = naive.potts_distribution(size, temperature, n_states)
    assert counts.keys() <= exact.keys()
    assert_frequencies([counts.get(outcome, 0) for outcome in exact], list(exact.values()))
    states = np.bincount(potts.data[:, 0, 0], minlength=n_states)
    assert_frequencies(states, np.full(n_states, 1 / n_states))


def test_enumeration_agrees_with_reference_values():
    # Energy per site, specific heat and mean order parameter of the 3 x 3 torus at Tc.
    known = {
        2: (-1.805623190766, 0.628736105646, 0.809429989272),
        3: (-1.742122214653, 1.162000342620, 0.811056654864),
        4: (-1.716879642276, 1.619625530696, 0.816132096848),
    }
    for n_states, expected in known.items():
        temperature = potts_critical_temperature(n_states)
        distribution = naive.potts_distribution(3, temperature, n_states)
        energy, squares = np.array(list(distribution)).T
        p = np.array(list(distribution.values()))
        heat = (p @ energy**2 - (p @ energy) ** 2) / temperature**2 / 9
        order = (n_states * (p @ squares) / 81 - 1) / (n_states - 1)
        np.testing.assert_allclose([p @ energy / 9, heat, order], expected, atol=1e-11)


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", POTTS_ALGORITHMS)
def test_two_states_are_the_ising_model_at_twice_the_temperature(algorithm):
    temperatures, size, n_each = np.linspace(0.7, 1.8, 12), 16, 400
    exact = (kaufman_energy(2 * temperatures, size) - 2) / 2
    # The energy of the Ising model is twice that of the Potts model, up to a constant.
    ising_variance = (2 * temperatures) ** 2 * kaufman_specific_heat(2 * temperatures, size)
    variance = ising_variance / size**2 / 4
    energy = np.array(
        [
            independent_lattices(n_each, size, T, 2, algorithm, random_state=2).energy
            for T in temperatures
        ]
    )
    assert_standard_normal((energy.mean(1) - exact) / np.sqrt(variance / n_each))
    kurtosis = np.mean((energy - exact[:, np.newaxis]) ** 4, 1) / variance**2
    ratio = np.mean((energy - exact[:, np.newaxis]) ** 2, 1) / variance
    assert_standard_normal((ratio - 1) / np.sqrt((kurtosis - ratio**2) / n_each))


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", POTTS_ALGORITHMS)
@pytest.mark.parametrize(("n_states", "factor"), [(3, 0.8), (4, 0.85), (10, 0.93)])
def test_energies_at_dual_temperatures(n_states, factor, algorithm):
    # Far from Tc on both sides, where finite-size corrections are of order exp(-L / xi).
    temperature = factor * potts_critical_temperature(n_states)
    dual = float(potts_dual_temperature(temperature, n_states))
    total = variance = 0
    for T in (temperature, dual):
        energy = independent_lattices(100, 32, T, n_states, algorithm, random_state=3).energy
        p = 1 - np.exp(-1 / T)
        total += p * energy.mean()
        variance += p**2 * energy.var(ddof=1) / len(energy)
    assert_p_value(stats.norm.sf((total + 2) / np.sqrt(variance)))


@pytest.mark.slow
def test_both_phases_at_a_first_order_transition():
    n_states, temperature = 10, potts_critical_temperature(10)
    potts = make_potts(200, 64, temperature, n_states=n_states, random_state=4)
    assert potts.diagnostics.n_changed_phase[0] == 0
    energies, z = potts_phase_energies(n_states), []
    for phase in range(2):
        energy = potts.energy[potts.start == phase]
        # Lattices a thin apart are correlated by at most exp(-2).
        error = energy.std(ddof=1) / np.sqrt(len(energy)) * np.sqrt(1.3)
        z.append((energy.mean() - energies[phase]) / error)
        assert error < 0.015
    order = potts.order_parameter[potts.start == 0]
    error = order.std(ddof=1) / np.sqrt(len(order)) * np.sqrt(1.3)
    z.append((order.mean() - potts_spontaneous_magnetization(n_states) ** 2) / error)
    # A right sampler fails for one seed in 2000.
    assert np.abs(z).max() < 3.8


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", POTTS_ALGORITHMS)
@pytest.mark.parametrize(
    ("n_states", "factor"),
    [*((2, 1), (3, 0.9), (3, 1), (3, 1.1), (4, 1), (4, 1.1)), *((10, 0.9), (10, 1.1), (200, 1.2))],
)
def test_default_thin_decorrelates(n_states, factor, algorithm):
    temperature = factor * potts_critical_temperature(n_states)
    potts = make_potts(
        4000, 16, temperature, n_states=n_states, algorithm=algorithm, random_state=5
    )
    for series in (potts.energy, potts.order_parameter):
        series = series.reshape(4, -1) - series.mean()
        correlation = np.mean(series[:, 1:] * series[:, :-1]) / np.mean(series**2)
        # exp(-2) is expected after twice the autocorrelation time. Four standard errors.
        assert abs(correlation) < np.exp(-2) + 4 / np.sqrt(series.size)


@pytest.mark.parametrize("algorithm", POTTS_ALGORITHMS)
@pytest.mark.parametrize(("n_states", "factor"), [(3, 0.9), (3, 1.1), (4, 0.97), (10, 1.2)])
def test_default_n_discard_forgets_the_start(n_states, factor, algorithm):
    temperature = factor * potts_critical_temperature(n_states)
    parameters = {"n_states": n_states, "algorithm": algorithm, "random_state": 7}
    ordered, disordered = (
        make_potts(200, 12, temperature, start=start, **parameters).energy
        for start in ("ordered", "disordered")
    )
    # Lattices a thin apart are correlated by at most exp(-2): the test is a little too strict.
    assert_p_value(stats.ks_2samp(ordered, disordered).pvalue / 2)


@pytest.mark.parametrize("algorithm", POTTS_ALGORITHMS)
def test_states_of_successive_lattices_are_fair_and_independent(algorithm):
    # Far below Tc a lattice has one dominant state.
    potts = make_potts(4000, 8, 0.4, n_states=5, algorithm=algorithm, thin=1, random_state=6)
    dominant = np.array([np.bincount(x.ravel()).argmax() for x in potts.data]).reshape(4, -1)
    assert_frequencies(np.bincount(dominant.ravel(), minlength=5), np.full(5, 0.2))
    changes = (dominant[:, 1:] - dominant[:, :-1]) % 5
    assert_frequencies(np.bincount(changes.ravel(), minlength=5), np.full(5, 0.2))
