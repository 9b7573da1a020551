"""Power laws fitted to data whose amplitude and exponent are known.

Every seed is fixed; `tests/statistical.py` states the failure probabilities.
"""

import numpy as np
import pytest
from scipy import optimize, stats
from sklearn.exceptions import NotFittedError
from statistical import assert_p_value, assert_standard_normal

from skising.scaling import PowerLaw


def test_power_law_of_exact_data():
    x = np.array([8, 16, 32, 64])
    fit = PowerLaw().fit(x[:, np.newaxis], 3.0 * x**-1.25, np.full(4, 0.01))
    assert fit.amplitude_ == pytest.approx(3)
    assert fit.exponent_ == pytest.approx(-1.25)
    assert fit.chi2_ == pytest.approx(0, abs=1e-12)
    assert fit.p_value_ == pytest.approx(1)
    assert fit.score(x, 3.0 * x**-1.25) == pytest.approx(1)
    np.testing.assert_allclose(fit.predict([[2], [4]]), 3.0 * np.array([2.0, 4.0]) ** -1.25)


def test_power_law_standard_errors_and_p_values():
    x, rng = np.array([4, 8, 16, 32, 64]), np.random.default_rng(0)
    y = 3.0 / x
    yerr = 0.02 * y * [1, 2, 1, 2, 1]
    fits = [PowerLaw().fit(x, rng.normal(y, yerr), yerr) for _ in range(300)]
    assert_standard_normal([(fit.exponent_ + 1) / fit.exponent_std_ for fit in fits])
    assert_standard_normal([(fit.amplitude_ - 3) / fit.amplitude_std_ for fit in fits])
    assert_p_value(stats.kstest([fit.p_value_ for fit in fits], "uniform").pvalue)
    assert fits[0].reduced_chi2_ == fits[0].chi2_ / 3


def test_power_law_has_no_bias_from_a_logarithm():
    # With errors of 25 %, a fit of log y is 3 % too small, which is five standard errors here.
    x, rng = np.repeat([8.0, 16.0, 32.0], 200), np.random.default_rng(0)
    yerr = 0.25 / x
    fit = PowerLaw().fit(x, rng.normal(1 / x, yerr), yerr)
    assert_standard_normal([(fit.predict([16])[0] * 16 - 1) / (0.25 / np.sqrt(600))])


def test_two_measurements_give_no_goodness_of_fit():
    fit = PowerLaw().fit([8, 16], [0.4, 0.2], [0.01, 0.01])
    assert fit.exponent_ == pytest.approx(-1)
    assert np.isnan([fit.reduced_chi2_, fit.p_value_]).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": [8, 8]}, "x must hold at least two different values; got only 8"),
        ({"x": [8, -16]}, "x must be > 0; got -16 at index 1"),
        ({"y": [0, 1]}, "y must be > 0; got 0 at index 0"),
        ({"y": [np.nan, 1]}, "y must be finite; got nan"),
        ({"yerr": None}, "yerr is missing; got None. Each measurement is weighted"),
        ({"yerr": [0.1, 0]}, "yerr must be > 0; got 0 at index 1. Each measurement is weighted"),
        ({"yerr": [0.1]}, "x, y, yerr must have one value for each .* got lengths 2, 2, 1"),
        ({"x": [[8, 16]]}, r"x must have shape \(n,\).* got shape \(1, 2\)"),
    ],
)
def test_power_law_refuses(changes, message):
    arguments = {"x": [8, 16], "y": [0.4, 0.2], "yerr": [0.1, 0.1]} | changes
    with pytest.raises(ValueError, match=message):
        PowerLaw().fit(**arguments)


def test_not_fitted():
    with pytest.raises(NotFittedError):
        PowerLaw().predict([8])


@pytest.mark.parametrize(
    ("x", "message"),
    [([8, -8], "x must be > 0; got -8 at index 1"), ([np.nan], "x must be finite; got nan")],
)
def test_predict_refuses_what_has_no_power(x, message):
    fit = PowerLaw().fit([8, 16], [0.4, 0.2], [0.01, 0.01])
    with pytest.raises(ValueError, match=message):
        fit.predict(x)


