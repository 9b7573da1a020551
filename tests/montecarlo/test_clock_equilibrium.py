"""The clock model's algorithm against exact results in equilibrium; p-values as in `statistical`.

benchmarks/check_clock.py has the long versions.
"""

import naive_clock
import numpy as np
import pytest
from scipy import special, stats
from statistical import assert_frequencies, assert_p_value, assert_standard_normal

from skising import make_clock, make_potts
from skising.exact import kaufman_energy, kaufman_specific_heat
from skising.montecarlo._clock_algorithms import clock_critical_temperature
from skising.montecarlo._models import Clock


def independent_lattices(n_samples, size, temperature, n_states, random_state):
    """Return a data set of lattices 5 default thins (10 tau) apart."""
    model = Clock(n_states)
    thin = 5 * model.default_thin(model.algorithms["wolff"], size, temperature, 0)
    return make_clock(
        n_samples, size, temperature, n_states=n_states, thin=thin, random_state=random_state
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "n_states"), [(2, 2), (2, 3), (2, 4), (2, 5), (2, 6), (2, 8), (3, 2), (3, 3), (3, 4)]
)
@pytest.mark.parametrize("factor", [0.7, 1.3])
def test_joint_distribution_of_energy_and_order(size, n_states, factor):
    temperature = factor * clock_critical_temperature(n_states)
    clock = independent_lattices(8000, size, temperature, n_states, random_state=1)
    measured = naive_clock.levels(clock.energy * size**2, clock.order_parameter * size**4)
    outcomes, counts = np.unique(measured, axis=0, return_counts=True)
    counts = dict(zip(map(tuple, outcomes.tolist()), counts.tolist(), strict=True))
    exact = naive_clock.distribution(size, temperature, n_states)
    assert counts.keys() <= exact.keys()
    assert_frequencies([counts.get(outcome, 0) for outcome in exact], list(exact.values()))
    states = np.bincount(clock.data[:, 0, 0], minlength=n_states)
    assert_frequencies(states, np.full(n_states, 1 / n_states))


@pytest.mark.parametrize("n_states", [pytest.param(2, marks=pytest.mark.slow), 4])
def test_two_and_four_states_are_ising_models(n_states):
    # Four states are two Ising models of coupling 1/2.
    factor, size, n_each = n_states // 2, 16, 200
    temperatures = np.linspace(1.4, 3.6, 12)
    exact = kaufman_energy(temperatures, size)
    variance = temperatures**2 * kaufman_specific_heat(temperatures, size) / size**2 / factor
    data = [
        independent_lattices(n_each, size, T / factor, n_states, random_state=2)
        for T in temperatures
    ]
    energy = np.array([clock.energy for clock in data])
    assert_standard_normal((energy.mean(1) - exact) / np.sqrt(variance / n_each))
    np.testing.assert_allclose([clock.diagnostics.exact_energy[0] for clock in data], exact)


@pytest.mark.parametrize(
    "factor", [1.0, *(pytest.param(factor, marks=pytest.mark.slow) for factor in (0.9, 1.1))]
)
def test_three_states_are_the_potts_model(factor):
    temperature = factor * clock_critical_temperature(3)
    clock = independent_lattices(400, 16, temperature, 3, random_state=3)
    potts = make_potts(400, 16, 2 * temperature / 3, n_states=3, thin=100, random_state=3)
    assert_p_value(stats.ks_2samp(clock.energy, (3 * potts.energy + 2) / 2).pvalue / 2)
    assert_p_value(stats.ks_2samp(clock.order_parameter, potts.order_parameter).pvalue / 2)


@pytest.mark.slow
@pytest.mark.parametrize("temperature", [0.3, 0.9, 2.0])
def test_energy_and_order_of_the_xy_model_on_the_smallest_torus(temperature):
    # The means of q states differ from those of the XY model by less than exp(-q).
    xy = independent_lattices(5000, 2, temperature, 65536, random_state=4)
    energy, order, p = naive_clock.boltzmann(2, temperature, 32)
    for measured, exact in ((xy.energy * 4, energy), (xy.order_parameter * 16, order)):
        for power in (1, 2):
            mean, square = p @ exact**power, p @ exact ** (2 * power)
            error = np.sqrt((square - mean**2) / len(measured))
            assert_p_value(stats.norm.sf((np.mean(measured**power) - mean) / error))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_states", "temperature"),
    [(5, 0.7), (6, 0.9), (8, 0.5), (65536, 0.5), (65536, 0.9), (65536, 2.0)],
)
def test_energy_of_a_torus_by_its_transfer_matrix(n_states, temperature):
    clock = independent_lattices(2000, 3, temperature, n_states, random_state=5)
    # At these temperatures 12 states have the energy of the XY model within 2e-5.
    exact = naive_clock.transfer_matrix_energy(3, temperature, min(n_states, 12))
    error = clock.energy.std() / np.sqrt(2000)
    assert_p_value(stats.norm.sf((clock.energy.mean() - exact) / error))


