"""CollapseStabilityDisplay by the data that it draws."""

import numpy as np
import pytest
from display_data import collapse_stabilities, drawn_points, legend_labels

from skising.display import CollapseStabilityDisplay


def test_a_series_for_each_smallest_size():
    stability = collapse_stabilities()
    display = CollapseStabilityDisplay.from_frame(stability, expected=1)
    assert legend_labels(display.ax_) == ["1", r"$\ell \geq 8$", r"$\ell \geq 16$"]
    for size, curve in zip((8, 16), display.curves_, strict=True):
        part = stability[stability.smallest_size == size].dropna().sort_values("distance")
        x, y, errors = drawn_points(curve)
        # Series are shifted a little against each other.
        np.testing.assert_allclose(x, part.distance, atol=0.01 * stability.distance.max())
        np.testing.assert_allclose([y, errors], [part.nu, part.nu_std])
    shift = drawn_points(display.curves_[1])[0][0] - drawn_points(display.curves_[0])[0][0]
    assert 0 < shift < 0.02 * stability.distance.max()
    assert display.expected_.get_ydata() == [1, 1]
    assert display.ax_.get_ylabel() == r"$\nu$"


def test_open_symbols_mark_poor_fits():
    display = CollapseStabilityDisplay(collapse_stabilities()).plot()
    assert display.expected_ is None
    drawn = [np.asarray(symbols.get_ydata()).tolist() for symbols in display.open_symbols_]
    assert drawn == [[0.9], []]


def test_any_parameter_is_drawn():
    stability = collapse_stabilities().rename(columns={"nu": "theta", "nu_std": "theta_std"})
    display = CollapseStabilityDisplay.from_frame(stability, parameter="theta")
    assert display.ax_.get_ylabel() == r"$\theta$"
    with pytest.raises(ValueError, match=r"stability lacks the column\(s\) nu, nu_std"):
        CollapseStabilityDisplay.from_frame(stability)
    with pytest.raises(ValueError, match="stability, without rows where theta is NaN, has no rows"):
        CollapseStabilityDisplay.from_frame(stability.assign(theta=np.nan), parameter="theta")
    with pytest.raises(TypeError, match="stability must be a DataFrame with the columns smallest"):
        CollapseStabilityDisplay.from_frame(3)
