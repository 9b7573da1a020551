"""The Jacobian of a collapse against finite differences, and its minima against other starts.

Every seed is fixed.
"""

import numpy as np
import pytest
from scaled_curves import NU, TC, THETA, binder_curves, counted_curves, kinked_curve, smooth_curve

from skising.scaling import DataCollapse
from skising.scaling._master_curve import (
    Measurements,
    SplineCollapse,
    fit_models,
    minimize_chi2,
    place_knots,
    scaled_positions,
)

FREE = np.nan
BINDER_SEEDS = (5, 7)


def measurements(x, y, yerr, size, omega=0.0):
    relative = size / np.exp(np.mean(np.log(size)))
    unit = np.sqrt(np.mean(y**2))
    return Measurements(x, y / unit, yerr / unit, np.log(relative), relative**-omega)


def chi2_on(data, knots, parameters):
    return np.sum(SplineCollapse(data, knots).solve(parameters)[0] ** 2)


def best(models):
    return max(models, key=lambda model: model.weight)


@pytest.fixture(scope="module")
def binder():
    return {seed: binder_curves(seed) for seed in BINDER_SEEDS}


@pytest.mark.parametrize("kink", [False, True])
def test_jacobian_of_chi_square(kink):
    x, y, yerr, size = counted_curves(1, n_temperatures=12)
    data = Measurements(x, y, yerr, np.log(size / 20), (size / 20) ** -0.7)
    parameters = np.array([2.2612, 0.1, 0.2, 0.3])
    knots = place_knots(scaled_positions(data, parameters), 6, kink)
    # Outside the knots the spline is constant: the end knots must not coincide with data.
    knots[:4], knots[-4:] = knots[0] - 1, knots[-1] + 1
    collapse = SplineCollapse(data, knots)
    residuals, jacobian, _ = collapse.solve(parameters)
    for i, step in enumerate(1e-5 * np.eye(4)):
        ends = [np.sum(collapse.solve(parameters + s)[0] ** 2) for s in (step, -step)]
        assert 2 * residuals @ jacobian[:, i] == pytest.approx(np.subtract(*ends) / 2e-5, rel=1e-4)


@pytest.mark.parametrize("seed", BINDER_SEEDS)
def test_theta_of_binder_cumulants_is_found(binder, seed):
    """Errors from 5e-5 to 0.1 leave a range of theta that is narrower than 0.01."""
    held, free = (
        DataCollapse(theta=theta, n_resamples=20, random_state=0).fit(*binder[seed])
        for theta in (0.0, None)
    )
    assert free.quality_ < 1.1 * held.quality_
    assert abs(free.theta_) < 0.01
    assert free.critical_temperature_ == pytest.approx(TC, abs=0.05)
    assert free.nu_ == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("seed", BINDER_SEEDS)
@pytest.mark.parametrize("parameter", [2, 3], ids=["theta", "correction"])
def test_freeing_theta_or_a_correction_never_raises_chi_square(binder, seed, parameter):
    data = measurements(*binder[seed], omega=1.75)
    fixed = np.array([FREE, FREE, 0.0, 0.0])
    freed = fixed.copy()
    freed[parameter] = FREE
    held, free = fit_models(data, fixed), fit_models(data, freed)
    for simple in held:
        same_knots = [m.chi2 for m in free if len(m.knots) == len(simple.knots)]
        assert min(same_knots, default=0) <= simple.chi2 * (1 + 1e-6)


@pytest.mark.parametrize("seed", BINDER_SEEDS)
@pytest.mark.parametrize(
    "fixed",
    [
        (TC, FREE, FREE, 0.0),
        (FREE, np.log(1.01), FREE, 0.0),
        (FREE, FREE, 0.001, 0.0),
        (TC, 0.0, FREE, FREE),
    ],
)
def test_freeing_a_parameter_never_raises_chi_square_on_the_same_knots(binder, seed, fixed):
    data = measurements(*binder[seed], omega=1.75)
    fixed = np.array(fixed)
    held = best(fit_models(data, fixed))
    for i in np.flatnonzero(~np.isnan(fixed[:3])):
        freed = fixed.copy()
        freed[i] = FREE
        free = best(fit_models(data, freed))
        there = minimize_chi2(data, held.knots, free.parameters, np.isnan(freed))
        # Least squares stops at a relative change of 1e-8.
        assert chi2_on(data, held.knots, there) <= held.chi2 * (1 + 1e-6)


def random_starts(data, fixed, n_starts, seed):
    rng = np.random.default_rng(seed)
    starts = np.stack(
        [
            rng.uniform(*np.quantile(data.x, [0.1, 0.9]), n_starts),
            np.log(rng.uniform(0.5, 2.0, n_starts)),
            rng.uniform(-0.5, 0.5, n_starts),
            rng.uniform(-0.5, 0.5, n_starts),
        ],
        axis=1,
    )
    return np.where(np.isnan(fixed), starts, fixed)


@pytest.mark.parametrize("n_fixed", [0, 1, 2])
@pytest.mark.parametrize("name", ["binder", "smooth", "kinked"])
def test_no_random_start_ends_lower_on_the_same_knots(binder, name, n_fixed):
    curves = {"smooth": smooth_curve, "kinked": kinked_curve}
    columns = binder[7] if name == "binder" else counted_curves(0, curves[name], n_temperatures=13)
    data = measurements(*columns, omega=1.0)
    truth = 0.0 if name == "binder" else THETA
    fixed = np.array([FREE, FREE, truth if n_fixed == 2 else FREE, 0.0 if n_fixed else FREE])
    fit, free = best(fit_models(data, fixed)), np.isnan(fixed)
    for start in random_starts(data, fixed, 30, seed=0):
        other = minimize_chi2(data, fit.knots, start, free)
        assert chi2_on(data, fit.knots, other) > fit.chi2 * (1 - 1e-4)


@pytest.mark.parametrize("theta", [-1.75, -0.3, 0.0, 1.0, 2.5])
def test_any_theta_is_found(theta):
    x, y, yerr, size = counted_curves(0, smooth_curve, n_temperatures=13)
    scale = size ** (THETA - theta)
    fit = DataCollapse(n_resamples=10, random_state=0).fit(x, y * scale, yerr * scale, size)
    assert abs(fit.theta_ - theta) < 4 * fit.theta_std_ < 0.2
    assert abs(fit.nu_ - NU) < 4 * fit.nu_std_
