"""Sizes with an offset, and the form of a Berezinskii-Kosterlitz-Thouless transition.

Every seed is fixed; `tests/statistical.py` states the failure probabilities.
"""

import numpy as np
import pytest
from scaled_curves import NU, counted_curves
from scipy import stats
from sklearn.base import clone

from skising.scaling import DataCollapse
from skising.scaling._master_curve import (
    Measurements,
    SplineCollapse,
    place_knots,
    scaled_positions,
)
from skising.scaling._scaling_form import BKTForm

CONSTANT = -0.6


def bkt_curves(seed, theta=0.25, noise=0.004, sizes=(8, 16, 32, 64), n_temperatures=13):
    """Return x, y, yerr and size, where y = size^(-theta) F(x (ln size + CONSTANT)^2)."""
    size = np.repeat(np.array(sizes, float), n_temperatures)
    x = np.tile(np.linspace(-0.3, 0.5, n_temperatures), len(sizes))
    y = size**-theta / (1 + np.exp(x * (np.log(size) + CONSTANT) ** 2))
    yerr = noise * size**-theta
    return x, y + np.random.default_rng(seed).normal(scale=yerr), yerr, size


@pytest.mark.parametrize(("form", "correction"), [("power", 1.0), ("bkt", None)])
def test_an_offset_is_the_same_as_smaller_sizes(form, correction):
    x, y, yerr, size = counted_curves(0, n_temperatures=6)
    fit = DataCollapse(
        scaling_form=form, correction_exponent=correction, n_resamples=2, random_state=0
    ).fit(x, y, yerr, size)
    other = clone(fit).set_params(size_offset=1.5).fit(x, y, yerr, size + 1.5)
    assert other.resamples_.equals(fit.resamples_)
    assert other.quality_ == fit.quality_
    collapsed, expected = (
        f.transform(x, y, yerr, s) for f, s in ((other, size + 1.5), (fit, size))
    )
    assert collapsed.drop(columns="size").equals(expected.drop(columns="size"))
    assert (collapsed["size"] == size + 1.5).all()
    z = expected["x"]
    np.testing.assert_array_equal(other.scaling_function(z), fit.scaling_function(z))


@pytest.mark.slow
def test_a_wrong_offset_moves_nu():
    x, y, yerr, size = counted_curves(2, n_temperatures=13, count=100_000)
    right, wrong = (
        DataCollapse(size_offset=offset, n_resamples=20, random_state=0).fit(x, y, yerr, size + 4)
        for offset in (4, 0)
    )
    assert abs(right.nu_ - NU) < 4 * right.nu_std_
    assert wrong.nu_ < NU - 6 * wrong.nu_std_


@pytest.mark.parametrize("size", [8.0, 7.0])
def test_sizes_must_exceed_the_offset(size):
    data = counted_curves(0, sizes=(size, 16), n_temperatures=6)
    with pytest.raises(ValueError, match=f"size must exceed size_offset, which is 8; got {size:g}"):
        DataCollapse(size_offset=8).fit(*data)
    fit = DataCollapse(size_offset=1, n_resamples=2, random_state=0).fit(*data)
    with pytest.raises(ValueError, match=r"size must exceed size_offset, which is 1; got 1 at"):
        fit.transform([2.0], [0.1], [0.01], [1])


def test_jacobian_of_chi_square():
    x, y, yerr, size = counted_curves(1, n_temperatures=12)
    data = Measurements(x, y, yerr, np.log(size / 20), (size / 20) ** -0.7, BKTForm(np.log(8.0)))
    parameters = np.array([2.2612, 0.4, 0.2, 0.3])
    knots = place_knots(scaled_positions(data, parameters), 6, kink=True)
    collapse = SplineCollapse(data, knots)
    residuals, jacobian, _ = collapse.solve(parameters)
    for i, step in enumerate(1e-5 * np.eye(4)):
        ends = [np.sum(collapse.solve(parameters + s)[0] ** 2) for s in (step, -step)]
        assert 2 * residuals @ jacobian[:, i] == pytest.approx(np.subtract(*ends) / 2e-5, rel=1e-4)


