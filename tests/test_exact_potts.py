"""The exact results for the Potts model: known digits, duality, Ising, and limits in q."""

import numpy as np
import pytest

from skising import exact
from skising.exact import (
    CRITICAL_TEMPERATURE,
    onsager_energy,
    potts_correlation_length,
    potts_critical_temperature,
    potts_dual_temperature,
    potts_latent_heat,
    potts_phase_energies,
    potts_spontaneous_magnetization,
)

FUNCTIONS = [getattr(exact, name) for name in exact.__all__ if name.startswith("potts")]


# The digits were computed from the closed formulas by another program.
@pytest.mark.parametrize(
    ("n_states", "tc", "ordered", "disordered", "latent", "magnetization", "xi"),
    [
        (5, 0.8515283616, -1.4736729745, -1.4207542165, 0.0529187579, 0.49214146, 2512.2468),
        (7, 0.7730589182, -1.5546028628, -1.2013260833, 0.3532767795, 0.74956540, 48.095907),
        (8, 0.7449044551, -1.5967324303, -1.1103743509, 0.4863580795, 0.79983663, 23.878204),
        (10, 0.7012315679, -1.6642524818, -0.9682030503, 0.6960494315, 0.85710686, 10.559519),
    ],
)
def test_first_order_transitions(n_states, tc, ordered, disordered, latent, magnetization, xi):
    assert abs(potts_critical_temperature(n_states) - tc) < 6e-11
    np.testing.assert_allclose(potts_phase_energies(n_states), [ordered, disordered], atol=6e-11)
    assert abs(potts_latent_heat(n_states) - latent) < 6e-11
    assert abs(potts_spontaneous_magnetization(n_states) - magnetization) < 6e-9
    np.testing.assert_allclose(potts_correlation_length(n_states), xi, rtol=5e-8)


@pytest.mark.parametrize(
    ("n_states", "energy"), [(2, -1 - 0.5**0.5), (3, -1.5773502692), (4, -1.5)]
)
def test_continuous_transitions(n_states, energy):
    np.testing.assert_allclose(potts_phase_energies(n_states), [energy, energy], atol=6e-11)
    assert potts_latent_heat(n_states) == 0
    assert potts_spontaneous_magnetization(n_states) == 0
    assert potts_correlation_length(n_states) == np.inf


def test_two_states_are_the_ising_model():
    np.testing.assert_allclose(2 * potts_critical_temperature(2), CRITICAL_TEMPERATURE, rtol=1e-15)
    assert abs(potts_phase_energies(2)[0] - (onsager_energy(CRITICAL_TEMPERATURE) - 2) / 2) < 1e-14
    temperature = np.array([[0.5, 0.9], [1.1, 3.0]])
    dual = potts_dual_temperature(temperature, 2)
    assert dual.shape == (2, 2)
    np.testing.assert_allclose(np.sinh(1 / temperature) * np.sinh(1 / dual), 1, rtol=1e-13)
    energy, dual_energy = ((onsager_energy(2 * T) - 2) / 2 for T in (temperature, dual))
    p, dual_p = (1 - np.exp(-1 / T) for T in (temperature, dual))
    np.testing.assert_allclose(p * energy + dual_p * dual_energy, -2, rtol=1e-13)


@pytest.mark.parametrize("n_states", [2, 3, 4, 5, 10, 1000])
def test_duality(n_states):
    tc = potts_critical_temperature(n_states)
    np.testing.assert_allclose(potts_dual_temperature(tc, n_states), tc, rtol=1e-14)
    temperature = np.geomspace(0.05, 1e6, 30)
    dual = potts_dual_temperature(temperature, n_states)
    product = np.expm1(1 / temperature) * np.expm1(1 / dual)
    np.testing.assert_allclose(product, n_states, rtol=1e-12)
    np.testing.assert_allclose(potts_dual_temperature(dual, n_states), temperature, rtol=1e-12)
    # At the self-dual point p e + p* e* = -2 fixes the mean of the energies of both phases.
    p = 1 - np.exp(-1 / tc)
    assert abs(p * np.mean(potts_phase_energies(n_states)) + 1) < 1e-14
    np.testing.assert_array_equal(potts_dual_temperature([1e-300, 1e-3], n_states), np.inf)


def test_many_states():
    # For q -> inf the ordered phase has no broken bond and the disordered phase no equal pair. To
    # the next order one site in q is in another state, and breaks four bonds.
    q = 10**8
    ordered, disordered = potts_phase_energies(q)
    assert abs(ordered + 2 - 4 / q) < 10 / q**1.5
    assert abs(disordered + 2 / np.sqrt(q) + 4 / q) < 10 / q**1.5
    assert abs(potts_spontaneous_magnetization(q) - (1 - 1 / q)) < 1e-10
    # Correlations of distant sites fall by about a factor sqrt q at each step.
    np.testing.assert_allclose(potts_correlation_length(q), 2 / np.log(q), rtol=0.1)


def test_the_transition_strengthens_with_the_number_of_states():
    q = range(5, 200)
    assert (np.diff([potts_latent_heat(n) for n in q]) > 0).all()
    assert (np.diff([potts_spontaneous_magnetization(n) for n in q]) > 0).all()
    assert (np.diff([potts_correlation_length(n) for n in q]) < 0).all()


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    ("n_states", "error"), [(1, ValueError), (2**53 + 1, ValueError), (3.0, TypeError)]
)
def test_bad_numbers_of_states_are_refused(function, n_states, error):
    arguments = (1.0,) if function is potts_dual_temperature else ()
    message = rf"n_states must be an integer >= 2 and <= 9007199254740992; got {n_states}"
    with pytest.raises(error, match=message):
        function(*arguments, n_states)


def test_bad_temperatures_are_refused():
    with pytest.raises(ValueError, match=r"temperature .*finite and > 0.*got 0\.0"):
        potts_dual_temperature(0.0, 3)
