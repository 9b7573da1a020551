"""Displays by the data and labels of what they draw."""

import subprocess
import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from skising import BlockAveragingClassifier, display, exact, make_ising
from skising.display import (
    AccuracyCurveDisplay,
    DataCollapseDisplay,
    EnergyCurveDisplay,
    LatticeDisplay,
    TemperatureWindowDisplay,
)
from skising.scaling import DataCollapse, PowerLaw, accuracy_curve


@pytest.fixture(autouse=True)
def _no_window():
    plt.close("all")
    with mpl.rc_context(), plt.ioff():
        plt.switch_backend("agg")
        yield
    plt.close("all")


def points(container):
    """Return x, y and the length of the error bars that are drawn."""
    x, y = container.lines[0].get_data()
    ends = np.array([segment[:, 1] for segment in container.lines[2][0].get_segments()])
    return np.asarray(x, float), np.asarray(y, float), (ends[:, 1] - ends[:, 0]) / 2


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def accuracy_curves(sizes=(8, 16), n_blocks=(1,)):
    T = np.linspace(2.0, 2.6, 5)[::-1]
    rows = [
        pd.DataFrame(
            {
                "block_size": size,
                "n_blocks": n,
                "temperature": T,
                "accuracy": 1 - 2 / size * np.exp(-np.abs(T - 2.3)),
                "error": 0.01 * T,
                "count": 10,
            }
        )
        for size in sizes
        for n in n_blocks
    ]
    return pd.concat(rows, ignore_index=True)


def temperature_windows():
    width = [0.8, np.nan, 0.2]
    return pd.DataFrame(
        {"block_size": [8, 16, 32], "n_blocks": 1, "width": width, "width_error": 0.02}
    )


def collapsed():
    x = np.tile(np.linspace(-2, 2, 5), 2)
    return pd.DataFrame({"size": np.repeat([8, 16], 5), "x": x, "y": x**2, "yerr": 0.1})


EXAMPLES = {
    "lattice": lambda: LatticeDisplay(np.ones((8, 8)), block_size=2, correlation_length=3.0),
    "energy": lambda: EnergyCurveDisplay(
        pd.DataFrame({"temperature": [1.0, 2.0], "energy": [-2.0, -1.7]})
    ),
    "accuracy": lambda: AccuracyCurveDisplay(accuracy_curves()),
    "window": lambda: TemperatureWindowDisplay(temperature_windows()),
    "collapse": lambda: DataCollapseDisplay(collapsed()),
}


# What all of them do


@pytest.mark.parametrize("example", EXAMPLES)
def test_plot_draws_on_the_axes_that_it_is_given(example):
    made = EXAMPLES[example]()
    assert not hasattr(made, "ax_")
    assert made.plot() is made
    assert isinstance(made.figure_, Figure)
    first = made.ax_
    _, ax = plt.subplots()
    made.plot(ax)
    assert made.ax_ is ax is not first
    assert made.figure_ is ax.figure
    assert len(plt.get_fignums()) == 2


@pytest.mark.parametrize("example", sorted(set(EXAMPLES) - {"lattice"}))
def test_short_names_of_keywords_do_not_meet_the_long_ones(example):
    drawn = EXAMPLES[example]().plot(lw=0.4, ls=":")
    containers = [drawn.predicted_] if example == "energy" else drawn.curves_
    for container in containers:
        line = container.lines[0]
        assert (line.get_linewidth(), line.get_linestyle()) == (0.4, ":")