@pytest.mark.parametrize("temperature", [0.1, 4.0])
def test_energy_of_the_xy_model_far_from_the_transition(temperature):
    size, beta = 16, 1 / temperature
    energy = independent_lattices(500, size, temperature, 65536, random_state=10).energy
    if temperature < 1:
        # Spin waves without that of wave vector 0, and the first correction to them.
        exact = -2 + temperature / 2 * (1 - 1 / size**2) + temperature**2 / 16
    else:
        # ln Z / N = 2 ln I0 + 2 v^4 + 4 v^6 with v = I1 / I0: the loops around one and two squares.
        v = special.iv(1, beta) / special.iv(0, beta)
        v_slope = 1 - v / beta - v**2
        exact = -(2 * v + (8 * v**3 + 24 * v**5) * v_slope)
    error = energy.std() / np.sqrt(len(energy))
    assert error < 4e-3
    assert_p_value(stats.norm.sf((energy.mean() - exact) / error))


def test_enumeration_agrees_with_reference_values():
    # The 3 x 3 torus of the Potts model at Tc: energy per site and mean order parameter.
    known = (-1.742122214653, 0.811056654864)
    energy, order, p = naive_clock.boltzmann(3, clock_critical_temperature(3), 3)
    np.testing.assert_allclose([(2 * (p @ energy) / 9 - 2) / 3, p @ order / 81], known, atol=1e-11)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_states", "factor"),
    [
        *((2, 1), (3, 0.9), (3, 1), (3, 1.1), (4, 0.9), (4, 1), (6, 0.3), (6, 1), (8, 0.3), (8, 2)),
        *((65536, 0.03), (65536, 0.3), (65536, 1), (65536, 1.1), (65536, 2), (65536, 20)),
    ],
)
def test_default_thin_decorrelates(n_states, factor):
    temperature = factor * clock_critical_temperature(n_states)
    clock = make_clock(2000, 16, temperature, n_states=n_states, random_state=5)
    for series in (clock.energy, clock.order_parameter):
        series = series.reshape(4, -1) - series.mean()
        correlation = np.mean(series[:, 1:] * series[:, :-1]) / np.mean(series**2)
        # exp(-2) is expected after twice the autocorrelation time. Four standard errors.
        assert abs(correlation) < np.exp(-2) + 4 / np.sqrt(series.size)


@pytest.mark.parametrize(
    ("n_states", "factor"),
    [
        *((4, 1.5), (6, 0.9), (65536, 1.3)),
        pytest.param(65536, 0.2, marks=pytest.mark.slow),
    ],
)
def test_default_n_discard_forgets_the_start(n_states, factor):
    temperature = factor * clock_critical_temperature(n_states)
    first = make_clock(400, 12, temperature, n_states=n_states, random_state=7)
    later = make_clock(
        400, 12, temperature, n_states=n_states, n_discard=5000, thin=100, random_state=8
    )
    # Lattices a thin apart are correlated by at most exp(-2): the test is a little too strict.
    for name in ("energy", "order_parameter"):
        assert_p_value(stats.ks_2samp(first[name], later[name]).pvalue / 2)


@pytest.mark.parametrize("n_states", [5, 6])
def test_images_of_successive_lattices_are_fair_and_independent(n_states):
    # Far below the transition a lattice has one dominant state.
    clock = make_clock(4000, 4, 0.1, n_states=n_states, thin=1, random_state=6)
    state = clock.data[:, 0, 0].reshape(4, -1).astype(int)
    fair = np.full(n_states, 1 / n_states)
    assert_frequencies(np.bincount(state.ravel(), minlength=n_states), fair)
    changes = (state[:, 1:] - state[:, :-1]) % n_states
    assert_frequencies(np.bincount(changes.ravel(), minlength=n_states), fair)


@pytest.mark.slow
def test_successive_lattices_are_mirror_images_as_often_as_not():
    # Each cluster reverses the sense in which most spins turn from one site to the next.
    clock = make_clock(4000, 4, 0.3, n_states=65536, thin=1, random_state=9)
    difference = clock.data[:, 0, 0] - clock.data[:, 0, 1]  # modulo 65536
    sense = np.where(difference < 32768, 1, -1).reshape(4, -1)
    product = sense[:, 1:] * sense[:, :-1]
    n_same = int(np.sum(product == 1))
    assert_p_value(stats.binomtest(n_same, product.size).pvalue / 2)