@pytest.mark.slow
def test_parameters_of_a_bkt_transition_are_found():
    """The squares of z over 8 data sets; right standard errors fail for one seed in 1600.

    As for powers, standard errors wrong by up to 15 % are allowed.
    """
    truth = {"critical_temperature": 0.0, "log_constant": CONSTANT, "theta": 0.25}
    z = []
    for seed in range(8):
        fit = DataCollapse(scaling_form="bkt", n_resamples=20, random_state=seed)
        fit.fit(*bkt_curves(seed))
        z.append(
            [(getattr(fit, f"{n}_") - t) / getattr(fit, f"{n}_std_") for n, t in truth.items()]
        )
    squares = np.square(z).sum(axis=0)
    low, high = stats.chi2.ppf([1e-4, 1 - 1e-4], 8)
    assert (squares > low * 0.85**2).all()
    assert (squares < high * 1.15**2).all()


def test_a_power_does_not_describe_a_bkt_transition():
    data = bkt_curves(0, noise=0.002, sizes=(8, 32, 128, 512))
    bkt = DataCollapse(scaling_form="bkt", n_resamples=2, random_state=0).fit(*data)
    power = DataCollapse(n_resamples=2, random_state=0).fit(*data)
    assert bkt.p_value_ > 1e-3
    assert power.p_value_ < 1e-6
    collapsed = bkt.transform(*data)
    x, _, _, size = data
    factor = (np.log(size) + bkt.log_constant_) ** 2
    np.testing.assert_allclose(collapsed["x"], (x - bkt.critical_temperature_) * factor)
    deviations = (collapsed["y"] - bkt.scaling_function(collapsed["x"])) / collapsed["yerr"]
    assert np.mean(deviations**2) < 1.5


def test_a_log_constant_can_be_given_and_forms_change():
    x, y, yerr, size = bkt_curves(1, n_temperatures=7)
    fit = DataCollapse(scaling_form="bkt", log_constant=CONSTANT, n_resamples=3, random_state=0)
    fit.fit(x, y, yerr, size)
    assert (fit.log_constant_, fit.log_constant_std_) == (CONSTANT, 0)
    assert list(fit.resamples_) == ["critical_temperature", "log_constant", "theta", "correction"]
    assert not hasattr(fit, "nu_")
    with pytest.raises(ValueError, match=r"exceed exp\(-log_constant\), which is 1\.8.*; got 1\.5"):
        fit.transform([0.1, 0.1], [0.2, 0.2], [0.1, 0.1], [8, 1.5])
    # The constant depends on the unit of the size alone.
    other = clone(fit).set_params(log_constant=CONSTANT - np.log(3)).fit(x, y, yerr, 3 * size)
    assert other.critical_temperature_ == pytest.approx(fit.critical_temperature_, rel=1e-4)
    fit.set_params(scaling_form="power", log_constant=None).fit(x, y, yerr, size)
    assert not hasattr(fit, "log_constant_")
    assert fit.nu_ > 1


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"scaling_form": "kt"}, "scaling_form must be one of 'power', 'bkt'; got 'kt'"),
        ({"scaling_form": "bkt", "nu": 1}, "nu must be None for scaling_form='bkt'.* log_constant"),
        ({"log_constant": 1}, "log_constant must be None for scaling_form='power'.* is nu; got 1"),
        (
            {"scaling_form": "bkt", "log_constant": -3},
            r"log_constant must exceed .* got -3, .*-2\.",
        ),
        ({"size_offset": np.nan}, "size_offset must be a finite number; got nan"),
    ],
)
def test_forms_refuse_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        DataCollapse(**parameters).fit(*counted_curves(0))