@pytest.mark.parametrize("seed", range(20))
def test_no_random_start_ends_lower(seed):
    rng = np.random.default_rng(seed)
    x, exponent = np.array([4.0, 8.0, 16.0, 32.0]), rng.uniform(-3, 3)
    y = x**exponent
    yerr = y * rng.uniform(0.01, 0.5, 4)
    y = np.abs(rng.normal(y, yerr))
    fit = PowerLaw().fit(x, y, yerr)

    def residuals(parameters):
        return (np.exp(parameters[0] + parameters[1] * np.log(x)) - y) / yerr

    for _ in range(20):
        start = np.log(fit.amplitude_) + rng.normal(), fit.exponent_ + rng.normal()
        other = optimize.least_squares(residuals, start)
        assert 2 * other.cost > fit.chi2_ * (1 - 1e-6)


@pytest.mark.parametrize(
    ("y", "yerr", "found"),
    [
        ([10, 1000, 1], [1e-7, 1e4, 10], "got numbers beyond the range of float64"),
        ([10, 1, 1], [1e4, 1e-12, 10], "got a fit that does not converge"),
    ],
)
def test_power_law_refuses_what_determines_none(y, yerr, found):
    law = PowerLaw()
    with pytest.raises(ValueError, match=f"y must determine a power law .*yerr.*{found}"):
        law.fit([1, 2, 3], y, yerr)
    assert not hasattr(law, "exponent_")


def test_an_offset_is_the_same_as_smaller_x():
    x, y, yerr = np.array([8.0, 16.0, 32.0]), [0.41, 0.2, 0.1], [0.01, 0.005, 0.002]
    fit = PowerLaw(x_offset=1).fit(x + 1, y, yerr)
    other = PowerLaw().fit(x, y, yerr)
    for name in ("amplitude_", "exponent_", "amplitude_std_", "exponent_std_", "chi2_", "p_value_"):
        assert getattr(fit, name) == getattr(other, name)
    np.testing.assert_array_equal(fit.predict([3, 65]), other.predict([2, 64]))
    # A fitted law keeps the offset of its fit.
    assert fit.set_params(x_offset=0).predict([3]) == other.predict([2])


@pytest.mark.parametrize(
    ("offset", "x", "error", "message"),
    [
        (8, [8, 16], ValueError, "x must exceed x_offset, which is 8; got 8 at index 0. Leave out"),
        (9, [16, 8], ValueError, "x must exceed x_offset, which is 9; got 8 at index 1"),
        (np.inf, [8, 16], ValueError, "x_offset must be a finite number; got inf"),
        ("1", [8, 16], TypeError, "x_offset must be a number; got '1' of type str"),
    ],
)
def test_power_law_refuses_an_offset(offset, x, error, message):
    with pytest.raises(error, match=message):
        PowerLaw(x_offset=offset).fit(x, [0.4, 0.2], [0.1, 0.1])


def test_predict_refuses_x_below_the_offset():
    fit = PowerLaw(x_offset=1).fit([8, 16], [0.4, 0.2], [0.01, 0.01])
    with pytest.raises(ValueError, match="x must exceed x_offset, which is 1; got 1 at index 1"):
        fit.predict([2, 1])


@pytest.mark.parametrize(
    ("yerr", "message"),
    [
        ([0.1, -0.1], "got -0.1 at index 1. A standard error is a .* take its absolute value"),
        ([0.0, 0.0], "got 0 at index 0.*For exact values, give all one common error"),
        ([0.1, 0.0], "got 0 at index 1.*not that it is exact. Leave out the 1 of 2 measurements"),
    ],
)
def test_errors_that_are_not_above_0_have_their_own_advice(yerr, message):
    with pytest.raises(ValueError, match=f"yerr must be > 0; {message}"):
        PowerLaw().fit([8, 16], [0.4, 0.2], yerr)
