"""Susceptibility and specific heat against enumeration, Kaufman's solution and a transfer matrix.

Every seed is fixed; `tests/statistical.py` states the failure probabilities.
"""

import naive
import numpy as np
import pytest
from statistical import assert_standard_normal

from skising import exact, make_ising
from skising.observables import specific_heat, susceptibility

TC = exact.CRITICAL_TEMPERATURE


def enumerated(size, T):
    """Return the energies and magnetizations per site of a torus, with their probabilities."""
    table = naive.boltzmann_distribution(size, T)
    return *np.transpose(list(table)) / size**2, np.array(list(table.values()))


def exact_values(size, T):
    e, m, p = enumerated(size, T)
    heat = size**2 / T**2 * (p @ e**2 - (p @ e) ** 2)
    connected = size**2 / T * (p @ m**2 - (p @ np.abs(m)) ** 2)
    return heat, connected, size**2 / T * (p @ m**2)


def test_enumeration_gives_the_known_specific_heat():
    assert exact_values(4, TC)[0] == pytest.approx(0.7832668259289, abs=1e-12)


@pytest.mark.parametrize(
    ("size", "T"),
    [(4, TC), *(pytest.param(3, T, marks=pytest.mark.slow) for T in (1.8, 3.5))],
)
def test_few_independent_samples_are_unbiased_and_have_right_errors(size, T):
    e, m, p = enumerated(size, T)
    rng, n_sets, n = np.random.default_rng(0), 1000, 30
    draws = rng.choice(len(p), size=(n_sets, n), p=p)
    found = np.array(
        [
            (
                specific_heat(e[row], T, size),
                susceptibility(m[row], T, size),
                susceptibility(m[row], T, size, connected=False),
            )
            for row in draws
        ]
    )
    values, errors = np.moveaxis(found, 2, 0)
    # Without correction a variance of 30 is 3.3 % too small, which is 2 to 6 standard errors here.
    z = (values.mean(axis=0) - exact_values(size, T)) / (values.std(axis=0) / np.sqrt(n_sets))
    assert (np.abs(z) < 4).all()  # each fails with probability 6e-5
    ratio = np.sqrt(np.mean(errors**2, axis=0)) / values.std(axis=0)
    np.testing.assert_allclose(ratio, 1, atol=0.12)


def test_specific_heat_at_the_critical_temperature_is_kaufmans():
    z = []
    for size, heat in [(8, 1.1455592398944), (16, 1.4987049594000)]:
        ising = make_ising(6400, size, [TC], random_state=1)
        value, error = specific_heat(ising.energy, TC, size, groups=ising.chain)
        assert error < 0.03 * value
        z.append((value - heat) / error)
    assert_standard_normal(z)


def test_susceptibility_at_the_critical_temperature_is_that_of_the_transfer_matrix():
    ising = make_ising(6400, 10, [TC], random_state=2)
    m1, m2 = 0.7562743729, 0.6125676827
    z = []
    for connected, exact_value in [(True, m2 - m1**2), (False, m2)]:
        value, error = susceptibility(
            ising.magnetization, TC, 10, connected=connected, groups=ising.chain
        )
        assert error < 0.05 * value
        z.append((value - 100 / TC * exact_value) / error)
    assert (np.abs(z) < 4).all()  # each fails with probability 6e-5; the two are correlated


def test_correlated_lattices_of_a_group_count_once():
    rng = np.random.default_rng(0)
    e = rng.normal(-1.5, 0.1, 40)
    single = specific_heat(e, 2.0, 8)
    copies = specific_heat(np.repeat(e, 5), 2.0, 8, groups=np.repeat(np.arange(40), 5))
    np.testing.assert_allclose(copies, single, rtol=1e-12)
    assert specific_heat(np.tile(e, 5), 2.0, 8).error < 0.6 * single.error


def test_value_of_independent_lattices_is_the_unbiased_variance():
    e = np.random.default_rng(0).normal(size=50) + 1e6
    value, _ = specific_heat(e, 2.0, 8)
    assert value == pytest.approx(16 * np.var(e, ddof=1), rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([[0.1, 0.2]], 2.0, 8), ValueError, r"shape \(n_samples,\).*got shape \(1, 2\)"),
        (([0.1], 2.0, 8), ValueError, "lattices of at least two groups"),
        (([0.1, np.nan], 2.0, 8), ValueError, r"must be finite; got nan at index \(1,\)"),
        (([0.1, 0.2], -1, 8), ValueError, "temperature must be a finite number > 0; got -1"),
        (([0.1, 0.2], [2.0, 2.0], 8), TypeError, "temperature must be a number > 0"),
        (([0.1, 0.2], 2.0, 8.0), TypeError, "lattice_size must be an integer >= 1"),
        (([1e200, 2e200], 2.0, 8), ValueError, "beyond the range of float64. Give the series per"),
    ],
)
@pytest.mark.parametrize("function", [specific_heat, susceptibility])
def test_wrong_arguments_are_refused(function, arguments, error, message):
    with pytest.raises(error, match=message):
        function(*arguments)


def test_connected_is_a_bool():
    with pytest.raises(ValueError, match="connected must be one of True, False; got 'auto'"):
        susceptibility([0.1, 0.2], 2.0, 8, connected="auto")