def test_module_loads_without_matplotlib_or_torch():
    code = (
        "import sys, skising; skising.display.LatticeDisplay; "
        "print([name for name in ('matplotlib', 'torch', 'numba') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "[]"


def test_all_is_public():
    assert sorted(display.__all__) == display.__all__
    assert all(getattr(display, name).__module__.startswith("skising.") for name in display.__all__)


def test_series_are_told_apart_without_colour():
    curves = AccuracyCurveDisplay(accuracy_curves((4, 8, 16, 32))).plot().curves_
    lines = [container.lines[0] for container in curves]
    assert len({line.get_marker() for line in lines}) == 4
    assert len({line.get_linestyle() for line in lines}) == 4
    # Luminance of ITU-R BT.709: dark to light, and none too light to see on white.
    grey = [np.dot([0.2126, 0.7152, 0.0722], to_rgb(line.get_color())) for line in lines]
    assert np.all(np.diff(grey) > 0.1)
    assert grey[-1] < 0.75


# Lattices


def lattice(shape=(12, 16)):
    return np.random.default_rng(0).choice([-1, 1], shape)


def test_lattice_with_block_and_both_lengths():
    X = lattice()
    drawn = LatticeDisplay.from_lattice(X, block_size=4, temperature=2.6)
    np.testing.assert_array_equal(drawn.image_.get_array(), X)
    # A square of 4 x 4 sites, site (i, j) being centred on (j, i).
    assert drawn.block_.get_bbox().bounds == (5.5, 3.5, 4, 4)
    xi = exact.correlation_length(2.6)
    for key, length in [("block", 4), ("correlation_length", xi)]:
        x = drawn.scale_bars_[key].get_xdata()
        assert np.ptp(x) == pytest.approx(length)
    assert drawn.ax_.get_title() == r"$T = 2.6\,J/k_B$"
    texts = [text.get_text() for text in drawn.ax_.texts]
    assert texts == [r"$\ell$ = 4", rf"$\xi$ = {xi:.3g}"]
    assert drawn.ax_.get_xlim() == (-0.5, 15.5)


@pytest.mark.parametrize(
    ("temperature", "text"),
    [
        (exact.CRITICAL_TEMPERATURE, r"$\xi$ = $\infty$, longer than the lattice"),
        (2.28, r"$\xi$ = 119, longer than the lattice"),
    ],
)
def test_a_bar_ends_with_the_lattice(temperature, text):
    drawn = LatticeDisplay.from_lattice(lattice(), temperature=temperature)
    np.testing.assert_array_equal(drawn.scale_bars_["correlation_length"].get_xdata(), [-0.5, 15.5])
    assert [t.get_text() for t in drawn.ax_.texts] == [text]
    assert drawn.block_ is None


def test_a_length_that_is_given_comes_before_the_exact_one():
    drawn = LatticeDisplay.from_lattice(
        lattice(), correlation_length=5, temperature=3.0, cmap="binary"
    )
    assert drawn.correlation_length == 5.0
    assert drawn.image_.get_cmap().name == "binary"


def test_a_lattice_alone():
    drawn = LatticeDisplay.from_lattice(lattice())
    assert drawn.scale_bars_ == {}
    assert drawn.ax_.get_title() == ""


@pytest.mark.parametrize(
    ("X", "parameters", "error", "message"),
    [
        (
            lattice((2, 4, 4)),
            {},
            ValueError,
            r"must have 2 dimensions.*\(2, 4, 4\).*X\[0\]",
        ),
        (np.zeros((4, 4)), {}, ValueError, r"lattice must hold spins, each \+1 or -1; got 0\.0"),
        (lattice(), {"block_size": 13}, ValueError, "smaller than block_size=13"),
        (lattice(), {"block_size": 2.0}, TypeError, "block_size must be an integer >= 1; got 2.0"),
        (lattice(), {"temperature": -1}, ValueError, "temperature must be finite and > 0"),
        (lattice(), {"correlation_length": 0}, ValueError, "correlation_length must be a finite"),
    ],
)
def test_lattice_refuses(X, parameters, error, message):
    with pytest.raises(error, match=message):
        LatticeDisplay.from_lattice(X, **parameters)


# Energies


def test_energy_curve_is_the_mean_at_each_temperature():
    T = [2.0, 1.5, 2.0, 1.5]
    drawn = EnergyCurveDisplay.from_predictions(
        T, [-1.7, -1.95, -1.5, -1.85], sigma=[0.3, 0.1, 0.4, 0.1], y=[-1.8, -1.9, -1.6, -2.0]
    )
    x, y, bars = points(drawn.predicted_)
    np.testing.assert_array_equal(x, [1.5, 2.0])
    np.testing.assert_allclose(y, [-1.9, -1.6])
    # The root mean square: of the spread within lattices.
    np.testing.assert_allclose(bars, [0.1, np.sqrt((0.09 + 0.16) / 2)])
    np.testing.assert_allclose(drawn.measured_.get_ydata(), [-1.95, -1.7])
    x, y = drawn.exact_.get_data()
    np.testing.assert_allclose(y, exact.onsager_energy(x))
    assert (x[0], x[-1]) == (1.5, 2.0)
    assert legend(drawn.ax_) == ["exact, infinite", "measured", r"predicted $\pm\,\sigma_Q$"]
    assert drawn.ax_.get_xlabel() == "Temperature $T$ ($J/k_B$)"
    assert drawn.ax_.get_ylabel() == "Energy density $e$ ($J$)"


def test_energy_curve_without_spread():
    drawn = EnergyCurveDisplay.from_predictions([2.0, 1.5], [-1.7, -1.9], color="k")
    assert drawn.curve.columns.tolist() == ["temperature", "energy"]
    assert legend(drawn.ax_) == ["exact, infinite", "predicted"]
    assert drawn.predicted_.lines[0].get_color() == "k"
    assert drawn.measured_ is None


def test_energy_curve_of_an_estimator():
    X = np.ones((3, 4, 4))
    sigma = np.array([0.1, 0.2, 0.3])

    class Regressor:
        def predict(self, X, return_std=False):
            assert return_std
            return np.full(len(X), -1.5), sigma

    drawn = EnergyCurveDisplay.from_estimator(Regressor(), X, [1.0, 2.0, 3.0], y=[-2, -1.7, -0.8])
    np.testing.assert_allclose(points(drawn.predicted_), [[1, 2, 3], [-1.5] * 3, sigma])
    np.testing.assert_allclose(drawn.measured_.get_ydata(), [-2, -1.7, -0.8])


@pytest.mark.parametrize(
    ("temperature", "y_pred", "parameters", "message"),
    [
        ([1.0, 0.0], [-1, -2], {}, "temperature must be finite and > 0"),
        (
            [1.0, 2.0],
            [-1],
            {},
            r"y_pred must hold one number .* shape \(2,\).*\(1,\)",
        ),
        ([1.0, 2.0], [-1, np.nan], {}, r"y_pred must be finite; got nan at index \(1,\)"),
        ([1.0], [-1], {"sigma": [[1]]}, r"sigma must hold one number.*got shape \(1, 1\)"),
        ([1.0], [-1], {"y": [1, 2]}, r"y must hold one number.*got shape \(2,\)"),
    ],
)
def test_energy_curve_refuses(temperature, y_pred, parameters, message):
    with pytest.raises(ValueError, match=message):
        EnergyCurveDisplay.from_predictions(temperature, y_pred, **parameters)


# Accuracies


def test_accuracy_curves_one_for_each_block_size():
    curve = accuracy_curves((16, 8))
    drawn = AccuracyCurveDisplay.from_frame(curve)
    assert legend(drawn.ax_) == [r"$\ell = 8$", r"$\ell = 16$"]
    for size, container in zip([8, 16], drawn.curves_, strict=True):
        part = curve[curve.block_size == size].sort_values("temperature")
        np.testing.assert_allclose(points(container), [part.temperature, part.accuracy, part.error])
    assert drawn.ax_.get_ylabel() == "Accuracy $A$"
    critical = drawn.ax_.lines[-1].get_xdata()
    np.testing.assert_array_equal(critical, exact.CRITICAL_TEMPERATURE)


def test_a_title_keeps_clear_of_the_name_of_the_critical_temperature():
    drawn = AccuracyCurveDisplay.from_frame(accuracy_curves())
    title = drawn.ax_.set_title("a title that is centred above the curves")
    drawn.figure_.canvas.draw()
    (above,) = drawn.ax_.child_axes
    (name,) = above.get_xticklabels()
    assert name.get_text() == "$T_c$"
    assert not name.get_window_extent().overlaps(title.get_window_extent())


def test_accuracy_curves_of_several_numbers_of_blocks():
    drawn = AccuracyCurveDisplay.from_frame(accuracy_curves((8,), (1, 4, None)))
    numbers = ["1 block", "4 blocks", "all blocks"]
    assert legend(drawn.ax_) == [rf"$\ell = 8$, {number}" for number in numbers]
    drawn = AccuracyCurveDisplay.from_frame(accuracy_curves((8,), (4,)))
    assert legend(drawn.ax_) == [r"$\ell = 8$"]


def test_accuracy_curve_of_an_estimator():
    ising = make_ising(40, 16, temperatures=[1.5, 3.5], target="phase", random_state=0)
    model = BlockAveragingClassifier(8, max_epochs=2, random_state=0).fit(ising.data, ising.target)
    data = ising.data, ising.target, ising.temperature
    drawn = AccuracyCurveDisplay.from_estimator(model, *data, n_blocks=[1, 4], random_state=0)
    expected = accuracy_curve(model, *data, n_blocks=[1, 4], random_state=0)
    assert drawn.curve.equals(expected)
    assert legend(drawn.ax_) == [r"$\ell = 8$, 1 block", r"$\ell = 8$, 4 blocks"]


# Windows


def test_windows_on_logarithmic_axes():
    drawn = TemperatureWindowDisplay.from_frame(temperature_windows())
    # That of 16, without a width, is left out.
    np.testing.assert_allclose(points(drawn.curves_[0]), [[8, 32], [0.8, 0.2], [0.02, 0.02]])
    assert drawn.power_law_ is None
    drawn.figure_.canvas.draw()
    assert [tick.get_text() for tick in drawn.ax_.get_xticklabels()] == ["8", "32"]
    assert drawn.ax_.get_legend() is None


def test_windows_of_several_thresholds():
    frame = pd.concat([temperature_windows().assign(threshold=t) for t in (0.9, 0.85)])
    drawn = TemperatureWindowDisplay.from_frame(frame)
    assert legend(drawn.ax_) == ["$A < 0.85$", "$A < 0.9$"]


def test_windows_of_several_numbers_of_blocks():
    numbers = [temperature_windows().assign(n_blocks=n) for n in (4, 1)]
    drawn = TemperatureWindowDisplay.from_frame(pd.concat(numbers))
    assert legend(drawn.ax_) == ["1 block", "4 blocks"]
    # Of whole lattices, the number follows from the block size.
    whole = temperature_windows().assign(n_blocks=[64, 16, 4])
    assert len(TemperatureWindowDisplay.from_frame(whole).curves_) == 1


def test_power_law_is_straight():
    law = PowerLaw().fit([8, 32], 6.4 * np.array([8.0, 32.0]) ** -1.04, [0.02, 0.02])
    drawn = TemperatureWindowDisplay.from_frame(temperature_windows(), power_law=law)
    x, y = drawn.power_law_.get_data()
    assert x[0] < 8 < 32 < x[-1]
    np.testing.assert_allclose(np.diff(np.log(y)) / np.diff(np.log(x)), -1.04)
    exponent = rf"-1.04 \pm {law.exponent_std_:.2f}"
    assert drawn.power_law_.get_label() == rf"$\Delta T \propto \ell^{{{exponent}}}$"
    assert drawn.curves_[0].lines[0].get_linestyle() == "None"


# Collapses


def test_collapse_labels_what_it_was_scaled_with():
    drawn = DataCollapseDisplay(collapsed(), critical_temperature=2.2692, nu=1.0, theta=0.12).plot()
    assert drawn.ax_.get_xlabel() == r"$(T - 2.2692)\,\ell^{\,1/1}$"
    assert drawn.ax_.get_ylabel() == r"$(1 - A)\,\ell^{\,0.12}$"
    assert legend(drawn.ax_) == [r"$\ell = 8$", r"$\ell = 16$"]
    x = np.linspace(-2, 2, 5)
    np.testing.assert_allclose(points(drawn.curves_[1]), [x, x**2, [0.1] * 5], atol=1e-12)
    drawn = DataCollapseDisplay(collapsed()).plot()
    assert drawn.ax_.get_xlabel() == r"$(T - T_c)\,\ell^{\,1/\nu}$"
    assert drawn.ax_.get_ylabel() == r"$(1 - A)\,\ell^{\,\theta}$"


def test_collapse_of_an_estimator():
    size, x = np.repeat([8, 16], 15), np.tile(np.linspace(1.9, 2.7, 15), 2)
    y = size**-0.125 / np.cosh((x - 2.27) * size / 5)
    yerr = np.full(len(x), 0.01)
    collapse = DataCollapse(nu=1.0, n_resamples=2, random_state=0).fit(x, y, yerr, size)
    drawn = DataCollapseDisplay.from_estimator(collapse, x, y, yerr, size, quantity="m")
    scaled = collapse.transform(x, y, yerr, size)
    for k, of_size in [(0, 8), (1, 16)]:
        part = scaled[scaled["size"] == of_size]
        np.testing.assert_allclose(points(drawn.curves_[k]), [part.x, part.y, part.yerr])
    line_x, line_y = drawn.master_curve_.get_data()
    assert (line_x[0], line_x[-1]) == (scaled.x.min(), scaled.x.max())
    # The master curve ends with the fitted data, where rounding may take a point out of it.
    np.testing.assert_array_equal(line_y, collapse.scaling_function(line_x))
    np.testing.assert_allclose(line_y[1:-1], 1 / np.cosh(line_x[1:-1] / 5), atol=0.02)
    assert drawn.ax_.get_ylabel() == rf"$(m)\,\ell^{{\,{collapse.theta_:.3g}}}$"
    assert legend(drawn.ax_) == ["master curve", r"$\ell = 8$", r"$\ell = 16$"]


def test_the_correction_to_scaling_is_named():
    x, size = np.tile(np.linspace(2.0, 2.6, 9), 3), np.repeat([8.0, 16.0, 32.0], 9)
    y = (1 - 2 / size) / np.cosh((x - 2.27) * size / 5)
    data = x, y, np.full(27, 0.01), size
    collapse = DataCollapse(correction_exponent=1, theta=0, n_resamples=2, random_state=0).fit(
        *data
    )
    label = DataCollapseDisplay.from_estimator(collapse, *data).ax_.get_ylabel()
    assert label == (rf"$([1 - A] / [1 {collapse.correction_:+.2g}\,\ell^{{\,-1}}])\,\ell^{{\,0}}$")
    assert "[1 -2" in label


# What they refuse


@pytest.mark.parametrize(
    ("made", "error", "message"),
    [
        (
            AccuracyCurveDisplay(accuracy_curves().drop(columns="error")),
            ValueError,
            r"curve lacks the column\(s\) error: it must have block_size, n_blocks, temperature, "
            "accuracy, error; got block_size, n_blocks, temperature, accuracy, count",
        ),
        (AccuracyCurveDisplay([0.9]), TypeError, "curve must be a DataFrame with.*got list"),
        (AccuracyCurveDisplay(accuracy_curves()[:0]), ValueError, "curve has no row"),
        (
            TemperatureWindowDisplay(temperature_windows()[1:2]),
            ValueError,
            "windows, without rows where width is NaN, has no row",
        ),
        (EnergyCurveDisplay(pd.DataFrame()), ValueError, "curve lacks.*energy; got no column"),
        (
            EnergyCurveDisplay(
                pd.DataFrame({"temperature": [1.0], "energy": [-2.0]}), exact_curve={}
            ),
            TypeError,
            "exact_curve must be a DataFrame.*got dict",
        ),
        (DataCollapseDisplay(collapsed()[["x", "y"]]), ValueError, "collapsed lacks.*size, yerr"),
    ],
)
def test_refuses(made, error, message):
    with pytest.raises(error, match=message):
        made.plot()
