"""The Jacobian of a collapse against finite differences."""

import numpy as np
import pytest
from scaled_curves import counted_curves

from skising.scaling._master_curve import (
    Measurements,
    SplineCollapse,
    place_knots,
    scaled_positions,
)


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
