"""TemperatureWindowDisplay by the data, axes and labels that it draws."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from display_data import drawn_points, legend_labels, temperature_windows
from sklearn.exceptions import NotFittedError

from skising.display import TemperatureWindowDisplay
from skising.scaling import PowerLaw


def test_windows_on_logarithmic_axes():
    display = TemperatureWindowDisplay.from_frame(temperature_windows())
    # The window of size 16 has no width, and is left out.
    np.testing.assert_allclose(
        drawn_points(display.curves_[0]), [[8, 32], [0.8, 0.2], [0.02, 0.02]]
    )
    assert display.power_law_ is None
    display.figure_.canvas.draw()
    assert [tick.get_text() for tick in display.ax_.get_xticklabels()] == ["8", "32"]
    assert display.ax_.get_legend() is None


def test_windows_of_several_thresholds():
    frame = pd.concat([temperature_windows().assign(threshold=t) for t in (0.9, 0.85)])
    display = TemperatureWindowDisplay.from_frame(frame)
    assert legend_labels(display.ax_) == ["$A < 0.85$", "$A < 0.9$"]


def test_windows_of_several_numbers_of_blocks():
    numbers = [temperature_windows().assign(n_blocks=n) for n in (4, 1)]
    display = TemperatureWindowDisplay.from_frame(pd.concat(numbers))
    assert legend_labels(display.ax_) == ["1 block", "4 blocks"]
    # The number of blocks in a whole lattice follows from the block size.
    whole = temperature_windows().assign(n_blocks=[64, 16, 4])
    assert len(TemperatureWindowDisplay.from_frame(whole).curves_) == 1


def test_power_law_is_straight():
    law = PowerLaw().fit([8, 32], 6.4 * np.array([8.0, 32.0]) ** -1.04, [0.02, 0.02])
    display = TemperatureWindowDisplay.from_frame(temperature_windows(), power_law=law)
    x, y = display.power_law_.get_data()
    assert x[0] < 8 < 32 < x[-1]
    np.testing.assert_allclose(np.diff(np.log(y)) / np.diff(np.log(x)), -1.04)
    exponent = rf"-1.04 \pm {law.exponent_std_:.2f}"
    assert display.power_law_.get_label() == rf"$\Delta T \propto \ell^{{{exponent}}}$"
    assert display.curves_[0].lines[0].get_linestyle() == "None"


def test_temperature_window_display_refuses_windows_without_a_width():
    with pytest.raises(ValueError, match="windows, without rows where width is NaN, has no row"):
        TemperatureWindowDisplay(temperature_windows()[1:2]).plot()


@pytest.mark.parametrize(
    ("law", "error", "message"),
    [
        (PowerLaw(), NotFittedError, "This PowerLaw instance is not fitted yet"),
        (PowerLaw, TypeError, "power_law must be a fitted PowerLaw or None; got <class"),
        (-1.0, TypeError, "power_law must be a fitted PowerLaw or None; got -1.0"),
    ],
)
def test_temperature_window_display_refuses_power_laws(law, error, message):
    with pytest.raises(error, match=message):
        TemperatureWindowDisplay.from_frame(temperature_windows(), power_law=law)
    assert not plt.get_fignums()


def test_a_power_law_with_an_offset_is_labelled_and_drawn_above_the_offset():
    windows = temperature_windows()
    rows = windows.dropna()
    law = PowerLaw(x_offset=7.9).fit(rows.block_size, rows.width, rows.width_error)
    display = TemperatureWindowDisplay.from_frame(windows, power_law=law)
    x, y = display.power_law_.get_data()
    assert 7.9 < x.min() < 8
    np.testing.assert_allclose(y, law.predict(x))
    assert r"\propto (\ell -7.9)^{" in display.power_law_.get_label()
