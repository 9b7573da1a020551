"""AccuracyCurveDisplay by the data, labels and styles that it draws."""

import numpy as np
import pytest
from display_data import accuracy_curves, drawn_points, legend_labels
from matplotlib.colors import to_rgb

from skising import BlockAveragingClassifier, exact, make_ising
from skising.display import AccuracyCurveDisplay
from skising.scaling import accuracy_curve


def test_one_curve_for_each_block_size():
    curve = accuracy_curves((16, 8))
    display = AccuracyCurveDisplay.from_frame(curve)
    assert legend_labels(display.ax_) == [r"$\ell = 8$", r"$\ell = 16$"]
    for size, container in zip([8, 16], display.curves_, strict=True):
        part = curve[curve.block_size == size].sort_values("temperature")
        np.testing.assert_allclose(
            drawn_points(container), [part.temperature, part.accuracy, part.error]
        )
    assert display.ax_.get_ylabel() == "Accuracy $A$"
    critical = display.ax_.lines[-1].get_xdata()
    np.testing.assert_array_equal(critical, exact.CRITICAL_TEMPERATURE)


def test_series_differ_in_marker_line_style_and_lightness():
    curves = AccuracyCurveDisplay(accuracy_curves((4, 8, 16, 32))).plot().curves_
    lines = [container.lines[0] for container in curves]
    assert len({line.get_marker() for line in lines}) == 4
    assert len({line.get_linestyle() for line in lines}) == 4
    # Luminance of ITU-R BT.709: it rises, and stays dark enough to see on white.
    grey = [np.dot([0.2126, 0.7152, 0.0722], to_rgb(line.get_color())) for line in lines]
    assert np.all(np.diff(grey) > 0.1)
    assert grey[-1] < 0.75


def test_title_does_not_overlap_the_label_of_the_critical_temperature():
    display = AccuracyCurveDisplay.from_frame(accuracy_curves())
    title = display.ax_.set_title("a title that is centred above the curves")
    display.figure_.canvas.draw()
    (above,) = display.ax_.child_axes
    (name,) = above.get_xticklabels()
    assert name.get_text() == "$T_c$"
    assert not name.get_window_extent().overlaps(title.get_window_extent())


def test_one_curve_for_each_number_of_blocks():
    display = AccuracyCurveDisplay.from_frame(accuracy_curves((8,), (1, 4, None)))
    numbers = ["1 block", "4 blocks", "all blocks"]
    assert legend_labels(display.ax_) == [rf"$\ell = 8$, {number}" for number in numbers]
    display = AccuracyCurveDisplay.from_frame(accuracy_curves((8,), (4,)))
    assert legend_labels(display.ax_) == [r"$\ell = 8$"]


def test_accuracy_curve_of_an_estimator():
    ising = make_ising(40, 16, temperatures=[1.5, 3.5], target="phase", random_state=0)
    model = BlockAveragingClassifier(8, max_epochs=2, random_state=0).fit(ising.data, ising.target)
    data = ising.data, ising.target, ising.temperature
    display = AccuracyCurveDisplay.from_estimator(model, *data, n_blocks=[1, 4], random_state=0)
    expected = accuracy_curve(model, *data, n_blocks=[1, 4], random_state=0)
    assert display.curve.equals(expected)
    assert legend_labels(display.ax_) == [r"$\ell = 8$, 1 block", r"$\ell = 8$, 4 blocks"]


@pytest.mark.parametrize(
    ("curve", "error", "message"),
    [
        (
            accuracy_curves().drop(columns="error"),
            ValueError,
            r"curve lacks the column\(s\) error: it must have block_size, n_blocks, temperature, "
            "accuracy, error; got block_size, n_blocks, temperature, accuracy, count",
        ),
        ([0.9], TypeError, "curve must be a DataFrame with.*got list"),
        (accuracy_curves()[:0], ValueError, "curve has no row"),
    ],
)
def test_accuracy_curve_display_refuses(curve, error, message):
    with pytest.raises(error, match=message):
        AccuracyCurveDisplay(curve).plot()
