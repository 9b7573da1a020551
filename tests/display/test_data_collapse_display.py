"""DataCollapseDisplay by the data and labels that it draws."""

import numpy as np
import pytest
from display_data import collapsed_data, drawn_points, legend_labels
from sklearn.exceptions import NotFittedError

from skising.display import DataCollapseDisplay
from skising.scaling import DataCollapse


def test_axis_labels_state_the_scaling_parameters():
    display = DataCollapseDisplay(
        collapsed_data(), critical_temperature=2.2692, nu=1.0, theta=0.12
    ).plot()
    assert display.ax_.get_xlabel() == r"$(T - 2.2692)\,\ell^{\,1/1}$"
    assert display.ax_.get_ylabel() == r"$(1 - A)\,\ell^{\,0.12}$"
    assert legend_labels(display.ax_) == [r"$\ell = 8$", r"$\ell = 16$"]
    x = np.linspace(-2, 2, 5)
    np.testing.assert_allclose(drawn_points(display.curves_[1]), [x, x**2, [0.1] * 5], atol=1e-12)
    display = DataCollapseDisplay(collapsed_data()).plot()
    assert display.ax_.get_xlabel() == r"$(T - T_c)\,\ell^{\,1/\nu}$"
    assert display.ax_.get_ylabel() == r"$(1 - A)\,\ell^{\,\theta}$"


def test_collapse_of_an_estimator():
    size, x = np.repeat([8, 16], 15), np.tile(np.linspace(1.9, 2.7, 15), 2)
    y = size**-0.125 / np.cosh((x - 2.27) * size / 5)
    yerr = np.full(len(x), 0.01)
    collapse = DataCollapse(nu=1.0, n_resamples=2, random_state=0).fit(x, y, yerr, size)
    display = DataCollapseDisplay.from_estimator(collapse, x, y, yerr, size, quantity="m")
    scaled = collapse.transform(x, y, yerr, size)
    for k, block_size in [(0, 8), (1, 16)]:
        part = scaled[scaled["size"] == block_size]
        np.testing.assert_allclose(drawn_points(display.curves_[k]), [part.x, part.y, part.yerr])
    line_x, line_y = display.master_curve_.get_data()
    assert (line_x[0], line_x[-1]) == (scaled.x.min(), scaled.x.max())
    # At the ends of the fitted data, rounding may put a point outside the master curve (NaN).
    np.testing.assert_array_equal(line_y, collapse.scaling_function(line_x))
    np.testing.assert_allclose(line_y[1:-1], 1 / np.cosh(line_x[1:-1] / 5), atol=0.02)
    assert display.ax_.get_ylabel() == rf"$(m)\,\ell^{{\,{collapse.theta_:.3g}}}$"
    assert legend_labels(display.ax_) == ["master curve", r"$\ell = 8$", r"$\ell = 16$"]


def test_y_label_states_the_correction_to_scaling():
    x, size = np.tile(np.linspace(2.0, 2.6, 9), 3), np.repeat([8.0, 16.0, 32.0], 9)
    y = (1 - 2 / size) / np.cosh((x - 2.27) * size / 5)
    data = x, y, np.full(27, 0.01), size
    collapse = DataCollapse(correction_exponent=1, theta=0, n_resamples=2, random_state=0).fit(
        *data
    )
    label = DataCollapseDisplay.from_estimator(collapse, *data).ax_.get_ylabel()
    assert label == (rf"$([1 - A] / [1 {collapse.correction_:+.2g}\,\ell^{{\,-1}}])\,\ell^{{\,0}}$")
    assert "[1 -2" in label


@pytest.mark.parametrize(
    ("parameters", "x_label", "y_label"),
    [
        ({"size_offset": 1, "nu": 1, "theta": 0}, r"(\ell -1)^{\,1/1}$", r"(\ell -1)^{\,0}$"),
        (
            {"scaling_form": "bkt", "log_constant": 0.5, "theta": 0},
            r"(\ln \ell +0.5)^2$",
            r"\ell^{\,0}$",
        ),
    ],
)
def test_labels_state_offset_and_form_and_the_fitted_data_are_drawn(parameters, x_label, y_label):
    x, size = np.tile(np.linspace(2.0, 2.6, 9), 2), np.repeat([8.0, 16.0], 9)
    data = x, 1 / np.cosh((x - 2.27) * size / 5), np.full(18, 0.01), size
    collapse = DataCollapse(**parameters, n_resamples=2, random_state=0).fit(*data)
    display = DataCollapseDisplay.from_estimator(collapse)
    assert display.ax_.get_xlabel().endswith(x_label)
    assert display.ax_.get_ylabel().endswith(y_label)
    assert display.collapsed.equals(collapse.transform(*data))
    with pytest.raises(ValueError, match="y is missing; got None"):
        DataCollapseDisplay.from_estimator(collapse, x)


def test_data_collapse_display_refuses_missing_columns():
    with pytest.raises(ValueError, match=r"collapsed lacks.*size, yerr"):
        DataCollapseDisplay(collapsed_data()[["x", "y"]]).plot()


@pytest.mark.parametrize(
    ("collapse", "error", "message"),
    [
        (DataCollapse(), NotFittedError, "This DataCollapse instance is not fitted yet"),
        ({}, TypeError, r"collapse must be a fitted DataCollapse; got \{\}"),
    ],
)
def test_data_collapse_display_refuses_estimators(collapse, error, message):
    with pytest.raises(error, match=message):
        DataCollapseDisplay.from_estimator(collapse, [2.0], [0.1], [0.1], [8])
