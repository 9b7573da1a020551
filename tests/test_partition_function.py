"""Kaufman's partition function against known values, its derivatives and limits.

The sum over all states of small lattices is in test_exact.py.
"""

import numpy as np
import pytest
from scipy import integrate, special

from skising.exact import (
    CRITICAL_TEMPERATURE,
    kaufman_energy,
    kaufman_specific_heat,
    log_partition_function,
)

# float64 rounds at 1.1e-16. The docstring promises 1e-14.
TOLERANCE = 2e-15


# The four products of the partition function were evaluated with 60 digits and rounded.
@pytest.mark.parametrize(
    ("size", "temperature", "expected"),
    [
        (8, 0.25, 512.693147180560756),
        (8, 2.0, 66.3445818792278084),
        (8, 2.269185314213022, 60.1417807890691518),
        (8, 2.5, 56.5993887604253733),
        (8, 20.0, 44.521753605233407),
        (64, 2.0, 4202.34050797894262),
        (64, 2.269185314213022, 3808.67228341980914),
        (64, 2.5, 3601.87426937881358),
        (64, 20.0, 2849.39223068944987),
        (201, 0.25, 323208.693147181072),
        (201, 2.0, 41443.7485728679249),
        (201, 2.269185314213022, 37561.2637023588147),
        (201, 2.5, 35527.1777231286818),
        (201, 20.0, 28105.0526152549962),
    ],
)
def test_known_values(size, temperature, expected):
    np.testing.assert_allclose(log_partition_function(temperature, size), expected, rtol=TOLERANCE)


@pytest.mark.parametrize("size", [2, 3, 16, 31])
@pytest.mark.parametrize(("hottest", "coldest"), [(20.0, 2.8), (2.8, 2.0), (2.0, 0.7)])
def test_its_derivative_is_the_energy(size, hottest, coldest):
    nodes, weights = special.roots_legendre(100)
    low, high = 1 / hottest, 1 / coldest
    beta = (low + high) / 2 + (high - low) / 2 * nodes
    integral = -(size**2) * (high - low) / 2 * weights @ kaufman_energy(1 / beta, size)
    difference = np.diff(log_partition_function([hottest, coldest], size))[0]
    np.testing.assert_allclose(difference, integral, rtol=1e-13)


def test_its_second_derivative_is_the_specific_heat():
    size = 12

    def slope(beta):
        return kaufman_specific_heat(1 / beta, size) / beta**2

    beta = np.array([0.40, 0.44, 0.48])
    second = np.diff(log_partition_function(1 / beta, size), n=2)[0] / size**2
    # The second difference is the integral of the second derivative with a triangular weight.
    weighted = integrate.quad(
        lambda b: (0.04 - abs(b - 0.44)) * slope(b), 0.40, 0.48, points=[0.44]
    )
    np.testing.assert_allclose(second, weighted[0], rtol=1e-11)


@pytest.mark.parametrize("size", [2, 3, 10, 1024])
def test_limits(size):
    cold = np.array([5e-324, 1e-300, 1e-3, 0.05])
    ground = 2 * size**2 / np.maximum(cold, 1e-300) + np.log(2)
    np.testing.assert_allclose(log_partition_function(cold, size), ground, rtol=TOLERANCE)
    hot = np.array([1e20, 1e100, float(np.finfo(float).max)])
    np.testing.assert_allclose(log_partition_function(hot, size), size**2 * np.log(2), rtol=1e-14)


def test_first_terms_of_the_series():
    size, cold, hot = 5, 0.5, 100.0
    # L^2 spins can be flipped, each at the cost of 4 bonds.
    excess = log_partition_function(cold, size) - 2 * size**2 / cold - np.log(2)
    np.testing.assert_allclose(excess, size**2 * np.exp(-8 / cold), rtol=1e-3)
    # ln cosh K for each of the 2 L^2 bonds.
    excess = log_partition_function(hot, size) - size**2 * np.log(2)
    np.testing.assert_allclose(excess, size**2 / hot**2, rtol=1e-3)


def test_critical_lattices_have_the_universal_constant_of_the_torus():
    # Per spin ln Z tends to ln 2 / 2 + 2 G / pi with Catalan's constant G (Onsager). The rest of
    # ln Z tends to a number that is the same for all critical Ising models on a square torus
    # (Ferdinand and Fisher): ln[(theta_2 + theta_3 + theta_4) / (2 eta)] at tau = i.
    catalan = (special.zeta(2, 0.25) - special.zeta(2, 0.75)) / 16
    n = np.arange(-9, 10)
    theta = [np.exp(-np.pi * (n + 0.5) ** 2), np.exp(-np.pi * n**2), np.cos(np.pi * n)]
    theta[2] = theta[2] * theta[1]
    eta = special.gamma(0.25) / (2 * np.pi**0.75)
    constant = np.log(np.sum(theta) / (2 * eta))
    for size, tolerance in ((64, 3e-5), (512, 5e-7)):
        bulk = size**2 * (np.log(2) / 2 + 2 * catalan / np.pi)
        rest = log_partition_function(CRITICAL_TEMPERATURE, size) - bulk
        assert abs(rest - constant) < tolerance


def test_it_is_infinite_where_it_exceeds_the_largest_number():
    assert log_partition_function(1e-300, 1 << 15) == np.inf
    assert np.isfinite(log_partition_function(1e-290, 1 << 15))
