"""CurveDisplay by the data, labels and marks that it draws."""

import numpy as np
import pytest
from display_data import crossing_of, drawn_points, legend_labels, order_curves, size_curves

from skising.display import CurveDisplay


def test_one_curve_for_each_size():
    curve = size_curves()
    display = CurveDisplay.from_frame(curve[::-1], quantity="U")
    assert legend_labels(display.ax_) == ["$L = 8$", "$L = 16$"]
    for size, container in zip([8, 16], display.curves_, strict=True):
        part = curve[curve["size"] == size]
        np.testing.assert_allclose(
            drawn_points(container), [part["temperature"], part["value"], part["error"]]
        )
    assert display.ax_.get_ylabel() == "$U$"
    assert display.crossings_ is None
    assert display.ax_.child_axes == []


def test_probabilities_of_block_sizes():
    curve = order_curves()
    display = CurveDisplay.from_frame(curve)
    assert legend_labels(display.ax_) == [r"$\ell = 8$", r"$\ell = 16$"]
    assert display.ax_.get_ylabel() == "Probability"
    x, y, _ = drawn_points(display.curves_[1])
    part = curve[curve["block_size"] == 16]
    np.testing.assert_allclose([x, y], [part["temperature"], part["probability"]])


def test_crossings_and_the_critical_temperature_are_marked():
    result = crossing_of()
    display = CurveDisplay.from_frame(size_curves(), crossing=result, critical_temperature=2.3)
    assert legend_labels(display.ax_)[-1] == "crossings"
    x, y = display.crossings_.lines[0].get_data()
    np.testing.assert_allclose(x.astype(float), result.pairs["temperature"])
    np.testing.assert_allclose(y.astype(float), result.pairs["value"])
    (band,) = display.ax_.patches
    np.testing.assert_allclose(
        [band.get_x(), band.get_x() + band.get_width()],
        [result.temperature - result.error, result.temperature + result.error],
    )
    (above,) = display.ax_.child_axes
    assert above.get_xticklabels()[0].get_text() == "$T_c$"
    np.testing.assert_array_equal(display.ax_.lines[-1].get_xdata(), 2.3)


def test_a_crossing_that_is_nan_has_no_band():
    result = crossing_of()._replace(temperature=np.nan, error=np.nan)
    assert len(CurveDisplay(size_curves(), crossing=result).plot().ax_.patches) == 0


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"curve": size_curves().drop(columns="value")}, ValueError, "lacks the column.*value"),
        ({"curve": [1]}, TypeError, "curve must be a DataFrame"),
        ({"curve": size_curves()[:0]}, ValueError, "curve has no rows"),
        ({"crossing": 2.27}, TypeError, "crossing must be what.*returns; got 2.27"),
        ({"critical_temperature": "Tc"}, TypeError, "critical_temperature must be a number"),
    ],
)
def test_curve_display_refuses(changes, error, message):
    with pytest.raises(error, match=message):
        CurveDisplay(**({"curve": size_curves()} | changes)).plot()
