"""Displays refuse frames of which matplotlib would leave out points without a word."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from display_data import (
    accuracy_curves,
    collapse_stabilities,
    collapsed_data,
    drawn_points,
    order_curves,
    size_curves,
    temperature_windows,
)

from skising.display import (
    AccuracyCurveDisplay,
    CollapseStabilityDisplay,
    CurveDisplay,
    DataCollapseDisplay,
    EnergyCurveDisplay,
    TemperatureWindowDisplay,
    TrainingDisplay,
)

ENERGY = pd.DataFrame(
    {"temperature": [1.0, 2.0], "energy": [-2.0, -1.7], "sigma": 0.1, "measured": [-2, -1.6]}
)
LINE = ENERGY[["temperature", "energy"]]
# The frame, its name in messages, how it is drawn, and the columns in which NaN is documented.
FRAMES = {
    "accuracy": (
        accuracy_curves().drop(columns="count"),
        "curve",
        AccuracyCurveDisplay.from_frame,
        {"n_blocks"},
    ),
    "windows": (
        temperature_windows().assign(threshold=0.9),
        "windows",
        TemperatureWindowDisplay.from_frame,
        {"n_blocks", "width", "width_error"},
    ),
    "collapse": (
        collapsed_data(),
        "collapsed",
        lambda frame: DataCollapseDisplay(frame).plot(),
        set(),
    ),
    "master curve": (
        pd.DataFrame({"x": [1.0, 2.0], "y": [1.0, 4.0]}),
        "master_curve",
        lambda frame: DataCollapseDisplay(collapsed_data(), master_curve=frame).plot(),
        {"y"},
    ),
    "energy": (ENERGY, "curve", lambda frame: EnergyCurveDisplay(frame).plot(), set()),
    "exact": (
        LINE,
        "exact_curve",
        lambda frame: EnergyCurveDisplay(ENERGY, exact_curve=frame).plot(),
        set(),
    ),
    "curve": (size_curves(), "curve", CurveDisplay.from_frame, {"value", "error"}),
    "order": (order_curves(), "curve", CurveDisplay.from_frame, {"probability", "error"}),
    "stability": (
        collapse_stabilities(),
        "stability",
        CollapseStabilityDisplay.from_frame,
        {"nu", "nu_std", "p_value"},
    ),
    "training": (
        pd.DataFrame({"train_loss": [0.5, 0.4], "valid_loss": [0.6, 0.5]}),
        "history",
        lambda frame: TrainingDisplay(frame).plot(),
        {"valid_loss"},
    ),
}
COLUMNS = [(key, column) for key, (frame, *_) in FRAMES.items() for column in frame]
POSITIVE = {"block_size", "n_blocks", "width", "size", "train_loss", "valid_loss"}
POSITIVE |= {"smallest_size", "distance"}
NOT_NEGATIVE = {"error", "width_error", "yerr", "sigma", "nu_std", "p_value"}


def with_entry(frame, column, entry):
    """Return a copy of a frame with another entry in the last row of a column."""
    entries = [*frame[column][:-1], entry]
    return frame.assign(**{column: pd.Series(entries, index=frame.index)})


@pytest.mark.parametrize(("key", "column"), COLUMNS)
def test_no_column_may_hold_other_than_numbers(key, column):
    frame, name, draw, may_be_nan = FRAMES[key]
    draw(frame)
    last = len(frame) - 1
    plt.close("all")
    for entry, shown in [(np.inf, "inf"), (-np.inf, "-inf"), (np.nan, "nan"), (None, "nan")]:
        if shown == "nan" and column in may_be_nan:
            continue
        bound = " > 0" if column in POSITIVE else " >= 0" if column in NOT_NEGATIVE else ""
        or_nan = ", or NaN," if column in may_be_nan else ""
        message = f"{name} must hold finite numbers{bound}{or_nan} in the column {column}; got "
        message += f"{shown} in row {last}. Leave out such rows."
        with pytest.raises(ValueError, match=message):
            draw(with_entry(frame, column, entry))
    for entry in ("abc", "0.5", 1j, pd.Timestamp("2024-01-01")):
        with pytest.raises(TypeError, match=f"{name} must hold numbers in the column {column}; go"):
            draw(with_entry(frame, column, entry))
    assert not plt.get_fignums()


@pytest.mark.parametrize(("key", "column"), [c for c in COLUMNS if c[1] in FRAMES[c[0]][3]])
def test_nan_and_none_are_drawn_where_they_have_a_meaning(key, column):
    frame, _, draw, _ = FRAMES[key]
    for entry in (np.nan, None, pd.NA):
        draw(with_entry(frame, column, entry))


@pytest.mark.parametrize(("key", "column"), [c for c in COLUMNS if c[1] in POSITIVE | NOT_NEGATIVE])
def test_numbers_out_of_range_are_refused(key, column):
    frame, name, draw, _ = FRAMES[key]
    bad = [-1.0, 0.0] if column in POSITIVE else [-1.0]
    for number in bad:
        with pytest.raises(ValueError, match=rf"{name} must hold .* in the column {column}; got"):
            draw(with_entry(frame, column, number))


@pytest.mark.parametrize("key", FRAMES)
def test_a_column_that_is_there_twice_is_refused(key):
    frame, name, draw, _ = FRAMES[key]
    for column in frame:
        twice = pd.concat([frame, frame[[column]]], axis=1)
        with pytest.raises(ValueError, match=f"{name} must have each column once; got 2 columns"):
            draw(twice)


@pytest.mark.parametrize("key", FRAMES)
def test_a_frame_may_have_one_row_any_index_and_any_dtype(key):
    frame, _, draw, _ = FRAMES[key]
    draw(frame[:1])
    draw(frame.set_index(np.zeros(len(frame))))
    draw(frame.rename_axis(frame.columns[0]))
    draw(frame.astype("Float64"))
    draw(frame.astype(object))
    draw(frame.astype("category"))


@pytest.mark.parametrize("key", FRAMES)
def test_a_frame_without_rows_is_refused(key):
    frame, name, draw, _ = FRAMES[key]
    with pytest.raises(ValueError, match=f"{name} has no rows: give at least one"):
        draw(frame[:0])


def test_rows_in_any_order_draw_the_same_lines():
    backwards = EnergyCurveDisplay(ENERGY[::-1], exact_curve=LINE[::-1]).plot(ls="-")
    for line in (backwards.exact_, backwards.measured_, backwards.predicted_.lines[0]):
        assert line.get_xdata().tolist() == [1, 2]
    assert backwards.exact_.get_ydata().tolist() == [-2, -1.7]
    curve = accuracy_curves((8,))
    for frame in (curve, curve.sample(frac=1, random_state=0)):
        x, y, _ = drawn_points(AccuracyCurveDisplay.from_frame(frame).curves_[0])
        np.testing.assert_array_equal(x, np.sort(curve.temperature))
        np.testing.assert_array_equal(y, curve.sort_values("temperature").accuracy)
    parabola = pd.DataFrame({"x": [2.0, -1, 1], "y": [4.0, 1, np.nan]})
    line = DataCollapseDisplay(collapsed_data(), master_curve=parabola).plot().master_curve_
    np.testing.assert_array_equal(line.get_data(), [[-1, 1, 2], [1, np.nan, 4]])


def test_a_width_without_an_error_is_drawn_without_a_bar():
    windows = temperature_windows().assign(width_error=[np.nan, np.nan, 0.02])
    (container,) = TemperatureWindowDisplay(windows).plot().curves_
    np.testing.assert_array_equal(container.lines[0].get_data(), [[8, 32], [0.8, 0.2]])
    bars = [segment for segment in container.lines[2][0].get_segments() if len(segment)]
    np.testing.assert_allclose(bars, [[[32, 0.18], [32, 0.22]]])
